/* sqlite.c - an SQLite database to query at once; report/README.md documents its tables, which are an interface. */
#include "report/format.h"

#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/causes.h"
#include "report/fact_words.h"
#include "report/formats/sqlite_schema.h"
#include "report/runs.h"
#include "report/story.h"
#include "report/version.h"

static const char schema[] = SQLITE_TABLES, indices[] = SQLITE_INDICES;

/* Columns are bound one after the other; add_row() writes them. */
struct table {
	const struct outcome *o;
	sqlite3 *db;
	sqlite3_stmt *insert;
	int column;
	int64_t rows;
	bool settled; /* what is told before is the initial state, and no story */
	const struct fact_dictionary *dictionary;
	struct causes causes;
	struct arena arena, scratch;
};

/* A database in memory fails only when memory is out, as the arena does. */
static void need(struct table *t, int code)
{
	if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
		return;
	fprintf(stderr, "nodefall: SQLite: %s\n", sqlite3_errmsg(t->db));
	exit(70);
}

static void fill(struct table *t, const char *insert)
{
	need(t, sqlite3_finalize(t->insert));
	need(t, sqlite3_prepare_v2(t->db, insert, -1, &t->insert, NULL));
	t->column = 0;
	t->rows = 0;
}

/* NULL and "" are NULL in the table. */
static void text(struct table *t, const char *s)
{
	t->column++;
	if (s != NULL && s[0] != '\0')
		need(t, sqlite3_bind_text(t->insert, t->column, s, -1, SQLITE_TRANSIENT));
}

static void number(struct table *t, int64_t n)
{
	need(t, sqlite3_bind_int64(t->insert, ++t->column, n));
}

static void real(struct table *t, double x)
{
	t->column++;
	if (isfinite(x))
		need(t, sqlite3_bind_double(t->insert, t->column, x));
}

static void seconds(struct table *t, sim_time s)
{
	real(t, s == SIM_NEVER ? (double)NAN : time_seconds(s));
}

static void add_row(struct table *t)
{
	need(t, sqlite3_step(t->insert));
	need(t, sqlite3_reset(t->insert));
	need(t, sqlite3_clear_bindings(t->insert));
	t->column = 0;
	t->rows++;
}

static void run_row(struct table *t, uint32_t replication, uint64_t digest)
{
	const struct outcome *o = t->o;

	number(t, replication);
	text(t, outcome_name(o, o->scenario->name));
	/* 64 bits without a sign: more than an INTEGER holds. */
	text(t, text_format(&t->scratch, "%" PRIu64, o->run->seed));
	text(t, text_format(&t->scratch, "1.%d", o->scenario->kubernetes));
	text(t, text_format(&t->scratch, "%016" PRIx64, digest));
	seconds(t, o->end);
	seconds(t, o->from);
	text(t, NODEFALL_VERSION);
	add_row(t);
	arena_empty(&t->scratch);
}

static void runs(struct table *t)
{
	const struct outcome *o = t->o;

	fill(t, "INSERT INTO runs VALUES(?,?,?,?,?,?,?,?)");
	run_row(t, o->run->replication, o->run->facts.digest);
	for (uint32_t i = 0; o->runs != NULL && i < o->runs->rows; i++)
		if (o->runs->row[i].replication != o->run->replication)
			run_row(t, o->runs->row[i].replication, o->runs->row[i].digest);
}

static void nodes(struct table *t)
{
	fill(t, "INSERT OR REPLACE INTO nodes VALUES(?,?,?,?,?)");
	for (uint32_t i = 0; i < t->o->nodes; i++) {
		const struct outcome_node *n = &t->o->node[i];
		if (!n->known)
			continue;
		text(t, outcome_name(t->o, n->name));
		text(t, n->zone != 0 ? outcome_name(t->o, n->zone) : NULL);
		number(t, n->cpu_milli);
		number(t, n->mem_bytes);
		number(t, n->pods);
		add_row(t);
	}
}

static void pods(struct table *t)
{
	fill(t, "INSERT INTO pods VALUES(?,?,?,?,?,?,?,?,?,?)");
	for (uint32_t i = 0; i < t->o->pods; i++) {
		const struct outcome_pod *p = &t->o->pod[i];
		if (!p->known)
			continue;
		number(t, i);
		text(t, outcome_pod_namespace(t->o, i));
		text(t, outcome_pod_name(t->o, i));
		text(t, outcome_owner_text(t->o, i, &t->scratch));
		text(t, p->node != FACT_NONE ? outcome_node_name(t->o, p->node) : NULL);
		seconds(t, p->created);
		number(t, p->cpu_milli);
		number(t, p->mem_bytes);
		number(t, p->ready && !p->removed);
		number(t, p->removed);
		add_row(t);
		arena_empty(&t->scratch);
	}
}

static void failures(struct table *t)
{
	const struct outcome *o = t->o;

	fill(t, "INSERT INTO failures VALUES(?,?,?,?)");
	for (uint32_t i = 0; i < o->failures; i++) {
		if (!o->failure[i].struck)
			continue;
		text(t, outcome_failure_name(o, i));
		text(t, failure_kind_name((enum failure_kind)o->failure[i].kind));
		seconds(t, o->failure[i].at);
		seconds(t, o->failure[i].healed_at);
		add_row(t);
	}
	fill(t, "INSERT INTO failed_nodes VALUES(?,?)");
	for (uint32_t i = 0; i < o->failures; i++)
		for (uint32_t n = 0; o->failure[i].struck && n < outcome_failure_asked(o, i).node_count; n++) {
			text(t, outcome_failure_name(o, i));
			text(t, outcome_node_name(o, outcome_failure_asked(o, i).node[n]));
			add_row(t);
		}
}

static void recovery_row(struct table *t, uint32_t i)
{
	const struct outcome *o = t->o;
	const struct recovery *r = &o->recovery[i];

	number(t, i);
	text(t, outcome_failure_name(o, r->failure));
	text(t, outcome_pod_namespace(o, r->pod));
	text(t, outcome_pod_name(o, r->pod));
	text(t, outcome_owner_text(o, r->pod, &t->scratch));
	text(t, outcome_node_name(o, r->node));
	text(t, r->replacement != FACT_NONE ? outcome_pod_name(o, r->replacement) : NULL);
	text(t, r->replacement_node != FACT_NONE ? outcome_node_name(o, r->replacement_node) : NULL);
	seconds(t, r->time[RT_FAILED]);
	seconds(t, r->time[RT_READY]);
	seconds(t, r->leg[LEG_TOTAL]);
	add_row(t);
	arena_empty(&t->scratch);
}

static void recoveries(struct table *t)
{
	const struct outcome *o = t->o;

	fill(t, "INSERT INTO recoveries VALUES(?,?,?,?,?,?,?,?,?,?,?)");
	for (uint32_t i = 0; i < o->recoveries; i++)
		recovery_row(t, i);
	fill(t, "INSERT INTO recovery_times VALUES(?,?,?)");
	for (uint32_t i = 0; i < o->recoveries; i++)
		for (int k = 0; k < RECOVERY_TIMES; k++) {
			if (o->recovery[i].time[k] == SIM_NEVER)
				continue;
			number(t, i);
			text(t, recovery_time_name((enum recovery_time)k));
			seconds(t, o->recovery[i].time[k]);
			add_row(t);
		}
}

static void legs(struct table *t)
{
	const struct outcome *o = t->o;

	fill(t, "INSERT INTO legs VALUES(?,?,?)");
	for (uint32_t i = 0; i < o->recoveries; i++)
		for (int l = 0; l < LEGS; l++) {
			if (o->recovery[i].leg[l] == SIM_NEVER)
				continue;
			number(t, i);
			text(t, leg_name((enum leg)l));
			seconds(t, o->recovery[i].leg[l]);
			add_row(t);
		}
}

static void run_leg_rows(struct table *t, uint32_t replication, const struct moments leg[LEGS])
{
	for (int l = 0; l < LEGS; l++) {
		const struct moments *m = &leg[l];
		if (m->count == 0)
			continue;
		number(t, replication);
		text(t, leg_name((enum leg)l));
		number(t, (int64_t)m->count);
		real(t, m->mean);
		real(t, m->count > 1 ? moments_sd(m) : (double)NAN);
		real(t, m->min);
		real(t, m->max);
		add_row(t);
	}
}

/* Each replication's legs; a single run is one, too. */
static void run_legs(struct table *t)
{
	const struct outcome *o = t->o;
	struct moments leg[LEGS] = {0};

	fill(t, "INSERT INTO run_legs VALUES(?,?,?,?,?,?,?)");
	for (uint32_t i = 0; o->runs != NULL && i < o->runs->rows; i++)
		run_leg_rows(t, o->runs->row[i].replication, o->runs->row[i].leg);
	if (o->runs != NULL)
		return;
	for (uint32_t i = 0; i < o->recoveries; i++)
		for (int l = 0; l < LEGS; l++)
			if (o->recovery[i].leg[l] != SIM_NEVER)
				moments_add(&leg[l], time_seconds(o->recovery[i].leg[l]));
	run_leg_rows(t, o->run->replication, leg);
}

static void services(struct table *t)
{
	fill(t, "INSERT INTO services VALUES(?,?,?,?)");
	for (uint32_t i = 0; i < t->o->services; i++) {
		const struct outcome_service *s = &t->o->service[i];
		if (!s->known)
			continue;
		text(t, outcome_name(t->o, s->namespace));
		text(t, outcome_name(t->o, s->name));
		real(t, s->availability);
		real(t, s->lost_pod_seconds);
		add_row(t);
	}
}

static void load(struct table *t)
{
	const struct outcome *o = t->o;

	fill(t, "INSERT INTO load VALUES(?,?,?,?,?,?,?,?,?)");
	for (int w = 0; w < LOAD_WINDOWS; w++)
		for (int r = 0; r < LOAD_RESOURCES && o->load[w].measured; r++) {
			const struct spread *s = &o->load[w].of[r];
			text(t, load_window_name((enum load_window)w));
			text(t, load_resource_name((enum load_resource)r));
			seconds(t, o->load[w].from);
			seconds(t, o->load[w].to);
			real(t, s->mean);
			real(t, s->cv);
			real(t, s->max_over_mean);
			real(t, s->jain);
			real(t, s->gini);
			add_row(t);
		}
	fill(t, "INSERT INTO node_load VALUES(?,?,?,?)");
	for (uint32_t i = 0; i < o->nodes; i++)
		for (int w = 0; w < LOAD_WINDOWS && o->node[i].known; w++)
			for (int r = 0; r < LOAD_RESOURCES && o->load[w].measured; r++) {
				text(t, outcome_name(o, o->node[i].name));
				text(t, load_window_name((enum load_window)w));
				text(t, load_resource_name((enum load_resource)r));
				real(t, o->node[i].mean[w][r]);
				add_row(t);
			}
}

/* Of services that clients ask for anything. */
static void requests(struct table *t)
{
	fill(t, "INSERT INTO requests VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)");
	for (uint32_t i = 0; i < t->o->services; i++) {
		const struct outcome_service *s = &t->o->service[i];
		const struct outcome_requests *r = s->requests;
		if (!s->known || r == NULL)
			continue;
		const double value[] = {r->all,         r->error_share, r->no_endpoint,  r->dead_endpoint,
					r->shed,        r->timed_out,   r->latency_mean, r->latency_p50,
					r->latency_p95, r->latency_p99, r->busiest};
		text(t, outcome_name(t->o, s->namespace));
		text(t, outcome_name(t->o, s->name));
		for (size_t k = 0; k < sizeof(value) / sizeof(value[0]); k++)
			real(t, value[k]);
		add_row(t);
	}
}

/* Who asked the API server, and when masters were missing. */
static void control_plane(struct table *t)
{
	const struct outcome_plane *p = &t->o->plane;

	fill(t, "INSERT INTO clients VALUES(?,?,?,?)");
	for (uint32_t i = 0; i < p->clients; i++) {
		text(t, outcome_name(t->o, p->client[i].name));
		number(t, p->client[i].requests);
		number(t, p->client[i].longest_queue);
		real(t, time_seconds(p->client[i].waited));
		add_row(t);
	}
	fill(t, "INSERT INTO gaps VALUES(?,?)");
	for (int i = 0; i < GAPS; i++) {
		text(t, outcome_gap_name((enum outcome_gaps)i));
		real(t, time_seconds(p->gap[i].total));
		add_row(t);
	}
}

static void expectations(struct table *t)
{
	fill(t, "INSERT INTO expectations VALUES(?,?,?,?,?)");
	for (uint32_t i = 0; i < t->o->scenario->expectation_count; i++) {
		const struct expectation *e = &t->o->scenario->expectation[i];
		const struct verdict *v = &t->o->verdict[i];
		text(t, outcome_name(t->o, e->text));
		text(t, outcome_name(t->o, e->metric));
		real(t, v->has_value ? v->value : (double)NAN);
		number(t, v->held);
		text(t, v->why);
		add_row(t);
	}
}

/* What is not in a column of its own, as one JSON object. */
static const char *detail(struct table *t, const struct fact_word *words, uint32_t n)
{
	struct text out;

	text_init(&out, &t->scratch);
	for (uint32_t i = 0; i < n; i++) {
		text_printf(&out, "%s\"%s\":", i > 0 ? "," : "{", words[i].key);
		if (words[i].kind == WORD_TEXT)
			text_add_json(&out, words[i].text);
		else if (words[i].kind == WORD_SECONDS)
			print_seconds(&out, words[i].number);
		else if (words[i].kind == WORD_BOOL)
			text_add(&out, words[i].number != 0 ? "true" : "false");
		else
			text_printf(&out, "%" PRId64, words[i].number);
	}
	if (n > 0)
		text_add(&out, "}");
	return out.data;
}

static void fact_row(struct table *t, const struct fact *f)
{
	const struct outcome *o = t->o;
	struct fact_word words[FACT_WORDS_MAX];
	const uint32_t n = fact_words(t->dictionary, o, f, &t->scratch, words);
	const uint32_t own = (f->node < o->nodes ? 1 : 0) + (f->pod < o->pods ? 2 : 0);
	const struct cause *cause = &t->causes.of[t->rows];
	struct text sentence;

	text_init(&sentence, &t->scratch);
	t->settled |= f->kind == FACT_SETTLED;
	/* Those that the story leaves out have words where they are a link of a chain. */
	if (t->settled && !story_fact(o, f, &sentence) && cause->by != CAUSE_NONE)
		cause_sentence(o, f, &sentence);
	number(t, t->rows);
	seconds(t, f->at);
	text(t, fact_kind_name(f->kind));
	text(t, f->node < o->nodes ? outcome_node_name(o, f->node) : NULL);
	text(t, f->pod < o->pods ? outcome_pod_namespace(o, f->pod) : NULL);
	text(t, f->pod < o->pods ? outcome_pod_name(o, f->pod) : NULL);
	text(t, n > own ? detail(t, words + own, n - own) : NULL);
	text(t, sentence.data);
	if (cause->by != CAUSE_NONE)
		number(t, cause->by);
	else
		text(t, NULL);
	text(t, cause->leg);
	add_row(t);
	arena_empty(&t->scratch);
}

static void see(void *state, const struct fact *facts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fact_row(state, &facts[i]);
}

static void facts(struct table *t)
{
	t->dictionary = fact_dictionary(&t->arena);
	causes_find(&t->causes, t->o, &t->arena);
	fill(t, "INSERT INTO facts VALUES(?,?,?,?,?,?,?,?,?,?)");
	facts_each(&t->o->run->facts, (struct fact_reader){.see = see, .state = t});
}

static void write(const struct outcome *o, struct text *out)
{
	struct table t = {.o = o};
	sqlite3_int64 length = 0;

	need(&t, sqlite3_open(":memory:", &t.db));
	need(&t, sqlite3_exec(t.db, schema, NULL, NULL, NULL));
	need(&t, sqlite3_exec(t.db, "BEGIN", NULL, NULL, NULL));
	runs(&t);
	nodes(&t);
	pods(&t);
	failures(&t);
	recoveries(&t);
	legs(&t);
	run_legs(&t);
	services(&t);
	requests(&t);
	control_plane(&t);
	load(&t);
	expectations(&t);
	facts(&t);
	need(&t, sqlite3_finalize(t.insert));
	need(&t, sqlite3_exec(t.db, "COMMIT", NULL, NULL, NULL));
	need(&t, sqlite3_exec(t.db, indices, NULL, NULL, NULL));
	unsigned char *bytes = sqlite3_serialize(t.db, "main", &length, 0);
	if (bytes == NULL)
		need(&t, SQLITE_NOMEM);
	text_add_n(out, (const char *)bytes, (size_t)length);
	sqlite3_free(bytes);
	sqlite3_close(t.db);
	arena_release(&t.scratch);
	arena_release(&t.arena);
}

const struct format format_sqlite = {
	.name = "sqlite",
	.summary = "an SQLite database: runs, nodes, pods, facts, recoveries, legs, ...",
	.needs_facts = true,
	.lists_runs = true,
	.is_binary = true,
	.write = write,
};
