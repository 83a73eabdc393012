/* machine_events.c - lines of a trace become absences of machines. */
#include "policies/parts/machine_events.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 16
#define FIELD_MAX 64

/* Google's trace: its window begins 600 s after its zero; 2^63-1 is "after the window" (trace-formats.md 6). */
#define GOOGLE_BEGIN SECONDS(600)

/* The fields of one line, cut out. */
struct line {
	char field[FIELDS_MAX][FIELD_MAX];
	uint32_t count;
};

enum column { COLUMN_TIME, COLUMN_MACHINE, COLUMN_EVENT, COLUMN_DURATION, COLUMNS };
static const char *const column_name[COLUMNS] = {"time", "machine", "event", "duration"};

/* Returns the start of the next line, or NULL when a field is too long or there are too many. */
static const char *take_line(const char *p, struct line *l)
{
	l->count = 0;
	for (;;) {
		const size_t length = strcspn(p, ",\r\n");

		if (length >= FIELD_MAX || l->count == FIELDS_MAX)
			return NULL;
		memcpy(l->field[l->count], p, length);
		l->field[l->count++][length] = '\0';
		p += length;
		if (*p != ',')
			break;
		p++;
	}
	p += *p == '\r';
	return p + (*p == '\n');
}

static bool is_blank(const struct line *l)
{
	return l->count == 1 && (l->field[0][0] == '\0' || l->field[0][0] == '#');
}

/* Seconds as a plain number, or a duration with its unit. */
static bool read_time(const char *text, sim_time *out)
{
	char *end;

	if (time_parse(text, out))
		return true;
	if (text[0] == '\0' || strspn(text, "0123456789.") != strlen(text))
		return false;
	*out = time_from_seconds(strtod(text, &end));
	return *end == '\0';
}

/* A whole number of microseconds; beyond what sim_time holds, never. */
static bool read_micros(const char *text, sim_time *out)
{
	uint64_t value = 0;

	if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text))
		return false;
	for (; *text != '\0'; text++)
		value = value > UINT64_MAX / 20 ? UINT64_MAX / 2 : value * 10 + (uint64_t)(*text - '0');
	*out = value > (uint64_t)SIM_NEVER / 1000 ? SIM_NEVER : MICROS((int64_t)value);
	return true;
}

static void leave(struct arena *a, struct machine_trace *t, uint32_t machine, sim_time at)
{
	if (t->open[machine] != 0)
		return;
	ARENA_RESERVE(a, t->outage, t->capacity, t->outages + 1, struct machine_outage);
	t->outage[t->outages++] = (struct machine_outage){machine, at, SIM_NEVER};
	t->open[machine] = t->outages;
}

static void come(struct machine_trace *t, uint32_t machine, sim_time at)
{
	if (t->open[machine] == 0)
		return;
	t->outage[t->open[machine] - 1].up = at;
	t->open[machine] = 0;
}

static uint32_t machine_of(struct arena *a, struct machine_trace *t, const char *name)
{
	const uint32_t id = names_intern(&t->names, name);

	ARENA_RESERVE(a, t->open, t->open_capacity, (size_t)id + 1, uint32_t);
	t->machines = id > t->machines ? id : t->machines;
	return id;
}

/* Columns: time, machine id, event type (0 ADD, 1 REMOVE, 2 UPDATE), ... */
static const char *google_line(struct arena *a, struct machine_trace *t, const struct line *l, sim_time from)
{
	sim_time at;

	if (l->count < 3 || !read_micros(l->field[0], &at) || l->field[1][0] == '\0' || strlen(l->field[2]) != 1 ||
	    l->field[2][0] < '0' || l->field[2][0] > '2')
		return "expected time in microseconds, machine id and event type (0, 1 or 2)";
	const uint32_t machine = machine_of(a, t, l->field[1]);
	from = time_add(from, GOOGLE_BEGIN);
	at = at > from ? at - from : 0;
	if (l->field[2][0] == '1')
		leave(a, t, machine, at);
	else
		come(t, machine, at);
	return NULL;
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

static const char *csv_line(struct arena *a, struct machine_trace *t, const struct line *l, const int column[COLUMNS],
			    sim_time from)
{
	const char *event = column[COLUMN_EVENT] >= 0 ? l->field[column[COLUMN_EVENT]] : "down";
	sim_time at, lasts;

	if (!read_time(l->field[column[COLUMN_TIME]], &at))
		return "time must be a number of seconds, or a duration such as 3d4h";
	if (l->field[column[COLUMN_MACHINE]][0] == '\0')
		return "a line without a machine";
	const uint32_t machine = machine_of(a, t, l->field[column[COLUMN_MACHINE]]);
	const sim_time since = at > from ? at - from : 0;
	if (is_one_of(event, "up", "add", "repair")) {
		come(t, machine, since);
		return NULL;
	}
	if (!is_one_of(event, "down", "remove", "fail"))
		return "event must be down, remove or fail, or up, add or repair";
	leave(a, t, machine, since);
	if (column[COLUMN_DURATION] < 0 || l->field[column[COLUMN_DURATION]][0] == '\0')
		return NULL;
	if (!read_time(l->field[column[COLUMN_DURATION]], &lasts))
		return "duration must be a number of seconds, or a duration such as 3h";
	come(t, machine, time_add(at, lasts) > from ? time_add(at, lasts) - from : 0);
	return NULL;
}

static const char *read_header(const struct line *l, int column[COLUMNS])
{
	for (int c = 0; c < COLUMNS; c++)
		column[c] = -1;
	for (uint32_t i = 0; i < l->count; i++)
		for (int c = 0; c < COLUMNS; c++)
			if (strcmp(l->field[i], column_name[c]) == 0)
				column[c] = (int)i;
	if (column[COLUMN_TIME] < 0 || column[COLUMN_MACHINE] < 0 ||
	    (column[COLUMN_EVENT] < 0 && column[COLUMN_DURATION] < 0))
		return "the first line must name the columns: time, machine, and event or duration (or both)";
	return NULL;
}

static int by_machine(const void *a, const void *b)
{
	const struct machine_outage *x = a, *y = b;

	if (x->machine != y->machine)
		return x->machine < y->machine ? -1 : 1;
	if (x->down != y->down)
		return x->down < y->down ? -1 : 1;
	return (x->up > y->up) - (x->up < y->up);
}

/* Sorts, and leaves out what is over when the run begins or overlaps what came before. */
static void settle(struct machine_trace *t)
{
	uint32_t kept = 0;

	if (t->outages > 0)
		qsort(t->outage, t->outages, sizeof(t->outage[0]), by_machine);
	for (uint32_t i = 0; i < t->outages; i++) {
		const struct machine_outage *o = &t->outage[i];
		const struct machine_outage *last = kept > 0 ? &t->outage[kept - 1] : NULL;

		if (o->up <= o->down || o->down == SIM_NEVER)
			continue;
		if (last != NULL && last->machine == o->machine && o->down < last->up)
			continue;
		t->outage[kept++] = *o;
	}
	t->outages = kept;
}

const char *machine_events_read(struct arena *a, enum machine_events_format format, const char *text, sim_time from,
				struct machine_trace *out, uint32_t *line)
{
	int column[COLUMNS] = {0};
	bool header = format == MACHINE_EVENTS_CSV;
	const char *wrong = NULL;
	struct line l;

	*out = (struct machine_trace){0};
	names_init(&out->names, a, NULL);
	for (*line = 1; *text != '\0' && wrong == NULL; *line += wrong == NULL) {
		text = take_line(text, &l);
		if (text == NULL)
			return "a field is longer than 63 characters, or there are more than 16";
		if (is_blank(&l))
			continue;
		if (*line > MACHINE_EVENTS_MAX)
			return "more lines than 20 million";
		if (header) {
			wrong = read_header(&l, column);
			header = false;
			continue;
		}
		for (int c = 0; c < COLUMNS; c++)
			if (!header && format == MACHINE_EVENTS_CSV && column[c] >= (int)l.count)
				return "fewer fields than the first line names";
		wrong = format == MACHINE_EVENTS_CSV ? csv_line(a, out, &l, column, from)
						     : google_line(a, out, &l, from);
	}
	if (wrong == NULL)
		settle(out);
	return wrong;
}
