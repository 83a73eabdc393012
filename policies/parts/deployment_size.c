/* deployment_size.c - how many replicas each ReplicaSet of a Deployment has, and sharing out a change of their number.
 * Upstream: pkg/controller/deployment/sync.go, util/deployment_util.go (kubernetes-control-plane.md 3.2). */
#include "policies/parts/deployment.h"

/* ---- arithmetic ---- */

/* ResolveFenceposts: surge is rounded up, unavailable down. */
void deployment_limits(struct deployment_sync *y)
{
	const struct workload_object *o = y->deployment->object;

	y->replicas = y->deployment->replicas;
	if (o->recreate)
		return;
	y->surge = int_or_percent_of(o->max_surge, y->replicas, true);
	y->unavailable = int_or_percent_of(o->max_unavailable, y->replicas, false);
	if (y->surge == 0 && y->unavailable == 0)
		y->unavailable = 1;
	if (y->unavailable > y->replicas)
		y->unavailable = y->replicas;
}

int64_t deployment_old_replicas(const struct deployment_sync *y)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < y->old_count; i++)
		sum += y->old[i].replicas;
	return sum;
}

int64_t deployment_available_of(const struct deployment_sync *y, const struct deployment_part *p)
{
	return p != NULL ? y->state->set[p->row].available : 0;
}

int64_t deployment_available(const struct deployment_sync *y)
{
	int64_t sum = deployment_available_of(y, y->new);

	for (uint32_t i = 0; i < y->old_count; i++)
		sum += deployment_available_of(y, &y->old[i]);
	return sum;
}

/* NewRSNewReplicas: how many replicas the new ReplicaSet may have now. */
int64_t deployment_new_replicas(const struct deployment_sync *y)
{
	int64_t own = y->new != NULL ? y->new->replicas : 0, total = deployment_old_replicas(y) + own;

	if (y->deployment->object->recreate)
		return y->replicas;
	if (total >= y->replicas + y->surge)
		return own;
	return own + int64_min(y->replicas + y->surge - total, y->replicas - own);
}

/* ---- calls ---- */

/* Sends a ReplicaSet's new size; its annotations count as written when the change is seen. */
void deployment_send_scale(struct deployment_sync *y, const struct deployment_part *p)
{
	struct deployment_set *set = &y->state->set[p->row];
	struct api_call call = api_call(API_SCALE);

	set->next_desired = y->replicas;
	set->next_max = y->replicas + y->surge;
	if (p->replicas == p->was) {
		set->desired = set->next_desired;
		set->max = set->next_max;
		return;
	}
	call.workload = p->row;
	call.number = p->replicas;
	decide_call(y->call->out, call);
	decide_then(y->call->out);
}

void deployment_send_old(struct deployment_sync *y)
{
	for (uint32_t i = y->old_count; i-- > 0;)
		if (y->old[i].replicas != y->old[i].was)
			deployment_send_scale(y, &y->old[i]);
}

void deployment_send_new(struct deployment_sync *y)
{
	struct api_call call = api_call(API_CREATE_REPLICA_SET);
	struct deployment_rollout *r = &y->state->rollout[y->row];

	call.workload = y->row;
	call.number = deployment_new_replicas(y);
	r->made = true;
	r->made_desired = y->replicas;
	r->made_max = y->replicas + y->surge;
	decide_call(y->call->out, call);
	decide_then(y->call->out);
}

/* ---- scaling ---- */

/* isScalingEvent: a ReplicaSet was last sized for another number of replicas. */
bool deployment_scaling(const struct deployment_sync *y)
{
	for (uint32_t i = 0; i < y->old_count; i++)
		if (y->old[i].replicas > 0 && y->state->set[y->old[i].row].desired != y->replicas)
			return true;
	return y->new != NULL && y->new->replicas > 0 && y->state->set[y->new->row].desired != y->replicas;
}

/* FindActiveOrLatest: the only ReplicaSet with replicas, or the newest; NULL when several have some. */
static struct deployment_part *active_or_latest(struct deployment_sync *y)
{
	struct deployment_part *found = y->new != NULL && y->new->replicas > 0 ? y->new : NULL;

	for (uint32_t i = 0; i < y->old_count; i++) {
		if (y->old[i].replicas == 0)
			continue;
		if (found != NULL)
			return NULL;
		found = &y->old[i];
	}
	if (found == NULL)
		found = y->new != NULL ? y->new : y->old_count > 0 ? y->old : NULL;
	return found;
}

/* getReplicaSetFraction: what p gains when the Deployment's size changes, rounded to nearest, halves away from zero. */
static int64_t fraction(const struct deployment_sync *y, const struct deployment_part *p)
{
	int64_t max = y->state->set[p->row].max;

	if (y->replicas == 0)
		return -p->replicas;
	if (max <= 0)
		return 0;
	return (2 * p->replicas * (y->replicas + y->surge) + max) / (2 * max) - p->replicas;
}

/* The active ReplicaSets in the order of shares: larger first; of equal ones the newer when growing, else the older. */
static uint32_t sort_parts(struct deployment_sync *y, struct deployment_part *sorted[], bool growing)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i <= y->old_count; i++) {
		/* Newest first when growing, oldest first when shrinking; insertion is stable. */
		uint32_t k = growing ? i : y->old_count - i;
		struct deployment_part *p = k == 0 ? y->new : &y->old[k - 1];

		if (p == NULL || p->replicas == 0)
			continue;
		uint32_t at = n++;
		for (; at > 0 && sorted[at - 1]->replicas < p->replicas; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = p;
	}
	return n;
}

/* Each ReplicaSet gets its share of the change; what rounding leaves goes to the largest. */
static void scale_in_proportion(struct deployment_sync *y)
{
	int64_t allowed = y->replicas > 0 ? y->replicas + y->surge : 0;
	int64_t change = allowed - deployment_old_replicas(y) - (y->new != NULL ? y->new->replicas : 0), given = 0;
	struct deployment_state *s = y->state;

	ARENA_RESERVE(y->call->arena, s->sorted, s->sorted_capacity, y->old_count + 1, struct deployment_part *);
	struct deployment_part **sorted = s->sorted;
	uint32_t n = sort_parts(y, sorted, change > 0);

	for (uint32_t i = 0; i < n && change != given; i++) {
		int64_t share = fraction(y, sorted[i]), left = change - given;

		share = (change > 0) == (share < left) ? share : left;
		sorted[i]->replicas += share;
		given += share;
	}
	if (n > 0 && change != 0) {
		sorted[0]->replicas += change - given;
		if (sorted[0]->replicas < 0)
			sorted[0]->replicas = 0;
	}
	for (uint32_t i = 0; i < n; i++)
		deployment_send_scale(y, sorted[i]);
}

void deployment_scale(struct deployment_sync *y)
{
	struct deployment_part *only = active_or_latest(y);

	if (only != NULL) {
		only->replicas = y->replicas;
		deployment_send_scale(y, only);
	} else if (y->new != NULL && y->new->replicas == y->replicas &&
		   y->state->set[y->new->row].desired == y->replicas &&deployment_available_of(y, y->new) ==
			   y->replicas) {
		for (uint32_t i = 0; i < y->old_count; i++)
			y->old[i].replicas = 0;
		deployment_send_old(y);
	} else if (!y->deployment->object->recreate) {
		scale_in_proportion(y);
	}
}
