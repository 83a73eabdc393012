/* fuzz_yaml.c - feeds any bytes to the readers of YAML, quantities and durations; for libFuzzer. */
#include <stdlib.h>
#include <string.h>

#include "models/quantity.h"
#include "sim/arena.h"
#include "sim/diag.h"
#include "sim/time.h"
#include "sim/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* More visits than this only repeat shared parts. */
#define VISITS_MAX 200000

static void walk(struct diag *d, const struct yaml_node *node, int depth, uint32_t *visits)
{
	if (depth > YAML_MAX_DEPTH + 1 || !node)
		abort();
	if (++*visits > VISITS_MAX)
		return;
	if (node->kind == YAML_SCALAR) {
		if (strlen(node->text) != node->count || !node->line || !node->column)
			abort();
		diag_note(d, yaml_mark(node), "%s", yaml_is_null(node) ? "null" : "value");
		return;
	}
	for (uint32_t i = 0; node->kind == YAML_LIST && i < node->count; i++)
		walk(d, node->item[i], depth + 1, visits);
	for (uint32_t i = 0; node->kind == YAML_MAP && i < node->count; i++) {
		walk(d, node->pair[i].key, depth + 1, visits);
		if (i < 10 && yaml_get(node, node->pair[i].key->text) != node->pair[i].value)
			abort();
		walk(d, node->pair[i].value, depth + 1, visits);
	}
}

static void read_words(const char *text)
{
	char buffer[TIME_TEXT_MAX];
	struct quantity q;
	sim_time t = 0, again;

	if (!quantity_parse(text, &q)) {
		struct quantity sum = quantity_add(q, quantity_max(q, q));

		if (quantity_compare(q, q) || (q.nano > 0 && sum.nano < q.nano))
			abort();
		quantity_value(sum);
		quantity_milli(sum);
	}
	if (time_parse(text, &t) && (t < 0 || t == SIM_NEVER))
		abort();
	/* Rounded up to a millisecond, the last of all times would be too long. */
	if (t > SIM_NEVER - MILLIS(1))
		return;
	if (!time_parse(time_print(t, buffer), &again) || (again > t ? again - t : t - again) > MICROS(500))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct diag d;
	struct text out;
	struct yaml_docs docs = {0};
	const char *bytes = arena_text(&a, (const char *)data, size);
	uint32_t visits = 0;

	diag_init(&d, &a);
	diag_add_source(&d, "input", bytes, size);
	if (yaml_read(&a, &d, "input", bytes, size, &docs) == diag_failed(&d))
		abort();
	for (uint32_t i = 0; i < docs.count; i++)
		walk(&d, docs.root[i], 1, &visits);
	text_init(&out, &a);
	diag_print_errors(&d, &out);
	diag_print_notes(&d, &out);
	text_add_json(&out, bytes);
	read_words(bytes);
	arena_release(&a);
	return 0;
}
