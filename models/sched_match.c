/* sched_match.c - node affinity, taints and topologies, as several scheduler plugins need them. */
#include "models/sched_match.h"

#include <math.h>
#include <string.h>

bool sched_has_value(const struct requirement *r, uint32_t value)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (r->value[i] == value)
			return true;
	return false;
}

/* matchFields knows metadata.name In or NotIn with one value; any other does not parse, and its term matches nothing.
 */
static bool field_matches(const struct requirement *r, uint32_t name)
{
	if (r->count != 1 || (r->op != OP_IN && r->op != OP_NOT_IN))
		return false;
	return sched_has_value(r, name) == (r->op == OP_IN);
}

bool sched_term_matches(const struct node_term *t, const struct node_object *node, const struct names *names)
{
	if (t->expression_count == 0 && t->field_count == 0)
		return false;
	for (uint32_t i = 0; i < t->expression_count; i++)
		if (!requirement_matches(&t->expression[i], &node->meta.labels, names))
			return false;
	for (uint32_t i = 0; i < t->field_count; i++)
		if (!field_matches(&t->field[i], node->meta.name))
			return false;
	return true;
}

static bool object_matches(const struct view *v, const struct pod *pod, uint32_t row, const struct node_object *node)
{
	const struct pod_spec *spec = pod->spec;

	for (uint32_t i = 0; i < spec->node_selector.count; i++) {
		bool present;
		uint32_t value = labels_get(&node->meta.labels, spec->node_selector.item[i].key, &present);

		if (!present || value != spec->node_selector.item[i].value)
			return false;
	}
	/* The DaemonSet controller puts its metadata.name term in the place of all required terms of the template. */
	if (pod->pinned_node != NONE)
		return pod->pinned_node == row;
	if (!spec->has_required_affinity)
		return true;
	for (uint32_t i = 0; i < spec->required_count; i++)
		if (sched_term_matches(&spec->required[i], node, v->names))
			return true;
	return false;
}

bool sched_node_matches(const struct view *v, const struct pod *pod, uint32_t row)
{
	return object_matches(v, pod, row, v->nodes.row[row].object);
}

bool sched_tolerated(const struct pod_spec *spec, const struct taint *taint)
{
	for (uint32_t i = 0; i < spec->toleration_count; i++)
		if (toleration_tolerates(&spec->toleration[i], taint))
			return true;
	return false;
}

const struct taint *sched_first_untolerated(const struct pod_spec *spec, const struct taint taint[], uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (taint[i].effect != EFFECT_PREFER_NO_SCHEDULE && !sched_tolerated(spec, &taint[i]))
			return &taint[i];
	return NULL;
}

const struct taint *sched_untolerated(const struct pod_spec *spec, const struct node *node)
{
	return sched_first_untolerated(spec, node->taint, node->taint_count);
}

bool sched_labels_match(const struct view *v, const struct pod *pod, uint32_t row, const struct labels *labels)
{
	struct node_object as_was = *v->nodes.row[row].object;

	as_was.meta.labels = *labels;
	return object_matches(v, pod, row, &as_was);
}

void sched_scalar(const struct node *n, uint32_t name, int64_t *alloc, int64_t *used)
{
	const struct resources *r = &n->object->allocatable;

	*alloc = *used = 0;
	for (uint32_t i = 0; i < r->scalar_count; i++) {
		if (r->scalar[i].name == name) {
			*alloc = r->scalar[i].value;
			*used = n->scalar_used[i];
			return;
		}
	}
}

int64_t sched_scalar_asked(const struct resources *r, uint32_t name)
{
	for (uint32_t i = 0; i < r->scalar_count; i++)
		if (r->scalar[i].name == name)
			return r->scalar[i].value;
	return 0;
}

/* Beyond this a raw score is cut: 2^62. */
#define RAW_MAX 4611686018427387904.0

/* ---- for schedulers to compare with: kube-scheduler.md 7 ---- */

bool sched_amount(const struct sched_call *c, uint32_t node, uint32_t i, struct sched_amount *out)
{
	const struct node_view *v = &c->view->nodes;
	const struct resources *r = &c->pod->spec->request;
	int64_t has, used, asked;

	if (i == 0) {
		has = v->cpu_alloc[node];
		used = v->cpu_used[node];
		asked = r->cpu_milli;
	} else if (i == 1) {
		has = v->mem_alloc[node];
		used = v->mem_used[node];
		asked = r->mem_bytes;
	} else if (i - 2 < r->scalar_count) {
		sched_scalar(&v->row[node], r->scalar[i - 2].name, &has, &used);
		asked = r->scalar[i - 2].value;
	} else {
		return false;
	}
	*out = (struct sched_amount){(double)has, (double)(has - used), (double)asked};
	return true;
}

double sched_left_share(const struct sched_call *c, uint32_t node)
{
	struct sched_amount a;
	double sum = 0;

	for (uint32_t i = 0; sched_amount(c, node, i, &a); i++)
		if (a.has > 0)
			sum += (a.left - a.asked) / a.has;
	return sum;
}

uint32_t *sched_turn(struct sched_call *c)
{
	if (c->kept == NULL)
		c->kept = ARENA_NEW(c->shared->arena, 1, uint32_t);
	return c->kept;
}

void sched_in_turn(struct sched_call *c, int64_t raw[])
{
	uint32_t nodes = c->view->nodes.count, from = *sched_turn(c);

	for (uint32_t k = 0; k < c->count; k++)
		raw[k] = -(int64_t)((c->node[k] + nodes - from) % nodes);
}

int64_t sched_raw(double x)
{
	x *= 1e9;
	return x >= RAW_MAX ? (int64_t)RAW_MAX : x <= -RAW_MAX ? -(int64_t)RAW_MAX : llround(x);
}

void sched_best(struct sched_call *c, int64_t score[])
{
	int64_t least = INT64_MAX, most = INT64_MIN;

	for (uint32_t k = 0; k < c->count; k++) {
		least = score[k] < least ? score[k] : least;
		most = score[k] > most ? score[k] : most;
	}
	for (uint32_t k = 0; k < c->count; k++)
		score[k] = most == least
				   ? SCORE_MAX
				   : (int64_t)(((__int128)score[k] - least) * SCORE_MAX / ((__int128)most - least));
}

uint32_t sched_place(const struct sched_call *c, uint32_t row)
{
	const struct pod *p = &c->view->pod[row];

	if (!p->exists || p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED)
		return NONE;
	return p->node != NONE ? p->node : c->assumed_on[row];
}

/* Numbers the values of the key as they appear; `value` is an open-addressing table of value ids. */
static void number_domains(struct sched_call *c, struct sched_topology *t)
{
	struct arena scratch = {0};
	uint32_t key = t->key, n = c->view->nodes.count, slots = 4;

	while (slots < 2 * n)
		slots *= 2;
	uint32_t *value = ARENA_NEW(&scratch, slots, uint32_t), *number = ARENA_NEW(&scratch, slots, uint32_t);

	t->domains = 0;
	t->generation = c->shared->generation;
	for (uint32_t i = 0; i < n; i++) {
		bool present;
		uint32_t v = labels_get(&c->view->nodes.row[i].object->meta.labels, key, &present);
		uint32_t at = v * UINT32_C(2654435761) & (slots - 1);

		t->domain[i] = NONE;
		if (!present || !c->view->nodes.row[i].exists)
			continue;
		while (number[at] != 0 && value[at] != v)
			at = (at + 1) & (slots - 1);
		if (number[at] == 0) {
			value[at] = v;
			number[at] = ++t->domains;
		}
		t->domain[i] = number[at] - 1;
	}
	arena_release(&scratch);
}

const struct sched_topology *sched_topology(struct sched_call *c, uint32_t key)
{
	struct sched_shared *s = c->shared;

	struct sched_topology *t = NULL;

	for (uint32_t i = 0; i < s->count && t == NULL; i++)
		if (s->topology[i]->key == key)
			t = s->topology[i];
	if (t != NULL && t->generation == s->generation)
		return t;
	if (t == NULL) {
		ARENA_RESERVE(s->arena, s->topology, s->capacity, s->count + 1, struct sched_topology *);
		t = s->topology[s->count++] = ARENA_NEW(s->arena, 1, struct sched_topology);
		t->key = key;
		t->domain = ARENA_NEW(s->arena, c->view->nodes.count, uint32_t);
	}
	number_domains(c, t);
	return t;
}

int64_t *sched_numbers(struct sched_call *c, uint32_t i)
{
	struct sched_numbers *n = &c->numbers;
	uint32_t nodes = c->view->nodes.count;

	ARENA_RESERVE(c->shared->arena, n->row, n->capacity, i + 1, int64_t *);
	if (n->row[i] == NULL)
		n->row[i] = ARENA_NEW(c->shared->arena, nodes, int64_t);
	memset(n->row[i], 0, nodes * sizeof(int64_t));
	return n->row[i];
}
