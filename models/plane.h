/* plane.h - the masters: machines, the processes on them, links; which API server answers whom. */
#ifndef MODELS_PLANE_H
#define MODELS_PLANE_H

#include "models/state.h"

/* Hosts are rows: the masters 0 .. masters-1, then the machines of an external etcd. Memory from run->arena. */
void plane_init(struct world *w);

/* Whether component runs on host. */
bool plane_process(const struct world *w, uint32_t host, enum component component);

/* Whether no failure holds the machine of host down. */
bool plane_powered(const struct world *w, uint32_t host);

/* Whether two hosts reach each other; a host reaches itself. */
bool plane_linked(const struct world *w, uint32_t a, uint32_t b);

/* Whether some API server answers. */
bool plane_answers(const struct world *w);

/* How many API servers answer. */
uint32_t plane_servers(const struct world *w);

/* Whether the controller manager or scheduler on host reaches an API server: its own (kubeadm's convention,
 * componentsUse: local) or any behind the load balancer. False when it does not run. */
bool plane_reaches(const struct world *w, enum component component, uint32_t host);

/* Whether the load balancer has an API server for node, and its connection leads there. The node's own state is apart.
 */
bool plane_node_served(const struct world *w, uint32_t node);

/* What failures do; each ends in plane_changed(). mask: bits of hosts. `down` true breaks, false mends. */
void plane_power(struct world *w, uint32_t mask, bool down);
void plane_stop(struct world *w, uint32_t mask, enum component component, bool down);
void plane_cut_masters(struct world *w, uint32_t mask, bool down);
void plane_cut_nodes(struct world *w, uint32_t mask, const uint32_t *node, uint32_t count, bool down);
void plane_outage(struct world *w, bool down); /* nobody reaches any master */

/* The process dies and is restarted by its kubelet: at once the first time, then after 10 s doubling to 5 min. */
void plane_crash(struct world *w, uint32_t host, enum component component);

/* Something above or in etcd changed: who answers, who leads, which nodes lose or find their API server. */
void plane_changed(struct world *w);

#endif
