/* arena.c - the only caller of malloc and free: chunks that grow with their arena. */
#include "sim/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_chunk {
	struct arena_chunk *next;
	size_t size, used;
	size_t kept; /* scratch of arena_restore() */
	_Alignas(max_align_t) unsigned char data[];
};

/* A guess: first chunks are small because a run has many arenas, later ones large because calls to malloc add up. */
#define CHUNK_MIN ((size_t)4 << 10)
#define CHUNK_MAX ((size_t)1 << 20)

/* EX_SOFTWARE of sysexits.h. */
#define EXIT_NO_MEMORY 70

static _Noreturn void out_of_memory(size_t count, size_t size)
{
	fprintf(stderr, "nodefall: out of memory (%zu x %zu bytes)\n", count, size);
	exit(EXIT_NO_MEMORY);
}

static size_t multiply(size_t count, size_t size)
{
	size_t bytes;

	/* Half the address space is kept free so that no later sum can overflow. */
	if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
		out_of_memory(count, size);
	return bytes;
}

/* calloc, because fresh pages from the kernel are zero already and need no second pass. */
static struct arena_chunk *new_chunk(size_t size)
{
	struct arena_chunk *c = calloc(1, sizeof(*c) + size);

	if (!c)
		out_of_memory(1, size);
	c->size = size;
	return c;
}

static size_t padding(const struct arena_chunk *c, size_t align)
{
	return (size_t)(-(uintptr_t)(c->data + c->used) & (align - 1));
}

static void *take(struct arena *a, struct arena_chunk *c, size_t bytes, size_t align)
{
	size_t pad = padding(c, align);
	void *p = c->data + c->used + pad;

	c->used += pad + bytes;
	a->used_bytes += pad + bytes;
	return p;
}

void *arena_alloc(struct arena *a, size_t count, size_t size, size_t align)
{
	size_t bytes = multiply(count, size);
	struct arena_chunk *head = a->chunks, *c;
	size_t next_size = CHUNK_MIN;

	if (head && head->size - head->used >= bytes && head->size - head->used - bytes >= padding(head, align))
		return take(a, head, bytes, align);
	if (head) {
		next_size = head->size >= CHUNK_MAX / 2 ? CHUNK_MAX : head->size * 2;
		next_size = next_size < CHUNK_MIN ? CHUNK_MIN : next_size;
	}
	if (bytes + align > next_size / 4) {
		/* A large block gets its own chunk behind the head, whose rest stays in use. */
		c = new_chunk(bytes + align);
		if (head) {
			c->next = head->next;
			head->next = c;
		} else {
			a->chunks = c;
		}
		return take(a, c, bytes, align);
	}
	c = new_chunk(next_size);
	c->next = head;
	a->chunks = c;
	return take(a, c, bytes, align);
}

void *arena_grow(struct arena *a, void *old, size_t old_count, size_t new_count, size_t size, size_t align)
{
	size_t old_bytes = multiply(old_count, size), new_bytes = multiply(new_count, size);
	struct arena_chunk *c = a->chunks;
	void *copy;

	if (old_bytes && c && (unsigned char *)old + old_bytes == c->data + c->used &&
	    c->size - c->used >= new_bytes - old_bytes) {
		c->used += new_bytes - old_bytes;
		a->used_bytes += new_bytes - old_bytes;
		return old;
	}
	copy = arena_alloc(a, new_count, size, align);
	if (old_bytes)
		memcpy(copy, old, old_bytes);
	return copy;
}

char *arena_text(struct arena *a, const char *text, size_t length)
{
	char *copy = arena_alloc(a, length + 1, 1, 1);

	if (length)
		memcpy(copy, text, length);
	return copy;
}

void arena_empty(struct arena *a)
{
	size_t total = 0;

	if (!a->chunks)
		return;
	if (!a->chunks->next) {
		memset(a->chunks->data, 0, a->chunks->used);
		a->chunks->used = 0;
		a->used_bytes = 0;
		return;
	}
	for (const struct arena_chunk *c = a->chunks; c; c = c->next)
		total += c->size;
	arena_release(a);
	a->chunks = new_chunk(total);
}

void arena_release(struct arena *a)
{
	struct arena_chunk *c = a->chunks, *next;

	for (; c; c = next) {
		next = c->next;
		free(c);
	}
	a->chunks = NULL;
	a->used_bytes = 0;
}

/* Images are compared with their base in pieces of this. */
#define PAGE ((size_t)4096)

/* A chunk as it was: what it held, and what came after it in the list. */
struct arena_part {
	struct arena_chunk *chunk;
	size_t used;
	unsigned char *data;           /* its bytes; with a base, its changed pages, one after the other */
	const struct arena_part *base; /* of the same chunk, or NULL */
	unsigned char *changed;        /* with a base: by page */
};

static const struct arena_part *part_of(const struct arena_image *image, const struct arena_chunk *c)
{
	for (size_t i = 0; image != NULL && i < image->parts; i++)
		if (image->part[i].chunk == c)
			return &image->part[i];
	return NULL;
}

static size_t page_length(size_t used, size_t page)
{
	return used - page * PAGE < PAGE ? used - page * PAGE : PAGE;
}

void arena_save_begin(struct arena_saving *s, const struct arena *a, struct arena *into, struct arena_image *image,
		      const struct arena_image *base)
{
	size_t i = 0;

	*image = (struct arena_image){.used_bytes = a->used_bytes};
	for (const struct arena_chunk *c = a->chunks; c; c = c->next)
		image->parts++;
	image->part = ARENA_NEW(into, image->parts, struct arena_part);
	for (struct arena_chunk *c = a->chunks; c; c = c->next)
		image->part[i++] = (struct arena_part){.chunk = c, .used = c->used, .base = part_of(base, c)};
	*s = (struct arena_saving){.into = into, .image = image};
}

/* Whether page i of p is not as it was in p's base. */
static bool page_changed(const struct arena_part *p, size_t i)
{
	const size_t length = page_length(p->used, i), end = i * PAGE + length;

	return p->base == NULL || end > p->base->used ||
	       memcmp(p->chunk->data + i * PAGE, p->base->data + i * PAGE, length) != 0;
}

/* Compares pages of p with its base. Returns the pages looked at. */
static size_t compare_some(struct arena_saving *s, struct arena_part *p, size_t pages, size_t most)
{
	size_t looked = 0;

	if (p->base == NULL)
		s->bytes = p->used;
	else if (p->changed == NULL)
		p->changed = ARENA_NEW(s->into, pages, unsigned char);
	for (; p->base != NULL && s->page < pages && looked < most; s->page++, looked++) {
		p->changed[s->page] = page_changed(p, s->page);
		s->bytes += p->changed[s->page] ? page_length(p->used, s->page) : 0;
	}
	if (p->base == NULL || s->page == pages) {
		s->to = p->data = ARENA_NEW(s->into, s->bytes, unsigned char);
		s->page = 0;
	}
	return looked;
}

/* Copies changed pages of p. Returns the pages copied. */
static size_t copy_some(struct arena_saving *s, const struct arena_part *p, size_t pages, size_t most)
{
	size_t copied = 0;

	for (; s->page < pages && copied < most; s->page++) {
		if (p->base != NULL && !p->changed[s->page])
			continue;
		const size_t length = page_length(p->used, s->page);
		memcpy(s->to, p->chunk->data + s->page * PAGE, length);
		s->to += length;
		copied++;
	}
	return copied;
}

bool arena_save_some(struct arena_saving *s, size_t bytes)
{
	size_t left = bytes / PAGE + 1;

	while (s->part < s->image->parts && left > 0) {
		struct arena_part *p = &s->image->part[s->part];
		const size_t pages = (p->used + PAGE - 1) / PAGE;

		left -= s->to == NULL ? compare_some(s, p, pages, left) : copy_some(s, p, pages, left);
		if (s->to == NULL || s->page < pages)
			continue;
		s->part++;
		s->page = s->bytes = 0;
		s->to = NULL;
	}
	return s->part == s->image->parts;
}

void arena_save(const struct arena *a, struct arena *into, struct arena_image *image, const struct arena_image *base)
{
	struct arena_saving s;

	arena_save_begin(&s, a, into, image, base);
	while (!arena_save_some(&s, SIZE_MAX / 2))
		continue;
}

static void restore_part(const struct arena_part *p)
{
	const unsigned char *from = p->data;

	if (p->base == NULL) {
		memcpy(p->chunk->data, p->data, p->used);
		return;
	}
	for (size_t i = 0; i * PAGE < p->used; i++) {
		const size_t length = page_length(p->used, i);

		memcpy(p->chunk->data + i * PAGE, p->changed[i] ? from : p->base->data + i * PAGE, length);
		from += p->changed[i] ? length : 0;
	}
}

static void free_unless_kept(struct arena *a)
{
	struct arena_chunk *c = a->chunks, *next;

	for (; c; c = next) {
		next = c->next;
		if (!c->kept)
			free(c);
	}
}

void arena_restore(struct arena *a, const struct arena_image *image)
{
	struct arena_chunk **link = &a->chunks;

	for (struct arena_chunk *c = a->chunks; c; c = c->next)
		c->kept = 0;
	for (size_t i = 0; i < image->parts; i++)
		image->part[i].chunk->kept = 1;
	free_unless_kept(a);
	for (size_t i = 0; i < image->parts; i++) {
		const struct arena_part *p = &image->part[i];
		struct arena_chunk *c = p->chunk;

		restore_part(p);
		if (c->used > p->used)
			memset(c->data + p->used, 0, c->used - p->used);
		c->used = p->used;
		*link = c;
		link = &c->next;
	}
	*link = NULL;
	a->used_bytes = image->used_bytes;
}
