/* etcd_space.c - how large etcd's database is, and the alarm when its quota is used up
 * (kubernetes-control-plane.md 4.4).
 *
 * Every write leaves a revision. The API server compacts every 5 minutes to what was the newest revision 5 minutes
 * before (kubernetes/apiserver pkg/storage/etcd3/compact.go), so between 5 and 10 minutes of history are kept.
 * Compacted space is used again, but the file does not shrink: its size is the largest there has been. All of it is
 * arithmetic done at writes; leases that are renewed without one count by their rhythm.
 */
#include "models/etcd.h"

#include "models/plane.h"

#define COMPACTION MINUTES(5)
/* A renewed lease, a guess: an object of a few hundred bytes. */
#define LEASE_BYTES 500

struct etcd_space {
	int64_t live;            /* objects */
	int64_t before, current; /* bytes written in the last whole interval between compactions, and in this one */
	int64_t interval;        /* number of this interval */
	int64_t file;            /* bytes */
	bool counted, alarm;
};

void etcd_space_init(struct world *w)
{
	w->etcd_space = ARENA_NEW(&w->run->arena, 1, struct etcd_space);
}

bool etcd_is_full(const struct world *w)
{
	return w->etcd_space->alarm;
}

/* The objects there are when the run begins. */
static void count_objects(struct world *w)
{
	struct etcd_space *s = w->etcd_space;
	const struct cluster *c = &w->cluster;

	s->counted = true;
	/* Nodes with their leases, and the objects that stay. */
	s->live += 2 * (int64_t)c->node_count + c->workload_count + c->view.service_count + c->view.pdb_count;
	for (uint32_t i = 0; i < c->pod_count; i++)
		s->live += c->pod[i].exists;
}

void etcd_holds(struct world *w, int objects)
{
	if (w->etcd_space->counted)
		w->etcd_space->live += objects;
}

static void compact(struct etcd_space *s, int64_t interval)
{
	if (interval == s->interval)
		return;
	s->before = interval == s->interval + 1 ? s->current : 0;
	s->current = 0;
	s->interval = interval;
}

void etcd_wrote(struct world *w)
{
	struct etcd_space *s = w->etcd_space;
	const struct timers *t = &w->scenario->timers;
	sim_time renewal = t->node_lease_duration / 4, kept = w->run->now % COMPACTION + COMPACTION;
	int64_t used;

	if (!s->counted)
		count_objects(w);
	compact(s, w->run->now / COMPACTION);
	s->current += t->etcd_object_bytes;
	kept = kept < w->run->now ? kept : w->run->now;
	used = s->live * t->etcd_object_bytes + s->before + s->current +
	       (int64_t)w->cluster.node_count * (kept / renewal) * LEASE_BYTES;
	s->file = used > s->file ? used : s->file;
	if (s->file > t->etcd_quota_bytes && !s->alarm)
		world_schedule(w, w->run->now, EVENT_ETCD_SPACE, NONE, 0, true);
}

/* arg: whether the alarm is raised, or disarmed after a defragmentation. */
void etcd_on_space(struct world *w, const struct event *e)
{
	struct etcd_space *s = w->etcd_space;
	sim_time repair = w->scenario->timers.etcd_alarm_repair;

	if (s->alarm == (bool)e->arg)
		return;
	s->alarm = e->arg;
	if (s->alarm && repair > 0)
		world_schedule(w, time_add(w->run->now, repair), EVENT_ETCD_SPACE, NONE, 0, false);
	if (!s->alarm) {
		/* Compacted and defragmented: what is left is the objects. */
		s->before = s->current = 0;
		s->file = s->live * w->scenario->timers.etcd_object_bytes;
	}
	etcd_room_changed(w, s->file);
	plane_changed(w);
}
