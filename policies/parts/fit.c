/* fit.c - whether a pod could run on a node (kube-scheduler.md 3.2, 3.5-3.7). */
#include "policies/parts/fit.h"

#include "models/sched_match.h"

bool fit_is_allowed(const struct view *v, const struct pod *pod, uint32_t node)
{
	const struct node *n = &v->nodes.row[node];

	return n->exists && n->ready == READY_TRUE && !n->unschedulable && sched_node_matches(v, pod, node) &&
	       sched_untolerated(pod->spec, n) == NULL;
}

void fit_keep(struct fit_kept *kept, const struct pod_spec *spec)
{
	kept->cpu_milli += spec->request.cpu_milli;
	kept->mem_bytes += spec->request.mem_bytes;
	kept->disk_bytes += spec->request.disk_bytes;
	kept->pods++;
}

static bool holds(int64_t asked, int64_t alloc, int64_t used)
{
	return asked == 0 || asked <= alloc - used;
}

bool fit_has_room(const struct view *v, const struct pod_spec *spec, uint32_t i, const struct fit_kept *kept)
{
	const struct node_view *n = &v->nodes;
	const struct resources *r = &spec->request;

	if (n->pods_used[i] + kept->pods >= n->pods_alloc[i] ||
	    !holds(r->cpu_milli, n->cpu_alloc[i], n->cpu_used[i] + kept->cpu_milli) ||
	    !holds(r->mem_bytes, n->mem_alloc[i], n->mem_used[i] + kept->mem_bytes) ||
	    !holds(r->disk_bytes, n->disk_alloc[i], n->disk_used[i] + kept->disk_bytes))
		return false;
	for (uint32_t k = 0; k < r->scalar_count; k++) {
		int64_t alloc, used;

		sched_scalar(&n->row[i], r->scalar[k].name, &alloc, &used);
		if (!holds(r->scalar[k].value, alloc, used))
			return false;
	}
	return true;
}
