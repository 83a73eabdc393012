/* story_images.c - sentences about the images on nodes and their garbage collection. */
#include <inttypes.h>

#include "report/story_parts.h"

#define MIB 1048576.0

static void removed(const struct story *s, const struct line *l, struct text *t)
{
	const struct fact *f = &l->first;
	char time[TIME_TEXT_MAX];

	text_printf(t, "%s: ", outcome_node_name(s->o, f->node));
	if (l->count > 1) {
		text_printf(t, "%" PRIu32 " unused images deleted, %.0f to %.0f MiB each", l->count,
			    (double)l->low / MIB, (double)l->high / MIB);
	} else {
		text_printf(t, "unused image %s deleted", outcome_name(s->o, f->object));
		if (f->b >= 0)
			text_printf(t, ", last seen in use at %s", story_time(f->b, time));
		text_printf(t, ": %.0f MiB gained, the disk is %" PRId64 "%% full", (double)f->a / MIB, f->c);
	}
	text_add(t, f->flag == REMOVED_FOR_PRESSURE ? " (disk pressure)" : " (image garbage collection)");
}

void story_image(const struct story *s, const struct line *l, struct text *t)
{
	const struct fact *f = &l->first;

	if (f->kind == FACT_IMAGE_REMOVED) {
		removed(s, l, t);
		return;
	}
	story_nodes(s, l, t);
	text_printf(t,
		    ": the disk is %" PRId64 "%% full, and image garbage collection %sfrees %.0f of the %.0f MiB that "
		    "it wants",
		    f->c, f->flag ? "again " : "", (double)f->b / MIB, (double)f->a / MIB);
}
