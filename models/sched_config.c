/* sched_config.c - reads KubeSchedulerConfiguration v1; kube-scheduler.md 1.7. */
#include "models/sched_config.h"

#include <string.h>

#include "models/scenario_parts.h"
#include "models/sched_internal.h"

#define GROUP "kubescheduler.config.k8s.io/"
/* More profiles than this are refused. */
#define PROFILES_MAX 64

/* What is read of the document, until profiles are complete. */
struct draft {
	int64_t parallelism, percent;
	sim_time initial, most;
	const struct yaml_node *profiles, *client;
};
struct profile_draft {
	uint32_t name;
	int64_t percent;
	const struct yaml_node *plugins, *args;
};
struct client_draft {
	double qps;
	int64_t burst;
};

#define SKIP(key)                                                                                                      \
	{                                                                                                              \
		.name = key, .kind = FIELD_SKIP                                                                        \
	}
#define AT(member) offsetof(struct draft, member)
#define PROFILE(member) offsetof(struct profile_draft, member)

static bool read_extenders(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	(void)object;
	if (!field_want_list(c, value, f->name))
		return false;
	if (value->count > 0)
		diag_note(c->diag, yaml_mark(value), "HTTP extenders are not simulated");
	return true;
}

static const struct field document_fields[] = {
	SKIP("apiVersion"),
	SKIP("kind"),
	SKIP("metadata"),
	{.name = "parallelism", .kind = FIELD_INT64, .offset = AT(parallelism), .low = 1, .high = INT32_MAX},
	SKIP("leaderElection"),
	{.name = "clientConnection", .kind = FIELD_CUSTOM, .offset = AT(client), .read = scenario_keep},
	SKIP("healthzBindAddress"),
	SKIP("metricsBindAddress"),
	SKIP("enableProfiling"),
	SKIP("enableContentionProfiling"),
	SKIP("delayCacheUntilActive"),
	{.name = "percentageOfNodesToScore", .kind = FIELD_INT64, .offset = AT(percent), .low = 0, .high = 100},
	{.name = "podInitialBackoffSeconds", .kind = FIELD_SECONDS, .offset = AT(initial), .low = 1, .high = 86400},
	{.name = "podMaxBackoffSeconds", .kind = FIELD_SECONDS, .offset = AT(most), .low = 0, .high = 86400},
	{.name = "profiles", .kind = FIELD_CUSTOM, .offset = AT(profiles), .read = scenario_keep},
	{.name = "extenders", .kind = FIELD_CUSTOM, .read = read_extenders},
	{.name = NULL}};

static const struct field client_fields[] = {
	SKIP("kubeconfig"),
	SKIP("acceptContentTypes"),
	SKIP("contentType"),
	{.name = "qps", .kind = FIELD_DOUBLE, .offset = offsetof(struct client_draft, qps), .low = 0.001, .high = 1e6},
	{.name = "burst", .kind = FIELD_INT64, .offset = offsetof(struct client_draft, burst), .low = 1, .high = 1e6},
	{.name = NULL}};

static const struct field profile_fields[] = {
	{.name = "schedulerName", .kind = FIELD_NAME, .offset = PROFILE(name)},
	{.name = "percentageOfNodesToScore", .kind = FIELD_INT64, .offset = PROFILE(percent), .low = 0, .high = 100},
	{.name = "plugins", .kind = FIELD_CUSTOM, .offset = PROFILE(plugins), .read = scenario_keep},
	{.name = "pluginConfig", .kind = FIELD_CUSTOM, .offset = PROFILE(args), .read = scenario_keep},
	{.name = NULL}};

static void read_all_args(struct decoder *d, struct field_context *c, const struct yaml_node *list,
			  struct sched_profile *out)
{
	if (!field_want_list(c, list, "pluginConfig"))
		return;
	for (uint32_t i = 0; i < list->count; i++) {
		const struct yaml_node *name = yaml_get(list->item[i], "name");

		for (uint32_t k = 0; name != NULL && name->kind == YAML_SCALAR && k < i; k++) {
			const struct yaml_node *other = yaml_get(list->item[k], "name");

			if (other != NULL && other->kind == YAML_SCALAR && strcmp(other->text, name->text) == 0)
				diag_error(c->diag, yaml_mark(name), "a second pluginConfig of %s", name->text);
		}
		sched_args_read(d, list->item[i], &out->config);
	}
}

static void read_profile(struct decoder *d, struct field_context *c, const struct yaml_node *node,
			 struct sched_profile *out)
{
	struct profile_draft draft = {.percent = -1};

	sched_profile_default(out, c->variant);
	field_read_map(c, profile_fields, node, &draft, "a profile");
	out->name = draft.name;
	out->percent = draft.percent;
	if (draft.plugins != NULL)
		sched_points_read(d, draft.plugins, out);
	if (draft.args != NULL)
		read_all_args(d, c, draft.args, out);
}

static void check_names(struct diag *d, const struct yaml_node *list, const struct scheduling *s)
{
	for (uint32_t i = 0; i < s->count; i++) {
		if (s->profile[i].name == 0)
			diag_error(d, yaml_mark(list->item[i]), "a profile needs a schedulerName");
		for (uint32_t k = 0; k < i; k++)
			if (s->profile[i].name != 0 && s->profile[k].name == s->profile[i].name)
				diag_error(d, yaml_mark(list->item[i]), "a second profile of this schedulerName");
	}
}

static void read_profiles(struct decoder *d, struct field_context *c, const struct yaml_node *list,
			  struct scheduling *out)
{
	if (list == NULL || !field_want_list(c, list, "profiles") || list->count == 0)
		return;
	if (list->count > PROFILES_MAX) {
		diag_error(c->diag, yaml_mark(list), "more than %d profiles", PROFILES_MAX);
		return;
	}
	out->count = list->count;
	out->profile = ARENA_NEW(c->arena, list->count, struct sched_profile);
	for (uint32_t i = 0; i < list->count; i++)
		read_profile(d, c, list->item[i], &out->profile[i]);
	/* A single profile may leave its name away. */
	if (out->count == 1 && out->profile[0].name == 0)
		out->profile[0].name = names_intern(c->names, SCHED_DEFAULT_NAME);
	check_names(c->diag, list, out);
}

static void check_version(struct diag *d, const struct yaml_node *root)
{
	const struct yaml_node *version = yaml_get(root, "apiVersion");

	if (version == NULL || version->kind != YAML_SCALAR || strcmp(version->text, GROUP "v1") == 0)
		return;
	diag_error(d, yaml_mark(version), "of KubeSchedulerConfiguration only %sv1 can be read", GROUP);
	diag_help(d, "the fields of v1beta3 are the same; change apiVersion");
}

static void read_timers(struct field_context *c, const struct draft *draft, struct timers *t)
{
	struct client_draft client = {t->scheduler_qps, t->scheduler_burst};

	if (draft->client != NULL && field_read_map(c, client_fields, draft->client, &client, "clientConnection")) {
		t->scheduler_qps = client.qps;
		t->scheduler_burst = client.burst;
	}
	t->percentage_of_nodes_to_score = draft->percent;
	t->pod_initial_backoff = draft->initial;
	t->pod_max_backoff = draft->most;
}

void sched_config_read(struct decoder *d, const struct yaml_node *root, struct scheduling *out)
{
	struct timers *t = &d->scenario->timers;
	struct draft draft = {.percent = t->percentage_of_nodes_to_score,
			      .initial = t->pod_initial_backoff,
			      .most = t->pod_max_backoff};
	struct field_context c = d->fields;

	*out = (struct scheduling){0};
	c.lenient = false;
	check_version(c.diag, root);
	field_read_map(&c, document_fields, root, &draft, "KubeSchedulerConfiguration");
	if (draft.most > 0 && draft.most < draft.initial)
		diag_error(c.diag, yaml_mark(root), "podMaxBackoffSeconds must not be below podInitialBackoffSeconds");
	read_timers(&c, &draft, t);
	read_profiles(d, &c, draft.profiles, out);
	if (out->count == 0) {
		out->profile = ARENA_NEW(c.arena, 1, struct sched_profile);
		out->count = 1;
		sched_profile_default(&out->profile[0], c.variant);
		out->profile[0].name = names_intern(c.names, SCHED_DEFAULT_NAME);
	}
}
