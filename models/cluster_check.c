/* cluster_check.c - invariants of the cluster, checked after every event in debug builds and by the random tests. */
#include "models/cluster.h"

#include <stdio.h>
#include <stdlib.h>

#define EXIT_OUR_BUG 70

static void broken(const struct cluster *c, const char *what, uint32_t row)
{
	char at[TIME_TEXT_MAX];

	fprintf(stderr, "nodefall: broken invariant at %s (seed %llu): %s, row %u\n", time_print(c->run->now, at),
		(unsigned long long)c->run->seed, what, row);
	exit(EXIT_OUR_BUG);
}

/* Sums of requests over the pods counted on each node equal the node's columns. */
static void check_resources(const struct cluster *c)
{
	struct arena scratch = {0};
	int64_t *cpu = ARENA_NEW(&scratch, c->node_count, int64_t), *mem = ARENA_NEW(&scratch, c->node_count, int64_t);
	int32_t *pods = ARENA_NEW(&scratch, c->node_count, int32_t);

	for (uint32_t i = 0; i < c->pod_count; i++) {
		uint32_t node = c->pod_truth[i].counted_on;

		if (node == NONE)
			continue;
		cpu[node] += c->pod[i].spec->request.cpu_milli;
		mem[node] += c->pod[i].spec->request.mem_bytes;
		pods[node]++;
	}
	for (uint32_t i = 0; i < c->node_count; i++)
		if (cpu[i] != c->cpu_used[i] || mem[i] != c->mem_used[i] || pods[i] != c->pods_used[i])
			broken(c, "resources are not conserved on a node", i);
	arena_release(&scratch);
}

/* What the scheduler placed fits. Pods that came with their node were never asked. */
static void check_fit(const struct cluster *c, uint32_t n)
{
	for (uint32_t i = c->node[n].first_pod; i != NONE; i = c->pod[i].next_on_node)
		if (c->pod[i].spec->node_name != 0)
			return;
	if (c->cpu_used[n] > c->cpu_alloc[n] || c->mem_used[n] > c->mem_alloc[n] || c->pods_used[n] > c->pods_alloc[n])
		broken(c, "more is placed on a node than fits", n);
	for (uint32_t i = 0; i < c->node[n].object->allocatable.scalar_count; i++)
		if (c->node[n].scalar_used[i] > c->node[n].object->allocatable.scalar[i].value)
			broken(c, "more of an extended resource is placed on a node than fits", n);
}

static void check_taints(const struct cluster *c, uint32_t n)
{
	const struct node *o = &c->node[n];

	for (uint32_t i = 0; i < o->taint_count; i++)
		for (uint32_t k = 0; k < i; k++)
			if (o->taint[i].key == o->taint[k].key && o->taint[i].effect == o->taint[k].effect)
				broken(c, "a node has a taint twice", n);
}

/* The stage that a kubelet holds a pod to be in agrees with its containers. */
static bool stage_fits(const struct pod_truth *t)
{
	if (t->stage >= STAGE_NOTICE && t->stage <= STAGE_READY)
		return t->running;
	return t->stage == STAGE_STOPPING || !t->running;
}

/* Containers of a pod agree with it: none runs where none can, an exit is not awaited for ever, and no more is known of
 * a container than has happened. */
static void check_containers(const struct cluster *c, uint32_t pod)
{
	const struct pod_truth *t = &c->pod_truth[pod];
	const struct pod_spec *s = c->pod[pod].spec;
	uint32_t creating = 0, restarts = 0;

	for (uint32_t i = 0; t->container != NULL && i < spec_containers(s); i++) {
		const struct container_truth *k = &t->container[i];

		creating += k->state == CONTAINER_CREATING;
		restarts += k->restarts;
		if (k->state == CONTAINER_RUNNING &&
		    (t->stage == STAGE_STOPPED || !c->node_truth[c->pod[pod].node].powered))
			broken(c, "a container runs in a pod that is gone, or without power", pod);
		if (k->state == CONTAINER_CREATING && t->working != i)
			broken(c, "a container is being created and nobody does it", pod);
		if (i >= s->init_count && k->state == CONTAINER_RUNNING && !t->initialized)
			broken(c, "a main container runs before the init containers are done", pod);
		if (k->ready && !k->started)
			broken(c, "a container is ready that has not passed its startup probe", pod);
		if (t->stage == STAGE_READY && k->state == CONTAINER_RUNNING && !k->ready &&
		    (i >= s->init_count || s->init[i].sidecar))
			broken(c, "a pod is ready and one of its containers is not", pod);
	}
	if (creating > 1 || (t->working != NONE && creating == 0))
		broken(c, "a kubelet creates two containers of a pod at once, or none that it works on", pod);
	if (restarts != t->restarts)
		broken(c, "a pod's restarts are miscounted", pod);
}

static void check_addresses(const struct cluster *c)
{
	struct arena scratch = {0};
	uint32_t services = c->scenario->objects.service_count, *sum = ARENA_NEW(&scratch, services, uint32_t);

	for (uint32_t i = 0; i < c->pod_count; i++) {
		const struct pod_truth *t = &c->pod_truth[i];
		uint32_t known = t->services != NULL ? t->services->count : 0;

		if (((uint64_t)(t->slice_mask | t->proxy_mask) >> known) != 0)
			broken(c, "a pod is an address of a Service that does not select it", i);
		for (uint32_t b = 0; b < known; b++)
			sum[t->services->service[b]] += t->slice_mask >> b & 1;
	}
	for (uint32_t s = 0; s < services; s++)
		if (sum[s] != c->service[s].endpoints)
			broken(c, "a Service's addresses are miscounted", s);
	arena_release(&scratch);
}

/* A StatefulSet has one pod of each ordinal at most: names are unique in the API. */
static void check_ordinal(const struct cluster *c, uint32_t pod)
{
	for (uint32_t i = c->pod[pod].next_of_workload; i != NONE; i = c->pod[i].next_of_workload)
		if (c->pod[i].ordinal == c->pod[pod].ordinal)
			broken(c, "two pods of a StatefulSet have one ordinal", pod);
}

/* Each existing pod is in the list of exactly its workload. */
static void check_workloads(const struct cluster *c)
{
	uint64_t owned = 0, listed = 0;

	for (uint32_t i = 0; i < c->pod_count; i++)
		owned += c->pod[i].exists && c->pod[i].workload != NONE;
	for (uint32_t w = 0; w < c->workload_count; w++) {
		for (uint32_t i = c->workload[w].first_pod; i != NONE; i = c->pod[i].next_of_workload) {
			if (c->pod[i].workload != w || !c->pod[i].exists)
				broken(c, "a pod is listed with a workload that is not its own", i);
			if (++listed > owned)
				broken(c, "a workload's list of pods does not end", w);
			if (c->workload[w].kind == WORKLOAD_STATEFUL_SET)
				check_ordinal(c, i);
		}
	}
	if (listed != owned)
		broken(c, "a pod is in no workload's list", NONE);
}

static void check_pod(const struct cluster *c, uint32_t i)
{
	const struct pod *p = &c->pod[i];
	const struct pod_truth *t = &c->pod_truth[i];
	bool terminal = p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED;

	if (!p->exists && (p->ready || t->counted_on != NONE))
		broken(c, "a removed pod is still ready or counted", i);
	if (p->exists && p->node != NONE && !terminal && t->counted_on != p->node)
		broken(c, "a bound pod is not counted on its node", i);
	if (p->ready && p->node == NONE)
		broken(c, "a pod is Ready without a node", i);
	if (t->running && (p->node == NONE || !c->node_truth[p->node].powered))
		broken(c, "containers run on a machine without power", i);
	if (!stage_fits(t))
		broken(c, "a pod's stage and its containers disagree", i);
	check_containers(c, i);
	if (t->serving && !t->running)
		broken(c, "a pod serves without running containers", i);
	if (p->created > c->run->now || p->ready_since > c->run->now || p->deleted_at > c->run->now)
		broken(c, "a time lies in the future", i);
}

/* Each bound pod is in the list of exactly its node. */
static void check_lists(const struct cluster *c)
{
	uint64_t bound = 0, listed = 0;

	for (uint32_t i = 0; i < c->pod_count; i++)
		bound += c->pod[i].exists && c->pod[i].node != NONE;
	for (uint32_t n = 0; n < c->node_count; n++) {
		for (uint32_t i = c->node[n].first_pod; i != NONE; i = c->pod[i].next_on_node) {
			if (c->pod[i].node != n || !c->pod[i].exists)
				broken(c, "a pod is listed on a node that is not its own", i);
			if (++listed > bound)
				broken(c, "a node's list of pods does not end", n);
		}
	}
	if (listed != bound)
		broken(c, "a bound pod is in no node's list", NONE);
}

/* Zones count the nodes that exist. */
static void check_existing(const struct cluster *c)
{
	struct arena scratch = {0};
	uint32_t *zone = ARENA_NEW(&scratch, c->zone_count, uint32_t), all = 0;

	for (uint32_t i = 0; i < c->node_count; i++) {
		zone[c->node[i].zone] += c->node[i].exists;
		all += c->node[i].exists;
		if (c->node_truth[i].powered && !c->node_truth[i].machine)
			broken(c, "a machine that is not there runs", i);
	}
	if (all != c->nodes_existing)
		broken(c, "existing nodes are miscounted", all);
	for (uint32_t z = 0; z < c->zone_count; z++)
		if (zone[z] != c->zone_nodes[z])
			broken(c, "the nodes of a zone are miscounted", z);
	arena_release(&scratch);
}

void cluster_check(const struct cluster *c)
{
	check_existing(c);
	check_resources(c);
	for (uint32_t i = 0; i < c->pod_count; i++)
		check_pod(c, i);
	check_lists(c);
	check_workloads(c);
	check_addresses(c);
	cluster_check_volumes(c);
	for (uint32_t n = 0; n < c->node_count; n++) {
		check_fit(c, n);
		check_taints(c, n);
	}
}
