/* cluster_quota.c - admission of pods by ResourceQuota: pkg/quota/v1/evaluator/core/pods.go
 * (kubernetes-control-plane.md 3.11). A pod counts until it has ended or its object is gone. */
#include "models/cluster.h"

static int64_t asked(const struct pod_spec *s, enum quota_of of)
{
	switch (of) {
	case QUOTA_CPU:
		return s->request.cpu_milli;
	case QUOTA_MEMORY:
		return s->request.mem_bytes;
	case QUOTA_DISK:
		return s->request.disk_bytes;
	default:
		return 1;
	}
}

void cluster_quota_recount(struct cluster *c, uint32_t quota)
{
	struct quota *q = &c->quota[quota];

	for (int of = 0; of < QUOTAS_OF; of++)
		q->used[of] = 0;
	for (uint32_t i = 0; i < c->pod_count; i++) {
		const struct pod *p = &c->pod[i];

		if (!p->exists || p->namespace != q->object->meta.namespace || p->phase == PHASE_SUCCEEDED ||
		    p->phase == PHASE_FAILED)
			continue;
		for (int of = 0; of < QUOTAS_OF; of++)
			q->used[of] += asked(p->spec, (enum quota_of)of);
	}
}

/* Where CPU or memory is limited, a pod that asks for none is refused too. */
static bool allows(const struct quota *q, const struct pod_spec *s)
{
	for (int of = 0; of < QUOTAS_OF; of++)
		if (q->object->has[of] && (q->used[of] + asked(s, (enum quota_of)of) > q->object->hard[of] ||
					   asked(s, (enum quota_of)of) == 0))
			return false;
	return true;
}

uint32_t cluster_quota_admit(struct cluster *c, uint32_t namespace, const struct pod_spec *s)
{
	uint32_t count = c->scenario->objects.quota_count;

	for (uint32_t i = 0; i < count; i++)
		if (c->quota[i].object->meta.namespace == namespace && !allows(&c->quota[i], s))
			return c->quota[i].object->meta.name;
	for (uint32_t i = 0; i < count; i++)
		if (c->quota[i].object->meta.namespace == namespace)
			for (int of = 0; of < QUOTAS_OF; of++)
				c->quota[i].used[of] += asked(s, (enum quota_of)of);
	return 0;
}
