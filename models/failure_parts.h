/* failure_parts.h - private to the failures: what strikes nodes and masters, whoever asked for it. */
#ifndef MODELS_FAILURE_PARTS_H
#define MODELS_FAILURE_PARTS_H

#include "models/failure.h"

/*
 * The failure f, known as `row` in facts, begins or ends now. *hosts keeps which masters it struck. origin and subject
 * are columns b and c of FACT_FAILURE_STRUCK: 1 + row of scenario.source and row of its subject, or 0.
 */
void failure_begin(struct world *w, const struct failure *f, uint32_t row, uint32_t *hosts, uint32_t origin,
		   uint32_t subject);
void failure_end(struct world *w, const struct failure *f, uint32_t row, uint32_t hosts);

/* The cloud says that it will take the machines of f at `at`; the termination handler, if there is one, drains them. */
void failure_announce(struct world *w, const struct failure *f, uint32_t row, sim_time at);

/* The part that concerns masters: whom f strikes, and what it does to them. */
void failure_strike_masters(struct world *w, const struct failure *f, uint32_t *hosts, bool down);
void failure_masters_init(struct world *w);

/* Processes: the first failure of each subject is scheduled. */
void failure_processes_init(struct world *w);

#endif
