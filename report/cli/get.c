/* get.c - nodefall get: what kubectl get would have printed at one instant. */
#include <stdio.h>

#include "report/cli/look.h"

static int use(const struct options *o, const struct kubectl *k)
{
	struct kubectl_query query = {0};

	look_query(o, &query);
	return kubectl_get(k, o->operand, o->operands, &query);
}

int cli_get(const struct options *o)
{
	struct kubectl_query query = {0};
	const char *wrong = look_query(o, &query);

	if (o->operands == 0)
		wrong = "what? a kind such as nodes or pods is missing";
	if (wrong != NULL) {
		fprintf(stderr, "nodefall get: %s\n", wrong);
		return EXIT_MISUSE;
	}
	return look_at(o, "get", use);
}
