/* scenario_processes.c - entries of `failures` with a process: random failures of nodes, racks, masters, containers. */
#include <math.h>
#include <stdalign.h>
#include <string.h>

#include "models/policy.h"
#include "models/scenario_parts.h"

/* Failures of a run that a scenario may ask for: beyond them a run would not end in the reader's time. */
#define EXPECTED_MAX 1e6

/* Entries at most: their names and streams are compared in pairs. */
#define SOURCES_MAX 1000

bool scenario_is_process(const struct yaml_node *entry)
{
	return !yaml_is_null(yaml_get(entry, "process")) || !yaml_is_null(yaml_get(entry, "profile"));
}

bool scenario_has_failure(const struct scenario *s, enum failure_kind kind)
{
	for (uint32_t i = 0; i < s->failure_count; i++)
		if (s->failure[i].kind == kind)
			return true;
	for (uint32_t i = 0; i < s->source_count; i++)
		if (s->source[i].kind == kind)
			return true;
	return false;
}

static const struct failure_process *find_process(const char *name)
{
	for (uint32_t i = 0; failure_processes[i] != NULL; i++)
		if (strcmp(failure_processes[i]->info.name, name) == 0)
			return failure_processes[i];
	return NULL;
}

static const struct failure_process *want_process(struct field_context *c, const struct yaml_node *entry)
{
	const struct yaml_node *node = yaml_get(entry, "process");
	const char *name = field_want_text(c, node, "process"), *known[64];
	const struct failure_process *process = name != NULL ? find_process(name) : NULL;
	uint32_t count = 0;
	struct text list;

	if (process != NULL || name == NULL)
		return process;
	text_init(&list, c->arena);
	for (; failure_processes[count] != NULL && count < 64; count++) {
		known[count] = failure_processes[count]->info.name;
		text_printf(&list, "%s%s", count > 0 ? ", " : "", known[count]);
	}
	diag_error(c->diag, yaml_mark(node), "process must be one of %s, not \"%s\"", list.data, name);
	diag_suggest(c->diag, name, known, count);
	return NULL;
}

static uint32_t rows_of(const struct field *table)
{
	uint32_t n = 0;

	while (table[n].name != NULL)
		n++;
	return n;
}

/* Where a process's options lie behind the draft. */
static size_t options_offset(void)
{
	const size_t align = alignof(max_align_t);

	return (sizeof(struct process_draft) + align - 1) / align * align;
}

/* The rows of an entry and, behind them, those of its process. */
static const struct field *rows_with_options(struct field_context *c, const struct failure_process *process)
{
	const uint32_t own = rows_of(process_fields), more = rows_of(process->options);
	struct field *rows = ARENA_NEW(c->arena, own + more + 1, struct field);

	memcpy(rows, process_fields, own * sizeof(*rows));
	memcpy(rows + own, process->options, more * sizeof(*rows));
	for (uint32_t i = own; i < own + more; i++)
		rows[i].offset += options_offset();
	return rows;
}

static bool has(const struct yaml_node *entry, const char *key)
{
	return !yaml_is_null(yaml_get(entry, key));
}

/* What fails, where only the kind is said, and the kind where only that is. */
static void complete(struct process_draft *p, const struct yaml_node *entry)
{
	static const uint8_t kind[FAILURE_OFS] = {
		[OF_DISK] = FAILURE_DISK,
		[OF_RUNTIME] = FAILURE_RUNTIME_STOP,
		[OF_KUBELET] = FAILURE_KUBELET_STOP,
		[OF_SWITCH] = FAILURE_PARTITION,
		[OF_CONTAINER] = FAILURE_CONTAINER_CRASH,
		[OF_MASTER] = FAILURE_MASTER_CRASH,
		[OF_CONTROL_PLANE] = FAILURE_CONTROL_PLANE,
	};

	if (!has(entry, "kind")) {
		p->place.kind = kind[p->of];
	} else if (!has(entry, "of")) {
		p->of = failure_of_masters(&p->place)              ? OF_MASTER
			: p->place.kind == FAILURE_CONTROL_PLANE   ? OF_CONTROL_PLANE
			: p->place.kind == FAILURE_CONTAINER_CRASH ? OF_CONTAINER
			: p->place.kind == FAILURE_DISK            ? OF_DISK
								   : OF_NODE;
	}
}

/* Whether a kind of failure makes sense of what fails. */
static bool suits(const struct process_draft *p)
{
	const uint8_t kind = p->place.kind;

	switch ((enum failure_of)p->of) {
	case OF_DISK:
		return kind == FAILURE_DISK;
	case OF_RUNTIME:
		return kind == FAILURE_RUNTIME_STOP;
	case OF_KUBELET:
		return kind == FAILURE_KUBELET_STOP;
	case OF_CONTAINER:
		return kind == FAILURE_CONTAINER_CRASH;
	case OF_CONTROL_PLANE:
		return kind == FAILURE_CONTROL_PLANE;
	case OF_MASTER:
		return kind == FAILURE_PARTITION || (kind >= FAILURE_MASTER_CRASH && kind <= FAILURE_ETCD_SLOW_DISK);
	default:
		return kind <= FAILURE_RUNTIME_STOP || kind == FAILURE_DISK || kind == FAILURE_SPOT_INTERRUPTION;
	}
}

/* A mistake in keys that do not go together, or NULL. `key` is where it is. */
static const char *nonsense(const struct process_draft *p, const struct failure_process *process,
			    const struct yaml_node *entry, const char **key)
{
	const uint8_t kind = p->place.kind;
	const bool part = kind == FAILURE_COMPONENT_CRASH || kind == FAILURE_COMPONENT_STOP;

	*key = "kind";
	if (has(entry, "at") || has(entry, "for")) {
		*key = has(entry, "at") ? "at" : "for";
		return "at and for belong to a failure at a given time; a process has from, until and repair";
	}
	if (!suits(p))
		return "such a failure does not happen to what `of` names";
	if (part != has(entry, "component"))
		return part ? "which process? give component: etcd, apiserver, controller-manager or scheduler"
			    : "component belongs to component-crash and component-stop";
	*key = "repair";
	if ((kind == FAILURE_COMPONENT_CRASH || kind == FAILURE_CONTAINER_CRASH) && has(entry, "repair"))
		return "what crashes here is restarted by its kubelet: leave repair out";
	if (kind == FAILURE_REBOOT && !has(entry, "repair") && !process->brings_repair)
		return "a reboot needs repair: how long the node is down";
	*key = "rebootShare";
	if (kind != FAILURE_NODE_CRASH && has(entry, "rebootShare"))
		return "rebootShare belongs to node-crash";
	*key = "notice";
	if (kind != FAILURE_SPOT_INTERRUPTION && p->place.notice > 0)
		return "only a spot-interruption comes with a notice";
	*key = "until";
	if (p->until <= p->from)
		return "until must come after from";
	*key = "label";
	if ((p->of == OF_LABEL) != has(entry, "label"))
		return p->of == OF_LABEL ? "which label? give label, its key" : "label belongs to of: label";
	*key = "workload";
	if (p->of != OF_CONTAINER && has(entry, "workload"))
		return "workload belongs to of: container";
	return NULL;
}

static bool check(struct field_context *c, const struct process_draft *p, const struct failure_process *process,
		  const struct yaml_node *entry)
{
	const char *key, *wrong = nonsense(p, process, entry, &key);

	if (wrong != NULL)
		diag_error(c->diag, yaml_mark(has(entry, key) ? yaml_get(entry, key) : entry), "%s", wrong);
	return wrong == NULL;
}

static bool read_cascade(struct field_context *c, const struct process_draft *p, struct cascade_draft *out)
{
	*out = (struct cascade_draft){0};
	if (yaml_is_null(p->cascade))
		return true;
	field_defaults(c, cascade_fields, out);
	if (!field_read_map(c, cascade_fields, p->cascade, out, "a cascade"))
		return false;
	if (!strcmp(cascade_fields[0].choices[out->within], "label") != (out->label != 0)) {
		diag_error(c->diag, yaml_mark(p->cascade), "within: label and label, its key, belong together");
		return false;
	}
	return true;
}

/* "weibull-node", or with the profile's name; a number behind it where that is taken. */
static uint32_t default_id(struct decoder *d, struct field_context *c, const struct process_draft *p,
			   const struct failure_process *process)
{
	const struct scenario *s = d->scenario;
	const char *base =
		text_format(c->arena, "%s-%s", p->profile != 0 ? names_text(c->names, p->profile) : process->info.name,
			    process_fields[3].choices[p->of]);
	uint32_t id = names_intern(c->names, base), number = 1;

	for (uint32_t i = 0; i < s->source_count; i++) {
		if (s->source[i].id != id)
			continue;
		id = names_intern(c->names, text_format(c->arena, "%s-%u", base, ++number));
		i = UINT32_MAX; /* from the start again */
	}
	return id;
}

bool scenario_source_id(struct decoder *d, struct field_context *c, const struct failure_source *source)
{
	for (uint32_t i = 0; i < d->scenario->source_count; i++) {
		if (d->scenario->source[i].id != source->id)
			continue;
		diag_error(c->diag, source->mark, "a second process with the id \"%s\"",
			   names_text(c->names, source->id));
		return false;
	}
	return true;
}

static bool prepare(struct field_context *c, const struct yaml_node *entry, struct failure_source *out, void *options)
{
	struct failure_subjects subjects = {.count = out->subject_count};
	uint32_t *name = ARENA_NEW(c->arena, out->subject_count, uint32_t);

	for (uint32_t i = 0; i < out->subject_count; i++)
		name[i] = out->subject[i].name;
	subjects.name = name;
	out->options = options;
	return out->process->prepare(c, entry, options, &subjects);
}

uint32_t scenario_add_source(struct decoder *d, struct field_context *c, const struct failure_source *source)
{
	struct scenario *s = d->scenario;
	struct failure_source *grown = ARENA_NEW(c->arena, s->source_count + 1, struct failure_source);

	if (s->source_count > 0)
		memcpy(grown, s->source, s->source_count * sizeof(*grown));
	grown[s->source_count++] = *source;
	s->source = grown;
	return s->source_count - 1;
}

/* One entry with a process; a profile's keys are in it already. */
static void read_entry(struct decoder *d, struct field_context *c, const struct yaml_node *entry)
{
	const struct failure_process *process = want_process(c, entry);
	struct process_draft *p;
	struct cascade_draft cascade;
	struct failure_source out;
	void *options;

	if (process == NULL)
		return;
	p = arena_alloc(c->arena, 1, options_offset() + process->options_size, alignof(max_align_t));
	options = (char *)p + options_offset();
	const struct field *rows = rows_with_options(c, process);
	field_defaults(c, rows, p);
	p->until = SIM_NEVER;
	if (!field_read_map(c, rows, entry, p, text_format(c->arena, "a failure with process: %s", process->info.name)))
		return;
	complete(p, entry);
	if (!check(c, p, process, entry) || !read_cascade(c, p, &cascade))
		return;
	out = (struct failure_source){
		.id = p->place.id != 0 ? p->place.id : default_id(d, c, p, process),
		.process = process,
		.kind = p->place.kind,
		.component = p->place.component,
		.factor = p->place.factor,
		.heals = has(entry, "repair"),
		.repair = p->repair,
		.reboot_share = p->reboot_share,
		.reboot = p->reboot,
		.repairers = p->repairers,
		.from = p->from,
		.until = p->until,
		.notice = p->place.notice,
		.handler = p->place.handler,
		.cascade = cascade.cascade,
		.mark = yaml_mark(entry),
	};
	if (scenario_source_id(d, c, &out) && scenario_subjects(d, c, p, &cascade, entry, &out) &&
	    prepare(c, entry, &out, options))
		scenario_add_source(d, c, &out);
}

void scenario_process(struct decoder *d, struct field_context *c, const struct yaml_node *entry)
{
	const struct yaml_node *entries;

	if (!field_want_map(c, entry, "a failure"))
		return;
	if (d->scenario->source_count >= SOURCES_MAX) {
		diag_error(c->diag, yaml_mark(entry), "more than %d failure processes", SOURCES_MAX);
		return;
	}
	if (yaml_is_null(yaml_get(entry, "profile"))) {
		read_entry(d, c, entry);
		return;
	}
	entries = scenario_profile(d, c, entry);
	for (uint32_t i = 0; entries != NULL && i < entries->count; i++)
		read_entry(d, c, entries->item[i]);
}

/* Whether a subject has nodes that are there from the start, or is not about nodes. */
static bool is_there(const struct scenario *s, const struct failure_subject *subject)
{
	for (uint32_t i = 0; i < subject->node_count; i++)
		if (!s->objects.node[subject->node[i]].absent)
			return true;
	return subject->node_count == 0;
}

/* Failures of all subjects in the part of the run in which they may happen. */
static double expected_of(const struct scenario *s, const struct failure_source *f)
{
	const sim_time until = f->until < s->duration ? f->until : s->duration;
	double sum = 0;

	for (uint32_t i = 0; i < f->subject_count && f->from < until; i++)
		if (is_there(s, &f->subject[i]))
			sum += f->process->expected(f->options, i, until) -
			       (f->from > 0 ? f->process->expected(f->options, i, f->from) : 0);
	return sum;
}

/* Failures that follow one of a subject in a group of `size`, in the mean: p (1 + m + m^2 + ...) for size - 1 others.
 */
static double followers(const struct failure_cascade *c, uint32_t size)
{
	const double p = c->probability, m = c->more;

	if (size < 2)
		return 0;
	return m < 1 ? p * (1 - pow(m, size - 1)) / (1 - m) : p * (size - 1);
}

/* The mean over all subjects. */
static double followers_of(const struct failure_source *f)
{
	double sum = 0;

	for (uint32_t i = 0; i < f->group_count; i++)
		sum += f->group[i].count * followers(&f->cascade, f->group[i].count);
	return f->subject_count > 0 ? sum / f->subject_count : 0;
}

void scenario_processes_check(struct decoder *d, struct field_context *c)
{
	struct scenario *s = d->scenario;
	double all = 0;

	for (uint32_t i = 0; i < s->source_count; i++) {
		struct failure_source *f = &s->source[i];

		if (f->process == NULL)
			continue;
		f->expected = expected_of(s, f) * (1 + followers_of(f));
		all += f->expected;
		if (f->expected < 1)
			diag_note(c->diag, f->mark,
				  "%s: %.2g failures are expected in a run of this length; see --runs and duration",
				  names_text(c->names, f->id), f->expected);
	}
	if (!(all > EXPECTED_MAX))
		return;
	diag_error(c->diag, s->source[0].mark, "%.3g failures are expected in the run, %.0f are the most", all,
		   EXPECTED_MAX);
	diag_help(c->diag, "shorten duration, or make failures rarer");
}

/* ---- explain ---- */

void scenario_explain_processes(struct text *out)
{
	text_add(out, "failures: [{process: NAME, ...}], random failures of each subject by itself\n");
	for (uint32_t i = 0; failure_processes[i] != NULL; i++) {
		const struct failure_process *p = failure_processes[i];

		text_printf(out, "  %-14s %s; keys:", p->info.name, p->info.summary);
		for (const struct field *f = p->options; f->name != NULL; f++)
			text_printf(out, " %s", f->name);
		text_add(out, "\n");
	}
	text_add(out, "keys of all of them:");
	for (const struct field *f = process_fields; f->name != NULL; f++)
		text_printf(out, " %s", f->name);
	text_add(out, "\n");
}

const struct field *scenario_explain_process(const char *name, struct text *out)
{
	const struct failure_process *p = find_process(name);

	if (p == NULL)
		return NULL;
	text_printf(out, "%s: %s\n", p->info.name, p->info.summary);
	return p->options;
}
