/* volume_attach.h - attaching, mounting, unmounting and detaching of CSI volumes
 * (kubernetes-control-plane.md 2.8, 5.3). */
#ifndef MODELS_VOLUME_ATTACH_H
#define MODELS_VOLUME_ATTACH_H

#include "models/api.h"

/* Carries out API_ATTACH and API_DETACH: the CSI attacher acts on the VolumeAttachment and is done after a draw of
 * volumeAttach or volumeDetach. False when there is nothing to do or the object has changed. */
bool volume_attach_apply(struct world *w, const struct api_call *call);

/* The kubelet has set up pod. True when the pod needs no attachable volume, or has them mounted: go on with the
 * sandbox. False: a STEP_MOUNT will come when they are attached and mounted. */
bool volume_mount(struct world *w, uint32_t pod);

/* STEP_MOUNT has come: the pod's volumes are mounted. False when one was detached meanwhile; it is waited for anew. */
bool volume_mounted(struct world *w, uint32_t pod);

/* The containers of pod are gone: its volumes are unmounted at once. Its node reports that when it can. */
void volume_unmount(struct world *w, uint32_t pod);

/* A kubelet talks to the API server again: it reports what is in use, and looks whether what it waited for is there. */
void volume_node_back(struct world *w, uint32_t node);

#endif
