/* decode.h - private to the loader: reads Kubernetes objects from YAML trees into struct objects. */
#ifndef MODELS_DECODE_H
#define MODELS_DECODE_H

#include "models/objects.h"
#include "models/quantity.h"
#include "models/scenario.h"
#include "sim/field.h"

/* Amounts as written, before rounding; sums and maxima are exact. */
enum { AMOUNT_CPU, AMOUNT_MEMORY, AMOUNT_DISK, AMOUNT_PODS, AMOUNTS };
struct scalar_amount {
	uint32_t name;
	struct quantity amount;
};
struct amounts {
	bool has[AMOUNTS];
	struct quantity fixed[AMOUNTS];
	uint32_t count, capacity;
	struct scalar_amount *scalar; /* in order of appearance */
};

/* More distinct extended resources than this in one list are refused; real ones have a handful. */
#define AMOUNT_SCALARS_MAX 64

/* A LimitRange's limits of type Container. */
struct limit_range {
	uint32_t name, namespace;
	struct amounts limit, request, min, max;
};

/* The state of one load. field_context.user of `fields` points back here. */
struct decoder {
	struct field_context fields;
	struct scenario *scenario;
	struct objects *objects;
	struct arena scratch;        /* gone when the load ends */
	struct names keys;           /* "Kind/namespace/name" of every object so far */
	uint32_t *row, row_capacity; /* row in its array, by id of keys */
	struct mark *place;          /* where it was, by id of keys */
	uint32_t place_capacity;
	bool snapshot;     /* objects are as an API server stored them: nothing is defaulted, added or left out */
	bool incomplete;   /* some objects could not be read: names that are not found may be theirs */
	struct mark whole; /* the input as a whole, where nothing narrower is to blame */
	const struct yaml_node *scheduling; /* a KubeSchedulerConfiguration, or NULL */
	uint32_t generated;                 /* names made from generateName so far */
	struct limit_range *limit;          /* read before all other objects */
	uint32_t limits, limit_capacity;
	bool limits_only;   /* the pass that reads them */
	uint32_t namespace; /* of the object that is being read */
	uint32_t forbidden; /* LimitRange that a container of the pod that is being read breaks, or 0 */
	uint32_t default_namespace;
	uint32_t hostname, zone, zone_beta, region, region_beta, rack, instance, instance_beta; /* label keys */
};

#define DECODER(context) ((struct decoder *)(context)->user)
#define NO_ROW UINT32_MAX

void decoder_init(struct decoder *d, struct scenario *s, struct diag *diag);
void decoder_release(struct decoder *d);

/* Reads one document (an object or a List of them) that is not a Scenario. */
void decode_document(struct decoder *d, const struct yaml_node *root);

/* After all documents: owners, priorities, limits of counts. */
void decode_finish(struct decoder *d);

/* The same for objects read apart from those of `whole`, whose PriorityClasses hold for them. */
void decode_finish_apart(struct decoder *apart, struct decoder *whole);

/* Limits of counts and amounts, again, when objects were added. */
void decode_limits(struct decoder *d);

/* Remembers an object; a second one of the same kind, namespace and name is reported and false returned. */
bool decode_register(struct decoder *d, const char *kind, const struct meta *m, uint32_t row);
/* Its row, or NO_ROW. kind is "Node", "Pod", "Deployment", ...; namespace 0 for none. */
uint32_t decode_find(struct decoder *d, const char *kind, uint32_t namespace, uint32_t name);

/* metadata of root; false when it is missing or has no name. Other mistakes in it are reported and reading goes on. */
bool decode_meta(struct decoder *d, const struct yaml_node *root, const char *kind, bool namespaced, struct meta *m);

/* Readers shared by tables; each is a field.read. The object + offset is a struct labels, struct selector, ... */
bool read_labels(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object);
bool read_selector(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object);
bool read_taints(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object);
bool read_amounts(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object);
bool read_int_or_percent(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object);

/* For read_taints(). */
struct taint_list {
	uint32_t count;
	struct taint *item;
};

/* A list of {key, operator, values}; node: Gt and Lt allowed. */
bool decode_requirements(struct field_context *c, const struct yaml_node *list, bool node, uint32_t *count,
			 struct requirement **out);
bool decode_affinity(struct field_context *c, const struct yaml_node *value, struct pod_spec *spec);
bool decode_spread(struct field_context *c, const struct yaml_node *value, struct pod_spec *spec);
bool decode_tolerations(struct field_context *c, const struct yaml_node *value, struct pod_spec *spec);
bool decode_container(struct field_context *c, const struct yaml_node *value, bool init, struct container *out,
		      struct amounts *request);

/* The annotations nodefall.io/... of a pod: what its applications do (scenarios/README.md). */
void decode_app(struct decoder *d, struct mark at, const struct labels *annotations, struct pod_spec *spec);

/* spec of a pod, or of a template; annotations are those of the pod or template. Never NULL. daemon: of a DaemonSet. */
struct pod_spec *decode_pod_spec(struct decoder *d, const struct yaml_node *spec, struct mark at,
				 const struct labels *annotations, bool daemon);

/* spec.volumes of a pod: those that matter for placing it. */
bool decode_pod_volumes(struct field_context *c, const struct yaml_node *value, struct pod_spec *spec);
/* volumeClaimTemplates of a StatefulSet: the claims, and volumes of the pod template that use them. */
void decode_claim_templates(struct decoder *d, const struct yaml_node *list, struct workload_object *w);
/* After all documents: default classes, and notes about claims and classes that are not there. */
void decode_resolve_volumes(struct decoder *d);

/* nodeSelectorTerms. */
bool decode_node_terms(struct field_context *c, const struct yaml_node *list, uint32_t *count, struct node_term **out);

void decode_claim(struct decoder *d, const struct yaml_node *root);
void decode_volume(struct decoder *d, const struct yaml_node *root);
void decode_class(struct decoder *d, const struct yaml_node *root);
void decode_csi_node(struct decoder *d, const struct yaml_node *root);
void decode_csi_driver(struct decoder *d, const struct yaml_node *root);
void decode_capacity(struct decoder *d, const struct yaml_node *root);
void decode_attachment(struct decoder *d, const struct yaml_node *root);
void decode_node(struct decoder *d, const struct yaml_node *root);
void decode_pod(struct decoder *d, const struct yaml_node *root);
void decode_service(struct decoder *d, const struct yaml_node *root);
void decode_pdb(struct decoder *d, const struct yaml_node *root);
void decode_limit_range(struct decoder *d, const struct yaml_node *root);
void decode_quota(struct decoder *d, const struct yaml_node *root);
/* What LimitRanges of the namespace add to a container, and whether they forbid it. */
void decode_apply_limits(struct decoder *d, struct amounts *request, struct amounts *limit);
void decode_hpa(struct decoder *d, const struct yaml_node *root);
/* Their targets' rows, once all workloads are known. */
void decode_hpa_targets(struct decoder *d);
void decode_priority_class(struct decoder *d, const struct yaml_node *root);
void decode_workload(struct decoder *d, const struct yaml_node *root, enum workload_kind kind);

/* Adds a node whose labels are complete; fills zone, region, rack and the like from them. False if it exists. */
bool decode_add_node(struct decoder *d, struct node_object *n);
/* Adds or replaces one label; the array must have room for one more. */
void labels_set(struct labels *l, uint32_t key, uint32_t value);

/* "image" with ":latest" added when it has neither tag nor digest (kube-scheduler.md 3.12). */
uint32_t image_normalise(struct decoder *d, const char *image);

void amounts_add(struct arena *a, struct amounts *to, const struct amounts *from);
void amounts_max(struct arena *a, struct amounts *to, const struct amounts *from);
/* limits where to has no request: the API server's defaulting. */
void amounts_fill(struct arena *a, struct amounts *to, const struct amounts *limits);
/* Rounds up once; scalars sorted by the text of their name. */
struct resources amounts_round(struct decoder *d, const struct amounts *from);

#endif
