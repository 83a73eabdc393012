/* manual.c - nodefall.1. */
#include "report/cli/manual.h"

#include <ctype.h>
#include <string.h>

#include "report/cli/cli.h"
#include "report/version.h"

/* When the words below, which are in no table, last changed. */
#define DATE "2026-11-25"

/* Lines of the source end at the blank after so many characters. */
#define LINE 60

/* s as text: roff's own characters are escaped, and long lines broken. */
static void add_escaped(struct text *out, const char *s)
{
	size_t column = 0;

	for (; *s != '\0'; s++) {
		if (*s == ' ' && column >= LINE) {
			text_add(out, "\n");
			column = 0;
			continue;
		}
		/* A period or apostrophe that begins a line would be a request. */
		if (column++ == 0 && (*s == '.' || *s == '\''))
			text_add(out, "\\&");
		if (*s == '\\')
			text_add(out, "\\e");
		else if (*s == '-')
			text_add(out, "\\-");
		else if (*s == '\'')
			text_add(out, "\\(aq");
		else if (*s == '^' || *s == '~')
			text_add(out, *s == '^' ? "\\(ha" : "\\(ti");
		else
			text_add_n(out, s, 1);
	}
}

static void add_line(struct text *out, const char *s)
{
	add_escaped(out, s);
	text_add(out, "\n");
}

static void add_capitals(struct text *out, const char *s)
{
	for (; *s != '\0'; s++)
		text_printf(out, "%c", toupper((unsigned char)*s));
}

/* Words in bold and the argument in italics. */
static void add_option(struct text *out, const struct option_row *row)
{
	text_add(out, ".TP\n");
	if (row->letter != 0)
		text_printf(out, "\\fB\\-%c\\fR, ", row->letter);
	text_add(out, "\\fB\\-\\-");
	add_escaped(out, row->name);
	text_add(out, "\\fR");
	if (row->argument != NULL) {
		text_add(out, " \\fI");
		add_escaped(out, row->argument);
		text_add(out, "\\fR");
	}
	text_add(out, "\n");
	add_line(out, row->help);
}

static void add_format(void *to, const char *name, const char *meaning)
{
	struct text *out = to;

	text_add(out, ".TP\n\\fB");
	add_escaped(out, name);
	text_add(out, "\\fR\n");
	add_line(out, meaning);
}

static void add_command(struct text *out, const struct command *c)
{
	const struct option_row *row;
	uint32_t i = UINT32_MAX;
	struct text formats;

	text_printf(out, ".SS nodefall %s\n", c->name);
	text_printf(out, "\\fBnodefall %s\\fR [\\fIOPTIONS\\fR]", c->name);
	if (c->operands[0] != '\0') {
		text_add(out, " \\fI");
		add_escaped(out, c->operands);
		text_add(out, "\\fR");
	}
	text_add(out, "\n.PP\n");
	const char first[] = {(char)toupper((unsigned char)c->summary[0]), '\0'};
	add_line(out, text_format(out->arena, "%s%s.", first, c->summary + 1));
	while ((row = option_next(c->bit, &i)) != NULL)
		add_option(out, row);
	text_init(&formats, out->arena);
	if (options_formats(c->bit, add_format, &formats))
		text_printf(out, ".PP\nFormats:\n%s", formats.data);
}

static void add_synopsis(struct text *out)
{
	const struct command *c;

	text_add(out, ".SH SYNOPSIS\n");
	for (uint32_t i = 0; (c = cli_command(i)) != NULL; i++) {
		text_printf(out, "%s\\fBnodefall %s\\fR [\\fIOPTIONS\\fR]", i > 0 ? ".br\n" : "", c->name);
		if (c->operands[0] != '\0') {
			text_add(out, " \\fI");
			add_escaped(out, c->operands);
			text_add(out, "\\fR");
		}
		text_add(out, "\n");
	}
}

static void add_pairs(struct text *out, const char *heading, const char *const pairs[][2])
{
	text_printf(out, ".SH %s\n", heading);
	for (uint32_t i = 0; pairs[i][0] != NULL; i++) {
		text_add(out, ".TP\n\\fB");
		add_escaped(out, pairs[i][0]);
		text_add(out, "\\fR\n");
		add_line(out, pairs[i][1]);
	}
}

static void add_end(struct text *out)
{
	static const char *const status[][2] = {
		{"0", "it ran, and every expectation held"},
		{"1", "an expectation failed, or what was asked for was not found"},
		{"2", "misuse of the command line"},
		{"3", "bad input"},
		{"4", "a file could not be read or written"},
		{"70", "an error of the program, or no memory"},
		{"130", "interrupted; what was computed so far was printed"},
		{NULL, NULL},
	};
	static const char *const environment[][2] = {
		{"NO_COLOR", "when it is set and not empty, nothing is bold or coloured"},
		{"TERM", "of a terminal that is dumb no control sequences are used, and no progress is shown"},
		{NULL, NULL},
	};
	static const char *const files[][2] = {
		{"scenarios/lessons",
		 "the lessons: looked for here, beside the program, and in ../share/nodefall of its folder"},
		{NULL, NULL},
	};
	static const char *const examples[][2] = {
		{"nodefall lesson node-dies", "begin here"},
		{"nodefall run scenario.yaml manifests/", "what happens to your own objects"},
		{"nodefall compare scenario.yaml --vary scheduler=default,random", "which differences are real"},
		{"nodefall get pods -A -f scenario.yaml --at 6m --truth", "belief and truth at one instant"},
		{NULL, NULL},
	};

	add_pairs(out, "EXIT STATUS", status);
	add_pairs(out, "ENVIRONMENT", environment);
	add_pairs(out, "FILES", files);
	add_pairs(out, "EXAMPLES", examples);
	text_add(out, ".SH SEE ALSO\n.BR kubectl (1)\n");
}

void manual_print(struct text *out)
{
	const struct command *c;

	text_add(out, ".\\\" Written by nodefall help --man from its tables.\n.TH ");
	add_capitals(out, "nodefall");
	text_printf(out, " 1 " DATE " \"nodefall %s\"\n", NODEFALL_VERSION);
	text_add(out, ".SH NAME\nnodefall \\- simulates how a Kubernetes cluster notices failures and recovers\n");
	add_synopsis(out);
	text_add(out, ".SH DESCRIPTION\n"
		      "A scenario says what a cluster is made of, what breaks and what is\n"
		      "expected; Kubernetes objects stand beside it as kubectl takes and gives\n"
		      "them.\n"
		      "nodefall plays it in virtual time, with every leg of a recovery measured.\n"
		      "\\fBnodefall explain\\fR tells what each field of a scenario means.\n.SH COMMANDS\n");
	for (uint32_t i = 0; (c = cli_command(i)) != NULL; i++)
		add_command(out, c);
	add_end(out);
}
