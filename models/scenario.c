/* scenario.c - loading: files, the Scenario document, the objects beside it, in the order in which they depend. */
#include "models/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "models/scenario_parts.h"
#include "models/versions.h"
#include "sim/file.h"

/* A run goes on this long after the last failure or action when no duration is given. */
#define DURATION_AFTER MINUTES(20)

/* "1.34", "1.34.1" or "v1.34"; the minor version, or -1. */
static int parse_version(const char *text)
{
	char *end;
	long minor;

	text += *text == 'v';
	if (strncmp(text, "1.", 2) || text[2] < '0' || text[2] > '9')
		return -1;
	minor = strtol(text + 2, &end, 10);
	if (*end == '.' && end[1])
		end += 1 + strspn(end + 1, "0123456789");
	return *end || minor > 1000 ? -1 : (int)minor;
}

/* The version decides other fields' defaults, so it is read first. */
static int scenario_kubernetes(struct diag *d, const struct yaml_node *spec)
{
	const struct yaml_node *node = yaml_get(spec, "kubernetes");
	int minor = KUBERNETES_DEFAULT;

	if (yaml_is_null(node))
		return minor;
	if (node->kind == YAML_SCALAR)
		minor = parse_version(node->text);
	if (node->kind == YAML_SCALAR && minor >= KUBERNETES_MIN && minor <= KUBERNETES_MAX)
		return minor;
	diag_error(d, yaml_mark(node), "kubernetes must be a version from 1.%d to 1.%d", KUBERNETES_MIN,
		   KUBERNETES_MAX);
	if (node->kind == YAML_SCALAR && (!strcmp(node->text, "1.2") || !strcmp(node->text, "1.3")))
		diag_help(d, "for 1.%s0 write the zero too: \"1.%s0\"", node->text + 2, node->text + 2);
	return KUBERNETES_DEFAULT;
}

static bool is_scenario(const struct yaml_node *root)
{
	const struct yaml_node *version = yaml_get(root, "apiVersion");

	return version && version->kind == YAML_SCALAR && !strncmp(version->text, "nodefall/", 9);
}

/* Whether root is a Lesson, which is kept for report/lesson. */
static bool take_lesson(struct scenario *s, struct diag *d, const struct yaml_node *root)
{
	if (strcmp(yaml_get(root, "apiVersion")->text, "nodefall/v1") ||
	    strcmp(yaml_text(yaml_get(root, "kind")), "Lesson"))
		return false;
	if (s->lesson) {
		diag_error(d, yaml_mark(root), "a second Lesson");
		diag_help(d, "the first is at %s:%u; load one at a time", s->lesson->file, s->lesson->line);
	}
	s->lesson = root;
	return true;
}

/* The one Scenario among docs, or NULL. */
static const struct yaml_node *find_scenario(struct scenario *s, struct diag *d, const struct yaml_docs *docs)
{
	const struct yaml_node *found = NULL;

	for (uint32_t i = 0; i < docs->count; i++) {
		const struct yaml_node *root = docs->root[i], *kind = yaml_get(root, "kind");

		if (!is_scenario(root) || take_lesson(s, d, root))
			continue;
		if (strcmp(yaml_get(root, "apiVersion")->text, "nodefall/v1") || yaml_is_null(kind) ||
		    kind->kind != YAML_SCALAR || strcmp(kind->text, "Scenario")) {
			diag_error(d, yaml_mark(root), "only apiVersion: nodefall/v1 with kind: Scenario or Lesson is known");
			continue;
		}
		if (found) {
			diag_error(d, yaml_mark(root), "a second Scenario");
			diag_help(d, "the first is at %s:%u; load one at a time", found->file, found->line);
			continue;
		}
		found = root;
	}
	return found;
}

/* The last part of a path without its endings. */
static uint32_t file_stem(struct scenario *s, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash && slash[1] ? slash + 1 : path;
	size_t length = strcspn(name, ".");

	return names_intern_n(&s->names, name, length ? length : strlen(name));
}

static void check_top(struct field_context *c, const struct yaml_node *root)
{
	static const struct field top[] = {{.name = "apiVersion", .kind = FIELD_SKIP},
					   {.name = "kind", .kind = FIELD_SKIP},
					   {.name = "metadata", .kind = FIELD_SKIP},
					   {.name = "spec", .kind = FIELD_SKIP},
					   {.name = NULL}};

	field_read_map(c, top, root, NULL, "the Scenario document");
}

static void check_etcd(struct field_context *c, const struct scenario_draft *draft, const struct yaml_node *spec)
{
	const struct timers *t = &draft->scenario.timers;
	const struct yaml_node *timers = yaml_get(spec, "timers"), *members = yaml_get(spec, "etcdMembers");

	/* etcd refuses to start otherwise (etcd-io/etcd server/embed/config.go). */
	if (t->etcd_election_timeout < 5 * t->etcd_heartbeat_interval)
		diag_error(c->diag, yaml_mark(timers),
			   "etcdElectionTimeout must be at least five times etcdHeartbeatInterval");
	if (draft->scenario.etcd_members > 0 && draft->etcd == 0)
		diag_error(c->diag, yaml_mark(members),
			   "etcdMembers belongs to etcd: external; a stacked etcd has a member on each master");
	if (scenario_etcd_members(&draft->scenario) % 2 == 0 && yaml_get(spec, "masters") != NULL)
		diag_note(c->diag, yaml_mark(yaml_get(spec, "masters")),
			  "%u members of etcd survive as many failures as %u do: take an odd number",
			  scenario_etcd_members(&draft->scenario), scenario_etcd_members(&draft->scenario) - 1);
}

/* Settings of the kubelet that the version does not know. */
static void check_versions(struct field_context *c, const struct yaml_node *spec, const struct scenario *s)
{
	const struct yaml_node *timers = yaml_get(spec, "timers");
	const struct yaml_node *max = yaml_get(timers, "maxContainerRestartPeriod");
	const struct yaml_node *reduced = yaml_get(timers, "reduceDefaultCrashLoopBackoffDecay");

	if (!yaml_is_null(max) && !version_crash_loop_max(s->kubernetes))
		diag_error(c->diag, yaml_mark(max),
			   "maxContainerRestartPeriod exists since Kubernetes 1.32, not in 1.%d", s->kubernetes);
	if (!yaml_is_null(reduced) && s->timers.crash_loop_reduced && !version_crash_loop_reduced(s->kubernetes))
		diag_error(c->diag, yaml_mark(reduced),
			   "reduceDefaultCrashLoopBackoffDecay exists since Kubernetes 1.33, not in 1.%d",
			   s->kubernetes);
}

static void read_document(struct scenario *s, struct field_context *c, const struct yaml_node *root,
			  struct scenario_draft *draft)
{
	const struct yaml_node *spec = yaml_get(root, "spec"), *metadata = yaml_get(root, "metadata");

	s->kubernetes = scenario_kubernetes(c->diag, spec);
	c->variant = s->kubernetes;
	draft->scenario = *s;
	cron_instant(START_TIME, &draft->scenario.start_time);
	field_defaults(c, scenario_fields, draft);
	field_defaults(c, timer_fields, &draft->scenario.timers);
	field_defaults(c, latency_fields, &draft->scenario.latencies);
	if (root)
		check_top(c, root);
	if (!yaml_is_null(metadata))
		field_read_map(c, metadata_fields, metadata, draft, "metadata");
	if (!yaml_is_null(spec))
		field_read_map(c, scenario_fields, spec, draft, "spec of the Scenario");
	check_etcd(c, draft, spec);
	check_versions(c, spec, &draft->scenario);
	scenario_runtime(c, yaml_get(spec, "runtime"), draft->scenario.runtime, s->kubernetes);
	s->runtime = draft->scenario.runtime;
	s->live_restore = draft->scenario.live_restore;
	s->system_disk_share = draft->scenario.system_disk_share;
	s->name = draft->scenario.name;
	s->seed = draft->scenario.seed;
	s->duration = draft->scenario.duration;
	s->warmup = draft->scenario.warmup;
	s->start_time = draft->scenario.start_time;
	s->masters = draft->scenario.masters;
	s->prepulled = draft->scenario.prepulled;
	s->timers = draft->scenario.timers;
	s->latencies = draft->scenario.latencies;
	s->settled = draft->start == 0;
	s->explicit_heartbeats = draft->heartbeats == 1;
	s->etcd_external = draft->etcd == 1;
	s->etcd_members = draft->scenario.etcd_members;
	s->components_use_balancer = draft->components_use == 1;
}

static void settle_duration(struct scenario *s, struct diag *d, struct mark whole, const struct yaml_node *spec)
{
	const struct yaml_node *given = yaml_get(spec, "duration");
	sim_time last = 0;

	for (uint32_t i = 0; i < s->failure_count; i++) {
		sim_time end = s->failure[i].lasts == SIM_NEVER ? s->failure[i].at
								: time_add(s->failure[i].at, s->failure[i].lasts);

		last = end > last ? end : last;
		if (!yaml_is_null(given) && s->failure[i].at > s->duration)
			diag_note(d, s->failure[i].mark, "a failure after the end of the run does not happen");
	}
	for (uint32_t i = 0; i < s->maintenance_count; i++)
		last = s->maintenance[i].at > last ? s->maintenance[i].at : last;
	for (uint32_t i = 0; i < s->action_count; i++) {
		last = s->action[i].at > last ? s->action[i].at : last;
		if (!yaml_is_null(given) && s->action[i].at > s->duration)
			diag_note(d, s->action[i].mark, "an action after the end of the run is not done");
	}
	if (yaml_is_null(given) && time_add(last, DURATION_AFTER) > s->duration)
		s->duration = time_add(last, DURATION_AFTER);
	if (s->warmup >= s->duration) {
		const struct yaml_node *node = yaml_get(spec, "warmUp");

		diag_error(d, node ? yaml_mark(node) : whole, "warmUp must end before the run does");
	}
}

/* As upstream's ValidateKubeletConfiguration has it. */
static void check_thresholds(const struct scenario *s, struct diag *d, struct mark whole, const struct yaml_node *spec)
{
	const struct yaml_node *timers = spec != NULL ? yaml_get(spec, "timers") : NULL;

	if (s->timers.image_gc_low >= s->timers.image_gc_high)
		diag_error(d, timers != NULL ? yaml_mark(timers) : whole,
			   "imageGCLowThresholdPercent must be less than imageGCHighThresholdPercent");
}

/* LimitRanges first: they say what pods without requests ask for. */
static void decode_documents(struct decoder *d, const struct yaml_docs *docs)
{
	for (int pass = 0; pass < 2; pass++) {
		d->limits_only = pass == 0;
		for (uint32_t i = 0; i < docs->count; i++)
			if (!is_scenario(docs->root[i]))
				decode_document(d, docs->root[i]);
	}
}

static void read_parts(struct scenario *s, struct diag *d, const char *file, const struct yaml_docs *docs,
		       const struct yaml_node *root)
{
	struct scenario_draft draft = {0};
	struct field_context c = {.arena = &s->arena, .names = &s->names, .diag = d};
	struct decoder decoder;

	read_document(s, &c, root, &draft);
	decoder_init(&decoder, s, d);
	decoder.whole.file = file;
	c.user = &decoder;
	decode_documents(&decoder, docs);
	scenario_controllers(s, &c, draft.controllers);
	scenario_autoscaler(s, &c, draft.autoscaler);
	scenario_groups(&decoder, &c, draft.node_groups);
	decode_finish(&decoder);
	scenario_scheduling(&decoder, draft.scheduler, yaml_get(root, "spec"));
	decoder.incomplete = diag_failed(d);
	scenario_actions(&decoder, &c, draft.actions);
	decode_limits(&decoder);
	scenario_kubelet(s, &c, draft.kubelet);
	scenario_images(&decoder, &c, draft.images, draft.registry);
	scenario_failures(&decoder, &c, draft.failures);
	scenario_maintenance(&decoder, &c, draft.maintenance);
	if (scenario_has_failure(s, FAILURE_SPOT_INTERRUPTION))
		scenario_controller_on(s, "cloud-node-lifecycle", draft.controllers);
	scenario_loads(&decoder, &c, draft.load);
	scenario_arrivals(&decoder, &c, draft.arrivals);
	scenario_growth(&decoder, &c, draft.growth);
	scenario_requests(&decoder, &c, draft.requests);
	scenario_expectations(&decoder, &c, draft.expect);
	settle_duration(s, d, decoder.whole, yaml_get(root, "spec"));
	scenario_processes_check(&decoder, &c);
	scenario_arrivals_check(&decoder, &c);
	check_thresholds(s, d, decoder.whole, yaml_get(root, "spec"));
	decoder_release(&decoder);
}

int scenario_load_files(struct scenario *s, const struct file_set *files, const char *const sets[], uint32_t set_count,
			struct diag *d)
{
	struct yaml_docs docs = {0};
	const struct yaml_node *root;

	if (!d->arena)
		diag_init(d, &s->arena);
	names_init(&s->names, &s->arena, NULL);
	s->input = *files;
	for (uint32_t i = 0; i < files->count; i++) {
		const struct file_bytes *f = &files->file[i];

		diag_add_source(d, f->name, f->bytes, f->length);
		yaml_read(&s->arena, d, f->name, f->bytes, f->length, &docs);
	}
	if (diag_failed(d))
		return 3;
	root = scenario_set(&s->arena, d, find_scenario(s, d, &docs), sets, set_count);
	read_parts(s, d, files->count ? files->file[0].name : "-", &docs, root);
	if (!s->name)
		s->name = files->count ? file_stem(s, files->file[0].name) : names_intern(&s->names, "scenario");
	return diag_failed(d) ? 3 : 0;
}

int scenario_load(struct scenario *s, const struct scenario_input *input, struct diag *d)
{
	struct file_set files = {0};
	bool unreadable = false;

	if (!d->arena)
		diag_init(d, &s->arena);
	for (uint32_t i = 0; i < input->path_count; i++) {
		const char *wrong = file_add(&s->arena, &files, input->paths[i]);

		if (wrong) {
			diag_error(d, (struct mark){.file = input->paths[i]}, "%s", wrong);
			unreadable = true;
		}
	}
	if (unreadable)
		return 4;
	return scenario_load_files(s, &files, input->sets, input->set_count, d);
}

void scenario_explain_pod(struct scenario *s, const char *name)
{
	const char *slash = name != NULL ? strrchr(name, '/') : NULL;

	if (name != NULL && *name != '\0')
		s->explain = names_intern(&s->names, slash != NULL ? slash + 1 : name);
}

void scenario_release(struct scenario *s)
{
	arena_release(&s->arena);
}
