/* runtime.c - looks up runtimes by name, and their steps in data/runtimes.csv, compiled in. */
#include "models/runtime.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* runtime,step,value,source; a value with a comma is quoted. */
static const char *const rows[] = {
#include "build/runtimes.inc"
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))
#define VALUE_MAX 64

const struct runtime *runtime_find(const char *name)
{
	for (size_t i = 0; runtimes[i] != NULL; i++)
		if (!strcmp(runtimes[i]->info.name, name))
			return runtimes[i];
	return NULL;
}

void runtime_names(const char *name[RUNTIMES_MAX])
{
	size_t i = 0;

	for (; runtimes[i] != NULL && i + 1 < RUNTIMES_MAX; i++)
		name[i] = runtimes[i]->info.name;
	name[i] = NULL;
}

const struct runtime *runtime_default(int kubernetes)
{
	return runtime_find(kubernetes <= 23 ? "dockershim" : "containerd");
}

/* The value of a step, without its quotes. */
static const char *value_of(const char *name, const char *step, char value[VALUE_MAX])
{
	for (size_t i = 0; i < ROWS; i++) {
		const char *comma = strchr(rows[i], ','), *from = strchr(comma + 1, ',') + 1;
		size_t length = strcspn(from, ",");

		if (strncmp(rows[i], name, (size_t)(comma - rows[i])) != 0 || name[comma - rows[i]] != '\0' ||
		    strncmp(comma + 1, step, (size_t)(from - comma - 2)) != 0 || step[from - comma - 2] != '\0')
			continue;
		if (*from == '"') {
			from++;
			length = strcspn(from, "\"");
		}
		assert(length < VALUE_MAX);
		memcpy(value, from, length);
		value[length] = '\0';
		return value;
	}
	return NULL;
}

static struct dist step_of(const struct runtime *r, const char *step)
{
	char value[VALUE_MAX];
	struct dist d = {0};
	const char *text = value_of(r->info.name, step, value);
	const char *wrong = text != NULL ? dist_parse(text, &d) : "missing";

	assert(wrong == NULL);
	(void)wrong;
	return d;
}

static double number_of(const struct runtime *r, const char *step)
{
	char value[VALUE_MAX];
	const char *text = value_of(r->info.name, step, value);

	assert(text != NULL);
	return strtod(text, NULL);
}

struct runtime_steps runtime_steps(const struct runtime *r)
{
	return (struct runtime_steps){
		.sandbox = step_of(r, "sandbox"),
		.cni = step_of(r, "cni"),
		.start = step_of(r, "start"),
		.stop = step_of(r, "stop"),
		.idle_mib = number_of(r, "memory-idle"),
		.pod_mib = number_of(r, "memory-pod"),
	};
}
