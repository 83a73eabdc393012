/* sched_preempt.c - DefaultPreemption: dry runs on the nodes that others could leave, and the choice among them. */
#include "models/sched_preempt.h"

#include <stdlib.h>
#include <string.h>

/* One node's pods during a dry run. */
struct bench {
	struct cluster *cluster;
	struct sched_framework *fw;
	struct sched_shared *shared;
	uint32_t node;
	uint32_t count, *row; /* all its pods in list order, bound ones first, then those assumed to be there */
	uint32_t bound;
	bool *present;
	uint32_t victims, *victim; /* indexes into row: pods of lower priority, most important first */
};

static void relink(struct bench *b)
{
	struct pod *pod = b->cluster->pod;
	uint32_t last = NONE;

	b->cluster->node[b->node].first_pod = NONE;
	for (uint32_t i = 0; i < b->bound; i++) {
		if (!b->present[i])
			continue;
		pod[b->row[i]].prev_on_node = last;
		pod[b->row[i]].next_on_node = NONE;
		if (last == NONE)
			b->cluster->node[b->node].first_pod = b->row[i];
		else
			pod[last].next_on_node = b->row[i];
		last = b->row[i];
	}
}

/* A pod that goes frees its ports for all; one that comes back takes them again. */
static void move_ports(struct bench *b, const struct container *list, uint32_t count, bool sidecars_only, bool present)
{
	struct sched_shared *s = b->shared;

	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t k = 0; k < list[i].port_count && (!sidecars_only || list[i].sidecar); k++) {
			const struct host_port *p = &list[i].port[k];
			uint32_t kept = 0;

			for (uint32_t f = 0; f < s->freed_count; f++)
				if (s->freed[f].port != p->port || s->freed[f].protocol != p->protocol ||
				    s->freed[f].ip != p->ip)
					s->freed[kept++] = s->freed[f];
			s->freed_count = kept;
			if (present)
				continue;
			ARENA_RESERVE(s->arena, s->freed, s->freed_capacity, kept + 1, struct host_port);
			s->freed[s->freed_count++] = *p;
		}
	}
}

static void move_gone(struct bench *b, uint32_t row, bool present)
{
	struct sched_shared *s = b->shared;
	uint32_t i = 0;

	s->gone_node = b->node;
	if (!present) {
		ARENA_RESERVE(s->arena, s->gone, s->gone_capacity, s->gone_count + 1, uint32_t);
		s->gone[s->gone_count++] = row;
		return;
	}
	while (s->gone[i] != row)
		i++;
	s->gone[i] = s->gone[--s->gone_count];
}

static void set_present(struct bench *b, uint32_t i, bool present)
{
	const struct pod_spec *spec = b->cluster->pod[b->row[i]].spec;
	bool bound = i < b->bound;

	if (b->present[i] == present)
		return;
	move_ports(b, spec->container, spec->container_count, false, present);
	if (sched_sidecar_ports(b->cluster->scenario->kubernetes))
		move_ports(b, spec->init, spec->init_count, true, present);
	move_gone(b, b->row[i], present);
	b->present[i] = present;
	cluster_count(b->cluster, b->row[i], b->node, present ? 1 : -1);
	if (bound) {
		b->cluster->pod[b->row[i]].node = present ? b->node : NONE;
		cluster_pod_moved(b->cluster, b->row[i]);
		relink(b);
	} else if (present) {
		framework_assumed_add(b->fw, b->row[i], b->node);
	} else {
		framework_assumed_remove(b->fw, b->row[i]);
	}
}

/* Priority, then the earlier start, then the row. */
static bool more_important(const struct pod *pod, uint32_t a, uint32_t b)
{
	if (pod[a].spec->priority != pod[b].spec->priority)
		return pod[a].spec->priority > pod[b].spec->priority;
	if (pod[a].created != pod[b].created)
		return pod[a].created < pod[b].created;
	return a < b;
}

static void bench_add(struct bench *b, uint32_t row, int32_t priority)
{
	const struct pod *pod = b->cluster->pod;
	uint32_t at = b->victims;

	b->present[b->count] = true;
	b->row[b->count++] = row;
	if (pod[row].spec->priority >= priority || pod[row].phase == PHASE_SUCCEEDED || pod[row].phase == PHASE_FAILED)
		return;
	for (; at > 0 && more_important(pod, row, b->row[b->victim[at - 1]]); at--)
		b->victim[at] = b->victim[at - 1];
	b->victim[at] = b->count - 1;
	b->victims++;
}

static void bench_init(struct bench *b, struct sched_framework *fw, struct arena *a, uint32_t node, int32_t priority)
{
	struct cluster *c = &fw->world->cluster;
	uint32_t most = 0;

	*b = (struct bench){.cluster = c, .fw = fw, .shared = &fw->shared, .node = node};
	for (uint32_t p = c->node[node].first_pod; p != NONE; p = c->pod[p].next_on_node)
		most++;
	for (uint32_t p = fw->first_assumed[node]; p != NONE; p = fw->next_assumed[p])
		most++;
	b->row = ARENA_NEW(a, most, uint32_t);
	b->present = ARENA_NEW(a, most, bool);
	b->victim = ARENA_NEW(a, most, uint32_t);
	for (uint32_t p = c->node[node].first_pod; p != NONE; p = c->pod[p].next_on_node)
		bench_add(b, p, priority);
	b->bound = b->count;
	/* A pod whose bind is on its way, or that is bound while its answer is; the latter is in the first list too. */
	for (uint32_t p = fw->first_assumed[node]; p != NONE; p = fw->next_assumed[p])
		if (c->pod[p].exists && c->pod[p].node == NONE)
			bench_add(b, p, priority);
}

static bool is_free(const struct sched_preemption *p, uint32_t pdb, uint32_t pod)
{
	for (uint32_t i = 0; i < p->free_pods; i++)
		if (p->free_pod[i].pdb == pdb && p->free_pod[i].pod == pod)
			return true;
	return false;
}

/* Charges the pod to every budget that covers it; true when one is overdrawn. */
static bool violates(struct sched_framework *fw, const struct sched_preemption *p, uint32_t row, int32_t left[])
{
	const struct cluster *c = &fw->world->cluster;
	const struct pod *pod = &c->pod[row];
	bool overdrawn = false;

	if (pod->labels == NULL || pod->labels->count == 0 || pod->disrupted)
		return false;
	for (uint32_t i = 0; i < c->view.pdb_count; i++) {
		const struct pdb_object *o = c->pdb[i].object;

		if (!c->pdb[i].exists)
			continue;

		/* An empty selector protects nothing in preemption. */
		if (o->meta.namespace != pod->namespace || o->selector.count == 0 ||
		    !selector_matches(&o->selector, pod->labels, c->view.names) || is_free(p, i, row))
			continue;
		left[i] -= left[i] > INT32_MIN;
		overdrawn |= left[i] < 0;
	}
	return overdrawn;
}

/* Puts the pods of one class back, the most important first, as long as the preemptor still fits. */
static void reprieve(struct sched_framework *fw, uint32_t pod, struct bench *b, const bool violating[], bool class,
		     uint32_t *violations)
{
	for (uint32_t i = 0; i < b->victims; i++) {
		if (violating[i] != class)
			continue;
		set_present(b, b->victim[i], true);
		if (framework_fits(fw, pod, b->node))
			continue;
		set_present(b, b->victim[i], false);
		*violations += class;
	}
}

static void dry_run(struct sched_framework *fw, uint32_t pod, uint32_t node, struct sched_preemption *p)
{
	const struct cluster *c = &fw->world->cluster;
	uint32_t pdbs = c->view.pdb_count;
	struct sched_candidate found = {.node = node};
	struct bench b;

	bench_init(&b, fw, p->arena, node, c->pod[pod].spec->priority);
	if (b.victims == 0) {
		p->misfit[p->misfits++] = (struct sched_misfit){node, NULL};
		return;
	}
	bool *violating = ARENA_NEW(p->arena, b.victims, bool);
	int32_t *left = ARENA_NEW(p->arena, pdbs, int32_t);

	for (uint32_t i = 0; i < pdbs; i++)
		left[i] = p->allowed[i];
	for (uint32_t i = 0; i < b.victims; i++)
		violating[i] = violates(fw, p, b.row[b.victim[i]], left);
	for (uint32_t i = 0; i < b.victims; i++)
		set_present(&b, b.victim[i], false);
	const char *why = framework_misfit(fw, pod, node);

	if (why != NULL) {
		p->misfit[p->misfits++] = (struct sched_misfit){node, why};
	} else {
		reprieve(fw, pod, &b, violating, true, &found.violations);
		reprieve(fw, pod, &b, violating, false, &found.violations);
		found.victim = ARENA_NEW(p->arena, b.victims, uint32_t);
		for (uint32_t i = 0; i < b.victims; i++)
			if (!b.present[b.victim[i]])
				found.victim[found.victims++] = b.row[b.victim[i]];
		p->candidate[p->count++] = found;
	}
	for (uint32_t i = 0; i < b.victims; i++)
		set_present(&b, b.victim[i], true);
	fw->shared.freed_count = 0;
}

/* ---- choice ---- */

enum { CRITERIA = 5 };

/* Smaller is better, the first that differs decides: violations, highest priority, sum of priorities, number, and the
 * latest of the earliest starts among the victims of highest priority. */
static void criteria(const struct cluster *c, const struct sched_candidate *k, int64_t out[CRITERIA])
{
	int32_t highest = INT32_MIN;
	sim_time earliest = SIM_NEVER;

	memset(out, 0, CRITERIA * sizeof(out[0]));
	out[0] = k->violations;
	for (uint32_t i = 0; i < k->victims; i++) {
		const struct pod *v = &c->pod[k->victim[i]];

		if (v->spec->priority > highest) {
			highest = v->spec->priority;
			earliest = v->created;
		} else if (v->spec->priority == highest && v->created < earliest) {
			earliest = v->created;
		}
		out[2] += (int64_t)v->spec->priority + ((int64_t)INT32_MAX + 1);
	}
	out[1] = highest;
	out[3] = k->victims;
	out[4] = -earliest;
}

static int compare(const int64_t a[CRITERIA], const int64_t b[CRITERIA])
{
	for (int i = 0; i < CRITERIA; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static void choose(struct sched_framework *fw, struct sched_preemption *p)
{
	int64_t best[CRITERIA] = {0}, own[CRITERIA];

	p->best = ARENA_NEW(p->arena, p->count, uint32_t);
	for (uint32_t i = 0; i < p->count; i++) {
		criteria(&fw->world->cluster, &p->candidate[i], own);
		int order = p->bests == 0 ? -1 : compare(own, best);

		if (order < 0) {
			p->bests = 0;
			memcpy(best, own, sizeof(best));
		}
		if (order <= 0)
			p->best[p->bests++] = i;
	}
}

/* Step 1: a pod for which room is being made does not preempt again. */
static bool eligible(struct sched_framework *fw, uint32_t pod, const struct sched_preemption *p)
{
	const struct cluster *c = &fw->world->cluster;

	if (!c->pod[pod].spec->preempts)
		return false;
	if (p->nominated == NONE)
		return true;
	for (uint32_t i = 0; i < fw->rejected_count; i++)
		if (fw->rejected[i] == p->nominated && fw->rejected_status[i] == SCHED_UNRESOLVABLE)
			return true;
	for (uint32_t v = c->node[p->nominated].first_pod; v != NONE; v = c->pod[v].next_on_node)
		if (c->pod[v].deleting && c->pod[v].spec->priority < c->pod[pod].spec->priority &&
		    (fw->kubernetes <= 20 || (p->preempted != NULL && p->preempted[v])))
			return false;
	return true;
}

static int by_row(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* How many candidates are enough among so many nodes: minCandidateNodesPercentage and minCandidateNodesAbsolute. */
static uint32_t candidates_wanted(const struct sched_config *config, uint32_t nodes)
{
	int64_t want = nodes * config->candidates_percent / 100;

	want = want < config->candidates_min ? config->candidates_min : want;
	return want > nodes ? nodes : (uint32_t)want;
}

void sched_preempt(struct sched_framework *fw, uint32_t pod, struct sched_preemption *p)
{
	uint32_t *node = ARENA_NEW(p->arena, fw->node_count, uint32_t), count = 0, want, from = 0, clean = 0;

	p->count = p->bests = p->misfits = 0;
	p->tried = true;
	p->ineligible = !eligible(fw, pod, p);
	if (p->ineligible)
		return;
	for (uint32_t i = 0; i < fw->rejected_count; i++)
		if (fw->rejected_status[i] == SCHED_UNSCHEDULABLE)
			node[count++] = fw->rejected[i];
	if (count == 0)
		return;
	qsort(node, count, sizeof(*node), by_row);
	want = candidates_wanted(&fw->profile->config, count);
	if (p->offset != NULL)
		from = (uint32_t)rng_below(p->offset, count);
	p->candidate = ARENA_NEW(p->arena, count, struct sched_candidate);
	p->misfit = ARENA_NEW(p->arena, count, struct sched_misfit);
	for (uint32_t i = 0; i < count && (p->offset == NULL || clean == 0 || p->count < want); i++) {
		uint32_t had = p->count;

		dry_run(fw, pod, node[(from + i) % count], p);
		clean += p->count > had && p->candidate[had].violations == 0;
	}
	choose(fw, p);
}
