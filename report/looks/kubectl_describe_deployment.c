/* kubectl_describe_deployment.c - kubectl describe deployment (kubectl/pkg/describe/describe.go describeDeployment). */
#include <inttypes.h>
#include <string.h>

#include "report/looks/human.h"
#include "report/looks/kubectl.h"

static const char *part(const struct kubectl *k, struct int_or_percent x)
{
	return text_format(k->arena, "%" PRId32 "%s", x.value, x.percent ? "%" : "");
}

static void write_strategy(const struct kubectl *k, const struct workload_object *o, struct text *out)
{
	text_printf(out, "StrategyType:\t%s\nMinReadySeconds:\t%" PRId64 "\n",
		    o->recreate ? "Recreate" : "RollingUpdate", o->min_ready / SECONDS(1));
	if (!o->recreate)
		text_printf(out, "RollingUpdateStrategy:\t%s max unavailable, %s max surge\n",
			    part(k, o->max_unavailable), part(k, o->max_surge));
}

/* The template's containers; titles one level less deep than a pod's. */
static void write_template(const struct kubectl *k, const struct workload *w, struct text *out)
{
	text_add(out, "Pod Template:\n");
	kubectl_describe_labels(k, "  Labels:", w->pod_labels, out);
	for (uint32_t i = 0; i < spec_containers(w->spec); i++) {
		const struct container *c = spec_container(w->spec, i);

		if (i == 0 && w->spec->init_count > 0)
			text_add(out, "  Init Containers:\n");
		if (i == w->spec->init_count)
			text_add(out, "  Containers:\n");
		text_printf(out, "   %s:\n    Image:\t%s\n    Port:\t<none>\n    Host Port:\t<none>\n",
			    kubectl_text(k, c->name), kubectl_text(k, c->image));
		kubectl_describe_resources(k, c, out);
		text_add(out, "    Environment:\t<none>\n    Mounts:\t<none>\n");
	}
	text_add(out, "  Volumes:\t<none>\n");
	kubectl_describe_labels(k, "  Node-Selectors:", &w->spec->node_selector, out);
}

/* MinimumReplicasAvailable counts from replicas - maxUnavailable (deployment/util). */
static bool is_available(const struct workload *w, const struct kubectl_counts *n)
{
	const int64_t less =
		w->object->recreate ? 0 : int_or_percent_of(w->object->max_unavailable, w->replicas, false);

	return n->available >= w->replicas - less;
}

static sim_time rolled(const struct kubectl *k, uint32_t workload, enum rollout_event event)
{
	struct kubectl_told what = {.kind = FACT_ROLLOUT,
				    .node = FACT_NONE,
				    .pod = FACT_NONE,
				    .object = workload,
				    .flag = (uint16_t)event,
				    .has_flag = true,
				    .last = true};

	return kubectl_told(k, what, -1);
}

/* Once a rollout has arrived everywhere, pods that are lost do not change the condition (sync.go, progress.go). */
static const char *progress(const struct kubectl *k, uint32_t workload, const char **status)
{
	const sim_time begun = rolled(k, workload, ROLLOUT_BEGUN);

	*status = "True";
	if (k->look->view->workload[workload].suspended) {
		*status = "Unknown";
		return "DeploymentPaused";
	}
	if (begun <= rolled(k, workload, ROLLOUT_COMPLETE))
		return "NewReplicaSetAvailable";
	if (begun > rolled(k, workload, ROLLOUT_LATE))
		return "ReplicaSetUpdated";
	*status = "False";
	return "ProgressDeadlineExceeded";
}

static void write_conditions(const struct kubectl *k, uint32_t workload, const struct kubectl_counts *n,
			     struct text *out)
{
	const bool available = is_available(&k->look->view->workload[workload], n);
	const char *status, *reason = progress(k, workload, &status);

	text_add(out, "Conditions:\n  Type\tStatus\tReason\n  ----\t------\t------\n");
	text_printf(out, "  Available \t%s\t%s\n", available ? "True" : "False",
		    available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable");
	text_printf(out, "  Progressing \t%s\t%s\n", status, reason);
}

static void write_sets(const struct kubectl *k, uint32_t workload, bool current, struct text *out)
{
	const struct view *v = k->look->view;
	uint32_t shown = 0;

	text_printf(out, "%s:\t", current ? "NewReplicaSet" : "OldReplicaSets");
	for (uint32_t i = v->workload[workload].first_child; i != NONE; i = v->workload[i].next_sibling) {
		const struct workload *w = &v->workload[i];

		if (!w->exists || (w->revision == v->workload[workload].revision) != current)
			continue;
		text_printf(out, "%s%s (%" PRIu32 "/%" PRId32 " replicas created)", shown++ > 0 ? ", " : "",
			    kubectl_text(k, w->name), kubectl_count(k, i).active, w->replicas);
	}
	text_add(out, shown > 0 ? "\n" : "<none>\n");
}

void kubectl_describe_deployment(const struct kubectl *k, uint32_t workload, struct text *out)
{
	const struct workload *w = &k->look->view->workload[workload];
	const struct kubectl_counts n = kubectl_count(k, workload);
	const char *name = kubectl_text(k, w->name), *namespace = kubectl_text(k, w->namespace);

	text_printf(out, "Name:\t%s\nNamespace:\t%s\nCreationTimestamp:\t%s\n", name, namespace,
		    human_date(k->arena, k->look->scenario->start_time, w->created));
	kubectl_describe_labels(k, "Labels:", &w->object->meta.labels, out);
	text_printf(out, "Annotations:\tdeployment.kubernetes.io/revision: %" PRIu32 "\n", w->revision);
	text_printf(out, "Selector:\t%s\n", kubectl_selector(k, &w->object->selector));
	text_printf(out,
		    "Replicas:\t%" PRId32 " desired | %" PRIu32 " updated | %" PRIu32 " total | %" PRIu32
		    " available | %" PRIu32 " unavailable\n",
		    w->replicas, n.updated, n.active, n.available,
		    n.active > n.available                ? n.active - n.available
		    : (uint32_t)w->replicas > n.available ? (uint32_t)w->replicas - n.available
							  : 0);
	write_strategy(k, w->object, out);
	write_template(k, w, out);
	write_conditions(k, workload, &n, out);
	write_sets(k, workload, false, out);
	write_sets(k, workload, true, out);
	kubectl_describe_events(k, text_format(k->arena, "deployment/%s", name), namespace, out);
}
