/* etcd.c - raft in its essentials (kubernetes-control-plane.md 4.4).
 *
 * A member that hears no heartbeat for a randomised election timeout, U(1, 2) of etcdElectionTimeout in whole ticks of
 * etcdHeartbeatInterval, asks for votes: PreVote and vote are one round trip each. Two members that ask within one
 * round trip split the votes and wait again (etcd-io/raft raft.go: resetRandomizedElectionTimeout, PreVote). While
 * nothing breaks, elections and heartbeats are no events.
 *
 * A write is committed when a majority has it on disk: max(leader fsync, RTT + the (q-1)-th fastest follower fsync).
 */
#include "models/etcd.h"

#include "models/api.h"
#include "models/plane.h"

#define MEMBERS_MAX SCENARIO_MASTERS_MAX

struct etcd {
	uint32_t first; /* host of member 0 */
	uint32_t members, quorum;
	uint32_t leader; /* host, or NONE */
	uint32_t candidate;
	bool has_quorum;  /* some member can lead: a majority is up and linked */
	bool lost_quorum; /* there was none, and no leader has been elected since: API servers are not ready */
	bool slow;
	double factor[SCENARIO_HOSTS_MAX];
	uint32_t epoch;
	sim_time lost_at;
	struct rng rng, disk;
};

void etcd_init(struct world *w)
{
	const struct scenario *s = w->scenario;
	struct etcd *e = ARENA_NEW(&w->run->arena, 1, struct etcd);

	w->etcd = e;
	e->first = s->etcd_external ? s->masters : 0;
	e->members = scenario_etcd_members(s);
	e->quorum = e->members / 2 + 1;
	e->leader = e->first;
	e->has_quorum = true;
	e->rng = run_stream(w->run, STREAM_ETCD, 0);
	e->disk = run_stream(w->run, STREAM_ETCD, 1);
	for (uint32_t h = 0; h < SCENARIO_HOSTS_MAX; h++)
		e->factor[h] = 1;
}

static bool is_up(const struct world *w, uint32_t host)
{
	return plane_process(w, host, COMPONENT_ETCD);
}

/* Members that host's one can talk to, itself among them; 0 when it is down. */
static uint32_t touch(const struct world *w, uint32_t host)
{
	const struct etcd *e = w->etcd;
	uint32_t count = 0;

	if (!is_up(w, host))
		return 0;
	for (uint32_t h = e->first; h < e->first + e->members; h++)
		count += is_up(w, h) && plane_linked(w, host, h);
	return count;
}

/* A leader whose disk stalls for longer than the election timeout sends its heartbeats too late: its raft loop waits
 * for the disk (etcd-io/etcd server/etcdserver/raft.go). */
static bool can_lead(const struct world *w, uint32_t host)
{
	const struct etcd *e = w->etcd;
	double fsync = (double)dist_mean(&w->scenario->latencies.etcd_fsync) * e->factor[host];

	if (e->members == 1)
		return is_up(w, host); /* it sends no heartbeats to anyone */
	return touch(w, host) >= e->quorum && fsync < (double)w->scenario->timers.etcd_election_timeout;
}

static void tell(struct world *w, enum etcd_news news, sim_time pause, int64_t bytes)
{
	struct fact f = cluster_fact(&w->cluster, FACT_ETCD_LEADER);

	f.b = bytes;
	f.object = w->etcd->leader;
	f.flag = news;
	f.a = pause;
	cluster_tell(&w->cluster, f);
}

/* When the next election is decided, and for whom. Silence began at `since`. */
static sim_time election(struct world *w, sim_time since)
{
	struct etcd *e = w->etcd;
	const struct timers *t = &w->scenario->timers;
	sim_time rtt = dist_draw(&w->scenario->latencies.master_rtt, &e->rng), at = since;
	uint32_t ticks = (uint32_t)(t->etcd_election_timeout / t->etcd_heartbeat_interval);

	for (;;) {
		sim_time first = SIM_NEVER, second = SIM_NEVER;

		for (uint32_t h = e->first; h < e->first + e->members; h++) {
			if (!can_lead(w, h))
				continue;
			/* Whole ticks, each member's at a phase of its own. */
			double wait = ticks + rng_below(&e->rng, ticks) + rng_unit(&e->rng);
			sim_time asks = at + (sim_time)(wait * (double)t->etcd_heartbeat_interval);
			if (asks < first) {
				second = first;
				first = asks;
				e->candidate = h;
			} else if (asks < second) {
				second = asks;
			}
		}
		if (first == SIM_NEVER)
			return SIM_NEVER;
		if (second - first > rtt)
			return first + 2 * rtt + dist_mean(&w->scenario->latencies.etcd_fsync);
		at = first;
	}
}

void etcd_changed(struct world *w)
{
	struct etcd *e = w->etcd;
	bool had = e->has_quorum, leads = e->leader != NONE && can_lead(w, e->leader);
	sim_time since = w->run->now, at;

	e->has_quorum = false;
	for (uint32_t h = e->first; h < e->first + e->members; h++)
		e->has_quorum |= can_lead(w, h);
	e->lost_quorum |= !e->has_quorum;
	if (leads)
		return;
	if (e->leader != NONE) {
		e->lost_at = w->run->now;
		e->leader = NONE;
		tell(w, e->has_quorum ? ETCD_LEADERLESS : ETCD_NO_QUORUM, 0, 0);
		/* The last heartbeat was sent within one interval before. */
		since -= (sim_time)(rng_unit(&e->rng) * (double)w->scenario->timers.etcd_heartbeat_interval);
	} else if (had && !e->has_quorum) {
		tell(w, ETCD_NO_QUORUM, 0, 0);
	} else if (had == e->has_quorum && e->candidate != NONE && can_lead(w, e->candidate)) {
		return; /* the election under way goes on */
	}
	e->epoch++;
	e->candidate = NONE;
	at = election(w, since);
	if (at != SIM_NEVER)
		world_schedule(w, at > w->run->now ? at : w->run->now, EVENT_ETCD_ELECTS, e->candidate, e->epoch, 0);
}

/* Subject: the host whose member wins. */
void etcd_on_election(struct world *w, const struct event *ev)
{
	struct etcd *e = w->etcd;

	if (ev->epoch != e->epoch || e->leader != NONE)
		return;
	e->leader = ev->subject;
	e->lost_quorum = false;
	tell(w, ETCD_ELECTED, w->run->now - e->lost_at, 0);
	plane_changed(w);
	api_commits_again(w);
}

uint32_t etcd_leader_host(const struct world *w)
{
	return etcd_is_full(w) ? NONE : w->etcd->leader;
}

void etcd_room_changed(struct world *w, int64_t bytes)
{
	struct etcd *e = w->etcd;

	if (e->leader == NONE)
		return; /* nothing could be written anyway */
	if (etcd_is_full(w)) {
		e->lost_at = w->run->now;
		tell(w, ETCD_NO_SPACE, 0, bytes);
	} else {
		tell(w, ETCD_HAS_SPACE, w->run->now - e->lost_at, bytes);
		api_commits_again(w);
	}
}

/* kubeadm gives a stacked API server its own member alone (cmd/kubeadm/app/phases/controlplane/manifests.go), an API
 * server with external etcd all of them. */
bool etcd_serves(const struct world *w, uint32_t host)
{
	const struct etcd *e = w->etcd;

	if (!e->has_quorum || e->lost_quorum || etcd_is_full(w))
		return false;
	if (!w->scenario->etcd_external)
		return touch(w, host) >= e->quorum;
	for (uint32_t h = e->first; h < e->first + e->members; h++)
		if (plane_linked(w, host, h) && touch(w, h) >= e->quorum)
			return true;
	return false;
}

sim_time etcd_request_timeout(const struct world *w)
{
	return SECONDS(5) + 2 * w->scenario->timers.etcd_election_timeout;
}

sim_time etcd_commit_extra(struct world *w)
{
	struct etcd *e = w->etcd;
	const struct latencies *l = &w->scenario->latencies;
	sim_time follower[MEMBERS_MAX], plain, own, rtt;
	uint32_t count = 0, acks = e->quorum - 1;

	if ((e->members == 1 && !e->slow) || e->leader == NONE)
		return 0;
	plain = dist_draw(&l->etcd_fsync, &e->disk);
	own = (sim_time)((double)plain * e->factor[e->leader]);
	for (uint32_t h = e->first; h < e->first + e->members; h++) {
		sim_time takes = (sim_time)((double)dist_draw(&l->etcd_fsync, &e->disk) * e->factor[h]);
		uint32_t i = count;

		if (h == e->leader || !is_up(w, h) || !plane_linked(w, h, e->leader))
			continue;
		for (; i > 0 && follower[i - 1] > takes; i--)
			follower[i] = follower[i - 1];
		follower[i] = takes;
		count++;
	}
	if (acks > 0 && count >= acks) {
		rtt = dist_draw(&l->master_rtt, &e->disk);
		own = own > rtt + follower[acks - 1] ? own : rtt + follower[acks - 1];
	}
	return own > plain ? own - plain : 0;
}

void etcd_disk(struct world *w, uint32_t host, double factor)
{
	w->etcd->factor[host] = factor;
	w->etcd->slow = false;
	for (uint32_t h = 0; h < SCENARIO_HOSTS_MAX; h++)
		w->etcd->slow |= w->etcd->factor[h] > 1;
	etcd_changed(w);
}
