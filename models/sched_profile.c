/* sched_profile.c - the default profile by version, and the schedulers that can be chosen by name; kube-scheduler.md
 * 1.2 and 0.1. */
#include "models/sched_internal.h"

#include <assert.h>
#include <string.h>

/*
 * The weights are read for 1.20 and 1.32 (table 0.1); that they changed with configuration v1beta3 in 1.23 is recalled.
 * NodePreferAvoidPods of the old versions is left out: it adds 1,000,000 to every node without its annotation.
 */
const struct sched_entry sched_defaults[] = {
	{"NodeUnschedulable", "cordon", 0, 0},
	{"NodeName", "name", 0, 0},
	{"TaintToleration", "taints", 1, 3},
	{"NodeAffinity", "affinity", 1, 2},
	{"NodePorts", "ports", 0, 0},
	{"NodeResourcesFit", "fit", 1, 1},
	{"VolumeRestrictions", "volumes", 0, 0},
	{"NodeVolumeLimits", "limits", 0, 0},
	{"VolumeBinding", "binding", 0, 0},
	{"VolumeZone", "zone", 0, 0},
	{"PodTopologySpread", "spread", 2, 2},
	{"InterPodAffinity", "pods", 1, 2},
	{"NodeResourcesBalancedAllocation", "balance", 1, 1},
	{"ImageLocality", "images", 1, 1},
	{NULL, NULL, 0, 0},
};

const struct sched_config sched_config_default = {
	.hard_weight = 1,
	.candidates_percent = 10,
	.candidates_min = 100,
	.bind_timeout = SECONDS(600),
};

uint32_t sched_plugin_row(const char *name)
{
	for (uint32_t i = 0; sched_plugins[i] != NULL; i++)
		if (strcmp(sched_plugins[i]->info.name, name) == 0)
			return i;
	return NONE;
}

const char *sched_plugin_column(const struct sched_plugin *p)
{
	for (const struct sched_entry *e = sched_defaults; e->name != NULL; e++)
		if (strcmp(e->name, p->info.name) == 0)
			return e->column;
	return p->info.name;
}

int64_t sched_weight(const struct sched_entry *e, int kubernetes)
{
	return kubernetes >= 23 ? e->weight : e->weight_old;
}

static void append(struct sched_list *l, uint32_t row)
{
	assert(row < SCHED_PLUGINS_MAX && l->count < SCHED_PLUGINS_MAX);
	l->row[l->count++] = (uint8_t)row;
}

static void add_plugin(struct sched_profile *out, uint32_t row, int64_t weight)
{
	const struct sched_plugin *p = sched_plugins[row];

	if (p->pre_filter != NULL || p->node_set != NULL)
		append(&out->pre_filter, row);
	if (p->filter != NULL)
		append(&out->filter, row);
	if (p->score != NULL && weight > 0)
		append(&out->score, row);
	if (p->reserve != NULL)
		append(&out->reserve, row);
	out->weight[row] = weight;
}

void sched_profile_default(struct sched_profile *out, int kubernetes)
{
	*out = (struct sched_profile){
		.percent = -1, .gates = sched_has_gates(kubernetes), .preempts = true, .config = sched_config_default};
	for (const struct sched_entry *e = sched_defaults; e->name != NULL; e++) {
		uint32_t row = sched_plugin_row(e->name);

		if (row != NONE)
			add_plugin(out, row, sched_weight(e, kubernetes));
	}
}

/* ---- by name ---- */

static const struct {
	const char *name, *summary;
} builtin[] = {
	{"default", "kube-scheduler as it comes: spreads by what is free (LeastAllocated)"},
	{"least-allocated", "another name of the default"},
	{"most-allocated", "kube-scheduler with the scoring strategy MostAllocated: fills nodes"},
};
#define BUILTINS ((uint32_t)(sizeof(builtin) / sizeof(builtin[0])))

const char *sched_profile_choice(uint32_t i, const char **summary)
{
	if (i < BUILTINS) {
		*summary = builtin[i].summary;
		return builtin[i].name;
	}
	i -= BUILTINS;
	for (uint32_t row = 0; sched_plugins[row] != NULL; row++) {
		if (!sched_plugins[row]->baseline || i-- > 0)
			continue;
		*summary = sched_plugins[row]->info.summary;
		return sched_plugins[row]->info.name;
	}
	return NULL;
}

/* All filters of kube-scheduler, and nothing but the baseline chooses among the nodes that pass, which are all looked
 * at. */
static void baseline(struct sched_profile *out, uint32_t row)
{
	out->percent = 100;
	out->score.count = 0;
	add_plugin(out, row, 1);
}

bool sched_profile_named(struct sched_profile *out, const char *name, int kubernetes)
{
	uint32_t row = sched_plugin_row(name);

	sched_profile_default(out, kubernetes);
	for (uint32_t i = 0; i < BUILTINS; i++) {
		if (strcmp(builtin[i].name, name) != 0)
			continue;
		if (strcmp(name, "most-allocated") == 0)
			out->config.strategy = FIT_MOST_ALLOCATED;
		return true;
	}
	if (row == NONE || !sched_plugins[row]->baseline)
		return false;
	baseline(out, row);
	return true;
}
