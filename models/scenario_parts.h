/* scenario_parts.h - private to the loader: the parts of the Scenario document and who reads them. */
#ifndef MODELS_SCENARIO_PARTS_H
#define MODELS_SCENARIO_PARTS_H

#include "models/decode.h"
#include "models/scenario.h"

#define START_TIME "2026-01-01T00:00:00Z"

/* The document while it is read: parts that speak of objects wait until all objects are known. */
struct scenario_draft {
	struct scenario scenario;
	uint8_t start;          /* position in "settled", "empty" */
	uint8_t heartbeats;     /* position in "lazy", "explicit" */
	uint8_t etcd;           /* position in "stacked", "external" */
	uint8_t components_use; /* position in "local", "load-balancer" */
	uint32_t scheduler;     /* name of the choice */
	const struct yaml_node *images, *registry, *kubelet;
	const struct yaml_node *node_groups, *autoscaler, *controllers, *failures, *maintenance, *requests, *arrivals,
		*growth, *actions, *load, *expect;
};

struct node_group {
	uint32_t name;
	int32_t count, min, max, priority; /* min, max -1: count */
	double usd_per_hour;
	uint32_t instance_type, runtime;
	struct amounts capacity, reserved;
	struct labels labels;
	struct taint_list taints;
	uint32_t zone, region, rack;
	const struct yaml_node *zones;
};

struct failure_draft {
	uint32_t id;
	uint8_t kind;
	sim_time at, lasts;
	uint32_t node, zone, rack, count;
	const struct yaml_node *nodes, *master, *masters;
	uint8_t component;
	double factor;
	sim_time notice;
	uint8_t handler;
};

/* An entry of `failures` with a process. */
struct process_draft {
	struct failure_draft place; /* id, kind, node, nodes, zone, rack, component, factor, notice */
	uint32_t process, profile;
	uint8_t of; /* enum failure_of */
	uint32_t label, node_group, workload;
	struct selector selector;
	struct dist repair, reboot;
	double reboot_share;
	uint32_t repairers, disks;
	sim_time from, until;
	const struct yaml_node *cascade;
};

/* What an entry's subjects are. */
enum failure_of {
	OF_NODE,
	OF_DISK,
	OF_RUNTIME,
	OF_KUBELET,
	OF_RACK,
	OF_SWITCH,
	OF_POWER,
	OF_ZONE,
	OF_LABEL,
	OF_CONTAINER,
	OF_MASTER,
	OF_CONTROL_PLANE,
	FAILURE_OFS
};

struct cascade_draft {
	uint8_t within; /* position in the choices */
	uint32_t label;
	struct failure_cascade cascade;
};

struct action_draft {
	sim_time at;
	const struct yaml_node *kubectl, *app;
};

struct load_draft {
	sim_time at;
	uint32_t workload, namespace;
	struct quantity cpu, memory;
};
/* The row of "Deployment/web" in a namespace, or NO_ROW after reporting. */
uint32_t scenario_find_workload(struct decoder *d, const struct yaml_node *at, const char *text, uint32_t namespace);
/* field.read of a quantity that is not negative. */
bool read_amount_row(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object);

/* Their tables, in scenario_fields*.c. */
extern const struct field registry_fields[], image_fields[], kubelet_fields[];
extern const struct field scenario_fields[], node_group_fields[], autoscaler_fields[], timer_fields[], latency_fields[],
	failure_fields[], load_fields[], action_fields[], metadata_fields[];

/* field.read of the maps of timers and latencies. */
bool scenario_read_timers(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object);
bool scenario_read_latencies(struct field_context *c, const struct field *f, const struct yaml_node *value,
			     void *object);

/* field.read of rows that only remember the node: the object + offset is a const struct yaml_node *. */
bool scenario_keep(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object);

/* Expands node groups behind the nodes of the objects; with neither, adds the default group and notes it. */
void scenario_groups(struct decoder *d, struct field_context *c, const struct yaml_node *list);
void scenario_controllers(struct scenario *s, struct field_context *c, const struct yaml_node *map);
/* Turns an optional controller on, unless the map of `controllers` speaks of it. */
void scenario_controller_on(struct scenario *s, const char *name, const struct yaml_node *map);
void scenario_autoscaler(struct scenario *s, struct field_context *c, const struct yaml_node *map);
void scenario_failures(struct decoder *d, struct field_context *c, const struct yaml_node *list);
void scenario_maintenance(struct decoder *d, struct field_context *c, const struct yaml_node *list);
/* False, after reporting, when another source has its id; appends one, returning its row. */
bool scenario_source_id(struct decoder *d, struct field_context *c, const struct failure_source *source);
uint32_t scenario_add_source(struct decoder *d, struct field_context *c, const struct failure_source *source);
void scenario_arrivals(struct decoder *d, struct field_context *c, const struct yaml_node *list);
void scenario_growth(struct decoder *d, struct field_context *c, const struct yaml_node *list);
/* How many may arrive, once the length of the run is known. */
void scenario_arrivals_check(struct decoder *d, struct field_context *c);
void scenario_requests(struct decoder *d, struct field_context *c, const struct yaml_node *list);
void scenario_loads(struct decoder *d, struct field_context *c, const struct yaml_node *list);
void scenario_actions(struct decoder *d, struct field_context *c, const struct yaml_node *list);
void scenario_expectations(struct decoder *d, struct field_context *c, const struct yaml_node *list);

/* Settings of kubelets; with NULL, their defaults. */
void scenario_kubelet(struct scenario *s, struct field_context *c, const struct yaml_node *map);

/* Image sizes and the registry. */
void scenario_images(struct decoder *d, struct field_context *c, const struct yaml_node *images,
		     const struct yaml_node *registry);

/* Whether this version of Kubernetes accepts the runtime called name; at: where it is asked for. */
bool scenario_runtime(struct field_context *c, const struct yaml_node *at, uint32_t name, int kubernetes);

/* The profiles, with the one chosen by `scheduler: NAME` for pods that do not ask for another. spec: of the Scenario,
 * or NULL. */
void scenario_scheduling(struct decoder *d, uint32_t name, const struct yaml_node *spec);

/* Fills masters, leader, component and factor of out; false after a mistake. */
bool failure_masters(struct decoder *d, struct field_context *c, const struct failure_draft *f,
		     const struct yaml_node *node, struct failure *out);
/* Whether a kind strikes masters (true also for a partition from some masters). */
bool failure_of_masters(const struct failure_draft *f);

/* The nodes that node, nodes, zone or rack name, marked in chosen[]; all of them when none is given. False after a
 * mistake, which is reported. */
bool failure_select(struct decoder *d, struct field_context *c, const struct failure_draft *f,
		    const struct yaml_node *node, bool chosen[]);

/* Entries with a process or a profile, appended to scenario.source. */
void scenario_process(struct decoder *d, struct field_context *c, const struct yaml_node *entry);
/* Whether some failure is of a kind; whether an entry has a process. */
bool scenario_has_failure(const struct scenario *s, enum failure_kind kind);
bool scenario_is_process(const struct yaml_node *entry);
/* After all of them: how many failures to expect. */
void scenario_processes_check(struct decoder *d, struct field_context *c);

/* Fills subjects and groups of a source from its draft; false after a mistake. */
bool scenario_subjects(struct decoder *d, struct field_context *c, const struct process_draft *p,
		       const struct cascade_draft *cascade, const struct yaml_node *entry, struct failure_source *out);

/* The entries of the profile that an entry names, with what the entry says itself in the place of what the profile
 * does; NULL after a mistake. */
const struct yaml_node *scenario_profile(struct decoder *d, struct field_context *c, const struct yaml_node *entry);

/* For explain: processes and profiles; what is called name of them. */
void scenario_explain_processes(struct text *out);
void scenario_explain_profiles(struct text *out);
bool scenario_explain_profile(const char *name, struct text *out);
const struct field *scenario_explain_process(const char *name, struct text *out);

extern const struct field process_fields[], cascade_fields[], maintenance_fields[], request_fields[], arrival_fields[],
	growth_fields[];
extern const char *const failure_kinds[], *const failure_components[];

/* root with all sets applied; mistakes are reported as from the file "--set". */
const struct yaml_node *scenario_set(struct arena *a, struct diag *d, const struct yaml_node *root,
				     const char *const sets[], uint32_t count);

/* For explain: all controllers; one of them, returning the table of its options (empty if none), or NULL if there is no
 * such controller; names of all. */
void scenario_explain_controllers(struct text *out);
const struct field *scenario_explain_controller(const char *name, struct text *out);
uint32_t scenario_controller_names(const char *known[], uint32_t room);

/* Nearest names of the nodes (workloads, ...) as help to the last error. */
void suggest_node(struct decoder *d, const char *word);

#endif
