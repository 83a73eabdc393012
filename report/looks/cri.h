/* cri.h - what the container runtime of one machine has: sandboxes and containers, dead ones too. Truth. */
#ifndef REPORT_LOOKS_CRI_H
#define REPORT_LOOKS_CRI_H

#include "models/inspect.h"

enum cri_state { CRI_CREATED, CRI_RUNNING, CRI_EXITED };

struct cri_sandbox {
	uint32_t pod, attempt; /* attempt from 0 */
	const char *id;        /* 64 hexadecimal digits */
	bool ready;
	sim_time created_at;
	uint32_t pid;      /* 0: its process has ended */
	bool lost;         /* with its machine */
	sim_time ended_at; /* of one that is not ready: with the last of its containers, as far as is known */
};

struct cri_container {
	uint32_t pod, index, attempt;  /* index: as spec_container() */
	const char *id, *name, *image; /* image as in the manifest, with its tag */
	const char *sandbox;           /* id */
	enum cri_state state;
	sim_time created_at, finished_at; /* finished_at of one that has exited */
	uint8_t exit_code, reason;        /* enum container_reason, of one that has exited */
	uint32_t pid;                     /* 0: it has ended */
};

/* Newest first; those of one instant by pod and name. */
struct cri {
	const struct look *look;
	struct arena *arena;
	uint32_t node;
	const struct runtime *runtime;
	struct cri_sandbox *sandbox;
	struct cri_container *container;
	uint32_t sandboxes, sandbox_capacity, containers, container_capacity;
};

/* Of each container the kubelet keeps the last one that is dead (MaxPerPodContainerCount 1), and its sandbox with it.
 * Memory from a. */
struct cri cri_list(const struct look *l, uint32_t node, struct arena *a);

/* The name that a runtime's own image id has in a container's place: 64 hexadecimal digits without "sha256:". */
const char *cri_image_id(const struct cri *c, const char *image);

#endif
