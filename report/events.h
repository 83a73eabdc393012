/* events.h - the events that the components of a cluster would have recorded, from the facts of a run. */
#ifndef REPORT_EVENTS_H
#define REPORT_EVENTS_H

#include "report/outcome.h"

struct events_row {
	sim_time at;
	bool warning;                                      /* type Warning, else Normal */
	const char *namespace, *reason, *object, *message; /* object: "pod/web-1", kind in lower case */
};

/* All of them in the order of time; a finished outcome whose facts were kept. Memory from a. */
const struct events_row *events_of(const struct outcome *o, struct arena *a, uint32_t *count);

#endif
