/* format.c - finds formats by name, and prints numbers as the machine-readable ones do. */
#include "report/format.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/text.h"

const struct format *format_find_n(const char *name, size_t length)
{
	for (size_t i = 0; formats[i] != NULL; i++)
		if (strlen(formats[i]->name) == length && strncmp(formats[i]->name, name, length) == 0)
			return formats[i];
	return NULL;
}

const struct format *format_find(const char *name)
{
	return format_find_n(name, strlen(name));
}

void print_seconds(struct text *out, sim_time t)
{
	char fraction[10];
	const uint64_t ns = t < 0 ? -(uint64_t)t : (uint64_t)t;
	uint64_t rest = ns % 1000000000;
	int digits = 9;

	if (t == SIM_NEVER) {
		text_add(out, "null");
		return;
	}
	text_printf(out, "%s%" PRIu64, t < 0 ? "-" : "", ns / 1000000000);
	if (rest == 0)
		return;
	for (; rest % 10 == 0; digits--)
		rest /= 10;
	fraction[digits] = '\0';
	for (int i = digits - 1; i >= 0; i--, rest /= 10)
		fraction[i] = (char)('0' + rest % 10);
	text_printf(out, ".%s", fraction);
}

void print_number(struct text *out, double x)
{
	if (isfinite(x))
		text_printf(out, "%.10g", x);
	else
		text_add(out, "null");
}
