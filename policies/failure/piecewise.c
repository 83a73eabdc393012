/* piecewise.c - a rate of failure that is constant within each span of a subject's age: a bathtub of early failures,
 * useful life and wear-out. A repair leaves the subject as old as it is (minimal repair), so that failures of one that
 * is repaired at once are a Poisson process with the rate of its age. */
#include <math.h>

#include "models/policy.h"
#include "sim/dist.h"
#include "sim/field.h"

#define PIECES_MAX 32
#define LONGEST (250.0 * 365 * 86400)

struct piece {
	sim_time until; /* age; SIM_NEVER for the last */
	sim_time mtbf;  /* 1 / rate; 0: no failures */
};

struct piecewise {
	const struct yaml_node *list;
	struct dist age;
	uint32_t pieces;
	struct piece piece[PIECES_MAX];
};

static bool keep(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	(void)c;
	*(const struct yaml_node **)((char *)object + f->offset) = value;
	return true;
}

static const struct field piece_fields[] = {
	{.name = "until",
	 .kind = FIELD_TIME,
	 .offset = offsetof(struct piece, until),
	 .low = 0.001,
	 .high = LONGEST,
	 .meaning = "age of the subject at which this span ends; the last has none"},
	{.name = "mtbf",
	 .kind = FIELD_TIME,
	 .offset = offsetof(struct piece, mtbf),
	 .low = 0.001,
	 .high = LONGEST,
	 .meaning = "mean time between failures in this span; without it there are none"},
	{.name = NULL}};

static const struct field options[] = {{.name = "pieces",
					.kind = FIELD_CUSTOM,
					.offset = offsetof(struct piecewise, list),
					.read = keep,
					.rows = piece_fields,
					.type = "list of maps with until and mtbf",
					.meaning =
						"spans of age with their mean time between failures, youngest first: "
						"[{until: 90d, mtbf: 60d}, {until: 1095d, mtbf: 365d}, {mtbf: 120d}]"},
				       {.name = "age",
					.kind = FIELD_DIST,
					.offset = offsetof(struct piecewise, age),
					.fallback = "0s",
					.low = 0,
					.high = LONGEST,
					.meaning = "how old each subject is when the run begins"},
				       {.name = NULL}};

static bool prepare(struct field_context *c, const struct yaml_node *at, void *object,
		    const struct failure_subjects *subjects)
{
	struct piecewise *p = object;
	sim_time before = 0;

	(void)subjects;
	if (p->list == NULL || p->list->kind != YAML_LIST || p->list->count == 0 || p->list->count > PIECES_MAX) {
		diag_error(c->diag, yaml_mark(p->list ? p->list : at),
			   "piecewise needs pieces: a list of 1 to %d spans of age", PIECES_MAX);
		diag_help(c->diag, "for example pieces: [{until: 90d, mtbf: 60d}, {mtbf: 365d}]");
		return false;
	}
	for (uint32_t i = 0; i < p->list->count; i++) {
		struct piece *piece = &p->piece[p->pieces++];
		const bool last = i + 1 == p->list->count;

		*piece = (struct piece){.until = SIM_NEVER};
		if (!field_read_map(c, piece_fields, p->list->item[i], piece, "a piece"))
			return false;
		if (last != (piece->until == SIM_NEVER) || piece->until <= before) {
			diag_error(c->diag, yaml_mark(p->list->item[i]),
				   last ? "the last piece goes on for ever: leave until out"
					: "each piece but the last needs an until beyond that of the one before");
			return false;
		}
		before = piece->until;
	}
	return true;
}

/* Drawn anew for each question from a fixed place of the stream: a subject's age is no state. */
static sim_time age_at_start(const struct failure_call *c)
{
	const struct piecewise *p = c->options;
	struct rng own = *c->rng;

	own.counter = UINT64_MAX / 2;
	return dist_draw(&p->age, &own);
}

/* The age at which the hazard since `age` has added up to `wanted`; SIM_NEVER if it never does. */
static sim_time when_spent(const struct piecewise *p, sim_time age, double wanted)
{
	for (uint32_t i = 0; i < p->pieces; i++) {
		const struct piece *s = &p->piece[i];

		if (s->until <= age)
			continue;
		if (s->mtbf > 0) {
			const double room =
				s->until == SIM_NEVER ? INFINITY : (double)(s->until - age) / (double)s->mtbf;

			if (wanted < room)
				return time_add(age, time_from_seconds(wanted * time_seconds(s->mtbf)));
			wanted -= room;
		}
		age = s->until;
	}
	return SIM_NEVER;
}

static struct failure_next next(const struct failure_call *c)
{
	const struct piecewise *p = c->options;
	const sim_time born = age_at_start(c), now = time_add(born, c->now);
	const double wanted = -log1p(-rng_unit(c->rng));
	const sim_time at = when_spent(p, now, wanted);

	return (struct failure_next){.at = at == SIM_NEVER ? SIM_NEVER : at - born, .lasts = SIM_NEVER};
}

static double expected_from(const struct piecewise *p, sim_time age, sim_time length)
{
	const sim_time end = time_add(age, length);
	double sum = 0;

	for (uint32_t i = 0; i < p->pieces && age < end; i++) {
		const sim_time until = p->piece[i].until < end ? p->piece[i].until : end;

		if (until <= age)
			continue;
		if (p->piece[i].mtbf > 0)
			sum += (double)(until - age) / (double)p->piece[i].mtbf;
		age = until;
	}
	return sum;
}

/* The mean over so many quantiles of the age. */
#define AGES 20

static double expected(const void *object, uint32_t subject, sim_time length)
{
	const struct piecewise *p = object;
	double sum = 0;

	(void)subject;
	for (int i = 0; i < AGES; i++)
		sum += expected_from(p, dist_quantile(&p->age, (i + 0.5) / AGES), length) / AGES;
	return sum;
}

const struct failure_process failure_piecewise = {
	.info = {.name = "piecewise", .summary = "a rate of failure by the subject's age: a bathtub"},
	.options = options,
	.options_size = sizeof(struct piecewise),
	.prepare = prepare,
	.next = next,
	.expected = expected,
};
