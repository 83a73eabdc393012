/* story_controllers.h - sentences about what only controllers know: rollouts, Jobs, autoscaling, descheduling. */
#ifndef REPORT_STORY_CONTROLLERS_H
#define REPORT_STORY_CONTROLLERS_H

#include "report/outcome.h"

/* How much such a fact matters, 0 the most; 0xff for facts of other kinds. */
uint8_t story_controllers_rank(const struct fact *f);

/* Whether facts of this kind are grouped by the workload in `object`. */
bool story_controllers_by_object(const struct fact *f);

/* Words the fact; who: the pods that it and its likes are about. */
void story_controllers_say(const struct outcome *o, const struct fact *f, const char *who, struct text *t);

#endif
