/* describe.c - nodefall describe: what kubectl describe would have printed at one instant. */
#include <stdio.h>

#include "report/cli/look.h"

static int use(const struct options *o, const struct kubectl *k)
{
	struct kubectl_query query = {0};

	look_query(o, &query);
	return kubectl_describe(k, o->operand, o->operands, &query);
}

int cli_describe(const struct options *o)
{
	struct kubectl_query query = {0};
	const char *wrong = look_query(o, &query);

	if (o->operands == 0)
		wrong = "what? a kind such as nodes or pods is missing";
	if (wrong != NULL) {
		fprintf(stderr, "nodefall describe: %s\n", wrong);
		return EXIT_MISUSE;
	}
	return look_at(o, "describe", use);
}
