/* image.h - images on nodes: who has which, and pulls, one after another or several (serializeImagePulls,
 * kubernetes-control-plane.md 5.9). */
#ifndef MODELS_IMAGE_H
#define MODELS_IMAGE_H

#include "models/state.h"

struct images;

/* Nodes start with the images that their objects list; with prePulled every image counts as present. */
void image_init(struct world *w);

/* The node has image from now on (initial state). */
void image_add(struct world *w, uint32_t node, uint32_t image);

/* Compressed size in bytes: from the Scenario, the nodes' lists, else a guess that is the same in every run. */
int64_t image_size(struct world *w, uint32_t image);

bool image_present(const struct world *w, uint32_t node, uint32_t image);

/* Asks for a pull of image onto pod's node on behalf of pod; kubelet_pulled() or kubelet_pull_failed() tells how
 * it ends. */
void image_pull(struct world *w, uint32_t pod, uint32_t image);

/* Another machine: it has no images but those that its object lists. */
void image_forget(struct world *w, uint32_t node);

/* The node's kubelet stopped: pulls under way are lost. */
void image_abort(struct world *w, uint32_t node);

#endif
