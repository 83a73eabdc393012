/* fuzz_recording.c - any bytes as a recording, and as the facts of one whose checksums are right: read or refused,
 * never a crash, and no more memory than the bytes can be worth. */
#include <string.h>
#include <zlib.h>

#include "models/world.h"
#include "report/outcome.h"
#include "report/recording_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char scenario[] = "apiVersion: nodefall/v1\nkind: Scenario\nspec: {duration: 10s}\n";

struct fold {
	struct arena *arena;
	const struct scenario *scenario;
	struct outcome outcome;
};

static void subscribe(struct run *r, void *context)
{
	struct fold *f = context;

	outcome_init(&f->outcome, f->arena, f->scenario, r, false);
	facts_subscribe(&r->facts, outcome_reader(&f->outcome));
}

static void read_it(const char *bytes, size_t length)
{
	struct arena arena = {0};
	struct scenario s = {0};
	struct recording rec;
	struct diag d = {0};
	struct run run = {0};

	if (recording_read(&rec, &arena, "x", bytes, length) == NULL) {
		struct fold f = {.arena = &arena, .scenario = &s};
		diag_init(&d, &s.arena);
		if (scenario_load_files(&s, &rec.files, rec.set, rec.sets, &d) == 0 &&
		    recording_replay(&rec, &s, &run, &arena, subscribe, &f) == NULL)
			outcome_finish(&f.outcome, false);
		run_release(&run);
	}
	scenario_release(&s);
	arena_release(&arena);
}

static void fixed(struct text *t, uint32_t v)
{
	const char b[4] = {(char)v, (char)(v >> 8), (char)(v >> 16), (char)(v >> 24)};

	text_add_n(t, b, 4);
}

/* A piece that is not packed well but packed right. */
static void piece(struct text *t, const char *what, const uint8_t *data, size_t size)
{
	struct arena scratch = {0};
	uLongf packed = compressBound(size);
	unsigned char *bytes = ARENA_NEW(&scratch, packed, unsigned char);
	const size_t begin = t->length;

	compress2(bytes, &packed, data, size, 1);
	text_add_n(t, what, 4);
	fixed(t, (uint32_t)size);
	fixed(t, (uint32_t)packed);
	fixed(t, (uint32_t)crc32(crc32(0, (const Bytef *)t->data + begin, 12), bytes, (uInt)packed));
	text_add_n(t, (const char *)bytes, packed);
	arena_release(&scratch);
}

/* A true recording of a small run in which one of the pieces is the fuzzer's. */
static void with_a_piece(const uint8_t *data, size_t size)
{
	static const char *const kinds[] = {"fact", "name", "note", "tail", "head", "file"};
	struct file_bytes file = {"a.yaml", scenario, sizeof(scenario) - 1};
	const struct file_set files = {&file, 1, 0};
	const char *what = kinds[data[0] % 6];
	struct arena arena = {0};
	struct scenario s = {0};
	struct run run = {0};
	struct diag d = {0};
	struct text out, mixed;

	diag_init(&d, &s.arena);
	if (scenario_load_files(&s, &files, NULL, 0, &d) == 0) {
		world_run(&run, &s, 1, 0, true, NULL, NULL, NULL);
		text_init(&out, &arena);
		text_init(&mixed, &arena);
		recording_write(&run, &s, NULL, 0, NULL, false, &out);
		text_add_n(&mixed, out.data, RECORDING_MAGIC_LENGTH);
		for (size_t at = RECORDING_MAGIC_LENGTH; at < out.length;) {
			const unsigned char *head = (const unsigned char *)out.data + at;
			const size_t length =
				RECORDING_HEAD + (head[8] | (size_t)head[9] << 8 | (size_t)head[10] << 16);
			if (memcmp(head, what, 4) == 0)
				piece(&mixed, what, data + 1, size - 1);
			else
				text_add_n(&mixed, (const char *)head, length);
			at += length;
		}
		read_it(mixed.data, mixed.length);
		run_release(&run);
	}
	scenario_release(&s);
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_it((const char *)data, size);
	if (size > 1)
		with_a_piece(data, size);
	return 0;
}
