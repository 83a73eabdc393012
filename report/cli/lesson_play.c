/* lesson_play.c - tells a part of the story, asks, goes on, and gives the answer with its reason. */
#include "report/cli/lesson_play.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report/cli/cli.h"
#include "report/cli/terminal.h"
#include "report/fold.h"
#include "report/lesson/guess.h"
#include "report/story.h"

#define LINE_MAX_BYTES 256
#define STORY_PART_LINES 24

enum input { INPUT_LINE, INPUT_END, INPUT_STOPPED };

struct dialogue {
	const struct lesson_play *play;
	struct lesson_run base;
	struct text out; /* not yet printed */
	sim_time told;   /* the story up to here, included */
	uint32_t asked;  /* questions so far */
	bool show, terminal, colour, left;
	int columns, code;
};

/* ---- output ---- */

static void flush(struct dialogue *d)
{
	struct text folded;

	text_init(&folded, d->play->arena);
	fold_lines(d->out.data, d->columns, &folded);
	text_init(&d->out, d->play->arena);
	d->out.columns = d->columns;
	const int wrong = cli_write(&folded, NULL);
	if (wrong != 0) {
		d->code = wrong;
		d->left = true;
	}
}

/* Paragraphs; a line break in the text is one. */
static void say(struct dialogue *d, const char *text, int indent)
{
	while (*text != '\0') {
		const size_t length = strcspn(text, "\n");

		text_printf(&d->out, "%*s", indent, "");
		story_wrap(&d->out, text_format(d->play->arena, "%.*s", (int)length, text), indent);
		text += length;
		text += *text == '\n';
	}
}

static void say_strongly(struct dialogue *d, const char *text)
{
	flush(d);
	if (d->colour)
		fputs("\033[1m", stdout);
	say(d, text, 0);
	flush(d);
	if (d->colour)
		fputs("\033[0m", stdout);
}

static void tell(struct dialogue *d, sim_time until)
{
	const size_t before = d->out.length;

	if (until <= d->told)
		return;
	text_add(&d->out, "\n");
	const size_t heading = d->out.length;
	story_print_between(&d->base.outcome, d->told, until, STORY_PART_LINES, &d->out);
	if (d->out.length == heading) {
		d->out.length = before;
		d->out.data[before] = '\0';
	}
	d->told = until;
}

/* ---- input ---- */

/* A line without its end; of a longer one the beginning. */
static enum input read_line(char line[LINE_MAX_BYTES])
{
	int c;

	if (fgets(line, LINE_MAX_BYTES, stdin) == NULL)
		return *cli_stop() != 0 ? INPUT_STOPPED : INPUT_END;
	if (strchr(line, '\n') == NULL)
		while ((c = getc(stdin)) != EOF && c != '\n')
			;
	line[strcspn(line, "\r\n")] = '\0';
	return INPUT_LINE;
}

/* The input has ended: a terminal's user leaves; of other input the rest is shown, but a quiz is over. */
static bool give_up(struct dialogue *d, enum input how)
{
	const bool quiz = d->play->quiz != NULL;

	if (how == INPUT_END && !d->terminal && !quiz) {
		d->show = true;
		text_add(&d->out, "\n");
		return false;
	}
	d->left = true;
	d->code = how == INPUT_STOPPED ? EXIT_INTERRUPTED : quiz ? EXIT_NOT_HELD : EXIT_HELD;
	text_printf(&d->out, "\n%s\n",
		    quiz ? "The quiz is not finished, and there is no code." : "Until the next time.");
	flush(d);
	return true;
}

static void prompt(struct dialogue *d, const struct question *q)
{
	static const char *const of[] = {"a time", "in percent", "a number", "yes or no"};
	const enum answer_kind kind = answer_kind(q->answer);

	text_printf(&d->out, "Your guess (%s", of[kind]);
	if (kind == ANSWER_TIME)
		text_printf(&d->out, "; plain numbers are %s", q->unit);
	else if (kind == ANSWER_NUMBER && q->unit[0] != '\0')
		text_printf(&d->out, " of %s", q->unit);
	text_printf(&d->out, "%s): ", d->play->quiz != NULL ? "" : "; Enter goes on without");
	flush(d);
}

/* Asks until the guess can be read. NaN: no guess. */
static double ask(struct dialogue *d, const struct question *q)
{
	char line[LINE_MAX_BYTES];
	double guess = (double)NAN;

	while (!d->show && !d->left) {
		prompt(d, q);
		const enum input how = read_line(line);
		if (how != INPUT_LINE) {
			give_up(d, how);
			break;
		}
		if (!d->terminal)
			text_printf(&d->out, "%s\n", line);
		if (line[strspn(line, " \t")] == '\0' && d->play->quiz == NULL)
			break;
		const char *wanted = guess_read(answer_kind(q->answer), q->unit, line, &guess);
		if (wanted == NULL)
			break;
		guess = (double)NAN;
		text_printf(&d->out, "That is not %s.\n", wanted);
	}
	return guess;
}

/* ---- questions ---- */

static void say_verdict(struct dialogue *d, const struct question *q, double guess, double answer, struct text *t)
{
	char text[GUESS_TEXT_MAX], low[GUESS_TEXT_MAX], high[GUESS_TEXT_MAX];
	const bool right = !isnan(guess) && guess_is_right(q, guess, answer);

	if (!isnan(guess))
		text_printf(t, " You said %s: %s.", guess_print(q, guess, text), right ? "right" : "not right");
	if (q->has_bounds && q->high > q->low)
		text_printf(t, " Whatever the seed, it is from %s to %s.", guess_print(q, q->low, low),
			    guess_print(q, q->high, high));
	if (d->play->quiz != NULL && right)
		d->play->quiz->right |= UINT64_C(1) << d->asked;
	d->asked++;
}

/* before: the answer without the knob, NaN for the scenario's own question. */
static void answer(struct dialogue *d, const struct question *q, double guess, double value, double before)
{
	char text[GUESS_TEXT_MAX], was[GUESS_TEXT_MAX];
	struct text t;

	text_init(&t, d->play->arena);
	text_printf(&t, "Answer: %s", guess_print(q, value, text));
	if (!isnan(before) && strcmp(guess_print(q, before, was), text) == 0)
		text_add(&t, ", as without it");
	else if (!isnan(before))
		text_printf(&t, ", and %s without it", was);
	text_add(&t, ".");
	say_verdict(d, q, guess, value, &t);
	text_add(&d->out, "\n");
	say(d, t.data, 0);
	say(d, q->why, 0);
}

static double ask_about(struct dialogue *d, const struct question *q)
{
	text_add(&d->out, "\n");
	say_strongly(d, q->text);
	return ask(d, q);
}

static bool turned_value(struct dialogue *d, const struct knob *k, const struct question *q, double *value)
{
	struct scenario turned = {0};
	struct lesson_run run;
	struct diag diag = {0};

	/* It was loaded once when the lesson was checked. */
	if (lesson_turn(&turned, d->play->input, k->set, &diag) != 0) {
		scenario_release(&turned);
		return false;
	}
	const bool ended = lesson_run(&run, &turned, d->play->seed, cli_stop());
	*value = answer_value(q->answer, &run.outcome);
	lesson_run_release(&run);
	scenario_release(&turned);
	return ended;
}

/* What a knob does that nobody is asked about: the step's own question with another answer. */
static void say_change(struct dialogue *d, const struct question *q, double value, double before)
{
	char text[GUESS_TEXT_MAX], was[GUESS_TEXT_MAX];

	say(d,
	    text_format(d->play->arena, "%s Now %s, and %s without it.", q->text, guess_print(q, value, text),
			guess_print(q, before, was)),
	    0);
}

static void turn(struct dialogue *d, const struct lesson_step *step)
{
	const struct knob *k = &step->knob;
	const struct question *q = k->question.asked ? &k->question : &step->question;
	double guess = (double)NAN, value;

	text_printf(&d->out, "\nONE KNOB: --set %s\n", k->set);
	say(d, k->text, 0);
	if (k->question.asked)
		guess = ask_about(d, q);
	if (d->left)
		return;
	if (!turned_value(d, k, q, &value)) {
		give_up(d, INPUT_STOPPED);
		return;
	}
	const double before = answer_value(q->answer, &d->base.outcome);
	if (k->question.asked)
		answer(d, q, guess, value, before);
	else
		say_change(d, q, value, before);
}

static void play_step(struct dialogue *d, const struct lesson_step *step, sim_time next)
{
	tell(d, step->at);
	if (step->text[0] != '\0') {
		text_add(&d->out, "\n");
		say(d, step->text, 0);
	}
	if (step->question.asked) {
		const double guess = ask_about(d, &step->question);
		if (d->left)
			return;
		tell(d, next);
		answer(d, &step->question, guess, answer_value(step->question.answer, &d->base.outcome), (double)NAN);
	}
	if (step->knob.set != NULL)
		turn(d, step);
}

/* ---- beginning and end ---- */

static void begin(struct dialogue *d)
{
	const struct lesson_play *p = d->play;

	text_printf(&d->out, "%s: ", p->lesson->name);
	say(d, p->lesson->title, 0);
	if (p->quiz != NULL)
		text_printf(&d->out,
			    "The quiz of %s: %" PRIu32 " questions about a run of your own (seed %" PRIu64 ").\n",
			    p->student, p->lesson->questions, p->seed);
}

static void end(struct dialogue *d)
{
	const struct lesson_play *p = d->play;
	char code[QUIZ_CODE_MAX];

	tell(d, p->scenario->duration);
	if (p->lesson->tries > 0)
		text_add(&d->out, "\nTRY IT on a real cluster:\n");
	for (uint32_t i = 0; i < p->lesson->tries; i++)
		text_printf(&d->out, "  %s\n", p->lesson->try[i]);
	if (p->quiz != NULL)
		text_printf(&d->out, "\n%s: %" PRIu32 " of %" PRIu32 " right. Code for your teacher: %s\n", p->student,
			    quiz_score(p->quiz), p->quiz->questions, quiz_code(p->quiz, code));
	flush(d);
}

bool lesson_play_digest(const struct lesson_play *p, uint64_t *digest)
{
	struct lesson_run run;
	bool ended = lesson_run(&run, p->scenario, p->seed, cli_stop());

	*digest = quiz_digest(0, run.run.facts.digest);
	lesson_run_release(&run);
	for (uint32_t i = 0; ended && i < p->lesson->steps; i++) {
		struct scenario turned = {0};
		struct diag d = {0};
		const char *set = p->lesson->step[i].knob.set;

		if (set == NULL)
			continue;
		if (lesson_turn(&turned, p->input, set, &d) == 0) {
			ended = lesson_run(&run, &turned, p->seed, cli_stop());
			*digest = quiz_digest(*digest, run.run.facts.digest);
			lesson_run_release(&run);
		}
		scenario_release(&turned);
	}
	return ended;
}

/* Whether nothing at all comes from a file or pipe. */
static bool is_empty(void)
{
	const int c = getc(stdin);

	return c == EOF || ungetc(c, stdin) == EOF;
}

int lesson_play(const struct lesson_play *p)
{
	struct dialogue d = {.play = p, .told = -1, .show = p->show};

	d.terminal = isatty(STDIN_FILENO);
	d.show |= !d.terminal && p->quiz == NULL && is_empty();
	d.colour = terminal_has_colour(STDOUT_FILENO);
	d.columns = terminal_columns(STDOUT_FILENO);
	text_init(&d.out, p->arena);
	d.out.columns = d.columns;
	cli_catch_signals();
	if (!lesson_run(&d.base, p->scenario, p->seed, cli_stop()) ||
	    (p->quiz != NULL && !lesson_play_digest(p, &p->quiz->digest)))
		give_up(&d, INPUT_STOPPED);
	if (!d.left)
		begin(&d);
	for (uint32_t i = 0; i < p->lesson->steps && !d.left; i++)
		play_step(&d, &p->lesson->step[i],
			  i + 1 < p->lesson->steps ? p->lesson->step[i + 1].at : p->scenario->duration);
	if (!d.left)
		end(&d);
	lesson_run_release(&d.base);
	return d.code;
}
