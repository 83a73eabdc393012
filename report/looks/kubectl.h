/*
 * kubectl.h - what kubectl get and kubectl describe print of one instant, and what both share.
 *
 * A kind of object is a row of kubectl_kinds(): how it is called, and functions that list it, print it as a document
 * and describe it. Columns and words: orchestrators-runtimes-costs.md section 4, from kubernetes
 * pkg/printers/internalversion/printers.go and kubectl/pkg/describe; what that section does not have is recalled from
 * these files. kubectl is as old as the cluster.
 */
#ifndef REPORT_LOOKS_KUBECTL_H
#define REPORT_LOOKS_KUBECTL_H

#include "models/inspect.h"
#include "report/looks/doc.h"
#include "report/looks/selector.h"
#include "report/outcome.h"
#include "sim/text.h"

enum kubectl_output { KUBECTL_TABLE, KUBECTL_WIDE, KUBECTL_NAME, KUBECTL_JSON, KUBECTL_YAML };

/* What is asked. */
struct kubectl_query {
	const char *namespace;   /* NULL: all */
	const char *const *name; /* objects by name; count 0: all */
	uint32_t names;
	struct label_query labels;
	enum kubectl_output output;
	bool truth; /* what is so, instead of what the API server believes */
};

/* Where it is answered from, and where to. */
struct kubectl {
	const struct look *look;
	const struct outcome *outcome; /* for events; finished, with facts */
	struct arena *arena;
	struct text *out, *errors;
};

#define KUBECTL_COLUMNS 16

struct kubectl_row {
	const char *namespace, *name;
	const char *suffix;                /* after the name in tables; or NULL */
	uint32_t row;                      /* of the view, or what else the kind's functions understand */
	sim_time at;                       /* sorts rows of equal names: events */
	const char *cell[KUBECTL_COLUMNS]; /* without NAMESPACE and NAME */
};

/* A list being filled by kind.list(). */
struct kubectl_list {
	const struct kubectl *k;
	const struct kubectl_query *query;
	const char *head[KUBECTL_COLUMNS];
	uint32_t columns, narrow; /* in all, and without -o wide */
	bool nameless;            /* there is no column NAME: events */
	struct kubectl_row *row;
	uint32_t rows, capacity;
};

struct kubectl_kind {
	const char *name;     /* "deployments" */
	const char *singular; /* "deployment" */
	const char *group;    /* "apps"; "" for the core */
	const char *aliases;  /* "deploy", words separated by spaces */
	bool namespaced, has_truth;
	void (*list)(struct kubectl_list *l);
	struct doc *(*document)(const struct kubectl *k, uint32_t row); /* or NULL */
	void (*describe)(const struct kubectl *k, uint32_t row,
			 struct text *out); /* tabs are aligned afterwards; or NULL */
};

/* All kinds, NULL at the end, in the order of their files. "all" is not among them. */
const struct kubectl_kind *const *kubectl_kinds(void);

/* Plural, singular or short name, "KIND.GROUP" too; NULL when there is none. */
const struct kubectl_kind *kubectl_kind_find(const char *word, size_t length);

/* Prints what `kubectl get` would. words: the operands, KIND[,KIND...] [NAME...] or KIND/NAME.... Returns the exit
 * status: 0, 1 when the API server says no, 2 for misuse; errors go to k->errors. */
int kubectl_get(const struct kubectl *k, const char *const word[], uint32_t words, const struct kubectl_query *query);
int kubectl_describe(const struct kubectl *k, const char *const word[], uint32_t words,
		     const struct kubectl_query *query);

/* ---- for the kinds' own files ---- */

/* Sets the columns after NAME; `wide` of them only with -o wide. Texts are separated by '|'. */
void kubectl_columns(struct kubectl_list *l, const char *narrow, const char *wide);

/* A new row if the query wants such an object, else NULL. labels may be NULL. */
struct kubectl_row *kubectl_row(struct kubectl_list *l, uint32_t namespace, uint32_t name, const struct labels *labels,
				uint32_t row);
/* The same with a name that is no id; row.at is `at`. */
struct kubectl_row *kubectl_row_named(struct kubectl_list *l, const char *namespace, const char *name,
				      const struct labels *labels, uint32_t row, sim_time at);

/* "5m30s" since then; "<unknown>" for SIM_NEVER. */
const char *kubectl_age(const struct kubectl *k, sim_time since);
const char *kubectl_text(const struct kubectl *k, uint32_t name);
/* text, or "<none>" when it is empty. */
const char *kubectl_or_none(const char *text);
/* "a=1,b=2" sorted by key, or "<none>". */
const char *kubectl_labels(const struct kubectl *k, const struct labels *l);
/* "app=web,tier in (a,b)", or "<none>". */
const char *kubectl_selector(const struct kubectl *k, const struct selector *s);
/* Names and images of a template's containers. */
const char *kubectl_containers(const struct kubectl *k, const struct pod_spec *s);
const char *kubectl_images(const struct kubectl *k, const struct pod_spec *s);
/* A label block of describe: "Labels:" and a line each. */
void kubectl_describe_labels(const struct kubectl *k, const char *title, const struct labels *l, struct text *out);
/* Limits and requests of a container. */
void kubectl_describe_resources(const struct kubectl *k, const struct container *c, struct text *out);
/* Fills l, whose query is set, with a kind's rows, sorted. */
void kubectl_list_sorted(struct kubectl_list *l, const struct kubectl_kind *kind);
/* metadata of a document. created SIM_NEVER: none. */
struct doc *kubectl_metadata(const struct kubectl *k, struct doc *object, const char *namespace, const char *name,
			     const char *uid, const struct labels *labels, sim_time created);

/* The events of one object, as describe has them. */
void kubectl_describe_events(const struct kubectl *k, const char *object, const char *namespace, struct text *out);

/* When the first or the last fact of this kind about a node, pod or object was told (FACT_NONE: any); `otherwise` if
 * none was. */
struct kubectl_told {
	enum fact_kind kind;
	uint32_t node, pod, object;
	uint16_t flag; /* counts if has_flag */
	bool has_flag, last;
};
sim_time kubectl_told(const struct kubectl *k, struct kubectl_told what, sim_time otherwise);

/* Pods of a workload and of its ReplicaSets, as its controllers count them. */
struct kubectl_counts {
	uint32_t active, ready, available, updated;
};
struct kubectl_counts kubectl_count(const struct kubectl *k, uint32_t workload);

/* What kubectl_pods.c prints of pods that others need too. truth as in the query. */
const char *kubectl_pod_status(const struct kubectl *k, uint32_t pod, bool truth);
const char *kubectl_pod_qos(const struct kubectl *k, uint32_t pod);
/* containerStatuses[i].ready: an init container is that when it has succeeded (pkg/kubelet/prober). */
bool kubectl_container_ready(const struct pod_spec *s, uint32_t i, const struct container_look *c);
/* Whether a pod counts among the non-terminated ones of a node. */
bool kubectl_pod_counts(const struct kubectl *k, uint32_t pod, uint32_t node);
/* "Pending", ...; the owner as "ReplicaSet/web-1", "" for none. */
const char *kubectl_pod_phase(const struct pod *p);
const char *kubectl_pod_owner(const struct kubectl *k, uint32_t pod);
/* "v1.34.0": the reference has no patch versions, .0 is a guess. */
const char *kubectl_version(const struct kubectl *k);
/* "Ready", "NotReady,SchedulingDisabled". */
const char *kubectl_node_status(const struct kubectl *k, uint32_t node);
/* What is so: "Up", "PowerOff", "KubeletDown,CutOff". */
const char *kubectl_node_truth(const struct kubectl *k, uint32_t node);
const char *kubectl_node_roles(const struct kubectl *k, uint32_t node);

/* A condition: "True", "False" or "Unknown"; reason and message may be NULL. */
#define KUBECTL_CONDITIONS 8
struct kubectl_condition {
	const char *type, *status, *reason, *message;
	sim_time since, beat; /* lastTransitionTime and lastHeartbeatTime, of a node's */
};
uint32_t kubectl_pod_conditions(const struct kubectl *k, uint32_t pod, struct kubectl_condition c[KUBECTL_CONDITIONS]);
uint32_t kubectl_node_conditions(const struct kubectl *k, uint32_t node,
				 struct kubectl_condition c[KUBECTL_CONDITIONS]);

/* Resources of a node, sorted by name; returns how many. */
struct kubectl_amount {
	const char *name, *text;
	int64_t value; /* millicores, bytes, a count */
};
uint32_t kubectl_node_amounts(const struct kubectl *k, const struct resources *r, struct kubectl_amount **out);

/* "NoSchedule", ... */
const char *kubectl_effect(uint8_t effect);
/* status.startTime: when the kubelet took the pod up, which is when it was bound but for a watch's delay. */
sim_time kubectl_pod_start(const struct kubectl *k, uint32_t pod);
/* "containerd://8b2f...", and "registry.example/web@sha256:...". */
const char *kubectl_container_id(const struct kubectl *k, uint32_t pod, uint32_t i, uint32_t attempt);
const char *kubectl_image_id(const struct kubectl *k, const char *image);

/* Defines a kind of namespaced objects; describer: NULL where `describe` does not know it. */
#define KUBECTL_KIND(symbol, plural, one, api, words, lister, describer)                                               \
	const struct kubectl_kind symbol = {                                                                           \
		.name = plural,                                                                                        \
		.singular = one,                                                                                       \
		.group = api,                                                                                          \
		.aliases = words,                                                                                      \
		.namespaced = true,                                                                                    \
		.list = lister,                                                                                        \
		.describe = describer,                                                                                 \
	}

/* The kinds, each in the file of its subject. */
extern const struct kubectl_kind kubectl_kind_pods, kubectl_kind_nodes, kubectl_kind_leases, kubectl_kind_namespaces,
	kubectl_kind_deployments, kubectl_kind_replica_sets, kubectl_kind_stateful_sets, kubectl_kind_daemon_sets,
	kubectl_kind_jobs, kubectl_kind_cron_jobs, kubectl_kind_services, kubectl_kind_endpoints, kubectl_kind_slices,
	kubectl_kind_budgets, kubectl_kind_autoscalers, kubectl_kind_claims, kubectl_kind_volumes, kubectl_kind_classes,
	kubectl_kind_events;

/* Documents and descriptions, in files of their own. */
struct doc *kubectl_pod_document(const struct kubectl *k, uint32_t pod);
struct doc *kubectl_node_document(const struct kubectl *k, uint32_t node);
void kubectl_describe_pod(const struct kubectl *k, uint32_t pod, struct text *out);
void kubectl_describe_node(const struct kubectl *k, uint32_t node, struct text *out);
void kubectl_describe_deployment(const struct kubectl *k, uint32_t workload, struct text *out);

#endif
