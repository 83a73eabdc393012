/* node_zones.c - the pace of NoExecute taints: a queue and a token bucket for each zone, by the zone's state.
 * Upstream: node_lifecycle_controller.go, scheduler/rate_limited_queue.go; kubernetes-control-plane.md 2.4, 11.1-11.6.
 */
#include "models/versions.h"
#include "policies/parts/node_monitor.h"

/* The taint queues are polled every 100 ms (NodeEvictionPeriod). */
#define QUEUE_POLL MILLIS(100)
/* At least so many nodes not ready, and more than two, make a zone partially disrupted. */
#define PARTIAL_MIN 2

/* ---- taint queues ---- */

static void arm_queue(struct control_call *c, struct monitor *s, uint32_t z)
{
	struct monitor_zone *q = &s->zone[z];
	sim_time at = c->now > q->token_at ? c->now : q->token_at;

	if (q->count == 0 || q->rate <= 0 || at > SIM_NEVER / 2)
		return;
	at = s->origin + (at - s->origin + QUEUE_POLL - 1) / QUEUE_POLL * QUEUE_POLL;
	if (q->timer_at >= c->now && q->timer_at <= at && q->timer_at != 0)
		return;
	q->timer_at = at;
	decide_timer(c->out, at, z, TIMER_QUEUE);
}

static bool is_void(const struct control_call *c, const struct monitor *s, struct monitor_entry e)
{
	return s->node[e.node].ticket != e.ticket && !version_taint_queue_duplicates(c->view->scenario->kubernetes);
}

/* Moves the queue to the front of its memory, without the entries that were taken out. */
static void drop_void(const struct control_call *c, const struct monitor *s, struct monitor_zone *q)
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
void monitor_queue_taint(struct control_call *c, struct monitor *s, uint32_t node)
{
	uint32_t z = c->view->nodes.row[node].zone;
	struct monitor_zone *q = &s->zone[z];

	if (s->node[node].ticket == 0 || !version_taint_queue_duplicates(c->view->scenario->kubernetes))
		s->node[node].ticket = ++s->next_ticket;
	if (q->head + q->count == q->capacity)
		drop_void(c, s, q);
	ARENA_RESERVE(c->arena, q->queue, q->capacity, q->head + q->count + 1, struct monitor_entry);
	q->queue[q->head + q->count++] = (struct monitor_entry){.node = node, .ticket = s->node[node].ticket};
	arm_queue(c, s, z);
}

/* A token is there: the first node in the queue gets its taint. */
void monitor_serve_queue(struct control_call *c, struct monitor *s, uint32_t z)
{
	struct monitor_zone *q = &s->zone[z];

	q->timer_at = 0;
	if (q->rate <= 0 || c->now < q->token_at) {
		arm_queue(c, s, z);
		return;
	}
	while (q->count > 0) {
		struct monitor_entry e = q->queue[q->head++];
		const struct node *n = &c->view->nodes.row[e.node];
		uint32_t key = n->ready == READY_FALSE ? c->view->key.not_ready : c->view->key.unreachable;
		uint32_t other = n->ready == READY_FALSE ? c->view->key.unreachable : c->view->key.not_ready;

		q->count--;
		if (!n->exists || is_void(c, s, e))
			continue;
		q->token_at = time_add(c->now, time_from_seconds(1.0 / q->rate));
		if (n->ready != READY_TRUE)
			monitor_taint(c, monitor_tainted(n, other) ? API_SWAP_TAINT : API_ADD_TAINT, e.node, key,
				      other);
		break;
	}
	arm_queue(c, s, z);
}

/* A new bucket starts empty if the old one had no token at that moment. */
static void set_rate(struct control_call *c, struct monitor *s, uint32_t z, double rate)
{
	struct monitor_zone *q = &s->zone[z];
	bool had_token = q->rate > 0 && c->now >= q->token_at;

	if (q->rate == rate)
		return;
	q->rate = rate;
	q->token_at = had_token || rate <= 0 ? c->now : time_add(c->now, time_from_seconds(1.0 / rate));
	arm_queue(c, s, z);
}

/* ---- zones, at the end of a pass ---- */

static enum zone_state state_of(const struct control_call *c, const struct monitor_zone *z)
{
	const struct timers *t = &c->view->scenario->timers;
	uint32_t all = z->ready + z->not_ready;

	if (z->ready == 0 && z->not_ready > 0)
		return ZONE_FULL;
	if (z->not_ready > PARTIAL_MIN && (double)z->not_ready / (double)all >= t->unhealthy_zone_threshold)
		return ZONE_PARTIAL;
	return ZONE_NORMAL;
}

static double rate_of(const struct control_call *c, const struct monitor_zone *z, enum zone_state state)
{
	const struct timers *t = &c->view->scenario->timers;

	if (state != ZONE_PARTIAL)
		return t->node_eviction_rate;
	return z->ready + z->not_ready > t->large_cluster_size_threshold ? t->secondary_node_eviction_rate : 0;
}

static void tell_zone(struct control_call *c, uint32_t z, const struct monitor_zone *zone)
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

static void set_zone(struct control_call *c, struct monitor *s, uint32_t z, enum zone_state state, double rate)
{
	enum zone_state was = s->zone[z].state;

	s->zone[z].state = (uint8_t)state;
	set_rate(c, s, z, rate);
	if (was != state && !(was == ZONE_INITIAL && state == ZONE_NORMAL))
		tell_zone(c, z, &s->zone[z]);
}

/* Every zone is fully disrupted: the master is taken to be cut off, so nothing is evicted. */
static void enter_master_disruption(struct control_call *c, struct monitor *s)
{
	for (uint32_t i = 0; i < c->view->nodes.count; i++) {
		if (!c->view->nodes.row[i].exists)
			continue;
		monitor_untaint(c, i);
		s->node[i].ticket = 0;
		monitor_list_node(s, i, c->now);
	}
	for (uint32_t z = 0; z < c->view->zone_count; z++) {
		s->zone[z].head = s->zone[z].count = 0;
		set_zone(c, s, z, ZONE_FULL, 0);
	}
}

static void leave_master_disruption(struct control_call *c, struct monitor *s)
{
	for (uint32_t i = 0; i < c->view->nodes.count; i++) {
		s->node[i].probe = s->node[i].from = c->now;
		s->node[i].seen = c->view->heartbeat_seen(c->view->model, i, c->now);
	}
}

void monitor_handle_zones(struct control_call *c, struct monitor *s)
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
