/* load.h - loads texts as if they were files, for the tests of objects and scenarios. */
#ifndef TESTS_LOAD_H
#define TESTS_LOAD_H

#include <string.h>

#include "models/scenario.h"

/* A loaded text; zeroed before load_text(), emptied by unload(). */
struct loaded {
	struct scenario scenario;
	struct diag diag;
	struct text said; /* errors, then notes */
	int result;
};

static inline void load_text(struct loaded *l, const char *text, const char *const sets[], uint32_t set_count)
{
	struct file_bytes file = {"in.yaml", text, strlen(text)};
	struct file_set files = {.file = &file, .count = 1};

	memset(l, 0, sizeof(*l));
	l->result = scenario_load_files(&l->scenario, &files, sets, set_count, &l->diag);
	text_init(&l->said, &l->scenario.arena);
	diag_print_errors(&l->diag, &l->said);
	diag_print_notes(&l->diag, &l->said);
}

static inline void unload(struct loaded *l)
{
	scenario_release(&l->scenario);
}

#endif
