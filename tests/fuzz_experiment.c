/* fuzz_experiment.c - any bytes as a line of a journal and as what --vary says: read or refused, never a crash. */
#include <stddef.h>
#include <stdint.h>

#include "report/factor.h"
#include "report/trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct factor f;
	struct trial t;
	const char *text = arena_text(&arena, (const char *)data, size);
	struct text out;

	text_init(&out, &arena);
	if (trial_read(&t, 3, text, &arena))
		trial_print(&t, 3, &out);
	if (factor_read(&f, &arena, text) == NULL)
		factor_combinations(&f, 1);
	arena_release(&arena);
	return 0;
}
