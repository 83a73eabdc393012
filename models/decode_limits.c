/* decode_limits.c - LimitRange and ResourceQuota, as far as they decide what is scheduled: requests of containers, and
 * how much a namespace may ask for. */
#include <string.h>

#include "models/decode_workload.h"

/* ---- LimitRange ---- */

struct limit_draft {
	uint32_t type;
	struct amounts limit, request, min, max;
};

#define AT_LIMIT(member) offsetof(struct limit_draft, member)
#define AMOUNTS_ROW(key, member)                                                                                       \
	{                                                                                                              \
		.name = key, .kind = FIELD_CUSTOM, .offset = AT_LIMIT(member), .read = read_amounts                    \
	}

static const struct field limit_fields[] = {{.name = "type", .kind = FIELD_NAME, .offset = AT_LIMIT(type)},
					    AMOUNTS_ROW("default", limit),
					    AMOUNTS_ROW("defaultRequest", request),
					    AMOUNTS_ROW("min", min),
					    AMOUNTS_ROW("max", max),
					    {.name = NULL}};

/* Defaults of the object itself: the limit is the maximum, the request the limit (pkg/apis/core/v1/defaults.go). */
static void add_range(struct decoder *d, const struct meta *m, struct limit_draft *draft)
{
	struct limit_range *r;

	amounts_fill(d->fields.arena, &draft->limit, &draft->max);
	amounts_fill(d->fields.arena, &draft->request, &draft->limit);
	amounts_fill(d->fields.arena, &draft->request, &draft->min);
	ARENA_RESERVE(&d->scratch, d->limit, d->limit_capacity, d->limits + 1, struct limit_range);
	r = &d->limit[d->limits++];
	*r = (struct limit_range){.name = m->name,
				  .namespace = m->namespace,
				  .limit = draft->limit,
				  .request = draft->request,
				  .min = draft->min,
				  .max = draft->max};
}

void decode_limit_range(struct decoder *d, const struct yaml_node *root)
{
	const struct yaml_node *list = yaml_get(yaml_get(root, "spec"), "limits");
	struct meta m;

	if (!decode_meta(d, root, "LimitRange", true, &m) || !decode_register(d, "LimitRange", &m, 0) ||
	    yaml_is_null(list) || !field_want_list(&d->fields, list, "limits"))
		return;
	for (uint32_t i = 0; i < list->count; i++) {
		struct limit_draft draft = {0};

		if (!field_read_map(&d->fields, limit_fields, list->item[i], &draft, "LimitRange limits[]"))
			continue;
		if (strcmp(names_text(d->fields.names, draft.type), "Container") == 0)
			add_range(d, &m, &draft);
		else
			diag_note(d->fields.diag, yaml_mark(list->item[i]),
				  "LimitRange: only limits of type Container are simulated");
	}
}

/* Whether any amount that both name is less (sign -1) or more (sign 1) than the bound. */
static bool is_beyond(const struct amounts *a, const struct amounts *bound, int sign)
{
	for (int i = 0; i < AMOUNTS; i++)
		if (bound->has[i] && a->has[i] && sign * quantity_compare(a->fixed[i], bound->fixed[i]) > 0)
			return true;
	for (uint32_t i = 0; i < bound->count; i++)
		for (uint32_t k = 0; k < a->count; k++)
			if (a->scalar[k].name == bound->scalar[i].name &&
			    sign * quantity_compare(a->scalar[k].amount, bound->scalar[i].amount) > 0)
				return true;
	return false;
}

void decode_apply_limits(struct decoder *d, struct amounts *request, struct amounts *limit)
{
	for (uint32_t i = 0; i < d->limits && !d->snapshot; i++) {
		const struct limit_range *r = &d->limit[i];

		if (r->namespace != d->namespace)
			continue;
		amounts_fill(d->fields.arena, request, &r->request);
		amounts_fill(d->fields.arena, limit, &r->limit);
		if (is_beyond(request, &r->min, -1) || is_beyond(limit, &r->max, 1) || is_beyond(request, &r->max, 1))
			d->forbidden = r->name;
	}
}

/* ---- ResourceQuota ---- */

static bool read_hard(struct decoder *d, struct quota_object *q, const struct yaml_pair *pair)
{
	static const struct {
		const char *key;
		enum quota_of of;
	} known[] = {
		{"pods", QUOTA_PODS},
		{"count/pods", QUOTA_PODS},
		{"cpu", QUOTA_CPU},
		{"requests.cpu", QUOTA_CPU},
		{"memory", QUOTA_MEMORY},
		{"requests.memory", QUOTA_MEMORY},
		{"ephemeral-storage", QUOTA_DISK},
		{"requests.ephemeral-storage", QUOTA_DISK},
	};
	static const struct quantity zero = {0};
	struct quantity amount;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].key, pair->key->text) != 0)
			continue;
		const char *wrong =
			pair->value->kind == YAML_SCALAR ? quantity_parse(pair->value->text, &amount) : "not one value";
		if (wrong || quantity_compare(amount, zero) < 0) {
			diag_error(d->fields.diag, yaml_mark(pair->value), "%s must be a quantity of 0 or more",
				   pair->key->text);
			return false;
		}
		q->has[known[i].of] = true;
		q->hard[known[i].of] = known[i].of == QUOTA_CPU ? quantity_milli(amount) : quantity_value(amount);
		return true;
	}
	diag_note(d->fields.diag, yaml_mark(pair->key), "ResourceQuota: hard.%s is not simulated", pair->key->text);
	return true;
}

void decode_quota(struct decoder *d, const struct yaml_node *root)
{
	struct objects *o = d->objects;
	struct quota_object q = {0};
	const struct yaml_node *spec = yaml_get(root, "spec"), *hard = yaml_get(spec, "hard");

	if (!decode_meta(d, root, "ResourceQuota", true, &q.meta) ||
	    !decode_register(d, "ResourceQuota", &q.meta, o->quota_count))
		return;
	if (!yaml_is_null(yaml_get(spec, "scopes")) || !yaml_is_null(yaml_get(spec, "scopeSelector"))) {
		diag_note(d->fields.diag, q.meta.at, "ResourceQuota with scopes is not simulated: it is left out");
		return;
	}
	if (!yaml_is_null(hard) && field_want_map(&d->fields, hard, "hard"))
		for (uint32_t i = 0; i < hard->count; i++)
			if (!yaml_is_null(hard->pair[i].value))
				read_hard(d, &q, &hard->pair[i]);
	ARENA_RESERVE(o->arena, o->quota, o->quota_capacity, o->quota_count + 1, struct quota_object);
	o->quota[o->quota_count++] = q;
}
