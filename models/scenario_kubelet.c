/* scenario_kubelet.c - the Scenario's `kubelet:`, by the names of KubeletConfiguration (kubelet.config.k8s.io/v1beta1,
 * staging/src/k8s.io/kubelet/config/v1beta1/types.go; kubernetes-control-plane.md 5.10, 5.12). */
#include <stdlib.h>
#include <string.h>

#include "models/scenario_parts.h"
#include "models/versions.h"

#define SETTING(member) offsetof(struct kubelet_settings, member)

static const char *const signals[] = {"memory.available", "nodefs.available", "imagefs.available", "pid.available"};
/* Known to the kubelet and not simulated. */
static const char *const unsimulated[] = {"nodefs.inodesFree", "imagefs.inodesFree", "containerfs.available",
					  "containerfs.inodesFree", "allocatableMemory.available"};

const char *eviction_signal_name(enum eviction_signal s)
{
	return signals[s];
}

/* The signal of a pair's key; EVICTION_SIGNALS when it is to be left out, with *fine telling whether that is right. */
static uint32_t read_signal(struct field_context *c, const struct yaml_node *key, bool *fine)
{
	for (uint32_t s = 0; s < EVICTION_SIGNALS; s++)
		if (strcmp(key->text, signals[s]) == 0)
			return s;
	for (size_t i = 0; i < sizeof(unsimulated) / sizeof(unsimulated[0]); i++)
		if (strcmp(key->text, unsimulated[i]) == 0) {
			diag_note(c->diag, yaml_mark(key), "%s is not simulated", key->text);
			return EVICTION_SIGNALS;
		}
	diag_error(c->diag, yaml_mark(key), "unknown eviction signal \"%s\"", key->text);
	diag_suggest(c->diag, key->text, signals, EVICTION_SIGNALS);
	*fine = false;
	return EVICTION_SIGNALS;
}

static bool read_threshold(struct field_context *c, const struct field *f, const struct yaml_node *value,
			   struct eviction_threshold *out)
{
	const char *text = field_want_text(c, value, f->name);
	size_t length = text ? strlen(text) : 0;
	struct quantity q;
	char *end;

	if (!text)
		return false;
	if (length > 1 && text[length - 1] == '%') {
		double percent = strtod(text, &end);

		/* 0% and 100% switch a threshold off (parseThresholdStatement in pkg/kubelet/eviction/helpers.go). */
		if (end == text + length - 1 && percent >= 0 && percent <= 100) {
			*out = (struct eviction_threshold){percent > 0 && percent < 100, true, percent / 100};
			return true;
		}
	} else if (quantity_parse(text, &q) == NULL && quantity_value(q) > 0 && *text != '-') {
		*out = (struct eviction_threshold){true, false, (double)quantity_value(q)};
		return true;
	}
	diag_error(c->diag, yaml_mark(value), "%s: \"%s\" is neither a quantity such as 100Mi nor a share such as 10%%",
		   f->name, text);
	return false;
}

static bool read_thresholds(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct eviction_threshold *out = (struct eviction_threshold *)(void *)((char *)object + f->offset);
	bool fine = true;

	if (!field_want_map(c, value, f->name))
		return false;
	/* Naming one drops the defaults of all (unless mergeDefaultEvictionSettings). */
	memset(out, 0, EVICTION_SIGNALS * sizeof(*out));
	for (uint32_t i = 0; i < value->count; i++) {
		uint32_t s = read_signal(c, value->pair[i].key, &fine);

		if (s < EVICTION_SIGNALS)
			fine &= read_threshold(c, f, value->pair[i].value, &out[s]);
	}
	return fine;
}

static bool read_graces(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	sim_time *out = (sim_time *)(void *)((char *)object + f->offset);
	bool fine = true;

	if (!field_want_map(c, value, f->name))
		return false;
	for (uint32_t i = 0; i < value->count; i++) {
		const struct field row = {.name = f->name, .kind = FIELD_TIME, .low = 0, .high = 1e6};
		uint32_t s = read_signal(c, value->pair[i].key, &fine);

		if (s < EVICTION_SIGNALS)
			fine &= field_read(c, &row, value->pair[i].value, &out[s]);
	}
	return fine;
}

#define PRIORITY(member) offsetof(struct shutdown_priority, member)
static const struct field priority_fields[] = {
	{.name = "priority", .kind = FIELD_INT32, .offset = PRIORITY(priority), .low = INT32_MIN, .high = INT32_MAX},
	{.name = "shutdownGracePeriodSeconds", .kind = FIELD_SECONDS, .offset = PRIORITY(grace), .low = 0, .high = 1e6},
	{.name = NULL}};

static int by_priority(const void *a, const void *b)
{
	const struct shutdown_priority *x = a, *y = b;

	return (x->priority > y->priority) - (x->priority < y->priority);
}

static bool read_priorities(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct kubelet_settings *k = object;
	bool fine = true;

	if (!field_want_list(c, value, f->name))
		return false;
	if (value->count > SHUTDOWN_PRIORITIES_MAX) {
		diag_error(c->diag, yaml_mark(value), "%s: more than %d entries", f->name, SHUTDOWN_PRIORITIES_MAX);
		return false;
	}
	for (uint32_t i = 0; i < value->count; i++)
		fine &= field_read_map(c, priority_fields, value->item[i], &k->shutdown_priority[i], f->name);
	k->shutdown_priorities = value->count;
	qsort(k->shutdown_priority, value->count, sizeof(k->shutdown_priority[0]), by_priority);
	return fine;
}

#define TYPES "kubernetes staging/src/k8s.io/kubelet/config/v1beta1/types.go"
const struct field kubelet_fields[] = {
	{.name = "evictionHard",
	 .kind = FIELD_CUSTOM,
	 .offset = SETTING(hard),
	 .read = read_thresholds,
	 .type = "map: SIGNAL: quantity or share",
	 .meaning = "below this the eviction manager acts at once; naming one signal drops the defaults "
		    "(memory.available 100Mi, nodefs.available 10%, imagefs.available 15%)",
	 .source = "kubernetes pkg/kubelet/apis/config/v1beta1/defaults_linux.go"},
	{.name = "evictionSoft",
	 .kind = FIELD_CUSTOM,
	 .offset = SETTING(soft),
	 .read = read_thresholds,
	 .type = "map: SIGNAL: quantity or share",
	 .meaning = "below this for evictionSoftGracePeriod it acts too",
	 .source = TYPES},
	{.name = "evictionSoftGracePeriod",
	 .kind = FIELD_CUSTOM,
	 .offset = SETTING(soft_grace),
	 .read = read_graces,
	 .type = "map: SIGNAL: duration",
	 .meaning = "how long a soft threshold has to be passed; every soft threshold needs one",
	 .source = TYPES},
	{.name = "evictionMinimumReclaim",
	 .kind = FIELD_CUSTOM,
	 .offset = SETTING(reclaim),
	 .read = read_thresholds,
	 .type = "map: SIGNAL: quantity or share",
	 .meaning = "so much above a passed threshold it goes on reclaiming",
	 .source = TYPES},
	{.name = "evictionPressureTransitionPeriod",
	 .kind = FIELD_TIME,
	 .offset = SETTING(pressure_transition),
	 .fallback = "5m",
	 .low = 0,
	 .high = 1e6,
	 .meaning = "a pressure condition stays True so long after its signal was last met",
	 .source = TYPES},
	{.name = "evictionMaxPodGracePeriod",
	 .kind = FIELD_INT64,
	 .offset = SETTING(max_pod_grace),
	 .fallback = "0",
	 .low = -1,
	 .high = 1e6,
	 .unit = "seconds",
	 .meaning = "longest grace of a pod that a soft threshold evicts; negative: its own",
	 .source = TYPES},
	{.name = "mergeDefaultEvictionSettings",
	 .kind = FIELD_BOOL,
	 .offset = SETTING(merge_defaults),
	 .fallback = "false",
	 .meaning = "evictionHard leaves the defaults of signals that it does not name",
	 .source = TYPES},
	{.name = "shutdownGracePeriod",
	 .kind = FIELD_TIME,
	 .offset = SETTING(shutdown_grace),
	 .fallback = "0s",
	 .low = 0,
	 .high = 1e6,
	 .meaning = "graceful node shutdown: how long a machine that is shut down waits for its pods; 0: not at all",
	 .source = TYPES},
	{.name = "shutdownGracePeriodCriticalPods",
	 .kind = FIELD_TIME,
	 .offset = SETTING(shutdown_grace_critical),
	 .fallback = "0s",
	 .low = 0,
	 .high = 1e6,
	 .meaning = "the part of shutdownGracePeriod that is kept for critical pods",
	 .source = TYPES},
	{.name = "shutdownGracePeriodByPodPriority",
	 .kind = FIELD_CUSTOM,
	 .read = read_priorities,
	 .rows = priority_fields,
	 .type = "list",
	 .meaning = "instead of the two above: pods from each priority on have so long, one group after another",
	 .source = TYPES},
	{.name = "pidMax",
	 .kind = FIELD_INT64,
	 .offset = SETTING(pid_max),
	 .fallback = "32768",
	 .low = 100,
	 .high = 4194304,
	 .unit = "processes",
	 .meaning = "processes that a node can run (kernel.pid_max; not a field of KubeletConfiguration)",
	 .source = "a guess: the kernel's default up to 32 CPUs"},
	{.name = NULL}};

static const struct eviction_threshold hard_defaults[EVICTION_SIGNALS] = {
	[SIGNAL_MEMORY] = {true, false, 100 << 20},
	[SIGNAL_NODEFS] = {true, true, 0.10},
	[SIGNAL_IMAGEFS] = {true, true, 0.15},
};

/* What the kubelet refuses to start with (pkg/kubelet/eviction/helpers.go, apis/config/validation). */
static void check(struct field_context *c, const struct kubelet_settings *k, const struct yaml_node *at)
{
	for (uint32_t s = 0; s < EVICTION_SIGNALS; s++)
		if (k->soft[s].present && k->soft_grace[s] < 0) {
			diag_error(c->diag, yaml_mark(at), "evictionSoft: %s has no grace period", signals[s]);
			diag_help(c->diag, "add evictionSoftGracePeriod: {%s: 1m30s}", signals[s]);
		}
	if (k->shutdown_grace_critical > k->shutdown_grace)
		diag_error(c->diag, yaml_mark(at),
			   "shutdownGracePeriodCriticalPods is a part of shutdownGracePeriod, and longer than it");
	if (k->shutdown_priorities > 0 && k->shutdown_grace > 0)
		diag_error(c->diag, yaml_mark(at),
			   "shutdownGracePeriodByPodPriority and shutdownGracePeriod exclude each other");
	if (k->shutdown_priorities > 0 && !version_shutdown_by_priority(c->variant))
		diag_error(c->diag, yaml_mark(at),
			   "shutdownGracePeriodByPodPriority is on by default since Kubernetes 1.24, not in 1.%d",
			   c->variant);
	if (k->shutdown_grace > 0 && !version_graceful_shutdown(c->variant))
		diag_error(c->diag, yaml_mark(at),
			   "graceful node shutdown is on by default since Kubernetes 1.21, not in 1.%d", c->variant);
}

void scenario_kubelet(struct scenario *s, struct field_context *c, const struct yaml_node *map)
{
	struct kubelet_settings *k = &s->kubelet;

	field_defaults(c, kubelet_fields, k);
	memcpy(k->hard, hard_defaults, sizeof(k->hard));
	for (uint32_t i = 0; i < EVICTION_SIGNALS; i++)
		k->soft_grace[i] = -1;
	if (yaml_is_null(map) || !field_read_map(c, kubelet_fields, map, k, "kubelet"))
		return;
	for (uint32_t i = 0; i < EVICTION_SIGNALS && k->merge_defaults; i++)
		if (!k->hard[i].present)
			k->hard[i] = hard_defaults[i];
	check(c, k, map);
}
