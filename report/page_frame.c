/* page_frame.c - what every page begins and ends with, and pictures in it. */
#include "report/charts.h"
#include "report/page.h"
#include "report/version.h"

static const char style[] =
#include "build/page_css.inc"
	;

void page_open(struct page *p, const char *name)
{
	text_add(p->t, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
		       "content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light "
		       "dark\">\n<title>");
	page_text(p->t, name);
	text_add(p->t, " - nodefall</title>\n<style>\n");
	text_add(p->t, style);
	text_add(p->t, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">To the report</a>\n"
		       "<header>\n<h1>");
	page_text(p->t, name);
	text_add(p->t, "</h1>\n");
}

void page_close(struct page *p)
{
	text_printf(p->t,
		    "</main>\n<footer><p>Made by nodefall %s. Pictures by gnuplot.</p></footer>\n</body>\n</html>\n",
		    NODEFALL_VERSION);
}

void page_section(struct page *p, const char *id, const char *heading)
{
	text_printf(p->t, "<section id=\"%s\" aria-labelledby=\"h-%s\"><h2 id=\"h-%s\">", id, id, id);
	page_text(p->t, heading);
	text_add(p->t, "</h2>\n");
}

void page_figure(struct page *p, struct chart *c, const char *caption)
{
	text_add(p->t, "<figure>\n<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"picture\">");
	const char *wrong = chart_svg(c, caption, p->t);
	if (wrong != NULL) {
		text_add(p->t, "<p>No picture: gnuplot: ");
		page_text(p->t, wrong);
		text_add(p->t, ".</p>\n");
	}
	text_add(p->t, "</div><figcaption>");
	page_text(p->t, caption);
	text_add(p->t, "</figcaption></figure>\n");
}
