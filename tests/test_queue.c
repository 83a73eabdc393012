/* test_queue.c - the heap against a sorted list, with equal times and phases. */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "sim/queue.h"
#include "sim/rng.h"

#define OPERATIONS 100000

static int by_order(const void *a, const void *b)
{
	const struct event *x = a, *y = b;
	return event_before(x, y) ? -1 : event_before(y, x);
}

/* The reference: an array kept sorted, latest first, so that the first event is at its end. */
struct reference {
	struct event event[OPERATIONS];
	size_t count;
};

static void reference_add(struct reference *ref, struct event e)
{
	size_t low = 0, high = ref->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (by_order(&e, &ref->event[middle]) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	memmove(&ref->event[low + 1], &ref->event[low], (ref->count - low) * sizeof(e));
	ref->event[low] = e;
	ref->count++;
}

/* Random pushes and pops with few distinct times, so that ties in time and phase are the rule. */
static void against_reference(uint32_t distinct_times, uint32_t push_percent)
{
	struct arena arena = {0};
	struct reference *ref = ARENA_NEW(&arena, 1, struct reference);
	struct rng r = rng_stream(7, distinct_times, push_percent, 0);
	struct queue q;

	queue_init(&q, &arena);
	for (uint32_t i = 0; i < OPERATIONS; i++) {
		if (rng_below(&r, 100) < push_percent) {
			struct event e = {.at = rng_below(&r, distinct_times), .subject = i, .epoch = ~i, .arg = i * 3};
			uint8_t phase = (uint8_t)rng_below(&r, 4);
			e.order = queue_push(&q, e, phase);
			assert_int_equal(e.order >> 56, phase);
			reference_add(ref, e);
		} else if (ref->count > 0) {
			const struct event want = ref->event[--ref->count];
			assert_memory_equal(queue_first(&q), &want, sizeof(want));
			const struct event got = queue_pop(&q);
			assert_memory_equal(&got, &want, sizeof(want));
		}
		assert_int_equal(q.count, ref->count);
	}
	while (ref->count > 0) {
		const struct event got = queue_pop(&q), want = ref->event[--ref->count];
		assert_memory_equal(&got, &want, sizeof(want));
	}
	assert_null(queue_first(&q));
	arena_release(&arena);
}

static void random_order_mostly_ties(void **state)
{
	(void)state;
	against_reference(10, 60);
}

static void random_order_few_ties(void **state)
{
	(void)state;
	against_reference(1000000, 55);
}

static void random_order_nearly_empty(void **state)
{
	(void)state;
	against_reference(100, 50);
}

static void equal_times_run_by_phase_then_age(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct queue q;
	static const uint8_t phase[] = {200, 0, 3, 255, 3, 0, 200};
	static const uint32_t want[] = {1, 5, 2, 4, 0, 6, 3};

	queue_init(&q, &arena);
	for (uint32_t i = 0; i < COUNT(phase); i++)
		queue_push(&q, (struct event){.at = 5, .subject = i}, phase[i]);
	queue_push(&q, (struct event){.at = 4, .subject = 99}, 255);
	assert_int_equal(queue_pop(&q).subject, 99);
	for (uint32_t i = 0; i < COUNT(want); i++)
		assert_int_equal(queue_pop(&q).subject, want[i]);
	arena_release(&arena);
}

static void sorted_and_reversed_input(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct queue q;

	queue_init(&q, &arena);
	for (int i = 0; i < 1000; i++) {
		queue_push(&q, (struct event){.at = i}, 0);
		queue_push(&q, (struct event){.at = 1999 - i}, 0);
	}
	for (int i = 0; i < 2000; i++)
		assert_int_equal(queue_pop(&q).at, i);
	assert_null(queue_first(&q));
	arena_release(&arena);
}

static void orders_are_never_given_twice(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct queue q;

	queue_init(&q, &arena);
	uint64_t last = queue_push(&q, (struct event){.at = 1}, 9);
	for (int i = 0; i < 100; i++) {
		queue_pop(&q);
		uint64_t order = queue_push(&q, (struct event){.at = 1}, 9);
		assert_true(order > last);
		last = order;
	}
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_order_mostly_ties),  cmocka_unit_test(random_order_few_ties),
		cmocka_unit_test(random_order_nearly_empty), cmocka_unit_test(equal_times_run_by_phase_then_age),
		cmocka_unit_test(sorted_and_reversed_input), cmocka_unit_test(orders_are_never_given_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
