/* fuzz_scenario.c - any bytes as one input file: loading must not crash, hang or eat memory. */
#include <stdint.h>

#include "models/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scenario s = {0};
	struct diag d = {0};
	char *bytes = arena_text(&s.arena, (const char *)data, size);
	struct file_bytes file = {"in.yaml", bytes, size};
	struct file_set files = {.file = &file, .count = 1};
	struct text said;

	scenario_load_files(&s, &files, NULL, 0, &d);
	text_init(&said, &s.arena);
	diag_print_errors(&d, &said);
	diag_print_notes(&d, &said);
	scenario_release(&s);
	return 0;
}
