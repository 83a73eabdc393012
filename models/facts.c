/* facts.c - the table of facts.def as data. */
#include "models/facts.h"

static const struct fact_columns table[FACT_KINDS] = {
#define FACT(id, ...) {__VA_ARGS__},
#include "models/facts.def"
#undef FACT
};

const struct fact_columns *fact_columns(uint16_t kind)
{
	return kind < FACT_KINDS ? &table[kind] : NULL;
}

const char *fact_kind_name(uint16_t kind)
{
	return kind < FACT_KINDS ? table[kind].name : NULL;
}

const char *container_reason_name(uint32_t reason)
{
	static const char *const name[CONTAINER_REASONS] = {
		"",
		"ContainerCreating",
		"PodInitializing",
		"CrashLoopBackOff",
		"ErrImagePull",
		"ImagePullBackOff",
		"ErrImageNeverPull",
		"Completed",
		"Error",
		"OOMKilled",
	};

	return reason < CONTAINER_REASONS ? name[reason] : "";
}

const char *probe_kind_name(enum probe_kind kind)
{
	static const char *const name[PROBE_KINDS] = {"Startup", "Liveness", "Readiness"};

	return name[kind];
}

const char *pod_reason_name(uint32_t reason)
{
	static const char *const name[POD_REASONS] = {"",
						      "Evicted",
						      "OutOfcpu",
						      "OutOfmemory",
						      "OutOfephemeral-storage",
						      "OutOfpods",
						      "NodePorts",
						      "NodeAffinity",
						      "TaintToleration",
						      "NodeShutdown",
						      "Terminated",
						      "Preempting",
						      "UnexpectedAdmissionError"};

	return reason < POD_REASONS ? name[reason] : "";
}

const char *node_condition_name(uint32_t condition)
{
	static const char *const name[NODE_CONDITIONS] = {"MemoryPressure", "DiskPressure", "PIDPressure"};

	return condition < NODE_CONDITIONS ? name[condition] : "";
}
