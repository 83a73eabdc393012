/* cluster_build.c - builds the nodes, workloads and services of a scenario; pods come later. */
#include "models/cluster_build.h"

#include <string.h>

uint32_t cluster_zone(struct cluster *c, uint32_t region, uint32_t zone)
{
	struct arena *a = &c->run->arena;
	uint32_t row = c->zone_count;

	for (uint32_t z = 0; z < c->zone_count; z++)
		if (c->zone_name[z] == zone && c->zone_region[z] == region)
			return z;
	ARENA_RESERVE(a, c->zone_name, c->zone_capacity[0], row + 1, uint32_t);
	ARENA_RESERVE(a, c->zone_region, c->zone_capacity[1], row + 1, uint32_t);
	ARENA_RESERVE(a, c->zone_nodes, c->zone_capacity[2], row + 1, uint32_t);
	c->zone_name[row] = zone;
	c->zone_region[row] = region;
	c->zone_nodes[row] = 0;
	c->zone_count++;
	cluster_view_refresh(c);
	return row;
}

void cluster_tell_node(struct cluster *c, uint32_t node)
{
	const struct node_object *o = c->node[node].object;
	struct fact f = cluster_fact(c, FACT_NODE_ADDED);

	f.node = node;
	f.object = o->meta.name;
	f.a = c->cpu_alloc[node];
	f.b = c->mem_alloc[node];
	f.c = c->pods_alloc[node];
	cluster_tell(c, f);
	if (o->zone == 0)
		return;
	f = cluster_fact(c, FACT_NODE_ZONE);
	f.node = node;
	f.object = o->zone;
	cluster_tell(c, f);
}

static void add_node(struct cluster *c, uint32_t i)
{
	const struct node_object *o = &c->scenario->objects.node[i];
	const struct resources *r = &o->allocatable;
	struct arena *a = &c->run->arena;
	struct node *n = &c->node[i];

	n->object = o;
	n->exists = !o->absent;
	n->ready = o->absent ? READY_UNSET : READY_TRUE;
	n->unschedulable = o->unschedulable;
	n->zone = cluster_zone(c, o->region, o->zone);
	n->first_pod = NONE;
	n->first_attachment = NONE;
	n->taint_capacity = o->taint_count + 4;
	n->taint = ARENA_NEW(a, n->taint_capacity, struct taint);
	n->taint_count = o->taint_count;
	if (o->taint_count > 0)
		memcpy(n->taint, o->taint, o->taint_count * sizeof(*n->taint));
	n->scalar_used = r->scalar_count > 0 ? ARENA_NEW(a, r->scalar_count, int64_t) : NULL;
	c->cpu_alloc[i] = r->cpu_milli;
	c->mem_alloc[i] = r->mem_bytes;
	c->disk_alloc[i] = r->disk_bytes;
	c->pods_alloc[i] = (int32_t)(r->pods > INT32_MAX ? INT32_MAX : r->pods);
	c->node_truth[i] = (struct node_truth){.machine = !o->absent,
					       .powered = !o->absent,
					       .kubelet = !o->absent,
					       .linked = true,
					       .watching = !o->absent,
					       .failure = NONE};
	if (o->absent)
		return;
	c->zone_nodes[n->zone]++;
	c->nodes_existing++;
	cluster_tell_node(c, i);
	/* The node lifecycle controller taints a cordoned node (section 2.3). */
	if (o->unschedulable)
		cluster_taint_add(c, i, c->view.key.unschedulable, EFFECT_NO_SCHEDULE);
}

static void init_nodes(struct cluster *c)
{
	struct arena *a = &c->run->arena;
	uint32_t n = c->scenario->objects.node_count;

	c->node_count = n;
	c->node = ARENA_NEW(a, n, struct node);
	c->node_truth = ARENA_NEW(a, n, struct node_truth);
	int64_t **columns[] = {&c->cpu_alloc, &c->mem_alloc, &c->disk_alloc,     &c->cpu_used,
			       &c->mem_used,  &c->disk_used, &c->score_cpu_used, &c->score_mem_used};
	for (size_t k = 0; k < sizeof(columns) / sizeof(columns[0]); k++)
		*columns[k] = ARENA_NEW(a, n, int64_t);
	c->pods_alloc = ARENA_NEW(a, n, int32_t);
	c->pods_used = ARENA_NEW(a, n, int32_t);
	cluster_view_refresh(c);
	for (uint32_t i = 0; i < n; i++)
		add_node(c, i);
}

static void init_workloads(struct cluster *c)
{
	const struct objects *o = &c->scenario->objects;

	for (uint32_t i = 0; i < o->workload_count; i++) {
		const struct workload_object *from = &o->workload[i];
		uint32_t row = cluster_workload_row(c);

		c->workload[row] = (struct workload){
			.kind = from->kind,
			.exists = !from->absent,
			.object = from,
			.name = from->meta.name,
			.namespace = from->meta.namespace,
			.spec = from->spec,
			.pod_labels = &from->pod_labels,
			.owner = NONE,
			.first_child = NONE,
			.next_sibling = NONE,
			.first_pod = NONE,
			.replicas = from->replicas,
			.revision = 1,
			.current = from->spec,
			.suspended = from->job_suspend && from->kind == WORKLOAD_JOB,
		};
		c->workload[row].suspended |= from->cron_suspend || from->paused;
		if (!from->absent)
			cluster_tell_workload(c, row);
	}
}

static void init_services(struct cluster *c)
{
	const struct objects *o = &c->scenario->objects;

	c->service = ARENA_NEW(&c->run->arena, o->service_count, struct service);
	c->pdb = ARENA_NEW(&c->run->arena, o->pdb_count, struct pdb);
	c->quota = ARENA_NEW(&c->run->arena, o->quota_count, struct quota);
	for (uint32_t i = 0; i < o->quota_count; i++)
		c->quota[i].object = &o->quota[i];
	for (uint32_t i = 0; i < o->pdb_count; i++)
		c->pdb[i] = (struct pdb){.object = &o->pdb[i], .exists = !o->pdb[i].absent};
	for (uint32_t i = 0; i < o->service_count; i++) {
		c->service[i].object = &o->service[i];
		if (!o->service[i].absent)
			cluster_service_appear(c, i);
	}
}

/* Taints that follow conditions, by enum node_condition (pkg/controller/nodelifecycle). */
static const char *const pressure_keys[NODE_CONDITIONS] = {
	"node.kubernetes.io/memory-pressure", "node.kubernetes.io/disk-pressure", "node.kubernetes.io/pid-pressure"};

/* Whether any node may come under pressure: containers say what they use, or images fill a disk of known size. */
static bool may_press(const struct scenario *s)
{
	bool any = s->tells_use >> USAGE_MEMORY != 0;

	for (uint32_t i = 0; i < s->objects.node_count && !s->prepulled; i++)
		any |= s->objects.node[i].capacity.disk_bytes > 0;
	return any;
}

void cluster_init(struct cluster *c, struct run *run, const struct scenario *s)
{
	*c = (struct cluster){.run = run, .scenario = s};
	c->view.scenario = s;
	c->view.names = &run->names;
	c->view.key = (struct taint_keys){
		.not_ready = names_intern(&run->names, "node.kubernetes.io/not-ready"),
		.unreachable = names_intern(&run->names, "node.kubernetes.io/unreachable"),
		.unschedulable = names_intern(&run->names, "node.kubernetes.io/unschedulable"),
	};
	/* Only where a node can come under pressure: names that nobody uses would change the numbers of all others. */
	for (uint32_t k = 0; k < NODE_CONDITIONS && may_press(s); k++)
		c->view.key.condition[k] = names_intern(&run->names, pressure_keys[k]);
	/* The autoscaler knows the taint by its name. */
	names_intern(&run->names, "ToBeDeletedByClusterAutoscaler");
	init_nodes(c);
	init_workloads(c);
	init_services(c);
	cluster_volumes_init(c);
	cluster_view_refresh(c);
}
