/*
 * deeds.c - breaking things by hand.
 *
 * A deed is an entry of the scenario's failures or actions at the present instant. The scenario is loaded anew with it
 * and played to the same instant, so the run on the screen is at any time the run of a scenario, and what the user did
 * is printed at the end as lines of it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/watch/ui.h"

/* ON_WORKLOAD: the pod that is selected stands for its workload. */
enum deed_on { ON_NODE, ON_POD, ON_WORKLOAD, ON_HOST, ON_CLUSTER };

struct deed_kind {
	char key;
	uint8_t on; /* enum deed_on: what has to be selected */
	bool failure, asks_replicas;
	const char *words, *form; /* %s: the name of what is selected */
};

static const struct deed_kind kinds[] = {
	{'c', ON_NODE, true, false, "crash", "kind: node-crash, node: %s"},
	{'l', ON_NODE, true, false, "cut link", "kind: partition, node: %s"},
	{'k', ON_NODE, true, false, "stop kubelet", "kind: kubelet-stop, node: %s"},
	{'r', ON_NODE, true, false, "stop runtime", "kind: runtime-stop, node: %s"},
	{'b', ON_NODE, true, false, "reboot", "kind: reboot, node: %s"},
	{'d', ON_NODE, false, false, "drain", "kubectl: \"drain %s --ignore-daemonsets --force\""},
	{'o', ON_NODE, false, false, "cordon", "kubectl: \"cordon %s\""},
	{'u', ON_NODE, false, false, "uncordon", "kubectl: \"uncordon %s\""},
	{'t', ON_NODE, false, false, "taint NoExecute", "kubectl: \"taint nodes %s out=yes:NoExecute\""},
	{'e', ON_NODE, false, false, "delete", "kubectl: \"delete node %s\""},
	{'d', ON_POD, false, false, "delete", "kubectl: \"delete pod %s\""},
	{'f', ON_POD, false, false, "delete by force", "kubectl: \"delete pod %s --force --grace-period=0\""},
	{'s', ON_WORKLOAD, false, true, "scale its workload", "kubectl: \"scale %s --replicas=%s\""},
	{'x', ON_WORKLOAD, false, false, "restart its rollout", "kubectl: \"rollout restart %s\""},
	{'m', ON_HOST, true, false, "crash machine", "kind: master-crash, master: %s"},
	{'a', ON_HOST, true, false, "stop apiserver", "kind: component-stop, component: apiserver, master: %s"},
	{'c', ON_HOST, true, false, "stop controller-manager",
	 "kind: component-stop, component: controller-manager, master: %s"},
	{'s', ON_HOST, true, false, "stop scheduler", "kind: component-stop, component: scheduler, master: %s"},
	{'e', ON_HOST, true, false, "stop etcd", "kind: component-stop, component: etcd, master: %s"},
	{'p', ON_CLUSTER, true, false, "control plane out of reach", "kind: control-plane-outage"},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* What is selected in the view that is shown. */
static uint8_t selected_on(const struct ui *u)
{
	return u->view == VIEW_NODES && u->rows > 0   ? ON_NODE
	       : u->view == VIEW_PODS && u->rows > 0  ? ON_POD
	       : u->view == VIEW_PLANE && u->rows > 0 ? ON_HOST
						      : ON_CLUSTER;
}

/* "deployment/web -n shop": the pod's workload, in kubectl's words; NULL for a bare pod. */
static const char *workload_of(const struct ui *u, struct arena *a, uint32_t pod)
{
	static const struct {
		uint8_t kind;
		const char *word;
	} words[] = {{WORKLOAD_DEPLOYMENT, "deployment"},
		     {WORKLOAD_REPLICA_SET, "replicaset"},
		     {WORKLOAD_STATEFUL_SET, "statefulset"},
		     {WORKLOAD_DAEMON_SET, "daemonset"}};
	const struct pod *p = &u->look.view->pod[pod];

	if (p->workload == NONE)
		return NULL;
	const struct workload *w = &u->look.view->workload[p->workload];
	if (w->owner != NONE)
		w = &u->look.view->workload[w->owner];
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].kind == w->kind)
			return text_format(a, "%s/%s -n %s", words[i].word, ui_name(u, w->name),
					   ui_name(u, w->namespace));
	return NULL;
}

/* What a deed of that sort would be done to, in kubectl's words; NULL for nothing. */
static const char *subject(const struct ui *u, uint8_t on, struct arena *a, char buffer[HOST_NAME_MAX_LENGTH])
{
	const uint32_t row = u->selected[u->view];
	const struct pod *pod = &u->look.view->pod[row];

	switch (on) {
	case ON_NODE:
		return ui_node_name(u, row);
	case ON_POD:
		return text_format(a, "%s -n %s", ui_name(u, pod->name), ui_name(u, pod->namespace));
	case ON_WORKLOAD:
		return workload_of(u, a, row);
	case ON_HOST:
		return scenario_host_name(u->player->scenario, row, buffer);
	default:
		return "";
	}
}

/* Whether the deed can be done to what is selected. */
static bool is_open(const struct ui *u, const struct deed_kind *k, struct arena *a)
{
	const uint8_t on = selected_on(u);
	char buffer[HOST_NAME_MAX_LENGTH];

	if (k->on == ON_CLUSTER || k->on == on)
		return true;
	return k->on == ON_WORKLOAD && on == ON_POD && subject(u, ON_WORKLOAD, a, buffer) != NULL;
}

static void add_form(struct text *t, const struct deed_kind *kind, const char *name, const char *answer)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	text_printf(t, kind->form, name, answer);
#pragma GCC diagnostic pop
}

void deeds_open(struct ui *u)
{
	char buffer[HOST_NAME_MAX_LENGTH];
	struct text out;

	ui_list(u); /* onto one of its rows */
	const uint8_t on = selected_on(u);
	const char *name = on != ON_CLUSTER ? subject(u, on, &u->paint, buffer) : "the control plane";
	arena_empty(&u->page_memory);
	text_init(&out, &u->page_memory);
	for (size_t i = 0; i < KINDS; i++)
		if (is_open(u, &kinds[i], &u->page_memory)) {
			text_printf(&out, "%c  %-27s", kinds[i].key, kinds[i].words);
			add_form(&out, &kinds[i], subject(u, kinds[i].on, &u->paint, buffer), "N");
			text_add(&out, "\n");
		}
	ui_page(u, text_format(&u->page_memory, "break %s", name), out.data, true);
	u->running = false;
	u->prompt = PROMPT_BREAK;
	u->input[u->input_length = 0] = '\0';
}

/* A time of whole milliseconds, so that a Scenario reads it back exactly. */
static const char *exact_time(sim_time at, struct arena *a)
{
	char text[TIME_TEXT_MAX];
	sim_time again;

	if (time_parse(time_print(at, text), &again) && again == at)
		return text_format(a, "%s", text);
	return text_format(a, "%" PRId64 "ms", at / MILLIS(1));
}

/* The present instant, rounded up to whole milliseconds. */
static sim_time present(const struct ui *u)
{
	return (u->player->run.now + MILLIS(1) - 1) / MILLIS(1) * MILLIS(1);
}

static uint32_t entries(const struct scenario *s, bool failure)
{
	uint32_t count = 0;

	if (failure)
		return s->failure_count;
	for (uint32_t i = 0; i < s->action_count; i++)
		count += !s->action[i].follows;
	return count;
}

/* Adds the deed to the scenario and goes on from here. */
static void commit(struct ui *u, const struct deed_kind *kind, const char *answer)
{
	char buffer[HOST_NAME_MAX_LENGTH];
	struct arena *a = &u->deed_memory;
	const char *name = subject(u, kind->on, a, buffer);
	const sim_time at = present(u);
	struct text t;

	text_init(&t, a);
	text_printf(&t, "{at: %s, ", exact_time(at, a));
	add_form(&t, kind, name, answer);
	if (kind->failure && answer[0] != '\0')
		text_printf(&t, ", for: %s", answer);
	text_add(&t, "}");
	ARENA_RESERVE(a, u->deed, u->deed_capacity, u->deeds + 1, struct deed);
	u->deed[u->deeds++] = (struct deed){kind->failure, t.data,
					    text_format(a, "%s.%" PRIu32 "=%s", kind->failure ? "failures" : "actions",
							entries(u->player->scenario, kind->failure), t.data)};
	const char *said = text_format(a, "%s %s", kind->words, name);
	if (ui_reload(u, at))
		ui_say(u, "done: %s; U undoes it, space goes on", said);
	else
		u->deeds--;
}

void deeds_choose(struct ui *u, int key)
{
	u->prompt = PROMPT_NONE;
	u->page = NULL;
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].key != key || !is_open(u, &kinds[i], &u->paint))
			continue;
		u->doing = &kinds[i];
		u->input[u->input_length = 0] = '\0';
		if (!kinds[i].failure && !kinds[i].asks_replicas)
			commit(u, &kinds[i], "");
		else
			u->prompt = kinds[i].failure ? PROMPT_FOR : PROMPT_REPLICAS;
		return;
	}
}

void deeds_answer(struct ui *u)
{
	sim_time lasts;

	if (u->doing->failure && u->input[0] != '\0' && !time_parse(u->input, &lasts)) {
		ui_say(u, "\"%s\" is no time such as 30s or 2m", u->input);
		return;
	}
	if (u->doing->asks_replicas && (u->input[0] == '\0' || strspn(u->input, "0123456789") != strlen(u->input))) {
		ui_say(u, "\"%s\" is no number of replicas", u->input);
		return;
	}
	commit(u, u->doing, u->input);
}

void deeds_undo(struct ui *u)
{
	if (u->deeds == 0) {
		ui_say(u, "nothing was done by hand");
		return;
	}
	u->deeds--;
	if (ui_reload(u, u->player->run.now))
		ui_say(u, "undone: %s", u->deed[u->deeds].yaml);
	else
		u->deeds++;
}
