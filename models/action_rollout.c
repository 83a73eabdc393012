/* action_rollout.c - templates of workloads change: set image, rollout restart and undo, apply; rollouts pause. */
#include "models/action_parts.h"

#include "models/api.h"

/* A template that was replaced, with the revision it had. */
struct history {
	uint32_t workload, revision;
	const struct pod_spec *spec;
	const struct labels *labels;
};

struct rollouts {
	struct history *item;
	uint32_t count, capacity;
};

void rollout_init(struct world *w)
{
	w->rollouts = ARENA_NEW(&w->run->arena, 1, struct rollouts);
}

/* A copy of the workload's template, with another image (0: the same) in its container `name` (0: every one). */
static const struct pod_spec *copy_template(struct world *w, const struct pod_spec *from, uint32_t name, uint32_t image)
{
	struct pod_spec *s = ARENA_NEW(&w->run->arena, 1, struct pod_spec);

	*s = *from;
	s->container = ARENA_NEW(&w->run->arena, s->container_count, struct container);
	for (uint32_t i = 0; i < s->container_count; i++) {
		s->container[i] = from->container[i];
		if (image != 0 && (name == 0 || s->container[i].name == name))
			s->container[i].image = image;
	}
	return s;
}

/* Pods of an older template are known by its address: a restart, too, makes another one. */
void rollout_template(struct world *w, uint32_t workload, const struct pod_spec *spec, const struct labels *labels)
{
	struct rollouts *r = w->rollouts;
	struct workload *o = &w->cluster.workload[workload];

	ARENA_RESERVE(&w->run->arena, r->item, r->capacity, r->count + 1, struct history);
	r->item[r->count++] = (struct history){workload, o->revision, o->spec, o->pod_labels};
	o->spec = spec;
	o->pod_labels = labels;
	o->revision++;
	api_notify(w, CHANGE_WORKLOAD, CHANGED_SPEC, workload);
}

/* The revision asked for, or the newest template that is another one than now. */
static const struct history *find_history(const struct world *w, const struct action *a)
{
	const struct rollouts *r = w->rollouts;

	for (uint32_t i = r->count; i-- > 0;)
		if (r->item[i].workload == a->target && r->item[i].spec != w->cluster.workload[a->target].spec &&
		    (a->revision == 0 || r->item[i].revision == a->revision))
			return &r->item[i];
	return NULL;
}

/* The Deployment's ReplicaSet of that template, if it is still there, becomes the newest again
 * (pkg/controller/deployment/sync.go: its revision is raised). */
static void undo(struct world *w, uint32_t i)
{
	const struct action *a = &w->scenario->action[i];
	const struct history *h = find_history(w, a);
	struct cluster *c = &w->cluster;

	if (h == NULL) {
		action_tell(w, i, NONE, NONE, ACTION_NO_HISTORY);
		return;
	}
	struct history back = *h;
	rollout_template(w, a->target, back.spec, back.labels);
	for (uint32_t *link = &c->workload[a->target].first_child; *link != NONE;
	     link = &c->workload[*link].next_sibling) {
		uint32_t set = *link;

		if (!c->workload[set].exists || c->workload[set].spec != back.spec)
			continue;
		/* The list has the newest first. */
		*link = c->workload[set].next_sibling;
		c->workload[set].next_sibling = c->workload[a->target].first_child;
		c->workload[a->target].first_child = set;
		c->workload[set].revision = c->workload[a->target].revision;
		return;
	}
}

static void pause(struct world *w, uint32_t workload, bool on)
{
	struct workload *o = &w->cluster.workload[workload];
	struct workload_object *copy = ARENA_NEW(&w->run->arena, 1, struct workload_object);

	*copy = *o->object;
	copy->paused = on;
	o->object = copy;
	api_notify(w, CHANGE_WORKLOAD, CHANGED_SPEC, workload);
}

void rollout_change(struct world *w, uint32_t i)
{
	const struct action *a = &w->scenario->action[i];
	const struct workload *o = &w->cluster.workload[a->target];

	if (a->kind == ACTION_ROLLOUT_UNDO)
		undo(w, i);
	else if (a->kind == ACTION_ROLLOUT_PAUSE || a->kind == ACTION_ROLLOUT_RESUME)
		pause(w, a->target, a->kind == ACTION_ROLLOUT_PAUSE);
	else
		rollout_template(w, a->target,
				 copy_template(w, o->spec, a->container, a->kind == ACTION_SET_IMAGE ? a->image : 0),
				 o->pod_labels);
}
