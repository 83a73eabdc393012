/* sched_points.c - which plugins a profile enables and disables at which extension point; kube-scheduler.md 1.2.
 *
 * A point is an extension point of the framework. MultiPoint stands for all that a plugin implements. The merge follows
 * apis/config/v1/default_plugins.go (custom sets over default ones) and framework/runtime/framework.go (MultiPoint over
 * points) of 1.34: plugins of MultiPoint that the point names too first, in the order of the point, then the other ones
 * of MultiPoint, then what is left of the point: what only it names, and what it disables and enables. */
#include "models/sched_config.h"

#include <string.h>

#include "models/decode.h"
#include "models/sched_internal.h"

/* Largest weight that is read; larger ones could overflow totals. */
#define WEIGHT_MAX INT32_MAX
/* Plugins of one set: all that exist, by name. */
#define SET_MAX 64

enum point {
	PRE_ENQUEUE,
	QUEUE_SORT,
	PRE_FILTER_POINT,
	FILTER,
	POST_FILTER,
	PRE_SCORE,
	SCORE,
	RESERVE,
	PERMIT,
	PRE_BIND,
	BIND,
	POST_BIND,
	POINTS,
	MULTI = POINTS
};
static const char *const point_names[] = {"preEnqueue", "queueSort", "preFilter", "filter", "postFilter",
					  "preScore",   "score",     "reserve",   "permit", "preBind",
					  "bind",       "postBind",  "multiPoint"};

/* Plugins that are a part of the scheduler here rather than a file. */
static const struct {
	const char *name;
	uint32_t points;
} parts[] = {
	{"SchedulingGates", 1 << PRE_ENQUEUE},
	{"PrioritySort", 1 << QUEUE_SORT},
	{"DynamicResources",
	 1 << PRE_ENQUEUE | 1 << PRE_FILTER_POINT | 1 << FILTER | 1 << POST_FILTER | 1 << RESERVE | 1 << PRE_BIND},
	{"DefaultPreemption", 1 << POST_FILTER | 1 << PRE_ENQUEUE},
	{"DefaultBinder", 1 << BIND},
};
#define PARTS ((uint32_t)(sizeof(parts) / sizeof(parts[0])))
#define PART(i) (SCHED_PLUGINS_MAX + (i))

struct entry {
	uint32_t id; /* row of sched_plugins[], or PART() */
	int64_t weight;
	const struct yaml_node *at;
};
struct set {
	struct entry item[SET_MAX];
	uint32_t count;
	uint32_t off[SET_MAX];
	uint32_t offs;
	bool all_off; /* disabled: "*" */
};

#define BIT(point) (UINT32_C(1) << (point))
#define FILTERS (BIT(PRE_FILTER_POINT) | BIT(FILTER))
#define SCORES (BIT(PRE_SCORE) | BIT(SCORE))

/* Points of upstream's plugins where nothing has to be done here. */
static const struct {
	const char *name;
	uint32_t points;
} upstream[] = {
	{"TaintToleration", BIT(FILTER) | SCORES},
	{"NodeResourcesFit", FILTERS | SCORES},
	{"VolumeBinding", FILTERS | SCORES | BIT(RESERVE) | BIT(PRE_BIND)},
	{"VolumeRestrictions", FILTERS},
	{"NodeVolumeLimits", FILTERS},
	{"VolumeZone", FILTERS},
};

/* What is here, whatever upstream calls it. */
static uint32_t points_here(uint32_t id)
{
	const struct sched_plugin *p = sched_plugins[id];

	return (uint32_t)(p->pre_filter != NULL || p->node_set != NULL) << PRE_FILTER_POINT |
	       (uint32_t)(p->filter != NULL) << FILTER | (uint32_t)(p->pre_score != NULL) << PRE_SCORE |
	       (uint32_t)(p->score != NULL) << SCORE | (uint32_t)(p->reserve != NULL) << RESERVE;
}

static uint32_t points_of(uint32_t id)
{
	uint32_t points;

	if (id >= SCHED_PLUGINS_MAX)
		return parts[id - SCHED_PLUGINS_MAX].points;
	points = points_here(id);
	for (size_t i = 0; i < sizeof(upstream) / sizeof(upstream[0]); i++)
		if (strcmp(upstream[i].name, sched_plugins[id]->info.name) == 0)
			points |= upstream[i].points;
	return points;
}

static uint32_t find_id(const char *name)
{
	uint32_t row = sched_plugin_row(name);

	for (uint32_t i = 0; row == NONE && i < PARTS; i++)
		if (strcmp(parts[i].name, name) == 0)
			return PART(i);
	return row;
}

static const char *name_of(uint32_t id)
{
	return id >= SCHED_PLUGINS_MAX ? parts[id - SCHED_PLUGINS_MAX].name : sched_plugins[id]->info.name;
}

static void suggest(struct diag *d, const char *word)
{
	const char *known[SCHED_PLUGINS_MAX + PARTS];
	uint32_t count = 0;

	for (uint32_t i = 0; sched_plugins[i] != NULL; i++)
		known[count++] = sched_plugins[i]->info.name;
	for (uint32_t i = 0; i < PARTS; i++)
		known[count++] = parts[i].name;
	diag_suggest(d, word, known, count);
}

uint32_t sched_plugin_known(struct diag *d, const struct yaml_node *at, const char *name)
{
	uint32_t id = find_id(name);

	if (id == NONE) {
		diag_error(d, yaml_mark(at), "no scheduler plugin is called \"%s\"", name);
		suggest(d, name);
	}
	return id;
}

/* ---- reading ---- */

static bool is_off(const struct set *s, uint32_t id)
{
	for (uint32_t i = 0; i < s->offs; i++)
		if (s->off[i] == id)
			return true;
	return false;
}

struct item {
	uint32_t name;
	int64_t weight;
};
static const struct field item_fields[] = {
	{.name = "name", .kind = FIELD_NAME, .offset = offsetof(struct item, name)},
	{.name = "weight", .kind = FIELD_INT64, .offset = offsetof(struct item, weight), .low = 0, .high = WEIGHT_MAX},
	{.name = NULL}};

static bool read_item(struct field_context *c, const struct yaml_node *node, struct item *out)
{
	*out = (struct item){0};
	if (!field_read_map(c, item_fields, node, out, "a plugin"))
		return false;
	if (out->name == 0)
		diag_error(c->diag, yaml_mark(node), "a plugin needs a name");
	return out->name != 0;
}

/* An item of `enabled`. */
static void enable(struct field_context *c, struct set *s, const struct item *item, const struct yaml_node *at)
{
	uint32_t id = sched_plugin_known(c->diag, at, names_text(c->names, item->name));

	for (uint32_t k = 0; id != NONE && k < s->count; k++)
		if (s->item[k].id == id) {
			diag_error(c->diag, yaml_mark(at), "%s is enabled twice", name_of(id));
			id = NONE;
		}
	if (id != NONE && s->count < SET_MAX)
		s->item[s->count++] = (struct entry){id, item->weight, at};
}

/* An item of `disabled`. */
static void disable(struct field_context *c, struct set *s, const struct item *item, const struct yaml_node *at)
{
	uint32_t id;

	if (strcmp(names_text(c->names, item->name), "*") == 0) {
		s->all_off = true;
		return;
	}
	id = sched_plugin_known(c->diag, at, names_text(c->names, item->name));
	if (id != NONE && !is_off(s, id))
		s->off[s->offs++] = id;
}

static bool read_items(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	bool on = strcmp(f->name, "enabled") == 0;
	struct item item;

	if (!field_want_list(c, value, f->name))
		return false;
	for (uint32_t i = 0; i < value->count; i++)
		if (read_item(c, value->item[i], &item))
			(on ? enable : disable)(c, object, &item, value->item[i]);
	return true;
}

static const struct field set_fields[] = {{.name = "enabled", .kind = FIELD_CUSTOM, .read = read_items},
					  {.name = "disabled", .kind = FIELD_CUSTOM, .read = read_items},
					  {.name = NULL}};

static bool read_set(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct set *s = (struct set *)object + f->offset;
	uint32_t errors = 0;

	field_read_map(c, set_fields, value, s, f->name);
	for (uint32_t i = 0; f->offset < POINTS && i < s->count; i++) {
		if (points_of(s->item[i].id) >> f->offset & 1)
			continue;
		diag_error(c->diag, yaml_mark(s->item[i].at), "%s has nothing to do at %s", name_of(s->item[i].id),
			   f->name);
		errors++;
	}
	return errors == 0;
}

/* The offset of a row is the point. */
#define POINT_ROW(key, point)                                                                                          \
	{                                                                                                              \
		.name = key, .kind = FIELD_CUSTOM, .offset = point, .read = read_set                                   \
	}
static const struct field plugins_fields[] = {POINT_ROW("preEnqueue", PRE_ENQUEUE),
					      POINT_ROW("queueSort", QUEUE_SORT),
					      POINT_ROW("preFilter", PRE_FILTER_POINT),
					      POINT_ROW("filter", FILTER),
					      POINT_ROW("postFilter", POST_FILTER),
					      POINT_ROW("preScore", PRE_SCORE),
					      POINT_ROW("score", SCORE),
					      POINT_ROW("reserve", RESERVE),
					      POINT_ROW("permit", PERMIT),
					      POINT_ROW("preBind", PRE_BIND),
					      POINT_ROW("bind", BIND),
					      POINT_ROW("postBind", POST_BIND),
					      POINT_ROW("multiPoint", MULTI),
					      {.name = NULL}};

/* ---- merging ---- */

static const struct entry *find_entry(const struct set *s, uint32_t id)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->item[i].id == id)
			return &s->item[i];
	return NULL;
}

static void put(struct set *s, uint32_t id, int64_t weight)
{
	if (s->count < SET_MAX)
		s->item[s->count++] = (struct entry){id, weight, NULL};
}

/* The default MultiPoint set of the version, as upstream lists it: gates and sort first, preemption and binder last
 * (whose places do not matter here). */
static void default_multi(struct set *s, int kubernetes)
{
	put(s, PART(0), 0);
	put(s, PART(1), 0);
	for (const struct sched_entry *e = sched_defaults; e->name != NULL; e++) {
		uint32_t row = sched_plugin_row(e->name);

		if (row != NONE)
			put(s, row, sched_weight(e, kubernetes));
	}
	for (uint32_t i = 2; i < PARTS; i++)
		put(s, PART(i), 0);
}

/* A custom set over the default one: defaults keep their place, also when they are configured anew. */
static void merge(const struct set *base, const struct set *custom, struct set *out)
{
	for (uint32_t i = 0; !custom->all_off && i < base->count; i++) {
		const struct entry *own = find_entry(custom, base->item[i].id);

		if (!is_off(custom, base->item[i].id))
			put(out, base->item[i].id, own != NULL ? own->weight : base->item[i].weight);
	}
	for (uint32_t i = 0; i < custom->count; i++)
		if (find_entry(out, custom->item[i].id) == NULL)
			put(out, custom->item[i].id, custom->item[i].weight);
}

/* What runs at a point. */
static void expand(const struct set *multi, const struct set *own, enum point point, struct set *out)
{
	for (uint32_t i = 0; !own->all_off && i < own->count; i++) {
		uint32_t id = own->item[i].id;

		if (find_entry(multi, id) != NULL && !is_off(own, id))
			put(out, id, own->item[i].weight);
	}
	for (uint32_t i = 0; !own->all_off && i < multi->count; i++) {
		uint32_t id = multi->item[i].id;

		if (points_of(id) >> point & 1 && find_entry(own, id) == NULL && !is_off(own, id))
			put(out, id, multi->item[i].weight);
	}
	for (uint32_t i = 0; i < own->count; i++)
		if (find_entry(out, own->item[i].id) == NULL)
			put(out, own->item[i].id, own->item[i].weight);
}

/* Those that do something here at the point. */
static void take(const struct set *s, enum point point, struct sched_list *out)
{
	out->count = 0;
	for (uint32_t i = 0; i < s->count; i++)
		if (s->item[i].id < SCHED_PLUGINS_MAX && points_here(s->item[i].id) >> point & 1)
			out->row[out->count++] = (uint8_t)s->item[i].id;
}

/* A filter whose PreFilter is disabled cannot do without it here: it runs all the same, as note_apart() says. */
static void keep_pre_filters(struct sched_profile *out)
{
	for (uint32_t i = 0; i < out->filter.count; i++) {
		uint32_t row = out->filter.row[i], k = 0;

		while (k < out->pre_filter.count && out->pre_filter.row[k] != row)
			k++;
		if (k == out->pre_filter.count && points_here(row) >> PRE_FILTER_POINT & 1)
			out->pre_filter.row[out->pre_filter.count++] = (uint8_t)row;
	}
}

static void check_single(struct diag *d, const struct yaml_node *plugins, const struct set at[])
{
	if (at[QUEUE_SORT].count != 1)
		diag_error(d, yaml_mark(plugins), "a profile needs exactly one queueSort plugin, such as PrioritySort");
	if (at[BIND].count == 0)
		diag_error(d, yaml_mark(plugins), "a profile needs a bind plugin, such as DefaultBinder");
}

/* What the model cannot take apart is said. */
static void note_apart(struct diag *d, const struct yaml_node *plugins, const struct set at[])
{
	static const struct {
		enum point first, then;
	} pairs[] = {{PRE_FILTER_POINT, FILTER}, {PRE_SCORE, SCORE}};

	for (int k = 0; k < 2; k++)
		for (uint32_t i = 0; i < at[pairs[k].then].count; i++) {
			uint32_t id = at[pairs[k].then].item[i].id;

			if (id < SCHED_PLUGINS_MAX && points_here(id) >> pairs[k].first & 1 &&
			    find_entry(&at[pairs[k].first], id) == NULL)
				diag_note(d, yaml_mark(plugins), "%s of %s runs all the same: its %s needs it",
					  point_names[pairs[k].first], name_of(id), point_names[pairs[k].then]);
		}
}

void sched_points_read(struct decoder *d, const struct yaml_node *plugins, struct sched_profile *out)
{
	struct set *custom = ARENA_NEW(&d->scratch, POINTS + 1, struct set),
		   *at = ARENA_NEW(&d->scratch, POINTS, struct set);
	struct set *base = ARENA_NEW(&d->scratch, 2, struct set), *multi = &base[1];
	struct field_context c = d->fields;

	c.lenient = false;
	field_read_map(&c, plugins_fields, plugins, custom, "plugins");
	default_multi(base, d->fields.variant);
	merge(base, &custom[MULTI], multi);
	for (enum point p = 0; p < POINTS; p++)
		expand(multi, &custom[p], p, &at[p]);
	check_single(d->fields.diag, plugins, at);
	note_apart(d->fields.diag, plugins, at);
	take(&at[PRE_FILTER_POINT], PRE_FILTER_POINT, &out->pre_filter);
	take(&at[FILTER], FILTER, &out->filter);
	take(&at[SCORE], SCORE, &out->score);
	take(&at[RESERVE], RESERVE, &out->reserve);
	keep_pre_filters(out);
	out->gates = find_entry(&at[PRE_ENQUEUE], PART(0)) != NULL && sched_has_gates(d->fields.variant);
	out->preempts = find_entry(&at[POST_FILTER], PART(3)) != NULL;
	for (uint32_t i = 0; i < at[SCORE].count; i++)
		if (at[SCORE].item[i].id < SCHED_PLUGINS_MAX)
			/* A weight of 0 is 1 (1.2). */
			out->weight[at[SCORE].item[i].id] = at[SCORE].item[i].weight > 0 ? at[SCORE].item[i].weight : 1;
}
