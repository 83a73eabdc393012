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

/* Sections, each with its heading; nothing where there is nothing to tell. */
void page_answer(struct page *p);
void page_expectations(struct page *p);
void page_asked(struct page *p);
void page_recovery(struct page *p);
void page_load(struct page *p);
void page_waiting(struct page *p);
void page_worst(struct page *p);
void page_doubts(struct page *p);
void page_again(struct page *p);

/* The cluster at an instant: the slider, its data and its script. */
void page_slider(struct page *p);

#endif
