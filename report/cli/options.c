/* options.c - one row for each option: its name, argument, meaning, the commands that take it, and how it is read. */
#include "report/cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/expect.h"
#include "report/format.h"

#define RUNS_MAX 1000000
#define THREADS_MAX 256 /* sim/batch.h */

/* A plain decimal number in low..high. */
static const char *read_number(struct options *o, const char *text, uint64_t low, uint64_t high, uint64_t *out)
{
	char *end;

	errno = 0;
	const unsigned long long value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < low || value > high)
		return text_format(o->arena, "\"%s\" is no whole number from %llu to %llu", text,
				   (unsigned long long)low, (unsigned long long)high);
	*out = value;
	return NULL;
}

static const char *read_output(struct options *o, const char *value)
{
	const char *equals = strchr(value, '=');
	const size_t length = equals != NULL ? (size_t)(equals - value) : strlen(value);
	const struct format *format = format_find_n(value, length);
	struct text known;

	if (format == NULL) {
		text_init(&known, o->arena);
		for (size_t i = 0; formats[i] != NULL; i++)
			text_printf(&known, "%s%s", i > 0 ? ", " : "", formats[i]->name);
		return text_format(o->arena, "no format \"%.*s\"; there are %s", (int)length, value, known.data);
	}
	if (equals != NULL && equals[1] == '\0')
		return "the file name after \"=\" is missing";
	if (format->is_binary && equals == NULL)
		return text_format(o->arena, "%s is no text; name a file: %s=FILE", format->name, format->name);
	ARENA_RESERVE(o->arena, o->output, o->output_capacity, o->outputs + 1, struct output);
	o->output[o->outputs++] = (struct output){format, equals != NULL ? equals + 1 : NULL};
	return NULL;
}

static const char *read_set(struct options *o, const char *value)
{
	if (strchr(value, '=') == NULL || value[0] == '=')
		return text_format(o->arena, "\"%s\" is not of the form key=value", value);
	ARENA_RESERVE(o->arena, o->set, o->set_capacity, o->sets + 1, const char *);
	o->set[o->sets++] = value;
	return NULL;
}

static const char *read_seed(struct options *o, const char *value)
{
	o->has_seed = true;
	return read_number(o, value, 0, UINT64_MAX, &o->seed);
}

static const char *read_runs(struct options *o, const char *value)
{
	uint64_t n = 1;
	const char *wrong = read_number(o, value, 1, RUNS_MAX, &n);

	o->runs = (uint32_t)n;
	o->has_runs = true;
	return wrong;
}

static const char *read_finding(struct options *o, const char *value)
{
	const char *equals = strchr(value, '=');
	const size_t length = equals != NULL ? (size_t)(equals - value) : strlen(value);

	if (equals != NULL && equals[1] == '\0')
		return "the file name after \"=\" is missing";
	for (size_t i = 0; findings_formats[i].name != NULL; i++) {
		if (strlen(findings_formats[i].name) != length || strncmp(findings_formats[i].name, value, length) != 0)
			continue;
		ARENA_RESERVE(o->arena, o->finding, o->finding_capacity, o->findings + 1, struct findings_output);
		o->finding[o->findings] = findings_formats[i];
		o->finding[o->findings++].path = equals != NULL ? equals + 1 : NULL;
		return NULL;
	}
	return text_format(o->arena, "no format \"%.*s\"; there are text, json, csv, html", (int)length, value);
}

static const char *read_vary(struct options *o, const char *value)
{
	ARENA_RESERVE(o->arena, o->vary, o->vary_capacity, o->varies + 1, const char *);
	o->vary[o->varies++] = value;
	return NULL;
}

static const char *read_metric(struct options *o, const char *value)
{
	ARENA_RESERVE(o->arena, o->metric, o->metric_capacity, o->metrics + 1, const char *);
	o->metric[o->metrics++] = value;
	return NULL;
}

static const char *read_precision(struct options *o, const char *value)
{
	char *end;
	const double x = strtod(value, &end);

	if (end == value || strcmp(end, "%") != 0 || !(x >= 0.01 && x <= 50))
		return text_format(o->arena, "\"%s\" is no percentage from 0.01%% to 50%%", value);
	o->precision = x / 100;
	return NULL;
}

static const char *read_journal(struct options *o, const char *value)
{
	o->journal = value;
	return value[0] != '\0' ? NULL : "the file's name is empty";
}

static const char *read_independent(struct options *o, const char *value)
{
	(void)value;
	o->independent = true;
	return NULL;
}

static const char *read_resume(struct options *o, const char *value)
{
	(void)value;
	o->resume = true;
	return NULL;
}

static const char *read_threads(struct options *o, const char *value)
{
	uint64_t n = 1;
	const char *wrong = read_number(o, value, 1, THREADS_MAX, &n);

	o->threads = (uint32_t)n;
	return wrong;
}

static const char *read_charts(struct options *o, const char *value)
{
	o->charts = value;
	return value[0] != '\0' ? NULL : "the folder's name is empty";
}

static const char *read_record(struct options *o, const char *value)
{
	o->record = value;
	return value[0] != '\0' ? NULL : "the file's name is empty";
}

static const char *read_paused(struct options *o, const char *value)
{
	(void)value;
	o->paused = true;
	return NULL;
}

static const char *read_vectors(struct options *o, const char *value)
{
	o->vectors = value;
	return NULL;
}

static const char *read_kubernetes(struct options *o, const char *value)
{
	o->kubernetes = value;
	return NULL;
}

static const char *read_pod(struct options *o, const char *value)
{
	o->pod = value;
	return value[0] != '\0' ? NULL : "the pod's name is empty";
}

static const char *read_json(struct options *o, const char *value)
{
	o->json = true;
	return strcmp(value, "json") == 0 ? NULL : "the format is json";
}

static const char *read_explain(struct options *o, const char *value)
{
	o->explain = value;
	return *value != '\0' ? NULL : "the name of a pod or workload is missing";
}

static const char *read_file(struct options *o, const char *value)
{
	ARENA_RESERVE(o->arena, o->file, o->file_capacity, o->files + 1, const char *);
	o->file[o->files++] = value;
	return value[0] != '\0' ? NULL : "the name of a file or folder is missing";
}

static const char *read_at(struct options *o, const char *value)
{
	return time_parse(value, &o->at) ? NULL : text_format(o->arena, "\"%s\" is no time such as 6m or 1h30m", value);
}

static const char *read_namespace(struct options *o, const char *value)
{
	o->namespace = value;
	return value[0] != '\0' ? NULL : "the namespace's name is empty";
}

static const char *read_all_namespaces(struct options *o, const char *value)
{
	(void)value;
	o->all_namespaces = true;
	return NULL;
}

static const char *read_selector(struct options *o, const char *value)
{
	o->selector = value;
	return NULL;
}

static const char *read_look(struct options *o, const char *value)
{
	o->look = value;
	return NULL;
}

static const char *read_truth(struct options *o, const char *value)
{
	(void)value;
	o->truth = true;
	return NULL;
}

static const char *read_check(struct options *o, const char *value)
{
	(void)value;
	o->check = true;
	return NULL;
}

static const char *read_student(struct options *o, const char *value)
{
	o->student = value;
	return NULL;
}

static const char *read_code(struct options *o, const char *value)
{
	o->code = value;
	return NULL;
}

static const char *read_quiz(struct options *o, const char *value)
{
	(void)value;
	o->quiz = true;
	return NULL;
}

static const char *read_show(struct options *o, const char *value)
{
	(void)value;
	o->show = true;
	return NULL;
}

static const char *read_man(struct options *o, const char *value)
{
	(void)value;
	o->man = true;
	return NULL;
}

static const char *read_quiet(struct options *o, const char *value)
{
	(void)value;
	o->quiet = true;
	return NULL;
}

static const char *read_long_run(struct options *o, const char *value)
{
	(void)value;
	o->long_run = true;
	return NULL;
}

static const char *read_help(struct options *o, const char *value)
{
	(void)value;
	o->help = true;
	return NULL;
}

const struct findings_output findings_formats[] = {
	{"csv", "all numbers in long form: section,candidate,against,metric,name,value", experiment_csv, NULL},
	{"html", "one page with pictures, verdicts and tables, for a browser", experiment_html, NULL},
	{"json", "for programs: one document", experiment_json, NULL},
	{"text", "for people: what is real and what is noise, ranked tables with intervals", experiment_text, NULL},
	{NULL, NULL, NULL, NULL},
};

static const struct option_row rows[] = {
	{"vary", 0, "KEY=VALUES", COMMAND_EXPERIMENT,
	 "a,b,c or lo..hi, lo..hi..step, lo..hi..xRATIO; KEY as of --set, or file; may be repeated", read_vary},
	{"metric", 0, "NAME", COMMAND_EXPERIMENT,
	 "what to compare: recovery_mean, availability(web), ...; may be repeated", read_metric},
	{"output", 'o', "FORMAT[=FILE]", COMMAND_EXPERIMENT,
	 "what to print, and where; may be given several times (default: text)", read_finding},
	{"output", 'o', "FORMAT[=FILE]", COMMAND_RUN | COMMAND_REPORT,
	 "what to print, and where; may be given several times (default: text)", read_output},
	{"filename", 'f', "FILE", COMMAND_LOOKS, "a file or folder of the cluster; may be given several times",
	 read_file},
	{"at", 0, "TIME", COMMAND_LOOKS, "the instant to look at, such as 6m (default: the end of the run)", read_at},
	{"at", 0, "TIME", COMMAND_WATCH, "begin at this instant, such as 5m, and wait there", read_at},
	{"paused", 0, NULL, COMMAND_WATCH, "wait for a key before anything runs", read_paused},
	{"truth", 0, NULL, COMMAND_GET, "what is so, instead of what the API server believes: nodes and pods",
	 read_truth},
	{"namespace", 'n', "NAME", COMMAND_GET | COMMAND_DESCRIBE | COMMAND_WHY, "the namespace (default: default)",
	 read_namespace},
	{"all-namespaces", 'A', NULL, COMMAND_GET | COMMAND_DESCRIBE, "all of them", read_all_namespaces},
	{"selector", 'l', "LABELS", COMMAND_GET | COMMAND_DESCRIBE, "only what has these labels, such as app=web",
	 read_selector},
	{"output", 'o', "FORMAT", COMMAND_GET, "wide, name, json or yaml", read_look},
	{"set", 0, "KEY=VALUE",
	 COMMAND_RUN | COMMAND_CHECK | COMMAND_SCHEDULE | COMMAND_EXPERIMENT | COMMAND_LOOKS | COMMAND_LESSON |
		 COMMAND_DIFF | COMMAND_WATCH,
	 "overrides a field of the scenario", read_set},
	{"seed", 0, "N",
	 COMMAND_RUN | COMMAND_EXPERIMENT | COMMAND_LOOKS | COMMAND_LESSON | COMMAND_DIFF | COMMAND_WATCH,
	 "overrides the scenario's seed", read_seed},
	{"runs", 0, "N", COMMAND_RUN, "replications, each with its own random numbers (default: 1)", read_runs},
	{"runs", 0, "N", COMMAND_EXPERIMENT,
	 "replications of each candidate (default: 30; with --precision at most 1000)", read_runs},
	{"precision", 0, "P%", COMMAND_EXPERIMENT,
	 "runs until the first metric's mean is known within P % for every candidate", read_precision},
	{"independent", 0, NULL, COMMAND_EXPERIMENT,
	 "random numbers of their own for each candidate, instead of the same failures", read_independent},
	{"journal", 0, "FILE", COMMAND_EXPERIMENT, "writes every replication to FILE as soon as it is done",
	 read_journal},
	{"resume", 0, NULL, COMMAND_EXPERIMENT, "goes on with the journal, after an end at any point", read_resume},
	{"threads", 0, "N", COMMAND_RUN | COMMAND_EXPERIMENT,
	 "threads for the replications; changes no result (default: all cores)", read_threads},
	{"record", 0, "FILE", COMMAND_RUN, "keeps the run in a file for nodefall report, diff and watch", read_record},
	{"charts", 0, "FOLDER", COMMAND_RUN | COMMAND_REPORT | COMMAND_EXPERIMENT,
	 "draws pictures with gnuplot and keeps their data and scripts", read_charts},
	{"output", 'o', "json", COMMAND_SCHEDULE, "for machines, in the shape of ksv/1", read_json},
	{"long-run", 0, NULL, COMMAND_RUN | COMMAND_REPORT,
	 "means of the first run alone: warm-up cut off, intervals by batch means", read_long_run},
	{"explain", 0, "NAME", COMMAND_RUN, "why a pod, or the pods of a workload, went where they went: every attempt",
	 read_explain},
	{"pod", 0, "NAME", COMMAND_SCHEDULE,
	 "the pod to place: NAME or NAMESPACE/NAME of a pod or workload of the input, or a file with a pod", read_pod},
	{"vectors", 0, "FILE", COMMAND_SCHEDULE, "computes the cases of a conformance file (ksv/1, one a line)",
	 read_vectors},
	{"kubernetes", 0, "VERSION", COMMAND_SCHEDULE, "the version whose scheduler is asked, such as 1.34",
	 read_kubernetes},
	{"check", 0, NULL, COMMAND_SCHEDULE, "compares the cases with what they expect", read_check},
	{"show", 0, NULL, COMMAND_LESSON, "the whole lesson with its answers, nothing is asked", read_show},
	{"quiz", 0, NULL, COMMAND_LESSON,
	 "a run of one's own for the student --name; a score and a check code at the end", read_quiz},
	{"name", 0, "STUDENT", COMMAND_LESSON, "the student whose quiz it is", read_student},
	{"check", 0, "CODE", COMMAND_LESSON, "for teachers: what the student --name answered, from the code",
	 read_code},
	{"man", 0, NULL, COMMAND_HELP, "the manual page, for man", read_man},
	{"quiet", 'q', NULL,
	 COMMAND_RUN | COMMAND_CHECK | COMMAND_SCHEDULE | COMMAND_EXPERIMENT | COMMAND_LOOKS | COMMAND_REPORT |
		 COMMAND_DIFF | COMMAND_WATCH,
	 "no notes and no progress on standard error", read_quiet},
	{"help", 'h', NULL,
	 COMMAND_RUN | COMMAND_CHECK | COMMAND_EXPLAIN | COMMAND_VERSION | COMMAND_SCHEDULE | COMMAND_EXPERIMENT |
		 COMMAND_LOOKS | COMMAND_LESSON | COMMAND_HELP | COMMAND_COMPLETION | COMMAND_REPORT | COMMAND_DIFF |
		 COMMAND_WATCH,
	 "this help", read_help},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct option_row *find(uint32_t command, const char *name, size_t length, char letter)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (!(rows[i].commands & command))
			continue;
		if (name != NULL ? strlen(rows[i].name) == length && strncmp(rows[i].name, name, length) == 0
				 : rows[i].letter == letter && letter != 0)
			return &rows[i];
	}
	return NULL;
}

/* Reads the option at argv[*i], and its value from the same word or the next. */
static const char *read_option(struct options *o, uint32_t command, int argc, char **argv, int *i)
{
	const char *word = argv[*i], *value = NULL;
	const struct option_row *row;

	if (word[1] == '-') {
		const char *equals = strchr(word, '=');
		const size_t length = equals != NULL ? (size_t)(equals - word) - 2 : strlen(word) - 2;
		row = find(command, word + 2, length, 0);
		value = equals != NULL ? equals + 1 : NULL;
	} else {
		row = find(command, NULL, 0, word[1]);
		if (word[2] != '\0')
			value = word + (word[2] == '=' ? 3 : 2);
	}
	if (row == NULL)
		return text_format(o->arena, "no option %s", word);
	if (row->argument == NULL && value != NULL)
		return text_format(o->arena, "--%s takes no value", row->name);
	if (row->argument != NULL && value == NULL) {
		if (*i + 1 >= argc)
			return text_format(o->arena, "--%s needs a value: %s", row->name, row->argument);
		value = argv[++*i];
	}
	const char *wrong = row->read(o, value);
	return wrong == NULL ? NULL : text_format(o->arena, "--%s: %s", row->name, wrong);
}

static uint32_t cores(void)
{
	const long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (uint32_t)n;
}

const char *options_parse(struct options *o, struct arena *a, uint32_t command, int argc, char **argv)
{
	bool only_operands = false;

	*o = (struct options){.arena = a, .runs = 1, .threads = cores(), .at = SIM_NEVER};
	for (int i = 0; i < argc; i++) {
		if (!only_operands && strcmp(argv[i], "--") == 0) {
			only_operands = true;
		} else if (!only_operands && argv[i][0] == '-' && argv[i][1] != '\0') {
			const char *wrong = read_option(o, command, argc, argv, &i);
			if (wrong != NULL)
				return wrong;
		} else {
			ARENA_RESERVE(a, o->operand, o->operand_capacity, o->operands + 1, const char *);
			o->operand[o->operands++] = argv[i];
		}
	}
	return NULL;
}

static void add_format(void *to, const char *name, const char *meaning)
{
	text_printf((struct text *)to, "  %-30s %s\n", name, meaning);
}

void options_help(uint32_t command, struct text *out)
{
	for (size_t i = 0; i < ROWS; i++) {
		char left[40];
		if (!(rows[i].commands & command))
			continue;
		snprintf(left, sizeof(left), "%c%c%s--%s%s%s", rows[i].letter ? '-' : ' ',
			 rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? ", " : "  ", rows[i].name,
			 rows[i].argument != NULL ? " " : "", rows[i].argument != NULL ? rows[i].argument : "");
		text_printf(out, "  %-30s %s\n", left, rows[i].help);
	}
	size_t before = out->length;
	text_add(out, "\nformats:\n");
	if (!options_formats(command, add_format, out)) {
		out->length = before;
		out->data[before] = '\0';
	}
}

bool options_formats(uint32_t command, void (*each)(void *to, const char *name, const char *meaning), void *to)
{
	for (size_t i = 0; (command & COMMAND_EXPERIMENT) && findings_formats[i].name != NULL; i++)
		each(to, findings_formats[i].name, findings_formats[i].summary);
	for (size_t i = 0; (command & (COMMAND_RUN | COMMAND_REPORT)) && formats[i] != NULL; i++)
		each(to, formats[i]->name, formats[i]->summary);
	return (command & (COMMAND_EXPERIMENT | COMMAND_RUN | COMMAND_REPORT)) != 0;
}

const struct option_row *option_next(uint32_t command, uint32_t *i)
{
	for (++*i; *i < ROWS; ++*i)
		if (rows[*i].commands & command)
			return &rows[*i];
	return NULL;
}

static void add_word(void *to, const char *name, const char *meaning)
{
	struct text *out = to;

	(void)meaning;
	text_printf(out, "%s%s", out->length > 0 ? " " : "", name);
}

void option_values(const struct option_row *row, struct text *out)
{
	if (row->read == read_output || row->read == read_finding)
		options_formats(row->commands, add_word, out);
	else if (row->read == read_look)
		text_add(out, "wide name json yaml");
	else if (row->read == read_json)
		text_add(out, "json");
	for (uint32_t i = 0; row->read == read_metric && expect_metric_name(i) != NULL; i++)
		add_word(out, expect_metric_name(i), "");
}
