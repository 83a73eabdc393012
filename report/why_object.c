/* why_object.c - finds what is told of an object in the words of facts, so that each column that names it counts. */
#include "report/why_object.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/fact_words.h"
#include "sim/diag.h"

/* At most so many names are offered where none is near. */
#define HINTS 5

/* The keys (fact_words.h) under which an object of each kind is named. */
static const struct named {
	enum why_kind kind;
	const char *word, *key;
} named[] = {
	{WHY_WORKLOAD, "workload", "workload"},
	{WHY_FAILURE, "failure", "failure"},
	{WHY_VOLUME, "pv", "volume"},
	{WHY_CLAIM, "pvc", "claim"},
	{WHY_ZONE, "zone", "zone"},
	{WHY_HOST, "master", "host"},
	{WHY_COMPONENT, "component", "component"},
	{WHY_GROUP, "group", "group"},
};

static const struct named *row_of(enum why_kind kind)
{
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (named[i].kind == kind)
			return &named[i];
	return NULL;
}

const char *why_object_text(const struct why_object *object, struct arena *a)
{
	const struct named *n = row_of(object->kind);

	if (object->kind == WHY_WORKLOAD && object->group != NULL)
		return text_format(a, "%s/%s", object->group, object->name);
	return text_format(a, "%s/%s", n != NULL ? n->word : "fact", object->name);
}

/* Of a workload "Deployment/web": the name, if the kind is the one asked for or any will do. */
static const char *name_in(const struct why_object *object, const char *text)
{
	const char *slash = strchr(text, '/');

	if (object->kind != WHY_WORKLOAD || slash == NULL)
		return text;
	if (object->group != NULL && (strlen(object->group) != (size_t)(slash - text) ||
				      strncmp(object->group, text, (size_t)(slash - text)) != 0))
		return NULL;
	return slash + 1;
}

struct search {
	const struct outcome *o;
	const struct why_object *object;
	const struct named *named;
	const struct fact_dictionary *dictionary;
	struct arena *arena, scratch;
	const char **near;
	uint32_t count, capacity;
};

static void remember(struct search *s, const char *name)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (strcmp(s->near[i], name) == 0)
			return;
	ARENA_RESERVE(s->arena, s->near, s->capacity, s->count + 1, const char *);
	s->near[s->count++] = arena_text(s->arena, name, strlen(name));
}

static bool is_about(struct search *s, const struct fact *f)
{
	struct fact_word word[FACT_WORDS_MAX];
	const uint32_t count = fact_words(s->dictionary, s->o, f, &s->scratch, word);
	bool found = false;

	for (uint32_t i = 0; i < count && !found; i++) {
		const char *name = word[i].kind == WORD_TEXT && strcmp(word[i].key, s->named->key) == 0
					   ? name_in(s->object, word[i].text)
					   : NULL;
		if (name == NULL)
			continue;
		found = strcmp(name, s->object->name) == 0;
		if (!found)
			remember(s, name);
	}
	arena_empty(&s->scratch);
	return found;
}

/* The name that was meant, or those that there are. */
static const char *hint_of(struct search *s)
{
	const char *near = s->count > 0 ? diag_nearest(s->object->name, s->near, s->count) : NULL;
	struct text t;

	if (near != NULL)
		return text_format(s->arena, "did you mean \"%s\"?", near);
	text_init(&t, s->arena);
	for (uint32_t i = 0; i < s->count && i < HINTS; i++)
		text_printf(&t, "%s%s", i > 0 ? ", " : "something is told of ", s->near[i]);
	if (s->count > HINTS)
		text_printf(&t, " and %" PRIu32 " more", s->count - HINTS);
	return s->count > 0 ? t.data : NULL;
}

uint32_t why_object_fact(const struct outcome *o, const struct causes *c, const struct why_object *object,
			 struct arena *a, const char **hint)
{
	struct search s = {.o = o, .object = object, .named = row_of(object->kind), .arena = a};
	uint32_t i = c->count;

	*hint = NULL;
	if (object->kind == WHY_FACT) {
		char *end;
		const unsigned long id = strtoul(object->name, &end, 10);
		return *end == '\0' && id < c->count ? (uint32_t)id : CAUSE_NONE;
	}
	s.dictionary = fact_dictionary(a);
	while (i > 0 && (c->of[i - 1].fact.kind == FACT_ACTION || !is_about(&s, &c->of[i - 1].fact)))
		i--;
	arena_release(&s.scratch);
	if (i > 0)
		return i - 1;
	*hint = hint_of(&s);
	return CAUSE_NONE;
}
