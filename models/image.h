/* image.h - images on nodes: their layers, who has which, pulls, the disk and its garbage collection
 * (kubernetes-control-plane.md 5.9, 5.10; orchestrators-runtimes-costs.md 3.3, 3.5). */
#ifndef MODELS_IMAGE_H
#define MODELS_IMAGE_H

#include "models/state.h"
#include "sim/sha256.h"

struct images;

/* ---- what an image is ---- */

/* A compressed layer, as a registry has it. */
struct blob {
	uint32_t name; /* what the scenario calls it, or its digest; 0: drawn, the index-th of image */
	uint32_t image, index;
	int64_t size, unpacked; /* bytes */
	uint32_t first_chain;   /* list through chain.next */
	uint32_t mark;
};

/* A layer unpacked on top of those below it: what images share of a node's snapshots. */
struct chain {
	uint32_t parent, blob; /* parent NONE: nothing is below it */
	uint32_t next, mark;
};

/* What a manifest says: its layers from the lowest up. */
struct manifest {
	uint32_t count;
	uint32_t *blob, *chain; /* rows */
	int64_t size, unpacked; /* bytes: of the layers together */
};

/* The manifest of image (a name id): from the Scenario, else drawn, the same in every run. Valid as long as the run. */
const struct manifest *image_manifest(struct world *w, uint32_t image);

/* Row of a manifest's list; valid until the next image_manifest(). */
const struct blob *image_blob(const struct world *w, uint32_t row);

/* Compressed size in bytes: from the Scenario, the nodes' lists, else a guess that is the same in every run. */
int64_t image_size(struct world *w, uint32_t image);

/* Digests as tools print them, "sha256:...": of a blob; of the image's manifest; of its configuration, which CRI calls
 * the image's id. Each returns text. */
const char *image_blob_digest(const struct world *w, uint32_t row, char text[SHA256_TEXT_MAX]);
const char *image_digest(struct world *w, uint32_t image, char text[SHA256_TEXT_MAX]);
const char *image_id(struct world *w, uint32_t image, char text[SHA256_TEXT_MAX]);

/* ---- nodes' stores ---- */

/* Nodes start with the images that their objects list; with prePulled every image counts as present. */
void image_init(struct world *w);

/* The initial state is complete: kubelets look after their disks from now on. */
void image_settled(struct world *w);

/* The node has image from now on (initial state). */
void image_add(struct world *w, uint32_t node, uint32_t image);

bool image_present(const struct world *w, uint32_t node, uint32_t image);

/* An image on a node as tools list it. */
struct image_on_node {
	uint32_t image;         /* name id */
	int64_t size, unpacked; /* bytes, compressed and not, with what it shares */
	sim_time since;         /* when it came; at most 0: there from the start */
	sim_time used;          /* until when containers used it: now when one does, INT64_MIN when none has */
	bool in_use;
};

/* Writes up to max images of the node, in order of their coming, and returns how many there are. With prePulled: those
 * that pods have used. One with several names appears under one of them. */
uint32_t image_list(struct world *w, uint32_t node, struct image_on_node out[], uint32_t max);

/* A container of pod ran image and has been taken away, or all of them: what they used is unused since now. */
void image_released(struct world *w, uint32_t pod);

/* Asserts that the image of every container that runs on the node is there; for builds that check. */
void image_check(const struct world *w, uint32_t node);

/* ---- pulls ---- */

/* Asks for a pull of image onto pod's node on behalf of pod; kubelet_pulled() or kubelet_pull_failed() tells how
 * it ends. */
void image_pull(struct world *w, uint32_t pod, uint32_t image);

/* Another machine: it has no images but those that its object lists. */
void image_forget(struct world *w, uint32_t node);

/* It loses all it has. */
void image_clear(struct world *w, uint32_t node);

/* The node's kubelet stopped: pulls under way are lost. */
void image_abort(struct world *w, uint32_t node);

/* ---- the disk ---- */

/* Bytes of a node's disk (capacity ephemeral-storage), one filesystem for everything; 0: unknown, and nobody looks. */
int64_t image_disk_capacity(const struct world *w, uint32_t node);

/* Bytes in use: what the system needs, images, and what image_pods_disk() was told. At most the capacity. */
int64_t image_disk_used(struct world *w, uint32_t node);

/* Bytes of the images on the node: unpacked snapshots and, under containerd, the compressed blobs; shared ones once. 0
 * with prePulled. */
int64_t image_bytes(struct world *w, uint32_t node);

/* The same without what pods keep there. */
int64_t image_disk_beside_pods(struct world *w, uint32_t node);

/* Whether less than so many bytes may be free; cheap, and true more often than it is so. False where images are not
 * told apart or the disk's size is unknown. */
bool image_may_leave_less(const struct world *w, uint32_t node, double bytes);

/* The node's pods keep so many bytes on its disk now (writable layers, logs, emptyDirs). */
void image_pods_disk(struct world *w, uint32_t node, int64_t bytes);

/* Deletes unused images now, least recently used first, until at least `bytes` are free by the runtime's own count
 * (INT64_MAX: all, as upstream's eviction manager asks). Returns bytes truly freed. */
int64_t image_reclaim(struct world *w, uint32_t node, int64_t bytes);

/* The node's kubelet starts: what it knew of its images is lost, and its ticks begin anew. The same for a runtime that
 * is back, but for the knowledge. */
void image_kubelet_started(struct world *w, uint32_t node);
void image_runtime_started(struct world *w, uint32_t node);

#endif
