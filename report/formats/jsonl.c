/* jsonl.c - every fact as one line of JSON that explains itself: names instead of rows, words instead of numbers. */
#include "report/format.h"

#include <inttypes.h>

#include "report/causes.h"
#include "report/fact_words.h"

struct lines {
	const struct outcome *o;
	const struct fact_dictionary *dictionary;
	struct causes causes;
	uint32_t row; /* of the fact: its id */
	struct arena arena, scratch;
	struct text *out;
};

static void word(const struct fact_word *w, struct text *t)
{
	text_printf(t, ",\"%s\":", w->key);
	switch (w->kind) {
	case WORD_TEXT:
		text_add_json(t, w->text);
		break;
	case WORD_NUMBER:
		text_printf(t, "%" PRId64, w->number);
		break;
	case WORD_SECONDS:
		print_seconds(t, w->number);
		break;
	case WORD_BOOL:
		text_add(t, w->number != 0 ? "true" : "false");
		break;
	}
}

static void see(void *state, const struct fact *facts, size_t count)
{
	struct lines *l = state;
	struct fact_word words[FACT_WORDS_MAX];

	for (size_t i = 0; i < count; i++) {
		const uint32_t n = fact_words(l->dictionary, l->o, &facts[i], &l->scratch, words);

		const uint32_t by = l->causes.of[l->row].by;

		text_printf(l->out, "{\"id\":%" PRIu32 ",\"at_s\":", l->row++);
		print_seconds(l->out, facts[i].at);
		text_printf(l->out, ",\"kind\":\"%s\"", fact_kind_name(facts[i].kind));
		for (uint32_t k = 0; k < n; k++)
			word(&words[k], l->out);
		if (by != CAUSE_NONE)
			text_printf(l->out, ",\"cause\":%" PRIu32, by);
		text_add(l->out, "}\n");
		arena_empty(&l->scratch);
	}
}

static void write(const struct outcome *o, struct text *out)
{
	struct lines l = {.o = o, .out = out};

	l.dictionary = fact_dictionary(&l.arena);
	causes_find(&l.causes, o, &l.arena);
	facts_each(&o->run->facts, (struct fact_reader){.see = see, .state = &l});
	arena_release(&l.scratch);
	arena_release(&l.arena);
}

const struct format format_jsonl = {
	.name = "jsonl",
	.summary = "every fact of the run, one line of JSON each, with names, words and causes",
	.needs_facts = true,
	.write = write,
};
