/* sched_hints.c - may an event help a pod that was rejected; kube-scheduler.md 2.5 and 2.6. */
#include "models/sched_internal.h"

/* The filters that versions before queueing hints run before a node's event wakes anybody (recalled: preCheckForNode,
 * 1.22 to 1.31). */
static const char *const prechecked[] = {"NodeResourcesFit", "NodeAffinity", "NodeName", "NodePorts",
					 "TaintToleration"};

/* Whether the filters that are looked at for that accept the node for the prepared pod. */
static bool precheck(struct sched_framework *fw, uint32_t node)
{
	for (size_t i = 0; i < sizeof(prechecked) / sizeof(prechecked[0]); i++) {
		struct sched_slot *s = &fw->slot[sched_plugin_row(prechecked[i])];

		if (s->plugin->pre_filter != NULL && s->plugin->pre_filter(&s->call) != PRE_FILTER)
			continue;
		if (s->plugin->filter(&s->call, node) != SCHED_OK)
			return false;
	}
	return true;
}

/* Whether the plugin asks for events of this kind. For a plugin that asks for new nodes but not for taints, upstream
 * registers changes of taints without a hint. */
static bool registered(const struct sched_plugin *p, uint8_t kind, bool *hinted)
{
	*hinted = p->hint != NULL && (p->hinted & kind) != 0;
	if (p->events & kind)
		return true;
	*hinted = false;
	return kind == SCHED_NODE_TAINT && (p->events & SCHED_NODE_ADD) != 0;
}

bool framework_helps(struct sched_framework *fw, uint32_t pod, uint32_t rejectors, const struct sched_event *e)
{
	bool prepared = false;

	/* 1.20 and 1.21 do not ask who rejected the pod (recalled: EventsToRegister came with 1.22). */
	if (fw->kubernetes <= 21)
		return true;
	for (uint32_t i = 0; i < fw->slots; i++) {
		struct sched_slot *s = &fw->slot[i];
		bool hinted;

		if ((rejectors >> i & 1) == 0 || !registered(s->plugin, e->kind, &hinted))
			continue;
		if (fw->kubernetes >= 32 && !hinted)
			return true;
		if (!prepared)
			framework_prepare(fw, pod);
		prepared = true;
		if (fw->kubernetes >= 32 ? s->plugin->hint(&s->call, e)
					 : (e->kind & (SCHED_NODE_ADD | SCHED_NODE_TAINT | SCHED_NODE_LABEL)) == 0 ||
						   precheck(fw, e->node))
			return true;
	}
	return false;
}
