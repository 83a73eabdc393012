/* gnuplot.c - the pictures of --charts as one script with its data inside, to change and to draw again. */
#include "report/format.h"

#include "report/charts.h"

static void write(const struct outcome *o, struct text *t)
{
	struct arena scratch = {0};

	text_add(t, "# Made by nodefall. Draw with: gnuplot FILE; as SVG or PDF: gnuplot -e \"kind='svg'\" FILE\n"
		    "if (!exists('kind')) kind = 'png'\n"
		    "if (strstrt(' png svg pdf ', ' '.kind.' ') == 0) exit error 'kind is png, svg or pdf'\n");
	for (size_t i = 0; i < CHARTS; i++) {
		struct chart c;
		if (!chart_make(&c, (enum chart_kind)i, o, &scratch))
			continue;
		text_printf(t, "\n# %s\n", c.name);
		chart_inline(&c, t);
	}
	arena_release(&scratch);
}

const struct format format_gnuplot = {
	.name = "gnuplot",
	.summary = "the pictures of --charts as one gnuplot script with its data",
	.needs_series = true,
	.write = write,
};
