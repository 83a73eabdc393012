/* file.h - reads input files whole: plain or gzip, a folder's YAML and JSON, or "-" for standard input. */
#ifndef SIM_FILE_H
#define SIM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/arena.h"

struct file_bytes {
	const char *name;  /* as shown to the user */
	const char *bytes; /* zero-terminated beyond length */
	size_t length;
};

struct file_set {
	struct file_bytes *file;
	uint32_t count, capacity;
};

/* Unpacked input larger than this is refused. */
#define FILE_MAX_BYTES ((size_t)1 << 30)

/*
 * Adds path to set: a file (.gz is unpacked, whatever its name says, by its magic), or a folder, whose *.yaml, *.yml,
 * *.json and their .gz files are added in byte order of their paths, sub-folders included (depth <= 16, symlinked
 * folders are not followed). Returns NULL, or an error message in the arena ("cannot read x: No such file or
 * directory").
 */
const char *file_add(struct arena *a, struct file_set *set, const char *path);

/* Whether path is a file of known size (no folder, pipe or device) that may be there. */
bool file_is_plain(const char *path);

/* Reads the plain file `name`, taken from the folder of the file `beside` unless absolute, as file_add() does. *path is
 * what it was looked for as. Returns NULL, or an error message in the arena. */
const char *file_read_beside(struct arena *a, const char *beside, const char *name, const char **path,
			     struct file_bytes *out);

/* Writes bytes to path through a temporary file in the same folder and rename(), so nothing is left half-written.
 * Returns NULL or an error message in the arena. */
const char *file_write(struct arena *a, const char *path, const char *bytes, size_t length);

#endif
