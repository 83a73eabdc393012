/* sched_compare.c - compares what was computed for a conformance case with what the case expects. */
#include <string.h>

#include "models/sched_vectors.h"

struct comparison {
	struct text *out;
	uint32_t count, most;
};

static const char *shown(const struct yaml_node *n)
{
	return n == NULL ? "nothing" : n->kind == YAML_MAP ? "{...}" : n->kind == YAML_LIST ? "[...]" : n->text;
}

static void differs(struct comparison *c, const char *where, const struct yaml_node *expected,
		    const struct yaml_node *computed)
{
	if (c->count++ < c->most)
		text_printf(c->out, "  %s: expected %s, computed %s\n", where, shown(expected), shown(computed));
}

static bool holds(const struct yaml_node *list, const char *word)
{
	for (uint32_t i = 0; i < yaml_length(list); i++)
		if (strcmp(yaml_text(list->item[i]), word) == 0)
			return true;
	return false;
}

static void compare_nodes(struct comparison *c, const char *where, const struct yaml_node *e,
			  const struct yaml_node *m);

static void compare_maps(struct comparison *c, const char *where, const struct yaml_node *e, const struct yaml_node *m)
{
	for (uint32_t i = 0; i < e->count; i++) {
		const char *key = e->pair[i].key->text;

		if (strncmp(key, "skipped", 7) == 0 || strcmp(key, "message") == 0)
			continue;
		compare_nodes(c, text_format(c->out->arena, "%s%s%s", where, *where ? "." : "", key), e->pair[i].value,
			      yaml_get(m, key));
	}
	for (uint32_t i = 0; i < m->count; i++)
		if (yaml_get(e, m->pair[i].key->text) == NULL)
			differs(c, text_format(c->out->arena, "%s.%s", where, m->pair[i].key->text), NULL,
				m->pair[i].value);
}

/* Both as sets of texts. */
static void compare_lists(struct comparison *c, const char *where, const struct yaml_node *e, const struct yaml_node *m)
{
	for (uint32_t i = 0; i < e->count; i++)
		if (!holds(m, yaml_text(e->item[i])))
			differs(c, where, e->item[i], NULL);
	for (uint32_t i = 0; i < m->count; i++)
		if (!holds(e, yaml_text(m->item[i])))
			differs(c, where, NULL, m->item[i]);
}

static void compare_nodes(struct comparison *c, const char *where, const struct yaml_node *e, const struct yaml_node *m)
{
	const bool none = yaml_is_null(e) && !(e != NULL && e->quoted);

	if (none != (yaml_is_null(m) && !(m != NULL && m->quoted)))
		differs(c, where, e, m);
	else if (none)
		return;
	else if (e->kind != m->kind)
		differs(c, where, e, m);
	else if (e->kind == YAML_MAP)
		compare_maps(c, where, e, m);
	else if (e->kind == YAML_LIST)
		compare_lists(c, where, e, m);
	else if (strcmp(e->text, m->text) != 0)
		differs(c, where, e, m);
}

uint32_t sched_vector_compare(const struct yaml_node *expected, const struct yaml_node *computed, uint32_t most,
			      struct text *out)
{
	struct comparison c = {.out = out, .most = most};

	compare_nodes(&c, "", expected, computed);
	return c.count;
}
