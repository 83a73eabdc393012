/* test_fact.c - the digest's sensitivity, and that subscribers see every fact once and in order. */
#include "tests/test.h"

#include <string.h>

#include "sim/fact.h"
#include "sim/rng.h"

#define COLUMNS 10

static struct fact random_fact(struct rng *r, sim_time at)
{
	return (struct fact){
		.at = at,
		.kind = (uint16_t)rng_below(r, 65536),
		.flag = (uint16_t)rng_below(r, 65536),
		.node = rng_below(r, 1000),
		.pod = rng_below(r, 1000),
		.object = rng_below(r, 1000),
		.a = (int64_t)rng_next(r),
		.b = (int64_t)rng_next(r),
		.c = (int64_t)rng_next(r),
	};
}

static uint64_t digest_of(const struct fact *fact, size_t count)
{
	struct arena arena = {0};
	struct facts f;

	facts_init(&f, &arena, false);
	for (size_t i = 0; i < count; i++)
		fact_tell(&f, &fact[i]);
	facts_finish(&f);
	assert_int_equal(f.count, count);
	const uint64_t digest = f.digest;
	arena_release(&arena);
	return digest;
}

/* Flips bit `bit` (modulo its width) of column `column`. */
static struct fact flipped(struct fact f, int column, int bit)
{
	switch (column) {
	case 0:
		f.at ^= INT64_C(1) << (bit % 62);
		break;
	case 1:
		f.kind ^= (uint16_t)(1 << (bit % 16));
		break;
	case 2:
		f.flag ^= (uint16_t)(1 << (bit % 16));
		break;
	case 3:
		f.node ^= UINT32_C(1) << (bit % 32);
		break;
	case 4:
		f.pod ^= UINT32_C(1) << (bit % 32);
		break;
	case 5:
		f.object ^= UINT32_C(1) << (bit % 32);
		break;
	case 6:
		f.a = (int64_t)((uint64_t)f.a ^ UINT64_C(1) << bit);
		break;
	case 7:
		f.b = (int64_t)((uint64_t)f.b ^ UINT64_C(1) << bit);
		break;
	case 8:
		f.c = (int64_t)((uint64_t)f.c ^ UINT64_C(1) << bit);
		break;
	default: { /* two columns change places */
		const uint32_t node = f.node;
		f.node = f.pod;
		f.pod = node + (node == f.pod);
	}
	}
	return f;
}

static void digest_depends_on_every_bit_of_every_column(void **state)
{
	(void)state;
	const struct fact zero = {0};
	struct rng r = rng_stream(1, 0, 0, 0);
	uint32_t flips = 0, trials = 0;

	for (int column = 0; column < COLUMNS; column++) {
		for (int bit = 0; bit < 64; bit++) {
			const struct fact f = random_fact(&r, 5), g = flipped(f, column, bit),
					  z = flipped(zero, column, bit);
			const uint64_t before = digest_of(&f, 1), after = digest_of(&g, 1);
			assert_true(before != after);
			assert_true(digest_of(&zero, 1) != digest_of(&z, 1));
			flips += (uint32_t)__builtin_popcountll(before ^ after);
			trials++;
		}
	}
	/* Half of all 64 bits should change: 32 +- 5 standard errors of 4 / sqrt(trials). */
	assert_in_range(flips, 32 * trials - 20 * 26, 32 * trials + 20 * 26);
}

static void digest_depends_on_place_and_number(void **state)
{
	(void)state;
	struct fact f[100];
	struct rng r = rng_stream(2, 0, 0, 0);

	for (size_t i = 0; i < COUNT(f); i++)
		f[i] = random_fact(&r, 7);
	const uint64_t all = digest_of(f, COUNT(f));
	assert_int_equal(all, digest_of(f, COUNT(f)));
	assert_true(all != digest_of(f, COUNT(f) - 1));
	assert_true(all != digest_of(f + 1, COUNT(f) - 1));
	for (size_t i = 0; i + 1 < COUNT(f); i++) {
		struct fact swapped[COUNT(f)];
		memcpy(swapped, f, sizeof(f));
		swapped[i] = f[i + 1];
		swapped[i + 1] = f[i];
		assert_true(all != digest_of(swapped, COUNT(f)));
	}
	const struct fact same[3] = {{0}};
	assert_true(digest_of(same, 1) != digest_of(same, 2));
	assert_true(digest_of(same, 2) != digest_of(same, 3));
	assert_true(digest_of(same, 0) != digest_of(same, 1));
}

/* The digest is part of saved results: it must not depend on machine or compiler. */
static void digest_is_what_it_was(void **state)
{
	(void)state;
	const struct fact f[] = {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {10, 2, 3, FACT_NONE, 5, 6, -7, INT64_MIN, INT64_MAX}};
	assert_int_equal(digest_of(f, COUNT(f)), UINT64_C(0x5af0b3bf7b0c2b17));
}

/* A subscriber that compares what it sees with what was told. */
struct watcher {
	const struct fact *told;
	size_t seen, calls;
};

static void watch(void *state, const struct fact *facts, size_t count)
{
	struct watcher *w = state;
	assert_true(count > 0);
	assert_memory_equal(facts, w->told + w->seen, count * sizeof(*facts));
	w->seen += count;
	w->calls++;
}

static void tell_and_watch(size_t count, bool keep)
{
	struct arena arena = {0};
	struct fact *told = ARENA_NEW(&arena, count + 1, struct fact);
	struct rng r = rng_stream(3, 0, 0, 0);
	struct watcher w[20] = {{0}};
	struct facts f;

	facts_init(&f, &arena, keep);
	for (size_t i = 0; i < COUNT(w); i++) {
		w[i].told = told;
		facts_subscribe(&f, (struct fact_reader){watch, &w[i]});
	}
	for (size_t i = 0; i < count; i++) {
		told[i] = random_fact(&r, (sim_time)(i / 3));
		fact_tell(&f, &told[i]);
	}
	facts_finish(&f);
	facts_finish(&f); /* nothing is left to deliver */
	for (size_t i = 0; i < COUNT(w); i++) {
		assert_int_equal(w[i].seen, count);
		assert_int_equal(w[i].calls, (count + FACT_CHUNK - 1) / FACT_CHUNK);
	}
	assert_int_equal(f.digest, digest_of(told, count));
	if (keep) {
		struct watcher later = {.told = told};
		facts_each(&f, (struct fact_reader){watch, &later});
		assert_int_equal(later.seen, count);
	}
	arena_release(&arena);
}

static void subscribers_see_everything_once(void **state)
{
	(void)state;
	static const size_t count[] = {
		0, 1, FACT_CHUNK - 1, FACT_CHUNK, FACT_CHUNK + 1, 3 * FACT_CHUNK, 10 * FACT_CHUNK + 17};
	for (size_t i = 0; i < COUNT(count); i++) {
		tell_and_watch(count[i], false);
		tell_and_watch(count[i], true);
	}
}

static void memory_does_not_grow_unless_kept(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct facts f;
	const struct fact fact = {.at = 1};

	facts_init(&f, &arena, false);
	fact_tell(&f, &fact);
	const size_t used = arena.used_bytes;
	for (int i = 0; i < 100 * FACT_CHUNK; i++)
		fact_tell(&f, &fact);
	assert_int_equal(arena.used_bytes, used);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest_depends_on_every_bit_of_every_column),
		cmocka_unit_test(digest_depends_on_place_and_number),
		cmocka_unit_test(digest_is_what_it_was),
		cmocka_unit_test(subscribers_see_everything_once),
		cmocka_unit_test(memory_does_not_grow_unless_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
