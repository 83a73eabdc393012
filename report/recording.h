/*
 * recording.h - a run in one file: its input as it was read, and every fact, so that any report can be made later.
 *
 * The file is a line of magic and then pieces. A piece has a head of 16 bytes (what it is, its length unpacked and
 * packed, a CRC-32 over both and the packed bytes; all little-endian) and its bytes, packed by zlib. The pieces, in
 * order: "head" (who wrote it, seed, --set), "file" for each input, "name" (the run's own names), "note" (remarks),
 * "fact" for each 4096 facts, "tail" (how many there are, their digest, when the run ended). A file that was cut off
 * has no tail; one that was changed anywhere has a wrong checksum.
 */
#ifndef REPORT_RECORDING_H
#define REPORT_RECORDING_H

#include <stdbool.h>

#include "models/scenario.h"
#include "sim/file.h"
#include "sim/run.h"
#include "sim/text.h"

/* What a recording's pieces say, before its facts are read. */
struct recording {
	const char *name;    /* of the file, for messages */
	const char *version; /* of the program that wrote it */
	const char *explain; /* of run --explain; "" for none */
	struct file_set files;
	const char **set; /* --set, in order */
	uint32_t sets;
	uint64_t seed;
	uint32_t first_name; /* the number of the first name that the run added to those of its scenario */
	uint64_t facts, digest, events;
	sim_time end;
	bool interrupted;
	const unsigned char *names, *remarks; /* unpacked pieces */
	size_t names_length, remarks_length;
	const unsigned char *packed; /* the pieces of facts, as they are in the file */
	size_t packed_length;
};

/* Whether these bytes begin as a recording does. */
bool recording_is(const char *bytes, size_t length);

/* Appends the recording of r, a run of s with all facts kept and delivered. sets: those of the command line; explain:
 * NULL or what --explain names. */
void recording_write(const struct run *r, const struct scenario *s, const char *const *set, uint32_t sets,
		     const char *explain, bool interrupted, struct text *out);

/* Reads all but the facts and checks every piece. bytes must outlive rec; memory from a. Returns NULL, or what is wrong
 * in words ("x.rec: torn after 4096 facts: ..."). */
const char *recording_read(struct recording *rec, struct arena *a, const char *name, const char *bytes, size_t length);

/*
 * Tells the facts anew in r, which it initialises and the caller releases: afterwards r looks to any report as it did
 * when the run had ended. s is loaded from rec->files and rec->set. subscribe as in world_run(). Returns NULL or what
 * is wrong.
 */
const char *recording_replay(const struct recording *rec, const struct scenario *s, struct run *r, struct arena *a,
			     void (*subscribe)(struct run *r, void *context), void *context);

#endif
