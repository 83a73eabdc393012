/* kubectl_events.c - kubectl get events, and the events in a description. Equal ones are counted, as recorders do. */
#include <inttypes.h>
#include <string.h>

#include "report/events.h"
#include "report/looks/identity.h"
#include "report/looks/kubectl.h"

/* The API server keeps an event for --event-ttl, 1 h by default, from when it was last written (recalled). */
#define EVENT_TTL SECONDS(3600)

/* Events with the same object, reason and message. */
struct counted {
	const struct events_row *event;
	sim_time first, last;
	uint32_t count;
};

/* Those of one object ("pod/web-1"), or of all when object is NULL, that are still kept; in order of their first. */
static struct counted *collect(const struct kubectl *k, const char *object, const char *namespace, uint32_t *count)
{
	uint32_t rows, n = 0;
	const struct events_row *row = events_of(k->outcome, k->arena, &rows);
	struct counted *c = ARENA_NEW(k->arena, rows, struct counted);
	struct names seen; /* the n-th text that is new has id n */

	names_init(&seen, k->arena, NULL);
	for (uint32_t i = 0; i < rows; i++) {
		if (row[i].at < k->look->at - EVENT_TTL ||
		    (object != NULL &&
		     (strcmp(row[i].object, object) != 0 || strcmp(row[i].namespace, namespace) != 0)))
			continue;
		const uint32_t at = names_intern(&seen, text_format(k->arena, "%s %s %s %s", row[i].namespace,
								    row[i].object, row[i].reason, row[i].message)) -
				    1;
		if (at == n)
			c[n++] = (struct counted){.event = &row[i], .first = row[i].at};
		c[at].last = row[i].at;
		c[at].count++;
	}
	*count = n;
	return c;
}

/* Which component records such an event (recalled from upstream's recorders). */
static const char *component(const struct kubectl *k, const struct events_row *e)
{
	static const char *const known[][2] = {
		{"Scheduled", "default-scheduler"},
		{"FailedScheduling", "default-scheduler"},
		{"NodeNotReady", "node-controller"},
		{"FailedAttachVolume", "attachdetach-controller"},
		{"SuccessfulRescale", "horizontal-pod-autoscaler"},
		{"LeaderElection", ""},
	};

	if (strcmp(e->reason, "TaintManagerEviction") == 0)
		return k->look->scenario->kubernetes >= 29 ? "taint-eviction-controller" : "taint-controller";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(e->reason, known[i][0]) == 0)
			return known[i][1];
	if (strncmp(e->object, "pod/", 4) == 0 || strncmp(e->object, "node/", 5) == 0)
		return "kubelet";
	return text_format(k->arena, "%.*s-controller", (int)strcspn(e->object, "/"), e->object);
}

static const char *type(const struct events_row *e)
{
	return e->warning ? "Warning" : "Normal";
}

static void list(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;
	const bool wide = l->query->output == KUBECTL_WIDE;
	uint32_t count;
	const struct counted *c = collect(k, NULL, NULL, &count);

	l->nameless = true;
	kubectl_columns(l,
			wide ? "LAST SEEN|TYPE|REASON|OBJECT|SUBOBJECT|SOURCE|MESSAGE|FIRST SEEN|COUNT|NAME"
			     : "LAST SEEN|TYPE|REASON|OBJECT|MESSAGE",
			"");
	for (uint32_t i = 0; i < count; i++) {
		const struct events_row *e = c[i].event;
		const char *slash = strchr(e->object, '/');
		const char *name = text_format(k->arena, "%s.%.16s", slash != NULL ? slash + 1 : e->object,
					       identity_hex(k->arena, e->reason, e->message, (uint64_t)c[i].first));
		struct kubectl_row *r = kubectl_row_named(l, e->namespace, name, NULL, i, c[i].last);

		if (r == NULL)
			continue;
		const char *cell[] = {kubectl_age(k, c[i].last),
				      type(e),
				      e->reason,
				      e->object,
				      wide ? "" : e->message,
				      component(k, e),
				      e->message,
				      kubectl_age(k, c[i].first),
				      text_format(k->arena, "%" PRIu32, c[i].count),
				      name};
		memcpy(r->cell, cell, sizeof(cell));
	}
}

void kubectl_describe_events(const struct kubectl *k, const char *object, const char *namespace, struct text *out)
{
	uint32_t count;
	const struct counted *c = collect(k, object, namespace, &count);

	if (count == 0) {
		text_add(out, "Events:\t<none>\n");
		return;
	}
	text_add(out, "Events:\n  Type\tReason\tAge\tFrom\tMessage\n  ----\t------\t----\t----\t-------\n");
	for (uint32_t i = 0; i < count; i++) {
		const struct events_row *e = c[i].event;
		const char *age = kubectl_age(k, c[i].last);

		if (c[i].count > 1)
			age = text_format(k->arena, "%s (x%" PRIu32 " over %s)", age, c[i].count,
					  kubectl_age(k, c[i].first));
		text_printf(out, "  %s\t%s\t%s\t%s\t%s\n", type(e), e->reason, age, component(k, e), e->message);
	}
}

const struct kubectl_kind kubectl_kind_events = {
	.name = "events",
	.singular = "event",
	.group = "",
	.aliases = "ev",
	.namespaced = true,
	.list = list,
};
