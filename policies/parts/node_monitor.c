/* node_monitor.c - monitor passes: every --node-monitor-period each node's newest heartbeat is judged by the detector.
 *
 * A pass in which nothing can change is not run: with lazy heartbeats the controller is alerted when a node's
 * heartbeats stop or resume, looks at that node in the passes that follow, and knows from the rhythm of passes when
 * those that were not run would have seen what.
 */
#include "policies/parts/node_monitor.h"

#include <stdlib.h>

#include "models/versions.h"

/* A heartbeat seen this long after an alert was sent after it: far more than any heartbeat's travel time. */
#define ALERT_MARGIN SECONDS(1)
/* From a process's first pass to its first look at the taint queues; measured, as the time in which a taint went and
 * came back (11.4). */
#define FIRST_POLL MILLIS(40)

sim_time monitor_cycle(const struct control_call *c)
{
	return c->view->scenario->timers.node_monitor_period + dist_mean(&c->view->scenario->latencies.monitor_pass);
}

int64_t monitor_workers(const struct timers *t, int kubernetes)
{
	(void)t;
	return version_serial_monitor(kubernetes) ? 1 : 8; /* nodes are checked 8 at a time since parallel processing */
}

/* ---- the rhythm of passes ---- */

/* Only a pass that took longer than a calm one breaks the rhythm; otherwise the one there goes on. */
static void new_rhythm(const struct control_call *c, struct monitor *s, sim_time first)
{
	struct monitor_rhythm *newest = &s->rhythm[(s->rhythms - 1) % MONITOR_RHYTHMS];

	if (s->rhythms > 0 && first == newest->last + monitor_cycle(c)) {
		newest->last = SIM_NEVER;
		return;
	}
	s->rhythm[s->rhythms++ % MONITOR_RHYTHMS] = (struct monitor_rhythm){.first = first, .last = SIM_NEVER};
}

/* The first pass at or after t, whether it was run or not. t lies within the last rhythms or in the future. */
static sim_time pass_at_or_after(const struct control_call *c, const struct monitor *s, sim_time t)
{
	uint32_t oldest = s->rhythms > MONITOR_RHYTHMS ? s->rhythms - MONITOR_RHYTHMS : 0;
	sim_time cycle = monitor_cycle(c);

	for (uint32_t i = oldest; i < s->rhythms; i++) {
		const struct monitor_rhythm *r = &s->rhythm[i % MONITOR_RHYTHMS];
		sim_time at = t <= r->first ? r->first : r->first + (t - r->first + cycle - 1) / cycle * cycle;

		if (at <= r->last)
			return at;
	}
	return t;
}

/* Sees to it that a pass runs at the first opportunity after t. */
static void want_pass(struct control_call *c, struct monitor *s, sim_time t)
{
	if (s->in_pass)
		return; /* decided at its end */
	sim_time at = pass_at_or_after(c, s, t > c->now ? t : c->now);
	if (s->next_pass != 0 && s->next_pass <= at)
		return;
	s->next_pass = at;
	decide_timer(c->out, at, 0, TIMER_PASS);
}

/* ---- nodes ---- */

void monitor_list_node(struct monitor *s, uint32_t node, sim_time look_at)
{
	struct monitor_node *m = &s->node[node];

	m->look_at = m->listed && m->look_at < look_at ? m->look_at : look_at;
	if (!m->listed) {
		s->unsorted |= s->listed_count > 0 && s->listed[s->listed_count - 1] > node;
		s->listed[s->listed_count++] = node;
	}
	m->listed = true;
}

static int by_row(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

bool monitor_tainted(const struct node *n, uint32_t key)
{
	for (uint32_t i = 0; i < n->taint_count; i++)
		if (n->taint[i].effect == EFFECT_NO_EXECUTE && n->taint[i].key == key)
			return true;
	return false;
}

void monitor_taint(struct control_call *c, enum api_verb verb, uint32_t node, uint32_t key, uint32_t instead_of)
{
	struct api_call call = api_call(verb);

	call.node = node;
	call.key = key;
	call.number = instead_of;
	call.effect = EFFECT_NO_EXECUTE;
	decide_call(c->out, call);
}

void monitor_untaint(struct control_call *c, uint32_t node)
{
	const uint32_t keys[] = {c->view->key.not_ready, c->view->key.unreachable};

	for (int k = 0; k < 2; k++)
		if (monitor_tainted(&c->view->nodes.row[node], keys[k]))
			monitor_taint(c, API_REMOVE_TAINT, node, keys[k], 0);
}

/* ---- a pass ---- */

/* How long a node may be silent: --node-startup-grace-period while Ready has never been written (2.1, 2.2). */
static sim_time limit(struct control_call *c, struct monitor *s, uint32_t node)
{
	if (c->view->nodes.row[node].ready == READY_UNSET)
		return c->view->scenario->timers.node_startup_grace_period;
	return s->detector->limit(c, s, node);
}

/* The instant after which node is held to be gone unless another heartbeat is seen. */
static sim_time deadline(struct control_call *c, struct monitor *s, uint32_t node)
{
	const struct monitor_node *m = &s->node[node];
	sim_time arrived = m->seen > m->from ? m->seen : m->from;

	return time_add(s->detector->from_arrival ? arrived : m->probe, limit(c, s, node));
}

/* Node n as this pass sees it. Returns the Ready value after it. */
static uint8_t judge_node(struct control_call *c, struct monitor *s, uint32_t node)
{
	const struct node *n = &c->view->nodes.row[node];
	struct monitor_node *m = &s->node[node];
	sim_time seen = c->view->heartbeat_seen(c->view->model, node, c->now);

	if (!m->known) {
		m->known = true;
		m->probe = m->from = c->now;
		m->seen = seen;
		monitor_untaint(c, node);
	} else if (seen > m->seen) {
		m->seen = seen;
		m->probe = pass_at_or_after(c, s, seen);
	}
	if (c->now <= deadline(c, s, node) || n->ready == READY_UNKNOWN)
		return n->ready;
	m->marks_pods = n->ready == READY_TRUE;
	s->working = true;
	decide_queue(c->out, node);
	return READY_UNKNOWN;
}

/* Taints follow the state before the pass's own change: hence one period after Ready=Unknown. */
static bool taint_node(struct control_call *c, struct monitor *s, uint32_t node, uint8_t observed, bool new)
{
	const struct node *n = &c->view->nodes.row[node];
	const struct taint_keys *k = &c->view->key;
	uint32_t right = observed == READY_FALSE ? k->not_ready : k->unreachable;
	uint32_t wrong = observed == READY_FALSE ? k->unreachable : k->not_ready;

	/* Not in the API yet, so there is nothing to write a taint for (doNoExecuteTaintingPass). */
	if (observed == READY_UNSET)
		return true;
	if (observed == READY_TRUE) {
		bool has = monitor_tainted(n, right) || monitor_tainted(n, wrong);

		monitor_untaint(c, node);
		s->node[node].ticket = 0;
		return !has;
	}
	/* What a node new to this process carries is being taken off, and comes back through the queue (11.4). */
	if (monitor_tainted(n, right) && !new)
		return true;
	if (monitor_tainted(n, wrong) && !new)
		monitor_taint(c, API_SWAP_TAINT, node, right, wrong);
	else
		monitor_queue_taint(c, s, node);
	return false;
}

static void uncount(struct monitor *s, uint32_t node)
{
	struct monitor_node *m = &s->node[node];

	if (m->counted)
		*(m->ready ? &s->zone[m->zone].ready : &s->zone[m->zone].not_ready) -= 1;
	m->counted = false;
	s->zones_changed = true;
}

static void count_node(struct control_call *c, struct monitor *s, uint32_t node, bool ready)
{
	struct monitor_node *m = &s->node[node];
	struct monitor_zone *z = &s->zone[c->view->nodes.row[node].zone];

	if (m->counted && m->ready == ready && m->zone == c->view->nodes.row[node].zone)
		return;
	uncount(s, node);
	m->zone = c->view->nodes.row[node].zone;
	*(ready ? &z->ready : &z->not_ready) += 1;
	m->counted = true;
	m->ready = ready;
	s->zones_changed = true;
}

/* Looks at one node; true when the next pass has to look again, look_at saying when. */
static bool look(struct control_call *c, struct monitor *s, uint32_t node)
{
	struct monitor_node *m = &s->node[node];
	const struct node *n = &c->view->nodes.row[node];
	bool new = !m->known;

	if (!n->exists)
		return false;
	uint8_t observed = n->ready, current = judge_node(c, s, node);
	bool settled = taint_node(c, s, node, observed, new) && !new;

	count_node(c, s, node, current == READY_TRUE);
	if (!settled || observed != current) {
		m->look_at = c->now;
		return true;
	}
	if (observed == READY_UNSET) {
		m->look_at = deadline(c, s, node) + 1;
		return true;
	}
	/* Unknown, tainted: only a heartbeat changes that, and the node's own status write tells. One whose kubelet
	 * says that it is not Ready may fall silent as any other. */
	if (observed == READY_UNKNOWN)
		return false;
	m->look_at = deadline(c, s, node) + 1;
	return m->seen <= m->alerted + ALERT_MARGIN || s->detector->tight(c);
}

static bool exempt_from_lists(const struct control_call *c)
{
	return c->view->scenario->explicit_heartbeats;
}

static void run_pass(struct control_call *c, struct monitor *s)
{
	uint32_t kept = 0;

	s->next_pass = 0;
	s->in_pass = true;
	s->pass_due_end = false;
	s->working = false;
	s->rhythm[(s->rhythms - 1) % MONITOR_RHYTHMS].last = c->now;
	if (exempt_from_lists(c)) {
		for (uint32_t i = 0; i < c->view->nodes.count; i++)
			look(c, s, i);
	} else {
		if (s->unsorted)
			qsort(s->listed, s->listed_count, sizeof(*s->listed), by_row);
		s->unsorted = false;
		for (uint32_t i = 0; i < s->listed_count; i++) {
			uint32_t node = s->listed[i];

			s->node[node].listed = s->node[node].look_at > c->now || look(c, s, node);
			if (s->node[node].listed)
				s->listed[kept++] = node;
		}
		s->listed_count = kept;
	}
	decide_timer(c->out, c->now + dist_mean(&c->view->scenario->latencies.monitor_pass), 0, TIMER_PASS_END);
}

static void end_pass(struct control_call *c, struct monitor *s)
{
	sim_time next = c->now + c->view->scenario->timers.node_monitor_period, want = SIM_NEVER;

	s->in_pass = false;
	monitor_handle_zones(c, s);
	s->zones_changed = s->changed_in_pass;
	s->changed_in_pass = false;
	new_rhythm(c, s, next);
	for (uint32_t i = 0; i < s->listed_count; i++)
		if (s->node[s->listed[i]].look_at < want)
			want = s->node[s->listed[i]].look_at;
	if (exempt_from_lists(c) || s->zones_changed)
		want = next;
	if (want != SIM_NEVER)
		want_pass(c, s, want > next ? want : next);
}

/* ---- the controller ---- */

/* A new zone's limiter has a full bucket (11.4). */
static void know_zones(struct control_call *c, struct monitor *s)
{
	ARENA_RESERVE(c->arena, s->zone, s->zone_capacity, c->view->zone_count, struct monitor_zone);
	for (; s->zones < c->view->zone_count; s->zones++)
		s->zone[s->zones] =
			(struct monitor_zone){.rate = c->view->scenario->timers.node_eviction_rate, .token_at = c->now};
}

void monitor_start(struct control_call *c, const struct monitor_detector *detector)
{
	struct monitor *s = c->state;
	uint32_t n = c->view->nodes.count;

	s->node = ARENA_NEW(c->arena, n, struct monitor_node);
	s->listed = ARENA_NEW(c->arena, n, uint32_t);
	s->origin = time_add(c->now, FIRST_POLL);
	s->detector = detector;
	/* Later than time 0 a node may have been silent for long, so all are looked at until a heartbeat is seen. */
	for (uint32_t i = 0; i < n; i++) {
		s->node[i].alerted =
			c->now > 0 ? c->now
				   : -2 * ALERT_MARGIN - c->view->scenario->timers.node_status_report_frequency;
		if (c->view->nodes.row[i].exists)
			monitor_list_node(s, i, c->now);
	}
	know_zones(c, s);
	/* At time 0 the process has been running for long: its rhythm has any phase. Later it starts with a pass. */
	new_rhythm(c, s, c->now == 0 ? (sim_time)(rng_unit(c->rng) * (double)monitor_cycle(c)) : c->now);
	want_pass(c, s, c->now);
}

void monitor_notice(struct control_call *c, const struct change *change)
{
	struct monitor *s = c->state;

	know_zones(c, s);
	if (change->what & CHANGED_REMOVED && !c->view->nodes.row[change->row].exists) {
		bool changed = s->zones_changed;

		uncount(s, change->row);
		/* A pass under way speaks of the nodes that it began with. */
		s->zones_changed = changed || !s->in_pass;
		s->changed_in_pass |= s->in_pass;
		s->node[change->row].known = false;
		s->node[change->row].ticket = 0;
		want_pass(c, s, c->now);
		return;
	}
	if (change->what & CHANGED_ADDED)
		s->node[change->row].alerted = c->now;
	if (!(change->what & (CHANGED_READY | CHANGED_ADDED | CHANGED_LABELS)) ||
	    !c->view->nodes.row[change->row].exists)
		return;
	monitor_list_node(s, change->row, c->now);
	want_pass(c, s, c->now);
}

void monitor_alert(struct control_call *c, uint32_t node)
{
	struct monitor *s = c->state;

	if (!c->view->nodes.row[node].exists)
		return;
	s->node[node].alerted = c->now;
	monitor_list_node(s, node, c->now);
	s->node[node].look_at = c->now;
	want_pass(c, s, c->now);
}

/* A worker of the pass writes one silent node's status, then each of its pods' (2.2 steps 3 and 5), one call after
 * another. */
void monitor_reconcile(struct control_call *c, uint32_t node)
{
	const struct node *n = &c->view->nodes.row[node];
	struct monitor *s = c->state;
	const struct monitor_node *m = &s->node[node];
	struct api_call call = api_call(API_NODE_READY);

	/* In a mass failure the worker comes late: it reads the lease afresh, and the node may have come back. */
	if (!n->exists || c->now <= deadline(c, s, node) ||
	    c->view->heartbeat_seen(c->view->model, node, c->now) > m->seen)
		return;
	call.node = node;
	call.number = READY_UNKNOWN;
	call.object = (uint32_t)(limit(c, s, node) / MILLIS(1));
	decide_call(c->out, call);
	for (uint32_t p = n->first_pod; p != NONE && m->marks_pods; p = c->view->pod[p].next_on_node) {
		if (!c->view->pod[p].ready)
			continue;
		call = api_call(API_POD_NOT_READY);
		call.pod = p;
		decide_then(c->out);
		decide_call(c->out, call);
	}
}

void monitor_idle(struct control_call *c)
{
	struct monitor *s = c->state;

	s->working = false;
	if (s->in_pass && s->pass_due_end)
		end_pass(c, s);
}

void monitor_timer(struct control_call *c, uint32_t key, uint32_t arg)
{
	struct monitor *s = c->state;

	if (arg == TIMER_QUEUE && s->zone[key].timer_at == c->now)
		monitor_serve_queue(c, s, key);
	if (arg == TIMER_PASS && s->next_pass == c->now && !s->in_pass)
		run_pass(c, s);
	if (arg == TIMER_PASS_END) {
		s->pass_due_end = true;
		if (!s->working)
			end_pass(c, s);
	}
}
