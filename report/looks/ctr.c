/* ctr.c - ctr containers ls, tasks ls, images ls and namespaces ls: containerd's own client, which knows namespaces and
 * no pods. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/looks/human.h"
#include "report/looks/identity.h"
#include "report/looks/tabs.h"
#include "report/looks/tool.h"

/* What a sandbox and a container are to containerd alike. */
struct record {
	const char *id, *image;
	uint32_t pid; /* 0: no task, for it is deleted with the process */
};

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct record *)a)->id, ((const struct record *)b)->id);
}

/* docker keeps a container in containerd only while it runs, and without an image (recalled). */
static const struct record *records(const struct tool_call *c, uint32_t *count)
{
	const struct cri *cri = c->cri;
	struct record *r = ARENA_NEW(c->arena, cri->sandboxes + cri->containers, struct record);
	const bool docker = tool_has_docker(c);
	uint32_t n = 0;

	for (uint32_t i = 0; i < cri->sandboxes; i++)
		if (!docker || cri->sandbox[i].pid != 0)
			r[n++] = (struct record){cri->sandbox[i].id, docker ? "-" : identity_pause(c->look),
						 cri->sandbox[i].pid};
	for (uint32_t i = 0; i < cri->containers; i++)
		if (!docker || cri->container[i].pid != 0)
			r[n++] = (struct record){cri->container[i].id,
						 docker ? "-" : identity_reference(c->arena, cri->container[i].image),
						 cri->container[i].pid};
	if (n > 0)
		qsort(r, n, sizeof(*r), by_id);
	*count = n;
	return r;
}

/* docker 19.03 used the first shim. */
static const char *shim(const struct tool_call *c)
{
	return tool_has_docker(c) && c->look->scenario->kubernetes <= 20 ? "io.containerd.runtime.v1.linux"
									 : "io.containerd.runc.v2";
}

static void containers(const struct tool_call *c, bool own)
{
	uint32_t count;
	const struct record *r = records(c, &count);
	struct text t;

	text_init(&t, c->arena);
	text_add(&t, "CONTAINER\tIMAGE\tRUNTIME\t\n");
	for (uint32_t i = 0; own && i < count; i++)
		text_printf(&t, "%s\t%s\t%s\t\n", r[i].id, r[i].image, shim(c));
	tabs_align(c->out, t.data, TABS_CTR);
}

static void tasks(const struct tool_call *c, bool own)
{
	uint32_t count;
	const struct record *r = records(c, &count);
	struct text t;

	text_init(&t, c->arena);
	text_add(&t, "TASK\tPID\tSTATUS\t\n");
	for (uint32_t i = 0; own && i < count; i++)
		if (r[i].pid != 0)
			text_printf(&t, "%s\t%" PRIu32 "\tRUNNING\n", r[i].id, r[i].pid);
	tabs_align(c->out, t.data, TABS_CTR);
}

static void add_image(const struct tool_call *c, const char *name, const struct tool_image *x, struct text *t)
{
	text_printf(
		t,
		"%s\tapplication/vnd.oci.image.index.v1+json\t%s\t%s\tlinux/amd64\tio.cri-containerd.image=managed\n",
		name, identity_digest(c->arena, c->look, x->name), human_bytes(c->arena, (double)x->size));
}

/* An image of Kubernetes goes by three names: its tag, its digest, its id. Docker keeps images in a store of its own.
 */
static void images(const struct tool_call *c, bool own)
{
	uint32_t count;
	const struct tool_image *image = tool_images(c, &count);
	struct text t;

	text_init(&t, c->arena);
	text_add(&t, "REF\tTYPE\tDIGEST\tSIZE\tPLATFORMS\tLABELS\n");
	for (uint32_t k = 0; k < 3; k++) {
		for (uint32_t i = 0; own && !tool_has_docker(c) && i < count; i++) {
			const char *reference = image[i].reference;
			const char *digest = identity_digest(c->arena, c->look, image[i].name);

			add_image(c,
				  k == 0   ? reference
				  : k == 1 ? text_format(c->arena, "%s@%s", identity_repository(c->arena, reference),
							 digest)
					   : identity_image(c->arena, c->look, image[i].name),
				  &image[i], &t);
		}
	}
	tabs_align(c->out, t.data, TABS_CTR_IMAGES);
}

static void namespaces(const struct tool_call *c)
{
	text_printf(c->out, "NAME   LABELS \n%-6s        \n", tool_own_namespace(c));
}

static int connect(const struct tool_call *c)
{
	if (tool_containerd_runs(c))
		return TOOL_DONE;
	text_add(c->errors, "ctr: failed to dial \"/run/containerd/containerd.sock\": context deadline exceeded\n");
	tool_explains(c, tool_has_containerd(c)
				 ? "containerd is down"
				 : "there is no containerd for ctr to talk to; crictl speaks to every CRI");
	return TOOL_FAILED;
}

static int run(const struct tool_call *call)
{
	struct tool_call c = *call;
	const char *namespace = tool_namespace(&c, "default");
	const bool own = strcmp(namespace, tool_own_namespace(&c)) == 0;

	if (c.words != 2 || !tool_is(&c, 1, "ls list") ||
	    !tool_is(&c, 0, "containers container c tasks task t images image i namespaces namespace ns"))
		return tool_refuses(call, &tool_ctr);
	if (connect(&c) != TOOL_DONE)
		return TOOL_FAILED;
	if (tool_is(&c, 0, "containers container c"))
		containers(&c, own);
	else if (tool_is(&c, 0, "tasks task t"))
		tasks(&c, own);
	else if (tool_is(&c, 0, "images image i"))
		images(&c, own);
	else
		namespaces(&c);
	if (!own && !tool_is(&c, 0, "namespaces namespace ns"))
		text_printf(c.errors, "help: this is namespace \"%s\"; the pods are in \"%s\": ctr -n %s ...\n",
			    namespace, tool_own_namespace(&c), tool_own_namespace(&c));
	return TOOL_DONE;
}

const struct tool tool_ctr = {
	.name = "ctr",
	.can = "[-n NAMESPACE] containers ls, tasks ls, images ls and namespaces ls",
	.run = run,
};
