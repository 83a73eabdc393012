/* decode_workload.h - private to the loader: what the readers of workloads share. */
#ifndef MODELS_DECODE_WORKLOAD_H
#define MODELS_DECODE_WORKLOAD_H

#include "models/decode.h"

/* More pods than this in one workload are refused: memory. */
#define REPLICAS_MAX 1000000

/* A workload while it is read. The object comes first, so tables may speak of it alone. */
struct workload_draft {
	struct workload_object w;
	const struct yaml_node *template, *job, *claims;
	uint8_t strategy, management; /* positions in the lists of choices */
};

#define AT(member) offsetof(struct workload_draft, w.member)
#define NODE_AT(member) offsetof(struct workload_draft, member)

/* Rows of several tables. */
#define SKIP(key)                                                                                                      \
	{                                                                                                              \
		.name = key, .kind = FIELD_SKIP                                                                        \
	}
#define TEMPLATE                                                                                                       \
	{                                                                                                              \
		.name = "template", .kind = FIELD_CUSTOM, .offset = NODE_AT(template), .read = decode_keep_node        \
	}
#define END                                                                                                            \
	{                                                                                                              \
		.name = NULL                                                                                           \
	}

/* field.read of rows that only remember the node. */
bool decode_keep_node(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object);

extern const struct field job_fields[], cron_job_fields[];

/* Values of what was not written, where a table cannot say it. */
void decode_job_defaults(struct workload_object *w);
/* The Job's spec in a CronJob's template, and the schedule. */
void decode_cron_job(struct decoder *d, struct workload_draft *draft);
/* What holds between the fields of a Job's spec. */
void decode_job_check(struct decoder *d, struct workload_draft *draft, const struct yaml_node *spec);

#endif
