/* decode_app.c - what a manifest cannot say about its applications: annotations nodefall.io/WORD for all main
 * containers of a pod, nodefall.io/WORD.CONTAINER for one of its containers. */
#include "models/decode.h"

#include <string.h>

#include "sim/file.h"

#define PREFIX "nodefall.io/"

/* How a word is read. */
enum reading { READ_DIST, READ_CODE, READ_COUNT, READ_GATE, READ_CURVE, READ_GROWTH };

static const struct app_row {
	const char *word;
	enum reading reading;
	uint8_t has;   /* enum app_word */
	size_t offset; /* in struct app */
} rows[] = {
	{"ready-after", READ_DIST, APP_READY, offsetof(struct app, ready)},
	{"stop-after", READ_DIST, APP_STOP, offsetof(struct app, stop)},
	{"run-for", READ_DIST, APP_RUN, offsetof(struct app, run)},
	{"hang-after", READ_DIST, APP_HANG, offsetof(struct app, hang)},
	{"pre-stop-for", READ_DIST, APP_PRE_STOP, offsetof(struct app, pre_stop)},
	{"post-start-for", READ_DIST, APP_POST_START, offsetof(struct app, post_start)},
	{"exit-code", READ_CODE, 0, offsetof(struct app, exit_code)},
	{"exits", READ_COUNT, 0, offsetof(struct app, exits)},
	{"cpu", READ_CURVE, 0, offsetof(struct app, use[USAGE_CPU])},
	{"memory", READ_CURVE, 0, offsetof(struct app, use[USAGE_MEMORY])},
	{"memory-growth", READ_GROWTH, 0, offsetof(struct app, use[USAGE_MEMORY])},
	{"disk", READ_CURVE, 0, offsetof(struct app, use[USAGE_DISK])},
	{"disk-growth", READ_GROWTH, 0, offsetof(struct app, use[USAGE_DISK])},
	{"pids", READ_CURVE, 0, offsetof(struct app, use[USAGE_PIDS])},
	{"gate-after", READ_GATE, 0, 0},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* One annotation while it is read. */
struct annotation {
	struct decoder *d;
	struct mark at;
	const char *key, *value;
};

static bool read_number(const struct annotation *n, double high, uint32_t *out)
{
	const struct field row = {.name = "value", .kind = FIELD_UINT32, .low = 0, .high = high};
	const char *wrong = field_parse(&n->d->fields, &row, n->value, false, out);

	if (wrong)
		diag_error(n->d->fields.diag, n->at, "annotation %s: \"%s\" is not %s from 0 to %.0f", n->key, n->value,
			   wrong, high);
	return !wrong;
}

/* The samples of "file(PATH)", whose path is relative to the folder of the input. */
static const char *read_samples(const struct annotation *n, const char *path, bool milli, struct curve *out)
{
	struct arena *a = n->d->fields.arena;
	struct file_set files = {0};
	const char *slash = strrchr(n->at.file, '/'), *wrong;
	uint32_t line;

	if (path[0] != '/' && slash != NULL)
		path = text_format(a, "%.*s/%s", (int)(slash - n->at.file), n->at.file, path);
	if (!file_is_plain(path))
		return text_format(a, "cannot read %s: no such file, or not a plain one", path);
	wrong = file_add(a, &files, path);
	if (wrong != NULL)
		return wrong;
	wrong = curve_parse_samples(a, files.file[0].bytes, milli, out, &line);
	return wrong != NULL ? text_format(a, "%s:%u: %s", path, (unsigned)line, wrong) : NULL;
}

static bool read_curve(const struct annotation *n, const struct app_row *r, struct curve *out)
{
	struct arena *a = n->d->fields.arena;
	bool milli = r->offset == offsetof(struct app, use[USAGE_CPU]);
	size_t length = strlen(n->value);
	const char *wrong;

	if (strncmp(n->value, "file(", 5) == 0 && n->value[length - 1] == ')')
		wrong = read_samples(n, text_format(a, "%.*s", (int)length - 6, n->value + 5), milli, out);
	else
		wrong = curve_parse(a, n->value, milli, out);
	if (wrong)
		diag_error(n->d->fields.diag, n->at, "annotation %s: \"%s\": %s", n->key, n->value, wrong);
	return !wrong;
}

/* A use, or how much it grows each minute; the two may come in either order. */
static void apply_use(const struct annotation *n, const struct app_row *r, struct curve **use)
{
	struct curve read = {0}, *old = *use;

	if (!read_curve(n, r, &read))
		return;
	*use = ARENA_NEW(n->d->fields.arena, 1, struct curve);
	n->d->scenario->tells_use |= (uint8_t)(1u << (r->offset - offsetof(struct app, use)) / sizeof(*use));
	if (r->reading == READ_GROWTH && read.kind != CURVE_CONSTANT) {
		diag_error(n->d->fields.diag, n->at, "annotation %s: growth is one amount a minute", n->key);
		return;
	}
	if (r->reading == READ_GROWTH) {
		**use = old != NULL ? *old : (struct curve){0};
		(*use)->growth = read.low / 60;
	} else {
		**use = read;
		(*use)->growth = old != NULL ? old->growth : 0;
	}
	if ((*use)->growth > 0 && (*use)->kind != CURVE_CONSTANT)
		diag_error(n->d->fields.diag, n->at, "annotation %s: only a constant amount grows", n->key);
}

static bool read_dist(const struct annotation *n, struct dist *out)
{
	const char *wrong = dist_parse(n->value, out);

	if (wrong)
		diag_error(n->d->fields.diag, n->at, "annotation %s: \"%s\": %s", n->key, n->value, wrong);
	return !wrong;
}

static void apply(const struct annotation *n, const struct app_row *r, struct app *a)
{
	void *to = (char *)a + r->offset;
	uint32_t number;

	if (r->reading == READ_CURVE || r->reading == READ_GROWTH)
		apply_use(n, r, to);
	else if (r->reading == READ_DIST && read_dist(n, to))
		a->has |= r->has;
	else if (r->reading == READ_CODE && read_number(n, 255, &number))
		a->exit_code = (uint8_t)number;
	else if (r->reading == READ_COUNT && read_number(n, 1e9, &number))
		a->exits = number;
}

static struct container *find(struct pod_spec *s, uint32_t name)
{
	for (uint32_t i = 0; i < spec_containers(s); i++) {
		struct container *k = i < s->init_count ? &s->init[i] : &s->container[i - s->init_count];

		if (name && k->name == name)
			return k;
	}
	return NULL;
}

static void suggest_container(const struct annotation *n, const struct pod_spec *s, const char *word)
{
	const char **known = ARENA_NEW(&n->d->scratch, spec_containers(s), const char *);

	for (uint32_t i = 0; i < spec_containers(s); i++)
		known[i] = names_text(n->d->fields.names, spec_container(s, i)->name);
	diag_suggest(n->d->fields.diag, word, known, spec_containers(s));
}

static void read_one(const struct annotation *n, struct pod_spec *s, bool of_container)
{
	const char *word = n->key + strlen(PREFIX), *dot = strchr(word, '.'), *known[ROWS];
	size_t length = dot ? (size_t)(dot - word) : strlen(word);
	struct container *k;

	for (size_t i = 0; i < ROWS; i++) {
		known[i] = rows[i].word;
		if (strlen(rows[i].word) != length || strncmp(rows[i].word, word, length) != 0)
			continue;
		if (of_container != (dot != NULL))
			return;
		if (rows[i].reading == READ_GATE) {
			s->has_gate_after = read_dist(n, &s->gate_after);
			return;
		}
		for (uint32_t c = 0; !dot && c < s->container_count; c++)
			apply(n, &rows[i], &s->container[c].app);
		if (!dot)
			return;
		k = find(s, names_find(n->d->fields.names, dot + 1));
		if (k) {
			apply(n, &rows[i], &k->app);
			return;
		}
		diag_error(n->d->fields.diag, n->at, "annotation %s: no container is called \"%s\"", n->key, dot + 1);
		suggest_container(n, s, dot + 1);
		return;
	}
	if (of_container)
		return;
	diag_error(n->d->fields.diag, n->at, "unknown annotation \"%s\"", n->key);
	diag_suggest(n->d->fields.diag, n->key + strlen(PREFIX), known, ROWS);
}

void decode_app(struct decoder *d, struct mark at, const struct labels *annotations, struct pod_spec *spec)
{
	/* First what holds for all containers, then what holds for one of them. */
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t i = 0; annotations && i < annotations->count; i++) {
			struct annotation n = {.d = d,
					       .at = at,
					       .key = names_text(d->fields.names, annotations->item[i].key),
					       .value = names_text(d->fields.names, annotations->item[i].value)};

			if (!strncmp(n.key, PREFIX, strlen(PREFIX)))
				read_one(&n, spec, pass == 1);
		}
}
