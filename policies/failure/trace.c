/* trace.c - failures as recorded: a file says when each machine was away and came back. */
#include <assert.h>

#include "models/policy.h"
#include "policies/parts/machine_events.h"
#include "sim/field.h"
#include "sim/file.h"

struct trace {
	uint32_t file;
	uint8_t format; /* enum machine_events_format */
	sim_time offset;
	struct machine_trace read;
	uint32_t *first; /* by subject: its first outage; first[subject + 1] ends them */
	struct machine_outage *outage;
	uint32_t subjects;
};

static const char *const formats[] = {"csv", "google-2011", NULL};

#define TRACE_AT(member) offsetof(struct trace, member)

static const struct field options[] = {
	{.name = "file",
	 .kind = FIELD_NAME,
	 .offset = TRACE_AT(file),
	 .meaning =
		 "the trace, beside the scenario; may be gzipped. Machines are the subjects of the same names, or else "
		 "the subjects in order of appearance"},
	{.name = "format",
	 .kind = FIELD_ENUM,
	 .offset = TRACE_AT(format),
	 .fallback = "csv",
	 .choices = formats,
	 .meaning =
		 "csv: a first line names the columns time, machine, event (down or up) and duration, of which event "
		 "or duration may be missing, times in seconds or with a unit; google-2011: machine_events of that "
		 "trace"},
	{.name = "offset",
	 .kind = FIELD_TIME,
	 .offset = TRACE_AT(offset),
	 .fallback = "0s",
	 .low = 0,
	 .high = 250.0 * 365 * 86400,
	 .meaning = "the run begins at this time of the trace"},
	{.name = NULL}};

/* The machine of each subject, 0 for none: by name when every subject has one, else in order. */
static void match(const struct field_context *c, struct trace *t, const struct failure_subjects *s, uint32_t *machine)
{
	bool by_name = true;

	for (uint32_t i = 0; i < s->count; i++) {
		machine[i] = names_find(&t->read.names, names_text(c->names, s->name[i]));
		by_name &= machine[i] != 0;
	}
	for (uint32_t i = 0; i < s->count && !by_name; i++)
		machine[i] = i < t->read.machines ? i + 1 : 0;
}

static void sort_by_subject(struct field_context *c, struct trace *t, const struct failure_subjects *s)
{
	const struct machine_outage *outage = t->read.outage;
	uint32_t *machine = ARENA_NEW(c->arena, s->count, uint32_t);
	uint32_t *begin = ARENA_NEW(c->arena, (size_t)t->read.machines + 2, uint32_t), filled = 0;

	assert(outage != NULL || t->read.outages == 0);

	match(c, t, s, machine);
	for (uint32_t i = 0; i < t->read.outages; i++)
		begin[outage[i].machine + 1] = i + 1;
	for (uint32_t m = 1; m <= t->read.machines + 1; m++)
		begin[m] = begin[m] > begin[m - 1] ? begin[m] : begin[m - 1];
	t->subjects = s->count;
	t->first = ARENA_NEW(c->arena, (size_t)s->count + 1, uint32_t);
	t->outage = ARENA_NEW(c->arena, t->read.outages, struct machine_outage);
	for (uint32_t i = 0; i < s->count; i++) {
		t->first[i] = filled;
		for (uint32_t k = begin[machine[i]]; machine[i] != 0 && k < begin[machine[i] + 1]; k++)
			t->outage[filled++] = outage[k];
	}
	t->first[s->count] = filled;
}

static bool prepare(struct field_context *c, const struct yaml_node *at, void *object,
		    const struct failure_subjects *subjects)
{
	struct trace *t = object;
	struct file_bytes file = {.bytes = ""};
	const char *path, *wrong;
	uint32_t line = 0;

	if (t->file == 0) {
		diag_error(c->diag, yaml_mark(at), "which trace? give file");
		return false;
	}
	wrong = file_read_beside(c->arena, at->file, names_text(c->names, t->file), &path, &file);
	if (wrong == NULL) {
		wrong = machine_events_read(c->arena, (enum machine_events_format)t->format, file.bytes, t->offset,
					    &t->read, &line);
		if (wrong != NULL)
			wrong = text_format(c->arena, "%s:%u: %s", path, line, wrong);
	}
	if (wrong != NULL) {
		diag_error(c->diag, yaml_mark(yaml_get(at, "file")), "%s", wrong);
		return false;
	}
	sort_by_subject(c, t, subjects);
	if (t->read.machines != subjects->count)
		diag_note(c->diag, yaml_mark(yaml_get(at, "file")), "the trace knows %u machines, there are %u to fail",
			  t->read.machines, subjects->count);
	return true;
}

/* The first outage of a subject that begins at or after `at`. */
static uint32_t search(const struct trace *t, uint32_t subject, sim_time at)
{
	uint32_t low = t->first[subject], high = t->first[subject + 1];

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (t->outage[middle].down < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct failure_next next(const struct failure_call *c)
{
	const struct trace *t = c->options;
	const uint32_t i = search(t, c->subject, c->now);

	if (i == t->first[c->subject + 1])
		return (struct failure_next){SIM_NEVER, SIM_NEVER};
	return (struct failure_next){.at = t->outage[i].down,
				     .lasts = t->outage[i].up == SIM_NEVER ? SIM_NEVER - 1
									   : t->outage[i].up - t->outage[i].down};
}

static double expected(const void *object, uint32_t subject, sim_time length)
{
	const struct trace *t = object;

	return subject < t->subjects ? search(t, subject, length) - t->first[subject] : 0;
}

const struct failure_process failure_trace = {
	.info = {.name = "trace", .summary = "failures as a file recorded them"},
	.options = options,
	.options_size = sizeof(struct trace),
	.prepare = prepare,
	.next = next,
	.expected = expected,
	.brings_repair = true,
};
