/*
 * load_balance.c - how evenly requested cpu, memory and pods lie on the nodes, weighted by time, around the failures.
 *
 * Mean, cv and Jain follow from running sums and are exact at every instant. Max/mean and Gini need all nodes, so they
 * are taken after each change where a window has few changes, else at evenly spaced instants and held between them: at
 * most SAMPLES, fewer for many nodes, so that a window costs about SAMPLE_WORK node visits whatever the run.
 */
#include "report/metric.h"

#include <math.h>

#define SAMPLES_MIN 16
#define SAMPLES_MAX 512
#define SAMPLE_WORK 65536

/* One resource on all nodes: shares (or pod counts) and their running sums over the members. */
struct column {
	double *value;
	double sum, squares;
	double max_over_mean, gini;                                /* as last sampled */
	double mean_area, cv_area, jain_area, max_area, gini_area; /* value times seconds in this window */
};

struct fold {
	struct outcome *o;
	size_t next; /* row of load_step */
	bool *member;
	uint32_t members;
	double *milli, *bytes; /* requested on each node */
	double *gather, *scratch;
	struct column column[LOAD_RESOURCES];
	sim_time now;
	sim_time *since;     /* each node's columns are summed up to here */
	double *area;        /* node x resource, in this window */
	double *member_time; /* node, seconds in this window */
};

void load_balance_step(struct outcome *o, struct load_step step)
{
	ARENA_RESERVE(o->arena, o->load_step, o->load_step_capacity, o->load_steps + 1, struct load_step);
	o->load_step[o->load_steps++] = step;
}

/* Adds to node i's areas what it carried since they were last touched. */
static void settle_node(struct fold *f, uint32_t i, sim_time at)
{
	const double seconds = time_seconds(at - f->since[i]);

	f->since[i] = at;
	if (!f->member[i] || seconds <= 0)
		return;
	f->member_time[i] += seconds;
	for (int r = 0; r < LOAD_RESOURCES; r++)
		f->area[i * LOAD_RESOURCES + (uint32_t)r] += f->column[r].value[i] * seconds;
}

static void apply(struct fold *f, const struct load_step *s)
{
	const struct outcome_node *n = &f->o->node[s->node];
	const uint32_t i = s->node;

	settle_node(f, i, s->at > f->now ? s->at : f->now);
	if (s->member != 0) {
		f->members = s->member > 0 ? f->members + 1 : f->members - 1;
		f->member[i] = s->member > 0;
	}
	f->milli[i] += s->cpu_milli;
	f->bytes[i] += s->mem_bytes;

	const double fresh[LOAD_RESOURCES] = {
		n->cpu_milli > 0 ? f->milli[i] / (double)n->cpu_milli : 0,
		n->mem_bytes > 0 ? f->bytes[i] / (double)n->mem_bytes : 0,
		f->column[LOAD_PODS].value[i] + s->pods,
	};
	for (int r = 0; r < LOAD_RESOURCES; r++) {
		struct column *c = &f->column[r];
		c->sum += fresh[r] - c->value[i];
		c->squares += fresh[r] * fresh[r] - c->value[i] * c->value[i];
		c->value[i] = fresh[r];
	}
}

/* Max/mean and Gini now. */
static void sample(struct fold *f)
{
	for (int r = 0; r < LOAD_RESOURCES; r++) {
		struct column *c = &f->column[r];
		uint32_t count = 0;
		for (uint32_t i = 0; i < f->o->nodes; i++)
			if (f->member[i])
				f->gather[count++] = fmax(0, c->value[i]);
		const struct spread s = spread_of(f->gather, count, f->scratch);
		c->max_over_mean = s.max_over_mean;
		c->gini = s.gini;
	}
}

/* Lets the present state hold until `to`. */
static void hold(struct fold *f, sim_time to)
{
	const double seconds = time_seconds(to - f->now);
	const double n = f->members;

	f->now = to;
	if (f->members == 0)
		return;
	for (int r = 0; r < LOAD_RESOURCES; r++) {
		struct column *c = &f->column[r];
		const double mean = fmax(0, c->sum / n);
		double variance = c->squares / n - mean * mean;
		/* What is left of equal values after rounding is no unevenness. */
		if (variance < 1e-12 * mean * mean || mean <= 1e-12)
			variance = 0;
		const double cv2 = variance > 0 ? variance / (mean * mean) : 0;
		c->mean_area += mean * seconds;
		c->cv_area += sqrt(cv2) * seconds;
		c->jain_area += seconds / (1 + cv2);
		c->max_area += c->max_over_mean * seconds;
		c->gini_area += c->gini * seconds;
	}
}

/* Brings the state to the instant `at`, changes at `at` included. Returns whether anything changed. */
static bool advance(struct fold *f, sim_time at)
{
	const size_t before = f->next;

	while (f->next < f->o->load_steps && f->o->load_step[f->next].at <= at)
		apply(f, &f->o->load_step[f->next++]);
	return f->next != before;
}

static size_t changes_until(const struct fold *f, sim_time to)
{
	size_t i = f->next;

	while (i < f->o->load_steps && f->o->load_step[i].at < to)
		i++;
	return i - f->next;
}

/* Reads off the averages of the window that has just been folded and clears the areas for the next. */
static void close_window(struct fold *f, enum load_window w, double seconds_with_members)
{
	struct load_numbers *out = &f->o->load[w];

	out->measured = seconds_with_members > 0;
	for (int r = 0; r < LOAD_RESOURCES; r++) {
		struct column *c = &f->column[r];
		if (out->measured)
			out->of[r] = (struct spread){
				.mean = c->mean_area / seconds_with_members,
				.cv = c->cv_area / seconds_with_members,
				.max_over_mean = c->max_area / seconds_with_members,
				.jain = c->jain_area / seconds_with_members,
				.gini = c->gini_area / seconds_with_members,
			};
		c->mean_area = c->cv_area = c->jain_area = c->max_area = c->gini_area = 0;
	}
}

/* Folds [from, to) into window w; returns the seconds in it with any member. node_seconds collects the whole. */
static double fold_window(struct fold *f, enum load_window w, sim_time from, sim_time to, double *whole_area,
			  double *whole_time)
{
	struct outcome *o = f->o;
	uint32_t most = o->nodes > 0 ? SAMPLE_WORK / o->nodes : SAMPLES_MAX;
	double measured = 0;

	most = most < SAMPLES_MIN ? SAMPLES_MIN : most > SAMPLES_MAX ? SAMPLES_MAX : most;
	f->now = from;
	advance(f, from);
	for (uint32_t i = 0; i < o->nodes; i++)
		f->since[i] = from;

	const bool every = changes_until(f, to) <= most;
	const sim_time spacing = (to - from) / most + 1;
	sim_time due = from;
	bool changed = true;
	while (f->now < to) {
		if (every ? changed : f->now >= due) {
			sample(f);
			due = f->now + spacing;
		}
		sim_time next = f->next < o->load_steps ? o->load_step[f->next].at : to;
		next = next > to ? to : next;
		if (!every && due < next)
			next = due;
		measured += f->members > 0 ? time_seconds(next - f->now) : 0;
		hold(f, next);
		changed = next < to && advance(f, next);
	}
	for (uint32_t i = 0; i < o->nodes; i++) {
		settle_node(f, i, to);
		for (uint32_t r = 0; r < LOAD_RESOURCES; r++) {
			double *area = &f->area[i * LOAD_RESOURCES + r];
			o->node[i].mean[w][r] = f->member_time[i] > 0 ? *area / f->member_time[i] : NAN;
			whole_area[i * LOAD_RESOURCES + r] += *area;
			*area = 0;
		}
		whole_time[i] += f->member_time[i];
		f->member_time[i] = 0;
	}
	close_window(f, w, measured);
	o->load[w].from = from;
	o->load[w].to = to;
	return measured;
}

/* Where the windows "during" and "after" begin: see report/README.md. */
static void bounds(const struct outcome *o, sim_time *struck, sim_time *over)
{
	sim_time healed = SIM_NEVER;

	*struck = o->end;
	for (uint32_t i = 0; i < o->failures; i++)
		if (o->failure[i].struck) {
			*struck = o->failure[i].at < *struck ? o->failure[i].at : *struck;
			if (healed == SIM_NEVER || o->failure[i].healed_at > healed)
				healed = o->failure[i].healed_at;
		}
	*struck = *struck < o->from ? o->from : *struck;
	*over = o->recoveries == 0 && healed != SIM_NEVER ? healed : SIM_NEVER;
	for (uint32_t i = 0; i < o->recoveries; i++) {
		const sim_time ready = o->recovery[i].time[RT_READY];
		if (ready != SIM_NEVER && (*over == SIM_NEVER || ready > *over))
			*over = ready;
	}
	*over = *over > o->end ? o->end : *over < *struck ? *struck : *over;
}

static void fold_init(struct fold *f, struct outcome *o)
{
	const size_t n = o->nodes;

	*f = (struct fold){.o = o, .now = o->from};
	f->member = ARENA_NEW(o->arena, n, bool);
	f->milli = ARENA_NEW(o->arena, n, double);
	f->bytes = ARENA_NEW(o->arena, n, double);
	f->gather = ARENA_NEW(o->arena, n, double);
	f->scratch = ARENA_NEW(o->arena, n, double);
	f->since = ARENA_NEW(o->arena, n, sim_time);
	f->area = ARENA_NEW(o->arena, n * LOAD_RESOURCES, double);
	f->member_time = ARENA_NEW(o->arena, n, double);
	for (int r = 0; r < LOAD_RESOURCES; r++)
		f->column[r].value = ARENA_NEW(o->arena, n, double);
}

static void finish(struct outcome *o)
{
	struct fold f;
	sim_time edge[4] = {o->from, o->end, o->end, o->end};
	double seconds[LOAD_WINDOWS] = {0};

	fold_init(&f, o);
	double *whole_area = ARENA_NEW(o->arena, (size_t)o->nodes * LOAD_RESOURCES, double);
	double *whole_time = ARENA_NEW(o->arena, o->nodes, double);

	bounds(o, &edge[1], &edge[2]);
	for (int w = LOAD_BEFORE; w <= LOAD_AFTER; w++) {
		seconds[w] = fold_window(&f, (enum load_window)w, edge[w - 1], edge[w], whole_area, whole_time);
		seconds[LOAD_WHOLE] += seconds[w];
	}

	struct load_numbers *whole = &o->load[LOAD_WHOLE];
	whole->measured = seconds[LOAD_WHOLE] > 0;
	whole->from = o->from;
	whole->to = o->end;
	for (int w = LOAD_BEFORE; w <= LOAD_AFTER && whole->measured; w++)
		for (int r = 0; r < LOAD_RESOURCES; r++) {
			const struct spread *part = &o->load[w].of[r];
			const double share = seconds[w] / seconds[LOAD_WHOLE];
			whole->of[r].mean += share * part->mean;
			whole->of[r].cv += share * part->cv;
			whole->of[r].max_over_mean += share * part->max_over_mean;
			whole->of[r].jain += share * part->jain;
			whole->of[r].gini += share * part->gini;
		}
	for (uint32_t i = 0; i < o->nodes; i++)
		for (uint32_t r = 0; r < LOAD_RESOURCES; r++)
			o->node[i].mean[LOAD_WHOLE][r] =
				whole_time[i] > 0 ? whole_area[i * LOAD_RESOURCES + r] / whole_time[i] : NAN;
}

const struct metric metric_load_balance = {
	.name = "load_balance",
	.summary = "how evenly requested cpu, memory and pods lie on the nodes",
	.finish = finish,
};
