/* human.h - durations, sizes, amounts and dates in the words of the tools. Results are in the arena. */
#ifndef REPORT_LOOKS_HUMAN_H
#define REPORT_LOOKS_HUMAN_H

#include "sim/arena.h"
#include "sim/time.h"

/* kubectl: "119s", "2m", "9m59s", "10m", "3h", "2d" (apimachinery pkg/util/duration HumanDuration); "0s" for less than
 * a second before, "<invalid>" for more. */
const char *human_age(struct arena *a, sim_time t);

/* docker, crictl, nerdctl: "Less than a second", "About a minute", "5 hours" (go-units HumanDuration). */
const char *human_duration(struct arena *a, sim_time t);

/* Bytes in decimal units with so many significant digits: "742kB", "1.15MB" (go-units HumanSizeWithPrecision). */
const char *human_size(struct arena *a, double bytes, int digits);

/* Bytes in binary units with one decimal: "1.1 MiB" (containerd pkg/progress Bytes). */
const char *human_bytes(struct arena *a, double bytes);

/* Kubernetes quantities in canonical form: "250m", "2"; "256Mi", "1000". */
const char *human_cpu(struct arena *a, int64_t milli);
const char *human_memory(struct arena *a, int64_t bytes);

/* An instant of a run whose time 0 is `start` seconds after 1970, in UTC: "Mon, 02 Jan 2006 15:04:05 +0000" (RFC1123Z);
 * "2006-01-02T15:04:05Z" (RFC 3339), with what there is of a second if `exact`. */
const char *human_date(struct arena *a, int64_t start, sim_time at);
const char *human_stamp(struct arena *a, int64_t start, sim_time at, bool exact);

#endif
