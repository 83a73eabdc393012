/* fact.c - the stream of facts: chunks, subscribers and the digest of a run. */
#include "sim/fact.h"

#include <assert.h>

struct fact_chunk {
	struct fact_chunk *next;
	uint32_t count;
	uint32_t delivered; /* facts of this chunk that the subscribers have seen */
	struct fact fact[FACT_CHUNK];
};

/* The high and low half of a 128-bit product, folded. */
static inline uint64_t fold(uint64_t a, uint64_t b)
{
	const unsigned __int128 product = (unsigned __int128)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/*
 * The six words of a fact are hashed side by side (the way of wyhash: folded products with odd random numbers) and only
 * their sum enters the chain, whose step is a bijection of the digest so far. Columns are put together by value, so the
 * byte order of the machine does not matter.
 */
static inline uint64_t digest_step(uint64_t digest, const struct fact *f)
{
	const uint64_t who = f->kind | (uint64_t)f->flag << 16 | (uint64_t)f->node << 32;
	const uint64_t whom = f->pod | (uint64_t)f->object << 32;

	digest ^= fold((uint64_t)f->at ^ UINT64_C(0xa0761d6478bd642f), who ^ UINT64_C(0xe7037ed1a0b428db)) +
		  fold(whom ^ UINT64_C(0x8ebc6af09c88c6e3), (uint64_t)f->a ^ UINT64_C(0x589965cc75374cc3)) +
		  fold((uint64_t)f->b ^ UINT64_C(0x1d8e4e27c47d124f), (uint64_t)f->c ^ UINT64_C(0xeb44accab455d165));
	digest *= UINT64_C(0x9e3779b97f4a7c15);
	return digest ^ digest >> 32;
}

void facts_init(struct facts *f, struct arena *a, bool keep)
{
	*f = (struct facts){.arena = a, .keep = keep};
}

void facts_subscribe(struct facts *f, struct fact_reader reader)
{
	assert(f->count == 0);
	ARENA_RESERVE(f->arena, f->reader, f->reader_capacity, f->readers + 1, struct fact_reader);
	f->reader[f->readers++] = reader;
}

static void deliver(struct facts *f)
{
	struct fact_chunk *chunk = f->last;
	const uint32_t from = chunk->delivered;

	if (from == chunk->count)
		return;
	for (uint32_t i = 0; i < f->readers; i++)
		f->reader[i].see(f->reader[i].state, chunk->fact + from, chunk->count - from);
	chunk->delivered = chunk->count;
}

/* Makes room at the end: the last chunk is full or there is none. */
static void next_chunk(struct facts *f)
{
	if (f->last != NULL) {
		deliver(f);
		if (!f->keep) {
			f->last->count = f->last->delivered = 0;
			return;
		}
	}
	struct fact_chunk *chunk = ARENA_NEW(f->arena, 1, struct fact_chunk);
	if (f->last != NULL)
		f->last->next = chunk;
	else
		f->first = chunk;
	f->last = chunk;
}

void fact_remark(struct facts *f, const struct fact *fact)
{
	if (f->last == NULL || f->last->count == FACT_CHUNK)
		next_chunk(f);

	struct fact_chunk *chunk = f->last;
	assert(chunk->count == 0 || chunk->fact[chunk->count - 1].at <= fact->at);
	chunk->fact[chunk->count++] = *fact;
	f->count++;
}

void fact_tell(struct facts *f, const struct fact *fact)
{
	fact_remark(f, fact);
	f->digest = digest_step(f->digest, fact);
}

void facts_finish(struct facts *f)
{
	if (f->last != NULL)
		deliver(f);
}

void facts_each(const struct facts *f, struct fact_reader reader)
{
	assert(f->keep);
	for (const struct fact_chunk *chunk = f->first; chunk != NULL; chunk = chunk->next)
		reader.see(reader.state, chunk->fact, chunk->count);
}
