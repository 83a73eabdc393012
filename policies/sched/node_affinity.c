/* node_affinity.c - nodeSelector and node affinity, and the pinned node of daemon pods; kube-scheduler.md 3.7. */
#include "models/sched_match.h"

#include <string.h>

static enum sched_pre pre_filter(struct sched_call *c)
{
	const struct pod_spec *spec = c->pod->spec;

	if (c->config->added != NULL || spec->node_selector.count > 0 || spec->has_required_affinity ||
	    c->pod->pinned_node != NONE)
		return PRE_FILTER;
	return PRE_SKIP;
}

/* Whether the term names nodes by metadata.name In at all. */
static bool term_names(const struct node_term *t)
{
	for (uint32_t i = 0; i < t->field_count; i++)
		if (t->field[i].op == OP_IN)
			return true;
	return false;
}

/* Whether name is in all of the term's In lists. */
static bool term_has_name(const struct node_term *t, uint32_t name)
{
	for (uint32_t i = 0; i < t->field_count; i++)
		if (t->field[i].op == OP_IN && !sched_has_value(&t->field[i], name))
			return false;
	return true;
}

/* PreFilter results exist since 1.24, from this plugin since 1.25 (recalled); before, Filter does it alone. */
static uint32_t node_set(struct sched_call *c, uint32_t row[])
{
	const struct pod_spec *spec = c->pod->spec;
	uint32_t count = 0;

	if (c->kubernetes < 25)
		return NONE;
	if (c->pod->pinned_node != NONE) {
		row[0] = c->pod->pinned_node;
		return c->view->nodes.row[row[0]].exists ? 1 : 0;
	}
	for (uint32_t i = 0; i < spec->required_count; i++)
		if (!term_names(&spec->required[i]))
			return NONE;
	if (spec->required_count == 0)
		return NONE;
	for (uint32_t n = 0; n < c->view->nodes.count; n++) {
		uint32_t name = c->view->nodes.row[n].object->meta.name, i = 0;

		if (!c->view->nodes.row[n].exists)
			continue;
		while (i < spec->required_count && !term_has_name(&spec->required[i], name))
			i++;
		if (i < spec->required_count)
			row[count++] = n;
	}
	return count;
}

/* The profile's addedAffinity; 3.7. */
static bool added_matches(const struct sched_call *c, uint32_t node)
{
	const struct pod_spec *added = c->config->added;
	const struct node_object *object = c->view->nodes.row[node].object;

	if (added == NULL || !added->has_required_affinity)
		return true;
	for (uint32_t i = 0; i < added->required_count; i++)
		if (sched_term_matches(&added->required[i], object, c->view->names))
			return true;
	return false;
}

static enum sched_status filter(struct sched_call *c, uint32_t node)
{
	return added_matches(c, node) && sched_node_matches(c->view, c->pod, node) ? SCHED_OK : SCHED_UNRESOLVABLE;
}

/* Whether some term's lists of names have a name in common; else no node can ever match. */
static bool names_agree(const struct pod_spec *spec)
{
	for (uint32_t i = 0; i < spec->required_count; i++) {
		const struct node_term *t = &spec->required[i];

		for (uint32_t k = 0; k < t->field_count; k++)
			for (uint32_t v = 0; t->field[k].op == OP_IN && v < t->field[k].count; v++)
				if (term_has_name(t, t->field[k].value[v]))
					return true;
	}
	return false;
}

static uint32_t reasons(struct sched_call *c, uint32_t node, char text[][SCHED_REASON_MAX])
{
	if (node != NONE && !added_matches(c, node))
		strcpy(text[0], "node(s) didn't match scheduler-enforced node affinity");
	else if (node != NONE)
		strcpy(text[0], "node(s) didn't match Pod's node affinity/selector");
	else if (!names_agree(c->pod->spec))
		strcpy(text[0], "pod affinity terms conflict");
	else
		return 0;
	return 1;
}

static bool pre_score(struct sched_call *c)
{
	return c->pod->spec->preferred_count > 0 || (c->config->added != NULL && c->config->added->preferred_count > 0);
}

static int64_t preference(const struct sched_call *c, const struct pod_spec *spec, const struct node_object *node)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < spec->preferred_count; i++)
		if (sched_term_matches(&spec->preferred[i], node, c->view->names))
			sum += spec->preferred[i].weight;
	return sum;
}

static void score(struct sched_call *c, int64_t raw[])
{
	for (uint32_t k = 0; k < c->count; k++) {
		const struct node_object *node = c->view->nodes.row[c->node[k]].object;

		raw[k] = preference(c, c->pod->spec, node);
		if (c->config->added != NULL)
			raw[k] += preference(c, c->config->added, node);
	}
}

/* The default normaliser (1.5). */
static void normalize(struct sched_call *c, int64_t raw[])
{
	int64_t most = 0;

	for (uint32_t k = 0; k < c->count; k++)
		most = raw[k] > most ? raw[k] : most;
	for (uint32_t k = 0; most > 0 && k < c->count; k++)
		raw[k] = SCORE_MAX * raw[k] / most;
}

static bool hint(struct sched_call *c, const struct sched_event *e)
{
	return sched_node_matches(c->view, c->pod, e->node) &&
	       (e->kind == SCHED_NODE_ADD || !sched_labels_match(c->view, c->pod, e->node, e->was_labels));
}

const struct sched_plugin sched_node_affinity = {
	.info = {"NodeAffinity",
		 "Obeys nodeSelector and required node affinity; prefers nodes by preferred node affinity."},
	.pre_filter = pre_filter,
	.node_set = node_set,
	.events = SCHED_NODE_ADD | SCHED_NODE_LABEL,
	.hinted = SCHED_NODE_ADD | SCHED_NODE_LABEL,
	.hint = hint,
	.filter = filter,
	.reasons = reasons,
	.pre_score = pre_score,
	.score = score,
	.normalize = normalize,
};
