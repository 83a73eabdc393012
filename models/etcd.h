/* etcd.h - the replicated store below the API servers: who leads it, whether it can commit, and how long that takes. */
#ifndef MODELS_ETCD_H
#define MODELS_ETCD_H

#include "models/state.h"

/* A long-standing cluster led by its first member. Memory from run->arena. */
void etcd_init(struct world *w);

/* Members, their links or their disks changed: the leader may step down, an election may begin. */
void etcd_changed(struct world *w);

/* Row of the host whose member leads; NONE during an election or without quorum: writes wait. */
uint32_t etcd_leader_host(const struct world *w);

/* Whether an API server on host finds a member that is in touch with the majority. */
bool etcd_serves(const struct world *w, uint32_t host);

/* How long a request waits for a leader or the disks before etcd gives up, in ns: 5 s and two election timeouts (4.4;
 * etcd server/config/config.go). */
sim_time etcd_request_timeout(const struct world *w);

/* What committing takes beyond what latencies.apiWrite contains (one healthy disk, no network), in ns. */
sim_time etcd_commit_extra(struct world *w);

/* The disk under host's member is `factor` times as slow as latencies.etcdFsync; 1 ends that. */
void etcd_disk(struct world *w, uint32_t host, double factor);

/* ---- space: etcd_space.c ---- */

/* Memory from run->arena; before etcd_init(). */
void etcd_space_init(struct world *w);

/* A write was committed; may raise the alarm NOSPACE. */
void etcd_wrote(struct world *w);

/* Objects were added (or, negative, removed). */
void etcd_holds(struct world *w, int objects);

/* Whether the alarm stands: nothing can be written, nobody keeps a lock or lease (deletes, which upstream still lets
 * through, neither). */
bool etcd_is_full(const struct world *w);

/* The alarm was raised or disarmed; bytes: the size of the database. */
void etcd_room_changed(struct world *w, int64_t bytes);

#endif
