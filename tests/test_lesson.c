/* test_lesson.c - every question of every lesson has an answer within its bounds; answers, guesses, quizzes, mistakes.
 */
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/lesson/guess.h"
#include "report/lesson/lesson_run.h"
#include "report/lesson/quiz.h"
#include "sim/file.h"

#define FOLDER "scenarios/lessons"
#define SEEDS 12
#define LESSONS 12

/* ---- the lessons that come with the program ---- */

static void check_answer(const struct lesson *l, const struct question *q, const struct outcome *o, uint64_t seed)
{
	char value[GUESS_TEXT_MAX];
	const double answer = answer_value(q->answer, o);

	if (isnan(answer) || answer < 0)
		fail_msg("%s: no answer to \"%s\" with seed %u", l->name, q->text, (unsigned)seed);
	if (!q->has_bounds) {
		assert_true(isfinite(answer));
		return;
	}
	if (answer < q->low - 1e-9 || answer > q->high + 1e-9)
		fail_msg("%s: %s is out of bounds with seed %u: \"%s\"", l->name, guess_print(q, answer, value),
			 (unsigned)seed, q->text);
	/* A guess of the very answer is right, one far off is not. */
	assert_true(guess_is_right(q, answer, answer));
	assert_false(guess_is_right(q, isinf(answer) ? 0 : 3 * answer + 1e4, answer));
}

/* Every question about the scenario (set NULL) or with this knob turned. */
static void check_run(const struct lesson *l, const struct scenario *s, const char *set, uint64_t seed)
{
	struct lesson_run run;
	const char *of;
	const struct question *q;

	assert_true(lesson_run(&run, s, seed, NULL));
	for (uint32_t i = 0; (q = lesson_question(l, i, &of)) != NULL; i++)
		if (of == set)
			check_answer(l, q, &run.outcome, seed);
	lesson_run_release(&run);
}

static void check_seeds(const struct lesson *l, const struct scenario *s, const struct scenario_input *input,
			const char *set)
{
	struct scenario turned = {0};
	struct diag d = {0};

	if (set != NULL)
		assert_int_equal(lesson_turn(&turned, input, set, &d), 0);
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		check_run(l, set != NULL ? &turned : s, set, seed);
	scenario_release(&turned);
}

/* Whether the file holds a lesson; checks it. */
static bool check_lesson(const char *path)
{
	struct scenario s = {0};
	const struct scenario_input input = {.paths = &path, .path_count = 1};
	struct lesson l;
	struct diag d = {0};

	assert_int_equal(scenario_load(&s, &input, &d), 0);
	const bool found = s.lesson != NULL;
	if (found) {
		if (!lesson_read(&l, &s, &input, &d))
			fail_msg("%s: mistakes", path);
		assert_true(l.questions > 0 && l.tries > 0 && l.title[0] != '\0');
		check_seeds(&l, &s, &input, NULL);
		for (uint32_t i = 0; i < l.steps; i++)
			if (l.step[i].knob.set != NULL)
				check_seeds(&l, &s, &input, l.step[i].knob.set);
	}
	scenario_release(&s);
	return found;
}

static void test_lessons(void **state)
{
	struct arena a = {0};
	struct file_set files = {0};
	uint32_t lessons = 0;

	(void)state;
	assert_null(file_add(&a, &files, FOLDER));
	for (uint32_t i = 0; i < files.count; i++)
		lessons += check_lesson(files.file[i].name);
	assert_true(lessons >= LESSONS);
	arena_release(&a);
}

/* ---- guesses, quizzes, mistakes ---- */

static void test_guesses(void **state)
{
	double value;

	(void)state;
	assert_null(guess_read(ANSWER_TIME, "min", "6", &value));
	assert_true(fabs(value - 360) < 1e-9);
	assert_null(guess_read(ANSWER_TIME, "min", " 1m 30s ", &value));
	assert_true(fabs(value - 90) < 1e-9);
	assert_null(guess_read(ANSWER_TIME, "s", "2 min", &value));
	assert_true(fabs(value - 120) < 1e-9);
	assert_null(guess_read(ANSWER_TIME, "s", "never", &value));
	assert_true(isinf(value));
	assert_null(guess_read(ANSWER_SHARE, "%", "99.5%", &value));
	assert_true(fabs(value - 0.995) < 1e-9);
	assert_null(guess_read(ANSWER_YES_NO, "", "No", &value));
	assert_true(value < 0.5);
	assert_non_null(guess_read(ANSWER_TIME, "s", "soon", &value));
	assert_non_null(guess_read(ANSWER_TIME, "s", "-3", &value));
	assert_non_null(guess_read(ANSWER_NUMBER, "pods", "nan", &value));
	assert_non_null(guess_read(ANSWER_SHARE, "%", "101", &value));
	assert_non_null(guess_read(ANSWER_YES_NO, "", "", &value));
}

static void test_codes(void **state)
{
	struct quiz q = {.name = "a. student", .lesson = "node-dies", .digest = 7, .questions = 4, .right = 5},
		    other = q;
	char code[QUIZ_CODE_MAX], name[QUIZ_NAME_MAX];

	(void)state;
	assert_true(quiz_name("  A.  Student ", name));
	assert_string_equal(name, "a. student");
	assert_false(quiz_name("   ", name));
	assert_true(quiz_seed("a. student", "node-dies") != quiz_seed("b. student", "node-dies"));
	quiz_code(&q, code);
	other.right = 0;
	assert_true(quiz_check(&other, code));
	assert_int_equal(other.right, 5);
	assert_int_equal(quiz_score(&other), 2);
	other.name = "b. student";
	assert_false(quiz_check(&other, code));
	other = q;
	other.digest = 8;
	assert_false(quiz_check(&other, code));
	code[3] = code[3] == '5' ? '7' : '5'; /* a better score */
	assert_false(quiz_check(&q, code[3] == '5' ? "NF-F-00000-00000" : code));
	assert_false(quiz_check(&q, "NF"));
}

/* Every mistake of a document is told, at its line. */
static void test_mistakes(void **state)
{
	static const char text[] = "apiVersion: nodefall/v1\nkind: Scenario\nspec: {duration: 10m}\n---\n"
				   "apiVersion: nodefall/v1\nkind: Lesson\nspec:\n  steps:\n"
				   "  - {at: 5m, ask: {question: q, answer: detection_maxx}}\n"
				   "  - {at: 4m, ask: {question: q, answer: first(node-redy)}}\n"
				   "  - {at: 20m, txt: x}\n"
				   "  - ask: {question: q, answer: count(node-ready) + first(node-ready)}\n"
				   "  - ask: {question: q, answer: detection_max, unit: pods}\n"
				   "  - ask: [1]\n";
	struct file_bytes file = {"x.yaml", text, sizeof(text) - 1};
	const struct file_set set = {&file, 1, 1};
	const struct scenario_input input = {0};
	struct scenario s = {0};
	struct lesson l;
	struct diag d = {0};
	struct text out;

	(void)state;
	assert_int_equal(scenario_load_files(&s, &set, NULL, 0, &d), 0);
	assert_false(lesson_read(&l, &s, &input, &d));
	text_init(&out, &s.arena);
	diag_print_errors(&d, &out);
	for (int line = 9; line <= 14; line++)
		if (strstr(out.data, text_format(&s.arena, "x.yaml:%d:", line)) == NULL)
			fail_msg("nothing said about line %d:\n%s", line, out.data);
	scenario_release(&s);
}

/* ---- the manual page and the completions ---- */

static int shell(const char *command)
{
	const char *program = getenv("NODEFALL");
	struct arena a = {0};
	const int code =
		system(text_format(&a, "NF=%s; export NF; %s", program != NULL ? program : "./nodefall", command));

	arena_release(&a);
	return code;
}

static void test_manual(void **state)
{
	(void)state;
	assert_int_equal(shell("$NF help --man | grep -q '^.SH EXIT STATUS'"), 0);
	assert_int_equal(shell("command -v man >/dev/null || exit 0; $NF help --man > $TMPDIR/n.1; "
			       "test -z \"$(man --warnings -l $TMPDIR/n.1 2>&1 >/dev/null)\""),
			 0);
	assert_int_equal(shell("command -v mandoc >/dev/null || exit 0; $NF help --man > $TMPDIR/n.1; "
			       "! mandoc -Tlint $TMPDIR/n.1 | grep -E 'WARNING|ERROR'"),
			 0);
}

static void test_completions(void **state)
{
	(void)state;
	assert_int_equal(shell("for s in bash zsh fish; do command -v $s >/dev/null || continue; "
			       "$NF completion $s > $TMPDIR/c.$s && $s -n $TMPDIR/c.$s || exit 1; done"),
			 0);
	assert_int_equal(shell("bash tests/drive_completion.sh"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lessons),  cmocka_unit_test(test_guesses), cmocka_unit_test(test_codes),
		cmocka_unit_test(test_mistakes), cmocka_unit_test(test_manual),  cmocka_unit_test(test_completions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
