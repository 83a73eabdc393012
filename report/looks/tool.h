/*
 * tool.h - crictl, ctr, nerdctl and docker on one machine, as far as they only look.
 *
 * Formats: orchestrators-runtimes-costs.md section 4 (from cri-tools, containerd and nerdctl); words of errors, and
 * what docker prints, are recalled unless a comment says otherwise. The tools are installed on every machine.
 */
#ifndef REPORT_LOOKS_TOOL_H
#define REPORT_LOOKS_TOOL_H

#include "report/looks/cri.h"
#include "sim/text.h"

struct tool_call {
	const struct look *look;
	const struct cri *cri;
	uint32_t node;
	const char *const *word; /* after the tool's name */
	uint32_t words;
	struct arena *arena;
	struct text *out, *errors;
};

/* Exit statuses of a call: what the tool says of its failure is in errors. */
enum { TOOL_DONE = 0, TOOL_FAILED = 1, TOOL_MISUSE = 2 };

struct tool {
	const char *name;
	const char *can; /* what of it is imitated */
	int (*run)(const struct tool_call *c);
};

/*
 * Runs words (the tool and its arguments) at the console of a machine: that needs power and nothing else, neither
 * network nor kubelet nor API server. Returns an exit status.
 */
int tool_exec(const struct look *l, uint32_t node, const char *const word[], uint32_t words, struct arena *a,
	      struct text *out, struct text *errors);

/* ---- for the tools' own files ---- */

extern const struct tool tool_crictl, tool_ctr, tool_nerdctl, tool_docker;

/* Refuses arguments that are not imitated; returns TOOL_MISUSE. */
int tool_refuses(const struct tool_call *c, const struct tool *t);

/* Whether the i-th word is one of the words in `any`, separated by blanks. */
bool tool_is(const struct tool_call *c, uint32_t i, const char *any);

/* Reads flags from the i-th word on: `flags` has a letter for each known one, `names` the long names in the same order,
 * separated by blanks. Returns the bits of those given; false in *fine when something else is there. */
uint32_t tool_flags(const struct tool_call *c, uint32_t i, const char *flags, const char *names, bool *fine);

/* Takes a leading "-n NAME", "--namespace NAME" or "--namespace=NAME" out of the words; `otherwise` without one. */
const char *tool_namespace(struct tool_call *c, const char *otherwise);

/* Adds a line that says why a tool cannot do what it was asked on this machine, and what to use. */
void tool_explains(const struct tool_call *c, const char *what);

/* Whether the machine has dockerd, or a containerd (docker's is one), and whether containerd runs. */
bool tool_has_docker(const struct tool_call *c);
bool tool_has_containerd(const struct tool_call *c);
bool tool_containerd_runs(const struct tool_call *c);

/* containerd's namespace for the pods of this machine: "k8s.io" or "moby". */
const char *tool_own_namespace(const struct tool_call *c);

const char *tool_pod_name(const struct tool_call *c, uint32_t pod);
const char *tool_pod_namespace(const struct tool_call *c, uint32_t pod);

/* The images of the machine by full reference, the sandboxes' among them; sorted. */
struct tool_image {
	const char *name, *reference; /* as written; full */
	int64_t size, unpacked;       /* bytes, compressed and not */
	sim_time since;               /* when it came; 0: from the start */
};
const struct tool_image *tool_images(const struct tool_call *c, uint32_t *count);

/* Size as the runtime's CRI counts it: compressed in containerd, unpacked in docker and CRI-O. */
double tool_image_bytes(const struct tool_call *c, const struct tool_image *image);

#endif
