/* action_parts.h - what the files of actions share. Private to action*.c. */
#ifndef MODELS_ACTION_PARTS_H
#define MODELS_ACTION_PARTS_H

#include "models/action.h"

/* A call on behalf of action number i. */
void action_send(struct world *w, uint32_t i, struct api_call call);

/* Tells that action i is carried out on a node or pod, or why it is not. */
void action_tell(struct world *w, uint32_t i, uint32_t node, uint32_t pod, enum action_refusal refusal);

/* Memory of drains; of templates that rollouts have replaced. */
void drain_init(struct world *w);
void rollout_init(struct world *w);

/* Cordons the node; what follows is action_on_drain() and drain_answered(). */
void drain_begin(struct world *w, uint32_t i, uint32_t node);
void drain_answered(struct world *w, uint32_t i, const struct api_call *call, bool ok);

/* set image, rollout restart, undo, pause, resume. */
void rollout_change(struct world *w, uint32_t i);

/* A template of a manifest takes the place of the workload's. */
void rollout_template(struct world *w, uint32_t workload, const struct pod_spec *spec, const struct labels *labels);

/* apply -f, create job: objects appear, or change. */
void action_apply(struct world *w, uint32_t i);

#endif
