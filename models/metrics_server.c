/* metrics_server.c - use of CPU and memory by pod: what its containers say, or the load of its workload, shared by the
 * pods that are Ready.
 *
 * Nothing is scraped: a sample is arithmetic on the load at the last scrape. The number of pods that share it is that
 * of now, not of the scrape. A pod whose node does not answer, or whose containers do not run, has no sample; one that
 * runs and is not Ready uses nothing. */
#include "models/metrics_server.h"

#include "models/kubelet_steps.h"
#include "models/usage.h"

static sim_time metrics_at(const void *model, sim_time at)
{
	const struct world *w = model;
	struct rng r = run_stream(w->run, STREAM_METRICS, 0);
	sim_time phase = (sim_time)(rng_unit(&r) * (double)METRICS_PERIOD);

	return at < phase ? phase - METRICS_PERIOD : phase + (at - phase) / METRICS_PERIOD * METRICS_PERIOD;
}

static int64_t count_ready(const struct cluster *c, uint32_t workload)
{
	int64_t n = 0;

	for (uint32_t i = c->workload[workload].first_pod; i != NONE; i = c->pod[i].next_of_workload)
		n += pod_active(&c->pod[i]) && c->pod[i].ready;
	for (uint32_t i = c->workload[workload].first_child; i != NONE; i = c->workload[i].next_sibling)
		n += count_ready(c, i);
	return n;
}

/* What its containers use by their annotations; -1 when none of them has one. */
static int64_t told_usage(const struct world *w, uint32_t pod, enum usage usage)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	double sum = -1;

	for (uint32_t i = 0; i < spec_containers(s) && usage_told(w, usage); i++)
		if (spec_container(s, i)->app.use[usage] != NULL)
			sum = (sum < 0 ? 0 : sum) + usage_of_container(w, pod, i, usage);
	return (int64_t)sum;
}

static int64_t pod_usage(const void *model, uint32_t pod, enum usage usage, sim_time at)
{
	const struct world *w = model;
	const struct pod *p = &w->cluster.pod[pod];
	uint32_t owner = workload_maker(w->cluster.workload, p->workload);

	if (p->node == NONE || !w->cluster.pod_truth[pod].running || !kubelet_talks(w, p->node))
		return -1;
	int64_t told = told_usage(w, pod, usage);
	if (told >= 0)
		return told;
	if (owner == NONE || !pod_active(p) || !p->ready)
		return 0;
	int64_t ready = count_ready(&w->cluster, owner);
	return ready > 0 ? scenario_load_at(w->scenario, owner, usage, metrics_at(model, at)) / ready : 0;
}

void metrics_server_init(struct world *w)
{
	w->cluster.view.metrics_at = metrics_at;
	w->cluster.view.pod_usage = pod_usage;
}
