/* story_worker.c - sentences about what kubelets do of their own accord: pressure, eviction, admission, shutdown. */
#include <inttypes.h>

#include "models/kubelet_settings.h"
#include "report/story_parts.h"

uint8_t story_worker_rank(const struct fact *f)
{
	switch (f->kind) {
	case FACT_NODE_CONDITION:
	case FACT_NODE_OFF:
	case FACT_POD_EVICTED:
		return 0;
	case FACT_POD_REJECTED:
	case FACT_EVICTION_SIGNAL:
		return 1;
	default:
		return 0xff;
	}
}

/* Bytes in binary units, whole ones. */
static void bytes(struct text *t, int64_t n)
{
	if (n >= INT64_C(10) << 30)
		text_printf(t, "%.1fGi", (double)n / (1 << 30));
	else
		text_printf(t, "%.0fMi", (double)n / (1 << 20));
}

/* Of an eviction signal. */
static void amount(struct text *t, uint16_t signal, int64_t n)
{
	if (signal == SIGNAL_PID)
		text_printf(t, "%" PRId64, n);
	else
		bytes(t, n);
}

static void evicted(struct story *s, const struct line *l, struct text *t)
{
	static const char *const low[] = {"memory", "local disk", "local disk", "process ids"};
	const struct fact *f = &l->first;
	bool counted = f->flag == EVICTED_FOR_PIDS;

	story_pods(s, l, t);
	text_add(t, " evicted by the kubelet");
	if (l->count == 1)
		text_printf(t, " of %s", outcome_node_name(s->o, f->node));
	text_printf(t, ": %s",
		    f->flag == EVICTED_OVER_LIMIT ? "more local disk than its limit" : "the node was low on ");
	if (f->flag != EVICTED_OVER_LIMIT)
		text_add(t, low[f->flag < 4 ? f->flag : 0]);
	if (l->count > 1)
		return;
	text_add(t, ", used ");
	if (counted)
		text_printf(t, "%" PRId64, f->a);
	else
		bytes(t, f->a);
	if (counted)
		return;
	text_add(t, f->flag == EVICTED_OVER_LIMIT ? " of " : " and asked for ");
	bytes(t, f->b);
}

static void rejected(struct story *s, const struct line *l, struct text *t)
{
	const struct fact *f = &l->first;

	story_pods(s, l, t);
	text_add(t, " not admitted by the kubelet");
	if (l->count == 1)
		text_printf(t, " of %s", outcome_node_name(s->o, f->node));
	text_printf(t, ": %s", pod_reason_name(f->flag));
	if (f->c > 0 && l->count == 1)
		text_printf(t, ", %" PRId64 " asked for beside %" PRId64 " of %" PRId64, f->a, f->b, f->c);
}

static void signal_passed(struct story *s, const struct line *l, struct text *t)
{
	const struct fact *f = &l->first;

	text_printf(t, "%s: %s is ", outcome_node_name(s->o, f->node), eviction_signal_name(f->flag));
	amount(t, f->flag, f->b);
	text_printf(t, ", %s the threshold of ", f->a ? "below" : "no longer below");
	amount(t, f->flag, f->c);
	if (f->pod < s->o->pods)
		text_printf(t, "; of its pods the use of %s grows fastest, or is largest", outcome_pod_name(s->o, f->pod));
}

void story_worker(struct story *s, const struct line *l, struct text *t)
{
	const struct fact *f = &l->first;

	switch (f->kind) {
	case FACT_NODE_CONDITION:
		story_nodes(s, l, t);
		text_printf(t, " %s=%s", node_condition_name(f->flag),
			    f->a == 1   ? "True"
			    : f->a == 2 ? "Unknown"
					: "False");
		break;
	case FACT_NODE_OFF:
		story_nodes(s, l, t);
		text_add(t, l->count > 1 ? " are off" : " is off");
		break;
	case FACT_POD_EVICTED:
		evicted(s, l, t);
		break;
	case FACT_EVICTION_SIGNAL:
		signal_passed(s, l, t);
		break;
	default:
		rejected(s, l, t);
		break;
	}
}
