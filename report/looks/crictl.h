/* crictl.h - the parts of crictl. */
#ifndef REPORT_LOOKS_CRICTL_H
#define REPORT_LOOKS_CRICTL_H

#include "report/looks/tool.h"

/* Where a runtime's CRI service listens, as crictl is configured for it. */
const char *crictl_socket(const struct runtime *r);

/* crictl_inspect.c */
int crictl_inspect(const struct tool_call *c);
int crictl_inspect_pod(const struct tool_call *c);
int crictl_info(const struct tool_call *c);

#endif
