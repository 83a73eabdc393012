/* node_lifecycle.c - the node lifecycle controller: notices silent nodes, taints them NoExecute at each zone's pace.
 * Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go; kubernetes-control-plane.md 2.1-2.5, 2.7
 * and 11.1-11.6.
 *
 * Every --node-monitor-period a monitor pass compares each node's newest heartbeat with the grace period. A pass in
 * which nothing can change is not run: with lazy heartbeats the controller is alerted when a node's heartbeats stop or
 * resume, looks at that node in the passes that follow, and knows from the rhythm of passes when those that were not
 * run would have seen what.
 */
#include <stdlib.h>

#include "models/policy.h"
#include "models/versions.h"

enum timer_kind { TIMER_PASS, TIMER_PASS_END, TIMER_QUEUE };

/* The taint queues are polled every 100 ms (NodeEvictionPeriod). */
#define QUEUE_POLL MILLIS(100)
/* A heartbeat seen this long after an alert was sent after it: far more than any heartbeat's travel time. */
#define ALERT_MARGIN SECONDS(1)
/* At least so many nodes not ready, and more than two, make a zone partially disrupted. */
#define PARTIAL_MIN 2
#define RHYTHMS 8

/* RAM about one node. */
struct memory {
	sim_time seen;    /* newest heartbeat that a pass has seen */
	sim_time probe;   /* when: probeTimestamp */
	sim_time look_at; /* listed nodes: not before this */
	sim_time alerted;
	uint32_t ticket; /* its valid entry in the taint queue; 0: none */
	uint32_t zone;   /* row in which it is counted */
	bool known, listed, ready, counted, marks_pods;
};

struct entry {
	uint32_t node, ticket;
};

/* RAM about one zone. */
struct zone {
	uint8_t state; /* enum zone_state */
	uint32_t ready, not_ready;
	double rate;       /* taints per second */
	sim_time token_at; /* burst 1: when the next token is there */
	struct entry *queue;
	uint32_t head, count, capacity;
	sim_time timer_at; /* armed TIMER_QUEUE */
};

/* Passes at first, first + cycle, ..., last. The cycle of calm passes is broken by one that takes longer. */
struct rhythm {
	sim_time first, last;
};

struct state {
	struct memory *node;
	struct zone *zone;
	uint32_t zones, zone_capacity;
	uint32_t *listed; /* rows that the next passes look at */
	uint32_t listed_count;
	bool unsorted;
	struct rhythm rhythm[RHYTHMS]; /* ring; newest last */
	uint32_t rhythms;
	sim_time next_pass; /* armed TIMER_PASS, or 0 */
	sim_time origin;    /* phase of the 100 ms poll */
	uint32_t next_ticket;
	bool in_pass, pass_due_end, working, zones_changed;
};

/* --node-startup-grace-period counts while Ready has never been written (2.1, 2.2). */
static sim_time grace_of(const struct control_call *c, const struct node *n)
{
	const struct timers *t = &c->view->scenario->timers;

	return n->ready == READY_UNSET ? t->node_startup_grace_period : t->node_monitor_grace_period;
}

static sim_time calm_cycle(const struct control_call *c)
{
	return c->view->scenario->timers.node_monitor_period + dist_mean(&c->view->scenario->latencies.monitor_pass);
}

/* Whether even a healthy node's heartbeats may come too late for the grace period, so that no pass may be left out: two
 * renewals with their jitter and a pass between them. */
static bool tight(const struct control_call *c)
{
	const struct timers *t = &c->view->scenario->timers;
	sim_time renewal = t->node_lease_duration / 4;

	renewal += renewal / 16 + dist_mean(&c->view->scenario->latencies.heartbeat);
	return t->node_monitor_grace_period < 2 * renewal + calm_cycle(c);
}

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	return version_serial_monitor(kubernetes) ? 1 : 8; /* nodes are checked 8 at a time since parallel processing */
}

/* ---- the rhythm of passes ---- */

/* Only a pass that took longer than a calm one breaks the rhythm; otherwise the one there goes on. */
static void new_rhythm(const struct control_call *c, struct state *s, sim_time first)
{
	struct rhythm *newest = &s->rhythm[(s->rhythms - 1) % RHYTHMS];

	if (s->rhythms > 0 && first == newest->last + calm_cycle(c)) {
		newest->last = SIM_NEVER;
		return;
	}
	s->rhythm[s->rhythms++ % RHYTHMS] = (struct rhythm){.first = first, .last = SIM_NEVER};
}

/* The first pass at or after t, whether it was run or not. t lies within the last rhythms or in the future. */
static sim_time pass_at_or_after(const struct control_call *c, const struct state *s, sim_time t)
{
	uint32_t oldest = s->rhythms > RHYTHMS ? s->rhythms - RHYTHMS : 0;
	sim_time cycle = calm_cycle(c);

	for (uint32_t i = oldest; i < s->rhythms; i++) {
		const struct rhythm *r = &s->rhythm[i % RHYTHMS];
		sim_time at = t <= r->first ? r->first : r->first + (t - r->first + cycle - 1) / cycle * cycle;

		if (at <= r->last)
			return at;
	}
	return t;
}

/* Sees to it that a pass runs at the first opportunity after t. */
static void want_pass(struct control_call *c, struct state *s, sim_time t)
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

static void list_node(struct state *s, uint32_t node, sim_time look_at)
{
	struct memory *m = &s->node[node];

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

static bool tainted(const struct node *n, uint32_t key)
{
	for (uint32_t i = 0; i < n->taint_count; i++)
		if (n->taint[i].effect == EFFECT_NO_EXECUTE && n->taint[i].key == key)
			return true;
	return false;
}

static void taint_call(struct control_call *c, enum api_verb verb, uint32_t node, uint32_t key, uint32_t instead_of)
{
	struct api_call call = api_call(verb);

	call.node = node;
	call.key = key;
	call.number = instead_of;
	call.effect = EFFECT_NO_EXECUTE;
	decide_call(c->out, call);
}

static void remove_taints(struct control_call *c, uint32_t node)
{
	const uint32_t keys[] = {c->view->key.not_ready, c->view->key.unreachable};

	for (int k = 0; k < 2; k++)
		if (tainted(&c->view->nodes.row[node], keys[k]))
			taint_call(c, API_REMOVE_TAINT, node, keys[k], 0);
}

/* ---- taint queues ---- */

static void arm_queue(struct control_call *c, struct state *s, uint32_t z)
{
	struct zone *q = &s->zone[z];
	sim_time at = c->now > q->token_at ? c->now : q->token_at;

	if (q->count == 0 || q->rate <= 0 || at > SIM_NEVER / 2)
		return;
	at = s->origin + (at - s->origin + QUEUE_POLL - 1) / QUEUE_POLL * QUEUE_POLL;
	if (q->timer_at >= c->now && q->timer_at <= at && q->timer_at != 0)
		return;
	q->timer_at = at;
	decide_timer(c->out, at, z, TIMER_QUEUE);
}

static bool is_void(const struct control_call *c, const struct state *s, struct entry e)
{
	return s->node[e.node].ticket != e.ticket && !version_taint_queue_duplicates(c->view->scenario->kubernetes);
}

/* Moves the queue to the front of its memory, without the entries that were taken out. */
static void drop_void(const struct control_call *c, const struct state *s, struct zone *q)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < q->count; i++)
		if (!is_void(c, s, q->queue[q->head + i]))
			q->queue[kept++] = q->queue[q->head + i];
	q->head = 0;
	q->count = kept;
}

/* 1.20 forgets that a waiting node is queued and pushes it again each pass; a stale duplicate costs a token later
 * (11.1). Later versions take it out first, so that it loses its place and no token. */
static void queue_taint(struct control_call *c, struct state *s, uint32_t node)
{
	uint32_t z = c->view->nodes.row[node].zone;
	struct zone *q = &s->zone[z];

	if (s->node[node].ticket == 0 || !version_taint_queue_duplicates(c->view->scenario->kubernetes))
		s->node[node].ticket = ++s->next_ticket;
	if (q->head + q->count == q->capacity)
		drop_void(c, s, q);
	ARENA_RESERVE(c->arena, q->queue, q->capacity, q->head + q->count + 1, struct entry);
	q->queue[q->head + q->count++] = (struct entry){.node = node, .ticket = s->node[node].ticket};
	arm_queue(c, s, z);
}

/* A token is there: the first node in the queue gets its taint. */
static void serve_queue(struct control_call *c, struct state *s, uint32_t z)
{
	struct zone *q = &s->zone[z];

	q->timer_at = 0;
	if (q->rate <= 0 || c->now < q->token_at) {
		arm_queue(c, s, z);
		return;
	}
	while (q->count > 0) {
		struct entry e = q->queue[q->head++];
		const struct node *n = &c->view->nodes.row[e.node];
		uint32_t key = n->ready == READY_FALSE ? c->view->key.not_ready : c->view->key.unreachable;
		uint32_t other = n->ready == READY_FALSE ? c->view->key.unreachable : c->view->key.not_ready;

		q->count--;
		if (!n->exists || is_void(c, s, e))
			continue;
		q->token_at = time_add(c->now, time_from_seconds(1.0 / q->rate));
		if (n->ready != READY_TRUE)
			taint_call(c, tainted(n, other) ? API_SWAP_TAINT : API_ADD_TAINT, e.node, key, other);
		break;
	}
	arm_queue(c, s, z);
}

/* A new bucket starts empty if the old one had no token at that moment. */
static void set_rate(struct control_call *c, struct state *s, uint32_t z, double rate)
{
	struct zone *q = &s->zone[z];
	bool had_token = q->rate > 0 && c->now >= q->token_at;

	if (q->rate == rate)
		return;
	q->rate = rate;
	q->token_at = had_token || rate <= 0 ? c->now : time_add(c->now, time_from_seconds(1.0 / rate));
	arm_queue(c, s, z);
}

/* ---- a pass ---- */

/* Node n as this pass sees it. Returns the Ready value after it. */
static uint8_t judge_node(struct control_call *c, struct state *s, uint32_t node)
{
	const struct node *n = &c->view->nodes.row[node];
	struct memory *m = &s->node[node];
	sim_time seen = c->view->heartbeat_seen(c->view->model, node, c->now);

	if (!m->known) {
		m->known = true;
		m->probe = c->now;
		m->seen = seen;
		remove_taints(c, node);
	} else if (seen > m->seen) {
		m->seen = seen;
		m->probe = pass_at_or_after(c, s, seen);
	}
	if (c->now <= m->probe + grace_of(c, n) || n->ready == READY_UNKNOWN)
		return n->ready;
	m->marks_pods = n->ready == READY_TRUE;
	s->working = true;
	decide_queue(c->out, node);
	return READY_UNKNOWN;
}

/* Taints follow the state before the pass's own change: hence one period after Ready=Unknown. */
static bool taint_node(struct control_call *c, struct state *s, uint32_t node, uint8_t observed)
{
	const struct node *n = &c->view->nodes.row[node];
	const struct taint_keys *k = &c->view->key;
	uint32_t right = observed == READY_FALSE ? k->not_ready : k->unreachable;
	uint32_t wrong = observed == READY_FALSE ? k->unreachable : k->not_ready;

	/* Not in the API yet, so there is nothing to write a taint for (doNoExecuteTaintingPass). */
	if (observed == READY_UNSET)
		return true;
	if (observed == READY_TRUE) {
		bool has = tainted(n, right) || tainted(n, wrong);

		remove_taints(c, node);
		s->node[node].ticket = 0;
		return !has;
	}
	if (tainted(n, right))
		return true;
	if (tainted(n, wrong))
		taint_call(c, API_SWAP_TAINT, node, right, wrong);
	else
		queue_taint(c, s, node);
	return false;
}

static void uncount(struct state *s, uint32_t node)
{
	struct memory *m = &s->node[node];

	if (m->counted)
		*(m->ready ? &s->zone[m->zone].ready : &s->zone[m->zone].not_ready) -= 1;
	m->counted = false;
	s->zones_changed = true;
}

static void count_node(struct control_call *c, struct state *s, uint32_t node, bool ready)
{
	struct memory *m = &s->node[node];
	struct zone *z = &s->zone[c->view->nodes.row[node].zone];

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
static bool look(struct control_call *c, struct state *s, uint32_t node)
{
	struct memory *m = &s->node[node];
	const struct node *n = &c->view->nodes.row[node];
	bool new = !m->known; /* its taints are being removed */

	if (!n->exists)
		return false;
	uint8_t observed = n->ready, current = judge_node(c, s, node);
	bool settled = taint_node(c, s, node, observed) && !new;

	count_node(c, s, node, current == READY_TRUE);
	if (!settled || observed != current) {
		m->look_at = c->now;
		return true;
	}
	if (observed == READY_UNSET) {
		m->look_at = m->probe + grace_of(c, n) + 1;
		return true;
	}
	/* Unknown, tainted: only a heartbeat changes that, and the node's own status write tells. */
	if (observed != READY_TRUE)
		return false;
	m->look_at = m->probe + c->view->scenario->timers.node_monitor_grace_period + 1;
	return m->seen <= m->alerted + ALERT_MARGIN || tight(c);
}

static bool exempt_from_lists(const struct control_call *c)
{
	return c->view->scenario->explicit_heartbeats;
}

static void run_pass(struct control_call *c, struct state *s)
{
	uint32_t kept = 0;

	s->next_pass = 0;
	s->in_pass = true;
	s->pass_due_end = false;
	s->working = false;
	s->rhythm[(s->rhythms - 1) % RHYTHMS].last = c->now;
	if (exempt_from_lists(c)) {
		for (uint32_t i = 0; i < c->view->nodes.count; i++)
			look(c, s, i); /* of those that exist */
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

/* ---- zones, at the end of a pass ---- */

static enum zone_state state_of(const struct control_call *c, const struct zone *z)
{
	const struct timers *t = &c->view->scenario->timers;
	uint32_t all = z->ready + z->not_ready;

	if (z->ready == 0 && z->not_ready > 0)
		return ZONE_FULL;
	if (z->not_ready > PARTIAL_MIN && (double)z->not_ready / (double)all >= t->unhealthy_zone_threshold)
		return ZONE_PARTIAL;
	return ZONE_NORMAL;
}

static double rate_of(const struct control_call *c, const struct zone *z, enum zone_state state)
{
	const struct timers *t = &c->view->scenario->timers;

	if (state != ZONE_PARTIAL)
		return t->node_eviction_rate;
	return z->ready + z->not_ready > t->large_cluster_size_threshold ? t->secondary_node_eviction_rate : 0;
}

static void tell_zone(struct control_call *c, uint32_t z, const struct zone *zone)
{
	struct fact f = {.kind = FACT_ZONE_STATE,
			 .flag = zone->state,
			 .node = FACT_NONE,
			 .pod = FACT_NONE,
			 .object = c->view->zone_name[z],
			 .a = zone->not_ready,
			 .b = zone->ready,
			 .c = (int64_t)(zone->rate * 1e6 + 0.5)};

	decide_tell(c->out, f);
}

static void set_zone(struct control_call *c, struct state *s, uint32_t z, enum zone_state state, double rate)
{
	enum zone_state was = s->zone[z].state;

	s->zone[z].state = (uint8_t)state;
	set_rate(c, s, z, rate);
	if (was != state && !(was == ZONE_INITIAL && state == ZONE_NORMAL))
		tell_zone(c, z, &s->zone[z]);
}

/* Every zone is fully disrupted: the master is taken to be cut off, so nothing is evicted. */
static void enter_master_disruption(struct control_call *c, struct state *s)
{
	for (uint32_t i = 0; i < c->view->nodes.count; i++) {
		if (!c->view->nodes.row[i].exists)
			continue;
		remove_taints(c, i);
		s->node[i].ticket = 0;
		list_node(s, i, c->now);
	}
	for (uint32_t z = 0; z < c->view->zone_count; z++) {
		s->zone[z].head = s->zone[z].count = 0;
		set_zone(c, s, z, ZONE_FULL, 0);
	}
}

static void leave_master_disruption(struct control_call *c, struct state *s)
{
	for (uint32_t i = 0; i < c->view->nodes.count; i++) {
		s->node[i].probe = c->now;
		s->node[i].seen = c->view->heartbeat_seen(c->view->model, i, c->now);
	}
}

static void handle_disruption(struct control_call *c, struct state *s)
{
	uint32_t zones = c->view->zone_count;
	bool all_full = zones > 0, was_full = zones > 0;

	if (!s->zones_changed)
		return;
	s->zones_changed = false;
	for (uint32_t z = 0; z < zones; z++) {
		/* A zone without nodes has no say (handleDisruption goes over the zones of nodes). */
		if (s->zone[z].ready + s->zone[z].not_ready == 0)
			continue;
		all_full &= state_of(c, &s->zone[z]) == ZONE_FULL;
		was_full &= s->zone[z].state == ZONE_FULL;
	}
	if (all_full) {
		if (!was_full)
			enter_master_disruption(c, s);
		return;
	}
	if (was_full)
		leave_master_disruption(c, s);
	for (uint32_t z = 0; z < zones; z++) {
		enum zone_state now = state_of(c, &s->zone[z]);

		if (was_full || now != s->zone[z].state)
			set_zone(c, s, z, now, rate_of(c, &s->zone[z], now));
	}
}

static void end_pass(struct control_call *c, struct state *s)
{
	sim_time next = c->now + c->view->scenario->timers.node_monitor_period, want = SIM_NEVER;

	s->in_pass = false;
	handle_disruption(c, s);
	new_rhythm(c, s, next);
	for (uint32_t i = 0; i < s->listed_count; i++)
		if (s->node[s->listed[i]].look_at < want)
			want = s->node[s->listed[i]].look_at;
	if (exempt_from_lists(c))
		want = next;
	if (want != SIM_NEVER)
		want_pass(c, s, want > next ? want : next);
}

/* ---- the controller ---- */

/* A new zone's limiter has a full bucket (11.4). */
static void know_zones(struct control_call *c, struct state *s)
{
	ARENA_RESERVE(c->arena, s->zone, s->zone_capacity, c->view->zone_count, struct zone);
	for (; s->zones < c->view->zone_count; s->zones++)
		s->zone[s->zones] =
			(struct zone){.rate = c->view->scenario->timers.node_eviction_rate, .token_at = c->now};
}

static void start(struct control_call *c)
{
	struct state *s = c->state;
	uint32_t n = c->view->nodes.count;

	s->node = ARENA_NEW(c->arena, n, struct memory);
	s->listed = ARENA_NEW(c->arena, n, uint32_t);
	s->origin = c->now;
	/* Later than time 0 a node may have been silent for long, so all are looked at until a heartbeat is seen. */
	for (uint32_t i = 0; i < n; i++) {
		s->node[i].alerted =
			c->now > 0 ? c->now
				   : -2 * ALERT_MARGIN - c->view->scenario->timers.node_status_report_frequency;
		if (c->view->nodes.row[i].exists)
			list_node(s, i, c->now);
	}
	know_zones(c, s);
	/* At time 0 the process has been running for long: its rhythm has any phase. Later it starts with a pass. */
	new_rhythm(c, s, c->now == 0 ? (sim_time)(rng_unit(c->rng) * (double)calm_cycle(c)) : c->now);
	want_pass(c, s, c->now);
}

static void notice(struct control_call *c, const struct change *change)
{
	struct state *s = c->state;

	know_zones(c, s);
	if (change->what & CHANGED_REMOVED && !c->view->nodes.row[change->row].exists) {
		uncount(s, change->row);
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
	list_node(s, change->row, c->now);
	want_pass(c, s, c->now);
}

static void alert(struct control_call *c, uint32_t node)
{
	struct state *s = c->state;

	if (!c->view->nodes.row[node].exists)
		return;
	s->node[node].alerted = c->now;
	list_node(s, node, c->now);
	s->node[node].look_at = c->now;
	want_pass(c, s, c->now);
}

/* A worker of the pass writes one silent node's status, then each of its pods' (2.2 steps 3 and 5), one call after
 * another. */
static void reconcile(struct control_call *c, uint32_t node)
{
	const struct node *n = &c->view->nodes.row[node];
	const struct memory *m = &((struct state *)c->state)->node[node];
	struct api_call call = api_call(API_NODE_READY);

	/* In a mass failure the worker comes late: it reads the lease afresh, and the node may have come back. */
	if (!n->exists || c->now <= m->probe + grace_of(c, n) ||
	    c->view->heartbeat_seen(c->view->model, node, c->now) > m->seen)
		return;
	call.node = node;
	call.number = READY_UNKNOWN;
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

static void idle(struct control_call *c)
{
	struct state *s = c->state;

	s->working = false;
	if (s->in_pass && s->pass_due_end)
		end_pass(c, s);
}

static void timer(struct control_call *c, uint32_t key, uint32_t arg)
{
	struct state *s = c->state;

	if (arg == TIMER_QUEUE && s->zone[key].timer_at == c->now)
		serve_queue(c, s, key);
	if (arg == TIMER_PASS && s->next_pass == c->now && !s->in_pass)
		run_pass(c, s);
	if (arg == TIMER_PASS_END) {
		s->pass_due_end = true;
		if (!s->working)
			end_pass(c, s);
	}
}

const struct controller control_node_lifecycle = {
	.info = {.name = "node-lifecycle", .summary = "marks silent nodes Unknown and taints them at each zone's pace"},
	.client = "node-controller",
	.watches = CHANGE_NODE,
	.state_size = sizeof(struct state),
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
	.timer = timer,
	.idle = idle,
	.alert = alert,
};
