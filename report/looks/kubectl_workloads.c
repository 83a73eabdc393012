/* kubectl_workloads.c - kubectl get deployments, replicasets, statefulsets, daemonsets, jobs and cronjobs.
 *
 * Their status is what their controllers would write now; that it is stale while no controller manager runs is left
 * out. */
#include <inttypes.h>
#include <string.h>

#include "models/sched_match.h"
#include "report/looks/kubectl.h"

static bool is_available(const struct kubectl *k, const struct pod *p, const struct workload *w)
{
	/* Pods of the initial state have been ready for long. */
	return p->ready && (p->ready_since == 0 || time_add(p->ready_since, w->object->min_ready) <= k->look->at);
}

static void count_pods(const struct kubectl *k, uint32_t workload, bool current, struct kubectl_counts *n)
{
	const struct view *v = k->look->view;
	const struct workload *w = &v->workload[workload];

	for (uint32_t i = w->first_pod; i != NONE; i = v->pod[i].next_of_workload) {
		const struct pod *p = &v->pod[i];

		if (!pod_active(p))
			continue;
		n->active++;
		n->ready += p->ready;
		n->available += is_available(k, p, w);
		n->updated += current && (w->kind == WORKLOAD_REPLICA_SET || p->spec == w->spec);
	}
}

struct kubectl_counts kubectl_count(const struct kubectl *k, uint32_t workload)
{
	const struct view *v = k->look->view;
	struct kubectl_counts n = {0};

	count_pods(k, workload, true, &n);
	for (uint32_t i = v->workload[workload].first_child; i != NONE; i = v->workload[i].next_sibling)
		count_pods(k, i, v->workload[i].revision == v->workload[workload].revision, &n);
	return n;
}

static const char *number(const struct kubectl *k, int64_t n)
{
	return text_format(k->arena, "%" PRId64, n);
}

static const char *share(const struct kubectl *k, int64_t n, int64_t of)
{
	return text_format(k->arena, "%" PRId64 "/%" PRId64, n, of);
}

/* The existing workload `row` of this kind, if the query wants it. */
static struct kubectl_row *row_of(struct kubectl_list *l, uint32_t row, enum workload_kind kind)
{
	const struct workload *w = &l->k->look->view->workload[row];

	/* The input's own labels are the object's; what controllers make has its template's. */
	if (!w->exists || w->kind != kind)
		return NULL;
	return kubectl_row(l, w->namespace, w->name, w->owner == NONE ? &w->object->meta.labels : w->pod_labels, row);
}

static void set_cells(struct kubectl_row *r, const char *const cell[], size_t bytes)
{
	memcpy(r->cell, cell, bytes);
}

static void list_deployments(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;

	kubectl_columns(l, "READY|UP-TO-DATE|AVAILABLE|AGE", "CONTAINERS|IMAGES|SELECTOR");
	for (uint32_t i = 0; i < k->look->view->workload_count; i++) {
		const struct workload *w = &k->look->view->workload[i];
		struct kubectl_row *r = row_of(l, i, WORKLOAD_DEPLOYMENT);

		if (r == NULL)
			continue;
		const struct kubectl_counts n = kubectl_count(k, i);
		const char *cell[] = {share(k, n.ready, w->replicas),
				      number(k, n.updated),
				      number(k, n.available),
				      kubectl_age(k, w->created),
				      kubectl_containers(k, w->spec),
				      kubectl_images(k, w->spec),
				      kubectl_selector(k, &w->object->selector)};
		set_cells(r, cell, sizeof(cell));
	}
}

/* A Deployment's sets select by the pod-template-hash too, which is the end of their name. */
static const char *set_selector(const struct kubectl *k, const struct workload *w)
{
	const char *own = kubectl_selector(k, &w->object->selector), *name = kubectl_text(k, w->name);

	if (w->owner == NONE)
		return own;
	return text_format(k->arena, "%s,pod-template-hash=%s", own, strrchr(name, '-') + 1);
}

static void list_replica_sets(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;

	kubectl_columns(l, "DESIRED|CURRENT|READY|AGE", "CONTAINERS|IMAGES|SELECTOR");
	for (uint32_t i = 0; i < k->look->view->workload_count; i++) {
		const struct workload *w = &k->look->view->workload[i];
		struct kubectl_row *r = row_of(l, i, WORKLOAD_REPLICA_SET);

		if (r == NULL)
			continue;
		const struct kubectl_counts n = kubectl_count(k, i);
		const char *cell[] = {number(k, w->replicas),
				      number(k, n.active),
				      number(k, n.ready),
				      kubectl_age(k, w->created),
				      kubectl_containers(k, w->spec),
				      kubectl_images(k, w->spec),
				      set_selector(k, w)};
		set_cells(r, cell, sizeof(cell));
	}
}

static void list_stateful_sets(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;

	kubectl_columns(l, "READY|AGE", "CONTAINERS|IMAGES");
	for (uint32_t i = 0; i < k->look->view->workload_count; i++) {
		const struct workload *w = &k->look->view->workload[i];
		struct kubectl_row *r = row_of(l, i, WORKLOAD_STATEFUL_SET);

		if (r == NULL)
			continue;
		const char *cell[] = {share(k, kubectl_count(k, i).ready, w->replicas), kubectl_age(k, w->created),
				      kubectl_containers(k, w->spec), kubectl_images(k, w->spec)};
		set_cells(r, cell, sizeof(cell));
	}
}

/* NodeShouldRunDaemonPod (pkg/controller/daemon/daemon_controller.go). */
static bool should_run(const struct view *v, const struct workload *w, uint32_t node)
{
	const struct pod pod = {.spec = w->spec, .pinned_node = NONE};
	const struct node *n = &v->nodes.row[node];

	return n->exists && sched_node_matches(v, &pod, node) && sched_untolerated(w->spec, n) == NULL;
}

/* updateDaemonSetStatus(): a pod counts on a node that should run one. */
struct daemons {
	uint32_t desired;
	struct kubectl_counts pods;
};

static struct daemons count_daemons(const struct kubectl *k, const struct workload *w)
{
	const struct view *v = k->look->view;
	struct daemons d = {0};

	for (uint32_t n = 0; n < v->nodes.count; n++)
		d.desired += should_run(v, w, n);
	for (uint32_t i = w->first_pod; i != NONE; i = v->pod[i].next_of_workload) {
		const struct pod *p = &v->pod[i];

		if (p->node == NONE || !should_run(v, w, p->node))
			continue;
		d.pods.active++;
		d.pods.ready += p->ready;
		d.pods.available += is_available(k, p, w);
		d.pods.updated += p->spec == w->spec;
	}
	return d;
}

static void list_daemon_sets(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;

	kubectl_columns(l, "DESIRED|CURRENT|READY|UP-TO-DATE|AVAILABLE|NODE SELECTOR|AGE",
			"CONTAINERS|IMAGES|SELECTOR");
	for (uint32_t i = 0; i < k->look->view->workload_count; i++) {
		const struct workload *w = &k->look->view->workload[i];
		struct kubectl_row *r = row_of(l, i, WORKLOAD_DAEMON_SET);

		if (r == NULL)
			continue;
		const struct daemons d = count_daemons(k, w);
		const char *cell[] = {number(k, d.desired),        number(k, d.pods.active),
				      number(k, d.pods.ready),     number(k, d.pods.updated),
				      number(k, d.pods.available), kubectl_labels(k, &w->spec->node_selector),
				      kubectl_age(k, w->created),  kubectl_containers(k, w->spec),
				      kubectl_images(k, w->spec),  kubectl_selector(k, &w->object->selector)};
		set_cells(r, cell, sizeof(cell));
	}
}

/* ---- jobs ---- */

/* A column of its own since 1.31 (recalled). */
#define JOB_STATUS_SINCE 31
/* TIMEZONE since 1.30 (recalled). */
#define CRON_ZONE_SINCE 30

static const char *job_status(const struct workload *w)
{
	switch ((enum job_state)w->job_state) {
	case JOB_COMPLETE:
		return "Complete";
	case JOB_FAILED:
		return "Failed";
	case JOB_SUSPENDED:
		return "Suspended";
	default:
		return "Running";
	}
}

/* "1/3", "1/1 of 3" for work queues (printJob). */
static const char *completions(const struct kubectl *k, const struct workload *w)
{
	if (w->object->completions >= 0)
		return share(k, w->succeeded, w->object->completions);
	if (w->object->parallelism > 1)
		return text_format(k->arena, "%" PRIu32 "/1 of %" PRId32, w->succeeded, w->object->parallelism);
	return share(k, w->succeeded, 1);
}

static void list_jobs(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;
	const bool status = k->look->scenario->kubernetes >= JOB_STATUS_SINCE;

	kubectl_columns(l, status ? "STATUS|COMPLETIONS|DURATION|AGE" : "COMPLETIONS|DURATION|AGE",
			"CONTAINERS|IMAGES|SELECTOR");
	for (uint32_t i = 0; i < k->look->view->workload_count; i++) {
		const struct workload *w = &k->look->view->workload[i];
		struct kubectl_row *r = row_of(l, i, WORKLOAD_JOB);

		if (r == NULL)
			continue;
		const sim_time end = job_is_over(w) ? w->ended : k->look->at;
		const char *cell[] = {job_status(w),
				      completions(k, w),
				      w->job_state == JOB_SUSPENDED ? ""
								    : kubectl_age(k, k->look->at - (end - w->started)),
				      kubectl_age(k, w->created),
				      kubectl_containers(k, w->spec),
				      kubectl_images(k, w->spec),
				      kubectl_selector(k, &w->object->selector)};
		set_cells(r, status ? cell : cell + 1, sizeof(cell) - (status ? 0 : sizeof(cell[0])));
	}
}

static const char *active_jobs(const struct kubectl *k, uint32_t cron)
{
	const struct view *v = k->look->view;
	int64_t n = 0;

	for (uint32_t i = v->workload[cron].first_child; i != NONE; i = v->workload[i].next_sibling)
		n += v->workload[i].exists && !job_is_over(&v->workload[i]);
	return number(k, n);
}

static const char *last_schedule(const struct kubectl *k, const struct workload *w)
{
	if (w->scheduled == 0)
		return "<none>";
	return kubectl_age(k, SECONDS(w->scheduled - k->look->scenario->start_time));
}

static void list_cron_jobs(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;
	const bool zone = k->look->scenario->kubernetes >= CRON_ZONE_SINCE;

	kubectl_columns(l,
			zone ? "SCHEDULE|TIMEZONE|SUSPEND|ACTIVE|LAST SCHEDULE|AGE"
			     : "SCHEDULE|SUSPEND|ACTIVE|LAST SCHEDULE|AGE",
			"CONTAINERS|IMAGES|SELECTOR");
	for (uint32_t i = 0; i < k->look->view->workload_count; i++) {
		const struct workload *w = &k->look->view->workload[i];
		struct kubectl_row *r = row_of(l, i, WORKLOAD_CRON_JOB);
		uint32_t c = 0;

		if (r == NULL)
			continue;
		r->cell[c++] = w->object->schedule_text;
		if (zone)
			r->cell[c++] = "<none>"; /* schedules are in UTC here */
		const char *cell[] = {w->suspended ? "True" : "False",
				      active_jobs(k, i),
				      last_schedule(k, w),
				      kubectl_age(k, w->created),
				      kubectl_containers(k, w->spec),
				      kubectl_images(k, w->spec),
				      "<none>"};
		memcpy(&r->cell[c], cell, sizeof(cell));
	}
}

KUBECTL_KIND(kubectl_kind_deployments, "deployments", "deployment", "apps", "deploy", list_deployments,
	     kubectl_describe_deployment);
KUBECTL_KIND(kubectl_kind_replica_sets, "replicasets", "replicaset", "apps", "rs", list_replica_sets, NULL);
KUBECTL_KIND(kubectl_kind_stateful_sets, "statefulsets", "statefulset", "apps", "sts", list_stateful_sets, NULL);
KUBECTL_KIND(kubectl_kind_daemon_sets, "daemonsets", "daemonset", "apps", "ds", list_daemon_sets, NULL);
KUBECTL_KIND(kubectl_kind_jobs, "jobs", "job", "batch", "", list_jobs, NULL);
KUBECTL_KIND(kubectl_kind_cron_jobs, "cronjobs", "cronjob", "batch", "cj", list_cron_jobs, NULL);
