/* renewal.h - renewal processes: failures whose gaps are independent draws of one distribution. A gap runs from the end
 * of a repair to the next failure, so a subject alternates between working and being repaired. */
#ifndef POLICIES_PARTS_RENEWAL_H
#define POLICIES_PARTS_RENEWAL_H

#include "models/policy.h"
#include "sim/dist.h"
#include "sim/field.h"

/* Longest mean time between failures: 250 years, for sim_time ends at 292. */
#define RENEWAL_MEAN_MAX (250.0 * 365 * 86400)

enum renewal_start { RENEWAL_STATIONARY, RENEWAL_NEW };

struct renewal {
	sim_time mtbf, scale; /* one of them is given, the other 0 */
	double shape;
	uint8_t start; /* enum renewal_start */
	struct dist gap;
};

/* Rows of the tables. */
#define RENEWAL_AT(member) offsetof(struct renewal, member)
#define RENEWAL_MTBF                                                                                                   \
	{                                                                                                              \
		.name = "mtbf", .kind = FIELD_TIME, .offset = RENEWAL_AT(mtbf), .low = 0.001,                          \
		.high = RENEWAL_MEAN_MAX,                                                                              \
		.meaning = "mean time from the end of a repair to the next failure of one subject"                     \
	}
#define RENEWAL_SCALE(text)                                                                                            \
	{                                                                                                              \
		.name = "scale", .kind = FIELD_TIME, .offset = RENEWAL_AT(scale), .low = 0.001,                        \
		.high = RENEWAL_MEAN_MAX, .meaning = text                                                              \
	}
#define RENEWAL_START                                                                                                  \
	{                                                                                                              \
		.name = "start", .kind = FIELD_ENUM, .offset = RENEWAL_AT(start), .fallback = "stationary",            \
		.choices = renewal_starts,                                                                             \
		.meaning = "stationary: the process has gone on for ever, so the first gap is the rest of one under "  \
			   "way; new: every subject was repaired when the run began"                                   \
	}
extern const char *const renewal_starts[];

/* Sets gap from mtbf or scale (`what` is the scale's name) and shape. */
bool renewal_prepare(struct field_context *c, const struct yaml_node *at, struct renewal *r, enum dist_kind kind,
		     const char *what);

/* The functions of struct failure_process; options are a struct renewal. */
struct failure_next renewal_next(const struct failure_call *c);
double renewal_expected(const void *options, uint32_t subject, sim_time length);

#endif
