/* story_parts.h - what the files of the story share: a line, and who words it. Private to story*.c. */
#ifndef REPORT_STORY_PARTS_H
#define REPORT_STORY_PARTS_H

#include "report/story.h"

/* One line: its first fact, until when others joined it, and the range of one of their numbers. */
struct line {
	struct fact first;
	sim_time until;
	uint32_t group, count;
	int64_t low, high;
	uint8_t rank; /* 0 matters most */
};

struct story {
	const struct outcome *o;
	struct arena arena;     /* for words and, where nobody gives another, lines */
	struct arena *lines_in; /* NULL: arena */
	sim_time from, until;   /* told are facts after from, up to until */
	bool settled;
	struct line *line;
	uint32_t lines, capacity;
};

/* "3 pods of Deployment/web", "worker-1 and 2 more nodes", "2s to 3s". */
void story_pods(struct story *s, const struct line *l, struct text *t);
void story_nodes(const struct story *s, const struct line *l, struct text *t);
void story_range(const struct line *l, struct text *t);

/* Each words a line: of failures, nodes and masters (story_cluster.c), */
void story_failure(const struct story *s, const struct line *l, struct text *t);
void story_node_ready(const struct story *s, const struct line *l, struct text *t);
void story_taint(const struct story *s, const struct line *l, struct text *t);
void story_zone(const struct story *s, const struct line *l, struct text *t);
void story_other(const struct story *s, const struct line *l, struct text *t);

/* of pods, their containers and volumes (story_pods.c). */
void story_pod_deleted(struct story *s, const struct line *l, struct text *t);
void story_pod_created(struct story *s, const struct line *l, struct text *t);
void story_pod(struct story *s, const struct line *l, struct text *t);
void story_container(struct story *s, const struct line *l, struct text *t);
void story_volume(const struct story *s, const struct line *l, struct text *t);
void story_attachment(struct story *s, const struct line *l, struct text *t);

/* of images (story_images.c). */
void story_image(const struct story *s, const struct line *l, struct text *t);
/* and of what kubelets do of their own accord (story_worker.c). How much such a fact matters; 0xff: of another kind. */
uint8_t story_worker_rank(const struct fact *f);
void story_worker(struct story *s, const struct line *l, struct text *t);

#endif
