/* cause_words.c - facts in words, where a chain of causes names them. */
#include "report/causes.h"
#include "report/story.h"

#define ANY (-1)

void cause_sentence(const struct outcome *o, const struct fact *f, struct text *out)
{
	static const struct {
		uint16_t kind;
		int flag;
		const char *words;
	} said[] = {
		{FACT_NODE_FAILED, ANY, "is struck"},
		{FACT_POD_REPLACES, ANY, "takes the place of the old one"},
		{FACT_POD_SANDBOX, ANY, ": sandbox ready, on the network"},
		{FACT_POD_PULLED, 0, ": all images are there already"},
		{FACT_POD_SERVING, 0, " can serve"},
		{FACT_POD_SERVING, 1, " cannot serve any more"},
		{FACT_POD_PHASE, PHASE_RUNNING, " is Running"},
		{FACT_POD_PHASE, PHASE_PENDING, " is Pending"},
		{FACT_ENDPOINT_ADDED, ANY, " becomes a ready endpoint of its service"},
		{FACT_ENDPOINT_REMOVED, ANY, " is no ready endpoint of its service any more"},
		{FACT_CONTAINER_STARTED, 0, ": a container starts"},
		{FACT_WORKLOAD_ADDED, ANY, "the workload is created"},
		{FACT_SETTLED, ANY, "the initial state is complete"},
	};

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		if (said[i].kind != f->kind || (said[i].flag != ANY && said[i].flag != f->flag))
			continue;
		if (f->pod < o->pods)
			text_add(out, outcome_pod_name(o, f->pod));
		else if (f->node < o->nodes)
			text_printf(out, "%s ", outcome_node_name(o, f->node));
		text_add(out, said[i].words);
		return;
	}
	if (!story_fact(o, f, out))
		text_add(out, fact_columns(f->kind)->summary);
}

const char *cause_first(const struct fact *f)
{
	static const struct {
		uint16_t kind;
		int flag;
		const char *why;
	} first[] = {
		{FACT_FAILURE_STRUCK, ANY, "a failure, of the scenario's script or at random"},
		{FACT_NODE_NOTICE, ANY, "a failure that is announced"},
		{FACT_ACTION, ANY, "somebody's command"},
		{FACT_MAINTENANCE, MAINTENANCE_NODE_BEGUN, "planned work, by the clock"},
		{FACT_MAINTENANCE, MAINTENANCE_CLOSED, "the end of its window, by the clock"},
		{FACT_WORKLOAD_ADDED, WORKLOAD_JOB, "a Job that is due or arrives, by the clock"},
		{FACT_WORKLOAD_REMOVED, ANY, "a CronJob that replaces the Job before (concurrencyPolicy), by the clock"},
		{FACT_VOLUME_PROVISIONED, ANY, "a claim that was there at the beginning"},
		{FACT_CLAIM_BOUND, ANY, "a claim that was there at the beginning"},
		{FACT_WORKLOAD_SCALED, ANY, "growth of the scenario, by the clock"},
		{FACT_ARRIVAL, ANY, "an arrival of the scenario"},
		{FACT_AUTOSCALED, ANY, "the load, as the scenario has it over time"},
		{FACT_ETCD_LEADER, ETCD_NO_SPACE, "the growth of the database with every write"},
		{FACT_DESCHEDULED, POD_LIFE_TIME, "the age of the pod"},
		{FACT_API_LOAD, ANY, "no event but a sum, told at the end"},
		{FACT_SETTLED, ANY, "the beginning of the run"},
	};

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		if (first[i].kind == f->kind && (first[i].flag == ANY || first[i].flag == f->flag))
			return first[i].why;
	return NULL;
}
