/* machine.h - machines that a cloud gives and takes while the run goes on. */
#ifndef MODELS_MACHINE_H
#define MODELS_MACHINE_H

#include "models/state.h"

/* Memory from run->arena. */
void machine_init(struct world *w);

/* Asks for a machine of that name: after a draw of latencies.nodeProvisioning it boots and its kubelet registers it.
 * Does nothing where there is one, or one has been asked for. */
void machine_on(struct world *w, uint32_t node);
/* A machine that is there already is switched on: its kubelet starts now. */
void machine_join(struct world *w, uint32_t node);
/* Gives the machine back, or takes back the order: its containers are gone at once. */
void machine_off(struct world *w, uint32_t node);

#endif
