/* quantity.h - Kubernetes resource quantities such as "500m", "1.5Gi" or "1e3", rounded as a cluster rounds them. */
#ifndef MODELS_QUANTITY_H
#define MODELS_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef __int128 quantity_nano;

/*
 * A number of nano-units; all zero is the quantity 0. Beyond about 1.7e29 units nano stays at its largest magnitude.
 * Upstream (apimachinery v0.34, pkg/api/resource: quantity.go, amount.go) keeps small texts as int64 * 10^scale and all
 * others as big decimals, and the two overflow differently: scale and wide say which of the two this one would be.
 */
struct quantity {
	quantity_nano nano;
	int32_t scale; /* of a quantity that is not wide: its int64 counts 10^scale units, scale >= -9 */
	bool wide;
};

/*
 * Reads a quantity: a sign or none, digits with or without a fraction, and a suffix: none, n u m k M G T P E,
 * Ki Mi Gi Ti Pi Ei, or e or E with a signed integer. What lies between two nano-units is rounded away from zero; with
 * a binary suffix magnitudes are capped at 2^63-1. Returns NULL, or what is wrong with the text (a constant), leaving
 * *out alone. Stricter than upstream in one point: a text without any digit ("m", ".") is refused where upstream reads
 * 0.
 */
const char *quantity_parse(const char *text, struct quantity *out);

/* The exact sum, as upstream's Quantity.Add. */
struct quantity quantity_add(struct quantity a, struct quantity b);

/* Below, at or above 0 as a is less than, equal to or greater than b. */
int quantity_compare(struct quantity a, struct quantity b);

/* The larger of the two; a if they are equal. */
struct quantity quantity_max(struct quantity a, struct quantity b);

/*
 * Units (upstream's Value()) and thousandths (MilliValue()), rounded away from zero. What does not fit is upstream's
 * result too: 0 for a quantity that is not wide, else the low 64 bits ("9Ei" has -1000 thousandths). 0 for a quantity
 * beyond the range of nano.
 */
int64_t quantity_value(struct quantity q);
int64_t quantity_milli(struct quantity q);

#endif
