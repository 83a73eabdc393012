/* scenario_explain.c - what the tables know, in words. */
#include <string.h>

#include "models/policy.h"
#include "models/scenario_parts.h"
#include "models/sched_quirks.h"
#include "models/versions.h"

/* The default, once for each run of versions in which it is the same. */
static void print_default(const struct field *f, struct text *out)
{
	const char *now = field_fallback(f, KUBERNETES_MAX);
	int since = KUBERNETES_MAX;
	bool first = true;

	if (!now) {
		text_add(out, "none");
		return;
	}
	for (int minor = KUBERNETES_MAX - 1; minor >= KUBERNETES_MIN - 1; minor--) {
		const char *value = minor >= KUBERNETES_MIN ? field_fallback(f, minor) : NULL;

		if (value && now && !strcmp(value, now)) {
			since = minor;
			continue;
		}
		text_printf(out, "%s%s", first ? "" : ", ", now);
		if (!first)
			text_add(out, " before");
		else if (value)
			text_printf(out, " since 1.%d", since);
		first = false;
		now = value;
		since = minor;
	}
}

static void print_line(struct text *out, const char *what, const char *text)
{
	if (text && *text)
		text_printf(out, "  %-9s %s\n", what, text);
}

static void print_row(const struct field *f, const char *prefix, struct text *out)
{
	struct text part;

	text_printf(out, "%s%s%s\n", prefix, *prefix ? "." : "", f->name);
	text_init(&part, out->arena);
	field_print_type(f, &part);
	print_line(out, "type", part.data);
	print_line(out, "unit", f->unit);
	text_init(&part, out->arena);
	print_default(f, &part);
	print_line(out, "default", part.data);
	text_init(&part, out->arena);
	field_print_range(f, &part);
	print_line(out, "range", part.data);
	print_line(out, "meaning", f->meaning);
	print_line(out, "source", f->source);
	for (const struct field *r = f->rows; r && r->name; r++)
		text_printf(out, "%s%s", r == f->rows ? "  keys      " : ", ", r->name);
	if (f->rows)
		text_add(out, "\n");
}

static void print_all(const struct field *table, const char *prefix, struct text *out)
{
	for (const struct field *f = table; f->name; f++) {
		struct text value, name;

		text_init(&value, out->arena);
		text_init(&name, out->arena);
		print_default(f, &value);
		text_printf(&name, "%s%s%s", prefix, *prefix ? "." : "", f->name);
		text_printf(out, "%-45s %-30s %s\n", name.data, value.data, f->meaning ? f->meaning : "");
		if (f->rows)
			print_all(f->rows, name.data, out);
	}
}

/* Whether the row at path is meant by name: the whole path or an end of it. */
static bool means(const char *path, const char *name)
{
	size_t length = strlen(path), wanted = strlen(name);

	if (wanted > length || strcmp(path + length - wanted, name) != 0)
		return false;
	return wanted == length || path[length - wanted - 1] == '.';
}

/* Prints every row called name (its prefix, or the beginning of that, left out or given); returns how many. */
static int print_named(const struct field *table, const char *prefix, const char *name, struct text *out)
{
	int found = 0;

	for (const struct field *f = table; f->name; f++) {
		const char *path = text_format(out->arena, "%s%s%s", prefix, *prefix ? "." : "", f->name);

		if (means(path, name)) {
			print_row(f, prefix, out);
			found++;
		}
		if (f->rows)
			found += print_named(f->rows, path, name, out);
	}
	return found;
}

/* "node-lifecycle" or "controllers.node-lifecycle", with its options. */
static bool print_controller(const char *name, struct text *out)
{
	const char *word = !strncmp(name, "controllers.", 12) ? name + 12 : name;
	const struct field *options = scenario_explain_controller(word, out);

	if (!options)
		return false;
	for (; options->name; options++)
		print_row(options, text_format(out->arena, "controllers.%s", word), out);
	return true;
}

/* A key of failure processes, with or without "failures." and "cascade." before it; or a process or profile. */
static bool print_process(const char *name, struct text *out)
{
	const char *word = !strncmp(name, "failures.", 9) ? name + 9 : name;
	const struct field *row = field_find(process_fields, word), *options;
	bool found = row != NULL, profile;

	if (row && !field_find(failure_fields, word))
		print_row(row, "failures", out);
	word = !strncmp(word, "cascade.", 8) ? word + 8 : word;
	if ((row = field_find(cascade_fields, word)) != NULL) {
		print_row(row, "failures.cascade", out);
		found = true;
	}
	for (uint32_t i = 0; failure_processes[i] != NULL; i++) {
		const char *of = text_format(out->arena, "failures(%s)", failure_processes[i]->info.name);

		if ((row = field_find(failure_processes[i]->options, word)) == NULL)
			continue;
		print_row(row, of, out);
		found = true;
	}
	if ((options = scenario_explain_process(word, out)) != NULL)
		for (; options->name; options++)
			print_row(options, text_format(out->arena, "failures(%s)", word), out);
	profile = scenario_explain_profile(word, out);
	return found || options != NULL || profile;
}

static void suggest_fields(const char *name, struct text *out)
{
	struct diag d = {0};
	const char *known[256], *dot = strrchr(name, '.');
	uint32_t count = 0;
	struct text message;

	for (const struct field *f = scenario_fields; f->name; f++) {
		known[count++] = f->name;
		for (const struct field *r = f->rows; r && r->name && count < 255; r++)
			known[count++] = r->name;
	}
	for (const struct field *f = process_fields; f->name && count < 255; f++)
		known[count++] = f->name;
	count += scenario_controller_names(known + count, 255 - count);
	diag_init(&d, out->arena);
	diag_error(&d, (struct mark){.file = "explain"}, "no field is called \"%s\"", name);
	diag_suggest(&d, dot ? dot + 1 : name, known, count);
	text_init(&message, out->arena);
	diag_print_errors(&d, &message);
	text_add(out, message.data);
}

/* ---- beside the fields ---- */

static void print_schedulers(struct text *out)
{
	const char *summary, *name;

	text_add(out, "scheduler: NAME, for the pods that do not ask for another (--set scheduler=NAME)\n");
	for (uint32_t i = 0; (name = sched_profile_choice(i, &summary)) != NULL; i++)
		text_printf(out, "  %-22s %s\n", name, summary);
	text_add(out, "or the schedulerName of a profile of a KubeSchedulerConfiguration among the input.\n\n"
		      "plugins that a profile can enable\n");
	for (uint32_t i = 0; sched_plugins[i] != NULL; i++)
		text_printf(out, "  %-32s %s\n", sched_plugins[i]->info.name, sched_plugins[i]->info.summary);
}

static void print_quirk(const struct sched_quirk *q, struct text *out)
{
	text_printf(out, "%s\n", q->name);
	print_line(out, "versions", q->versions);
	print_line(out, "where", q->where);
	print_line(out, "what", q->what);
	print_line(out, "source", q->source);
}

/* Quirks of the scheduler: all, or the one called name. */
static bool print_quirks(const char *name, struct text *out)
{
	bool all = strcmp(name, "quirks") == 0, found = false;
	const struct sched_quirk *q;

	for (uint32_t i = 0; (q = sched_quirk(i)) != NULL; i++)
		if (all || strcmp(q->name, name) == 0) {
			print_quirk(q, out);
			found = true;
		}
	return found;
}

bool fields_explain(const struct field *table, const char *prefix, const char *name, struct text *out)
{
	if (strcmp(name, prefix) != 0)
		return print_named(table, prefix, name, out) > 0;
	text_printf(out, "%-45s %-30s %s\n", "FIELD", "DEFAULT", "MEANING");
	print_all(table, prefix, out);
	return true;
}

bool scenario_explain(const char *name, struct text *out)
{
	if (!name) {
		text_printf(out, "%-45s %-30s %s\n", "FIELD OF spec", "DEFAULT", "MEANING");
		print_all(scenario_fields, "", out);
		text_add(out, "\nfailures with a process or profile\n");
		print_all(process_fields, "failures", out);
		text_add(out, "\nAlso: nodefall explain schedulers, quirks, processes, profiles\n");
		return true;
	}
	if (!strcmp(name, "schedulers")) {
		print_schedulers(out);
		return true;
	}
	if (!strcmp(name, "processes") || !strcmp(name, "profiles")) {
		if (!strcmp(name, "processes"))
			scenario_explain_processes(out);
		else
			scenario_explain_profiles(out);
		return true;
	}
	if (print_quirks(name, out))
		return true;
	if (!strncmp(name, "spec.", 5))
		name += 5;
	bool found = print_named(scenario_fields, "", name, out) > 0;
	if (!strcmp(name, "controllers"))
		scenario_explain_controllers(out);
	found |= print_controller(name, out);
	found |= print_process(name, out);
	if (!strcmp(name, "failures"))
		scenario_explain_processes(out);
	if (found)
		return true;
	suggest_fields(name, out);
	return false;
}
