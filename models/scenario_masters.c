/* scenario_masters.c - failures of masters: which machines, which process, who leads. */
#include <stdio.h>
#include <string.h>

#include "models/scenario_parts.h"

const char *scenario_host_name(const struct scenario *s, uint32_t host, char buffer[HOST_NAME_MAX_LENGTH])
{
	bool master = host < s->masters;

	snprintf(buffer, HOST_NAME_MAX_LENGTH, "%s-%u", master ? "master" : "etcd", master ? host : host - s->masters);
	return buffer;
}

bool failure_of_masters(const struct failure_draft *f)
{
	return (f->kind >= FAILURE_MASTER_CRASH && f->kind <= FAILURE_ETCD_SLOW_DISK) ||
	       (f->kind == FAILURE_PARTITION && (f->master || f->masters));
}

/* In the order of enum component; an API server has no leader. */
static const char *const leaders[COMPONENTS] = {NULL, "controller-manager-leader", "scheduler-leader", "etcd-leader"};

static bool choose_host(struct decoder *d, struct field_context *c, const struct yaml_node *at, const char *text,
			uint32_t *mask)
{
	const char *known[SCENARIO_HOSTS_MAX];
	char name[HOST_NAME_MAX_LENGTH];

	for (uint32_t h = 0; h < scenario_hosts(d->scenario); h++) {
		scenario_host_name(d->scenario, h, name);
		known[h] = arena_text(&d->scratch, name, strlen(name));
		if (!strcmp(text, name)) {
			*mask |= 1u << h;
			return true;
		}
	}
	diag_error(c->diag, yaml_mark(at), "no master is called \"%s\"", text);
	diag_suggest(c->diag, text, known, scenario_hosts(d->scenario));
	return false;
}

static bool choose_hosts(struct decoder *d, struct field_context *c, const struct failure_draft *f, struct failure *out)
{
	const char *text;
	bool fine = true;

	if (f->master) {
		text = field_want_text(c, f->master, "master");
		for (uint32_t i = 0; text && i < COMPONENTS; i++)
			if (leaders[i] && !strcmp(text, leaders[i]))
				out->leader = (uint8_t)(i + 1);
		return text && (out->leader || choose_host(d, c, f->master, text, &out->masters));
	}
	if (!field_want_list(c, f->masters, "masters"))
		return false;
	for (uint32_t i = 0; i < f->masters->count; i++) {
		text = field_want_text(c, f->masters->item[i], "masters");
		fine &= text && choose_host(d, c, f->masters->item[i], text, &out->masters);
	}
	return fine;
}

/* Mistakes that need no names. */
static const char *nonsense(const struct failure_draft *f, const struct yaml_node *node)
{
	bool process = f->kind == FAILURE_COMPONENT_CRASH || f->kind == FAILURE_COMPONENT_STOP;
	bool component = !yaml_is_null(yaml_get(node, "component")), named = f->master || f->masters;

	if (f->master && f->masters)
		return "a failure names its masters in one way: master or masters";
	if (named && !failure_of_masters(f))
		return "masters are struck by master-crash, component-crash, component-stop, etcd-slow-disk and "
		       "partition";
	if (process && !component)
		return "which process? give component: etcd, apiserver, controller-manager or scheduler";
	if (!process && component)
		return "component belongs to component-crash and component-stop";
	if (f->kind == FAILURE_COMPONENT_CRASH && f->lasts != SIM_NEVER)
		return "a component that crashes is restarted at once: leave for out, or use component-stop";
	if (f->kind != FAILURE_ETCD_SLOW_DISK && !yaml_is_null(yaml_get(node, "factor")))
		return "factor belongs to etcd-slow-disk";
	if (f->kind == FAILURE_MASTER_CRASH && !named)
		return "which master? give master or masters";
	return NULL;
}

/* Hosts on which the failure means something. */
static uint32_t sensible(const struct scenario *s, const struct failure_draft *f)
{
	uint32_t all = (1u << scenario_hosts(s)) - 1, masters = (1u << s->masters) - 1;
	bool etcd = f->kind == FAILURE_ETCD_SLOW_DISK ||
		    ((f->kind == FAILURE_COMPONENT_CRASH || f->kind == FAILURE_COMPONENT_STOP) &&
		     f->component == COMPONENT_ETCD);

	if (etcd)
		return s->etcd_external ? all & ~masters : masters;
	if (f->kind == FAILURE_COMPONENT_CRASH || f->kind == FAILURE_COMPONENT_STOP || f->node || f->nodes || f->zone ||
	    f->rack || f->count)
		return masters;
	return all;
}

bool failure_masters(struct decoder *d, struct field_context *c, const struct failure_draft *f,
		     const struct yaml_node *node, struct failure *out)
{
	const char *wrong = nonsense(f, node);
	uint32_t possible = sensible(d->scenario, f);

	if (wrong) {
		diag_error(c->diag, yaml_mark(node), "%s", wrong);
		return false;
	}
	out->component = f->component;
	out->factor = f->factor;
	if (!f->master && !f->masters) {
		out->masters = failure_of_masters(f) ? possible : 0;
		return true;
	}
	if (!choose_hosts(d, c, f, out))
		return false;
	if (!out->leader && (out->masters == 0 || out->masters & ~possible)) {
		diag_error(c->diag, yaml_mark(node),
			   out->masters == 0 ? "no master to fail" : "a master that is named does not run what fails");
		diag_help(c->diag,
			  "with etcd: external the members run on etcd-0, ..., everything else on master-0, ...");
		return false;
	}
	if (out->leader && f->kind == FAILURE_PARTITION) {
		diag_error(c->diag, yaml_mark(f->master), "a partition names its masters by name");
		return false;
	}
	return true;
}
