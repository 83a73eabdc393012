/* view_plane.c - the control plane: machines, the processes on them, and who leads. */
#include "report/watch/ui.h"

static void list(struct ui *u)
{
	char name[HOST_NAME_MAX_LENGTH];

	for (uint32_t h = 0; h < scenario_hosts(u->player->scenario); h++)
		if (ui_passes(u, scenario_host_name(u->player->scenario, h, name)))
			ui_row(u, h);
}

static void head(struct ui *u, struct canvas *c, int y)
{
	(void)u;
	canvas_text(c, y, 1, 12, STYLE_BOLD, "MASTER");
	canvas_text(c, y, 14, 8, STYLE_BOLD, "MACHINE");
	for (int i = 0; i < COMPONENTS; i++)
		canvas_text(c, y, 24 + 14 * i, 13, STYLE_BOLD,
			    i == COMPONENT_CONTROLLER_MANAGER ? "controller-m." : component_name((enum component)i));
}

static void draw(struct ui *u, struct canvas *c, int y, uint32_t host)
{
	const struct host_look *h = &inspect_hosts(&u->look, &u->paint)[host];
	const struct scenario *s = u->player->scenario;
	char name[HOST_NAME_MAX_LENGTH];

	canvas_text(c, y, 1, 12, h->powered ? STYLE_PLAIN : STYLE_BAD, scenario_host_name(s, host, name));
	canvas_text(c, y, 14, 9, h->powered ? STYLE_PLAIN : STYLE_BAD, h->powered ? "Up" : "PowerOff");
	for (int i = 0; i < COMPONENTS; i++) {
		const bool etcd = i == COMPONENT_ETCD, external = s->etcd_external;
		if (etcd ? external && host < s->masters : host >= s->masters)
			continue;
		const char *word = !h->process[i]   ? "stopped"
				   : h->leads[i]    ? "leads"
				   : etcd || i == 0 ? "runs"
						    : "waits";
		canvas_text(c, y, 24 + 14 * i, 13,
			    !h->process[i] ? STYLE_BAD
			    : h->leads[i]  ? STYLE_GOOD
					   : STYLE_PLAIN,
			    word);
	}
}

const struct pane view_plane = {.name = "plane", .list = list, .head = head, .draw = draw};
