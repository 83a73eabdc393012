/* scenario_fields.c - one row for each key of the Scenario document. */
#include "models/scenario_parts.h"
#include "models/versions.h"

#define YEAR (365 * 86400.0)

bool scenario_keep(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	(void)c;
	*(const struct yaml_node **)(void *)((char *)object + f->offset) = value;
	return true;
}

/* --- node groups --- */

#define GROUP(member) offsetof(struct node_group, member)

const struct field node_group_fields[] = {
	{.name = "name",
	 .kind = FIELD_NAME,
	 .offset = GROUP(name),
	 .meaning = "nodes are called <name>-0, <name>-1, ..."},
	{.name = "count",
	 .kind = FIELD_INT32,
	 .offset = GROUP(count),
	 .fallback = "1",
	 .low = 0,
	 .high = 200000,
	 .unit = "nodes",
	 .meaning = "how many"},
	{.name = "min",
	 .kind = FIELD_INT32,
	 .offset = GROUP(min),
	 .fallback = "-1",
	 .low = -1,
	 .high = 200000,
	 .unit = "nodes",
	 .meaning = "cluster autoscaler: never fewer; -1: count"},
	{.name = "max",
	 .kind = FIELD_INT32,
	 .offset = GROUP(max),
	 .fallback = "-1",
	 .low = -1,
	 .high = 200000,
	 .unit = "nodes",
	 .meaning =
		 "cluster autoscaler: never more; -1: count. It works when some group has a max above, or a min below, "
		 "its count"},
	{.name = "priority",
	 .kind = FIELD_INT32,
	 .offset = GROUP(priority),
	 .fallback = "0",
	 .low = -1000000,
	 .high = 1000000,
	 .meaning = "cluster autoscaler, expander priority: groups with the highest go first"},
	{.name = "pricePerHour",
	 .kind = FIELD_DOUBLE,
	 .offset = GROUP(usd_per_hour),
	 .fallback = "-1",
	 .low = -1,
	 .high = 1e6,
	 .unit = "USD/h",
	 .meaning = "price of a node; -1: that of its instance type",
	 .source = "data/instance-types.csv"},
	{.name = "instanceType",
	 .kind = FIELD_NAME,
	 .offset = GROUP(instance_type),
	 .meaning = "machine whose capacity the nodes have, such as m5.large or aws/m5.large; capacity below wins",
	 .source = "data/instance-types.csv"},
	{.name = "runtime",
	 .kind = FIELD_NAME,
	 .offset = GROUP(runtime),
	 .meaning = "container runtime of the nodes; by default the Scenario's"},
	{.name = "capacity",
	 .kind = FIELD_CUSTOM,
	 .offset = GROUP(capacity),
	 .read = read_amounts,
	 .type = "map of resources",
	 .meaning = "what a node has; by default cpu 4, memory 16Gi, ephemeral-storage 100Gi, pods 110"},
	{.name = "reserved",
	 .kind = FIELD_CUSTOM,
	 .offset = GROUP(reserved),
	 .read = read_amounts,
	 .type = "map of resources",
	 .meaning = "kept from pods for the system: allocatable is capacity less this"},
	{.name = "labels",
	 .kind = FIELD_CUSTOM,
	 .offset = GROUP(labels),
	 .read = read_labels,
	 .type = "map of texts",
	 .meaning = "labels of the nodes, besides hostname and topology"},
	{.name = "taints",
	 .kind = FIELD_CUSTOM,
	 .offset = GROUP(taints),
	 .read = read_taints,
	 .type = "list of {key, value, effect}",
	 .meaning = "taints of the nodes"},
	{.name = "zone",
	 .kind = FIELD_NAME,
	 .offset = GROUP(zone),
	 .meaning = "zone of all nodes (topology.kubernetes.io/zone)"},
	{.name = "zones",
	 .kind = FIELD_CUSTOM,
	 .offset = GROUP(zones),
	 .read = scenario_keep,
	 .type = "list of texts",
	 .meaning = "zones given to the nodes in turn"},
	{.name = "region",
	 .kind = FIELD_NAME,
	 .offset = GROUP(region),
	 .meaning = "region (topology.kubernetes.io/region)"},
	{.name = "rack",
	 .kind = FIELD_NAME,
	 .offset = GROUP(rack),
	 .meaning = "rack (nodefall.io/rack), for failures of racks"},
	{.name = NULL}};

/* --- the document --- */

static bool read_kubernetes(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	/* Read before all other fields, because their defaults depend on it: see scenario_kubernetes(). */
	(void)c, (void)f, (void)value, (void)object;
	return true;
}

static bool read_start_time(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct scenario_draft *draft = object;
	const char *text = field_want_text(c, value, f->name);

	if (!text || cron_instant(text, &draft->scenario.start_time))
		return text != NULL;
	diag_error(c->diag, yaml_mark(value), "%s must be an instant such as " START_TIME ", not \"%s\"", f->name,
		   text);
	return false;
}

#define SPEC(member) offsetof(struct scenario_draft, scenario.member)
#define PART(member) offsetof(struct scenario_draft, member)

static const char *const start_choices[] = {"settled", "empty", NULL};
static const char *const etcd_choices[] = {"stacked", "external", NULL};
static const char *const access_choices[] = {"local", "load-balancer", NULL};
static const char *const heartbeat_choices[] = {"lazy", "explicit", NULL};

const struct field metadata_fields[] = {
	{.name = "name", .kind = FIELD_NAME, .offset = SPEC(name), .meaning = "name of the scenario in reports"},
	{.name = "labels", .kind = FIELD_SKIP, .meaning = "no effect"},
	{.name = "annotations", .kind = FIELD_SKIP, .meaning = "no effect"},
	{.name = NULL}};

const struct field scenario_fields[] = {
	{.name = "scheduler",
	 .kind = FIELD_NAME,
	 .offset = PART(scheduler),
	 .fallback = "default",
	 .meaning = "who schedules the pods that do not ask for another: default, a scheduler to compare with, or a "
		    "profile of a KubeSchedulerConfiguration among the input",
	 .source = "nodefall explain schedulers lists them"},
	{.name = "seed",
	 .kind = FIELD_UINT64,
	 .offset = SPEC(seed),
	 .fallback = "1",
	 .meaning = "first number of all randomness"},
	{.name = "duration",
	 .kind = FIELD_TIME,
	 .offset = SPEC(duration),
	 .fallback = "30m",
	 .low = 0.001,
	 .high = 10 * YEAR,
	 .meaning = "length of the run; by default longer where failures or actions come late: until 20m after "
		    "the last"},
	{.name = "warmUp",
	 .kind = FIELD_TIME,
	 .offset = SPEC(warmup),
	 .fallback = "0s",
	 .low = 0,
	 .high = 10 * YEAR,
	 .meaning = "measured from here on"},
	{.name = "startTime",
	 .kind = FIELD_CUSTOM,
	 .read = read_start_time,
	 .type = "instant in UTC",
	 .fallback = START_TIME,
	 .meaning = "what time 0 of the run is on the clocks, for the schedules of CronJobs (a Thursday)"},
	{.name = "kubernetes",
	 .kind = FIELD_CUSTOM,
	 .read = read_kubernetes,
	 .type = "version, 1.20 to 1.36",
	 .fallback = "1.34",
	 .meaning = "version that is simulated; a patch level is accepted and has no effect"},
	{.name = "masters",
	 .kind = FIELD_UINT32,
	 .offset = SPEC(masters),
	 .fallback = "1",
	 .low = 1,
	 .high = 9,
	 .meaning = "control plane machines"},
	{.name = "etcd",
	 .kind = FIELD_ENUM,
	 .offset = PART(etcd),
	 .choices = etcd_choices,
	 .fallback = "stacked",
	 .meaning = "stacked: a member on each master, which its API server uses alone; external: on machines etcd-0, "
		    "... of their own",
	 .source = "kubeadm cmd/kubeadm/app/phases/controlplane/manifests.go"},
	{.name = "etcdMembers",
	 .kind = FIELD_UINT32,
	 .offset = SPEC(etcd_members),
	 .fallback = "0",
	 .low = 0,
	 .high = SCENARIO_MASTERS_MAX,
	 .meaning = "members of an external etcd; 0: as many as masters"},
	{.name = "componentsUse",
	 .kind = FIELD_ENUM,
	 .offset = PART(components_use),
	 .choices = access_choices,
	 .fallback = "local",
	 .meaning = "controller manager and scheduler talk to the API server of their own machine (local) or through "
		    "the load balancer, as kubelets and users do",
	 .source = "kubeadm cmd/kubeadm/app/phases/kubeconfig/kubeconfig.go: local"},
	{.name = "start",
	 .kind = FIELD_ENUM,
	 .offset = PART(start),
	 .choices = start_choices,
	 .fallback = "settled",
	 .meaning = "settled: pods already placed and Ready; empty: rolled out from nothing"},
	{.name = "images",
	 .kind = FIELD_CUSTOM,
	 .offset = PART(images),
	 .read = scenario_keep,
	 .rows = image_fields,
	 .type = "list",
	 .meaning = "sizes and layers of images; else from the nodes' lists, else lognormal with median 60Mi and sigma "
		    "1.2, a "
		    "guess",
	 .source = "a guess: give your own"},
	{.name = "registry",
	 .kind = FIELD_CUSTOM,
	 .offset = PART(registry),
	 .read = scenario_keep,
	 .rows = registry_fields,
	 .type = "map",
	 .meaning = "where images come from; with it, size and bandwidth say how long a pull takes, not "
		    "latencies.imagePull"},
	{.name = "systemDiskShare",
	 .kind = FIELD_DOUBLE,
	 .offset = SPEC(system_disk_share),
	 .fallback = "0.05",
	 .low = 0,
	 .high = 0.99,
	 .unit = "share",
	 .meaning =
		 "of each node's disk (capacity ephemeral-storage), used by the operating system and its logs; images "
		 "and pods use the rest",
	 .source = "a guess: give your own"},
	{.name = "runtime",
	 .kind = FIELD_NAME,
	 .offset = SPEC(runtime),
	 .meaning = "container runtime of the nodes: containerd, cri-o, dockershim (until 1.23), cri-dockerd or rkt "
		    "(until 1.10); "
		    "where it is given, its steps (data/runtimes.csv) count instead of latencies.sandbox, "
		    "containerCreate and "
		    "containerStart; where not, nodes fail as those of the kubelet's default do: dockershim until "
		    "1.23, containerd "
		    "since",
	 .source = "data/runtimes.csv"},
	{.name = "liveRestore",
	 .kind = FIELD_BOOL,
	 .offset = SPEC(live_restore),
	 .fallback = "false",
	 .meaning = "docker: containers run on while dockerd is down (dockerd --live-restore)"},
	{.name = "prePulled",
	 .kind = FIELD_BOOL,
	 .offset = SPEC(prepulled),
	 .fallback = "false",
	 .meaning = "all images are on all nodes"},
	{.name = "heartbeats",
	 .kind = FIELD_ENUM,
	 .offset = PART(heartbeats),
	 .choices = heartbeat_choices,
	 .fallback = "lazy",
	 .meaning = "explicit runs every heartbeat as an event: slow, same result; for tests"},
	{.name = "nodeGroups",
	 .kind = FIELD_CUSTOM,
	 .offset = PART(node_groups),
	 .read = scenario_keep,
	 .rows = node_group_fields,
	 .type = "list",
	 .meaning = "alike nodes, besides Node objects"},
	{.name = "autoscaler",
	 .kind = FIELD_CUSTOM,
	 .offset = PART(autoscaler),
	 .read = scenario_keep,
	 .rows = autoscaler_fields,
	 .type = "map",
	 .meaning = "flags of the cluster autoscaler, which works when a node group has a max above its count or a min "
		    "below it"},
	{.name = "timers",
	 .kind = FIELD_CUSTOM,
	 .read = scenario_read_timers,
	 .rows = timer_fields,
	 .type = "map",
	 .meaning = "settings of Kubernetes by their upstream names"},
	{.name = "latencies",
	 .kind = FIELD_CUSTOM,
	 .read = scenario_read_latencies,
	 .rows = latency_fields,
	 .type = "map",
	 .meaning = "how long things take that Kubernetes does not fix"},
	{.name = "kubelet",
	 .kind = FIELD_CUSTOM,
	 .offset = PART(kubelet),
	 .read = scenario_keep,
	 .rows = kubelet_fields,
	 .type = "map",
	 .meaning = "fields of KubeletConfiguration: eviction under pressure, graceful node shutdown"},
	{.name = "controllers",
	 .kind = FIELD_CUSTOM,
	 .offset = PART(controllers),
	 .read = scenario_keep,
	 .type = "map: NAME: on, off, the name of a replacement, or {use: one of these, option: value}",
	 .meaning = "controllers that are switched off or on, replaced, or given options"},
	{.name = "failures",
	 .kind = FIELD_CUSTOM,
	 .offset = PART(failures),
	 .read = scenario_keep,
	 .rows = failure_fields,
	 .type = "list",
	 .meaning = "what breaks, and when"},
	{.name = "actions",
	 .kind = FIELD_CUSTOM,
	 .offset = PART(actions),
	 .read = scenario_keep,
	 .rows = action_fields,
	 .type = "list",
	 .meaning = "what an operator does, and when"},
	{.name = "load",
	 .kind = FIELD_CUSTOM,
	 .offset = PART(load),
	 .read = scenario_keep,
	 .rows = load_fields,
	 .type = "list",
	 .meaning = "work given to workloads over time, for HorizontalPodAutoscalers"},
	{.name = "expect",
	 .kind = FIELD_CUSTOM,
	 .offset = PART(expect),
	 .read = scenario_keep,
	 .type = "list of comparisons",
	 .meaning = "what must come out, such as recovery_max < 6m or availability(frontend) > 99%"},
	{.name = NULL}};
