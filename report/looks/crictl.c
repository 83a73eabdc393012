/* crictl.c - crictl ps, pods, images, inspect, inspectp, stats, statsp, version and info. */
#include <inttypes.h>
#include <string.h>

#include "report/looks/crictl.h"
#include "report/looks/human.h"
#include "report/looks/identity.h"
#include "report/looks/tabs.h"

/* Ids are cut to so many characters. */
#define SHORT 13
/* Header of `crictl ps` by version, recalled: CONTAINER instead of CONTAINER ID since 1.21, POD since 1.24, NAMESPACE
 * since 1.32; SWAP in stats since 1.32. */
#define PLAIN_CONTAINER_SINCE 21
#define POD_SINCE 24
#define NAMESPACE_SINCE 32
#define SWAP_SINCE 32
/* What the writable layer of a container that writes nothing takes: guesses. */
#define LAYER_BYTES 24576
#define LAYER_INODES 8
/* The kubelet asks for CRI v1 from 1.26 on (3.2); crictl's words for a dead endpoint changed with it (recalled). */
#define V1_SINCE 26

static const char *ago(const struct tool_call *c, sim_time at)
{
	return text_format(c->arena, "%s ago", human_duration(c->arena, c->look->at - at));
}

/* ---- the socket ---- */

const char *crictl_socket(const struct runtime *r)
{
	if (strcmp(r->info.name, "dockershim") == 0)
		return "/var/run/dockershim.sock";
	if (strcmp(r->info.name, "cri-dockerd") == 0)
		return "/var/run/cri-dockerd.sock";
	return strcmp(r->info.name, "cri-o") == 0 ? "/var/run/crio/crio.sock" : "/run/containerd/containerd.sock";
}

static int no_endpoint(const struct tool_call *c, const char *why, const char *help)
{
	const char *socket = crictl_socket(c->cri->runtime);

	if (c->look->scenario->kubernetes >= V1_SINCE)
		text_printf(c->errors,
			    "FATA[0000] validate service connection: validate CRI v1 runtime API for endpoint "
			    "\"unix://%s\": rpc error: code = Unavailable desc = connection error: desc = \"transport: "
			    "Error while dialing: dial unix %s: connect: %s\"\n",
			    socket, socket, why);
	else
		text_printf(c->errors,
			    "FATA[0002] connect: connect endpoint 'unix://%s', make sure you are running as root and "
			    "the endpoint has been started: context deadline exceeded\n",
			    socket);
	tool_explains(c, help);
	return TOOL_FAILED;
}

/* dockershim is in the kubelet and cri-dockerd a process of its own: either answers, and asks dockerd in vain. */
static int no_dockerd(const struct tool_call *c)
{
	text_add(c->errors, "FATA[0000] rpc error: code = Unknown desc = Cannot connect to the Docker daemon at "
			    "unix:///var/run/docker.sock. Is the docker daemon running?\n");
	tool_explains(c, "dockerd is down");
	return TOOL_FAILED;
}

/* TOOL_DONE when the runtime answers. */
static int connect(const struct tool_call *c)
{
	const struct node_look *n = &c->look->node[c->node];

	if (c->cri->runtime->on_stop == RUNTIME_HAS_NO_DAEMON)
		return no_endpoint(c, "no such file or directory", "rkt has no CRI, so crictl has nobody to talk to");
	if (strcmp(c->cri->runtime->info.name, "dockershim") == 0 && !n->kubelet)
		return no_endpoint(c, "no such file or directory",
				   "dockershim.sock is the kubelet's, which is down; docker still answers");
	if (n->runtime_up)
		return TOOL_DONE;
	return tool_has_docker(c) ? no_dockerd(c) : no_endpoint(c, "connection refused", "its daemon is down");
}

/* ---- lists ---- */

static const char *container_state(const struct cri_container *x)
{
	static const char *const name[] = {"Created", "Running", "Exited"};

	return name[x->state];
}

static void ps_header(const struct tool_call *c, struct text *t)
{
	const int minor = c->look->scenario->kubernetes;

	text_printf(t, "%s\tIMAGE\tCREATED\tSTATE\tNAME\tATTEMPT\tPOD ID%s%s\n",
		    minor >= PLAIN_CONTAINER_SINCE ? "CONTAINER" : "CONTAINER ID", minor >= POD_SINCE ? "\tPOD" : "",
		    minor >= NAMESPACE_SINCE ? "\tNAMESPACE" : "");
}

static int ps(const struct tool_call *c)
{
	enum { ALL = 1, QUIET = 2 };
	const int minor = c->look->scenario->kubernetes;
	struct text t;
	bool fine;
	const uint32_t flags = tool_flags(c, 1, "aq", "all quiet", &fine);

	if (!fine)
		return tool_refuses(c, &tool_crictl);
	text_init(&t, c->arena);
	if (!(flags & QUIET))
		ps_header(c, &t);
	for (uint32_t i = 0; i < c->cri->containers; i++) {
		const struct cri_container *x = &c->cri->container[i];

		if (x->state != CRI_RUNNING && !(flags & ALL))
			continue;
		if (flags & QUIET) {
			text_printf(&t, "%s\n", x->id);
			continue;
		}
		text_printf(&t, "%.*s\t%.*s\t%s\t%s\t%s\t%" PRIu32 "\t%.*s", SHORT, x->id, SHORT,
			    cri_image_id(c->cri, x->image), ago(c, x->created_at), container_state(x), x->name,
			    x->attempt, SHORT, x->sandbox);
		text_printf(&t, "%s%s%s%s\n", minor >= POD_SINCE ? "\t" : "",
			    minor >= POD_SINCE ? tool_pod_name(c, x->pod) : "", minor >= NAMESPACE_SINCE ? "\t" : "",
			    minor >= NAMESPACE_SINCE ? tool_pod_namespace(c, x->pod) : "");
	}
	tabs_align(c->out, t.data, TABS_CRICTL);
	return TOOL_DONE;
}

static int pods(const struct tool_call *c)
{
	struct text t;
	bool fine;
	const bool quiet = tool_flags(c, 1, "q", "quiet", &fine) != 0;

	if (!fine)
		return tool_refuses(c, &tool_crictl);
	text_init(&t, c->arena);
	if (!quiet)
		text_add(&t, "POD ID\tCREATED\tSTATE\tNAME\tNAMESPACE\tATTEMPT\tRUNTIME\n");
	for (uint32_t i = 0; i < c->cri->sandboxes; i++) {
		const struct cri_sandbox *s = &c->cri->sandbox[i];

		if (quiet)
			text_printf(&t, "%s\n", s->id);
		else
			text_printf(&t, "%.*s\t%s\t%s\t%s\t%s\t%" PRIu32 "\t(default)\n", SHORT, s->id,
				    ago(c, s->created_at), s->ready ? "Ready" : "NotReady", tool_pod_name(c, s->pod),
				    tool_pod_namespace(c, s->pod), s->attempt);
	}
	tabs_align(c->out, t.data, TABS_CRICTL);
	return TOOL_DONE;
}

static int images(const struct tool_call *c)
{
	uint32_t count;
	const struct tool_image *image = tool_images(c, &count);
	struct text t;

	if (c->words > 1)
		return tool_refuses(c, &tool_crictl);
	text_init(&t, c->arena);
	text_add(&t, "IMAGE\tTAG\tIMAGE ID\tSIZE\n");
	for (uint32_t i = 0; i < count; i++)
		text_printf(&t, "%s\t%s\t%.*s\t%s\n", identity_repository(c->arena, image[i].reference),
			    identity_tag(c->arena, image[i].reference), SHORT, cri_image_id(c->cri, image[i].name),
			    human_size(c->arena, tool_image_bytes(c, &image[i]), 3));
	tabs_align(c->out, t.data, TABS_CRICTL);
	return TOOL_DONE;
}

/* ---- use ---- */

static double use(const struct tool_call *c, const struct cri_container *x, enum usage u)
{
	return inspect_usage(c->look, x->pod, x->index, u);
}

/* In percent of one core, from millicores. */
static double cpu_of(const struct tool_call *c, const struct cri_container *x)
{
	return use(c, x, USAGE_CPU) / 10;
}

static int stats(const struct tool_call *c)
{
	const bool swap = c->look->scenario->kubernetes >= SWAP_SINCE;
	struct text t;

	if (c->words > 1)
		return tool_refuses(c, &tool_crictl);
	text_init(&t, c->arena);
	text_printf(&t, "CONTAINER\tNAME\tCPU %%\tMEM\tDISK\tINODES%s\n", swap ? "\tSWAP" : "");
	for (uint32_t i = 0; i < c->cri->containers; i++) {
		const struct cri_container *x = &c->cri->container[i];

		if (x->state != CRI_RUNNING)
			continue;
		text_printf(&t, "%.*s\t%s\t%.2f\t%s\t%s\t%d%s\n", SHORT, x->id, x->name, cpu_of(c, x),
			    human_size(c->arena, use(c, x, USAGE_MEMORY), 4),
			    human_size(c->arena, LAYER_BYTES + use(c, x, USAGE_DISK), 4), LAYER_INODES,
			    swap ? "\t0B" : "");
	}
	tabs_align(c->out, t.data, TABS_CRICTL);
	return TOOL_DONE;
}

static int pod_stats(const struct tool_call *c)
{
	struct text t;

	if (c->words > 1)
		return tool_refuses(c, &tool_crictl);
	text_init(&t, c->arena);
	text_add(&t, "POD\tPOD ID\tCPU %\tMEM\n");
	for (uint32_t i = 0; i < c->cri->sandboxes; i++) {
		const struct cri_sandbox *s = &c->cri->sandbox[i];
		double cpu = 0, memory = 0;

		if (!s->ready)
			continue;
		for (uint32_t k = 0; k < c->cri->containers; k++) {
			const struct cri_container *x = &c->cri->container[k];

			if (x->pod == s->pod && x->state == CRI_RUNNING) {
				cpu += cpu_of(c, x);
				memory += use(c, x, USAGE_MEMORY);
			}
		}
		text_printf(&t, "%s\t%.*s\t%.2f\t%s\n", tool_pod_name(c, s->pod), SHORT, s->id, cpu,
			    human_size(c->arena, memory, 4));
	}
	tabs_align(c->out, t.data, TABS_CRICTL);
	return TOOL_DONE;
}

/* ---- the runtime ---- */

static int version(const struct tool_call *c)
{
	const char *number = identity_runtime_version(c->arena, c->look, c->cri->runtime);
	const bool containerd = strcmp(c->cri->runtime->info.name, "containerd") == 0;

	if (c->words > 1)
		return tool_refuses(c, &tool_crictl);
	text_printf(c->out, "Version:  0.1.0\nRuntimeName:  %s\nRuntimeVersion:  %s%s\nRuntimeApiVersion:  %s\n",
		    identity_runtime_name(c->cri->runtime), containerd ? "v" : "", number,
		    tool_has_docker(c)                          ? "1.41.0"
		    : c->look->scenario->kubernetes >= V1_SINCE ? "v1"
								: "v1alpha2");
	return TOOL_DONE;
}

static int run(const struct tool_call *c)
{
	static const struct {
		const char *name;
		int (*run)(const struct tool_call *c);
	} command[] = {
		{"ps", ps},
		{"pods", pods},
		{"images image img", images},
		{"inspect", crictl_inspect},
		{"inspectp", crictl_inspect_pod},
		{"stats", stats},
		{"statsp", pod_stats},
		{"version", version},
		{"info", crictl_info},
	};

	for (size_t i = 0; i < sizeof(command) / sizeof(command[0]); i++) {
		if (!tool_is(c, 0, command[i].name))
			continue;
		const int code = connect(c);
		return code != TOOL_DONE ? code : command[i].run(c);
	}
	return tool_refuses(c, &tool_crictl);
}

const struct tool tool_crictl = {
	.name = "crictl",
	.can = "ps [-a] [-q], pods [-q], images, inspect ID, inspectp ID, stats, statsp, version and info",
	.run = run,
};
