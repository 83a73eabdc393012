/* story_controllers.c - sentences about what only controllers know. */
#include "report/story_controllers.h"

#include <inttypes.h>

#include "report/story.h"

uint8_t story_controllers_rank(const struct fact *f)
{
	switch (f->kind) {
	case FACT_ROLLOUT:
	case FACT_AUTOSCALED:
	case FACT_JOB_STATE:
		return 0;
	case FACT_EVICTION_HELD:
	case FACT_DESCHEDULED:
	case FACT_CRON_SKIPPED:
	case FACT_CREATE_REFUSED:
		return 1;
	case FACT_WORKLOAD_REMOVED:
		return 2;
	default:
		return 0xff;
	}
}

bool story_controllers_by_object(const struct fact *f)
{
	return f->kind == FACT_ROLLOUT || f->kind == FACT_AUTOSCALED || f->kind == FACT_JOB_STATE ||
	       f->kind == FACT_CRON_SKIPPED || f->kind == FACT_WORKLOAD_REMOVED || f->kind == FACT_CREATE_REFUSED;
}

static void name(const struct outcome *o, uint32_t row, struct text *t)
{
	if (row < o->workloads && o->workload[row].known)
		text_printf(t, "%s/%s", workload_kind_name(o->workload[row].kind),
			    outcome_name(o, o->workload[row].name));
	else
		text_add(t, "?");
}

static void rollout(const struct fact *f, struct text *t)
{
	char time[TIME_TEXT_MAX];

	if (f->flag == ROLLOUT_BEGUN)
		text_add(t, ": a changed template begins to roll out");
	else if (f->flag == ROLLOUT_COMPLETE)
		text_printf(t, ": rolled out after %s, with %" PRId64 " of %" PRId64 " pods available at the least",
			    story_time(f->a, time), f->b, f->c);
	else
		text_add(t, ": no progress for progressDeadlineSeconds, its condition Progressing is False");
}

static void job(const struct fact *f, struct text *t)
{
	static const char *const why[] = {
		[JOB_NO_REASON] = "",
		[JOB_BACKOFF_LIMIT] = ": more failures than its backoffLimit",
		[JOB_DEADLINE] = ": longer active than its activeDeadlineSeconds",
		[JOB_FAILURE_POLICY] = ": a rule of its podFailurePolicy",
		[JOB_FAILED_INDEXES] = ": some indexes failed",
		[JOB_MAX_FAILED_INDEXES] = ": more indexes failed than maxFailedIndexes",
	};
	static const char *const state[] = {" resumed", " suspended", " complete", " failed"};
	char time[TIME_TEXT_MAX];

	text_printf(t, "%s%s", f->flag < 4 ? state[f->flag] : "?",
		    f->a >= 0 && f->a < (int64_t)(sizeof(why) / sizeof(why[0])) ? why[f->a] : "");
	if (f->flag == JOB_COMPLETE)
		text_printf(t, " after %s", story_time(f->b, time));
}

static void autoscaled(const struct fact *f, struct text *t)
{
	if (f->c < 0)
		text_printf(t, ": autoscaler brings it within its limits: %" PRId64 " replicas", f->a);
	else
		text_printf(t, ": use is %" PRId64 "%% of %s; autoscaler asks for %" PRId64 " replicas", f->b,
			    f->flag & AUTOSCALED_BY_VALUE ? "its target" : "the requests", f->a);
	if (f->c >= 0 && f->flag & AUTOSCALED_LIMITED)
		text_printf(t, " on its way to %" PRId64, f->c);
}

static void skipped(const struct fact *f, struct text *t)
{
	static const char *const why[] = {
		[CRON_SKIP_ACTIVE] = "the Job before it is still active (concurrencyPolicy Forbid)",
		[CRON_SKIP_TOO_MANY] = "more than 100 scheduled times were missed",
	};

	text_printf(t, ": a Job that is due is not started: %s", f->flag < 2 ? why[f->flag] : "?");
}

static void refused(const struct outcome *o, const struct fact *f, struct text *t)
{
	text_printf(t, ": creation of a pod refused (403) by %s \"%s\"", f->flag ? "LimitRange" : "ResourceQuota",
		    outcome_name(o, (uint32_t)f->a));
}

/* In the order of enum descheduling. */
static const char *const strategy[DESCHEDULINGS] = {
	"its node is used too much while others have room",
	"its node is used so little that it can be emptied",
	"several of its kind are on one node",
	"its topology domain has too many of its kind",
	"its node no longer matches its affinity",
	"its node has a NoSchedule taint",
	"a pod that it must not be near is near",
	"it is too old",
	"it was restarted too often",
	"it has failed",
};

void story_controllers_say(const struct outcome *o, const struct fact *f, const char *who, struct text *t)
{
	if (story_controllers_by_object(f))
		name(o, f->object, t);
	else
		text_add(t, who);
	switch (f->kind) {
	case FACT_ROLLOUT:
		rollout(f, t);
		break;
	case FACT_JOB_STATE:
		job(f, t);
		break;
	case FACT_AUTOSCALED:
		autoscaled(f, t);
		break;
	case FACT_CRON_SKIPPED:
		skipped(f, t);
		break;
	case FACT_CREATE_REFUSED:
		refused(o, f, t);
		break;
	case FACT_WORKLOAD_REMOVED:
		text_add(t, " deleted");
		break;
	case FACT_EVICTION_HELD:
		text_add(t, ": toleration has run out, kept because there is no room for a replacement");
		break;
	case FACT_DESCHEDULED:
		text_printf(t, ": the descheduler asks for eviction: %s",
			    f->flag < DESCHEDULINGS ? strategy[f->flag] : "?");
		break;
	default:
		break;
	}
}
