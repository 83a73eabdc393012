/* kubectl_conditions.c - the conditions of nodes and pods, as the API server believes them. */
#include "models/versions.h"
#include "report/looks/kubectl.h"

/* PodReadyToStartContainers is beta, so there, since 1.29 (kubernetes-control-plane.md 5.1). */
#define READY_TO_START_SINCE 29

static struct kubectl_condition condition(const char *type, bool holds, const char *reason)
{
	return (struct kubectl_condition){.type = type, .status = holds ? "True" : "False", .reason = reason};
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
		c[n++] = condition("DisruptionTarget", true,
				   p->cause == DELETE_TAINT ? "DeletionByTaintManager" : "EvictionByEvictionAPI");
	return n;
}

static struct kubectl_condition ready_condition(const struct kubectl *k, uint32_t node)
{
	switch ((enum node_ready)k->look->view->nodes.row[node].ready) {
	case READY_TRUE:
		return (struct kubectl_condition){.type = "Ready",
						  .status = "True",
						  .reason = "KubeletReady",
						  .message = "kubelet is posting ready status"};
	case READY_FALSE:
		return (struct kubectl_condition){.type = "Ready",
						  .status = "False",
						  .reason = "KubeletNotReady",
						  .message = "container runtime is down"};
	default:
		return (struct kubectl_condition){.type = "Ready",
						  .status = "Unknown",
						  .reason = "NodeStatusUnknown",
						  .message = "Kubelet stopped posting node status."};
	}
}

/* Pressure is not simulated: these three are what a kubelet without any writes. The node lifecycle controller makes all
 * of them Unknown together (kubernetes-control-plane.md 2.2). */
uint32_t kubectl_node_conditions(const struct kubectl *k, uint32_t node, struct kubectl_condition c[KUBECTL_CONDITIONS])
{
	static const struct kubectl_condition well[] = {
		{.type = "MemoryPressure",
		 .status = "False",
		 .reason = "KubeletHasSufficientMemory",
		 .message = "kubelet has sufficient memory available"},
		{.type = "DiskPressure",
		 .status = "False",
		 .reason = "KubeletHasNoDiskPressure",
		 .message = "kubelet has no disk pressure"},
		{.type = "PIDPressure",
		 .status = "False",
		 .reason = "KubeletHasSufficientPID",
		 .message = "kubelet has sufficient PID available"},
	};
	const uint8_t ready = k->look->view->nodes.row[node].ready;
	uint32_t n = 0;

	if (ready == READY_UNSET)
		return 0;
	for (; n < 3; n++) {
		c[n] = well[n];
		if (ready != READY_UNKNOWN)
			continue;
		c[n].status = "Unknown";
		c[n].reason = "NodeStatusUnknown";
		c[n].message = "Kubelet stopped posting node status.";
	}
	c[n++] = ready_condition(k, node);
	return n;
}

/* When the conditions changed last: Ready for whatever reason, the others when they became Unknown or ceased to be. */
sim_time kubectl_node_changed(const struct kubectl *k, uint32_t node)
{
	struct kubectl_told what = {
		.kind = FACT_NODE_READY, .node = node, .pod = FACT_NONE, .object = FACT_NONE, .last = true};

	return kubectl_told(k, what, k->look->view->nodes.row[node].created);
}
