/* candidates.c - loads one scenario for each combination of levels. */
#include "report/cli/candidates.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "models/scenario.h"
#include "report/ranks.h"

#define RUNS_DEFAULT 30
#define RUNS_DEFAULT_PRECISE 1000

/* What is asked for when nobody names a metric; those that cannot vary are left out below. */
static const char *const metrics_default[] = {
	"recovery_mean", "recovery_max", "lost_pod_seconds", "availability", "unschedulable_pods", "jain_cpu", NULL,
};
static const char *const metrics_requests[] = {"errors", "latency_p95", NULL};
static const char *const metrics_fleet[] = {"nodes_mean", "cost_usd", NULL};

static int misuse(const struct experiment *e, const char *wrong)
{
	if (ranks_number() == 0)
		fprintf(stderr, "nodefall %s: %s\nnodefall %s --help lists the options\n", e->command, wrong,
			e->command);
	return EXIT_MISUSE;
}

static int read_factors(struct experiment *e, const struct options *o)
{
	if (o->varies == 0)
		return misuse(e, "--vary is missing: what shall differ?");
	if (o->varies > FACTORS_MAX)
		return misuse(e, text_format(e->arena, "--vary: more than %d keys", FACTORS_MAX));
	for (uint32_t i = 0; i < o->varies; i++) {
		const char *wrong = factor_read(&e->factor[i], e->arena, o->vary[i]);
		if (wrong != NULL)
			return misuse(e, text_format(e->arena, "--vary: %s", wrong));
		for (uint32_t k = 0; k < i; k++)
			if (strcmp(e->factor[k].key, e->factor[i].key) == 0)
				return misuse(e, text_format(e->arena, "--vary: %s stands twice", e->factor[i].key));
		e->factors++;
	}
	e->candidates = factor_combinations(e->factor, e->factors);
	if (e->candidates <= CANDIDATES_MAX)
		return 0;
	e->candidates = 0;
	return misuse(e, text_format(e->arena, "--vary: more than %d combinations", CANDIDATES_MAX));
}

/* A file's name without its folder and its ending; *length is that of the name. */
static const char *stem(const char *path, size_t *length)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL && slash[1] != '\0' ? slash + 1 : path;
	const char *dot = strchr(name, '.');

	*length = dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name);
	return name;
}

/* A level as people read it: quotes are for YAML, and files have short names where these differ. */
static const char *level_name(const struct experiment *e, const struct factor *f, uint32_t level)
{
	struct text t;
	size_t length, other;

	text_init(&t, e->arena);
	if (factor_has_numbers(f))
		return text_format(e->arena, "%s#%" PRIu32, f->key, level + 1);
	if (strcmp(f->key, "file") != 0) {
		for (const char *p = f->level[level]; *p != '\0'; p++)
			text_add_n(&t, p, *p != '"' && *p != '\'');
		return t.data;
	}
	const char *name = stem(f->level[level], &length);
	for (uint32_t i = 0; i < f->levels; i++) {
		const char *same = stem(f->level[i], &other);
		if (i != level && other == length && strncmp(same, name, length) == 0)
			return f->level[level];
	}
	text_add_n(&t, name, length);
	return t.data;
}

static void label(struct experiment *e, uint32_t i)
{
	struct candidate *c = &e->candidate[i];
	struct text t;

	text_init(&t, e->arena);
	c->level = ARENA_NEW(e->arena, e->factors, uint32_t);
	for (uint32_t f = 0; f < e->factors; f++) {
		c->level[f] = factor_level(e->factor, e->factors, f, i);
		text_printf(&t, "%s%s", f > 0 ? " / " : "", level_name(e, &e->factor[f], c->level[f]));
	}
	c->label = t.data;
}

/* The files of one candidate: those that all share, and those that vary. */
static const char *files_of(struct experiment *e, const struct file_set *shared, uint32_t candidate,
			    struct file_set *out)
{
	const char *wrong = NULL;

	*out = (struct file_set){0};
	for (uint32_t i = 0; i < shared->count; i++) {
		ARENA_RESERVE(e->arena, out->file, out->capacity, out->count + 1, struct file_bytes);
		out->file[out->count++] = shared->file[i];
	}
	for (uint32_t f = 0; f < e->factors && wrong == NULL; f++)
		if (strcmp(e->factor[f].key, "file") == 0)
			wrong = file_add(e->arena, out, e->factor[f].level[e->candidate[candidate].level[f]]);
	return wrong;
}

/* FNV-1a over all that was read. */
static void checksum(uint64_t *sum, const char *bytes, size_t length)
{
	for (size_t i = 0; i <= length; i++)
		*sum = (*sum ^ (i < length ? (unsigned char)bytes[i] : 0x100)) * UINT64_C(1099511628211);
}

/* Adds the lines that are not there yet. */
static void add_lines(struct text *all, const struct text *more)
{
	for (const char *line = more->data; *line != '\0';) {
		const size_t length = strcspn(line, "\n");
		struct arena scratch = {0};
		const char *one = text_format(&scratch, "%.*s\n", (int)length, line);
		if (strstr(all->data, one) == NULL)
			text_add(all, one);
		arena_release(&scratch);
		line += length + (line[length] == '\n');
	}
}

/* Returns an exit code; each candidate's mistakes are told once, though several share them. */
static int load_one(struct experiment *e, const struct options *o, const struct file_set *shared, uint32_t i,
		    struct text *errors, struct text *notes)
{
	struct candidate *c = &e->candidate[i];
	const char **set = ARENA_NEW(e->arena, o->sets + e->factors, const char *);
	struct text wrong, remarks;
	struct file_set files;
	uint32_t sets = 0;
	struct diag d;

	const char *unreadable = files_of(e, shared, i, &files);
	if (unreadable != NULL) {
		if (strstr(errors->data, unreadable) == NULL)
			text_printf(errors, "nodefall: %s\n", unreadable);
		return EXIT_FILE;
	}
	for (; sets < o->sets; sets++)
		set[sets] = o->set[sets];
	for (uint32_t f = 0; f < e->factors; f++)
		if (strcmp(e->factor[f].key, "file") != 0)
			set[sets++] = text_format(e->arena, "%s=%s", e->factor[f].key, e->factor[f].level[c->level[f]]);
	c->scenario = ARENA_NEW(e->arena, 1, struct scenario);
	diag_init(&d, e->arena);
	const int code = scenario_load_files(c->scenario, &files, set, sets, &d);
	text_init(&wrong, e->arena);
	text_init(&remarks, e->arena);
	diag_print_errors(&d, &wrong);
	if (code != 0 && strstr(errors->data, wrong.data) == NULL)
		text_printf(errors, "candidate %s:\n%s", c->label, wrong.data);
	diag_print_notes(&d, &remarks);
	add_lines(notes, &remarks);
	for (uint32_t k = 0; k < files.count; k++)
		checksum(&e->input, files.file[k].bytes, files.file[k].length);
	for (uint32_t k = 0; k < sets; k++)
		checksum(&e->input, set[k], strlen(set[k]));
	e->horizon = code == 0 && c->scenario->duration > e->horizon ? c->scenario->duration : e->horizon;
	return code;
}

static int load_all(struct experiment *e, const struct options *o, struct text *notes)
{
	struct file_set shared = {0};
	struct text errors;
	int code = 0;

	text_init(&errors, e->arena);
	for (uint32_t i = 0; i < o->operands; i++) {
		const char *wrong = file_add(e->arena, &shared, o->operand[i]);
		if (wrong != NULL) {
			text_printf(&errors, "nodefall: %s\n", wrong);
			code = EXIT_FILE;
		}
	}
	e->candidate = ARENA_NEW(e->arena, e->candidates, struct candidate);
	for (uint32_t i = 0; i < e->candidates; i++)
		label(e, i);
	for (uint32_t i = 0; i < e->candidates && code != EXIT_FILE; i++) {
		const int one = load_one(e, o, &shared, i, &errors, notes);
		code = one != 0 ? one : code;
	}
	if (ranks_number() == 0)
		cli_tell(&errors);
	return code;
}

static bool is_known(const struct scenario *s, uint32_t name)
{
	for (uint32_t i = 0; i < s->objects.service_count; i++)
		if (s->objects.service[i].meta.name == name)
			return true;
	for (uint32_t i = 0; i < s->objects.workload_count; i++)
		if (s->objects.workload[i].meta.name == name)
			return true;
	return false;
}

static int read_metrics(struct experiment *e, const struct options *o)
{
	bool services = false, fleet = false, requests = false;

	for (uint32_t i = 0; i < o->metrics; i++) {
		const char *wrong = experiment_metric(e, o->metric[i]);
		if (wrong != NULL)
			return misuse(e, text_format(e->arena, "--metric: %s", wrong));
		const char *subject = e->metric[e->metrics - 1].subject;
		bool known = subject[0] == '\0';
		for (uint32_t c = 0; c < e->candidates && !known; c++) {
			const struct scenario *s = e->candidate[c].scenario;
			const uint32_t name = names_find(&s->names, subject);
			known = name != 0 && is_known(s, name);
		}
		if (!known)
			return misuse(
				e, text_format(e->arena, "--metric: no service or workload is called \"%s\"", subject));
	}
	if (o->metrics > 0)
		return 0;
	for (uint32_t c = 0; c < e->candidates; c++) {
		const struct scenario *s = e->candidate[c].scenario;
		services |= s->objects.service_count > 0;
		requests |= s->request_count > 0;
		fleet |= s->autoscaler.on || s->objects.node_count != e->candidate[0].scenario->objects.node_count;
	}
	for (size_t i = 0; metrics_default[i] != NULL; i++)
		if (services || (strcmp(metrics_default[i], "availability") != 0 &&
				 strcmp(metrics_default[i], "lost_pod_seconds") != 0))
			experiment_metric(e, metrics_default[i]);
	for (size_t i = 0; requests && metrics_requests[i] != NULL; i++)
		experiment_metric(e, metrics_requests[i]);
	for (size_t i = 0; fleet && metrics_fleet[i] != NULL; i++)
		experiment_metric(e, metrics_fleet[i]);
	return 0;
}

int candidates_load(struct experiment *e, const struct options *o, struct text *notes)
{
	int code = read_factors(e, o);
	bool file_varies = false;

	for (uint32_t f = 0; f < e->factors; f++)
		file_varies |= strcmp(e->factor[f].key, "file") == 0;
	if (code == 0 && o->operands == 0 && !file_varies)
		code = misuse(e, "name at least one file or folder");
	if (code == 0)
		code = load_all(e, o, notes);
	if (code == 0)
		code = read_metrics(e, o);
	if (code != 0)
		return code;
	const struct scenario *first = e->candidate[0].scenario;
	e->name = names_text(&first->names, first->name);
	e->seed = o->has_seed ? o->seed : first->seed;
	e->independent = o->independent;
	e->precision = o->precision;
	e->runs_asked = o->has_runs ? o->runs : o->precision > 0 ? RUNS_DEFAULT_PRECISE : RUNS_DEFAULT;
	return 0;
}
