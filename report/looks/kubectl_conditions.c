/* kubectl_conditions.c - the conditions of nodes and pods, as the API server believes them. */
#include "models/versions.h"
#include "report/looks/kubectl.h"

/* PodReadyToStartContainers is beta, so there, since 1.29 (kubernetes-control-plane.md 5.1). */
#define READY_TO_START_SINCE 29

static struct kubectl_condition condition(const char *type, bool holds, const char *reason)
{
	return (struct kubectl_condition){.type = type, .status = holds ? "True" : "False", .reason = reason};
}

/* Reasons of the condition DisruptionTarget (pod-lifecycle of the website). */
static const char *disrupted_by(const struct pod *p)
{
	if (p->status_reason != POD_REASON_NONE)
		return "TerminationByKubelet";
	switch ((enum delete_cause)p->cause) {
	case DELETE_TAINT:
		return "DeletionByTaintManager";
	case DELETE_PREEMPTED:
		return "PreemptionByScheduler";
	case DELETE_POD_GC:
	case DELETE_NO_NODE:
		return "DeletionByPodGC";
	default:
		return "EvictionByEvictionAPI";
	}
}

/* Belief: Initialized and ContainersReady follow from the containers' statuses. */
uint32_t kubectl_pod_conditions(const struct kubectl *k, uint32_t pod, struct kubectl_condition c[KUBECTL_CONDITIONS])
{
	const struct pod *p = &k->look->view->pod[pod];
	const struct container_look *s = k->look->pod[pod].believed;
	bool initialized = s != NULL, ready = s != NULL;
	uint32_t n = 0;

	if (p->node == NONE) {
		c[n++] = condition("PodScheduled", false, p->unschedulable ? "Unschedulable" : NULL);
		return p->unschedulable || p->spec->gate_count > 0 ? n : 0;
	}
	for (uint32_t i = 0; s != NULL && i < spec_containers(p->spec); i++) {
		const bool init = i < p->spec->init_count && !p->spec->init[i].sidecar;

		if (init)
			initialized &= s[i].state == LOOK_TERMINATED && s[i].end.exit_code == 0;
		else
			ready &= s[i].state == LOOK_RUNNING && s[i].ready;
	}
	if (s != NULL && k->look->scenario->kubernetes >= READY_TO_START_SINCE)
		c[n++] = condition("PodReadyToStartContainers", k->look->pod[pod].sandboxes > 0, NULL);
	if (s != NULL) {
		c[n++] = condition("Initialized", initialized, NULL);
		c[n++] = condition("Ready", p->ready, NULL);
		c[n++] = condition("ContainersReady", ready, NULL);
	}
	c[n++] = condition("PodScheduled", true, NULL);
	if (p->target ||
	    (p->deleting && p->cause == DELETE_TAINT && version_disruption_target(k->look->scenario->kubernetes)))
		c[n++] = condition("DisruptionTarget", true, disrupted_by(p));
	return n;
}

/* When it last became what it is: told by facts of this kind about the node, of any flag or of one. */
static sim_time changed(const struct kubectl *k, uint32_t node, struct kubectl_told what)
{
	what.node = node;
	what.pod = what.object = FACT_NONE;
	what.last = true;
	return kubectl_told(k, what, k->look->view->nodes.row[node].created);
}

/* A kubelet's status is written by the clock and when it changes. */
static sim_time written(const struct kubectl *k, uint32_t node)
{
	const struct kubectl_told change[] = {
		{.kind = FACT_NODE_CONDITION},
		{.kind = FACT_NODE_READY, .flag = READY_TRUE, .has_flag = true},
		{.kind = FACT_NODE_READY, .flag = READY_FALSE, .has_flag = true},
	};
	sim_time at = k->look->node[node].status_written;

	for (size_t i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		const sim_time t = changed(k, node, change[i]);

		at = t > at && t > k->look->view->nodes.row[node].created ? t : at;
	}
	return at;
}

static struct kubectl_condition unknown(const char *type)
{
	return (struct kubectl_condition){.type = type,
					  .status = "Unknown",
					  .reason = "NodeStatusUnknown",
					  .message = "Kubelet stopped posting node status."};
}

static struct kubectl_condition ready_condition(const struct kubectl *k, uint32_t node)
{
	const bool ready = k->look->view->nodes.row[node].ready == READY_TRUE;
	const char *why = k->look->node[node].shutting_down ? "node is shutting down" : "container runtime is down";

	return (struct kubectl_condition){.type = "Ready",
					  .status = ready ? "True" : "False",
					  .reason = ready ? "KubeletReady" : "KubeletNotReady",
					  .message = ready ? "kubelet is posting ready status" : why};
}

/* Words of pkg/kubelet/nodestatus/setters.go, when all is well and when it is not. */
static struct kubectl_condition pressure(uint32_t condition, bool holds)
{
	static const char *const word[NODE_CONDITIONS][2][2] = {
		[CONDITION_MEMORY] = {{"KubeletHasSufficientMemory", "kubelet has sufficient memory available"},
				      {"KubeletHasInsufficientMemory", "kubelet has insufficient memory available"}},
		[CONDITION_DISK] = {{"KubeletHasNoDiskPressure", "kubelet has no disk pressure"},
				    {"KubeletHasDiskPressure", "kubelet has disk pressure"}},
		[CONDITION_PID] = {{"KubeletHasSufficientPID", "kubelet has sufficient PID available"},
				   {"KubeletHasInsufficientPID", "kubelet has insufficient PID available"}},
	};

	return (struct kubectl_condition){.type = node_condition_name(condition),
					  .status = holds ? "True" : "False",
					  .reason = word[condition][holds][0],
					  .message = word[condition][holds][1]};
}

/* The node lifecycle controller makes all of them Unknown together (kubernetes-control-plane.md 2.2). */
uint32_t kubectl_node_conditions(const struct kubectl *k, uint32_t node, struct kubectl_condition c[KUBECTL_CONDITIONS])
{
	const struct node *n = &k->look->view->nodes.row[node];
	const sim_time ready = changed(k, node, (struct kubectl_told){.kind = FACT_NODE_READY});
	const bool lost = n->ready == READY_UNKNOWN;
	uint32_t i = 0;

	if (n->ready == READY_UNSET)
		return 0;
	for (; i < NODE_CONDITIONS; i++) {
		const struct kubectl_told own = {.kind = FACT_NODE_CONDITION, .flag = (uint16_t)i, .has_flag = true};
		const struct kubectl_told unknown_told = {
			.kind = FACT_NODE_READY, .flag = READY_UNKNOWN, .has_flag = true};
		const sim_time silent = changed(k, node, unknown_told), pressed = changed(k, node, own);

		/* It was Unknown with Ready, and came back with it. */
		c[i] = lost ? unknown(node_condition_name(i)) : pressure(i, n->conditions >> i & 1);
		c[i].since = silent > n->created && ready > pressed ? ready : pressed;
	}
	c[i] = lost ? unknown("Ready") : ready_condition(k, node);
	c[i].since = ready;
	for (uint32_t all = 0; all <= i; all++)
		c[all].beat = written(k, node);
	return i + 1;
}
