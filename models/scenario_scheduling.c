/* scenario_scheduling.c - which schedulers there are: the profiles of a KubeSchedulerConfiguration, or one chosen by
 * name.
 */
#include <string.h>

#include "models/scenario_parts.h"
#include "models/sched_internal.h"

/* Timers that the Scenario itself names win over those of the configuration. */
static void keep_timers(const struct yaml_node *given, const struct timers *before, struct timers *t)
{
	if (yaml_get(given, "schedulerQps") != NULL)
		t->scheduler_qps = before->scheduler_qps;
	if (yaml_get(given, "schedulerBurst") != NULL)
		t->scheduler_burst = before->scheduler_burst;
	if (yaml_get(given, "percentageOfNodesToScore") != NULL)
		t->percentage_of_nodes_to_score = before->percentage_of_nodes_to_score;
	if (yaml_get(given, "podInitialBackoffSeconds") != NULL)
		t->pod_initial_backoff = before->pod_initial_backoff;
	if (yaml_get(given, "podMaxBackoffSeconds") != NULL)
		t->pod_max_backoff = before->pod_max_backoff;
}

static uint32_t find_profile(const struct scheduling *s, uint32_t name)
{
	uint32_t i = 0;

	while (i < s->count && s->profile[i].name != name)
		i++;
	return i;
}

static void suggest_choice(struct diag *d, const struct names *names, const struct scheduling *s, const char *word)
{
	const char *known[2 * SCHED_PLUGINS_MAX], *summary;
	uint32_t count = 0;
	struct text all;

	text_init(&all, d->arena);
	for (const char *n; (n = sched_profile_choice(count, &summary)) != NULL; count++) {
		known[count] = n;
		text_printf(&all, "%s%s", count > 0 ? ", " : "", n);
	}
	for (uint32_t i = 0; i < s->count && count < 2 * SCHED_PLUGINS_MAX; i++)
		known[count++] = names_text(names, s->profile[i].name);
	diag_suggest(d, word, known, count);
	diag_help(d, "there are %s, and the profiles of a KubeSchedulerConfiguration", all.data);
}

/* The choice `scheduler: NAME`: a profile of that name, else a scheduler to compare with, which is added. */
static void choose(struct decoder *d, struct scheduling *s, const struct yaml_node *at)
{
	const char *name = names_text(d->fields.names, s->name);
	struct sched_profile *more;

	s->by_default = find_profile(s, strcmp(name, "default") == 0 ? s->default_name : s->name);
	if (strcmp(name, "default") == 0 || s->by_default < s->count)
		return;
	more = ARENA_NEW(d->fields.arena, s->count + 1, struct sched_profile);
	memcpy(more, s->profile, s->count * sizeof(*more));
	if (!sched_profile_named(&more[s->count], name, d->scenario->kubernetes)) {
		diag_error(d->fields.diag, at != NULL ? yaml_mark(at) : d->whole, "no scheduler is called \"%s\"",
			   name);
		suggest_choice(d->fields.diag, d->fields.names, s, name);
		return;
	}
	more[s->count].name = s->name;
	s->profile = more;
	s->by_default = s->count++;
}

/* Pods that nobody will schedule are told before the run. */
static void check_spec(struct decoder *d, const struct scheduling *s, const struct pod_spec *spec, struct mark at)
{
	if (spec == NULL || spec->node_name != 0 || spec->scheduler_name == 0)
		return;
	if (spec->scheduler_name == s->default_name ? s->by_default < s->count
						    : find_profile(s, spec->scheduler_name) < s->count)
		return;
	diag_note(d->fields.diag, at, "no scheduler called \"%s\" runs: pods that ask for it stay Pending",
		  names_text(d->fields.names, spec->scheduler_name));
}

static void check_pods(struct decoder *d, const struct scheduling *s)
{
	const struct objects *o = d->objects;

	for (uint32_t i = 0; i < o->pod_count; i++)
		check_spec(d, s, o->pod[i].spec, o->pod[i].meta.at);
	for (uint32_t i = 0; i < o->workload_count; i++)
		check_spec(d, s, o->workload[i].spec, o->workload[i].meta.at);
}

void scenario_scheduling(struct decoder *d, uint32_t name, const struct yaml_node *spec)
{
	struct scenario *s = d->scenario;
	const struct timers before = s->timers;
	struct scheduling *out = &s->scheduling;

	if (d->scheduling != NULL) {
		sched_config_read(d, d->scheduling, out);
		keep_timers(yaml_get(spec, "timers"), &before, &s->timers);
	} else {
		out->profile = ARENA_NEW(d->fields.arena, 1, struct sched_profile);
		out->count = 1;
		sched_profile_default(out->profile, s->kubernetes);
		out->profile->name = names_intern(d->fields.names, SCHED_DEFAULT_NAME);
	}
	out->default_name = names_intern(d->fields.names, SCHED_DEFAULT_NAME);
	out->name = name;
	choose(d, out, yaml_get(spec, "scheduler"));
	check_pods(d, out);
}
