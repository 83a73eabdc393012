/* world.c - puts the parts of a simulated cluster together and hands each event to its handler. */
#include "models/world.h"

#include "models/action.h"
#include "models/api.h"
#include "models/arrival.h"
#include "models/control.h"
#include "models/endpoint.h"
#include "models/etcd.h"
#include "models/failure.h"
#include "models/heartbeat.h"
#include "models/image.h"
#include "models/inspect.h"
#include "models/kubelet.h"
#include "models/kubelet_pressure.h"
#include "models/kubelet_shutdown.h"
#include "models/machine.h"
#include "models/maintenance.h"
#include "models/master.h"
#include "models/metrics_server.h"
#include "models/plane.h"
#include "models/scheduler.h"
#include "models/settle.h"
#include "models/usage.h"

struct handler {
	void (*handle)(struct world *w, const struct event *e);
	uint8_t phase;
};

static const struct handler handlers[EVENT_KINDS] = {
#define EVENT(name, event_phase, handler, sentence) {handler, event_phase},
#include "models/events.def"
#undef EVENT
};

void world_schedule(struct world *w, sim_time at, enum event_kind kind, uint32_t subject, uint32_t epoch, uint32_t arg)
{
	struct event e = {.at = at, .subject = subject, .epoch = epoch, .arg = arg, .kind = (uint16_t)kind};

	run_schedule(w->run, e, handlers[kind].phase);
}

void world_handle(void *model, const struct event *e)
{
	struct world *w = model;

	handlers[e->kind].handle(w, e);
#ifdef NODEFALL_CHECK
	if (w->run->events % NODEFALL_CHECK == 0)
		cluster_check(&w->cluster);
	if (e->kind == EVENT_IMAGE_GC)
		image_check(w, e->subject);
#endif
}

static struct world *build(struct run *r, const struct scenario *s, uint32_t asked, bool inspected)
{
	struct world *w = ARENA_NEW(&r->arena, 1, struct world);

	w->run = r;
	w->scenario = s;
	w->asked = asked == NONE ? 0 : asked + 1;
	cluster_init(&w->cluster, r, s);
	if (inspected)
		inspect_init(w);
	plane_init(w);
	etcd_space_init(w);
	etcd_init(w);
	api_init(w);
	endpoint_init(w);
	image_init(w);
	pressure_init(w);
	shutdown_init(w);
	kubelet_init(w);
	machine_init(w);
	control_init(w);
	heartbeat_init(w);
	metrics_server_init(w);
	scheduler_init(w);
	master_init(w);
	return w;
}

struct world *world_settled(struct run *r, const struct scenario *s, uint64_t seed, uint32_t asked)
{
	run_init(r, seed, 0, &s->names, false);
	struct world *w = build(r, s, asked, false);

	settle(w);
	return w;
}

static void begin(struct world *w)
{
	settle(w);
	usage_settled(w);
	pressure_settled(w);
	master_lead(w);
	failure_init(w);
	maintenance_init(w);
	arrival_init(w);
	action_init(w);
}

struct world *world_begin(struct run *r, const struct scenario *s, uint64_t seed,
			  void (*subscribe)(struct run *r, void *context), void *context,
			  const struct world_progress *progress)
{
	run_init(r, seed, 0, &s->names, true);
	if (subscribe != NULL)
		subscribe(r, context);
	struct world *w = build(r, s, NONE, true);
	w->progress = progress;
	begin(w);
	w->progress = NULL;
	return w->abandoned ? NULL : w;
}

bool world_advance(struct world *w, sim_time until, uint64_t limit)
{
	const bool all = run_some(w->run, until, limit, world_handle, w);

	facts_finish(&w->run->facts);
	return all;
}

sim_time world_next(const struct world *w)
{
	const struct event *e = queue_first(&w->run->queue);

	return e != NULL ? e->at : SIM_NEVER;
}

struct world *world_at(struct run *r, const struct scenario *s, uint64_t seed, sim_time at,
		       void (*subscribe)(struct run *r, void *context), void *context, const volatile int *stop)
{
	struct world *w = world_begin(r, s, seed, subscribe, context, NULL);
	const bool whole = run_loop(r, at, world_handle, w, stop);
	facts_finish(&r->facts);
	return whole ? w : NULL;
}

bool world_run(struct run *r, const struct scenario *s, uint64_t seed, uint32_t replication, bool keep_facts,
	       void (*subscribe)(struct run *r, void *context), void *context, const volatile int *stop)
{
	run_init(r, seed, replication, &s->names, keep_facts);
	if (subscribe != NULL)
		subscribe(r, context);
	struct world *w = build(r, s, NONE, false);
	begin(w);
	bool whole = run_loop(r, s->duration, world_handle, w, stop);
	api_tell_load(w);
	facts_finish(&r->facts);
	return whole;
}
