/* taint_toleration.c - keeps pods off nodes with taints they do not tolerate; kube-scheduler.md 3.6. */
#include "models/sched_match.h"

#include <stdio.h>

static enum sched_status filter(struct sched_call *c, uint32_t node)
{
	const struct node *n = &c->view->nodes.row[node];

	if (n->taint_count == 0 || sched_untolerated(c->pod->spec, n) == NULL)
		return SCHED_OK;
	return SCHED_UNRESOLVABLE;
}

/* Upstream's words since some version after 1.20, which says "had taint {...}, that the pod didn't tolerate"
 * (recalled). */
static uint32_t reasons(struct sched_call *c, uint32_t node, char text[][SCHED_REASON_MAX])
{
	const struct taint *t = sched_untolerated(c->pod->spec, &c->view->nodes.row[node]);

	if (t == NULL)
		return 0;
	snprintf(text[0], SCHED_REASON_MAX, "node(s) had untolerated taint {%s: %s}",
		 names_text(c->view->names, t->key), names_text(c->view->names, t->value));
	return 1;
}

/* Raw: PreferNoSchedule taints not tolerated. A toleration of another effect does not tolerate them anyway. */
static void score(struct sched_call *c, int64_t raw[])
{
	for (uint32_t k = 0; k < c->count; k++) {
		const struct node *n = &c->view->nodes.row[c->node[k]];

		raw[k] = 0;
		for (uint32_t i = 0; i < n->taint_count; i++)
			raw[k] += n->taint[i].effect == EFFECT_PREFER_NO_SCHEDULE &&
				  !sched_tolerated(c->pod->spec, &n->taint[i]);
	}
}

/* The default normaliser, reversed (1.5). */
static void normalize(struct sched_call *c, int64_t raw[])
{
	int64_t most = 0;

	for (uint32_t k = 0; k < c->count; k++)
		most = raw[k] > most ? raw[k] : most;
	for (uint32_t k = 0; k < c->count; k++)
		raw[k] = most == 0 ? SCORE_MAX : SCORE_MAX - SCORE_MAX * raw[k] / most;
}

static bool hint(struct sched_call *c, const struct sched_event *e)
{
	const struct taint *was = sched_first_untolerated(c->pod->spec, e->was_taint, e->was_taint_count);

	return (e->kind == SCHED_NODE_ADD || was != NULL) &&
	       sched_untolerated(c->pod->spec, &c->view->nodes.row[e->node]) == NULL;
}

const struct sched_plugin sched_taint_toleration = {
	.info = {"TaintToleration",
		 "Keeps pods off nodes whose taints they do not tolerate; prefers fewer PreferNoSchedule taints."},
	.events = SCHED_NODE_ADD | SCHED_NODE_TAINT,
	.hinted = SCHED_NODE_ADD | SCHED_NODE_TAINT,
	.hint = hint,
	.filter = filter,
	.reasons = reasons,
	.score = score,
	.normalize = normalize,
};
