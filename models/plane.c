/* plane.c - which processes of the masters run, whom they reach, and where the load balancer sends the nodes.
 *
 * A node keeps one connection to one API server. When that process ends, the connection is reset and the node dials
 * anew at once; when its machine or the way to it is lost, nothing tells the node: the connection is given up 45 s
 * after the last frame (30 s ReadIdleTimeout and 15 s PingTimeout: apimachinery pkg/util/net/http.go; kubernetes issue
 * 121793).
 */
#include "models/plane.h"

#include "models/etcd.h"
#include "models/failure.h"
#include "models/kubelet.h"
#include "models/kubelet_steps.h"
#include "models/master.h"

#define NOBODY UINT8_MAX
#define CONNECTION_CHECK SECONDS(45)
#define RESTART_FIRST SECONDS(10)
#define RESTART_MAX SECONDS(300)
#define RESTART_FORGIVEN SECONDS(600) /* pkg/kubelet/kubelet.go: MaxContainerBackOff twice */

struct process {
	uint32_t stopped; /* failures that hold it down */
	bool crashed;     /* its kubelet has not restarted it yet */
	uint32_t crashes, epoch;
	sim_time crashed_at;
};

struct host {
	uint32_t power; /* failures that hold the machine down */
	struct process process[COMPONENTS];
};

struct plane {
	struct host host[SCENARIO_HOSTS_MAX];
	uint32_t hosts, outages;
	uint8_t cut[SCENARIO_HOSTS_MAX][SCENARIO_HOSTS_MAX];
	uint8_t *node_cut; /* [node * masters + master]; NULL when no failure cuts these */
	uint8_t *server;   /* of each node: host it is connected to, or NOBODY */
	bool *redials;     /* of each node: it will find out and dial anew */
	uint32_t answers;  /* mask of hosts whose API server answers */
	bool hangs;        /* calls hung rather than failed when the last one went */
	struct rng rng, restart;
};

void plane_init(struct world *w)
{
	struct plane *p = ARENA_NEW(&w->run->arena, 1, struct plane);
	const struct scenario *s = w->scenario;

	w->plane = p;
	p->hosts = scenario_hosts(s);
	p->answers = (1u << s->masters) - 1;
	p->rng = run_stream(w->run, STREAM_PLANE, 0);
	p->restart = run_stream(w->run, STREAM_PLANE, 1);
	p->server = ARENA_NEW(&w->run->arena, w->cluster.node_count, uint8_t);
	p->redials = ARENA_NEW(&w->run->arena, w->cluster.node_count, bool);
	for (uint32_t n = 0; n < w->cluster.node_count; n++)
		p->server[n] = (uint8_t)rng_below(&p->rng, s->masters);
	for (uint32_t i = 0; i < s->failure_count; i++)
		if (s->failure[i].masters != 0 && s->failure[i].node_count > 0 && p->node_cut == NULL)
			p->node_cut = ARENA_NEW(&w->run->arena, (size_t)w->cluster.node_count * s->masters, uint8_t);
}

bool plane_process(const struct world *w, uint32_t host, enum component component)
{
	const struct host *h = &w->plane->host[host];

	return h->power == 0 && h->process[component].stopped == 0 && !h->process[component].crashed;
}

bool plane_powered(const struct world *w, uint32_t host)
{
	return w->plane->host[host].power == 0;
}

bool plane_linked(const struct world *w, uint32_t a, uint32_t b)
{
	return a == b || w->plane->cut[a][b] == 0;
}

bool plane_answers(const struct world *w)
{
	return w->plane->answers != 0;
}

uint32_t plane_servers(const struct world *w)
{
	return (uint32_t)__builtin_popcount(w->plane->answers);
}

bool plane_reaches(const struct world *w, enum component component, uint32_t host)
{
	if (!plane_process(w, host, component))
		return false;
	if (!w->scenario->components_use_balancer)
		return w->plane->answers >> host & 1;
	for (uint32_t h = 0; h < w->scenario->masters; h++)
		if (w->plane->answers >> h & 1 && plane_linked(w, host, h))
			return true;
	return false;
}

bool plane_node_served(const struct world *w, uint32_t node)
{
	return w->plane->server[node] != NOBODY;
}

/* ---- what breaks ---- */

static sim_time restart_delay(struct world *w, struct process *p)
{
	sim_time pause = 0;

	if (p->crashes > 0 && w->run->now - p->crashed_at > RESTART_FORGIVEN)
		p->crashes = 0;
	if (p->crashes > 0)
		pause = RESTART_FIRST << (p->crashes < 6 ? p->crashes - 1 : 5);
	p->crashes++;
	p->crashed_at = w->run->now;
	return (pause < RESTART_MAX ? pause : RESTART_MAX) +
	       dist_draw(&w->scenario->latencies.component_start, &w->plane->restart);
}

/* It is down until its kubelet has started it. */
static void start_later(struct world *w, uint32_t host, uint32_t component, sim_time delay)
{
	struct process *p = &w->plane->host[host].process[component];

	p->crashed = true;
	p->epoch++;
	world_schedule(w, time_add(w->run->now, delay), EVENT_COMPONENT_STARTS, host, p->epoch, component);
}

void plane_crash(struct world *w, uint32_t host, enum component component)
{
	struct process *p = &w->plane->host[host].process[component];

	if (!plane_process(w, host, component))
		return;
	start_later(w, host, component, restart_delay(w, p));
	plane_changed(w);
}

/* Subject: host; arg: component. */
void plane_on_start(struct world *w, const struct event *e)
{
	struct process *p = &w->plane->host[e->subject].process[e->arg];

	if (e->epoch != p->epoch || w->plane->host[e->subject].power > 0)
		return;
	p->crashed = false;
	plane_changed(w);
}

static bool on_host(const struct world *w, uint32_t host, uint32_t component)
{
	bool etcd = w->scenario->etcd_external ? host >= w->scenario->masters : true;

	return component == COMPONENT_ETCD ? etcd : host < w->scenario->masters;
}

void plane_power(struct world *w, uint32_t mask, bool down)
{
	for (uint32_t h = 0; h < w->plane->hosts; h++) {
		struct host *host = &w->plane->host[h];

		if (!(mask >> h & 1))
			continue;
		host->power += down ? 1 : UINT32_MAX;
		/* Booting is part of the failure's length; then the kubelet starts the static pods. */
		for (uint32_t c = 0; !down && host->power == 0 && c < COMPONENTS; c++)
			if (on_host(w, h, c))
				start_later(w, h, c,
					    dist_draw(&w->scenario->latencies.component_start, &w->plane->restart));
	}
	plane_changed(w);
}

void plane_stop(struct world *w, uint32_t mask, enum component component, bool down)
{
	for (uint32_t h = 0; h < w->plane->hosts; h++) {
		struct process *p = &w->plane->host[h].process[component];

		if (!(mask >> h & 1) || !on_host(w, h, component))
			continue;
		p->stopped += down ? 1 : UINT32_MAX;
		if (!down && p->stopped == 0 && w->plane->host[h].power == 0)
			start_later(w, h, component,
				    dist_draw(&w->scenario->latencies.component_start, &w->plane->restart));
	}
	plane_changed(w);
}

void plane_cut_masters(struct world *w, uint32_t mask, bool down)
{
	for (uint32_t a = 0; a < w->plane->hosts; a++)
		for (uint32_t b = 0; b < w->plane->hosts; b++)
			if ((mask >> a & 1) != (mask >> b & 1))
				w->plane->cut[a][b] += down ? 1 : UINT8_MAX;
	plane_changed(w);
}

void plane_cut_nodes(struct world *w, uint32_t mask, const uint32_t *node, uint32_t count, bool down)
{
	uint32_t masters = w->scenario->masters;

	for (uint32_t i = 0; i < count; i++)
		for (uint32_t h = 0; h < masters; h++)
			if (mask >> h & 1)
				w->plane->node_cut[(size_t)node[i] * masters + h] += down ? 1 : UINT8_MAX;
	plane_changed(w);
}

void plane_outage(struct world *w, bool down)
{
	w->plane->outages += down ? 1 : UINT32_MAX;
	plane_changed(w);
}

/* ---- who answers whom ---- */

/* Mask of the API servers that answer and that node can reach. */
static uint32_t offers(const struct world *w, uint32_t node)
{
	const struct plane *p = w->plane;
	uint32_t mask = p->answers, masters = w->scenario->masters;

	for (uint32_t h = 0; p->node_cut != NULL && h < masters; h++)
		if (p->node_cut[(size_t)node * masters + h] > 0)
			mask &= ~(1u << h);
	return mask;
}

/* The load balancer spreads connections evenly. */
static uint8_t pick(struct world *w, uint32_t mask)
{
	uint32_t count = (uint32_t)__builtin_popcount(mask);
	uint32_t skip = count > 1 ? rng_below(&w->plane->rng, count) : 0;
	uint8_t h = 0;

	for (;; h++)
		if (mask >> h & 1 && skip-- == 0)
			return h;
}

static void dial(struct world *w, uint32_t node, uint32_t offered)
{
	w->plane->server[node] = pick(w, offered);
	if (kubelet_talks(w, node))
		kubelet_redialed(w, node);
}

/* The node's connection leads nowhere. */
static void lose(struct world *w, uint32_t node, uint32_t offered)
{
	struct plane *p = w->plane;
	uint32_t was = p->server[node];
	bool reset = p->host[was].power == 0 && !(p->answers >> was & 1);
	sim_time gives_up;
	bool talked = kubelet_talks(w, node);

	failure_silence(w, node);
	p->server[node] = NOBODY;
	if (talked)
		kubelet_disconnected(w, node);
	if (offered == 0)
		return;
	if (reset) {
		dial(w, node, offered);
		return;
	}
	/* The last frame is taken to be the answer to the last heartbeat; bookmarks of watches, one a minute, are left
	 * out. */
	gives_up = failure_last_beat(w, node) + CONNECTION_CHECK;
	p->redials[node] = true;
	world_schedule(w, gives_up > w->run->now ? gives_up : w->run->now, EVENT_NODE_REDIALS, node, 0, 0);
}

/* Subject: node. */
void plane_on_redial(struct world *w, const struct event *e)
{
	uint32_t offered = offers(w, e->subject);

	w->plane->redials[e->subject] = false;
	if (w->plane->server[e->subject] == NOBODY && offered != 0)
		dial(w, e->subject, offered);
}

static void serve_nodes(struct world *w)
{
	struct plane *p = w->plane;

	for (uint32_t n = 0; n < w->cluster.node_count; n++) {
		uint32_t offered = offers(w, n);

		if (p->server[n] != NOBODY && !(offered >> p->server[n] & 1)) {
			lose(w, n, offered);
		} else if (p->server[n] == NOBODY && offered != 0 && !p->redials[n]) {
			p->server[n] = pick(w, offered);
			if (kubelet_talks(w, n))
				kubelet_reconnected(w, n, failure_silent_since(w, n), p->hangs);
		}
	}
}

static void tell(struct world *w, uint32_t host, bool answers)
{
	struct fact f = cluster_fact(&w->cluster, FACT_API_SERVER);

	f.object = host;
	f.flag = answers;
	cluster_tell(&w->cluster, f);
}

void plane_changed(struct world *w)
{
	struct plane *p = w->plane;
	uint32_t was = p->answers;

	bool stuck = false;

	etcd_changed(w);
	p->answers = 0;
	for (uint32_t h = 0; h < w->scenario->masters; h++) {
		bool runs = p->outages == 0 && plane_process(w, h, COMPONENT_API_SERVER), serves = etcd_serves(w, h);

		p->answers |= (uint32_t)(runs && serves) << h;
		stuck |= runs && !serves;
	}
	if (was != 0 && p->answers == 0)
		p->hangs = stuck;
	for (uint32_t h = 0; h < w->scenario->masters; h++)
		if ((was ^ p->answers) >> h & 1)
			tell(w, h, p->answers >> h & 1);
	if (was != p->answers || p->node_cut != NULL)
		serve_nodes(w);
	master_changed(w);
}
