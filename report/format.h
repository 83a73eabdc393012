/* format.h - ways to print an outcome: one file each in report/formats/, found by the Makefile. */
#ifndef REPORT_FORMAT_H
#define REPORT_FORMAT_H

#include "report/outcome.h"

struct format {
	const char *name, *summary;
	bool needs_facts;  /* reads the facts of the run again, so they must have been kept */
	bool lists_runs;   /* names each of several replications */
	bool has_notes;    /* prints the notes itself */
	bool needs_series; /* reads pod_state of the outcome */
	bool is_binary;    /* no text: only into a file */
	void (*write)(const struct outcome *o, struct text *out);
};

/* All formats in the order of their names, then NULL: generated from report/formats/ into build/registry.c. */
extern const struct format *const formats[];

/* The format whose name is the first `length` bytes of name, or NULL. */
const struct format *format_find_n(const char *name, size_t length);
const struct format *format_find(const char *name);

/* t in seconds with up to nine decimals, exactly; "null" for SIM_NEVER. For JSON and CSV. */
void print_seconds(struct text *out, sim_time t);

/* A number as short as ten digits allow; "null" for NaN and infinities. */
void print_number(struct text *out, double x);

#endif
