/* identity.c - ids, digests, addresses, process ids and versions, as functions of names and incarnations. */
#include "report/looks/identity.h"

#include <inttypes.h>
#include <string.h>

#include "sim/rng.h"
#include "sim/text.h"

/* FNV-1a, 64 bits (Fowler, Noll, Vo), with the zero byte after the text. */
static uint64_t hash(uint64_t h, const char *text)
{
	do
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	while (*text++ != '\0');
	return h;
}

static struct rng stream(const char *a, const char *b, uint64_t number)
{
	return (struct rng){.key = hash(hash(14695981039346656037u, a), b) ^ number * UINT64_C(0x9e3779b97f4a7c15)};
}

const char *identity_hex(struct arena *arena, const char *a, const char *b, uint64_t number)
{
	struct rng r = stream(a, b, number);
	const uint64_t w[4] = {rng_next(&r), rng_next(&r), rng_next(&r), rng_next(&r)};

	return text_format(arena, "%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016" PRIx64, w[0], w[1], w[2], w[3]);
}

/* Version 4, variant 1 (RFC 4122). */
const char *identity_uid(struct arena *arena, const char *kind, const char *name, uint64_t incarnation)
{
	struct rng r = stream(kind, name, incarnation);
	const uint64_t x = rng_next(&r), y = rng_next(&r);

	return text_format(arena, "%08" PRIx64 "-%04" PRIx64 "-4%03" PRIx64 "-%04" PRIx64 "-%012" PRIx64, x >> 32,
			   x >> 16 & 0xffff, x & 0xfff, (y >> 48 & 0x3fff) | 0x8000, y & 0xffffffffffff);
}

const char *identity_pod_uid(struct arena *arena, const struct look *l, uint32_t pod)
{
	const struct pod *p = &l->view->pod[pod];

	return identity_uid(arena, names_text(l->names, p->namespace), names_text(l->names, p->name), pod);
}

const char *identity_sandbox(struct arena *arena, const struct look *l, uint32_t pod, uint32_t sandbox)
{
	return identity_hex(arena, "sandbox", identity_pod_uid(arena, l, pod), sandbox);
}

const char *identity_container(struct arena *arena, const struct look *l, uint32_t pod, uint32_t i, uint32_t attempt)
{
	const char *name = names_text(l->names, spec_container(l->view->pod[pod].spec, i)->name);

	return identity_hex(arena, name, identity_pod_uid(arena, l, pod), attempt);
}

/* The model knows all images but the sandboxes'. */
const char *identity_image(struct arena *arena, const struct look *l, const char *image)
{
	const uint32_t known = names_find(l->names, image);

	return known != 0 ? inspect_image_id(l, known, arena)
			  : text_format(arena, "sha256:%s", identity_hex(arena, "image", image, 0));
}

const char *identity_digest(struct arena *arena, const struct look *l, const char *image)
{
	const uint32_t known = names_find(l->names, image);

	return known != 0 ? inspect_image_digest(l, known, arena)
			  : text_format(arena, "sha256:%s", identity_hex(arena, "manifest", image, 0));
}

/* ---- addresses ---- */

/* 10.0.0.0/9 for machines: .1 is the load balancer, masters follow, nodes begin at .32. */
#define FIRST_NODE 32
/* 10.244.0.0/16 for pods, as in flannel's manifest; where that has too few /24, 10.128.0.0/9. */
#define SMALL_CLUSTER 256

const char *identity_node_ip(struct arena *arena, uint32_t node)
{
	const uint32_t n = node + FIRST_NODE;

	return text_format(arena, "10.%" PRIu32 ".%" PRIu32 ".%" PRIu32, n >> 16 & 127, n >> 8 & 255, n & 255);
}

const char *identity_api_server(struct arena *arena)
{
	return text_format(arena, "10.0.0.1:6443");
}

static const char *pod_network(struct arena *arena, const struct look *l, uint32_t node)
{
	if (l->view->nodes.count <= SMALL_CLUSTER)
		return text_format(arena, "10.244.%" PRIu32, node);
	return text_format(arena, "10.%" PRIu32 ".%" PRIu32, 128 + (node >> 8 & 127), node & 255);
}

const char *identity_pod_cidr(struct arena *arena, const struct look *l, uint32_t node)
{
	return text_format(arena, "%s.0/24", pod_network(arena, l, node));
}

/* The gateway has .1, so the first pod .2: the host-local plugin of CNI. */
const char *identity_pod_ip(struct arena *arena, const struct look *l, uint32_t pod)
{
	const struct pod *p = &l->view->pod[pod];

	if (p->node == NONE || l->pod[pod].sandboxes == 0)
		return "";
	if (p->spec->host_network)
		return identity_node_ip(arena, p->node);
	return text_format(arena, "%s.%" PRIu32, pod_network(arena, l, p->node), l->pod[pod].address + 2);
}

/* 10.96.0.0/12 is kubeadm's; .1 is the API's own, .10 the DNS's. The row keeps two Services apart. */
const char *identity_service_ip(struct arena *arena, const struct look *l, uint32_t service)
{
	const struct service_object *o = l->view->service[service].object;
	struct rng r = stream(names_text(l->names, o->meta.namespace), names_text(l->names, o->meta.name), 0);
	const uint32_t low = 16 + service, high = rng_below(&r, 16);

	if (o->headless)
		return "None";
	return text_format(arena, "10.%" PRIu32 ".%" PRIu32 ".%" PRIu32, 96 + high, low >> 8 & 255, low & 255);
}

/* Every pod has a thousand numbers of its own, up to the kernel's limit of 4194304 (64-bit pid_max). */
uint32_t identity_pid(uint32_t pod, uint32_t i, uint32_t attempt)
{
	const uint32_t slot = i == IDENTITY_PAUSE ? 0 : 1 + i % 19;

	return 1000 + pod % 4000 * 1000 + attempt % 50 * 20 + slot;
}

/* ---- runtimes ---- */

const char *identity_runtime_name(const struct runtime *r)
{
	return strstr(r->path, "dockerd") != NULL ? "docker" : r->info.name;
}

/* Versions that go with a version of Kubernetes, one of those that it accepts (orchestrators-runtimes-costs.md 3.2, 4);
 * docker's of 20.10 on are recalled. */
const char *identity_runtime_version(struct arena *arena, const struct look *l, const struct runtime *r)
{
	const int minor = l->scenario->kubernetes;

	if (!strcmp(r->info.name, "cri-o"))
		return text_format(arena, "1.%d.0", minor);
	if (!strcmp(r->info.name, "rkt"))
		return "1.30.0";
	if (!strcmp(identity_runtime_name(r), "docker"))
		return minor <= 20 ? "19.3.13" : minor <= 25 ? "20.10.21" : "27.3.1";
	return minor <= 22 ? "1.4.3" : minor <= 25 ? "1.5.0" : minor <= 31 ? "1.7.0" : minor <= 35 ? "2.1.0" : "2.2.0";
}

/* 3.2 in 1.20, 3.10 in current runtimes (3.5); the versions between, and that the registry moved with 1.25, recalled.
 */
const char *identity_pause(const struct look *l)
{
	const int minor = l->scenario->kubernetes;

	if (minor <= 24)
		return minor <= 21   ? "k8s.gcr.io/pause:3.2"
		       : minor <= 23 ? "k8s.gcr.io/pause:3.5"
				     : "k8s.gcr.io/pause:3.6";
	return minor <= 31 ? "registry.k8s.io/pause:3.9" : "registry.k8s.io/pause:3.10";
}

const char *identity_command(struct arena *arena, const char *image)
{
	const char *slash = strrchr(image, '/'), *name = slash != NULL ? slash + 1 : image;

	return text_format(arena, "/%.*s", (int)strcspn(name, ":@"), name);
}

/* ---- references ---- */

/* Without a registry, which has a dot, a port or is localhost, it is Docker Hub's (distribution/reference). */
const char *identity_reference(struct arena *arena, const char *image)
{
	const size_t first = strcspn(image, "/");

	if (image[first] == '\0')
		return text_format(arena, "docker.io/library/%s", image);
	if (memchr(image, '.', first) != NULL || memchr(image, ':', first) != NULL ||
	    (first == 9 && strncmp(image, "localhost", 9) == 0))
		return image;
	return text_format(arena, "docker.io/%s", image);
}

/* Where the tag's colon is, or the end; a colon before the last slash is a port's. */
static size_t colon(const char *reference)
{
	const char *slash = strrchr(reference, '/'), *name = slash != NULL ? slash + 1 : reference;

	return (size_t)(name - reference) + strcspn(name, ":@");
}

const char *identity_repository(struct arena *arena, const char *reference)
{
	return arena_text(arena, reference, colon(reference));
}

const char *identity_tag(struct arena *arena, const char *reference)
{
	const char *tag = reference + colon(reference);

	return *tag == ':' ? arena_text(arena, tag + 1, strcspn(tag + 1, "@")) : "<none>";
}
