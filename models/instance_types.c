/* instance_types.c - looks machines up in data/instance-types.csv, compiled in. */
#include "models/instance_types.h"

#include <stdlib.h>
#include <string.h>

/* One row of the table without its heading: provider,name,vcpus,memory_gib,gpus,gpu_model,usd_per_hour,max_pods,... */
static const char *const rows[] = {
#include "build/instance_types.inc"
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))
#define COLUMNS 8

static void parse_row(struct arena *a, const char *row, struct instance_type *out)
{
	char *column[COLUMNS];

	for (int i = 0; i < COLUMNS; i++) {
		size_t length = strcspn(row, ",");

		column[i] = arena_text(a, row, length);
		row += length + (row[length] == ',');
	}
	*out = (struct instance_type){
		.provider = column[0],
		.name = column[1],
		.vcpus = strtod(column[2], NULL),
		.memory_gib = strtod(column[3], NULL),
		.gpus = (uint32_t)strtoul(column[4], NULL, 10),
		.usd_per_hour = strtod(column[6], NULL),
		.max_pods = (uint32_t)strtoul(column[7], NULL, 10),
	};
}

enum instance_found instance_type_find(struct arena *a, const char *name, struct instance_type *out)
{
	const char *slash = strchr(name, '/');
	const char *wanted = slash ? slash + 1 : name;
	size_t provider = slash ? (size_t)(slash - name) : 0;
	int found = 0;

	for (size_t i = 0; i < ROWS; i++) {
		size_t first = strcspn(rows[i], ","), second = strcspn(rows[i] + first + 1, ",");

		if (slash && (first != provider || strncmp(rows[i], name, provider)))
			continue;
		if (strlen(wanted) != second || strncmp(rows[i] + first + 1, wanted, second))
			continue;
		if (!found++)
			parse_row(a, rows[i], out);
	}
	return found == 0 ? INSTANCE_UNKNOWN : found == 1 ? INSTANCE_FOUND : INSTANCE_AMBIGUOUS;
}

void instance_type_suggest(struct arena *a, struct diag *d, const char *word)
{
	const char *names[ROWS];

	for (size_t i = 0; i < ROWS; i++) {
		const char *start = strchr(word, '/') ? rows[i] : strchr(rows[i], ',') + 1;
		char *name = arena_text(a, start, (size_t)(strchr(strchr(rows[i], ',') + 1, ',') - start));
		char *comma = strchr(name, ',');

		if (comma)
			*comma = '/';
		names[i] = name;
	}
	diag_suggest(d, word, names, ROWS);
}
