/* order.h - comparison functions for qsort(), column by column. */
#ifndef SIM_ORDER_H
#define SIM_ORDER_H

/* Returns from a comparison function when the columns x and y differ, the smaller first; else goes on. */
#define ORDER(x, y)                                                                                                    \
	do {                                                                                                           \
		if ((x) != (y))                                                                                        \
			return (x) < (y) ? -1 : 1;                                                                     \
	} while (0)

#endif
