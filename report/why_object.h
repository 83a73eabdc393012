/* why_object.h - workloads, failures, volumes, zones, masters: what is told of them by name. Private to why*.c. */
#ifndef REPORT_WHY_OBJECT_H
#define REPORT_WHY_OBJECT_H

#include "report/why.h"

/* The last fact that names the object. CAUSE_NONE: none does; *hint then says what was meant or there is, or is NULL.
 */
uint32_t why_object_fact(const struct outcome *o, const struct causes *c, const struct why_object *object,
			 struct arena *a, const char **hint);

/* "deployment/web", "zone/a", ... */
const char *why_object_text(const struct why_object *object, struct arena *a);

#endif
