/* volume_binding.c - claims have, or can get, volumes that the node can use; kube-scheduler.md 3.11. What it chooses is
 * reserved and bound by models/sched_volume.c. Upstream: pkg/scheduler/framework/plugins/volumebinding; its score is
 * off by default and not there. */
#include <stdio.h>
#include <string.h>

#include "models/sched_match.h"
#include "models/volume_match.h"

/* "had volume node affinity conflict" before (kubernetes pull request 129887; that it came with 1.33 is recalled). */
#define NEW_WORDS_SINCE 33

enum whole { WHOLE_FINE, WHOLE_MISSING, WHOLE_WAITING, WHOLE_LOST, WHOLE_DELETING, WHOLE_IMMEDIATE };

struct state {
	uint8_t whole;  /* enum whole: why the pod as a whole is rejected */
	uint32_t claim; /* name */
	uint32_t row;   /* of that claim */
};

/* podHasPVCs: what is wrong with one claim. */
static enum whole check_claim(const struct sched_call *c, const struct pod_volume *v, uint32_t claim)
{
	if (claim == NONE)
		return v->kind == POD_VOLUME_EPHEMERAL ? WHOLE_WAITING : WHOLE_MISSING;
	if (c->view->claim[claim].phase == CLAIM_LOST)
		return WHOLE_LOST;
	return c->view->claim[claim].object->deleting ? WHOLE_DELETING : WHOLE_FINE;
}

static enum sched_pre pre_filter(struct sched_call *c)
{
	struct state *s = c->state;
	bool any = false, immediate = false;

	for (uint32_t i = 0; c->pod->claim != NULL && i < c->pod->spec->volume_count; i++) {
		uint32_t claim = volume_claim(c->view, c->pod, i);

		if (c->pod->claim[i] == 0)
			continue;
		any = true;
		s->whole = (uint8_t)check_claim(c, &c->pod->spec->volume[i], claim);
		if (s->whole != WHOLE_FINE) {
			s->claim = c->pod->claim[i];
			s->row = claim;
			return PRE_UNRESOLVABLE;
		}
		immediate |= claim_state(c->view, claim) == CLAIM_IMMEDIATE;
	}
	if (immediate) {
		s->whole = WHOLE_IMMEDIATE;
		return PRE_UNRESOLVABLE;
	}
	return any ? PRE_FILTER : PRE_SKIP;
}

static void plan(const struct sched_call *c, uint32_t node, struct volume_plan *out)
{
	volume_plan(c->view, c->shared->volumes, c->pod_row, node, out);
}

static enum sched_status filter(struct sched_call *c, uint32_t node)
{
	struct volume_plan p;

	plan(c, node, &p);
	return p.elsewhere || p.unmatched || p.no_space || p.no_volume ? SCHED_UNRESOLVABLE : SCHED_OK;
}

static void whole_reason(const struct sched_call *c, const struct state *s, char *text)
{
	const char *claim = names_text(c->view->names, s->claim), *format = "persistentvolumeclaim \"%s\" not found";

	if (s->whole == WHOLE_LOST) {
		snprintf(text, SCHED_REASON_MAX,
			 "persistentvolumeclaim \"%s\" bound to non-existent persistentvolume \"%s\"", claim,
			 names_text(c->view->names, c->view->claim[s->row].volume_name));
		return;
	}
	if (s->whole == WHOLE_IMMEDIATE) {
		strcpy(text, "pod has unbound immediate PersistentVolumeClaims");
		return;
	}
	if (s->whole == WHOLE_WAITING)
		format = "waiting for ephemeral volume controller to create the persistentvolumeclaim \"%s\"";
	if (s->whole == WHOLE_DELETING)
		format = "persistentvolumeclaim \"%s\" is being deleted";
	snprintf(text, SCHED_REASON_MAX, format, claim);
}

static uint32_t reasons(struct sched_call *c, uint32_t node, char text[][SCHED_REASON_MAX])
{
	const struct state *s = c->state;
	struct volume_plan p;
	uint32_t n = 0;

	if (s->whole != WHOLE_FINE) {
		whole_reason(c, s, text[0]);
		return 1;
	}
	plan(c, node, &p);
	if (p.elsewhere)
		strcpy(text[n++], c->kubernetes >= NEW_WORDS_SINCE
					  ? "node(s) didn't match PersistentVolume's node affinity"
					  : "node(s) had volume node affinity conflict");
	if (p.unmatched)
		strcpy(text[n++], "node(s) didn't find available persistent volumes to bind");
	if (p.no_space)
		strcpy(text[n++], "node(s) did not have enough free storage");
	if (p.no_volume)
		strcpy(text[n++], "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)");
	return n;
}

/* Any volume may help; of claims, the pod's own. Nodes: upstream has no hint for them. */
static bool hint(struct sched_call *c, const struct sched_event *e)
{
	return e->volume != NONE || volume_uses(c->view, c->pod, e->claim);
}

const struct sched_plugin sched_volume_binding = {
	.info = {"VolumeBinding", "Finds volumes for claims, and nodes that can use them."},
	.state_size = sizeof(struct state),
	.pre_filter = pre_filter,
	.filter = filter,
	.reasons = reasons,
	.events = SCHED_NODE_ADD | SCHED_NODE_LABEL | SCHED_VOLUME,
	.hinted = SCHED_VOLUME,
	.hint = hint,
};
