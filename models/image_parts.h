/* image_parts.h - what the files about images share. Private to image*.c.
 *
 * image.c: each node's store; image_manifest.c: layers, digests, sizes; image_pull.c: pulls; image_gc.c: the disk and
 * the kubelet's garbage collection of images.
 */
#ifndef MODELS_IMAGE_PARTS_H
#define MODELS_IMAGE_PARTS_H

#include "models/image.h"

/* An image on a node. One under several names has an entry for each. */
struct stored {
	uint32_t image;
	uint32_t same;     /* the name under which it counts: that of one entry of all its names */
	sim_time since;    /* when it came */
	sim_time detected; /* when the kubelet first saw it; SIM_NEVER: not yet */
	sim_time used;     /* when a container that used it was last taken away; NEVER_USED */
	bool in_use;       /* as image_look() found it */
};
#define NEVER_USED INT64_MIN
/* When what a kubelet finds at its start was first seen: older than any minimum age. */
#define LONG_AGO (-SECONDS(365 * 86400))

/* registryBurst (pkg/kubelet/apis/config/v1beta1/defaults.go). */
#define IMAGE_PULL_BURST 10.0

/* A layer of a pull under way. */
struct pull_layer {
	uint32_t from; /* id of the pull that downloads it; 0: it is on the node */
	bool ready;    /* its chain is unpacked on the node already */
	double at;     /* bytes of that pull's downloads after which it is there */
	sim_time done; /* when it was or will be unpacked, once that is known */
};

enum pull_state {
	PULL_WAITS,  /* for its turn */
	PULL_TAKES,  /* no registry: latencies.imagePull */
	PULL_ASKS,   /* for the manifest */
	PULL_LOADS,  /* downloads layers */
	PULL_LAYERS, /* needs layers that another pull downloads, or the time of its end is not told yet */
	PULL_UNPACKS,
	PULL_REFUSED
};

struct pull {
	uint32_t image;
	uint32_t first_pod; /* waiting pods, through pod_truth.next_puller */
	sim_time began;
	uint32_t id, serial;      /* of the pull; of its event */
	uint8_t state;            /* enum pull_state */
	double need, loaded;      /* bytes it downloads itself: in all, so far */
	uint32_t next;            /* first layer whose unpacking is not decided */
	sim_time unpacked;        /* when those before it are unpacked */
	struct pull_layer *layer; /* those of its manifest; the memory stays with the place in the list */
	uint32_t layer_capacity;
};

/* One node's store. */
struct store {
	struct stored *image;
	uint32_t count, capacity;
	struct pull *pull; /* in order of asking; those that do not wait come first */
	uint32_t pulls, pull_capacity, loading;
	double rate;            /* of each of its pulls, bytes/s */
	sim_time unpacks_until; /* one layer at a time */
	double tokens;
	sim_time tokens_at;
	struct rng rng;
	/* the disk */
	int64_t at_most;    /* bytes of images if they shared nothing */
	int64_t pods_bytes; /* writable layers, logs, emptyDirs */
	sim_time gc_from;   /* a tick of the kubelet's garbage collection */
	uint32_t gc_epoch, gc_failed;
	int64_t gc_wanted, gc_freed; /* of the last pass that failed */
	bool gc_due;
};

struct images {
	struct store *node;
	uint32_t *busy; /* nodes that download, each once; in order of beginning */
	uint32_t busy_count, loading, id, serial, flow;
	sim_time flowed;            /* downloads are computed up to here */
	struct manifest **manifest; /* by name id; NULL: not asked for yet */
	int64_t *size;              /* likewise; 0 */
	uint32_t manifest_capacity, size_capacity;
	struct blob *blob;
	struct chain *chain;
	uint32_t blobs, chains, blob_capacity, chain_capacity, stamp;
	bool all; /* prePulled */
};

/* Entry of the image on the node, or NULL. */
struct stored *image_stored(const struct world *w, uint32_t node, uint32_t image);

/* Finds out which images of the node containers use. */
void image_look(struct world *w, uint32_t node);

/* Bytes that image takes on a disk if it shares nothing. */
int64_t image_at_most(struct world *w, uint32_t image);

/* Marks blobs and chains of all images of the node with a new stamp, which it returns. */
uint32_t image_mark(struct world *w, uint32_t node);

/* Takes image, under all its names, off the node. */
void image_take_away(struct world *w, uint32_t node, uint32_t image);

/* Draws when the kubelets look at their disks. */
void image_gc_init(struct world *w);

/* The use of the node's disk has changed: the next tick collects garbage if it is full. */
void image_disk_changed(struct world *w, uint32_t node);

#endif
