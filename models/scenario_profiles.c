/* scenario_profiles.c - named failure profiles: data/failures.yaml, compiled in. */
#include <string.h>

#include "models/scenario_parts.h"

#define FILE_NAME "data/failures.yaml"

static const char text[] = {
#include "build/failures.inc"
};

struct profile {
	uint32_t name, meaning, source, guess;
	const struct yaml_node *failures;
};

#define PROFILE(member) offsetof(struct profile, member)

static const struct field profile_fields[] = {
	{.name = "name", .kind = FIELD_NAME, .offset = PROFILE(name)},
	{.name = "meaning", .kind = FIELD_NAME, .offset = PROFILE(meaning)},
	{.name = "source", .kind = FIELD_NAME, .offset = PROFILE(source)},
	{.name = "guess", .kind = FIELD_NAME, .offset = PROFILE(guess)},
	{.name = "failures", .kind = FIELD_CUSTOM, .offset = PROFILE(failures), .read = scenario_keep},
	{.name = NULL}};

/* The list of all profiles, or NULL after reporting (a defect of the file, which a test reads). */
static const struct yaml_node *read_all(struct arena *a, struct diag *d)
{
	struct yaml_docs docs = {0};

	diag_add_source(d, FILE_NAME, text, sizeof(text) - 1);
	if (!yaml_read(a, d, FILE_NAME, text, sizeof(text) - 1, &docs) || docs.count != 1)
		return NULL;
	return docs.root[0];
}

static const struct yaml_node *find(const struct yaml_node *all, const char *name)
{
	for (uint32_t i = 0; i < all->count; i++)
		if (strcmp(yaml_get(all->item[i], "name")->text, name) == 0)
			return all->item[i];
	return NULL;
}

static void unknown(struct field_context *c, const struct yaml_node *at, const char *name, const struct yaml_node *all)
{
	const char **known = ARENA_NEW(c->arena, all->count, const char *);

	for (uint32_t i = 0; i < all->count; i++)
		known[i] = yaml_get(all->item[i], "name")->text;
	diag_error(c->diag, yaml_mark(at), "no failure profile is called \"%s\"", name);
	diag_suggest(c->diag, name, known, all->count);
	diag_help(c->diag, "nodefall explain profiles lists them");
}

/* The pairs of `own`, and those of `base` whose keys it does not have; its place is that of `own`. mtbf and a scale or
 * median say the same, so one takes the other's place. */
static struct yaml_node *merge(struct arena *a, const struct yaml_node *own, const struct yaml_node *base)
{
	struct yaml_node *out = ARENA_NEW(a, 1, struct yaml_node);

	*out = *own;
	out->count = 0;
	out->pair = ARENA_NEW(a, (size_t)own->count + base->count, struct yaml_pair);
	for (uint32_t i = 0; i < base->count; i++) {
		const char *key = base->pair[i].key->text;
		const bool other = strcmp(key, "mtbf") == 0 && (yaml_get(own, "scale") || yaml_get(own, "median"));

		if (yaml_get(own, key) == NULL && !other)
			out->pair[out->count++] = base->pair[i];
	}
	for (uint32_t i = 0; i < own->count; i++)
		out->pair[out->count++] = own->pair[i];
	return out;
}

static void remember(struct decoder *d, struct field_context *c, const struct profile *p)
{
	struct scenario *s = d->scenario;
	struct profile_use *grown;

	for (uint32_t i = 0; i < s->profile_count; i++)
		if (s->profile[i].name == p->name)
			return;
	grown = ARENA_NEW(c->arena, s->profile_count + 1, struct profile_use);
	for (uint32_t i = 0; i < s->profile_count; i++)
		grown[i] = s->profile[i];
	grown[s->profile_count++] = (struct profile_use){.name = p->name,
							 .guess = p->guess != 0 ? names_text(c->names, p->guess) : NULL,
							 .source = names_text(c->names, p->source)};
	s->profile = grown;
}

const struct yaml_node *scenario_profile(struct decoder *d, struct field_context *c, const struct yaml_node *entry)
{
	const struct yaml_node *at = yaml_get(entry, "profile"), *all, *found;
	const char *name = field_want_text(c, at, "profile");
	struct profile p = {0};
	struct yaml_node *out;

	if (name == NULL || (all = read_all(c->arena, c->diag)) == NULL)
		return NULL;
	found = find(all, name);
	if (found == NULL) {
		unknown(c, at, name, all);
		return NULL;
	}
	if (!field_read_map(c, profile_fields, found, &p, "a profile"))
		return NULL;
	remember(d, c, &p);
	out = ARENA_NEW(c->arena, 1, struct yaml_node);
	*out = (struct yaml_node){.kind = YAML_LIST, .count = p.failures->count};
	out->item = ARENA_NEW(c->arena, out->count, struct yaml_node *);
	for (uint32_t i = 0; i < out->count; i++)
		out->item[i] = merge(c->arena, entry, p.failures->item[i]);
	return out;
}

/* ---- explain ---- */

static void print_text(const struct yaml_node *profile, const char *key, struct text *out)
{
	const struct yaml_node *node = yaml_get(profile, key);

	if (node != NULL)
		text_printf(out, "  %-9s %s\n", key, node->text);
}

static void print_value(const struct yaml_node *value, struct text *out)
{
	if (value->kind == YAML_SCALAR) {
		text_add(out, value->text);
		return;
	}
	for (uint32_t i = 0; i < value->count; i++) {
		text_printf(out, "%s%s: ", i > 0 ? ", " : "{", value->pair[i].key->text);
		print_value(value->pair[i].value, out);
	}
	text_add(out, "}");
}

static void print_profile(const struct yaml_node *profile, struct text *out)
{
	const struct yaml_node *list = yaml_get(profile, "failures");

	text_printf(out, "%s\n", yaml_get(profile, "name")->text);
	print_text(profile, "meaning", out);
	for (uint32_t i = 0; i < list->count; i++) {
		text_add(out, "  failures  ");
		print_value(list->item[i], out);
		text_add(out, "\n");
	}
	print_text(profile, "source", out);
	print_text(profile, "guess", out);
}

static const struct yaml_node *known(struct text *out)
{
	struct diag d = {0};

	diag_init(&d, out->arena);
	return read_all(out->arena, &d);
}

void scenario_explain_profiles(struct text *out)
{
	const struct yaml_node *all = known(out);

	text_add(out, "failures: [{profile: NAME}]; what is given beside the profile takes the place of its own\n\n");
	for (uint32_t i = 0; all != NULL && i < all->count; i++)
		print_profile(all->item[i], out);
}

bool scenario_explain_profile(const char *name, struct text *out)
{
	const struct yaml_node *all = known(out), *found = all != NULL ? find(all, name) : NULL;

	if (found != NULL)
		print_profile(found, out);
	return found != NULL;
}
