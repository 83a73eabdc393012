/* test_lesson.c - every question of every lesson has an answer within its bounds; answers, guesses, quizzes, mistakes. */
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
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
		fail_msg("%s: %s is out of bounds with seed %u: \"%s\"", l->name, guess_print(q, answer, value), (unsigned)seed,
			 q->text);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lessons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
