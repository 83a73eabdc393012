/* kubelet_cpu.c - CPU as the kernel's fair scheduler shares it (kubernetes-control-plane.md 5.10; cgroup cpu.shares and
 * cfs_quota as pkg/kubelet/cm/helpers_linux.go sets them: MilliCPUToShares, MilliCPUToQuota).
 *
 * The time until an application can serve (ready-after) is work for the CPU that it asks for. While it is given less,
 * that work takes longer in proportion.
 */
#include "models/kubelet_cpu.h"

#include "models/kubelet_steps.h"
#include "models/usage.h"

/* While CPU is short and what is asked for varies, the shares are looked at so often (a choice of the simulation). */
#define LOOK_AGAIN SECONDS(1)
#define SHARES_MIN 2.0

/* One container that asks for CPU. */
struct claimant {
	uint32_t pod, i;
	double asked, most, weight, given;
};

struct claimants {
	struct claimant *item;
	uint32_t count, capacity;
};

static struct claimants *scratch(struct world *w)
{
	if (w->claimants == NULL)
		w->claimants = ARENA_NEW(&w->run->arena, 1, struct claimants);
	return w->claimants;
}

static void collect(struct world *w, uint32_t node, struct claimants *all)
{
	all->count = 0;
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		const struct pod_spec *s = w->cluster.pod[p].spec;

		for (uint32_t i = 0; usage_alive(w, p) && i < spec_containers(s); i++) {
			const struct container *k = spec_container(s, i);
			double asked = usage_of_container(w, p, i, USAGE_CPU), weight;

			if (asked <= 0)
				continue;
			weight = (double)k->request.cpu_milli * 1024 / 1000;
			ARENA_RESERVE(&w->run->arena, all->item, all->capacity, all->count + 1, struct claimant);
			all->item[all->count++] = (struct claimant){
				.pod = p,
				.i = i,
				.asked = asked,
				.most = k->cpu_limit > 0 && (double)k->cpu_limit < asked ? (double)k->cpu_limit : asked,
				.weight = weight > SHARES_MIN ? weight : SHARES_MIN};
		}
	}
}

/* Water-filling: who asks for less than its share has that, and the rest is shared again by weight. */
static void share(struct claimants *all, double capacity)
{
	bool moved = true;

	for (uint32_t i = 0; i < all->count; i++)
		all->item[i].given = -1;
	while (moved) {
		double weight = 0, left = capacity;

		moved = false;
		for (uint32_t i = 0; i < all->count; i++) {
			if (all->item[i].given < 0)
				weight += all->item[i].weight;
			else
				left -= all->item[i].given;
		}
		for (uint32_t i = 0; i < all->count; i++) {
			struct claimant *c = &all->item[i];

			if (c->given < 0 && c->most <= left * c->weight / weight) {
				c->given = c->most;
				moved = true;
			}
		}
		for (uint32_t i = 0; i < all->count && !moved; i++)
			if (all->item[i].given < 0)
				all->item[i].given = left * all->item[i].weight / weight;
	}
}

static double capacity_of(const struct world *w, uint32_t node)
{
	return (double)w->cluster.node[node].object->capacity.cpu_milli;
}

/* The container's start goes on at another pace from now on. */
static void set_pace(struct world *w, uint32_t pod, uint32_t i, double pace)
{
	struct container_truth *c = &w->cluster.pod_truth[pod].container[i];
	double least = pace > 1e-6 ? pace : 1e-6;
	double left = (double)(c->able_at - w->run->now) * (double)c->pace;

	if (c->pace == (float)least)
		return;
	c->pace = (float)least;
	c->able_at = time_add(w->run->now, time_from_seconds(left / 1e9 / (double)c->pace));
	step_of(w, pod, i, STEP_SERVE, c->able_at - w->run->now);
}

static bool starting(const struct world *w, const struct claimant *k)
{
	const struct container_truth *c = &w->cluster.pod_truth[k->pod].container[k->i];

	return c->answers == ANSWERS_NOTHING_YET && c->able_at > w->run->now;
}

static bool asks_vary(const struct world *w, const struct claimants *all)
{
	double growth;

	for (uint32_t i = 0; i < all->count; i++)
		if (usage_varies(w, all->item[i].pod, USAGE_CPU, &growth) || growth > 0)
			return true;
	return false;
}

void cpu_changed(struct world *w, uint32_t node)
{
	struct claimants *all;
	bool any = false;

	if (!usage_told(w, USAGE_CPU) || w->settling)
		return;
	all = scratch(w);
	collect(w, node, all);
	for (uint32_t i = 0; i < all->count; i++)
		any |= starting(w, &all->item[i]);
	if (!any)
		return;
	share(all, capacity_of(w, node));
	for (uint32_t i = 0; i < all->count; i++)
		if (starting(w, &all->item[i]))
			set_pace(w, all->item[i].pod, all->item[i].i, all->item[i].given / all->item[i].asked);
	if (asks_vary(w, all))
		world_schedule(w, w->run->now + LOOK_AGAIN, EVENT_NODE_CPU, node,
			       ++w->cluster.node_truth[node].cpu_epoch, 0);
}

/* Subject: node. */
void cpu_on_look(struct world *w, const struct event *e)
{
	if (e->epoch == w->cluster.node_truth[e->subject].cpu_epoch)
		cpu_changed(w, e->subject);
}
