/* node_ports.c - host ports are free on the node; kube-scheduler.md 3.8 and section 10. */
#include "models/sched_match.h"

#include <string.h>

struct state {
	uint32_t any_ip; /* name id of "0.0.0.0"; 0 when no pod of the scenario could have it */
};

static bool is_freed(const struct sched_shared *shared, const struct host_port *q)
{
	for (uint32_t i = 0; i < shared->freed_count; i++) {
		const struct host_port *f = &shared->freed[i];

		if (f->port == q->port && f->protocol == q->protocol && f->ip == q->ip)
			return true;
	}
	return false;
}

static bool conflicts(const struct sched_shared *shared, const struct container *a, const struct container *b,
		      uint32_t any_ip)
{
	for (uint32_t i = 0; i < a->port_count; i++) {
		for (uint32_t k = 0; k < b->port_count; k++) {
			const struct host_port *p = &a->port[i], *q = &b->port[k];

			if (sched_port_taken(p, q, any_ip) && !is_freed(shared, q))
				return true;
		}
	}
	return false;
}

/* The i-th container whose ports count, or NULL past the last. */
static const struct container *port_holder(const struct pod_spec *spec, uint32_t i, bool sidecars)
{
	if (i < spec->container_count)
		return &spec->container[i];
	i -= spec->container_count;
	for (uint32_t k = 0; sidecars && k < spec->init_count; k++)
		if (spec->init[k].sidecar && i-- == 0)
			return &spec->init[k];
	return NULL;
}

static bool specs_conflict(const struct sched_call *c, const struct pod_spec *other)
{
	const struct state *s = c->state;
	bool sidecars = sched_sidecar_ports(c->kubernetes);
	const struct container *a, *b;

	for (uint32_t i = 0; (a = port_holder(c->pod->spec, i, sidecars)) != NULL; i++)
		for (uint32_t k = 0; a->port_count > 0 && (b = port_holder(other, k, sidecars)) != NULL; k++)
			if (conflicts(c->shared, a, b, s->any_ip))
				return true;
	return false;
}

static enum sched_pre pre_filter(struct sched_call *c)
{
	struct state *s = c->state;
	const struct container *a;

	for (uint32_t i = 0; (a = port_holder(c->pod->spec, i, sched_sidecar_ports(c->kubernetes))) != NULL; i++) {
		for (uint32_t k = 0; k < a->port_count; k++) {
			if (a->port[k].port == 0)
				continue;
			s->any_ip = names_find(c->view->names, "0.0.0.0");
			return PRE_FILTER;
		}
	}
	return PRE_SKIP;
}

static enum sched_status filter(struct sched_call *c, uint32_t node)
{
	const struct pod *pod = c->view->pod;

	for (uint32_t p = c->view->nodes.row[node].first_pod; p != NONE; p = pod[p].next_on_node)
		if (pod[p].phase != PHASE_SUCCEEDED && pod[p].phase != PHASE_FAILED && specs_conflict(c, pod[p].spec))
			return SCHED_UNSCHEDULABLE;
	for (uint32_t p = c->first_assumed[node]; p != NONE; p = c->next_assumed[p])
		if (pod[p].exists && pod[p].node == NONE && specs_conflict(c, pod[p].spec))
			return SCHED_UNSCHEDULABLE;
	return SCHED_OK;
}

static uint32_t reasons(struct sched_call *c, uint32_t node, char text[][SCHED_REASON_MAX])
{
	(void)c;
	(void)node;
	strcpy(text[0], "node(s) didn't have free ports for the requested pod ports");
	return 1;
}

/* A pod that leaves helps when it has one of the ports. */
static bool hint(struct sched_call *c, const struct sched_event *e)
{
	return pre_filter(c) == PRE_FILTER && specs_conflict(c, c->view->pod[e->pod].spec);
}

const struct sched_plugin sched_node_ports = {
	.info = {"NodePorts", "Keeps pods apart that ask for the same host port."},
	.state_size = sizeof(struct state),
	.events = SCHED_POD_DELETE | SCHED_NODE_ADD,
	.hinted = SCHED_POD_DELETE,
	.hint = hint,
	.pre_filter = pre_filter,
	.filter = filter,
	.reasons = reasons,
};
