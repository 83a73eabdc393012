/* test_report_why.c - causes come before their effects, and the chain of a replaced pod walks the legs of its recovery.
 */
#include <stdio.h>
#include <string.h>

#include "report/why.h"
#include "tests/replay.h"

static const char *const lessons[] = {"node-dies",         "zone-outage",      "partition-heals-600s",
				      "drain-with-pdb",    "crash-loop",       "image-pull-storm",
				      "etcd-two-of-three", "attach-partition", "node-dies-stateful"};

static void causes_come_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lessons); i++) {
		struct replay x;
		struct causes c;
		uint32_t with = 0, after = 0;

		replay_lesson(&x, lessons[i]);
		causes_find(&c, &x.outcome, &x.arena);
		assert_int_equal(c.count, x.run.facts.count);
		for (uint32_t k = 0; k < c.count; k++) {
			after += c.of[k].settled;
			if (c.of[k].by == CAUSE_NONE)
				continue;
			with++;
			assert_true(c.of[k].by < k);
			assert_true(c.of[c.of[k].by].fact.at <= c.of[k].fact.at);
			assert_true(c.of[k].settled);
		}
		/* What is told of a run has a cause, but for failures, commands and sums at the end. */
		if (with * 10 < after * 6)
			fail_msg("%s: only %u of %u facts have a cause", lessons[i], with, after);
		replay_release(&x);
	}
}

/* The fact that ends a recovery. */
static uint32_t ready_fact(const struct causes *c, const struct recovery *r)
{
	for (uint32_t i = 0; i < c->count; i++) {
		const struct fact *f = &c->of[i].fact;
		if (f->kind == FACT_POD_READY && f->flag == 1 && f->pod == r->replacement && f->at == r->time[RT_READY])
			return i;
	}
	return CAUSE_NONE;
}

static sim_time passed(const struct causes *c, const uint32_t *step, uint32_t count, const char *leg)
{
	sim_time sum = -1;

	for (uint32_t k = 1; k < count; k++)
		if (strcmp(c->of[step[k]].leg, leg) == 0)
			sum = (sum < 0 ? 0 : sum) + c->of[step[k]].fact.at - c->of[step[k - 1]].fact.at;
	return sum;
}

/* A pod that shares what it needs is told its legs to a few milliseconds: the timer starts after the taint. */
static void walks_the_legs(const struct replay *x, const struct causes *c, const struct recovery *r)
{
	struct arena a = {0};
	const uint32_t *step, last = ready_fact(c, r);

	assert_int_not_equal(last, CAUSE_NONE);
	const uint32_t count = why_chain(c, last, &a, &step);
	assert_int_equal(c->of[step[0]].fact.kind, FACT_FAILURE_STRUCK);
	assert_int_equal(c->of[step[0]].fact.object, r->failure);
	for (int l = 0; l < LEG_TOTAL; l++) {
		const sim_time told = passed(c, step, count, leg_name((enum leg)l));
		const sim_time off = told - r->leg[l];
		if (told < 0 || off > MILLIS(5) || off < -MILLIS(5))
			fail_msg("%s: %s is %.3f s in the chain and %.3f s in the recovery",
				 outcome_pod_name(&x->outcome, r->pod), leg_name((enum leg)l), time_seconds(told),
				 time_seconds(r->leg[l]));
	}
	assert_int_equal(c->of[last].fact.at - c->of[step[0]].fact.at, r->leg[LEG_TOTAL]);
	arena_release(&a);
}

static void chains_end_at_the_failure(void **state)
{
	static const char *const of[] = {"node-dies", "zone-outage", "image-pull-storm"};
	(void)state;

	for (size_t i = 0; i < COUNT(of); i++) {
		struct replay x;
		struct causes c;
		uint32_t walked = 0;

		replay_lesson(&x, of[i]);
		causes_find(&c, &x.outcome, &x.arena);
		for (uint32_t k = 0; k < x.outcome.recoveries; k++) {
			const struct recovery *r = &x.outcome.recovery[k];
			if (r->replacement == FACT_NONE || r->time[RT_READY] == SIM_NEVER)
				continue;
			walks_the_legs(&x, &c, r);
			walked++;
		}
		assert_true(walked >= 2);
		replay_release(&x);
	}
}

static const char *ask(struct replay *x, enum why_kind kind, const char *name, struct text *out)
{
	struct causes c;
	const struct why_object object = {kind, NULL, name, NULL};

	causes_find(&c, &x->outcome, &x->arena);
	text_init(out, &x->arena);
	return why_print(&x->outcome, &c, &object, &x->arena, out);
}

static void words_name_the_failure_and_each_leg(void **state)
{
	static const char *const words[] = {"worker-1 dead", "detection", "taint",  "toleration", "recreation",
					    "scheduling",    "pull",      "start ", "readiness",  "Ready on worker-"};
	struct replay x;
	struct text out;
	(void)state;

	replay_lesson(&x, "node-dies");
	for (uint32_t k = 0; k < x.outcome.recoveries; k++) {
		const struct recovery *r = &x.outcome.recovery[k];
		if (r->replacement == FACT_NONE)
			continue;
		assert_null(ask(&x, WHY_POD, outcome_pod_name(&x.outcome, r->replacement), &out));
		for (size_t i = 0; i < COUNT(words); i++)
			if (strstr(out.data, words[i]) == NULL)
				fail_msg("no \"%s\" in\n%s", words[i], out.data);
		assert_null(ask(&x, WHY_POD, outcome_pod_name(&x.outcome, r->pod), &out));
		assert_non_null(strstr(out.data, "In its place came pod/"));
	}
	assert_null(ask(&x, WHY_NODE, "worker-1", &out));
	assert_non_null(strstr(out.data, "NoExecute"));
	assert_null(ask(&x, WHY_SERVICE, "web", &out));
	assert_non_null(strstr(out.data, "3 more changes of its endpoints had the same first cause."));
	replay_release(&x);
}

static void unknown_objects_are_told(void **state)
{
	struct replay x;
	struct text out;
	(void)state;

	replay_lesson(&x, "node-dies");
	assert_string_equal(ask(&x, WHY_NODE, "worker-l", &out),
			    "no node \"worker-l\" until then; did you mean \"worker-0\"?");
	assert_string_equal(ask(&x, WHY_SERVICE, "", &out), "no service \"\" until then");
	assert_non_null(ask(&x, WHY_POD, "nobody", &out));
	replay_release(&x);
}

static const char *ask_at(const char *lesson, enum why_kind kind, const char *name, struct replay *x, struct text *out)
{
	replay_lesson(x, lesson);
	return ask(x, kind, name, out);
}

static void objects_of_all_kinds_are_told(void **state)
{
	static const struct {
		const char *lesson;
		enum why_kind kind;
		const char *name, *says;
	} of[] = {
		{"node-dies", WHY_WORKLOAD, "web", "recreation"},
		{"node-dies", WHY_FAILURE, "power-failure", "worker-1 dead"},
		{"zone-outage-volumes", WHY_CLAIM, "data-db-0", "claim data-db-0"},
		{"all-zones-cut-off", WHY_ZONE, "a", "zone a: Normal"},
		{"leader-machine-dies", WHY_COMPONENT, "scheduler", "(a lock that is not renewed is free after"},
		{"leader-machine-dies", WHY_HOST, "master-2", "take-over"},
		{"autoscaler-replaces-node", WHY_GROUP, "worker", "cluster autoscaler"},
		{"node-dies", WHY_FACT, "150", "toleration"},
		/* A ReplicaSet that makes one pod after the other is not told a hundred times. */
		{"memory-pressure", WHY_WORKLOAD, "batch", "times more the same 4 steps"},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(of); i++) {
		struct replay x;
		struct text out;
		const char *wrong = ask_at(of[i].lesson, of[i].kind, of[i].name, &x, &out);

		if (wrong != NULL)
			fail_msg("%s: %s", of[i].lesson, wrong);
		if (strstr(out.data, of[i].says) == NULL)
			fail_msg("%s, %s: no \"%s\" in\n%s", of[i].lesson, of[i].name, of[i].says, out.data);
		replay_release(&x);
	}
}

static void near_names_are_offered(void **state)
{
	struct replay x;
	struct text out;
	(void)state;

	assert_string_equal(ask_at("node-dies", WHY_FAILURE, "power-failur", &x, &out),
			    "nothing is told of failure/power-failur until then; did you mean \"power-failure\"?");
	assert_string_equal(
		ask(&x, WHY_WORKLOAD, "x", &out),
		"nothing is told of workload/x until then; something is told of web, web-7ndknvx7kv, agent");
	assert_string_equal(ask(&x, WHY_FACT, "99999", &out), "nothing is told of fact/99999 until then");
	assert_string_equal(ask(&x, WHY_FACT, "1x", &out), "nothing is told of fact/1x until then");
	replay_release(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(causes_come_first),
		cmocka_unit_test(chains_end_at_the_failure),
		cmocka_unit_test(words_name_the_failure_and_each_leg),
		cmocka_unit_test(unknown_objects_are_told),
		cmocka_unit_test(objects_of_all_kinds_are_told),
		cmocka_unit_test(near_names_are_offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
