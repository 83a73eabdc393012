/* events.c - what `kubectl get events -A --sort-by=.lastTimestamp` would have printed when the run ended. */
#include "report/events.h"
#include "report/format.h"

#include <string.h>

#include "report/looks/human.h"

enum { NAMESPACE, LAST_SEEN, TYPE, REASON, OBJECT, MESSAGE, COLUMNS };

static void cells(const struct outcome *o, const struct events_row *r, struct arena *a, const char *cell[COLUMNS])
{
	cell[NAMESPACE] = r->namespace;
	cell[LAST_SEEN] = human_age(a, o->end - r->at);
	cell[TYPE] = r->warning ? "Warning" : "Normal";
	cell[REASON] = r->reason;
	cell[OBJECT] = r->object;
	cell[MESSAGE] = r->message;
}

static void write(const struct outcome *o, struct text *out)
{
	static const char *const head[COLUMNS] = {"NAMESPACE", "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"};
	struct arena a = {0};
	uint32_t rows;
	const struct events_row *row = events_of(o, &a, &rows);
	const char *(*cell)[COLUMNS] = arena_alloc(&a, rows + 1, sizeof(*cell), _Alignof(const char *));
	size_t width[COLUMNS] = {0};

	memcpy(cell[0], head, sizeof(head));
	for (uint32_t i = 0; i < rows; i++)
		cells(o, &row[i], &a, cell[i + 1]);
	for (uint32_t i = 0; i <= rows; i++)
		for (int c = 0; c < COLUMNS; c++)
			width[c] = strlen(cell[i][c]) > width[c] ? strlen(cell[i][c]) : width[c];
	for (uint32_t i = 0; i <= rows; i++) {
		for (int c = 0; c < MESSAGE; c++)
			text_printf(out, "%-*s", (int)width[c] + 3, cell[i][c]);
		text_printf(out, "%s\n", cell[i][MESSAGE]);
	}
	arena_release(&a);
}

const struct format format_events = {
	.name = "events",
	.summary = "what kubectl get events -A would print at the end of the run",
	.needs_facts = true,
	.write = write,
};
