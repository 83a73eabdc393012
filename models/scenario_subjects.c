/* scenario_subjects.c - whom a failure process strikes: each node, each rack with all its nodes, each master, ... */
#include <string.h>

#include "models/scenario_parts.h"

/* Subjects of one entry, at most: memory of a run. */
#define SUBJECTS_MAX 2000000

/* One entry while its subjects are gathered. */
struct gather {
	struct decoder *d;
	struct field_context *c;
	const struct process_draft *p;
	const struct yaml_node *entry;
	bool *chosen; /* of every node */
	struct failure_source *out;
	uint32_t capacity;
};

static const char *domain_key(uint8_t of)
{
	return of == OF_SWITCH ? "nodefall.io/switch" : "nodefall.io/power-domain";
}

/* The rack, zone, ... of a node as a name, or 0. */
static uint32_t domain_of(const struct gather *g, uint32_t node, uint8_t of, uint32_t label)
{
	const struct node_object *o = &g->d->objects->node[node];
	bool present;

	if (of == OF_RACK)
		return o->rack;
	if (of == OF_ZONE)
		return o->zone;
	if (of != OF_LABEL)
		label = names_find(g->c->names, domain_key(of));
	return label != 0 ? labels_get(&o->meta.labels, label, &present) : 0;
}

static struct failure_subject *add(struct gather *g, uint32_t name)
{
	struct failure_source *out = g->out;

	ARENA_RESERVE(g->c->arena, out->subject, g->capacity, out->subject_count + 1, struct failure_subject);
	out->subject[out->subject_count] = (struct failure_subject){.name = name, .workload = NO_ROW, .group = NO_ROW};
	return &out->subject[out->subject_count++];
}

static uint32_t *one_row(struct gather *g, uint32_t row)
{
	uint32_t *node = ARENA_NEW(g->c->arena, 1, uint32_t);

	*node = row;
	return node;
}

/* The nodes that every key of the entry allows. */
static bool choose(struct gather *g)
{
	const struct objects *o = g->d->objects;
	const struct scenario *s = g->d->scenario;
	uint32_t group = NO_ROW, left = 0;

	if (!failure_select(g->d, g->c, &g->p->place, g->entry, g->chosen))
		return false;
	for (uint32_t i = 0; i < s->group_count; i++)
		if (s->group[i].name == g->p->node_group)
			group = i;
	if (g->p->node_group != 0 && group == NO_ROW) {
		diag_error(g->c->diag, yaml_mark(yaml_get(g->entry, "nodeGroup")), "no node group is called \"%s\"",
			   names_text(g->c->names, g->p->node_group));
		return false;
	}
	for (uint32_t i = 0; i < o->node_count; i++) {
		if (group != NO_ROW && o->node[i].group != group + 1)
			g->chosen[i] = false;
		if (g->p->selector.present && !selector_matches(&g->p->selector, &o->node[i].meta.labels, g->c->names))
			g->chosen[i] = false;
		left += g->chosen[i];
	}
	if (left == 0 && !g->d->incomplete)
		diag_error(g->c->diag, yaml_mark(g->entry), "no node is left to fail");
	return left > 0;
}

/* Nodes, and what there is one of, or some disks, on each. */
static void add_nodes(struct gather *g)
{
	const struct objects *o = g->d->objects;
	const uint32_t each = g->p->of == OF_DISK ? g->p->disks : 1;

	for (uint32_t i = 0; i < o->node_count; i++) {
		for (uint32_t k = 0; k < each && g->chosen[i]; k++) {
			uint32_t name = o->node[i].meta.name;

			if (each > 1)
				name = names_intern(g->c->names, text_format(g->c->arena, "%s/disk-%u",
									     names_text(g->c->names, name), k));
			struct failure_subject *s = add(g, name);
			s->node = one_row(g, i);
			s->node_count = 1;
		}
	}
}

/* Each value of a domain among the chosen nodes, in order of appearance, with its nodes. */
static bool add_domains(struct gather *g)
{
	const uint32_t nodes = g->d->objects->node_count;
	const uint32_t first = g->out->subject_count;
	struct names seen;
	uint32_t *row = ARENA_NEW(&g->d->scratch, (size_t)nodes + 2, uint32_t);

	names_init(&seen, &g->d->scratch, NULL);
	for (uint32_t i = 0; i < nodes; i++) {
		const uint32_t place = g->chosen[i] ? domain_of(g, i, g->p->of, g->p->label) : 0;

		if (place == 0)
			continue;
		const uint32_t id = names_intern(&seen, names_text(g->c->names, place));
		if (row[id] == 0) {
			add(g, place);
			row[id] = g->out->subject_count;
		}
		g->out->subject[row[id] - 1].node_count++;
	}
	for (uint32_t i = first; i < g->out->subject_count; i++) {
		g->out->subject[i].node = ARENA_NEW(g->c->arena, g->out->subject[i].node_count, uint32_t);
		g->out->subject[i].node_count = 0;
	}
	for (uint32_t i = 0; i < nodes; i++) {
		const uint32_t place = g->chosen[i] ? domain_of(g, i, g->p->of, g->p->label) : 0;

		if (place == 0)
			continue;
		struct failure_subject *s =
			&g->out->subject[row[names_find(&seen, names_text(g->c->names, place))] - 1];
		s->node[s->node_count++] = i;
	}
	if (g->out->subject_count > first)
		return true;
	diag_error(g->c->diag, yaml_mark(g->entry), "no node has the label that tells its %s",
		   g->p->of == OF_RACK    ? "rack (nodefall.io/rack)"
		   : g->p->of == OF_ZONE  ? "zone (topology.kubernetes.io/zone)"
		   : g->p->of == OF_LABEL ? "domain"
					  : domain_key(g->p->of));
	return false;
}

static void add_masters(struct gather *g)
{
	const struct scenario *s = g->d->scenario;
	const uint8_t kind = g->p->place.kind;
	const bool part = kind == FAILURE_COMPONENT_CRASH || kind == FAILURE_COMPONENT_STOP;
	const bool etcd = kind == FAILURE_ETCD_SLOW_DISK || (part && g->p->place.component == COMPONENT_ETCD);
	char name[HOST_NAME_MAX_LENGTH];

	for (uint32_t h = 0; h < scenario_hosts(s); h++) {
		const bool runs_etcd = s->etcd_external ? h >= s->masters : h < s->masters;

		if (etcd ? !runs_etcd : part && h >= s->masters)
			continue;
		add(g, names_intern(g->c->names, scenario_host_name(s, h, name)))->masters = 1u << h;
	}
}

/* Of each workload as many containers as it has replicas at the start: the nth is in the nth oldest running pod. */
static bool add_containers(struct gather *g)
{
	const struct objects *o = g->d->objects;
	uint32_t only = NO_ROW;
	uint64_t all = 0;

	if (g->p->workload != 0) {
		only = scenario_find_workload(g->d, yaml_get(g->entry, "workload"),
					      names_text(g->c->names, g->p->workload), g->d->default_namespace);
		if (only == NO_ROW)
			return false;
	}
	for (uint32_t i = 0; i < o->workload_count; i++) {
		const struct workload_object *w = &o->workload[i];
		const bool counted = w->kind == WORKLOAD_DEPLOYMENT || w->kind == WORKLOAD_REPLICA_SET ||
				     w->kind == WORKLOAD_STATEFUL_SET;

		if ((only != NO_ROW && i != only) || !counted)
			continue;
		all += (uint32_t)w->replicas;
		if (all > SUBJECTS_MAX)
			return true;
		for (uint32_t k = 0; k < (uint32_t)w->replicas; k++) {
			struct failure_subject *s =
				add(g, names_intern(g->c->names,
						    text_format(g->c->arena, "%s/%s#%u", workload_kind_name(w->kind),
								names_text(g->c->names, w->meta.name), k)));
			s->workload = i;
			s->nth = k;
		}
	}
	if (g->out->subject_count > 0 || g->d->incomplete)
		return g->out->subject_count > 0;
	diag_error(g->c->diag, yaml_mark(g->entry), "no Deployment, ReplicaSet or StatefulSet has containers to crash");
	return false;
}

/* Subjects of one rack, ... form a group; only those of a single node have one. */
static bool add_groups(struct gather *g, const struct cascade_draft *cascade)
{
	static const uint8_t of[] = {OF_RACK, OF_SWITCH, OF_POWER, OF_ZONE, OF_LABEL};
	struct failure_source *out = g->out;
	struct names seen;
	uint32_t grouped = 0;

	names_init(&seen, &g->d->scratch, NULL);
	out->group = ARENA_NEW(g->c->arena, out->subject_count, struct failure_group);
	for (uint32_t i = 0; i < out->subject_count; i++) {
		struct failure_subject *s = &out->subject[i];
		const uint32_t place =
			s->node_count == 1 ? domain_of(g, s->node[0], of[cascade->within], cascade->label) : 0;

		if (place == 0)
			continue;
		s->group = names_intern(&seen, names_text(g->c->names, place)) - 1;
		out->group_count = s->group >= out->group_count ? s->group + 1 : out->group_count;
		out->group[s->group].count++;
		grouped++;
	}
	for (uint32_t i = 0; i < out->group_count; i++) {
		out->group[i].subject = ARENA_NEW(g->c->arena, out->group[i].count, uint32_t);
		out->group[i].count = 0;
	}
	for (uint32_t i = 0; i < out->subject_count; i++)
		if (out->subject[i].group != NO_ROW) {
			struct failure_group *group = &out->group[out->subject[i].group];
			group->subject[group->count++] = i;
		}
	if (grouped > 0)
		return true;
	diag_error(g->c->diag, yaml_mark(g->p->cascade), "no node that fails is in a %s",
		   cascade_fields[0].choices[cascade->within]);
	return false;
}

/* A subject's streams go by the entry's name and its own, so that nobody else moves them. */
static void name_streams(struct gather *g)
{
	for (uint32_t i = 0; i < g->out->subject_count; i++) {
		struct failure_subject *s = &g->out->subject[i];

		s->stream = rng_name(text_format(&g->d->scratch, "%s/%s", names_text(g->c->names, g->out->id),
						 names_text(g->c->names, s->name)));
	}
}

bool scenario_subjects(struct decoder *d, struct field_context *c, const struct process_draft *p,
		       const struct cascade_draft *cascade, const struct yaml_node *entry, struct failure_source *out)
{
	struct gather g = {.d = d, .c = c, .p = p, .entry = entry, .out = out};
	bool fine = true;

	g.chosen = ARENA_NEW(&d->scratch, d->objects->node_count, bool);
	if (p->of == OF_CONTROL_PLANE)
		add(&g, names_intern(c->names, "control-plane"));
	else if (p->of == OF_MASTER)
		add_masters(&g);
	else if (p->of == OF_CONTAINER)
		fine = add_containers(&g);
	else if (!choose(&g))
		return false;
	else if (p->of >= OF_RACK && p->of <= OF_LABEL)
		fine = add_domains(&g);
	else
		add_nodes(&g);
	if (!fine || out->subject_count > SUBJECTS_MAX) {
		if (fine)
			diag_error(c->diag, yaml_mark(entry), "more than %d subjects of one process", SUBJECTS_MAX);
		return false;
	}
	name_streams(&g);
	return cascade->cascade.probability == 0 || add_groups(&g, cascade);
}
