/* batch.c - a row of worker threads that claim job numbers in order. */
#include "sim/batch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#define THREADS_MAX 256

struct batch {
	void (*job)(void *context, uint32_t i);
	void (*done)(void *context, uint32_t finished);
	void *context;
	const volatile int *stop;
	uint32_t count;
	_Atomic uint64_t next; /* may pass count by one per thread */
	_Atomic uint32_t finished;
};

static bool stopped(const struct batch *b)
{
	return b->stop != NULL && __atomic_load_n(b->stop, __ATOMIC_RELAXED) != 0;
}

/* Runs the next job; false when there is none. A claimed job always runs, so those that ran have no gaps. */
static bool run_one(struct batch *b)
{
	if (stopped(b))
		return false;
	const uint64_t i = atomic_fetch_add_explicit(&b->next, 1, memory_order_relaxed);
	if (i >= b->count)
		return false;
	b->job(b->context, (uint32_t)i);
	atomic_fetch_add_explicit(&b->finished, 1, memory_order_release);
	return true;
}

static void *work(void *batch)
{
	while (run_one(batch))
		;
	return NULL;
}

static void report(struct batch *b)
{
	if (b->done != NULL)
		b->done(b->context, atomic_load_explicit(&b->finished, memory_order_acquire));
}

uint32_t batch_run(void (*job)(void *context, uint32_t i), void *context, uint32_t count, uint32_t threads,
		   void (*done)(void *context, uint32_t finished), const volatile int *stop)
{
	struct batch b = {.job = job, .done = done, .context = context, .stop = stop, .count = count};
	pthread_t thread[THREADS_MAX];
	uint32_t started = 0;

	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	if (threads > count)
		threads = count;
	/* Where the system allows no more threads, those that there are do all the work. */
	while (started + 1 < threads && pthread_create(&thread[started], NULL, work, &b) == 0)
		started++;
	while (run_one(&b))
		report(&b);
	for (uint32_t i = 0; i < started; i++) {
		pthread_join(thread[i], NULL);
		report(&b);
	}
	return atomic_load_explicit(&b.finished, memory_order_acquire);
}
