/* text.c - for people: the answer first, then the story, the tables, the doubts, and how to get the same again. */
#include "report/format.h"

#include <inttypes.h>
#include <string.h>

#include "report/attempts.h"
#include "report/expect.h"
#include "report/failures.h"
#include "report/long_run.h"
#include "report/runs.h"
#include "report/story.h"
#include "report/tables.h"
#include "report/version.h"

static void expectations(const struct outcome *o, struct text *t)
{
	char value[EXPECT_TEXT_MAX];

	for (uint32_t i = 0; i < o->scenario->expectation_count; i++) {
		const struct expectation *e = &o->scenario->expectation[i];
		const struct verdict *v = &o->verdict[i];
		const uint32_t held = o->runs != NULL ? runs_held(o->runs, i) : 0;
		const bool all = v->held && (o->runs == NULL || held == o->runs->done);
		text_printf(t, "%-6s  %s: %s", all ? "held" : "FAILED", outcome_name(o, e->text),
			    v->has_value ? expect_value_text(e, v->value, value) : v->why);
		if (o->runs != NULL)
			text_printf(t, " in the first run; held in %" PRIu32 " of %" PRIu32, held, o->runs->done);
		text_add(t, "\n");
	}
	if (o->scenario->expectation_count > 0)
		text_add(t, "\n");
}

/* The node or nodes of a failure, as the subject of a sentence. */
static void victims(const struct outcome *o, uint32_t failure, struct text *t)
{
	const struct failure f = outcome_failure_asked(o, failure);
	const struct outcome_failure *struck = &o->failure[failure];

	if (f.kind == FAILURE_CONTROL_PLANE)
		text_add(t, "The control plane");
	else if (f.masters != 0 || f.leader != 0)
		failure_hosts(o->scenario, &f, t);
	else if (f.node_count == 1)
		text_add(t, outcome_node_name(o, f.node[0]));
	else if (struck->source != FACT_NONE)
		text_add(t, outcome_name(o, o->scenario->source[struck->source].subject[struck->subject].name));
	else
		text_printf(t, "%" PRIu32 " nodes", f.node_count);
}

/* One failure in a sentence: when it was noticed, and when capacity was back. */
static void failure_sentence(const struct outcome *o, uint32_t failure, struct text *t)
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
	victims(o, failure, t);
	if (strncmp(t->data + start, "the ", 4) == 0)
		t->data[start] = 'T';
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

static void answer(const struct outcome *o, struct text *t)
{
	struct arena scratch = {0};
	struct text sentence;
	char text[TIME_TEXT_MAX];
	uint32_t struck = 0, row[FAILURES_TOLD];
	const uint32_t told = failures_told(o, row);

	if (o->interrupted)
		text_printf(t, "INTERRUPTED at %s of simulated time; what follows is what was computed so far.\n\n",
			    story_time(o->end, text));
	expectations(o, t);
	failures_summary(o, t);
	for (uint32_t i = 0; i < o->failures; i++)
		struck += o->failure[i].struck;
	for (uint32_t i = 0; i < told; i++) {
		text_init(&sentence, &scratch);
		failure_sentence(o, row[i], &sentence);
		story_wrap(t, sentence.data, 0);
	}
	arena_release(&scratch);
	if (struck > told)
		text_printf(t, "(%" PRIu32 " more failures%s)\n", struck - told,
			    o->scenario->source_count > 0 ? ", none worse" : "");
	if (struck == 0)
		text_printf(t, "Nothing failed in %s.\n", story_time(o->end, text));
	if (o->fleet.changed)
		text_printf(t, "Nodes: %d at the end, %d to %d in between, %.1f in the mean.\n", (int)o->fleet.now,
			    (int)o->fleet.least, (int)o->fleet.most, o->fleet.mean);
	if (o->fleet.usd > 0)
		text_printf(t, "The machines cost %.2f USD%s.\n", o->fleet.usd,
			    o->fleet.unpriced ? ", without those whose price is not known" : "");
	if (o->arrivals > 0)
		text_printf(t, "%" PRIu32 " Jobs arrived, %" PRIu32 " were refused; %" PRIu32 " pods completed.\n",
			    o->arrivals, o->arrivals_refused, o->completed);
	if (o->unschedulable > 0)
		text_printf(t, "%" PRIu32 " pod%s fit%s on no node at the end.\n", o->unschedulable,
			    o->unschedulable == 1 ? "" : "s", o->unschedulable == 1 ? "s" : "");
}

static void doubts(const struct outcome *o, struct text *t)
{
	const struct latencies *l = &o->scenario->latencies;
	const bool masters = o->scenario->masters > 1, claims = o->scenario->objects.class_count > 0;
	const struct {
		const char *name;
		const struct dist *dist;
		bool matters;
	} guess[] = {
		{"podSetup", &l->pod_setup, true},
		{"imagePull", &l->image_pull, true},
		{"initRun", &l->init_run, true},
		{"appStop", &l->app_stop, true},
		{"proxyWrite", &l->proxy_write, true},
		{"etcdFsync", &l->etcd_fsync, masters},
		{"masterRtt", &l->master_rtt, masters},
		{"componentStart", &l->component_start, masters},
		{"volumeProvision", &l->volume_provision, claims},
		{"kubeletStart", &l->kubelet_start, true},
		{"machineHalt", &l->machine_halt,
		 o->scenario->kubelet.shutdown_grace > 0 || o->scenario->kubelet.shutdown_priorities > 0},
	};
	const size_t count = sizeof(guess) / sizeof(guess[0]);
	char text[DIST_TEXT_MAX];
	size_t column = 0;

	text_add(t, "\nNOTES\n");
	text_add(t, o->notes);
	text_add(t, "Upstream does not say how long these take; unless set, they are guesses:\n ");
	for (size_t i = 0; i < count; i++) {
		if (!guess[i].matters)
			continue;
		dist_print(guess[i].dist, text);
		const size_t width = strlen(guess[i].name) + strlen(text) + 3;
		if (column + width > 98) {
			text_add(t, "\n ");
			column = 0;
		}
		column += width;
		text_printf(t, " %s %s%s", guess[i].name, text, i + 1 < count ? "," : "\n");
	}
	for (uint32_t i = 0; i < o->scenario->profile_count; i++)
		if (o->scenario->profile[i].guess != NULL) {
			struct text line;

			text_init(&line, t->arena);
			text_printf(&line, "Of the failure profile %s is a guess: %s.",
				    outcome_name(o, o->scenario->profile[i].name), o->scenario->profile[i].guess);
			story_wrap(t, line.data, 2);
		}
	if (o->scenario->request_count > 0)
		text_add(t,
			 "Requests see queues in their steady state between changes; backlogs, and service times not "
			 "given, are guesses.\n");
	if (o->scenario->registry.present)
		text_add(t, "Bandwidths, latency and unpacking of the registry are guesses, and so are sizes and "
			    "layers of images\n"
			    "that nobody gives, and the share of the disks that the system uses.\n");
	if (o->scenario->runtime != 0)
		text_printf(t,
			    "The steps of %s are those of data/runtimes.csv: sandbox, network and stop are guesses.\n",
			    outcome_name(o, o->scenario->runtime));
}

static void write(const struct outcome *o, struct text *t)
{
	answer(o, t);
	text_add(t, "\nWHAT HAPPENED (time, and since the last failure)\n");
	story_print(o, t);
	table_recoveries(o, t);
	table_waterfall(o, t);
	table_load(o, t);
	table_services(o, t);
	table_requests(o, t);
	table_control_plane(o, t);
	if (o->long_run)
		table_long_run(o, t);
	table_runs(o, t);
	attempts_print(o, t);
	doubts(o, t);
	text_printf(t, "\n%s: seed %" PRIu64 ", kubernetes 1.%d, digest %016" PRIx64 ", nodefall %s\n",
		    outcome_name(o, o->scenario->name), o->run->seed, o->scenario->kubernetes, o->run->facts.digest,
		    NODEFALL_VERSION);
}

const struct format format_text = {
	.name = "text",
	.summary = "for people: the answer, the story, the tables",
	.needs_facts = true,
	.has_notes = true,
	.write = write,
};
