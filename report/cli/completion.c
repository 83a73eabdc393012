/* completion.c - nodefall completion: scripts for bash, zsh and fish, from the tables of commands and options. */
#include "report/cli/cli.h"

#include <stdio.h>
#include <string.h>

/* What follows an option or stands for an operand. */
enum what { WHAT_NOTHING, WHAT_FILE, WHAT_FOLDER, WHAT_WORDS, WHAT_LESSON, WHAT_COMMAND };

/* In all three: the names in the first column of the list of lessons. */
#define LESSONS "nodefall lesson 2>/dev/null | awk 'NR > 1 && !NF {exit} NR > 1 {print $1}'"

static enum what what_of(const struct option_row *row, struct text *words)
{
	option_values(row, words);
	if (words->length > 0)
		return WHAT_WORDS;
	if (strstr(row->argument, "FILE") != NULL)
		return WHAT_FILE;
	return strstr(row->argument, "FOLDER") != NULL ? WHAT_FOLDER : WHAT_NOTHING;
}

static enum what operand_of(const struct command *c, struct text *words)
{
	if (c->bit == COMMAND_LESSON)
		return WHAT_LESSON;
	if (c->bit == COMMAND_HELP)
		return WHAT_COMMAND;
	if (strstr(c->operands, "FILE") != NULL)
		return WHAT_FILE;
	if (strchr(c->operands, '|') == NULL)
		return WHAT_NOTHING;
	for (const char *p = c->operands; *p != '\0'; p++)
		text_printf(words, "%c", *p == '|' ? ' ' : *p);
	return WHAT_WORDS;
}

static void add_commands(struct text *out, const char *between)
{
	const struct command *c;

	for (uint32_t i = 0; (c = cli_command(i)) != NULL; i++)
		text_printf(out, "%s%s", i > 0 ? between : "", c->name);
}

/* s inside single quotes of any of the shells; zsh's own separators are escaped for it. */
static void add_quoted(struct text *out, const char *s, const char *escaped)
{
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			text_add(out, "'\\''");
		else
			text_printf(out, "%s%c", strchr(escaped, *s) != NULL ? "\\" : "", *s);
	}
}

/* ---- bash ---- */

static void bash_reply(struct text *out, enum what what, const char *words)
{
	switch (what) {
	case WHAT_FILE:
		text_add(out, "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")");
		break;
	case WHAT_FOLDER:
		text_add(out, "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")");
		break;
	case WHAT_WORDS:
		text_printf(out, "mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$cur\")", words);
		break;
	case WHAT_LESSON:
		text_add(out, "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -W \"$(" LESSONS
			      ")\" -- \"$cur\")");
		break;
	case WHAT_COMMAND:
		text_add(out, "mapfile -t COMPREPLY < <(compgen -W \"$commands\" -- \"$cur\")");
		break;
	case WHAT_NOTHING:
		text_add(out, "return");
		break;
	}
}

static void bash_command(struct text *out, const struct command *c)
{
	const struct option_row *row;
	struct text options, words;
	uint32_t i = UINT32_MAX;

	text_init(&options, out->arena);
	text_printf(out, "\t%s)\n\t\tcase $prev in\n", c->name);
	while ((row = option_next(c->bit, &i)) != NULL) {
		text_printf(&options, "%s--%s", options.length > 0 ? " " : "", row->name);
		if (row->letter != 0)
			text_printf(&options, " -%c", row->letter);
		if (row->argument == NULL)
			continue;
		text_init(&words, out->arena);
		const enum what what = what_of(row, &words);
		text_printf(out, "\t\t--%s", row->name);
		if (row->letter != 0)
			text_printf(out, "|-%c", row->letter);
		text_add(out, ") ");
		bash_reply(out, what, words.data);
		text_add(out, "; return ;;\n");
	}
	text_printf(out,
		    "\t\tesac\n\t\tif [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$cur\"); "
		    "return; fi\n\t\t",
		    options.data);
	text_init(&words, out->arena);
	const enum what what = operand_of(c, &words);
	bash_reply(out, what, words.data);
	text_add(out, " ;;\n");
}

static void print_bash(struct text *out)
{
	const struct command *c;

	text_add(out,
		 "# bash completion of nodefall, written by: nodefall completion bash\n"
		 "_nodefall()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} commands='");
	add_commands(out, " ");
	text_add(out,
		 "'\n\tCOMPREPLY=()\n"
		 "\tif ((COMP_CWORD == 1)); then\n"
		 "\t\tmapfile -t COMPREPLY < <(compgen -W \"$commands --help --version\" -- \"$cur\")\n"
		 "\t\treturn\n\tfi\n"
		 "\t# \"=\" is a word of its own: --output=json, -o json=FILE\n"
		 "\tif [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; else "
		 "prev=\" $prev\"; fi\n"
		 "\tif [[ $prev != \" \"* && $prev != -* ]]; then\n"
		 "\t\tcompopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n\t\treturn\n\tfi\n"
		 "\tprev=${prev# }\n"
		 "\tcase ${COMP_WORDS[1]} in\n");
	for (uint32_t i = 0; (c = cli_command(i)) != NULL; i++)
		bash_command(out, c);
	text_add(out, "\tesac\n}\ncomplete -F _nodefall nodefall\n");
}

/* ---- zsh ---- */

static void zsh_action(struct text *out, enum what what, const char *words)
{
	switch (what) {
	case WHAT_FILE:
		text_add(out, "_files");
		break;
	case WHAT_FOLDER:
		text_add(out, "_files -/");
		break;
	case WHAT_WORDS:
		text_printf(out, "(%s)", words);
		break;
	case WHAT_LESSON:
		text_add(out, "_nodefall_lessons");
		break;
	case WHAT_COMMAND:
		text_add(out, "(");
		add_commands(out, " ");
		text_add(out, ")");
		break;
	case WHAT_NOTHING:
		text_add(out, " ");
		break;
	}
}

/* '*--set[overrides a field]:KEY=VALUE:...' */
static void zsh_option(struct text *out, const struct option_row *row, const char *name)
{
	struct text words;

	text_printf(out, "\t\t\t'*%s[", name);
	add_quoted(out, row->help, "[]:\\");
	text_add(out, "]");
	if (row->argument != NULL) {
		text_init(&words, out->arena);
		const enum what what = what_of(row, &words);
		text_add(out, ":");
		add_quoted(out, row->argument, "[]:\\");
		text_add(out, ":");
		zsh_action(out, what, words.data);
	}
	text_add(out, "' \\\n");
}

static void zsh_command(struct text *out, const struct command *c)
{
	const struct option_row *row;
	struct text words;
	uint32_t i = UINT32_MAX;

	text_printf(out, "\t\t%s) _arguments -S \\\n", c->name);
	while ((row = option_next(c->bit, &i)) != NULL) {
		zsh_option(out, row, text_format(out->arena, "--%s%s", row->name, row->argument != NULL ? "=" : ""));
		if (row->letter != 0)
			zsh_option(out, row, text_format(out->arena, "-%c", row->letter));
	}
	text_init(&words, out->arena);
	const enum what what = operand_of(c, &words);
	text_add(out, "\t\t\t'*:");
	add_quoted(out, c->operands[0] != '\0' ? c->operands : "nothing", "[]:\\");
	text_add(out, ":");
	zsh_action(out, what, words.data);
	text_add(out, "' ;;\n");
}

static void print_zsh(struct text *out)
{
	const struct command *c;

	text_add(out, "#compdef nodefall\n# zsh completion of nodefall, written by: nodefall completion zsh\n\n"
		      "_nodefall_lessons()\n{\n\t_files\n\tcompadd -- ${(f)\"$(" LESSONS ")\"}\n}\n\n"
		      "_nodefall()\n{\n\tlocal -a commands\n\tcommands=(\n");
	for (uint32_t i = 0; (c = cli_command(i)) != NULL; i++) {
		text_printf(out, "\t\t'%s:", c->name);
		add_quoted(out, c->summary, "\\");
		text_add(out, "'\n");
	}
	text_add(out, "\t)\n\tif ((CURRENT == 2)); then\n\t\t_describe command commands\n\t\treturn\n\tfi\n"
		      "\tlocal command=${words[2]}\n\tshift words\n\t((CURRENT--))\n\tcase $command in\n");
	for (uint32_t i = 0; (c = cli_command(i)) != NULL; i++)
		zsh_command(out, c);
	text_add(out, "\tesac\n}\n\n_nodefall \"$@\"\n");
}

/* ---- fish ---- */

static void fish_action(struct text *out, enum what what, const char *words)
{
	switch (what) {
	case WHAT_FILE:
		text_add(out, " -F");
		break;
	case WHAT_FOLDER:
		text_add(out, " -x -a '(__fish_complete_directories)'");
		break;
	case WHAT_WORDS:
		text_printf(out, " -x -a '%s'", words);
		break;
	case WHAT_LESSON:
		text_add(out, " -F -a '(nodefall lesson 2>/dev/null | string match -rg \"^(\\S+) +[0-9]+ \")'");
		break;
	case WHAT_COMMAND:
		text_add(out, " -f -a '");
		add_commands(out, " ");
		text_add(out, "'");
		break;
	case WHAT_NOTHING:
		text_add(out, " -f");
		break;
	}
}

static void fish_command(struct text *out, const struct command *c)
{
	const struct option_row *row;
	struct text words;
	uint32_t i = UINT32_MAX;

	while ((row = option_next(c->bit, &i)) != NULL) {
		text_printf(out, "complete -c nodefall -n '__fish_seen_subcommand_from %s' -l %s", c->name, row->name);
		if (row->letter != 0)
			text_printf(out, " -s %c", row->letter);
		if (row->argument != NULL) {
			text_init(&words, out->arena);
			const enum what what = what_of(row, &words);
			text_add(out, what == WHAT_NOTHING ? " -x" : " -r");
			if (what != WHAT_NOTHING)
				fish_action(out, what, words.data);
		}
		text_add(out, " -d '");
		add_quoted(out, row->help, "\\");
		text_add(out, "'\n");
	}
	text_init(&words, out->arena);
	const enum what what = operand_of(c, &words);
	text_printf(out, "complete -c nodefall -n '__fish_seen_subcommand_from %s'", c->name);
	fish_action(out, what, words.data);
	text_add(out, "\n");
}

static void print_fish(struct text *out)
{
	const struct command *c;

	text_add(out, "# fish completion of nodefall, written by: nodefall completion fish\n"
		      "complete -c nodefall -f\n");
	for (uint32_t i = 0; (c = cli_command(i)) != NULL; i++) {
		text_printf(out, "complete -c nodefall -n __fish_use_subcommand -a %s -d '", c->name);
		add_quoted(out, c->summary, "\\");
		text_add(out, "'\n");
	}
	for (uint32_t i = 0; (c = cli_command(i)) != NULL; i++)
		fish_command(out, c);
}

int cli_completion(const struct options *o)
{
	static const struct {
		const char *name;
		void (*print)(struct text *out);
	} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
	struct text out;

	text_init(&out, o->arena);
	for (size_t i = 0; o->operands == 1 && i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(shells[i].name, o->operand[0]) != 0)
			continue;
		shells[i].print(&out);
		return cli_write(&out, NULL);
	}
	fputs("nodefall completion: name one shell: bash, zsh or fish\n", stderr);
	return EXIT_MISUSE;
}
