/* recording_write.c - puts a run into one file. */
#include "report/recording_parts.h"

#include <string.h>
#include <zlib.h>

#include "report/version.h"

/* zlib's own default. */
#define LEVEL 6

/* FNV-1a, 64 bits (Fowler, Noll, Vo). */
static uint64_t mix(uint64_t h, const char *text)
{
	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return (h ^ '|') * UINT64_C(1099511628211);
}

uint64_t recording_schema(void)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (uint32_t k = 0; k < FACT_KINDS; k++) {
		const struct fact_columns *c = fact_columns((uint16_t)k);
		const char *const text[] = {c->name, c->node, c->pod, c->object, c->flag, c->a, c->b, c->c};

		for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
			h = mix(h, text[i]);
	}
	return h;
}

/* ---- numbers ---- */

static void put_fixed(struct text *t, uint32_t value)
{
	const unsigned char b[4] = {(unsigned char)value, (unsigned char)(value >> 8), (unsigned char)(value >> 16),
				    (unsigned char)(value >> 24)};

	text_add_n(t, (const char *)b, 4);
}

/* Seven bits a byte, the lowest first, the top bit set in all but the last. */
static void put(struct text *t, uint64_t value)
{
	char b[10];
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		b[n++] = (char)(value | 0x80);
	b[n++] = (char)value;
	text_add_n(t, b, n);
}

/* Small numbers of either sign stay small. */
static void put_signed(struct text *t, int64_t value)
{
	put(t, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static void put_text(struct text *t, const char *s)
{
	const size_t length = strlen(s);

	put(t, length);
	text_add_n(t, s, length);
}

/* ---- pieces ---- */

static void put_piece(struct text *out, const char *what, const struct text *raw)
{
	struct arena scratch = {0};
	uLongf packed = compressBound((uLong)raw->length);
	unsigned char *bytes = ARENA_NEW(&scratch, packed, unsigned char);
	const size_t begin = out->length;

	compress2(bytes, &packed, (const Bytef *)raw->data, (uLong)raw->length, LEVEL);
	text_add_n(out, what, 4);
	put_fixed(out, (uint32_t)raw->length);
	put_fixed(out, (uint32_t)packed);
	const uLong crc = crc32(crc32(0, (const Bytef *)out->data + begin, 12), bytes, (uInt)packed);
	put_fixed(out, (uint32_t)crc);
	text_add_n(out, (const char *)bytes, packed);
	arena_release(&scratch);
}

static void put_names(struct text *t, const struct names *n)
{
	put(t, n->count);
	for (uint32_t i = 0; i < n->count; i++)
		put_text(t, n->text[i]);
}

struct writer {
	struct text *out, raw;
	struct arena arena;
	struct fact before; /* columns are told as steps from it */
	uint32_t facts;     /* in raw */
};

static void end_piece(struct writer *w)
{
	if (w->facts > 0)
		put_piece(w->out, "fact", &w->raw);
	arena_empty(&w->arena);
	text_init(&w->raw, &w->arena);
	w->before = (struct fact){0};
	w->facts = 0;
}

static void put_fact(struct writer *w, const struct fact *f)
{
	struct text *t = &w->raw;
	const struct fact *b = &w->before;

	put(t, (uint64_t)(f->at - b->at));
	put(t, f->kind);
	put(t, f->flag);
	put_signed(t, (int64_t)(int32_t)(f->node - b->node));
	put_signed(t, (int64_t)(int32_t)(f->pod - b->pod));
	put_signed(t, (int64_t)(int32_t)(f->object - b->object));
	put_signed(t, f->a);
	put_signed(t, f->b);
	put_signed(t, f->c);
	w->before = *f;
	w->facts++;
}

static void see(void *state, const struct fact *facts, size_t count)
{
	struct writer *w = state;

	for (size_t i = 0; i < count; i++) {
		put_fact(w, &facts[i]);
		if (w->facts == RECORDING_FACTS)
			end_piece(w);
	}
}

static void put_input(struct text *out, struct arena *a, const struct scenario *s)
{
	for (uint32_t i = 0; i < s->input.count; i++) {
		const struct file_bytes *f = &s->input.file[i];
		struct text raw;

		text_init(&raw, a);
		put_text(&raw, f->name);
		text_add_n(&raw, f->bytes, f->length);
		put_piece(out, "file", &raw);
	}
}

static void put_head(struct text *out, struct arena *a, const struct run *r, const char *const *set, uint32_t sets,
		     const char *explain)
{
	struct text raw;

	text_init(&raw, a);
	put(&raw, recording_schema());
	put_text(&raw, NODEFALL_VERSION);
	put(&raw, r->seed);
	put_text(&raw, explain != NULL ? explain : "");
	put(&raw, sets);
	for (uint32_t i = 0; i < sets; i++)
		put_text(&raw, set[i]);
	put_piece(out, "head", &raw);
}

static void put_tail(struct text *out, struct arena *a, const struct run *r, bool interrupted)
{
	struct text raw;

	text_init(&raw, a);
	put(&raw, r->facts.count);
	put(&raw, r->facts.digest);
	put(&raw, r->events);
	put_signed(&raw, r->now);
	put(&raw, interrupted);
	put_piece(out, "tail", &raw);
}

void recording_write(const struct run *r, const struct scenario *s, const char *const *set, uint32_t sets,
		     const char *explain, bool interrupted, struct text *out)
{
	struct arena a = {0};
	struct writer w = {.out = out};
	struct text raw;

	text_add_n(out, RECORDING_MAGIC, RECORDING_MAGIC_LENGTH);
	put_head(out, &a, r, set, sets, explain);
	put_input(out, &a, s);
	text_init(&raw, &a);
	put(&raw, r->names.first);
	put_names(&raw, &r->names);
	put_piece(out, "name", &raw);
	text_init(&raw, &a);
	put_names(&raw, &r->remarks);
	put_piece(out, "note", &raw);
	end_piece(&w);
	facts_each(&r->facts, (struct fact_reader){see, &w});
	end_piece(&w);
	put_tail(out, &a, r, interrupted);
	arena_release(&w.arena);
	arena_release(&a);
}
