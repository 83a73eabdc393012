/* batch.h - many independent jobs on threads, results by index, so that the number of threads changes nothing. */
#ifndef SIM_BATCH_H
#define SIM_BATCH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Calls job(context, i) for every i in 0 .. count-1, each exactly once, on `threads` threads (1..256; the caller's own
 * is one of them). job must touch nothing but its own slot i and constant data. done, when not NULL, is called on the
 * caller's thread now and then with the number finished. stop, when not NULL, is polled: non-zero lets running jobs end
 * and starts no new ones. Returns the number of jobs i that ran, which are exactly 0 .. result-1 (jobs are claimed in
 * index order).
 */
uint32_t batch_run(void (*job)(void *context, uint32_t i), void *context, uint32_t count, uint32_t threads,
		   void (*done)(void *context, uint32_t finished), const volatile int *stop);

#endif
