/* version.c - nodefall version: this program's and the Kubernetes versions it can play. */
#include "report/version.h"
#include "models/versions.h"
#include "report/cli/cli.h"

#include <stdio.h>

int cli_version(const struct options *o)
{
	struct text out;

	text_init(&out, o->arena);
	if (o->operands > 0) {
		fputs("nodefall version takes no operands\n", stderr);
		return EXIT_MISUSE;
	}
	text_printf(&out, "nodefall %s (simulates Kubernetes 1.%d to 1.%d)\n", NODEFALL_VERSION, KUBERNETES_MIN,
		    KUBERNETES_MAX);
	return cli_write(&out, NULL);
}
