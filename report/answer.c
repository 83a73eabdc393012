/* answer.c - what every report says first, and the guesses that it rests on. */
#include "report/answer.h"

#include <inttypes.h>
#include <string.h>

#include "report/story.h"

/* So many nodes are called by their names. */
#define NAMED 3

/* The zone of the failure's nodes, if it is those and no others that were ever in it; else 0. */
static uint32_t whole_zone(const struct outcome *o, const struct failure *f)
{
	uint32_t zone = o->node[f->node[0]].zone, nodes = 0;

	for (uint32_t i = 0; i < f->node_count; i++)
		if (o->node[f->node[i]].zone != zone)
			return 0;
	for (uint32_t i = 0; i < o->nodes; i++)
		nodes += o->node[i].zone == zone;
	return nodes == f->node_count ? zone : 0;
}

static void several_nodes(const struct outcome *o, const struct failure *f, struct text *t)
{
	const uint32_t zone = f->node_count > NAMED ? whole_zone(o, f) : 0;

	if (zone != 0)
		text_printf(t, "zone %s (%" PRIu32 " nodes)", outcome_name(o, zone), f->node_count);
	else if (f->node_count > NAMED)
		text_printf(t, "%" PRIu32 " nodes (%s, ...)", f->node_count, outcome_node_name(o, f->node[0]));
	for (uint32_t i = 0; zone == 0 && f->node_count <= NAMED && i < f->node_count; i++)
		text_printf(t, "%s%s",
			    i == 0                   ? ""
			    : i + 1 == f->node_count ? " and "
						     : ", ",
			    outcome_node_name(o, f->node[i]));
}

void answer_subject(const struct outcome *o, uint32_t failure, struct text *t)
{
	const struct failure f = outcome_failure_asked(o, failure);
	const struct outcome_failure *struck = &o->failure[failure];

	if (f.kind == FAILURE_CONTROL_PLANE)
		text_add(t, "the control plane");
	else if (f.masters != 0 || f.leader != 0)
		failure_hosts(o->scenario, &f, t);
	else if (f.node_count == 1)
		text_add(t, outcome_node_name(o, f.node[0]));
	else if (struck->source != FACT_NONE)
		text_add(t, outcome_name(o, o->scenario->source[struck->source].subject[struck->subject].name));
	else
		several_nodes(o, &f, t);
}

/* One failure in a sentence: when it was noticed, and when capacity was back. */
void answer_failure(const struct outcome *o, uint32_t failure, struct text *t)
{
	sim_time noticed = SIM_NEVER, longest = 0;
	uint32_t lost = 0, back = 0, orphans = 0;
	char text[TIME_TEXT_MAX];

	for (uint32_t i = 0; i < o->recoveries; i++) {
		const struct recovery *r = &o->recovery[i];
		if (r->failure != failure)
			continue;
		if (r->leg[LEG_DETECTION] != SIM_NEVER && r->leg[LEG_DETECTION] < noticed)
			noticed = r->leg[LEG_DETECTION];
		if (r->leg[LEG_TOTAL] == SIM_NEVER && !outcome_is_replaced(o, r->pod)) {
			orphans++;
			continue;
		}
		lost++;
		if (r->leg[LEG_TOTAL] == SIM_NEVER)
			continue;
		back++;
		longest = r->leg[LEG_TOTAL] > longest ? r->leg[LEG_TOTAL] : longest;
	}
	const size_t start = t->length;
	answer_subject(o, failure, t);
	if (strncmp(t->data + start, "the ", 4) == 0 || strncmp(t->data + start, "zone ", 5) == 0)
		t->data[start] = (char)(t->data[start] - 'a' + 'A');
	text_printf(t, " failed at %s (%s)", story_time(o->failure[failure].at, text),
		    failure_kind_name((enum failure_kind)o->failure[failure].kind));
	if (lost + orphans == 0) {
		text_add(t, "; no pod had to recover from it.");
		return;
	}
	if (noticed != SIM_NEVER)
		text_printf(t, "; Kubernetes noticed after %s", story_time(noticed, text));
	else if (o->failure[failure].kind == FAILURE_RUNTIME_STOP)
		text_add(t, "; the lease went on");
	else if (o->failure[failure].kind == FAILURE_NODE_SHUTDOWN || o->failure[failure].kind == FAILURE_REBOOT)
		text_add(t, "; its kubelet told the masters");
	else
		text_add(t, "; Kubernetes did not notice");
	if (lost == 0)
		text_add(t, ".");
	else if (back == lost)
		text_printf(t, " and %s %" PRIu32 " lost pod%s back after %s.", lost == 1 ? "the" : "all", lost,
			    lost == 1 ? " was" : "s were", story_time(longest, text));
	else if (back > 0)
		text_printf(t, "; %" PRIu32 " of %" PRIu32 " lost pods were back after %s, the rest not by the end.",
			    back, lost, story_time(longest, text));
	else
		text_printf(t, "; none of its %" PRIu32 " lost pods was back by the end.", lost);
	if (orphans > 0)
		text_printf(t, " %" PRIu32 " %s stay%s lost, for nobody replaces %s.", orphans,
			    orphans == 1 ? "bare or DaemonSet pod" : "bare and DaemonSet pods", orphans == 1 ? "s" : "",
			    orphans == 1 ? "it" : "them");
}

uint32_t answer_guesses(const struct outcome *o, struct guess out[GUESSES_MAX])
{
	const struct latencies *l = &o->scenario->latencies;
	const bool masters = o->scenario->masters > 1, claims = o->scenario->objects.class_count > 0;
	const struct {
		struct guess guess;
		bool matters;
	} all[] = {
		{{"podSetup", &l->pod_setup}, true},
		{{"imagePull", &l->image_pull}, true},
		{{"initRun", &l->init_run}, true},
		{{"appStop", &l->app_stop}, true},
		{{"proxyWrite", &l->proxy_write}, true},
		{{"etcdFsync", &l->etcd_fsync}, masters},
		{{"masterRtt", &l->master_rtt}, masters},
		{{"componentStart", &l->component_start}, masters},
		{{"volumeProvision", &l->volume_provision}, claims},
		{{"kubeletStart", &l->kubelet_start}, true},
		{{"machineHalt", &l->machine_halt},
		 o->scenario->kubelet.shutdown_grace > 0 || o->scenario->kubelet.shutdown_priorities > 0},
	};
	uint32_t count = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].matters)
			out[count++] = all[i].guess;
	return count;
}
