/* scenario_failures.c - failures of a Scenario: which nodes, when, for how long. */
#include <stdlib.h>
#include <string.h>

#include "models/scenario_parts.h"

/* Names compared for a suggestion, at most: the cost of a mistake must not grow with the cluster. */
#define SUGGEST_MAX 1000

/* Nodes named by all failures together, at most: memory. */
#define FAILURE_NODES_MAX 5000000

void suggest_node(struct decoder *d, const char *word)
{
	const struct objects *o = d->objects;
	uint32_t count = o->node_count < SUGGEST_MAX ? o->node_count : SUGGEST_MAX;
	const char **name = ARENA_NEW(&d->scratch, count, const char *);

	for (uint32_t i = 0; i < count; i++)
		name[i] = names_text(d->fields.names, o->node[i].meta.name);
	diag_suggest(d->fields.diag, word, name, count);
}

/* One failure while its set of nodes is gathered. */
struct selection {
	struct decoder *d;
	bool *chosen; /* of every node */
	uint32_t count;
};

static void choose(struct selection *s, uint32_t row)
{
	s->count += !s->chosen[row];
	s->chosen[row] = true;
}

static bool choose_node(struct selection *s, const struct yaml_node *at, const char *text)
{
	uint32_t name = names_find(s->d->fields.names, text);
	uint32_t row = name ? decode_find(s->d, "Node", 0, name) : NO_ROW;

	if (row != NO_ROW) {
		choose(s, row);
		return true;
	}
	if (s->d->incomplete)
		return false;
	diag_error(s->d->fields.diag, yaml_mark(at), "no node is called \"%s\"", text);
	suggest_node(s->d, text);
	return false;
}

static bool choose_nodes(struct selection *s, struct field_context *c, const struct yaml_node *list)
{
	bool fine = true;

	if (!field_want_list(c, list, "nodes"))
		return false;
	for (uint32_t i = 0; i < list->count; i++) {
		const char *text = field_want_text(c, list->item[i], "nodes");

		fine &= text && choose_node(s, list->item[i], text);
	}
	return fine;
}

/* All nodes whose zone or rack is `place`. */
static bool choose_place(struct selection *s, const struct yaml_node *at, const char *what, uint32_t place)
{
	const struct objects *o = s->d->objects;
	const char *known[SUGGEST_MAX];
	uint32_t count = 0, before = s->count;
	bool zone = !strcmp(what, "zone");

	for (uint32_t i = 0; i < o->node_count; i++) {
		uint32_t here = zone ? o->node[i].zone : o->node[i].rack;

		if (here == place)
			choose(s, i);
		else if (here && count < SUGGEST_MAX)
			known[count++] = names_text(s->d->fields.names, here);
	}
	if (s->count > before || s->d->incomplete)
		return s->count > before;
	diag_error(s->d->fields.diag, yaml_mark(at), "no node is in %s \"%s\"", what,
		   names_text(s->d->fields.names, place));
	diag_suggest(s->d->fields.diag, names_text(s->d->fields.names, place), known, count);
	return false;
}

static bool names_nodes(const struct failure_draft *f)
{
	return f->node != 0 || f->nodes != NULL || f->zone != 0 || f->rack != 0 || f->count != 0;
}

static bool check_ways(struct field_context *c, const struct failure_draft *f, const struct yaml_node *node)
{
	int ways = (f->node != 0) + (f->nodes != NULL) + (f->zone != 0) + (f->rack != 0);

	if (f->kind == FAILURE_CONTROL_PLANE) {
		if (!ways && !f->count)
			return true;
		diag_error(c->diag, yaml_mark(node),
			   "a control-plane-outage concerns all masters: leave node, nodes, zone, "
			   "rack and count out");
		return false;
	}
	if (failure_of_masters(f) && !names_nodes(f))
		return true;
	if (failure_of_masters(f) && f->kind != FAILURE_PARTITION) {
		diag_error(c->diag, yaml_mark(node),
			   "a %s strikes masters: leave node, nodes, zone, rack and count out",
			   failure_kind_name((enum failure_kind)f->kind));
		return false;
	}
	if (ways > 1) {
		diag_error(c->diag, yaml_mark(node), "a failure names its nodes in one way: node, nodes, zone or rack");
		return false;
	}
	if (!ways && !f->count) {
		diag_error(c->diag, yaml_mark(node), "which nodes fail? give node, nodes, zone, rack or count");
		return false;
	}
	return true;
}

static bool select_nodes(struct selection *s, struct field_context *c, const struct failure_draft *f,
			 const struct yaml_node *node)
{
	if (f->node)
		return choose_node(s, yaml_get(node, "node"), names_text(c->names, f->node));
	if (f->nodes)
		return choose_nodes(s, c, f->nodes);
	if (f->zone)
		return choose_place(s, yaml_get(node, "zone"), "zone", f->zone);
	if (f->rack)
		return choose_place(s, yaml_get(node, "rack"), "rack", f->rack);
	for (uint32_t i = 0; i < s->d->objects->node_count; i++)
		if (!s->d->objects->node[i].absent)
			choose(s, i);
	return true;
}

bool failure_select(struct decoder *d, struct field_context *c, const struct failure_draft *f,
		    const struct yaml_node *node, bool chosen[])
{
	struct selection s = {.d = d, .chosen = chosen};

	if (f->node || f->nodes || f->zone || f->rack)
		return select_nodes(&s, c, f, node);
	for (uint32_t i = 0; i < d->objects->node_count; i++)
		chosen[i] = true;
	return true;
}

static bool fill_nodes(struct decoder *d, struct field_context *c, const struct failure_draft *f,
		       const struct yaml_node *node, struct failure *out)
{
	struct selection s = {.d = d};
	uint32_t wanted, nodes = d->objects->node_count;

	if (f->kind == FAILURE_CONTROL_PLANE || (failure_of_masters(f) && !names_nodes(f)))
		return true;
	s.chosen = ARENA_NEW(&d->scratch, nodes, bool);
	if (!select_nodes(&s, c, f, node))
		return false;
	if (d->incomplete)
		return false;
	if (f->count > s.count) {
		diag_error(c->diag, yaml_mark(yaml_get(node, "count")),
			   "count is %u, but there are only %u nodes to choose from", f->count, s.count);
		return false;
	}
	wanted = f->count ? f->count : s.count;
	if (!wanted) {
		diag_error(c->diag, yaml_mark(node), "no node to fail");
		return false;
	}
	out->node = ARENA_NEW(c->arena, wanted, uint32_t);
	for (uint32_t i = 0; i < nodes && out->node_count < wanted; i++)
		if (s.chosen[i])
			out->node[out->node_count++] = i;
	return true;
}

static bool read_failure(struct decoder *d, struct field_context *c, const struct yaml_node *node, uint32_t number,
			 struct failure *out)
{
	struct failure_draft f = {.lasts = SIM_NEVER};

	field_defaults(c, failure_fields, &f);
	if (!field_read_map(c, failure_fields, node, &f, "a failure"))
		return false;
	if (yaml_is_null(yaml_get(node, "kind")) || yaml_is_null(yaml_get(node, "at"))) {
		diag_error(c->diag, yaml_mark(node), "a failure needs at and kind");
		return false;
	}
	if (f.kind == FAILURE_REBOOT && f.lasts == SIM_NEVER) {
		diag_error(c->diag, yaml_mark(yaml_get(node, "kind")), "a reboot needs for: how long the node is down");
		return false;
	}
	if (f.kind == FAILURE_CONTAINER_CRASH) {
		diag_error(c->diag, yaml_mark(yaml_get(node, "kind")),
			   "containers that crash at a given time are actions");
		diag_help(c->diag, "actions: [{at: 5m, app: exit deployment/web --code=1}]");
		return false;
	}
	if (f.notice > 0 && f.kind != FAILURE_SPOT_INTERRUPTION) {
		diag_error(c->diag, yaml_mark(yaml_get(node, "notice")),
			   "only a spot-interruption comes with a notice");
		return false;
	}
	if (!f.id)
		f.id = names_intern(c->names, text_format(c->arena, "%s-%u", failure_kind_name(f.kind), number));
	*out = (struct failure){.id = f.id,
				.kind = f.kind,
				.at = f.at,
				.lasts = f.lasts,
				.notice = f.notice,
				.handler = f.handler,
				.mark = yaml_mark(node)};
	return check_ways(c, &f, node) && failure_masters(d, c, &f, node, out) && fill_nodes(d, c, &f, node, out);
}

/* By time; equal times keep the order of the input, which `place` remembers. */
struct placed {
	struct failure failure;
	uint32_t place;
};

static int by_time(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->failure.at != y->failure.at)
		return x->failure.at < y->failure.at ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static void check_ids(struct field_context *c, const struct placed *list, uint32_t count)
{
	struct arena a = {0};
	struct names seen;

	names_init(&seen, &a, NULL);
	for (uint32_t i = 0; i < count; i++) {
		const char *id = names_text(c->names, list[i].failure.id);

		if (names_find(&seen, id))
			diag_error(c->diag, list[i].failure.mark, "a second failure with the id \"%s\"", id);
		names_intern(&seen, id);
	}
	arena_release(&a);
}

void scenario_failures(struct decoder *d, struct field_context *c, const struct yaml_node *list)
{
	struct scenario *s = d->scenario;
	struct placed *placed;
	uint32_t count = 0;
	uint64_t nodes = 0;

	if (!list || !field_want_list(c, list, "failures"))
		return;
	placed = ARENA_NEW(&d->scratch, list->count, struct placed);
	for (uint32_t i = 0; i < list->count; i++) {
		placed[count].place = i;
		if (scenario_is_process(list->item[i])) {
			scenario_process(d, c, list->item[i]);
			continue;
		}
		if (!read_failure(d, c, list->item[i], i + 1, &placed[count].failure))
			continue;
		nodes += placed[count++].failure.node_count;
		if (nodes > FAILURE_NODES_MAX) {
			diag_error(c->diag, yaml_mark(list->item[i]), "more than %d nodes fail in all",
				   FAILURE_NODES_MAX);
			return;
		}
	}
	if (count)
		qsort(placed, count, sizeof(*placed), by_time);
	check_ids(c, placed, count);
	s->failure = ARENA_NEW(c->arena, count, struct failure);
	for (uint32_t i = 0; i < count; i++)
		s->failure[i] = placed[i].failure;
	s->failure_count = count;
}
