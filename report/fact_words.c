/* fact_words.c - the meanings of facts.def turned into keys, and their numbers into words. */
#include "report/fact_words.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "models/kubelet_settings.h"

/* How a column's number is read. */
enum how {
	HOW_UNUSED,
	HOW_NUMBER,
	HOW_BOOL,
	HOW_TIME,
	HOW_NAME,
	HOW_WORDS,
	HOW_NODE,
	HOW_POD,
	HOW_FAILURE,
	HOW_WORKLOAD,
	HOW_SERVICE,
	HOW_BUDGET,
	HOW_HOST,
	HOW_COMPONENT,
	HOW_FAILURE_KIND,
	HOW_WORKLOAD_KIND,
	HOW_CONTAINER_REASON,
	HOW_POD_REASON,
	HOW_CONDITION,
	HOW_PROBE,
	HOW_SIGNAL,
	HOW_PREEMPTOR /* 0: none, else 1 + its row */
};

enum { COLUMN_OBJECT, COLUMN_FLAG, COLUMN_A, COLUMN_B, COLUMN_C, COLUMNS };

struct column {
	const char *key;
	enum how how;
	const char *const *words; /* HOW_WORDS; ends with NULL */
};

struct fact_dictionary {
	struct column of[FACT_KINDS][COLUMNS];
};

#define WORDS(...)                                                                                                     \
	(const char *const[])                                                                                          \
	{                                                                                                              \
		__VA_ARGS__, NULL                                                                                      \
	}
#define ANY FACT_KINDS

/* Meanings that are neither a plain number, nor a name, nor a yes or no. kind ANY: wherever the meaning stands. */
static const struct {
	uint16_t kind;
	const char *meaning;
	enum how how;
	const char *const *words;
} special[] = {
	{ANY, "failure", HOW_FAILURE, NULL},
	{ANY, "workload", HOW_WORKLOAD, NULL},
	{ANY, "service", HOW_SERVICE, NULL},
	{ANY, "pdb", HOW_BUDGET, NULL},
	{ANY, "host", HOW_HOST, NULL},
	{ANY, "component", HOW_COMPONENT, NULL},
	{ANY, "old pod", HOW_POD, NULL},
	{ANY, "other node", HOW_NODE, NULL},
	{ANY, "table", HOW_UNUSED, NULL}, /* an id of the run's remarks */
	/* Rows of processes of failures; the failure's name tells both. */
	{FACT_FAILURE_STRUCK, "1 + source", HOW_UNUSED, NULL},
	{FACT_FAILURE_STRUCK, "subject", HOW_UNUSED, NULL},
	{ANY, "failure-kind", HOW_FAILURE_KIND, NULL},
	{ANY, "workload-kind", HOW_WORKLOAD_KIND, NULL},
	{ANY, "probe", HOW_PROBE, NULL},
	{ANY, "signal", HOW_SIGNAL, NULL},
	{ANY, "1 + preemptor", HOW_PREEMPTOR, NULL},
	{ANY, "condition", HOW_CONDITION, NULL},
	{ANY, "1 True, 0 False, 2 Unknown", HOW_WORDS, WORDS("False", "True", "Unknown")},
	{ANY, "status", HOW_WORDS, WORDS("False", "True", "Unknown", "unset")},
	{ANY, "effect", HOW_WORDS, WORDS("", "NoSchedule", "PreferNoSchedule", "NoExecute")},
	{ANY, "phase", HOW_WORDS, WORDS("Pending", "Running", "Succeeded", "Failed")},
	{ANY, "by", HOW_WORDS, WORDS("kubelet", "node-lifecycle-controller")},
	{ANY, "caller", HOW_WORDS, WORDS("nobody", "controller", "scheduler", "volume-binder", "kubelet", "action")},
	{ANY, "news", HOW_WORDS, WORDS("leaderless", "elected", "no-quorum", "no-space", "has-space")},
	{ANY, "refusal", HOW_WORDS,
	 WORDS("done", "unreachable", "daemon-pods", "bare-pods", "timed-out", "not-found", "exists", "no-history")},
	{ANY, "strategy", HOW_WORDS,
	 WORDS("LowNodeUtilization", "HighNodeUtilization", "RemoveDuplicates",
	       "RemovePodsViolatingTopologySpreadConstraint", "RemovePodsViolatingNodeAffinity",
	       "RemovePodsViolatingNodeTaints", "RemovePodsViolatingInterPodAntiAffinity", "PodLifeTime",
	       "RemovePodsHavingTooManyRestarts", "RemoveFailedPods")},
	{ANY, "0 quota, 1 limit range", HOW_WORDS, WORDS("quota", "limit-range")},
	{ANY, "action-kind", HOW_WORDS,
	 WORDS("cordon", "uncordon", "drain", "scale", "delete", "set-image", "rollout-restart", "rollout-undo",
	       "rollout-pause", "rollout-resume", "taint", "label", "annotate", "ungate", "create-job", "apply",
	       "app-exit", "app-oom", "app-hang", "app-unready")},
	{FACT_MAINTENANCE, "event", HOW_WORDS,
	 WORDS("node-begun", "drain-late", "node-done", "not-ready", "over", "closed")},
	{FACT_ROLLOUT, "event", HOW_WORDS, WORDS("begun", "complete", "late")},
	{FACT_ZONE_STATE, "state", HOW_WORDS, WORDS("Initial", "Normal", "PartialDisruption", "FullDisruption")},
	{FACT_JOB_STATE, "state", HOW_WORDS, WORDS("active", "suspended", "complete", "failed")},
	{FACT_JOB_STATE, "reason", HOW_WORDS,
	 WORDS("", "BackoffLimitExceeded", "DeadlineExceeded", "PodFailurePolicy", "FailedIndexes",
	       "MaxFailedIndexesExceeded")},
	{FACT_SCALE_DOWN, "why", HOW_WORDS, WORDS("unneeded", "unready", "unregistered")},
	{FACT_SCALE_HELD, "why", HOW_WORDS, WORDS("backoff", "max", "unready")},
	{FACT_CRON_SKIPPED, "why", HOW_WORDS, WORDS("active", "too-many-missed")},
	{FACT_IMAGE_REMOVED, "why", HOW_WORDS, WORDS("space", "pressure")},
	{FACT_POD_STOPPED, "why", HOW_WORDS, WORDS("node-died", "terminated", "completed")},
	{FACT_POD_EVICTED, "why", HOW_WORDS, WORDS("memory", "disk", "images", "pids", "limit-of-local-disk")},
	{FACT_POD_DELETED, "why", HOW_WORDS,
	 WORDS("taint", "scale-down", "eviction", "user", "rollout", "no-node", "preempted", "owner-gone", "job-over",
	       "pod-gc", "kubelet", "failed")},
	{FACT_POD_PHASE, "reason", HOW_POD_REASON, NULL},
	{FACT_POD_REJECTED, "reason", HOW_POD_REASON, NULL},
	{FACT_CONTAINER_EXITED, "reason", HOW_CONTAINER_REASON, NULL},
	{FACT_CONTAINER_WAITS, "reason", HOW_CONTAINER_REASON, NULL},
};

/* Meanings that are spans or instants. */
static const char *const times[] = {
	"ready to boot at",  "last heartbeat", "silence", "limit",   "queued-at",
	"tolerationSeconds", "took",           "waited",  "ran for", "until",
	"back-off",          "since",          "grace",   "pause",   "since its begin",
	"last used",
};

static bool ends_in(const char *s, const char *end)
{
	const size_t length = strlen(s), tail = strlen(end);
	return length >= tail && strcmp(s + length - tail, end) == 0;
}

/* Of "1 pulled, 0 present" it is "pulled", of "key name" it is "key", of "mem-bytes" it is "mem_bytes". */
static const char *key_of(struct arena *a, const char *meaning, enum how how)
{
	struct text t;
	const char *end = strchr(meaning, ',');

	text_init(&t, a);
	if (strncmp(meaning, "1 True", 6) == 0)
		return "status";
	if (strcmp(meaning, "id name") == 0)
		return "name";
	if (how == HOW_PREEMPTOR)
		return "preemptor";
	if (how == HOW_BOOL)
		meaning += 2;
	if (how == HOW_WORDS && isdigit((unsigned char)meaning[0]))
		return "why";
	size_t length = how == HOW_BOOL && end != NULL ? (size_t)(end - meaning) : strlen(meaning);
	if (how == HOW_NAME && ends_in(meaning, " name"))
		length -= strlen(" name");
	for (size_t i = 0; i < length; i++) {
		const unsigned char ch = (unsigned char)meaning[i];
		char low = (char)tolower(ch);

		if (isupper(ch) && i > 0 && isalnum((unsigned char)meaning[i - 1]))
			text_add(&t, "_");
		if (!isalnum(ch))
			low = '_';
		if (low != '_' || (t.length > 0 && t.data[t.length - 1] != '_'))
			text_add_n(&t, &low, 1);
	}
	if (how == HOW_TIME)
		text_add(&t, ends_in(t.data, "_seconds") ? "" : "_s");
	return t.data;
}

static struct column column_of(struct arena *a, uint16_t kind, const char *meaning)
{
	struct column c = {.how = HOW_NUMBER};

	if (strcmp(meaning, "-") == 0)
		return (struct column){.how = HOW_UNUSED};
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		if ((special[i].kind != ANY && special[i].kind != kind) || strcmp(special[i].meaning, meaning) != 0)
			continue;
		c.how = special[i].how;
		c.words = special[i].words;
		c.key = key_of(a, meaning, c.how);
		return c;
	}
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (strcmp(times[i], meaning) == 0)
			c.how = HOW_TIME;
	if (strcmp(meaning, "name") == 0 || ends_in(meaning, " name"))
		c.how = HOW_NAME;
	if (strncmp(meaning, "1 ", 2) == 0 && strstr(meaning, ", 2 ") == NULL)
		c.how = HOW_BOOL;
	c.key = c.how == HOW_NUMBER && strncmp(meaning, "1 ", 2) == 0 ? "flags" : key_of(a, meaning, c.how);
	return c;
}

const struct fact_dictionary *fact_dictionary(struct arena *a)
{
	struct fact_dictionary *d = ARENA_NEW(a, 1, struct fact_dictionary);

	for (uint32_t k = 0; k < FACT_KINDS; k++) {
		const struct fact_columns *m = fact_columns((uint16_t)k);
		const char *const meaning[COLUMNS] = {m->object, m->flag, m->a, m->b, m->c};
		for (int i = 0; i < COLUMNS; i++)
			d->of[k][i] = column_of(a, (uint16_t)k, meaning[i]);
	}
	return d;
}

static const char *workload_text(const struct outcome *o, int64_t row, struct arena *a)
{
	if (row < 0 || row >= o->workloads || !o->workload[row].known)
		return NULL;
	return text_format(a, "%s/%s", workload_kind_name((enum workload_kind)o->workload[row].kind),
			   outcome_name(o, o->workload[row].name));
}

static const char *host_text(const struct outcome *o, int64_t host, struct arena *a)
{
	char buffer[HOST_NAME_MAX_LENGTH];

	if (host < 0 || host >= scenario_hosts(o->scenario))
		return NULL;
	const char *name = scenario_host_name(o->scenario, (uint32_t)host, buffer);
	return arena_text(a, name, strlen(name));
}

static const char *budget_text(const struct outcome *o, int64_t row)
{
	const struct objects *all = &o->scenario->objects;
	return row >= 0 && row < all->pdb_count ? outcome_name(o, all->pdb[row].meta.name) : NULL;
}

static const char *one_of(const char *const *words, int64_t value)
{
	for (int64_t i = 0; words[i] != NULL; i++)
		if (i == value)
			return words[i];
	return NULL;
}

/* The text of a value that is no number; NULL or "" when there is none. */
static const char *text_of(const struct column *c, const struct outcome *o, int64_t v, struct arena *a)
{
	switch (c->how) {
	case HOW_NAME:
		return v > 0 && v < FACT_NONE ? outcome_name(o, (uint32_t)v) : NULL;
	case HOW_WORDS:
		return one_of(c->words, v);
	case HOW_NODE:
		return v >= 0 && v < o->nodes ? outcome_node_name(o, (uint32_t)v) : NULL;
	case HOW_POD:
		return v >= 0 && v < o->pods ? outcome_pod_name(o, (uint32_t)v) : NULL;
	case HOW_FAILURE:
		return v >= 0 && v < o->failures ? outcome_failure_name(o, (uint32_t)v) : NULL;
	case HOW_WORKLOAD:
		return workload_text(o, v, a);
	case HOW_SERVICE:
		return v >= 0 && v < o->services ? outcome_name(o, o->service[v].name) : NULL;
	case HOW_BUDGET:
		return budget_text(o, v);
	case HOW_HOST:
		return host_text(o, v, a);
	case HOW_COMPONENT:
		return v >= 0 && v < COMPONENTS ? component_name((enum component)v) : NULL;
	case HOW_FAILURE_KIND:
		return failure_kind_name((enum failure_kind)v);
	case HOW_WORKLOAD_KIND:
		return workload_kind_name((enum workload_kind)v);
	case HOW_CONTAINER_REASON:
		return container_reason_name((uint32_t)v);
	case HOW_POD_REASON:
		return pod_reason_name((uint32_t)v);
	case HOW_CONDITION:
		return node_condition_name((uint32_t)v);
	case HOW_SIGNAL:
		return v < EVICTION_SIGNALS ? eviction_signal_name((enum eviction_signal)v) : NULL;
	case HOW_PREEMPTOR:
		return v > 0 && v <= o->pods ? outcome_pod_name(o, (uint32_t)v - 1) : NULL;
	case HOW_PROBE:
		return v < PROBE_KINDS ? probe_kind_name((enum probe_kind)v) : NULL;
	default:
		return NULL;
	}
}

static uint32_t add_text(struct fact_word out[], uint32_t n, const char *key, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return n;
	out[n] = (struct fact_word){.key = key, .kind = WORD_TEXT, .text = text};
	return n + 1;
}

static uint32_t add_column(struct fact_word out[], uint32_t n, const struct column *c, const struct outcome *o,
			   int64_t value, struct arena *a)
{
	if (c->how == HOW_UNUSED || value == FACT_NONE)
		return n;
	if (c->how != HOW_NUMBER && c->how != HOW_BOOL && c->how != HOW_TIME)
		return add_text(out, n, c->key, text_of(c, o, value, a));
	out[n] = (struct fact_word){.key = c->key,
				    .kind = c->how == HOW_BOOL   ? WORD_BOOL
					    : c->how == HOW_TIME ? WORD_SECONDS
								 : WORD_NUMBER,
				    .number = value};
	return n + 1;
}

uint32_t fact_words(const struct fact_dictionary *d, const struct outcome *o, const struct fact *f, struct arena *a,
		    struct fact_word out[FACT_WORDS_MAX])
{
	const int64_t value[COLUMNS] = {f->object, f->flag, f->a, f->b, f->c};
	uint32_t n = 0;

	if (f->node < o->nodes)
		n = add_text(out, n, "node", outcome_node_name(o, f->node));
	if (f->pod < o->pods) {
		n = add_text(out, n, "pod", outcome_pod_name(o, f->pod));
		n = add_text(out, n, "namespace", outcome_pod_namespace(o, f->pod));
	}
	for (int i = 0; i < COLUMNS; i++)
		n = add_column(out, n, &d->of[f->kind][i], o, value[i], a);
	return n;
}

void fact_line(const struct fact_dictionary *d, const struct outcome *o, const struct fact *f, struct arena *a,
	       struct text *out)
{
	struct fact_word word[FACT_WORDS_MAX];
	const uint32_t count = fact_words(d, o, f, a, word);
	char time[TIME_TEXT_MAX];

	text_add(out, fact_kind_name(f->kind));
	for (uint32_t i = 0; i < count; i++) {
		text_printf(out, " %s=", word[i].key);
		if (word[i].kind == WORD_TEXT)
			text_add(out, word[i].text);
		else if (word[i].kind == WORD_SECONDS)
			text_add(out, time_print(word[i].number, time));
		else if (word[i].kind == WORD_BOOL)
			text_add(out, word[i].number ? "true" : "false");
		else
			text_printf(out, "%" PRId64, word[i].number);
	}
}
