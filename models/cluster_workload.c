/* cluster_workload.c - belief about workload objects: sizes, ReplicaSets of Deployments, Jobs of CronJobs. */
#include <inttypes.h>
#include <stdio.h>

#include "models/cluster_build.h"
#include "models/state.h"

/* Upstream's alphabet for generated names (apimachinery pkg/util/rand): no vowels, nothing that looks alike. */
static const char safe_letters[] = "bcdfghjklmnpqrstvwxz2456789";

char cluster_letter(struct rng *r)
{
	return safe_letters[rng_below(r, sizeof(safe_letters) - 1)];
}

uint32_t cluster_workload_row(struct cluster *c)
{
	ARENA_RESERVE(&c->run->arena, c->workload, c->workload_capacity, c->workload_count + 1, struct workload);
	ARENA_RESERVE(&c->run->arena, c->workload_truth, c->workload_truth_capacity, c->workload_count + 1,
		      struct workload_truth);
	c->workload_truth[c->workload_count] =
		(struct workload_truth){.first_unreplaced = NONE, .last_unreplaced = NONE};
	return c->workload_count++;
}

void cluster_tell_workload(struct cluster *c, uint32_t row)
{
	const struct workload *w = &c->workload[row];
	struct fact f = cluster_fact(c, FACT_WORKLOAD_ADDED);

	f.object = row;
	f.flag = w->kind;
	f.a = w->name;
	f.b = w->namespace;
	f.c = w->replicas;
	cluster_tell(c, f);
}

void cluster_scale(struct cluster *c, uint32_t workload, int32_t replicas)
{
	struct fact f = cluster_fact(c, FACT_WORKLOAD_SCALED);

	if (c->workload[workload].replicas == replicas)
		return;
	f.object = workload;
	f.a = replicas;
	f.b = c->workload[workload].replicas;
	c->workload[workload].replicas = replicas;
	cluster_tell(c, f);
}

uint32_t cluster_replica_set_create(struct cluster *c, uint32_t deployment, int32_t replicas)
{
	uint32_t row = cluster_workload_row(c);
	struct workload *d = &c->workload[deployment];
	struct rng r = run_stream(c->run, STREAM_POD, UINT32_MAX - row);
	char hash[11] = {0}, buffer[300];

	for (int i = 0; i < 10; i++)
		hash[i] = cluster_letter(&r);
	snprintf(buffer, sizeof(buffer), "%.240s-%s", names_text(&c->run->names, d->name), hash);
	c->workload[row] = (struct workload){
		.kind = WORKLOAD_REPLICA_SET,
		.exists = true,
		.object = d->object,
		.name = names_intern(&c->run->names, buffer),
		.namespace = d->namespace,
		.spec = d->spec,
		.pod_labels = d->pod_labels,
		.revision = d->revision,
		.owner = deployment,
		.first_child = NONE,
		.next_sibling = d->first_child,
		.first_pod = NONE,
		.replicas = replicas,
		.created = c->run->now,
	};
	d->first_child = row;
	cluster_view_refresh(c);
	cluster_tell_workload(c, row);
	return row;
}

/* A Job of the CronJob's template, which nobody owns yet. */
static uint32_t add_job(struct cluster *c, uint32_t cron_job, const char *name)
{
	uint32_t row = cluster_workload_row(c);
	const struct workload *o = &c->workload[cron_job];

	c->workload[row] = (struct workload){
		.kind = WORKLOAD_JOB,
		.exists = true,
		.object = o->object,
		.name = names_intern(&c->run->names, name),
		.namespace = o->namespace,
		.spec = o->spec,
		.pod_labels = o->pod_labels,
		.revision = 1,
		.owner = NONE,
		.first_child = NONE,
		.next_sibling = NONE,
		.first_pod = NONE,
		.created = c->run->now,
		.started = c->run->now,
		.suspended = o->object->job_suspend,
	};
	return row;
}

uint32_t cluster_job_create(struct cluster *c, uint32_t cron_job, int64_t scheduled)
{
	char name[300];
	uint32_t row;

	/* getJobName: minutes since 1970. */
	snprintf(name, sizeof(name), "%.240s-%" PRId64, names_text(&c->run->names, c->workload[cron_job].name),
		 scheduled / 60);
	row = add_job(c, cron_job, name);
	struct workload *o = &c->workload[cron_job], *job = &c->workload[row];
	job->owner = cron_job;
	job->next_sibling = o->first_child;
	job->scheduled = scheduled;
	o->first_child = row;
	o->scheduled = scheduled;
	cluster_view_refresh(c);
	cluster_tell_workload(c, row);
	return row;
}

uint32_t cluster_job_arrive(struct cluster *c, uint32_t cron_job, uint32_t id, uint32_t number)
{
	char name[300];
	uint32_t row;

	snprintf(name, sizeof(name), "%.240s-%" PRIu32, names_text(&c->run->names, id), number);
	row = add_job(c, cron_job, name);
	cluster_view_refresh(c);
	cluster_tell_workload(c, row);
	return row;
}

void cluster_job_state(struct cluster *c, uint32_t job, enum job_state state, enum job_reason reason)
{
	struct workload *w = &c->workload[job];
	struct fact f = cluster_fact(c, FACT_JOB_STATE);

	if (w->job_state == state)
		return;
	w->job_state = (uint8_t)state;
	w->job_reason = (uint8_t)reason;
	if (state == JOB_ACTIVE)
		w->started = c->run->now;
	if (job_is_over(w))
		w->ended = c->run->now;
	f.object = job;
	f.flag = (uint16_t)state;
	f.a = reason;
	f.b = c->run->now - w->started;
	cluster_tell(c, f);
}
