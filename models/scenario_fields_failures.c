/* scenario_fields_failures.c - one row for each key of the Scenario's failures, actions and load. */
#include "models/scenario_parts.h"

#define YEAR (365 * 86400.0)

/* --- failures and actions --- */

#define FAILURE(member) offsetof(struct failure_draft, member)

/* In the order of enum failure_kind. */
const char *const failure_kinds[] = {
	"node-crash",           "kubelet-stop", "partition",         "reboot",          "runtime-stop",
	"control-plane-outage", "master-crash", "component-crash",   "component-stop",  "etcd-slow-disk",
	"node-shutdown",        "disk-failure", "spot-interruption", "container-crash", NULL};

/* In the order of enum component. */
const char *const failure_components[] = {"apiserver", "controller-manager", "scheduler", "etcd", NULL};

const char *component_name(enum component component)
{
	return failure_components[component];
}

const char *failure_kind_name(enum failure_kind kind)
{
	return failure_kinds[kind];
}

/* In the order of enum notice_handler. */
static const char *const notice_handlers[] = {"drain", "none", NULL};

const struct field failure_fields[] = {
	{.name = "id", .kind = FIELD_NAME, .offset = FAILURE(id), .meaning = "name in reports; by default <kind>-<n>"},
	{.name = "at", .kind = FIELD_TIME, .offset = FAILURE(at), .low = 0, .high = YEAR, .meaning = "when it strikes"},
	{.name = "kind",
	 .kind = FIELD_ENUM,
	 .offset = FAILURE(kind),
	 .choices = failure_kinds,
	 .meaning = "node-crash: power lost; kubelet-stop: containers go on; partition: node cut off from the control "
		    "plane, or with masters from these alone; masters without nodes: cut off from the other masters; "
		    "reboot: down for a while; control-plane-outage: all masters out of reach; master-crash: power "
		    "of a master lost; component-crash: a process of a master ends and is restarted by its kubelet; "
		    "component-stop: it stays down; etcd-slow-disk: fsync takes factor times as long; "
		    "runtime-stop: the container runtime's daemon of a node is down; disk-failure: as node-crash, "
		    "and pulled images are lost; spot-interruption: the cloud takes the machine, after a notice; "
		    "container-crash: with process only"},
	{.name = "for",
	 .kind = FIELD_TIME,
	 .offset = FAILURE(lasts),
	 .low = 0.001,
	 .high = YEAR,
	 .meaning = "how long it lasts; without it, it does not heal"},
	{.name = "node", .kind = FIELD_NAME, .offset = FAILURE(node), .meaning = "the node that fails"},
	{.name = "nodes",
	 .kind = FIELD_CUSTOM,
	 .offset = FAILURE(nodes),
	 .read = scenario_keep,
	 .type = "list of texts",
	 .meaning = "the nodes that fail"},
	{.name = "zone", .kind = FIELD_NAME, .offset = FAILURE(zone), .meaning = "all nodes of this zone"},
	{.name = "rack", .kind = FIELD_NAME, .offset = FAILURE(rack), .meaning = "all nodes of this rack"},
	{.name = "count",
	 .kind = FIELD_UINT32,
	 .offset = FAILURE(count),
	 .low = 1,
	 .high = 200000,
	 .unit = "nodes",
	 .meaning = "only the first so many of the nodes named, or of all"},
	{.name = "master",
	 .kind = FIELD_CUSTOM,
	 .offset = FAILURE(master),
	 .read = scenario_keep,
	 .type = "text",
	 .meaning = "the master that is struck: master-0, ..., etcd-0, ... of an external etcd, or who leads then: "
		    "etcd-leader, controller-manager-leader, scheduler-leader"},
	{.name = "masters",
	 .kind = FIELD_CUSTOM,
	 .offset = FAILURE(masters),
	 .read = scenario_keep,
	 .type = "list of texts",
	 .meaning = "the masters that are struck"},
	{.name = "component",
	 .kind = FIELD_ENUM,
	 .offset = FAILURE(component),
	 .choices = failure_components,
	 .meaning = "the process of component-crash and component-stop; without master, on every machine"},
	{.name = "factor",
	 .kind = FIELD_DOUBLE,
	 .offset = FAILURE(factor),
	 .fallback = "100",
	 .low = 1,
	 .high = 1e6,
	 .meaning = "etcd-slow-disk: how many times as long an fsync takes"},
	{.name = "notice",
	 .kind = FIELD_TIME,
	 .offset = FAILURE(notice),
	 .fallback = "0s",
	 .low = 0,
	 .high = 3600,
	 .meaning = "spot-interruption: the cloud says it so long before it takes the machine (at + notice); AWS 2m, "
		    "GCP and Azure 30s",
	 .source = "docs.aws.amazon.com EC2 spot interruption notices; GCP, Azure recalled"},
	{.name = "handler",
	 .kind = FIELD_ENUM,
	 .offset = FAILURE(handler),
	 .fallback = "drain",
	 .choices = notice_handlers,
	 .meaning = "who heeds the notice: drain, as aws-node-termination-handler (cordon, evict, DaemonSet pods "
		    "apart), or none"},
	{.name = NULL}};

#define ACTION(member) offsetof(struct action_draft, member)

const struct field action_fields[] = {
	{.name = "at", .kind = FIELD_TIME, .offset = ACTION(at), .low = 0, .high = YEAR, .meaning = "when it is done"},
	{.name = "kubectl",
	 .kind = FIELD_CUSTOM,
	 .offset = ACTION(kubectl),
	 .read = scenario_keep,
	 .type = "text",
	 .meaning =
		 "the words after kubectl: apply -f FILE (beside the scenario), delete KIND N, scale, set image, "
		 "rollout restart|undo|pause|resume, cordon, uncordon, drain, taint nodes N key=value:Effect, "
		 "label nodes|pods N key=value, annotate pod N, patch KIND N -p PATCH, create job N --from=cronjob/N"},
	{.name = "app",
	 .kind = FIELD_CUSTOM,
	 .offset = ACTION(app),
	 .read = scenario_keep,
	 .type = "text",
	 .meaning = "what applications do instead: exit, oom, hang (answers nothing) or unready (fails its readiness "
		    "probe), "
		    "then deployment/N or pod/N, --container=C, --count=PODS, --for=TIME (hang, unready), --code=N "
		    "(exit)"},
	{.name = NULL}};

#define LOAD(member) offsetof(struct load_draft, member)

const struct field load_fields[] = {
	{.name = "at",
	 .kind = FIELD_TIME,
	 .offset = LOAD(at),
	 .fallback = "0s",
	 .low = 0,
	 .high = YEAR,
	 .meaning = "from when on, until the workload's next entry"},
	{.name = "workload", .kind = FIELD_NAME, .offset = LOAD(workload), .meaning = "such as Deployment/web"},
	{.name = "namespace",
	 .kind = FIELD_NAME,
	 .offset = LOAD(namespace),
	 .fallback = "default",
	 .meaning = "of the workload"},
	{.name = "cpu",
	 .kind = FIELD_CUSTOM,
	 .offset = LOAD(cpu),
	 .read = read_amount_row,
	 .type = "quantity",
	 .unit = "cores",
	 .meaning = "CPU that the work takes in all, such as 4000m; the workload's ready pods share it equally"},
	{.name = "memory",
	 .kind = FIELD_CUSTOM,
	 .offset = LOAD(memory),
	 .read = read_amount_row,
	 .type = "quantity",
	 .unit = "bytes",
	 .meaning = "memory likewise"},
	{.name = NULL}};
