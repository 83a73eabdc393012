/* tabs.h - aligns columns as Go's text/tabwriter does, which every tool imitated here uses. */
#ifndef REPORT_LOOKS_TABS_H
#define REPORT_LOOKS_TABS_H

#include "sim/text.h"

/* What a tool gives to tabwriter.NewWriter(); its tabwidth has no effect where cells are padded with spaces. */
struct tabs {
	uint32_t minwidth, padding;
};

#define TABS_KUBECTL ((struct tabs){6, 3})  /* k8s.io/cli-runtime/pkg/printers: 6, 4, 3 */
#define TABS_DESCRIBE ((struct tabs){0, 2}) /* k8s.io/kubectl/pkg/describe: 0, 8, 2 */
#define TABS_CRICTL ((struct tabs){20, 3})  /* 20, 1, 3 */
#define TABS_CTR ((struct tabs){4, 4})      /* 4, 8, 4; also nerdctl's */
#define TABS_CTR_IMAGES ((struct tabs){1, 1})

/*
 * Appends source to out with its tabs replaced by spaces. A cell ends with a tab; what follows the last tab of a line
 * belongs to no column. A column is a block of successive lines that have a cell there: as wide as its widest cell and
 * padding, and at least minwidth. Widths count characters of UTF-8.
 */
void tabs_align(struct text *out, const char *source, struct tabs t);

#endif
