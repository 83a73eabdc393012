/* test_batch.c - jobs on threads: the same results whatever their number, and stopping. */
#include "tests/test.h"

#include <stdatomic.h>
#include <string.h>

#include "sim/batch.h"
#include "sim/rng.h"

#define JOBS 500

struct work {
	uint64_t result[JOBS];
	uint8_t ran[JOBS];
	uint32_t calls_of_done, last_finished;
	int stop; /* set by job stop_at */
	uint32_t stop_at;
};

/* Some work whose length differs from job to job, so that threads overtake each other. */
static void job(void *context, uint32_t i)
{
	struct work *w = context;
	struct rng r = rng_stream(1, i, 0, 0);
	uint64_t sum = 0;

	for (uint32_t n = rng_below(&r, 2000); n > 0; n--)
		sum += rng_next(&r);
	w->result[i] = sum;
	w->ran[i]++;
	if (i == w->stop_at)
		__atomic_store_n(&w->stop, 1, __ATOMIC_RELAXED);
}

static void done(void *context, uint32_t finished)
{
	struct work *w = context;
	assert_true(finished >= w->last_finished);
	assert_true(finished <= JOBS);
	w->last_finished = finished;
	w->calls_of_done++;
}

static void any_number_of_threads_gives_the_same(void **state)
{
	(void)state;
	static const uint32_t threads[] = {1, 2, 8, 256, 1000};
	struct work first = {.stop_at = UINT32_MAX};

	assert_int_equal(batch_run(job, &first, JOBS, 1, NULL, NULL), JOBS);
	for (size_t t = 0; t < COUNT(threads); t++) {
		struct work w = {.stop_at = UINT32_MAX};
		assert_int_equal(batch_run(job, &w, JOBS, threads[t], done, &w.stop), JOBS);
		assert_memory_equal(w.result, first.result, sizeof(w.result));
		for (int i = 0; i < JOBS; i++)
			assert_int_equal(w.ran[i], 1);
		assert_true(w.calls_of_done > 0);
		assert_int_equal(w.last_finished, JOBS);
	}
}

static void few_jobs_and_many_threads(void **state)
{
	(void)state;
	for (uint32_t count = 0; count <= 3; count++) {
		struct work w = {.stop_at = UINT32_MAX};
		assert_int_equal(batch_run(job, &w, count, 8, done, NULL), count);
		for (uint32_t i = 0; i < JOBS; i++)
			assert_int_equal(w.ran[i], i < count);
	}
}

static void stop_leaves_no_gaps(void **state)
{
	(void)state;
	static const uint32_t threads[] = {1, 2, 8};
	for (size_t t = 0; t < COUNT(threads); t++) {
		struct work w = {.stop_at = 100};
		const uint32_t ran = batch_run(job, &w, JOBS, threads[t], done, &w.stop);
		assert_true(ran > 100);
		if (threads[t] == 1)
			assert_int_equal(ran, 101);
		for (uint32_t i = 0; i < JOBS; i++)
			assert_int_equal(w.ran[i], i < ran);
	}
}

static void stopped_before_the_start(void **state)
{
	(void)state;
	struct work w = {.stop = 1, .stop_at = UINT32_MAX};
	assert_int_equal(batch_run(job, &w, JOBS, 4, NULL, &w.stop), 0);
	for (uint32_t i = 0; i < JOBS; i++)
		assert_int_equal(w.ran[i], 0);
}

/* Both jobs wait for each other: this ends only if two threads really work at the same time. */
struct meeting {
	_Atomic int present;
};

static void meet(void *context, uint32_t i)
{
	(void)i;
	struct meeting *m = context;
	atomic_fetch_add(&m->present, 1);
	while (atomic_load(&m->present) < 2)
		;
}

static void threads_work_at_the_same_time(void **state)
{
	(void)state;
	struct meeting m = {0};
	assert_int_equal(batch_run(meet, &m, 2, 2, NULL, NULL), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_of_threads_gives_the_same),
		cmocka_unit_test(few_jobs_and_many_threads),
		cmocka_unit_test(stop_leaves_no_gaps),
		cmocka_unit_test(stopped_before_the_start),
		cmocka_unit_test(threads_work_at_the_same_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
