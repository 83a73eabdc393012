/* names.c - interns strings in an open-addressing hash table. */
#include "sim/names.h"

#include <stdbool.h>
#include <string.h>

#define FIRST_SLOTS 64

/* FNV-1a, 64 bits (Fowler, Noll, Vo), folded to spread its weak low bits. Only the place in the table depends on it. */
static uint32_t hash(const char *text, size_t length)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < length; i++)
		h = (h ^ (unsigned char)text[i]) * 1099511628211u;
	h ^= h >> 29;
	return (uint32_t)(h ^ h >> 32);
}

static bool same(const char *known, const char *text, size_t length)
{
	return !strncmp(known, text, length) && !known[length];
}

/* The slot that holds text or the free one where it belongs. n->slots must not be 0. */
static uint32_t find_slot(const struct names *n, const char *text, size_t length, uint32_t h)
{
	uint32_t mask = n->slots - 1, i = h & mask;

	while (n->slot[i] && !same(n->text[n->slot[i] - n->first], text, length))
		i = (i + 1) & mask;
	return i;
}

/* The id of text in n or its parents, or 0. */
static uint32_t lookup(const struct names *n, const char *text, size_t length, uint32_t h)
{
	for (; n; n = n->parent) {
		uint32_t id = n->slots ? n->slot[find_slot(n, text, length, h)] : 0;

		if (id)
			return id;
	}
	return 0;
}

static void grow_slots(struct names *n)
{
	n->slots = n->slots ? n->slots * 2 : FIRST_SLOTS;
	n->slot = ARENA_NEW(n->arena, n->slots, uint32_t);
	for (uint32_t i = 0; i < n->count; i++) {
		size_t length = strlen(n->text[i]);

		/* Id 0, the empty string, never takes a slot: 0 marks a free one. */
		if (length)
			n->slot[find_slot(n, n->text[i], length, hash(n->text[i], length))] = n->first + i;
	}
}

void names_init(struct names *n, struct arena *a, const struct names *parent)
{
	*n = (struct names){.arena = a, .parent = parent};
	if (parent) {
		n->first = parent->first + parent->count;
		return;
	}
	ARENA_RESERVE(a, n->text, n->capacity, 1, const char *);
	n->text[n->count++] = "";
}

uint32_t names_intern_n(struct names *n, const char *text, size_t length)
{
	uint32_t h, id;

	length = text ? strnlen(text, length) : 0;
	if (!length)
		return 0;
	h = hash(text, length);
	id = lookup(n, text, length, h);
	if (id)
		return id;
	/* At most two thirds full, so that probes stay short. */
	if ((uint64_t)n->count * 3 + 3 > (uint64_t)n->slots * 2)
		grow_slots(n);
	ARENA_RESERVE(n->arena, n->text, n->capacity, n->count + 1, const char *);
	id = n->first + n->count;
	n->slot[find_slot(n, text, length, h)] = id;
	n->text[n->count++] = arena_text(n->arena, text, length);
	return id;
}

uint32_t names_intern(struct names *n, const char *text)
{
	return names_intern_n(n, text, text ? strlen(text) : 0);
}

uint32_t names_find(const struct names *n, const char *text)
{
	size_t length = text ? strlen(text) : 0;

	return length ? lookup(n, text, length, hash(text, length)) : 0;
}

const char *names_text(const struct names *n, uint32_t id)
{
	while (n->parent && id < n->first)
		n = n->parent;
	return n->text[id - n->first];
}
