/* cause_rules.h - the table of causes: a row for each way in which a fact of one kind brings about another. */
#ifndef REPORT_CAUSE_RULES_H
#define REPORT_CAUSE_RULES_H

#include "report/outcome.h"

/* What cause and effect have in common. */
enum cause_link {
	LINK_POD,
	LINK_NODE,      /* what is told of the node itself */
	LINK_NODE_PODS, /* what is told of pods on the node */
	LINK_FAILURE,
	LINK_WORKLOAD,
	LINK_OWNER,         /* the workload of the pod, or of the ReplicaSet; its maker likewise */
	LINK_OWNER_PODS,    /* pods of the same owner */
	LINK_WORKLOAD_PODS, /* pods of the workload */
	LINK_OLD_POD,       /* the pod that is replaced */
	LINK_PREEMPTOR,     /* the pod that gets the room */
	LINK_ZONE,          /* nodes of the zone */
	LINK_NAME,          /* the name in column object: a volume, claim, group, maintenance */
	LINK_GROUP,         /* the name of the machine's group */
	LINK_PLANNED,       /* the node that a planned failure takes down */
	LINK_MASTERS,       /* what is told of the masters */
	LINK_ALL            /* the cluster */
};

/* Flag or column a of no interest; a rule without a third fact. */
#define RULE_ANY (-1)
#define RULE_NO_KIND UINT16_MAX

/* When a cause counts. */
enum cause_when {
	WHEN_BEFORE,
	WHEN_NOTHING_ELSE, /* if no row above it gave a cause */
	WHEN_AT_ONCE,      /* at the same instant */
	WHEN_AFTER,        /* and after fact `third` of the effect's pod, which must have been */
	WHEN_LASTS         /* and no fact `third` of the same subject came after it */
};

struct cause_rule {
	uint16_t kind;
	int16_t flag, a; /* of the effect, as rule_a() has it; RULE_ANY */
	uint8_t link;    /* enum cause_link */
	uint16_t cause;
	int16_t cause_flag; /* as rule_flag() has it; RULE_ANY */
	const char *leg;
	uint8_t when; /* enum cause_when */
	uint16_t third;
};

/* Rows are in the order in which they are tried: the latest fact wins, of the same fact the last row. */
extern const struct cause_rule cause_rules[];
extern const uint32_t cause_rule_count;

/* Whose taint it is, as its key says. */
enum taint_about { TAINT_OF_READY, TAINT_OF_CORDON, TAINT_OF_PRESSURE, TAINT_OF_OTHERS };

/* What rules compare with `flag` and `a`: the fact's own columns but for some kinds (cause_rules.c says which). */
uint16_t rule_flag(const struct fact *f);
int64_t rule_a(const struct outcome *o, const struct fact *f);

#endif
