/* story_layout.c - times in words and lines that fit: for all reports in text. */
#include "report/story.h"

#include <stdlib.h>
#include <string.h>

/* Lines are no longer than this, whatever the terminal. */
#define WIDTH 100
/* And never within fewer than this after their indentation. */
#define NARROWEST 20

const char *story_time(sim_time t, char buffer[TIME_TEXT_MAX])
{
	const sim_time unit = llabs(t) < SECONDS(10) ? MILLIS(10) : MILLIS(100);

	if (t == SIM_NEVER)
		return strcpy(buffer, "-");
	return time_print((t + (t < 0 ? -unit : unit) / 2) / unit * unit, buffer);
}

void story_wrap(struct text *out, const char *s, int indent)
{
	const int columns = out->columns > 0 && out->columns < WIDTH ? out->columns : WIDTH;
	const size_t room = (size_t)(columns > indent + NARROWEST ? columns - indent : NARROWEST);
	size_t length = strlen(s);

	while (length > room) {
		size_t cut = room;
		while (cut > 0 && s[cut] != ' ')
			cut--;
		if (cut == 0)
			break;
		text_add_n(out, s, cut);
		text_printf(out, "\n%*s", indent, "");
		s += cut + 1;
		length -= cut + 1;
	}
	text_printf(out, "%s\n", s);
}
