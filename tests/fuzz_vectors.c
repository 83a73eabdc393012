/* fuzz_vectors.c - any bytes as a conformance case: computed or refused, never a crash. */
#include <stddef.h>
#include <stdint.h>

#include "models/sched_vectors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int versions[] = {20, 32, 34, 36};
	struct arena arena = {0};
	struct yaml_docs docs = {0};
	struct diag d = {0};
	struct text out;

	diag_init(&d, &arena);
	text_init(&out, &arena);
	if (yaml_read(&arena, &d, "case", (const char *)data, size, &docs) && docs.count == 1)
		sched_vector_compute(&d, docs.root[0], versions[size % 4], &out);
	arena_release(&arena);
	return 0;
}
