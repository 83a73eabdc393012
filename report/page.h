/* page.h - what the parts of the HTML reports share. Private to report/page*.c and report/formats/html.c. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report/causes.h"
#include "report/charts.h"
#include "report/outcome.h"
#include "sim/text.h"

struct page {
	const struct outcome *o; /* NULL on the page of an experiment */
	struct text *t;
	struct causes causes;
	struct arena arena;   /* lives as long as the page is written */
	struct arena scratch; /* of one piece */
};

/* The page down to its heading, with the header left open; and its end, from within <main>. */
void page_open(struct page *p, const char *name);
void page_close(struct page *p);

/* Opens a section with its heading; </section> is the caller's. */
void page_section(struct page *p, const char *id, const char *heading);

/* A picture with what it shows in words; a sentence when gnuplot is not there. */
void page_figure(struct page *p, struct chart *c, const char *caption);

/* s with the characters that mean something to HTML escaped; also within an attribute in double quotes. */
void page_text(struct text *t, const char *s);

/* A cell of a table: <td>, or with numbers aligned right. */
void page_cell(struct page *p, const char *s);
void page_number_cell(struct page *p, const char *s);

/* Opens a table with a caption, in a box that scrolls sideways and can be reached by keyboard, and its row of heads. */
void page_table(struct page *p, const char *caption);
void page_head(struct page *p, const char *what);
void page_number_head(struct page *p, const char *what);
void page_table_end(struct page *p);

/* A share of 1 in percent: "100 %" and "0 %" only when it is so, else with as many digits as show the difference. */
const char *page_percent(struct page *p, double share);

/* Sections, each with its heading; nothing where there is nothing to tell. */
void page_answer(struct page *p);
void page_expectations(struct page *p);
void page_asked(struct page *p);
void page_recovery(struct page *p);
void page_load(struct page *p);
void page_waiting(struct page *p);
void page_requests(struct page *p);
void page_control_plane(struct page *p);
void page_long_run(struct page *p);
void page_worst(struct page *p);
void page_doubts(struct page *p);
void page_again(struct page *p);

/* The cluster at an instant: the slider, its data and its script. */
void page_slider(struct page *p);

#endif
