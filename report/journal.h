/* journal.h - finished replications on disk, one line each, so that an experiment goes on after it was killed. */
#ifndef REPORT_JOURNAL_H
#define REPORT_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/arena.h"
#include "sim/text.h"

/*
 * A text file. Each line ends in " #" and the CRC-32 of what stands before, in eight hexadecimal digits. The first line
 * is "nodefall-journal 1 " and what identifies the experiment; the others are results. A line is written by one
 * write(), so a kill at any point leaves whole lines and at most one torn one at the end, which is cut off when the
 * file is opened again. Data is forced to the disk about once a second: a loss of power may cost the last second, never
 * the rest.
 */
struct journal {
	int file; /* -1: none */
	const char *path;
	int64_t synced_ms;
};

/* A line that was in the file, without its checksum; zero-terminated in the arena. */
struct journal_lines {
	const char **line;
	uint32_t count, capacity;
};

/*
 * Opens path for the experiment `identity` (one line). With resume, an existing file must be of the same experiment;
 * its lines are added to `lines`. Without, the file must not exist or be empty. The file is locked against a second
 * process. Returns NULL or what is wrong; *bad_input tells a file of another experiment, or a damaged one, from one
 * that cannot be read or written.
 */
const char *journal_open(struct journal *j, struct arena *a, const char *path, const char *identity, bool resume,
			 struct journal_lines *lines, bool *bad_input);

/* Adds a line, without its end. Returns false, with errno, when it could not be written. Not for several threads. */
bool journal_add(struct journal *j, const char *line, struct arena *scratch);

/* Forces everything to the disk. False, with errno, when that failed. */
bool journal_close(struct journal *j);

#endif
