/* decode_meta.c - what all kinds share: metadata, labels, selectors, int-or-percent, and the register of objects. */
#include "models/decode.h"

#include <stdlib.h>
#include <string.h>

#define LABELS_AT(object, f) ((struct labels *)(void *)((char *)(object) + (f)->offset))

static int label_order(const void *a, const void *b)
{
	uint32_t x = ((const struct label *)a)->key, y = ((const struct label *)b)->key;

	return (x > y) - (x < y);
}

bool read_labels(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct labels *l = LABELS_AT(object, f);
	bool fine = true;

	if (!field_want_map(c, value, f->name))
		return false;
	l->item = ARENA_NEW(c->arena, value->count + 4, struct label); /* room for those the kubelet adds */
	l->count = 0;
	for (uint32_t i = 0; i < value->count; i++) {
		const struct yaml_node *v = value->pair[i].value;
		const char *text = yaml_is_null(v) ? "" : field_want_text(c, v, value->pair[i].key->text);

		if (!text) {
			fine = false;
			continue;
		}
		l->item[l->count].key = names_intern(c->names, value->pair[i].key->text);
		l->item[l->count++].value = names_intern(c->names, text);
	}
	if (l->count)
		qsort(l->item, l->count, sizeof(*l->item), label_order);
	return fine;
}

void labels_set(struct labels *l, uint32_t key, uint32_t value)
{
	uint32_t i = 0;

	while (i < l->count && l->item[i].key < key)
		i++;
	if (i == l->count || l->item[i].key != key) {
		memmove(l->item + i + 1, l->item + i, (l->count - i) * sizeof(*l->item));
		l->count++;
	}
	l->item[i] = (struct label){key, value};
}

static bool check_operands(struct field_context *c, const struct yaml_node *node, struct requirement *r)
{
	char *end;

	switch (r->op) {
	case OP_IN:
	case OP_NOT_IN:
		if (r->count)
			return true;
		diag_error(c->diag, yaml_mark(node), "operator In or NotIn needs at least one of values");
		return false;
	case OP_EXISTS:
	case OP_DOES_NOT_EXIST:
		if (!r->count)
			return true;
		diag_error(c->diag, yaml_mark(node), "operator Exists or DoesNotExist takes no values");
		return false;
	}
	if (r->count == 1) {
		const char *text = names_text(c->names, r->value[0]);

		r->number = strtoll(text, &end, 10);
		if (end != text && !*end)
			return true;
	}
	diag_error(c->diag, yaml_mark(node), "operator Gt or Lt needs exactly one whole number in values");
	return false;
}

static bool read_values(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct requirement *r = object;

	return field_read_names(c, value, f->name, &r->count, &r->value);
}

static const char *const label_ops[] = {"In", "NotIn", "Exists", "DoesNotExist", NULL};
static const char *const node_ops[] = {"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", NULL};

#define REQUIREMENT_FIELDS(ops)                                                                                        \
	{                                                                                                              \
		{.name = "key", .kind = FIELD_NAME, .offset = offsetof(struct requirement, key)},                      \
			{.name = "operator",                                                                           \
			 .kind = FIELD_ENUM,                                                                           \
			 .offset = offsetof(struct requirement, op),                                                   \
			 .choices = ops},                                                                              \
			{.name = "values", .kind = FIELD_CUSTOM, .read = read_values},                                 \
		{                                                                                                      \
			.name = NULL                                                                                   \
		}                                                                                                      \
	}

static const struct field label_requirement_fields[] = REQUIREMENT_FIELDS(label_ops);
static const struct field node_requirement_fields[] = REQUIREMENT_FIELDS(node_ops);

bool decode_requirements(struct field_context *c, const struct yaml_node *list, bool node, uint32_t *count,
			 struct requirement **out)
{
	bool fine = true;

	if (!field_want_list(c, list, "matchExpressions"))
		return false;
	for (uint32_t i = 0; i < list->count; i++) {
		const struct yaml_node *item = list->item[i];
		struct requirement *r = &(*out)[*count];

		if (!field_read_map(c, node ? node_requirement_fields : label_requirement_fields, item, r,
				    "matchExpressions[]")) {
			fine = false;
			continue;
		}
		if (!r->key || yaml_is_null(yaml_get(item, "operator"))) {
			diag_error(c->diag, yaml_mark(item), "an expression needs a key and an operator");
			fine = false;
			continue;
		}
		fine &= check_operands(c, item, r);
		(*count)++;
	}
	return fine;
}

struct raw_selector {
	const struct yaml_node *labels, *expressions;
};

static bool keep_node(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	(void)c;
	*(const struct yaml_node **)(void *)((char *)object + f->offset) = value;
	return true;
}

static const struct field selector_fields[] = {{.name = "matchLabels",
						.kind = FIELD_CUSTOM,
						.offset = offsetof(struct raw_selector, labels),
						.read = keep_node},
					       {.name = "matchExpressions",
						.kind = FIELD_CUSTOM,
						.offset = offsetof(struct raw_selector, expressions),
						.read = keep_node},
					       {.name = NULL}};

bool read_selector(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	static const struct field labels_row = {.name = "matchLabels", .kind = FIELD_CUSTOM};
	struct selector *s = (struct selector *)(void *)((char *)object + f->offset);
	struct raw_selector raw = {0};
	struct labels equal = {0};
	bool fine = field_read_map(c, selector_fields, value, &raw, f->name);

	if (fine && raw.labels)
		fine = read_labels(c, &labels_row, raw.labels, &equal);
	if (!fine)
		return false;
	s->present = true;
	s->item = ARENA_NEW(c->arena, (size_t)equal.count + (raw.expressions ? raw.expressions->count : 0),
			    struct requirement);
	for (uint32_t i = 0; i < equal.count; i++) {
		struct requirement *r = &s->item[s->count++];

		r->key = equal.item[i].key;
		r->op = OP_IN;
		r->count = 1;
		r->value = &equal.item[i].value;
	}
	return !raw.expressions || decode_requirements(c, raw.expressions, false, &s->count, &s->item);
}

bool read_int_or_percent(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	static const struct field number = {.name = "number", .kind = FIELD_INT32, .low = 0, .high = INT32_MAX};
	struct int_or_percent *out = (struct int_or_percent *)(void *)((char *)object + f->offset);
	size_t length;

	if (value->kind == YAML_SCALAR) {
		length = strlen(value->text);
		if (!field_parse(c, &number, value->text, value->quoted, &out->value)) {
			out->percent = false;
			return true;
		}
		if (length >= 2 && value->text[length - 1] == '%' &&
		    !field_parse(c, &number, arena_text(c->arena, value->text, length - 1), false, &out->value)) {
			out->percent = true;
			return true;
		}
	}
	diag_error(c->diag, yaml_mark(value), "%s must be a whole number or a percentage such as 25%%", f->name);
	return false;
}

/* The first ownerReference with controller: true. */
static bool read_owner(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct meta *m = object;

	if (!field_want_list(c, value, f->name))
		return false;
	for (uint32_t i = 0; i < value->count; i++) {
		const struct yaml_node *item = value->item[i];
		const struct yaml_node *controller = yaml_get(item, "controller"), *kind = yaml_get(item, "kind");
		const struct yaml_node *name = yaml_get(item, "name");

		if (!controller || controller->kind != YAML_SCALAR || strcmp(controller->text, "true") || !kind ||
		    !name)
			continue;
		if (kind->kind != YAML_SCALAR || name->kind != YAML_SCALAR)
			continue;
		m->owner_kind = names_intern(c->names, kind->text);
		m->owner_name = names_intern(c->names, name->text);
		break;
	}
	return true;
}

struct meta_draft {
	struct meta meta;
	uint32_t generate;
};

#define SKIP(key)                                                                                                      \
	{                                                                                                              \
		.name = key, .kind = FIELD_SKIP                                                                        \
	}

static const struct field meta_fields[] = {
	{.name = "name", .kind = FIELD_NAME, .offset = offsetof(struct meta_draft, meta.name)},
	{.name = "namespace", .kind = FIELD_NAME, .offset = offsetof(struct meta_draft, meta.namespace)},
	{.name = "generateName", .kind = FIELD_NAME, .offset = offsetof(struct meta_draft, generate)},
	{.name = "labels",
	 .kind = FIELD_CUSTOM,
	 .offset = offsetof(struct meta_draft, meta.labels),
	 .read = read_labels},
	{.name = "annotations",
	 .kind = FIELD_CUSTOM,
	 .offset = offsetof(struct meta_draft, meta.annotations),
	 .read = read_labels},
	{.name = "ownerReferences", .kind = FIELD_CUSTOM, .read = read_owner},
	SKIP("uid"),
	SKIP("resourceVersion"),
	SKIP("generation"),
	SKIP("creationTimestamp"),
	SKIP("deletionTimestamp"),
	SKIP("deletionGracePeriodSeconds"),
	SKIP("managedFields"),
	SKIP("selfLink"),
	SKIP("finalizers"),
	SKIP("clusterName"),
	{.name = NULL}};

bool decode_meta(struct decoder *d, const struct yaml_node *root, const char *kind, bool namespaced, struct meta *m)
{
	const struct yaml_node *node = yaml_get(root, "metadata");
	struct meta_draft draft = {.meta = {.at = yaml_mark(root)}};
	bool fine;

	*m = draft.meta;
	if (yaml_is_null(node)) {
		diag_error(d->fields.diag, yaml_mark(root), "%s without metadata.name", kind);
		return false;
	}
	fine = field_read_map(&d->fields, meta_fields, node, &draft, "metadata");
	if (fine && !draft.meta.name && draft.generate) {
		char *name = text_format(d->fields.arena, "%s%05u", names_text(d->fields.names, draft.generate),
					 ++d->generated);

		draft.meta.name = names_intern(d->fields.names, name);
	}
	*m = draft.meta;
	m->at = yaml_mark(node);
	if (!fine && !m->name)
		return false;
	if (!m->name) {
		diag_error(d->fields.diag, yaml_mark(node), "%s without metadata.name", kind);
		return false;
	}
	m->at = yaml_mark(yaml_get(node, "name") ? yaml_get(node, "name") : node);
	if (!namespaced)
		m->namespace = 0;
	else if (!m->namespace)
		m->namespace = d->default_namespace;
	return true;
}

static const char *object_key(struct decoder *d, const char *kind, uint32_t namespace, uint32_t name)
{
	const struct names *n = d->fields.names;

	return text_format(&d->scratch, "%s/%s/%s", kind, names_text(n, namespace), names_text(n, name));
}

bool decode_register(struct decoder *d, const char *kind, const struct meta *m, uint32_t row)
{
	const char *key = object_key(d, kind, m->namespace, m->name);
	uint32_t known = names_find(&d->keys, key), id;

	if (known) {
		diag_error(d->fields.diag, m->at, "second %s called \"%s\"%s%s", kind,
			   names_text(d->fields.names, m->name), m->namespace ? " in namespace " : "",
			   names_text(d->fields.names, m->namespace));
		diag_help(d->fields.diag, "the first is at %s:%u", d->place[known].file, d->place[known].line);
		return false;
	}
	id = names_intern(&d->keys, key);
	ARENA_RESERVE(&d->scratch, d->row, d->row_capacity, id + 1, uint32_t);
	ARENA_RESERVE(&d->scratch, d->place, d->place_capacity, id + 1, struct mark);
	d->row[id] = row;
	d->place[id] = m->at;
	return true;
}

uint32_t decode_find(struct decoder *d, const char *kind, uint32_t namespace, uint32_t name)
{
	uint32_t id = names_find(&d->keys, object_key(d, kind, namespace, name));

	return id ? d->row[id] : NO_ROW;
}
