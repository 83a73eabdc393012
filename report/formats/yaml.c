/* yaml.c - the JSON document in block style: the same keys, for those who read rather than parse. */
#include "report/format.h"

#include <string.h>

#include "sim/text.h"

#define DEPTH_MAX 16

/* What is left of the document, and how deep the reader stands in it. */
struct walk {
	const char *at;
	struct text *out;
	int depth;
};

static void skip_space(struct walk *w)
{
	w->at += strspn(w->at, " \n\t\r");
}

/* Past a JSON string, which is a YAML string in double quotes as it stands; a solidus is never escaped here. */
static size_t string_length(const char *s)
{
	size_t n = 1;

	for (; s[n] != '"'; n++)
		n += s[n] == '\\';
	return n + 1;
}

static void scalar(struct walk *w)
{
	const size_t n = *w->at == '"' ? string_length(w->at) : strcspn(w->at, ",]} \n");

	text_add_n(w->out, w->at, n);
	text_add(w->out, "\n");
	w->at += n;
}

static void new_line(struct walk *w, int depth)
{
	text_printf(w->out, "%*s", 2 * depth, "");
}

static void value(struct walk *w, bool in_list);

/* Whether more follows of the map or list that ends with this bracket; steps over what stands between. */
static bool more(struct walk *w, char bracket)
{
	skip_space(w);
	if (*w->at == ',')
		w->at++;
	skip_space(w);
	if (*w->at != bracket)
		return true;
	w->at++;
	return false;
}

/* The first pair of a map in a list stands behind the dash. */
static void map(struct walk *w, bool in_list)
{
	bool first = true;

	w->at++;
	for (; more(w, '}'); first = false) {
		if (!(first && in_list))
			new_line(w, w->depth);
		const size_t n = string_length(w->at);
		text_add_n(w->out, w->at + 1, n - 2); /* a key is a plain word */
		w->at += n;
		skip_space(w);
		w->at++;
		text_add(w->out, ":");
		value(w, false);
	}
}

static void list(struct walk *w)
{
	w->at++;
	while (more(w, ']')) {
		new_line(w, w->depth);
		text_add(w->out, "-");
		value(w, true);
	}
}

/* What stands behind a key or a dash. */
static void value(struct walk *w, bool in_list)
{
	skip_space(w);
	const char open = *w->at;
	if ((open != '{' && open != '[') || w->depth >= DEPTH_MAX) {
		text_add(w->out, " ");
		scalar(w);
		return;
	}
	if (w->at[1 + strspn(w->at + 1, " \n")] == (open == '{' ? '}' : ']')) {
		text_add(w->out, open == '{' ? " {}\n" : " []\n");
		w->at = strchr(w->at, open == '{' ? '}' : ']') + 1;
		return;
	}
	text_add(w->out, in_list && open == '{' ? " " : "\n");
	w->depth++;
	if (open == '{')
		map(w, in_list);
	else
		list(w);
	w->depth--;
}

static void write(const struct outcome *o, struct text *out)
{
	struct arena scratch = {0};
	struct text json;

	text_init(&json, &scratch);
	format_find("json")->write(o, &json);
	struct walk w = {.at = json.data, .out = out};
	map(&w, false);
	arena_release(&scratch);
}

const struct format format_yaml = {
	.name = "yaml",
	.summary = "the document of json, as YAML",
	.write = write,
};
