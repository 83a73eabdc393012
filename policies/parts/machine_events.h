/* machine_events.h - reads traces of machines that leave and come back: CSV as described in scenarios/README.md, and
 * the machine_events of Google's 2011 trace. */
#ifndef POLICIES_PARTS_MACHINE_EVENTS_H
#define POLICIES_PARTS_MACHINE_EVENTS_H

#include "sim/arena.h"
#include "sim/names.h"
#include "sim/time.h"

enum machine_events_format { MACHINE_EVENTS_CSV, MACHINE_EVENTS_GOOGLE_2011 };

/* One absence. */
struct machine_outage {
	uint32_t machine; /* id in names */
	sim_time down;
	sim_time up; /* SIM_NEVER: it does not come back */
};

struct machine_trace {
	struct names names; /* of machines, 1 .. machines, in order of appearance */
	uint32_t machines;
	struct machine_outage *outage; /* by machine, then time; those of one do not overlap */
	uint32_t outages, capacity;
	uint32_t *open; /* by machine: the outage that has not ended, as row + 1; 0: it is there */
	uint32_t open_capacity;
};

/* Lines beyond this are refused: memory. */
#define MACHINE_EVENTS_MAX 20000000

/*
 * Reads text (zero-terminated). Times are counted from `from`; what ends before is left out. Memory comes from a.
 * Returns NULL, or what is wrong with line *line.
 */
const char *machine_events_read(struct arena *a, enum machine_events_format format, const char *text, sim_time from,
				struct machine_trace *out, uint32_t *line);

#endif
