/* cluster.c - belief: the only code that writes the objects of a cluster; each change tells a fact. */
#include "models/cluster_build.h"

#include <stdio.h>
#include <string.h>

#include "models/state.h"
#include "sim/text.h"

struct fact cluster_fact(const struct cluster *c, enum fact_kind kind)
{
	return (struct fact){
		.at = c->run->now, .kind = (uint16_t)kind, .node = FACT_NONE, .pod = FACT_NONE, .object = FACT_NONE};
}

void cluster_tell(struct cluster *c, struct fact f)
{
	fact_tell(&c->run->facts, &f);
}

/* Points the view at the arrays, which may have moved. */
void cluster_view_refresh(struct cluster *c)
{
	struct view *v = &c->view;

	v->nodes = (struct node_view){
		.count = c->node_count,
		.existing = c->nodes_existing,
		.row = c->node,
		.cpu_alloc = c->cpu_alloc,
		.mem_alloc = c->mem_alloc,
		.disk_alloc = c->disk_alloc,
		.cpu_used = c->cpu_used,
		.mem_used = c->mem_used,
		.disk_used = c->disk_used,
		.score_cpu_used = c->score_cpu_used,
		.score_mem_used = c->score_mem_used,
		.pods_alloc = c->pods_alloc,
		.pods_used = c->pods_used,
	};
	v->pod = c->pod;
	v->pod_count = c->pod_count;
	v->workload = c->workload;
	v->workload_count = c->workload_count;
	v->service = c->service;
	v->service_count = c->scenario->objects.service_count;
	v->pdb = c->pdb;
	v->pdb_count = c->scenario->objects.pdb_count;
	v->claim = c->claim;
	v->claim_count = c->claim_count;
	v->claim_named = c->claim_named;
	v->claim_names = c->claim_names;
	v->volume = c->volume;
	v->volume_count = c->volume_count;
	v->loose = c->loose;
	v->loose_count = c->loose_count;
	v->attachment = c->attachment;
	v->zone_count = c->zone_count;
	v->zone_name = c->zone_name;
	v->zone_nodes = c->zone_nodes;
}

/* ---- pods ---- */

static uint32_t pod_name(struct cluster *c, uint32_t row, const struct pod_new *n)
{
	const char *owner = names_text(&c->run->names, c->workload[n->workload].name);
	struct rng r = run_stream(c->run, STREAM_POD, row);
	char suffix[6] = {0}, buffer[300];

	if (c->workload[n->workload].kind == WORKLOAD_STATEFUL_SET) {
		snprintf(buffer, sizeof(buffer), "%.253s-%d", owner, n->ordinal);
		return names_intern(&c->run->names, buffer);
	}
	for (int i = 0; i < 5; i++)
		suffix[i] = cluster_letter(&r);
	if (n->ordinal >= 0)
		snprintf(buffer, sizeof(buffer), "%.240s-%d-%s", owner, n->ordinal, suffix);
	else
		snprintf(buffer, sizeof(buffer), "%.253s-%s", owner, suffix);
	return names_intern(&c->run->names, buffer);
}

static void link_to_workload(struct cluster *c, uint32_t row)
{
	struct pod *p = &c->pod[row];
	struct workload *w = &c->workload[p->workload];

	p->next_of_workload = w->first_pod;
	if (w->first_pod != NONE)
		c->pod[w->first_pod].prev_of_workload = row;
	w->first_pod = row;
}

uint32_t cluster_pod_create(struct cluster *c, const struct pod_new *n)
{
	struct arena *a = &c->run->arena;
	uint32_t row = c->pod_count;

	ARENA_RESERVE(a, c->pod, c->pod_capacity, row + 1, struct pod);
	ARENA_RESERVE(a, c->pod_truth, c->pod_truth_capacity, row + 1, struct pod_truth);
	c->pod_count++;
	c->pod[row] = (struct pod){
		.spec = n->spec,
		.labels = n->labels,
		.namespace = n->namespace,
		.workload = n->workload,
		.next_of_workload = NONE,
		.prev_of_workload = NONE,
		.node = NONE,
		.next_on_node = NONE,
		.prev_on_node = NONE,
		.pinned_node = n->pinned_node,
		.ordinal = n->ordinal,
		.exists = true,
		.created = c->run->now,
		.name = n->name != 0 ? n->name : pod_name(c, row, n),
	};
	c->pod_truth[row] = (struct pod_truth){.counted_on = NONE,
					       .next_unreplaced = NONE,
					       .next_puller = NONE,
					       .working = NONE,
					       .rng = run_stream(c->run, STREAM_KUBELET, row)};
	if (n->workload != NONE)
		link_to_workload(c, row);
	cluster_pod_claims(c, row);
	cluster_view_refresh(c);

	struct fact f = cluster_fact(c, FACT_POD_CREATED);
	f.pod = row;
	/* Pods of a ReplicaSet that a Deployment made count as the Deployment's, which is what the user wrote. */
	f.object = n->workload != NONE && c->workload[n->workload].owner != NONE ? c->workload[n->workload].owner
										 : n->workload;
	f.flag = n->settled;
	f.a = c->pod[row].name;
	f.b = n->spec->request.cpu_milli;
	f.c = n->spec->request.mem_bytes;
	cluster_tell(c, f);
	return row;
}

void cluster_count(struct cluster *c, uint32_t pod, uint32_t node, int sign)
{
	const struct pod_spec *s = c->pod[pod].spec;
	const struct resources *alloc = &c->node[node].object->allocatable;

	c->cpu_used[node] += sign * s->request.cpu_milli;
	c->mem_used[node] += sign * s->request.mem_bytes;
	c->disk_used[node] += sign * s->request.disk_bytes;
	c->score_cpu_used[node] += sign * s->score_cpu_milli;
	c->score_mem_used[node] += sign * s->score_mem_bytes;
	c->pods_used[node] += sign;
	for (uint32_t i = 0; i < s->request.scalar_count; i++)
		for (uint32_t k = 0; k < alloc->scalar_count; k++)
			if (alloc->scalar[k].name == s->request.scalar[i].name)
				c->node[node].scalar_used[k] += sign * s->request.scalar[i].value;
	c->pod_truth[pod].counted_on = sign > 0 ? node : NONE;
}

void cluster_assume(struct cluster *c, uint32_t pod, uint32_t node)
{
	if (c->pod_truth[pod].counted_on == NONE)
		cluster_count(c, pod, node, 1);
}

void cluster_forget(struct cluster *c, uint32_t pod)
{
	if (c->pod[pod].node == NONE && c->pod_truth[pod].counted_on != NONE)
		cluster_count(c, pod, c->pod_truth[pod].counted_on, -1);
}

void cluster_pod_moved(struct cluster *c, uint32_t pod)
{
	struct moved_pods *m = &c->moved;

	ARENA_RESERVE(&c->run->arena, m->listed, m->listed_capacity, pod + 1, bool);
	if (m->listed[pod])
		return;
	m->listed[pod] = true;
	ARENA_RESERVE(&c->run->arena, m->row, m->capacity, m->count + 1, uint32_t);
	m->row[m->count++] = pod;
}

void cluster_pod_bind(struct cluster *c, uint32_t pod, uint32_t node, uint32_t attempts)
{
	struct pod *p = &c->pod[pod];
	uint32_t counted = c->pod_truth[pod].counted_on;
	struct fact f = cluster_fact(c, FACT_POD_BOUND);

	if (counted != NONE && counted != node)
		cluster_count(c, pod, counted, -1);
	if (counted != node)
		cluster_count(c, pod, node, 1);
	p->node = node;
	cluster_pod_moved(c, pod);
	p->unschedulable = false;
	p->next_on_node = c->node[node].first_pod;
	if (p->next_on_node != NONE)
		c->pod[p->next_on_node].prev_on_node = pod;
	c->node[node].first_pod = pod;
	f.node = node;
	f.pod = pod;
	f.a = attempts;
	cluster_tell(c, f);
}

void cluster_pod_ready(struct cluster *c, uint32_t pod, bool ready, enum ready_by by)
{
	struct pod *p = &c->pod[pod];
	struct fact f = cluster_fact(c, FACT_POD_READY);

	if (p->ready == ready)
		return;
	p->ready = ready;
	p->ready_since = c->run->now;
	f.node = p->node;
	f.pod = pod;
	f.flag = ready;
	f.a = by;
	cluster_tell(c, f);
}

void cluster_pod_containers(struct cluster *c, uint32_t pod, uint32_t restarts, enum container_reason reason)
{
	c->pod[pod].restarts = restarts;
	c->pod[pod].reason = (uint8_t)reason;
}

static bool terminal(uint8_t phase)
{
	return phase == PHASE_SUCCEEDED || phase == PHASE_FAILED;
}

void cluster_pod_phase(struct cluster *c, uint32_t pod, enum pod_phase phase, enum pod_reason why)
{
	struct pod *p = &c->pod[pod];
	struct fact f = cluster_fact(c, FACT_POD_PHASE);

	if (p->phase == phase || terminal(p->phase))
		return;
	p->phase = (uint8_t)phase;
	p->status_reason = (uint8_t)why;
	if (terminal(p->phase)) {
		cluster_pod_moved(c, pod);
		if (c->pod_truth[pod].counted_on != NONE)
			cluster_count(c, pod, c->pod_truth[pod].counted_on, -1);
		if (p->workload != NONE && phase == PHASE_SUCCEEDED)
			c->workload[p->workload].succeeded++;
		if (p->workload != NONE && phase == PHASE_FAILED)
			c->workload[p->workload].failed++;
	}
	f.pod = pod;
	f.flag = (uint16_t)phase;
	f.a = why;
	cluster_tell(c, f);
}

void cluster_pod_renew(struct cluster *c, uint32_t pod)
{
	struct pod *p = &c->pod[pod];
	struct fact f = cluster_fact(c, FACT_POD_PHASE);

	if (!terminal(p->phase))
		return;
	p->phase = PHASE_PENDING;
	p->status_reason = POD_REASON_NONE;
	cluster_pod_moved(c, pod);
	if (p->node != NONE)
		cluster_count(c, pod, p->node, 1);
	f.pod = pod;
	f.flag = PHASE_PENDING;
	cluster_tell(c, f);
}

void cluster_pod_delete(struct cluster *c, uint32_t pod, enum delete_cause cause, sim_time grace, uint32_t preemptor)
{
	struct pod *p = &c->pod[pod];
	struct fact f = cluster_fact(c, FACT_POD_DELETED);

	if (p->deleting)
		return;
	p->deleting = true;
	cluster_pod_moved(c, pod);
	p->deleted_at = c->run->now;
	p->cause = (uint8_t)cause;
	p->grace = grace;
	f.node = p->node;
	f.pod = pod;
	f.flag = (uint16_t)cause;
	f.a = grace;
	f.b = preemptor == NONE ? 0 : 1 + (int64_t)preemptor;
	cluster_tell(c, f);
}

static void unlink_from_node(struct cluster *c, uint32_t pod)
{
	struct pod *p = &c->pod[pod];

	if (p->prev_on_node != NONE)
		c->pod[p->prev_on_node].next_on_node = p->next_on_node;
	else
		c->node[p->node].first_pod = p->next_on_node;
	if (p->next_on_node != NONE)
		c->pod[p->next_on_node].prev_on_node = p->prev_on_node;
	p->next_on_node = p->prev_on_node = NONE;
}

static void unlink_from_workload(struct cluster *c, uint32_t pod)
{
	struct pod *p = &c->pod[pod];

	if (p->prev_of_workload != NONE)
		c->pod[p->prev_of_workload].next_of_workload = p->next_of_workload;
	else
		c->workload[p->workload].first_pod = p->next_of_workload;
	if (p->next_of_workload != NONE)
		c->pod[p->next_of_workload].prev_of_workload = p->prev_of_workload;
	p->next_of_workload = p->prev_of_workload = NONE;
}

void cluster_pod_remove(struct cluster *c, uint32_t pod)
{
	struct pod *p = &c->pod[pod];
	struct fact f = cluster_fact(c, FACT_POD_REMOVED);

	if (!p->exists)
		return;
	if (c->pod_truth[pod].counted_on != NONE)
		cluster_count(c, pod, c->pod_truth[pod].counted_on, -1);
	if (p->node != NONE)
		unlink_from_node(c, pod);
	if (p->workload != NONE)
		unlink_from_workload(c, pod);
	p->exists = false;
	p->ready = false;
	cluster_pod_moved(c, pod);
	f.node = p->node;
	f.pod = pod;
	cluster_tell(c, f);
}

/* ---- nodes ---- */

void cluster_node_ready(struct cluster *c, uint32_t node, enum node_ready ready, bool shutting, sim_time silence,
			sim_time limit)
{
	struct fact f = cluster_fact(c, FACT_NODE_READY);

	if (c->node[node].ready == ready)
		return;
	c->node[node].ready = (uint8_t)ready;
	c->node[node].change++;
	f.node = node;
	f.flag = (uint16_t)ready;
	f.a = silence;
	f.b = limit;
	f.c = shutting;
	cluster_tell(c, f);
}

void cluster_node_conditions(struct cluster *c, uint32_t node, uint8_t conditions, bool unknown)
{
	uint8_t changed = c->node[node].conditions ^ conditions;

	c->node[node].conditions = conditions;
	for (int i = 0; i < NODE_CONDITIONS; i++) {
		struct fact f = cluster_fact(c, FACT_NODE_CONDITION);

		if (!(changed >> i & 1))
			continue;
		f.node = node;
		f.flag = (uint16_t)i;
		f.a = unknown ? 2 : conditions >> i & 1;
		cluster_tell(c, f);
	}
}

static void tell_taint(struct cluster *c, enum fact_kind kind, uint32_t node, uint32_t key, enum taint_effect effect)
{
	struct fact f = cluster_fact(c, kind);

	c->node[node].change++;
	f.node = node;
	f.object = key;
	f.flag = (uint16_t)effect;
	cluster_tell(c, f);
}

static struct taint *find_taint(struct node *n, uint32_t key, uint8_t effect)
{
	for (uint32_t i = 0; i < n->taint_count; i++)
		if (n->taint[i].key == key && n->taint[i].effect == effect)
			return &n->taint[i];
	return NULL;
}

bool cluster_taint_set(struct cluster *c, uint32_t node, const struct taint *taint)
{
	struct node *n = &c->node[node];
	struct taint *there = find_taint(n, taint->key, taint->effect);

	if (there != NULL && there->value == taint->value)
		return false;
	if (there != NULL) {
		there->value = taint->value;
		n->change++;
		return true;
	}
	ARENA_RESERVE(&c->run->arena, n->taint, n->taint_capacity, n->taint_count + 1, struct taint);
	n->taint[n->taint_count++] = *taint;
	tell_taint(c, FACT_TAINT_ADDED, node, taint->key, (enum taint_effect)taint->effect);
	return true;
}

bool cluster_taint_add(struct cluster *c, uint32_t node, uint32_t key, enum taint_effect effect)
{
	const struct taint taint = {.key = key, .effect = (uint8_t)effect};

	return find_taint(&c->node[node], key, taint.effect) == NULL && cluster_taint_set(c, node, &taint);
}

bool cluster_taint_remove(struct cluster *c, uint32_t node, uint32_t key, enum taint_effect effect)
{
	struct node *n = &c->node[node];

	for (uint32_t i = 0; i < n->taint_count; i++) {
		if (n->taint[i].key != key || n->taint[i].effect != effect)
			continue;
		memmove(&n->taint[i], &n->taint[i + 1], (n->taint_count - i - 1) * sizeof(*n->taint));
		n->taint_count--;
		tell_taint(c, FACT_TAINT_REMOVED, node, key, effect);
		return true;
	}
	return false;
}

void cluster_cordon(struct cluster *c, uint32_t node, bool on)
{
	struct fact f = cluster_fact(c, FACT_NODE_CORDONED);

	if (c->node[node].unschedulable == on)
		return;
	c->node[node].unschedulable = on;
	c->node[node].change++;
	f.node = node;
	f.flag = on;
	cluster_tell(c, f);
}
