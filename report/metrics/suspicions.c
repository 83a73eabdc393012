/*
 * suspicions.c - what failures are taken for: nodes that Kubernetes gives up, rightly or not, and the pods it deletes.
 *
 * In the words of Chandra and Toueg (1996) a suspicion is wrong when the suspected did not crash: a node that is
 * Ready=Unknown while its machine has power, because its kubelet is down or a partition silences it. An eviction is
 * needless when all containers of the pod could still serve as it was deleted. Both are known to the simulator only.
 */
#include "report/metric.h"

static void see(struct outcome *o, const struct fact *f)
{
	struct suspicions *s = &o->suspicions;

	if (f->at < o->from)
		return;
	if (f->kind == FACT_NODE_READY && f->flag == READY_UNKNOWN) {
		s->nodes++;
		s->wrong += !o->node[f->node].down;
	} else if (f->kind == FACT_POD_DELETED && f->flag == DELETE_TAINT) {
		s->evictions++;
		s->needless += o->pod[f->pod].serving;
	}
}

const struct metric metric_suspicions = {
	.name = "suspicions",
	.summary = "nodes that were given up and pods deleted for it, and how many of them had not crashed",
	.see = see,
};
