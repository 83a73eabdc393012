/* decode_affinity.c - the parts of a pod spec that say where it may go: affinity, spreading, tolerations, taints. */
#include "models/decode.h"

#include <string.h>

#define SKIP(key)                                                                                                      \
	{                                                                                                              \
		.name = key, .kind = FIELD_SKIP                                                                        \
	}

/* --- node affinity --- */

static bool read_expressions(struct field_context *c, const struct field *f, const struct yaml_node *value,
			     void *object)
{
	struct node_term *t = object;

	if (!field_want_list(c, value, f->name))
		return false;
	t->expression = ARENA_NEW(c->arena, value->count, struct requirement);
	return decode_requirements(c, value, true, &t->expression_count, &t->expression);
}

/* Only metadata.name In or NotIn one value exists upstream; kube-scheduler.md 3.7. */
static bool read_fields(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct node_term *t = object;
	uint32_t name = names_intern(c->names, "metadata.name");

	if (!field_want_list(c, value, f->name))
		return false;
	t->field = ARENA_NEW(c->arena, value->count, struct requirement);
	if (!decode_requirements(c, value, false, &t->field_count, &t->field))
		return false;
	for (uint32_t i = 0; i < t->field_count; i++)
		if (t->field[i].key != name || t->field[i].op > OP_NOT_IN || t->field[i].count != 1) {
			diag_error(c->diag, yaml_mark(value),
				   "matchFields takes only metadata.name In or NotIn one value");
			return false;
		}
	return true;
}

static const struct field node_term_fields[] = {
	{.name = "matchExpressions", .kind = FIELD_CUSTOM, .read = read_expressions},
	{.name = "matchFields", .kind = FIELD_CUSTOM, .read = read_fields},
	{.name = NULL}};

static bool read_preference(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	return field_read_map(c, node_term_fields, value, object, f->name);
}

/* API validation: weights of preferred terms are 1 to 100. */
static const struct field node_preferred_fields[] = {
	{.name = "weight", .kind = FIELD_UINT32, .offset = offsetof(struct node_term, weight), .low = 0, .high = 100},
	{.name = "preference", .kind = FIELD_CUSTOM, .read = read_preference},
	{.name = NULL}};

static bool read_node_terms(struct field_context *c, const struct yaml_node *list, const struct field *table,
			    const char *what, uint32_t *count, struct node_term **out)
{
	bool fine = true;

	if (!field_want_list(c, list, what))
		return false;
	*out = ARENA_NEW(c->arena, list->count, struct node_term);
	for (uint32_t i = 0; i < list->count; i++)
		fine &= field_read_map(c, table, list->item[i], &(*out)[(*count)++], what);
	return fine;
}

bool decode_node_terms(struct field_context *c, const struct yaml_node *list, uint32_t *count, struct node_term **out)
{
	return read_node_terms(c, list, node_term_fields, "nodeSelectorTerms", count, out);
}

static bool read_selector_terms(struct field_context *c, const struct field *f, const struct yaml_node *value,
				void *object)
{
	struct pod_spec *spec = object;

	return read_node_terms(c, value, node_term_fields, f->name, &spec->required_count, &spec->required);
}

static const struct field node_selector_fields[] = {
	{.name = "nodeSelectorTerms", .kind = FIELD_CUSTOM, .read = read_selector_terms}, {.name = NULL}};

static bool read_node_required(struct field_context *c, const struct field *f, const struct yaml_node *value,
			       void *object)
{
	struct pod_spec *spec = object;

	spec->has_required_affinity = true;
	return field_read_map(c, node_selector_fields, value, object, f->name);
}

static bool read_node_preferred(struct field_context *c, const struct field *f, const struct yaml_node *value,
				void *object)
{
	struct pod_spec *spec = object;

	return read_node_terms(c, value, node_preferred_fields, f->name, &spec->preferred_count, &spec->preferred);
}

static const struct field node_affinity_fields[] = {
	{.name = "requiredDuringSchedulingIgnoredDuringExecution", .kind = FIELD_CUSTOM, .read = read_node_required},
	{.name = "preferredDuringSchedulingIgnoredDuringExecution", .kind = FIELD_CUSTOM, .read = read_node_preferred},
	{.name = NULL}};

static bool read_node_affinity(struct field_context *c, const struct field *f, const struct yaml_node *value,
			       void *object)
{
	return field_read_map(c, node_affinity_fields, value, object, f->name);
}

/* --- affinity between pods --- */

static bool read_namespaces(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct pod_affinity_term *t = object;

	return field_read_names(c, value, f->name, &t->namespace_count, &t->namespaces);
}

#define TERM_AT(member) offsetof(struct pod_affinity_term, member)

static const struct field pod_term_fields[] = {
	{.name = "labelSelector", .kind = FIELD_CUSTOM, .offset = TERM_AT(selector), .read = read_selector},
	{.name = "namespaceSelector",
	 .kind = FIELD_CUSTOM,
	 .offset = TERM_AT(namespace_selector),
	 .read = read_selector},
	{.name = "topologyKey", .kind = FIELD_NAME, .offset = TERM_AT(topology_key)},
	{.name = "namespaces", .kind = FIELD_CUSTOM, .read = read_namespaces},
	{.name = NULL}};

static bool read_pod_term(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct pod_affinity_term *t = object;

	if (!field_read_map(c, pod_term_fields, value, object, f->name))
		return false;
	if (t->topology_key)
		return true;
	diag_error(c->diag, yaml_mark(value), "%s without topologyKey", f->name);
	return false;
}

static const struct field weighted_term_fields[] = {
	{.name = "weight", .kind = FIELD_UINT32, .offset = TERM_AT(weight), .low = 0, .high = 100},
	{.name = "podAffinityTerm", .kind = FIELD_CUSTOM, .read = read_pod_term},
	{.name = NULL}};

struct pod_terms {
	uint32_t required_count, preferred_count;
	struct pod_affinity_term *required, *preferred;
};

static bool read_pod_required(struct field_context *c, const struct field *f, const struct yaml_node *value,
			      void *object)
{
	struct pod_terms *out = object;
	bool fine = true;

	if (!field_want_list(c, value, f->name))
		return false;
	out->required = ARENA_NEW(c->arena, value->count, struct pod_affinity_term);
	for (uint32_t i = 0; i < value->count; i++)
		fine &= read_pod_term(c, f, value->item[i], &out->required[out->required_count++]);
	return fine;
}

static bool read_pod_preferred(struct field_context *c, const struct field *f, const struct yaml_node *value,
			       void *object)
{
	struct pod_terms *out = object;
	bool fine = true;

	if (!field_want_list(c, value, f->name))
		return false;
	out->preferred = ARENA_NEW(c->arena, value->count, struct pod_affinity_term);
	for (uint32_t i = 0; i < value->count; i++)
		fine &= field_read_map(c, weighted_term_fields, value->item[i], &out->preferred[out->preferred_count++],
				       f->name);
	return fine;
}

static const struct field pod_affinity_fields[] = {
	{.name = "requiredDuringSchedulingIgnoredDuringExecution", .kind = FIELD_CUSTOM, .read = read_pod_required},
	{.name = "preferredDuringSchedulingIgnoredDuringExecution", .kind = FIELD_CUSTOM, .read = read_pod_preferred},
	{.name = NULL}};

static bool read_pod_affinity(struct field_context *c, const struct field *f, const struct yaml_node *value,
			      void *object)
{
	struct pod_spec *spec = object;
	struct pod_terms terms = {0};
	bool fine = field_read_map(c, pod_affinity_fields, value, &terms, f->name);

	if (!strcmp(f->name, "podAffinity")) {
		spec->affinity_count = terms.required_count;
		spec->affinity = terms.required;
		spec->affinity_preferred_count = terms.preferred_count;
		spec->affinity_preferred = terms.preferred;
	} else {
		spec->anti_count = terms.required_count;
		spec->anti = terms.required;
		spec->anti_preferred_count = terms.preferred_count;
		spec->anti_preferred = terms.preferred;
	}
	return fine;
}

static const struct field affinity_fields[] = {
	{.name = "nodeAffinity", .kind = FIELD_CUSTOM, .read = read_node_affinity},
	{.name = "podAffinity", .kind = FIELD_CUSTOM, .read = read_pod_affinity},
	{.name = "podAntiAffinity", .kind = FIELD_CUSTOM, .read = read_pod_affinity},
	{.name = NULL}};

bool decode_affinity(struct field_context *c, const struct yaml_node *value, struct pod_spec *spec)
{
	return field_read_map(c, affinity_fields, value, spec, "affinity");
}

/* --- topology spread --- */

static bool read_match_keys(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct spread_constraint *s = object;

	if (!field_want_list(c, value, f->name))
		return false;
	s->match_key = ARENA_NEW(c->arena, value->count, uint32_t);
	for (uint32_t i = 0; i < value->count; i++) {
		const char *text = field_want_text(c, value->item[i], f->name);

		if (!text)
			return false;
		s->match_key[s->match_key_count++] = names_intern(c->names, text);
	}
	return true;
}

/* The position in these lists is stored in a bool: false first. Defaults: kube-scheduler.md 3.9. */
static const char *const when_choices[] = {"ScheduleAnyway", "DoNotSchedule", NULL};
static const char *const honor_choices[] = {"Ignore", "Honor", NULL};
_Static_assert(sizeof(bool) == 1, "an enum field writes one byte");

#define SPREAD_AT(member) offsetof(struct spread_constraint, member)

static const struct field spread_fields[] = {
	{.name = "maxSkew", .kind = FIELD_INT32, .offset = SPREAD_AT(max_skew), .low = 1, .high = INT32_MAX},
	{.name = "minDomains", .kind = FIELD_INT32, .offset = SPREAD_AT(min_domains), .low = 1, .high = INT32_MAX},
	{.name = "topologyKey", .kind = FIELD_NAME, .offset = SPREAD_AT(topology_key)},
	{.name = "whenUnsatisfiable",
	 .kind = FIELD_ENUM,
	 .offset = SPREAD_AT(hard),
	 .choices = when_choices,
	 .fallback = "DoNotSchedule"},
	{.name = "labelSelector", .kind = FIELD_CUSTOM, .offset = SPREAD_AT(selector), .read = read_selector},
	{.name = "nodeAffinityPolicy",
	 .kind = FIELD_ENUM,
	 .offset = SPREAD_AT(honor_affinity),
	 .choices = honor_choices,
	 .fallback = "Honor"},
	{.name = "nodeTaintsPolicy",
	 .kind = FIELD_ENUM,
	 .offset = SPREAD_AT(honor_taints),
	 .choices = honor_choices,
	 .fallback = "Ignore"},
	{.name = "matchLabelKeys", .kind = FIELD_CUSTOM, .read = read_match_keys},
	{.name = NULL}};

bool decode_spread(struct field_context *c, const struct yaml_node *value, struct pod_spec *spec)
{
	bool fine = true;

	if (!field_want_list(c, value, "topologySpreadConstraints"))
		return false;
	spec->spread = ARENA_NEW(c->arena, value->count, struct spread_constraint);
	for (uint32_t i = 0; i < value->count; i++) {
		struct spread_constraint *s = &spec->spread[spec->spread_count++];

		field_defaults(c, spread_fields, s);
		if (!field_read_map(c, spread_fields, value->item[i], s, "topologySpreadConstraints[]")) {
			fine = false;
		} else if (!s->topology_key || !s->max_skew) {
			diag_error(c->diag, yaml_mark(value->item[i]),
				   "a spread constraint needs topologyKey and maxSkew");
			fine = false;
		}
	}
	return fine;
}

/* --- tolerations and taints --- */

static const char *const effect_choices[] = {"", "NoSchedule", "PreferNoSchedule", "NoExecute", NULL};
static const char *const operator_choices[] = {"Equal", "Exists", NULL}; /* stored in a bool */

static bool read_toleration_seconds(struct field_context *c, const struct field *f, const struct yaml_node *value,
				    void *object)
{
	struct toleration *t = object;
	const struct field row = {
		.name = f->name, .kind = FIELD_SECONDS, .offset = offsetof(struct toleration, seconds)};

	t->has_seconds = true;
	return field_read(c, &row, value, object);
}

static const struct field toleration_fields[] = {
	{.name = "key", .kind = FIELD_NAME, .offset = offsetof(struct toleration, key)},
	{.name = "value", .kind = FIELD_NAME, .offset = offsetof(struct toleration, value)},
	{.name = "operator",
	 .kind = FIELD_ENUM,
	 .offset = offsetof(struct toleration, exists),
	 .choices = operator_choices},
	{.name = "effect",
	 .kind = FIELD_ENUM,
	 .offset = offsetof(struct toleration, effect),
	 .choices = effect_choices},
	{.name = "tolerationSeconds", .kind = FIELD_CUSTOM, .read = read_toleration_seconds},
	{.name = NULL}};

bool decode_tolerations(struct field_context *c, const struct yaml_node *value, struct pod_spec *spec)
{
	bool fine = true;

	if (!field_want_list(c, value, "tolerations"))
		return false;
	spec->toleration = ARENA_NEW(c->arena, value->count, struct toleration);
	for (uint32_t i = 0; i < value->count; i++) {
		struct toleration *t = &spec->toleration[spec->toleration_count++];

		if (!field_read_map(c, toleration_fields, value->item[i], t, "tolerations[]")) {
			fine = false;
		} else if (!t->key && !t->exists) {
			diag_error(c->diag, yaml_mark(value->item[i]),
				   "a toleration without key needs operator: Exists");
			fine = false;
		}
	}
	return fine;
}

static const struct field taint_fields[] = {
	{.name = "key", .kind = FIELD_NAME, .offset = offsetof(struct taint, key)},
	{.name = "value", .kind = FIELD_NAME, .offset = offsetof(struct taint, value)},
	{.name = "effect", .kind = FIELD_ENUM, .offset = offsetof(struct taint, effect), .choices = effect_choices},
	SKIP("timeAdded"),
	{.name = NULL}};

bool read_taints(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct taint_list *list = (struct taint_list *)(void *)((char *)object + f->offset);
	bool fine = true;

	if (!field_want_list(c, value, f->name))
		return false;
	list->item = ARENA_NEW(c->arena, value->count, struct taint);
	for (uint32_t i = 0; i < value->count; i++) {
		struct taint *t = &list->item[list->count++];

		if (!field_read_map(c, taint_fields, value->item[i], t, "taints[]")) {
			fine = false;
		} else if (!t->key || t->effect == EFFECT_NONE) {
			diag_error(c->diag, yaml_mark(value->item[i]), "a taint needs a key and an effect");
			fine = false;
		}
	}
	return fine;
}
