/*
 * identity.h - what the simulation does not need and tools show: ids, digests, addresses, process ids, versions.
 *
 * Each is a function of what it belongs to and of its incarnation, so that every tool shows the same one, in every run
 * with the same names. They are well-formed and mean nothing. Results are in the arena.
 */
#ifndef REPORT_LOOKS_IDENTITY_H
#define REPORT_LOOKS_IDENTITY_H

#include "models/inspect.h"
#include "sim/arena.h"

/* 64 hexadecimal digits that stand for what a, b and the number name. */
#define ID_LENGTH 64
const char *identity_hex(struct arena *arena, const char *a, const char *b, uint64_t number);

/* "8f7c0c3e-...": of an object; a pod's row tells one incarnation of a name from the next. */
const char *identity_uid(struct arena *arena, const char *kind, const char *name, uint64_t incarnation);
const char *identity_pod_uid(struct arena *arena, const struct look *l, uint32_t pod);

/* Of a pod's sandbox number 1.., and of the run of its container i. */
const char *identity_sandbox(struct arena *arena, const struct look *l, uint32_t pod, uint32_t sandbox);
const char *identity_container(struct arena *arena, const struct look *l, uint32_t pod, uint32_t i, uint32_t attempt);

/* "sha256:...": the image's id, which is the digest of its configuration, and the digest of its manifest. image: as in
 * a manifest, or the sandboxes'. */
const char *identity_image(struct arena *arena, const struct look *l, const char *image);
const char *identity_digest(struct arena *arena, const struct look *l, const char *image);

/* IPv4 addresses: of a node, of the load balancer of the API servers, of a Service ("None" when headless), of a pod
 * ("" without a sandbox); the PodCIDR of a node. */
const char *identity_node_ip(struct arena *arena, uint32_t node);
const char *identity_api_server(struct arena *arena);
const char *identity_service_ip(struct arena *arena, const struct look *l, uint32_t service);
const char *identity_pod_ip(struct arena *arena, const struct look *l, uint32_t pod);
const char *identity_pod_cidr(struct arena *arena, const struct look *l, uint32_t node);

/* The process id of a container's run on its machine; i counts as spec_container(), IDENTITY_PAUSE is the sandbox. */
#define IDENTITY_PAUSE UINT32_MAX
uint32_t identity_pid(uint32_t pod, uint32_t i, uint32_t attempt);

/* "containerd", "docker", "cri-o", "rkt": as Node.status has it; and its version. */
const char *identity_runtime_name(const struct runtime *r);
const char *identity_runtime_version(struct arena *arena, const struct look *l, const struct runtime *r);

/* The image of sandboxes: "registry.k8s.io/pause:3.10". */
const char *identity_pause(const struct look *l);
#define IDENTITY_PAUSE_BYTES 742000 /* of 3.1 on amd64: orchestrators-runtimes-costs.md 3.5 */

/* The full reference, as containerd and CRI-O have it: "docker.io/library/nginx:1.25" of "nginx:1.25". */
const char *identity_reference(struct arena *arena, const char *image);
/* A reference without tag and digest, and its tag or "<none>". */
const char *identity_repository(struct arena *arena, const char *reference);
const char *identity_tag(struct arena *arena, const char *reference);

/* An image is taken to start a program of its own name, for no manifest says what its entrypoint is: "/web". */
const char *identity_command(struct arena *arena, const char *image);

#endif
