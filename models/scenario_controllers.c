/* scenario_controllers.c - "controllers:" of a Scenario: which controllers run, what replaces them, their options. */
#include <string.h>

#include "models/policy.h"
#include "models/scenario_parts.h"

/* More controllers than this are not there to be named. */
#define NAMES_MAX 128

static uint32_t count_controllers(void)
{
	uint32_t n = 0;

	while (controllers[n])
		n++;
	return n;
}

/* The row of the controller called name, or NO_ROW. */
static uint32_t find(const char *name)
{
	for (uint32_t i = 0; controllers[i]; i++)
		if (!strcmp(controllers[i]->info.name, name))
			return i;
	return NO_ROW;
}

static bool fills(const struct controller *p, const char *role)
{
	return !strcmp(controller_role(p), role);
}

/* Names of the controllers that are the upstream ones of their role, or (with a role) of those that can fill it. */
static uint32_t list_names(const char *role, const char *known[NAMES_MAX])
{
	uint32_t n = 0;

	for (uint32_t i = 0; controllers[i] && n < NAMES_MAX; i++)
		if (role ? fills(controllers[i], role) : !controllers[i]->role)
			known[n++] = controllers[i]->info.name;
	return n;
}

static void *default_options(struct field_context *c, const struct controller *p)
{
	void *options = arena_alloc(c->arena, 1, p->options_size, _Alignof(max_align_t));

	if (p->options)
		field_defaults(c, p->options, options);
	return options;
}

/* Of a map: everything but "use", for the options' own table. */
static const struct yaml_node *without_use(struct field_context *c, const struct yaml_node *map)
{
	struct yaml_node *rest = ARENA_NEW(c->arena, 1, struct yaml_node);

	*rest = *map;
	rest->count = 0;
	rest->pair = ARENA_NEW(c->arena, map->count, struct yaml_pair);
	for (uint32_t i = 0; i < map->count; i++)
		if (strcmp(map->pair[i].key->text, "use"))
			rest->pair[rest->count++] = map->pair[i];
	return rest;
}

static void wrong_use(struct field_context *c, const char *role, const struct yaml_node *value, const char *word)
{
	const char *known[NAMES_MAX + 2] = {"on", "off"};
	uint32_t count = 2 + list_names(role, known + 2);
	struct text list;

	text_init(&list, c->arena);
	for (uint32_t i = 0; i < count; i++)
		text_printf(&list, "%s%s", i ? ", " : "", known[i]);
	diag_error(c->diag, yaml_mark(value), "%s must be one of %s, not \"%s\"", role, list.data, word);
	diag_suggest(c->diag, word, known, count);
}

static bool is_word(const char *text, const char *yes, const char *also)
{
	return !strcmp(text, yes) || !strcmp(text, also);
}

/* The row that runs in this role by the word: NO_ROW for none or, after reporting, for a wrong word (*fine false). */
static uint32_t chosen(struct field_context *c, const char *role, const struct yaml_node *value, bool *fine)
{
	const char *word = value && value->kind == YAML_SCALAR ? value->text : "";
	uint32_t row;

	if (!value || is_word(word, "on", "true"))
		return find(role);
	if (is_word(word, "off", "false"))
		return NO_ROW;
	row = find(word);
	if (row != NO_ROW && fills(controllers[row], role))
		return row;
	wrong_use(c, role, value, value->kind == YAML_SCALAR ? word : "a list");
	*fine = false;
	return NO_ROW;
}

static void read_options(struct field_context *c, uint32_t row, const struct yaml_node *map, void *options)
{
	const struct yaml_node *rest = without_use(c, map);
	const char *name = controllers[row]->info.name;

	if (rest->count == 0)
		return;
	if (controllers[row]->options) {
		field_read_map(c, controllers[row]->options, rest, options,
			       text_format(c->arena, "controller %s", name));
		return;
	}
	diag_error(c->diag, yaml_mark(rest->pair[0].key), "%s has no options", name);
}

static void read_role(struct scenario *s, struct field_context *c, const struct yaml_pair *pair)
{
	const char *role = pair->key->text, *known[NAMES_MAX];
	uint32_t named = find(role), row;
	bool fine = true, map = pair->value && pair->value->kind == YAML_MAP;

	if (named == NO_ROW) {
		diag_error(c->diag, yaml_mark(pair->key), "no controller is called \"%s\"", role);
		diag_suggest(c->diag, role, known, list_names(NULL, known));
		return;
	}
	if (controllers[named]->role) {
		diag_error(c->diag, yaml_mark(pair->key), "%s is a replacement of another controller", role);
		diag_help(c->diag, "write %s: %s", controllers[named]->role, role);
		return;
	}
	row = chosen(c, role, map ? yaml_get(pair->value, "use") : pair->value, &fine);
	for (uint32_t i = 0; controllers[i]; i++)
		if (fills(controllers[i], role))
			s->control[i].runs = i == row;
	if (map && fine && row != NO_ROW)
		read_options(c, row, pair->value, s->control[row].options);
}

void scenario_controllers(struct scenario *s, struct field_context *c, const struct yaml_node *map)
{
	uint32_t count = count_controllers();

	s->control = ARENA_NEW(c->arena, count, struct controller_use);
	for (uint32_t i = 0; i < count; i++) {
		s->control[i].runs = !controllers[i]->role && !controllers[i]->optional;
		s->control[i].options = default_options(c, controllers[i]);
	}
	if (!map || !field_want_map(c, map, "controllers"))
		return;
	for (uint32_t i = 0; i < map->count; i++)
		read_role(s, c, &map->pair[i]);
}

/* --- explain --- */

static void explain_line(const struct controller *p, struct text *out)
{
	const char *state = p->role ? p->role : p->optional ? "off" : "on";

	text_printf(out, "  %-28s %-18s %s\n", p->info.name, state, p->info.summary);
}

void scenario_controller_on(struct scenario *s, const char *name, const struct yaml_node *map)
{
	const uint32_t row = find(name);

	if (row != NO_ROW && yaml_is_null(yaml_get(map, name)))
		s->control[row].runs = true;
}

void scenario_explain_controllers(struct text *out)
{
	text_printf(out, "  %-28s %-18s %s\n", "CONTROLLER", "DEFAULT", "WHAT IT DOES");
	for (uint32_t i = 0; controllers[i]; i++)
		if (!controllers[i]->role)
			explain_line(controllers[i], out);
	text_printf(out, "  %-28s %-18s %s\n", "REPLACEMENT", "OF", "WHAT IT DOES");
	for (uint32_t i = 0; controllers[i]; i++)
		if (controllers[i]->role)
			explain_line(controllers[i], out);
}

const struct field *scenario_explain_controller(const char *name, struct text *out)
{
	uint32_t row = find(name);

	if (row == NO_ROW)
		return NULL;
	text_printf(out, "controllers.%s\n", name);
	if (controllers[row]->role)
		text_printf(out, "  %-9s %s\n", "use", text_format(out->arena, "%s: %s", controllers[row]->role, name));
	else
		text_printf(out, "  %-9s %s\n", "default", controllers[row]->optional ? "off" : "on");
	text_printf(out, "  %-9s %s\n", "meaning", controllers[row]->info.summary);
	static const struct field none[] = {{.name = NULL}};
	return controllers[row]->options ? controllers[row]->options : none;
}

uint32_t scenario_controller_names(const char *known[], uint32_t room)
{
	uint32_t n = 0;

	for (; controllers[n] && n < room; n++)
		known[n] = controllers[n]->info.name;
	return n;
}
