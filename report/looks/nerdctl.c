/* nerdctl.c - nerdctl ps and images: docker's words for what is in containerd. */
#include <inttypes.h>
#include <string.h>

#include "report/looks/human.h"
#include "report/looks/identity.h"
#include "report/looks/tabs.h"
#include "report/looks/tool.h"

/* Ids and digests are cut to so many digits, commands to so many characters. */
#define SHORT 12
#define COMMAND 20

static const char *ago(const struct tool_call *c, sim_time at)
{
	return text_format(c->arena, "%s ago", human_duration(c->arena, c->look->at - at));
}

/* Quoted, and cut with three dots behind where it is too long. */
static const char *command(const struct tool_call *c, const char *image)
{
	const char *text = identity_command(c->arena, image);

	return strlen(text) > COMMAND ? text_format(c->arena, "\"%.*s…\"", COMMAND - 1, text)
				      : text_format(c->arena, "\"%s\"", text);
}

/* One that has ended has lost its task with the CRI plugin's clean-up, and is "Created" to nerdctl. In docker's
 * namespace containers have neither an image nor nerdctl's names. */
static void add(const struct tool_call *c, const char *id, const char *image, sim_time at, bool runs, const char *name,
		struct text *t)
{
	const bool docker = tool_has_docker(c);

	text_printf(t, "%.*s\t%s\t%s\t%s\t%s\t\t%s\n", SHORT, id, docker ? "" : image, command(c, image), ago(c, at),
		    runs ? "Up" : "Created", docker ? "" : name);
}

static void add_container(const struct tool_call *c, const struct cri_container *x, struct text *t)
{
	add(c, x->id, identity_reference(c->arena, x->image), x->created_at, x->pid != 0,
	    text_format(c->arena, "k8s://%s/%s/%s", tool_pod_namespace(c, x->pod), tool_pod_name(c, x->pod), x->name),
	    t);
}

static void add_sandbox(const struct tool_call *c, const struct cri_sandbox *s, struct text *t)
{
	add(c, s->id, identity_pause(c->look), s->created_at, s->pid != 0,
	    text_format(c->arena, "k8s://%s/%s", tool_pod_namespace(c, s->pod), tool_pod_name(c, s->pod)), t);
}

/* Newest first; a sandbox is older than its containers. */
static int ps(const struct tool_call *c, bool own)
{
	const struct cri *cri = c->cri;
	struct text t;
	bool fine;
	bool all = tool_flags(c, 1, "a", "all", &fine) != 0 && !tool_has_docker(c);

	if (!fine)
		return tool_refuses(c, &tool_nerdctl);
	text_init(&t, c->arena);
	text_add(&t, "CONTAINER ID\tIMAGE\tCOMMAND\tCREATED\tSTATUS\tPORTS\tNAMES\n");
	for (uint32_t i = 0, s = 0; own && (i < cri->containers || s < cri->sandboxes);) {
		if (s == cri->sandboxes ||
		    (i < cri->containers && cri->container[i].created_at >= cri->sandbox[s].created_at)) {
			if (all || cri->container[i].pid != 0)
				add_container(c, &cri->container[i], &t);
			i++;
		} else {
			if (all || cri->sandbox[s].pid != 0)
				add_sandbox(c, &cri->sandbox[s], &t);
			s++;
		}
	}
	tabs_align(c->out, t.data, TABS_CTR);
	return TOOL_DONE;
}

/* The look before nerdctl followed docker 29. SIZE is unpacked. Images that were there from the start are as old as the
 * run. */
static int images(const struct tool_call *c, bool own)
{
	uint32_t count;
	const struct tool_image *image = tool_images(c, &count);
	struct text t;

	if (c->words > 1)
		return tool_refuses(c, &tool_nerdctl);
	text_init(&t, c->arena);
	text_add(&t, "REPOSITORY\tTAG\tIMAGE ID\tCREATED\tPLATFORM\tSIZE\tBLOB SIZE\n");
	for (uint32_t i = 0; own && !tool_has_docker(c) && i < count; i++) {
		const char *digest = strchr(identity_digest(c->arena, c->look, image[i].name), ':') + 1;

		text_printf(&t, "%s\t%s\t%.*s\t%s\tlinux/amd64\t%s\t%s\n", identity_repository(c->arena, image[i].name),
			    identity_tag(c->arena, image[i].reference), SHORT, digest, ago(c, image[i].since),
			    human_bytes(c->arena, (double)image[i].unpacked),
			    human_bytes(c->arena, (double)image[i].size));
	}
	tabs_align(c->out, t.data, TABS_CTR);
	return TOOL_DONE;
}

static int connect(const struct tool_call *c)
{
	if (tool_containerd_runs(c))
		return TOOL_DONE;
	if (tool_has_containerd(c))
		text_add(c->errors,
			 "FATA[0000] rpc error: code = Unavailable desc = connection error: desc = \"transport: "
			 "Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection "
			 "refused\"\n");
	else
		text_add(c->errors,
			 "FATA[0000] cannot access containerd socket \"/run/containerd/containerd.sock\": no "
			 "such file or directory\n");
	tool_explains(c, tool_has_containerd(c) ? "containerd is down"
						: "nerdctl sees only containerd; crictl speaks to every CRI");
	return TOOL_FAILED;
}

static int run(const struct tool_call *call)
{
	struct tool_call c = *call;
	const char *namespace = tool_namespace(&c, "default");
	const bool own = strcmp(namespace, tool_own_namespace(&c)) == 0;

	if (!tool_is(&c, 0, "ps images"))
		return tool_refuses(call, &tool_nerdctl);
	if (connect(&c) != TOOL_DONE)
		return TOOL_FAILED;
	const int code = tool_is(&c, 0, "ps") ? ps(&c, own) : images(&c, own);
	if (code == TOOL_DONE && !own)
		text_printf(c.errors, "help: this is namespace \"%s\"; the pods are in \"%s\": nerdctl -n %s ...\n",
			    namespace, tool_own_namespace(&c), tool_own_namespace(&c));
	return code;
}

const struct tool tool_nerdctl = {
	.name = "nerdctl",
	.can = "[-n NAMESPACE] ps [-a] and images",
	.run = run,
};
