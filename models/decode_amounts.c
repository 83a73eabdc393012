/* decode_amounts.c - lists of resources: exact amounts, their sums and maxima, rounded once at the end. */
#include "models/decode.h"

#include <stdlib.h>
#include <string.h>

static const char *const fixed_names[AMOUNTS] = {"cpu", "memory", "ephemeral-storage", "pods"};

/* Resources the scheduler knows as scalars: qualified names, huge pages, volume attachments; kube-scheduler.md 3.1. */
static bool is_scalar(const char *name)
{
	return strchr(name, '/') || !strncmp(name, "hugepages-", 10) || !strncmp(name, "attachable-volumes-", 19);
}

static struct quantity *find_scalar(const struct amounts *a, uint32_t name)
{
	for (uint32_t i = 0; i < a->count; i++)
		if (a->scalar[i].name == name)
			return &a->scalar[i].amount;
	return NULL;
}

static void add_scalar(struct arena *arena, struct amounts *a, uint32_t name, struct quantity amount)
{
	ARENA_RESERVE(arena, a->scalar, a->capacity, a->count + 1, struct scalar_amount);
	a->scalar[a->count++] = (struct scalar_amount){name, amount};
}

/* Larger amounts are refused so that no sum or product of the scheduler overflows 64 bits: 10^15 bytes, 10^12 CPUs. */
static bool too_large(const char *name, struct quantity amount)
{
	struct quantity limit;

	quantity_parse(!strcmp(name, "cpu") ? "1e12" : "1e15", &limit);
	return quantity_compare(amount, limit) > 0;
}

static bool read_amount(struct field_context *c, const struct yaml_node *key, const struct yaml_node *value,
			struct amounts *out)
{
	struct quantity amount;
	const char *wrong;

	if (value->kind != YAML_SCALAR) {
		diag_error(c->diag, yaml_mark(value), "%s must be a quantity such as 500m or 2Gi", key->text);
		return false;
	}
	wrong = quantity_parse(value->text, &amount);
	if (wrong) {
		diag_error(c->diag, yaml_mark(value), "%s: \"%s\" is no quantity: %s", key->text, value->text, wrong);
		return false;
	}
	if (quantity_value(amount) < 0 || *value->text == '-') {
		diag_error(c->diag, yaml_mark(value), "%s must not be negative", key->text);
		return false;
	}
	if (too_large(key->text, amount)) {
		diag_error(c->diag, yaml_mark(value), "%s: %s is more than can be simulated", key->text, value->text);
		return false;
	}
	for (int i = 0; i < AMOUNTS; i++)
		if (!strcmp(key->text, fixed_names[i])) {
			out->has[i] = true;
			out->fixed[i] = amount;
			return true;
		}
	if (!is_scalar(key->text)) {
		diag_error(c->diag, yaml_mark(key), "unknown resource \"%s\"", key->text);
		diag_suggest(c->diag, key->text, fixed_names, AMOUNTS);
		return false;
	}
	if (out->count >= AMOUNT_SCALARS_MAX) {
		diag_error(c->diag, yaml_mark(key), "more than %d extended resources in one list", AMOUNT_SCALARS_MAX);
		return false;
	}
	add_scalar(c->arena, out, names_intern(c->names, key->text), amount);
	return true;
}

bool read_amounts(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct amounts *out = (struct amounts *)(void *)((char *)object + f->offset);
	bool fine = true;

	if (!field_want_map(c, value, f->name))
		return false;
	for (uint32_t i = 0; i < value->count; i++)
		if (!yaml_is_null(value->pair[i].value))
			fine &= read_amount(c, value->pair[i].key, value->pair[i].value, out);
	return fine;
}

void amounts_add(struct arena *a, struct amounts *to, const struct amounts *from)
{
	for (int i = 0; i < AMOUNTS; i++)
		if (from->has[i]) {
			to->fixed[i] = to->has[i] ? quantity_add(to->fixed[i], from->fixed[i]) : from->fixed[i];
			to->has[i] = true;
		}
	for (uint32_t i = 0; i < from->count; i++) {
		struct quantity *known = find_scalar(to, from->scalar[i].name);

		if (known)
			*known = quantity_add(*known, from->scalar[i].amount);
		else
			add_scalar(a, to, from->scalar[i].name, from->scalar[i].amount);
	}
}

void amounts_max(struct arena *a, struct amounts *to, const struct amounts *from)
{
	for (int i = 0; i < AMOUNTS; i++)
		if (from->has[i] && (!to->has[i] || quantity_compare(from->fixed[i], to->fixed[i]) > 0)) {
			to->fixed[i] = from->fixed[i];
			to->has[i] = true;
		}
	for (uint32_t i = 0; i < from->count; i++) {
		struct quantity *known = find_scalar(to, from->scalar[i].name);

		if (!known)
			add_scalar(a, to, from->scalar[i].name, from->scalar[i].amount);
		else if (quantity_compare(from->scalar[i].amount, *known) > 0)
			*known = from->scalar[i].amount;
	}
}

void amounts_fill(struct arena *a, struct amounts *to, const struct amounts *limits)
{
	for (int i = 0; i < AMOUNTS; i++)
		if (limits->has[i] && !to->has[i]) {
			to->fixed[i] = limits->fixed[i];
			to->has[i] = true;
		}
	for (uint32_t i = 0; i < limits->count; i++)
		if (!find_scalar(to, limits->scalar[i].name))
			add_scalar(a, to, limits->scalar[i].name, limits->scalar[i].amount);
}

struct resources amounts_round(struct decoder *d, const struct amounts *from)
{
	const struct names *n = d->fields.names;
	struct resources r = {.scalar_count = from->count};

	if (from->has[AMOUNT_CPU])
		r.cpu_milli = quantity_milli(from->fixed[AMOUNT_CPU]);
	if (from->has[AMOUNT_MEMORY])
		r.mem_bytes = quantity_value(from->fixed[AMOUNT_MEMORY]);
	if (from->has[AMOUNT_DISK])
		r.disk_bytes = quantity_value(from->fixed[AMOUNT_DISK]);
	if (from->has[AMOUNT_PODS])
		r.pods = quantity_value(from->fixed[AMOUNT_PODS]);
	r.scalar = ARENA_NEW(d->fields.arena, from->count, struct scalar);
	for (uint32_t i = 0; i < from->count; i++) {
		const char *name = names_text(n, from->scalar[i].name);
		uint32_t at = i;

		/* Insertion keeps them sorted by text: at most AMOUNT_SCALARS_MAX of each container. */
		for (; at > 0 && strcmp(names_text(n, r.scalar[at - 1].name), name) > 0; at--)
			r.scalar[at] = r.scalar[at - 1];
		r.scalar[at] = (struct scalar){from->scalar[i].name, quantity_value(from->scalar[i].amount)};
	}
	return r;
}
