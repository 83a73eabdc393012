/* arena.h - memory that lives as long as its owner: a scenario, a run, a command. */
#ifndef SIM_ARENA_H
#define SIM_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

/* All zero is a valid, empty arena. used_bytes counts what the chunks hold, for tests and benches. */
struct arena {
	struct arena_chunk *chunks;
	size_t used_bytes;
};

/* Zeroed memory for count objects of size bytes. Never NULL: running out (or overflow) ends the program with a message
 * and exit code 70. Freed by arena_release() only. */
void *arena_alloc(struct arena *a, size_t count, size_t size, size_t align);

/* A larger copy of old (old_count objects), new tail zeroed. The old memory stays until arena_release(), except that
 * the last allocation of a chunk is extended in place. old may be NULL when old_count is 0. new_count >= old_count. */
void *arena_grow(struct arena *a, void *old, size_t old_count, size_t new_count, size_t size, size_t align);

/* A zero-terminated copy of length bytes. */
char *arena_text(struct arena *a, const char *text, size_t length);

/* Makes the arena empty and keeps its memory as one piece for what comes next, so that work which repeats soon asks for
 * none. What was allocated is void. */
void arena_empty(struct arena *a);

/* Frees everything; the arena is empty and usable again. */
void arena_release(struct arena *a);

/*
 * What an arena held at one time, to be put back: the state of whatever lives in it, pointers and all, returns to what
 * it was. All zero is none. The copy lives in the arena given to arena_save().
 */
struct arena_image {
	struct arena_part *part;
	size_t parts, used_bytes;
};

/* Copies a into memory of `into`, which is another arena. base: NULL, or an earlier image of a without a base, which
 * stays as long as this one: pages that are as they were then are not copied. */
void arena_save(const struct arena *a, struct arena *into, struct arena_image *image, const struct arena_image *base);

/* The same in slices, for somebody who must not be away for long: a must not change until it is done, and the image is
 * void until then. */
struct arena_saving {
	struct arena *into;
	struct arena_image *image;
	size_t part, page, bytes; /* the chunk being saved, where in it, and what is to be kept of it */
	unsigned char *to;        /* where its next changed page goes; NULL while pages are compared */
};
void arena_save_begin(struct arena_saving *s, const struct arena *a, struct arena *into, struct arena_image *image,
		      const struct arena_image *base);
/* Looks at about `bytes` bytes; returns whether all is saved. */
bool arena_save_some(struct arena_saving *s, size_t bytes);

/* Puts the image's bytes back where they were and frees what a got since: images taken later are void then. a must not
 * have been released or emptied since arena_save(). */
void arena_restore(struct arena *a, const struct arena_image *image);

#define ARENA_NEW(a, count, type) ((type *)arena_alloc((a), (count), sizeof(type), _Alignof(type)))

/* Grows array `data` of struct type so that it can hold at least want objects; doubles. capacity is an lvalue. */
#define ARENA_RESERVE(a, data, capacity, want, type)                                                                   \
	do {                                                                                                           \
		if ((want) > (capacity)) {                                                                             \
			size_t arena_new_ = (capacity) ? (size_t)(capacity)*2 : 16;                                    \
			while (arena_new_ < (size_t)(want))                                                            \
				arena_new_ *= 2;                                                                       \
			(data) =                                                                                       \
				(type *)arena_grow((a), (data), (capacity), arena_new_, sizeof(type), _Alignof(type)); \
			(capacity) = (__typeof__(capacity))arena_new_;                                                 \
		}                                                                                                      \
	} while (0)

#endif
