/* docker.c - docker ps, images and version, on machines whose kubelet goes through dockerd. Containers' names are the
 * kubelet's: k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT, POD for the sandbox (dockershim/naming.go). */
#include <inttypes.h>
#include <string.h>

#include "report/looks/human.h"
#include "report/looks/identity.h"
#include "report/looks/tabs.h"
#include "report/looks/tool.h"

#define SHORT 12
#define COMMAND 20
/* Tables had a minimal width of 20 until 19.03 and have 10 since 20.10 (recalled). */
#define TABS_DOCKER ((struct tabs){10, 3})
#define TABS_DOCKER_OLD ((struct tabs){20, 3})
#define OLD_UNTIL 20

static struct tabs tabs_of(const struct tool_call *c)
{
	return c->look->scenario->kubernetes <= OLD_UNTIL ? TABS_DOCKER_OLD : TABS_DOCKER;
}

static const char *since(const struct tool_call *c, sim_time at)
{
	return human_duration(c->arena, c->look->at - at);
}

static const char *command(const struct tool_call *c, const char *image)
{
	const char *text = identity_command(c->arena, image);

	return strlen(text) > COMMAND - 2 ? text_format(c->arena, "\"%.*s…\"", COMMAND - 3, text)
					  : text_format(c->arena, "\"%s\"", text);
}

/* The kubelet creates containers by the image's id, so that is what docker shows (recalled). */
static void add_container(const struct tool_call *c, const struct cri_container *x, struct text *t)
{
	const char *status = x->state == CRI_RUNNING ? text_format(c->arena, "Up %s", since(c, x->created_at))
						     : text_format(c->arena, "Exited (%d) %s ago", x->exit_code,
								   since(c, x->finished_at));

	text_printf(t, "%.*s\t%.*s\t%s\t%s ago\t%s\t\tk8s_%s_%s_%s_%s_%" PRIu32 "\n", SHORT, x->id, SHORT,
		    cri_image_id(c->cri, x->image), command(c, x->image), since(c, x->created_at), status, x->name,
		    tool_pod_name(c, x->pod), tool_pod_namespace(c, x->pod),
		    identity_pod_uid(c->arena, c->look, x->pod), x->attempt);
}

static void add_sandbox(const struct tool_call *c, const struct cri_sandbox *s, struct text *t)
{
	const char *pause = identity_pause(c->look);

	const char *status =
		s->ready ? text_format(c->arena, "Up %s", since(c, s->created_at))
			 : text_format(c->arena, "Exited (%d) %s ago", s->lost ? 255 : 0, since(c, s->ended_at));

	text_printf(t, "%.*s\t%s\t%s\t%s ago\t%s\t\tk8s_POD_%s_%s_%s_%" PRIu32 "\n", SHORT, s->id, pause,
		    command(c, pause), since(c, s->created_at), status, tool_pod_name(c, s->pod),
		    tool_pod_namespace(c, s->pod), identity_pod_uid(c->arena, c->look, s->pod), s->attempt);
}

/* Newest first; a sandbox is older than its containers. */
static int ps(const struct tool_call *c)
{
	const struct cri *cri = c->cri;
	struct text t;
	bool fine;
	const bool all = tool_flags(c, 1, "a", "all", &fine) != 0;

	if (!fine)
		return tool_refuses(c, &tool_docker);
	text_init(&t, c->arena);
	text_add(&t, "CONTAINER ID\tIMAGE\tCOMMAND\tCREATED\tSTATUS\tPORTS\tNAMES\n");
	for (uint32_t i = 0, s = 0; i < cri->containers || s < cri->sandboxes;) {
		if (s == cri->sandboxes ||
		    (i < cri->containers && cri->container[i].created_at >= cri->sandbox[s].created_at)) {
			if (all || cri->container[i].state == CRI_RUNNING)
				add_container(c, &cri->container[i], &t);
			i++;
		} else {
			if (all || cri->sandbox[s].ready)
				add_sandbox(c, &cri->sandbox[s], &t);
			s++;
		}
	}
	tabs_align(c->out, t.data, tabs_of(c));
	return TOOL_DONE;
}

/* When an image was built is not known: docker's word for that is N/A. */
static int images(const struct tool_call *c)
{
	uint32_t count;
	const struct tool_image *image = tool_images(c, &count);
	struct text t;

	if (c->words > 1)
		return tool_refuses(c, &tool_docker);
	text_init(&t, c->arena);
	text_add(&t, "REPOSITORY\tTAG\tIMAGE ID\tCREATED\tSIZE\n");
	for (uint32_t i = 0; i < count; i++)
		text_printf(&t, "%s\t%s\t%.*s\tN/A\t%s\n", identity_repository(c->arena, image[i].name),
			    identity_tag(c->arena, image[i].name), SHORT, cri_image_id(c->cri, image[i].name),
			    human_size(c->arena, tool_image_bytes(c, &image[i]), 3));
	tabs_align(c->out, t.data, tabs_of(c));
	return TOOL_DONE;
}

static int version(const struct tool_call *c)
{
	const char *number = identity_runtime_version(c->arena, c->look, c->cri->runtime);

	if (c->words > 1)
		return tool_refuses(c, &tool_docker);
	text_printf(c->out,
		    "Client: Docker Engine - Community\n Version:           %s\n OS/Arch:           linux/amd64\n\n"
		    "Server: Docker Engine - Community\n Engine:\n  Version:          %s\n  OS/Arch:          "
		    "linux/amd64\n",
		    number, number);
	return TOOL_DONE;
}

static int connect(const struct tool_call *c)
{
	if (tool_has_docker(c) && c->look->node[c->node].runtime_up)
		return TOOL_DONE;
	text_add(c->errors, "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon "
			    "running?\n");
	if (tool_has_docker(c))
		tool_explains(c, "dockerd is down");
	else if (tool_has_containerd(c))
		tool_explains(c, "no dockerd is in that path; crictl, ctr -n k8s.io and nerdctl -n k8s.io see its "
				 "containers");
	else
		tool_explains(c, "no dockerd is in that path; crictl sees its containers");
	return TOOL_FAILED;
}

static int run(const struct tool_call *c)
{
	if (!tool_is(c, 0, "ps images version"))
		return tool_refuses(c, &tool_docker);
	if (connect(c) != TOOL_DONE)
		return TOOL_FAILED;
	if (tool_is(c, 0, "ps"))
		return ps(c);
	return tool_is(c, 0, "images") ? images(c) : version(c);
}

const struct tool tool_docker = {
	.name = "docker",
	.can = "ps [-a], images and version",
	.run = run,
};
