/* diag.c - collects mistakes and notes, and prints them with their line of the input. */
#include "sim/diag.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/names.h"

/* Longest message kept, and longest part of an input line shown. */
#define MESSAGE_MAX 600
#define SHOWN_MAX 110

/* diag_suggest() looks at no longer words. */
#define WORD_MAX 64

struct diag_message {
	struct mark at;
	const char *text, *help; /* help may be NULL, or several lines */
	uint32_t places;         /* of a note */
};

struct diag_source {
	struct diag_source *next;
	const char *file, *bytes;
	size_t length;
	uint32_t number;
};

/* The id of a note's text, less 1, is its place in message. */
struct diag_notes {
	struct names texts;
	struct diag_message *message;
	uint32_t count, capacity;
};

void diag_init(struct diag *d, struct arena *a)
{
	*d = (struct diag){.arena = a};
}

void diag_add_source(struct diag *d, const char *file, const char *bytes, size_t length)
{
	struct diag_source *s = ARENA_NEW(d->arena, 1, struct diag_source);

	*s = (struct diag_source){d->sources, file, bytes, length, d->sources ? d->sources->number + 1 : 0};
	d->sources = s;
}

/* Whether a terminal may act on the character instead of showing it: controls, and those that turn the text around. */
static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

/* Adds at most `most` characters of length bytes, harmless ones; returns how many. */
static uint32_t add_shown(struct text *out, const char *s, size_t length, uint32_t most)
{
	const char *end = s + length;
	uint32_t shown = 0;
	size_t step;

	for (; s < end && shown < most; s += step, shown++) {
		uint32_t code = text_decode(s, (size_t)(end - s), &step);

		if (code == '\t')
			text_add(out, " ");
		else if (code == TEXT_INVALID || is_control(code))
			text_add(out, "?");
		else
			text_add_n(out, s, step);
	}
	if (s < end)
		text_add(out, "...");
	return shown;
}

/* The formatted message in arena a, made harmless and not too long. */
static const char *message_text(struct arena *a, const char *format, va_list args)
{
	struct arena scratch = {0};
	struct text raw, shown;
	const char *result;

	text_init(&raw, &scratch);
	text_init(&shown, &scratch);
	text_vprintf(&raw, format, args);
	add_shown(&shown, raw.data, raw.length, MESSAGE_MAX);
	result = arena_text(a, shown.data, shown.length);
	arena_release(&scratch);
	return result;
}

void diag_error(struct diag *d, struct mark at, const char *format, ...)
{
	va_list args;

	if (d->errors == DIAG_MAX) {
		d->dropped++;
		return;
	}
	ARENA_RESERVE(d->arena, d->messages, d->capacity, d->count + 1, struct diag_message);
	va_start(args, format);
	d->messages[d->count++] = (struct diag_message){.at = at, .text = message_text(d->arena, format, args)};
	va_end(args);
	d->errors++;
}

void diag_help(struct diag *d, const char *format, ...)
{
	struct diag_message *m;
	const char *help;
	va_list args;

	if (!d->count || d->dropped)
		return;
	va_start(args, format);
	help = message_text(d->arena, format, args);
	va_end(args);
	m = &d->messages[d->count - 1];
	m->help = m->help ? text_format(d->arena, "%s\n%s", m->help, help) : help;
}

void diag_note(struct diag *d, struct mark at, const char *format, ...)
{
	struct diag_notes *notes = d->notes;
	struct arena scratch = {0};
	const char *text;
	va_list args;
	uint32_t id;

	if (!notes) {
		notes = d->notes = ARENA_NEW(d->arena, 1, struct diag_notes);
		names_init(&notes->texts, d->arena, NULL);
	}
	va_start(args, format);
	text = message_text(&scratch, format, args);
	va_end(args);
	id = names_intern(&notes->texts, text);
	arena_release(&scratch);
	if (id > notes->count) {
		ARENA_RESERVE(d->arena, notes->message, notes->capacity, id, struct diag_message);
		notes->message[id - 1] = (struct diag_message){.at = at, .text = names_text(&notes->texts, id)};
		notes->count = id;
	}
	/* An empty text has id 0 and says nothing. */
	if (id)
		notes->message[id - 1].places++;
}

static uint32_t smallest(uint32_t a, uint32_t b, uint32_t c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

/* Levenshtein's distance in bytes; both words are at most WORD_MAX long. */
static uint32_t distance(const char *a, const char *b)
{
	size_t length_b = strlen(b);
	uint32_t row[WORD_MAX + 1];

	for (size_t j = 0; j <= length_b; j++)
		row[j] = (uint32_t)j;
	for (size_t i = 0; a[i]; i++) {
		uint32_t diagonal = row[0];

		row[0] = (uint32_t)i + 1;
		for (size_t j = 1; j <= length_b; j++) {
			uint32_t above = row[j];

			row[j] = smallest(above + 1, row[j - 1] + 1, diagonal + (a[i] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[length_b];
}

const char *diag_nearest(const char *word, const char *const candidates[], uint32_t count)
{
	size_t length = strnlen(word, WORD_MAX + 1);
	uint32_t best = length < 6 ? 2 : (uint32_t)length / 3 + 1;
	const char *found = NULL;

	if (length > WORD_MAX)
		return NULL;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t far;

		if (strnlen(candidates[i], WORD_MAX + 1) > WORD_MAX)
			continue;
		far = distance(word, candidates[i]);
		if (far < best) {
			best = far;
			found = candidates[i];
		}
	}
	return found;
}

void diag_suggest(struct diag *d, const char *word, const char *const candidates[], uint32_t count)
{
	const char *found = diag_nearest(word, candidates, count);

	if (found != NULL)
		diag_help(d, "did you mean \"%s\"?", found);
}

static const struct diag_source *find_source(const struct diag *d, const char *file)
{
	const struct diag_source *s = d->sources;

	while (s && (!file || strcmp(s->file, file)))
		s = s->next;
	return s;
}

/* Bytes of the line break at s, 0 if there is none; those of YAML 1.1, which also counts U+0085, U+2028 and U+2029. */
static size_t line_break(const char *s, const char *end)
{
	size_t left = (size_t)(end - s);

	if (*s == '\n')
		return 1;
	if (*s == '\r')
		return left > 1 && s[1] == '\n' ? 2 : 1;
	if (left > 1 && !memcmp(s, "\xc2\x85", 2))
		return 2;
	if (left > 2 && (!memcmp(s, "\xe2\x80\xa8", 3) || !memcmp(s, "\xe2\x80\xa9", 3)))
		return 3;
	return 0;
}

/* The line of that number, and its length; NULL if the source is shorter. */
static const char *find_line(const struct diag_source *source, uint32_t line, size_t *length)
{
	const char *s = source->bytes, *end = s + source->length, *start;
	size_t step;

	if (source->length >= 3 && !memcmp(s, "\xef\xbb\xbf", 3))
		s += 3;
	for (start = s; s < end; s++) {
		step = line_break(s, end);
		if (!step)
			continue;
		if (!--line)
			break;
		start = s + step;
		s += step - 1;
	}
	if (line > 1)
		return NULL;
	*length = (size_t)(s - start);
	return start;
}

static void print_line(const struct diag_source *source, const struct mark *at, struct text *out)
{
	uint32_t column = at->column ? at->column : 1, skipped = 0, shown, underlined;
	const char *line, *end;
	size_t length, step;

	line = find_line(source, at->line, &length);
	if (!line)
		return;
	end = line + length;
	/* A place far to the right is shown with 40 characters before it. */
	if (column > SHOWN_MAX - 30)
		for (; line < end && skipped + 41 < column; line += step, skipped++)
			text_decode(line, (size_t)(end - line), &step);
	text_printf(out, "%5" PRIu32 " | %s", at->line, skipped ? "..." : "");
	shown = add_shown(out, line, (size_t)(end - line), SHOWN_MAX);
	column = column - skipped < shown + 1 ? column - skipped : shown + 1;
	underlined = column + at->length > shown + 1 ? shown + 1 - column : at->length;
	text_printf(out, "\n      | %*s^", (int)(column - 1 + (skipped ? 3 : 0)), "");
	while (underlined-- > 1)
		text_add(out, "^");
	text_add(out, "\n");
}

static void print_help(const char *help, struct text *out)
{
	while (help) {
		const char *next = strchr(help, '\n');

		text_add(out, "      = help: ");
		text_add_n(out, help, next ? (size_t)(next - help) : strlen(help));
		text_add(out, "\n");
		help = next ? next + 1 : NULL;
	}
}

static void print_place(const struct mark *at, bool column, struct text *out)
{
	if (!at->file)
		return;
	add_shown(out, at->file, strlen(at->file), UINT32_MAX);
	if (at->line)
		text_printf(out, ":%" PRIu32, at->line);
	if (at->line && column)
		text_printf(out, ":%" PRIu32, at->column);
	text_add(out, ": ");
}

struct sorted {
	const struct diag_message *message;
	const struct diag_source *source;
	uint32_t file, number;
};

static int compare(const void *left, const void *right)
{
	const struct sorted *a = left, *b = right;
	const struct mark *x = &a->message->at, *y = &b->message->at;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

void diag_print_errors(const struct diag *d, struct text *out)
{
	struct sorted order[DIAG_MAX];

	for (uint32_t i = 0; i < d->count; i++) {
		const struct diag_source *s = find_source(d, d->messages[i].at.file);

		/* Places outside the known files come last. */
		order[i] = (struct sorted){&d->messages[i], s, s ? s->number : UINT32_MAX, i};
	}
	qsort(order, d->count, sizeof(order[0]), compare);
	for (uint32_t i = 0; i < d->count; i++) {
		const struct diag_message *m = order[i].message;

		print_place(&m->at, true, out);
		text_printf(out, "error: %s\n", m->text);
		if (order[i].source && m->at.line)
			print_line(order[i].source, &m->at, out);
		print_help(m->help, out);
	}
	if (d->dropped)
		text_printf(out, "and %" PRIu32 " more error%s\n", d->dropped, d->dropped == 1 ? "" : "s");
}

void diag_print_notes(const struct diag *d, struct text *out)
{
	for (uint32_t i = 0; d->notes && i < d->notes->count; i++) {
		const struct diag_message *m = &d->notes->message[i];

		text_add(out, "note: ");
		print_place(&m->at, false, out);
		text_add(out, m->text);
		if (m->places > 1)
			text_printf(out, " (%" PRIu32 " places)", m->places);
		text_add(out, "\n");
	}
}
