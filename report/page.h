/* page.h - what the parts of the HTML report share. Private to report/page*.c and report/formats/html.c. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report/causes.h"
#include "report/outcome.h"
#include "sim/text.h"

struct page {
	const struct outcome *o;
	struct text *t;
	struct causes causes;
	struct arena arena;   /* lives as long as the page is written */
	struct arena scratch; /* of one piece */
};

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
