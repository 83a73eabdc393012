/* decode_job.c - the specs of Jobs and CronJobs. */
#include "models/decode_workload.h"

#include <string.h>

#define SECONDS_ROW(key, member)                                                                                       \
	{                                                                                                              \
		.name = key, .kind = FIELD_SECONDS, .offset = AT(member), .low = 0, .high = INT32_MAX                  \
	}
#define COUNT_ROW(key, member)                                                                                         \
	{                                                                                                              \
		.name = key, .kind = FIELD_INT32, .offset = AT(member), .low = 0, .high = INT32_MAX                    \
	}

static const char *const completion_choices[] = {"NonIndexed", "Indexed", NULL};

/* In the order of enum job_replacement. */
static const char *const replacement_choices[] = {"", "TerminatingOrFailed", "Failed", NULL};

static bool read_completion(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct workload_draft *draft = object;
	struct field row = {.name = f->name, .kind = FIELD_ENUM, .choices = completion_choices};
	uint8_t choice = 0;

	if (!field_read(c, &row, value, &choice))
		return false;
	draft->w.indexed = choice == 1;
	return true;
}

/* ---- pod failure policy ---- */

struct rule_draft {
	uint8_t action;
	const struct yaml_node *codes, *conditions;
};

struct codes_draft {
	uint8_t op;
	const struct yaml_node *values;
};

/* In the order of enum job_rule_action. */
static const char *const action_choices[] = {"FailJob", "FailIndex", "Ignore", "Count", NULL};
static const char *const op_choices[] = {"In", "NotIn", NULL};

static const struct field rule_fields[] = {{.name = "action",
					    .kind = FIELD_ENUM,
					    .offset = offsetof(struct rule_draft, action),
					    .choices = action_choices},
					   {.name = "onExitCodes",
					    .kind = FIELD_CUSTOM,
					    .offset = offsetof(struct rule_draft, codes),
					    .read = decode_keep_node},
					   {.name = "onPodConditions",
					    .kind = FIELD_CUSTOM,
					    .offset = offsetof(struct rule_draft, conditions),
					    .read = decode_keep_node},
					   END};

static const struct field codes_fields[] = {
	{.name = "operator", .kind = FIELD_ENUM, .offset = offsetof(struct codes_draft, op), .choices = op_choices},
	{.name = "values",
	 .kind = FIELD_CUSTOM,
	 .offset = offsetof(struct codes_draft, values),
	 .read = decode_keep_node},
	SKIP("containerName"),
	END};

static bool read_codes(struct field_context *c, const struct yaml_node *node, struct job_rule *rule)
{
	static const struct field row = {.name = "an exit code", .kind = FIELD_INT32, .low = 0, .high = INT32_MAX};
	struct codes_draft codes = {0};
	bool fine = field_read_map(c, codes_fields, node, &codes, "onExitCodes");

	if (!fine || !codes.values || !field_want_list(c, codes.values, "onExitCodes.values"))
		return false;
	rule->on_codes = true;
	rule->not_in = codes.op == 1;
	rule->code = ARENA_NEW(c->arena, codes.values->count, int32_t);
	for (uint32_t i = 0; i < codes.values->count; i++)
		fine &= field_read(c, &row, codes.values->item[i], &rule->code[rule->code_count++]);
	return fine;
}

/* Of the conditions only DisruptionTarget is ever set here. */
static bool read_conditions(struct field_context *c, const struct yaml_node *list, struct job_rule *rule)
{
	if (!field_want_list(c, list, "onPodConditions"))
		return false;
	for (uint32_t i = 0; i < list->count; i++) {
		const struct yaml_node *type = yaml_get(list->item[i], "type");
		const struct yaml_node *status = yaml_get(list->item[i], "status");

		if (yaml_is_null(type) || type->kind != YAML_SCALAR) {
			diag_error(c->diag, yaml_mark(list->item[i]), "a condition of onPodConditions needs a type");
			return false;
		}
		if (!yaml_is_null(status) && status->kind == YAML_SCALAR && strcmp(status->text, "True") != 0)
			continue;
		if (!strcmp(type->text, "DisruptionTarget"))
			rule->on_disruption = true;
		else
			diag_note(c->diag, yaml_mark(type), "pod condition %s is not simulated: its rule never applies",
				  type->text);
	}
	return true;
}

static bool read_rules(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	const struct yaml_node *list = yaml_get(value, "rules");
	struct workload_draft *draft = object;
	bool fine = true;

	if (!list || !field_want_list(c, list, "podFailurePolicy.rules")) {
		if (!list)
			diag_error(c->diag, yaml_mark(value), "%s without rules", f->name);
		return false;
	}
	draft->w.rule = ARENA_NEW(c->arena, list->count, struct job_rule);
	for (uint32_t i = 0; i < list->count; i++) {
		struct rule_draft rule = {0};
		struct job_rule *out = &draft->w.rule[draft->w.rule_count];

		if (!field_read_map(c, rule_fields, list->item[i], &rule, "a rule of podFailurePolicy"))
			return false;
		out->action = rule.action;
		if (rule.codes)
			fine &= read_codes(c, rule.codes, out);
		if (rule.conditions)
			fine &= read_conditions(c, rule.conditions, out);
		draft->w.rule_count++;
	}
	return fine;
}

/* ---- tables ---- */

/* Defaults: kubernetes-control-plane.md 3.5. */
const struct field job_fields[] = {
	TEMPLATE,
	{.name = "parallelism",
	 .kind = FIELD_INT32,
	 .offset = AT(parallelism),
	 .fallback = "1",
	 .low = 0,
	 .high = REPLICAS_MAX},
	{.name = "completions", .kind = FIELD_INT32, .offset = AT(completions), .low = 0, .high = REPLICAS_MAX},
	{.name = "backoffLimit",
	 .kind = FIELD_INT32,
	 .offset = AT(backoff_limit),
	 .fallback = "6",
	 .low = 0,
	 .high = INT32_MAX},
	COUNT_ROW("backoffLimitPerIndex", index_limit),
	COUNT_ROW("maxFailedIndexes", max_failed_indexes),
	{.name = "completionMode", .kind = FIELD_CUSTOM, .read = read_completion},
	{.name = "suspend", .kind = FIELD_BOOL, .offset = AT(job_suspend)},
	SECONDS_ROW("activeDeadlineSeconds", active_deadline),
	SECONDS_ROW("ttlSecondsAfterFinished", ttl),
	{.name = "podReplacementPolicy", .kind = FIELD_ENUM, .offset = AT(replacement), .choices = replacement_choices},
	{.name = "podFailurePolicy", .kind = FIELD_CUSTOM, .read = read_rules},
	SKIP("selector"),
	SKIP("manualSelector"),
	END};

static bool read_schedule(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct workload_draft *draft = object;
	const char *text = field_want_text(c, value, f->name), *wrong;

	if (!text)
		return false;
	wrong = cron_parse(text, &draft->w.schedule);
	if (!wrong) {
		draft->w.schedule_text = arena_text(c->arena, text, strlen(text));
		draft->w.has_schedule = true;
		return true;
	}
	diag_error(c->diag, yaml_mark(value), "schedule \"%s\": %s", text, wrong);
	diag_help(c->diag, "for example \"*/5 * * * *\" (minute hour day month weekday), or @hourly");
	return false;
}

static bool read_time_zone(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	const char *text = field_want_text(c, value, f->name);

	(void)object;
	if (text && strcmp(text, "UTC") != 0 && strcmp(text, "Etc/UTC") != 0)
		diag_note(c->diag, yaml_mark(value), "CronJob timeZone %s is not simulated: schedules are in UTC",
			  text);
	return text != NULL;
}

/* In the order of enum cron_concurrency. */
static const char *const concurrency_choices[] = {"Allow", "Forbid", "Replace", NULL};

const struct field cron_job_fields[] = {
	{.name = "schedule", .kind = FIELD_CUSTOM, .read = read_schedule},
	{.name = "jobTemplate", .kind = FIELD_CUSTOM, .offset = NODE_AT(job), .read = decode_keep_node},
	{.name = "concurrencyPolicy", .kind = FIELD_ENUM, .offset = AT(concurrency), .choices = concurrency_choices},
	SECONDS_ROW("startingDeadlineSeconds", starting_deadline),
	{.name = "successfulJobsHistoryLimit",
	 .kind = FIELD_INT32,
	 .offset = AT(succeeded_history),
	 .fallback = "3",
	 .low = 0,
	 .high = INT32_MAX},
	{.name = "failedJobsHistoryLimit",
	 .kind = FIELD_INT32,
	 .offset = AT(failed_history),
	 .fallback = "1",
	 .low = 0,
	 .high = INT32_MAX},
	{.name = "suspend", .kind = FIELD_BOOL, .offset = AT(cron_suspend)},
	{.name = "timeZone", .kind = FIELD_CUSTOM, .read = read_time_zone},
	END};

/* ---- the whole ---- */

void decode_job_defaults(struct workload_object *w)
{
	w->completions = w->index_limit = w->max_failed_indexes = -1;
	w->active_deadline = w->ttl = w->starting_deadline = SIM_NEVER;
}

void decode_cron_job(struct decoder *d, struct workload_draft *draft)
{
	const struct yaml_node *job = yaml_get(draft->job, "spec");

	field_defaults(&d->fields, job_fields, draft);
	if (!yaml_is_null(job))
		field_read_map(&d->fields, job_fields, job, draft, "CronJob jobTemplate.spec");
	if (!draft->w.has_schedule && !diag_failed(d->fields.diag))
		diag_error(d->fields.diag, draft->w.meta.at, "CronJob without spec.schedule");
}

void decode_job_check(struct decoder *d, struct workload_draft *draft, const struct yaml_node *spec)
{
	struct workload_object *w = &draft->w;

	if (w->indexed && w->completions < 0)
		diag_error(d->fields.diag, w->meta.at, "an Indexed Job needs completions");
	if ((w->index_limit >= 0 || w->max_failed_indexes >= 0) && !w->indexed)
		diag_error(d->fields.diag, w->meta.at,
			   "backoffLimitPerIndex and maxFailedIndexes need completionMode: Indexed");
	/* With a limit of each index there is none for the Job, unless it is given. */
	if (w->index_limit >= 0 && yaml_is_null(yaml_get(spec, "backoffLimit")))
		w->backoff_limit = INT32_MAX;
	/* Without completions and parallelism one pod has to succeed (pkg/apis/batch/v1/defaults.go). */
	if (w->completions < 0 && yaml_is_null(yaml_get(spec, "parallelism")))
		w->completions = 1;
}
