/* scenario_runtime.c - which container runtimes a version of Kubernetes accepts, enforced as history was. */
#include "models/runtime.h"
#include "models/scenario_parts.h"

bool scenario_runtime(struct field_context *c, const struct yaml_node *at, uint32_t name, int kubernetes)
{
	const char *known[RUNTIMES_MAX], *text = names_text(c->names, name);
	const struct runtime *r = runtime_find(text);
	uint32_t count = 0;

	if (name == 0)
		return true;
	if (r == NULL) {
		runtime_names(known);
		while (known[count] != NULL)
			count++;
		diag_error(c->diag, yaml_mark(at), "unknown container runtime \"%s\"", text);
		diag_suggest(c->diag, text, known, count);
		return false;
	}
	if (kubernetes >= r->min && kubernetes <= r->max)
		return true;
	diag_error(c->diag, yaml_mark(at), "Kubernetes 1.%d cannot use %s: %s", kubernetes, text, r->refusal);
	if (r->way_out[0] != '\0')
		diag_help(c->diag, "%s", r->way_out);
	return false;
}
