/* factor.h - what varies in an experiment: "--vary key=a,b,c" or "--vary key=lo..hi..step", and all combinations. */
#ifndef REPORT_FACTOR_H
#define REPORT_FACTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/arena.h"

/* Levels of one factor, and combinations of all, at most. */
#define FACTOR_LEVELS_MAX 1000
#define FACTORS_MAX 8
#define CANDIDATES_MAX 1000

struct factor {
	const char *key;    /* a key of --set, or "file" */
	const char **level; /* as --set takes it */
	double *number;     /* the same as a number (durations in seconds, percent as 0..1), when all levels are */
	uint32_t levels;
	bool is_number, is_time, is_percent;
};

/*
 * Reads "key=VALUES": a list at commas (those within brackets, braces and quotes belong to a value), or a range
 * "lo..hi", "lo..hi..step" or "lo..hi..xRATIO" of numbers, percentages or durations, both ends included as far as the
 * steps reach; without a step five evenly spaced values, whole numbers rounded. All is in the arena. Returns NULL, or
 * what is wrong.
 */
const char *factor_read(struct factor *f, struct arena *a, const char *text);

/* Whether levels are too long to be names: candidates are then called "key#1", "key#2", ... */
bool factor_has_numbers(const struct factor *f);

/* "key=level" of combination i for factor f, where the last factor turns fastest: its level. */
uint32_t factor_level(const struct factor *factor, uint32_t factors, uint32_t f, uint32_t i);
/* How many combinations there are; saturates above CANDIDATES_MAX. */
uint32_t factor_combinations(const struct factor *factor, uint32_t factors);

#endif
