/*
 * test_watch.c - nodefall watch as its user sees it: keys typed into a real terminal (a pty), screens compared with
 * tests/screens/; NODEFALL_WRITE_GOLDEN=1 writes them anew. And what lies behind it: going back and forth in a run.
 */
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "report/watch/player.h"
#include "sim/file.h"
#include "sim/rng.h"
#include "tests/load.h"
#include "tests/vt.h"

#define SCREEN_BYTES (VT_ROWS * (VT_COLUMNS * 3 + 1) + 1)
/* Longest wait for a screen; with sanitizers on a busy machine. */
#define PATIENCE_MS 20000
/* Without output for so long, a screen is taken as it is when goldens are written. */
#define QUIET_MS 600

struct session {
	int master, slave;
	pid_t child;
	struct termios before;
	struct vt vt;
};

static int64_t now_ms(void)
{
	return player_clock() / 1000000;
}

/* Starts the program; false if there are no ptys here. */
static bool start(struct session *s, int rows, int columns, const char *const *arguments,
		  const char *const *environment)
{
	const char *program = getenv("NODEFALL");
	const struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};

	s->master = posix_openpt(O_RDWR | O_NOCTTY);
	if (s->master < 0 || grantpt(s->master) != 0 || unlockpt(s->master) != 0)
		return false;
	s->slave = open(ptsname(s->master), O_RDWR | O_NOCTTY);
	if (s->slave < 0)
		return false;
	ioctl(s->slave, TIOCSWINSZ, &size);
	tcgetattr(s->slave, &s->before);
	vt_init(&s->vt, rows, columns);
	s->child = fork();
	if (s->child == 0) {
		setsid();
		ioctl(s->slave, TIOCSCTTY, 0);
		for (int fd = 0; fd < 3; fd++)
			dup2(s->slave, fd);
		/* Or the program would hold its own terminal open. */
		close(s->master);
		close(s->slave);
		execve(program != NULL ? program : "./nodefall", (char *const *)(uintptr_t)arguments,
		       (char *const *)(uintptr_t)environment);
		_exit(127);
	}
	return true;
}

/* Takes what the program writes for at most wait_ms; false when there was nothing. */
static bool take(struct session *s, int wait_ms)
{
	struct pollfd fd = {.fd = s->master, .events = POLLIN};
	unsigned char bytes[4096];

	if (poll(&fd, 1, wait_ms) <= 0)
		return false;
	const ssize_t n = read(s->master, bytes, sizeof(bytes));
	for (ssize_t i = 0; i < n; i++)
		vt_byte(&s->vt, bytes[i]);
	return n > 0;
}

static void press(struct session *s, const char *keys)
{
	assert_int_equal(write(s->master, keys, strlen(keys)), strlen(keys));
}

static char *screen(const struct session *s)
{
	char *text = test_malloc(SCREEN_BYTES);

	vt_text(&s->vt, text);
	return text;
}

/* Waits until the screen shows `want`. */
static void await(struct session *s, const char *want)
{
	const int64_t until = now_ms() + PATIENCE_MS;

	for (;;) {
		char *text = screen(s);
		const bool there = strstr(text, want) != NULL;

		if (!there && now_ms() > until)
			print_error("\"%s\" never came:\n%s", want, text);
		test_free(text);
		if (there)
			return;
		assert_true(now_ms() <= until);
		take(s, 50);
	}
}

static void write_screen(struct session *s, const char *path)
{
	while (take(s, QUIET_MS))
		continue;
	char *text = screen(s);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	test_free(text);
}

/* The screen is, or becomes, that of the golden file. */
static void shows(struct session *s, const char *name)
{
	const int64_t until = now_ms() + PATIENCE_MS;
	struct arena a = {0};
	struct file_set files = {0};
	char path[256];

	snprintf(path, sizeof(path), "tests/screens/%s.txt", name);
	if (getenv("NODEFALL_WRITE_GOLDEN") != NULL)
		write_screen(s, path);
	assert_null(file_add(&a, &files, path));
	for (;;) {
		char *text = screen(s);
		const bool same = strcmp(text, files.file[0].bytes) == 0;

		if (!same && now_ms() > until)
			print_error("%s is not\n%s", path, text);
		test_free(text);
		if (same)
			break;
		assert_true(now_ms() <= until);
		take(s, 50);
	}
	arena_release(&a);
}

/* Waits for the end and returns the exit status; the terminal must be as it was. */
static int over(struct session *s)
{
	const int64_t until = now_ms() + PATIENCE_MS;
	struct termios after;
	int status = 0;

	while (waitpid(s->child, &status, WNOHANG) == 0) {
		assert_true(now_ms() <= until);
		take(s, 20);
	}
	while (take(s, 20))
		continue;
	tcgetattr(s->slave, &after);
	assert_int_equal(after.c_lflag, s->before.c_lflag);
	assert_int_equal(after.c_iflag, s->before.c_iflag);
	assert_int_equal(after.c_oflag, s->before.c_oflag);
	assert_false(s->vt.alternate);
	assert_false(s->vt.hidden);
	close(s->master);
	close(s->slave);
	return status;
}

static const char *const utf8[] = {"TERM=xterm-256color", "LC_ALL=C.UTF-8", NULL};
static const char *const plain[] = {"TERM=xterm-256color", "LC_ALL=C", "NO_COLOR=1", NULL};

#define LESSON "scenarios/lessons/node-dies.yaml"
#define NEED_PTY(started)                                                                                              \
	do {                                                                                                           \
		if (!(started)) {                                                                                      \
			print_message("no pty here: skipped\n");                                                       \
			skip();                                                                                        \
		}                                                                                                      \
	} while (0)

static const char *const at_5m30s[] = {"nodefall", "watch", LESSON, "--at", "5m30s", NULL};

static void a_failed_node_and_its_recovery_are_seen(void **state)
{
	struct session s;

	(void)state;
	NEED_PTY(start(&s, 24, 80, at_5m30s, utf8));
	await(&s, "5m30s of 20m");
	shows(&s, "nodes-80x24");
	press(&s, "2");
	shows(&s, "pods-80x24");
	press(&s, "g11m\r");
	await(&s, "11m of 20m");
	shows(&s, "recovered-80x24");
	press(&s, "4");
	shows(&s, "story-80x24");
	press(&s, "w");
	shows(&s, "why-story-80x24");
	press(&s, "q1w");
	shows(&s, "why-node-80x24");
	press(&s, "q1d");
	shows(&s, "describe-80x24");
	press(&s, "q?");
	shows(&s, "keys-80x24");
	press(&s, "qq");
	assert_true(s.vt.coloured);
	assert_int_equal(over(&s), 0);
}

static void large_screens_show_more(void **state)
{
	static const char *const zone[] = {"nodefall", "watch", "scenarios/lessons/zone-outage.yaml",
					   "--at",     "7m",    NULL};
	struct session s;

	(void)state;
	NEED_PTY(start(&s, 40, 120, zone, utf8));
	await(&s, "7m of 25m");
	shows(&s, "zone-120x40");
	press(&s, "6");
	shows(&s, "map-120x40");
	press(&s, "5");
	shows(&s, "facts-120x40");
	press(&s, ":pods worker-1\r");
	shows(&s, "filter-120x40");
	press(&s, "q");
	assert_int_equal(over(&s), 0);
}

static void without_colours_and_utf8(void **state)
{
	struct session s;

	(void)state;
	NEED_PTY(start(&s, 24, 80, at_5m30s, plain));
	await(&s, "5m30s of 20m");
	shows(&s, "ascii-80x24");
	press(&s, "q");
	assert_int_equal(over(&s), 0);
	for (int y = 0; y < s.vt.rows; y++)
		for (int x = 0; x < s.vt.columns; x++)
			assert_true(s.vt.cell[y][x] < 0x7f);
	assert_false(s.vt.coloured);
}

static void masters_and_who_leads(void **state)
{
	static const char *const etcd[] = {"nodefall", "watch", "scenarios/lessons/etcd-two-of-three.yaml",
					   "--at",     "6m",    NULL};
	struct session s;

	(void)state;
	NEED_PTY(start(&s, 24, 80, etcd, utf8));
	await(&s, "6m of 40m");
	press(&s, "3");
	shows(&s, "plane-80x24");
	press(&s, "q");
	assert_int_equal(over(&s), 0);
}

static void steps_go_back_and_forth(void **state)
{
	struct session s;

	(void)state;
	NEED_PTY(start(&s, 24, 80, at_5m30s, utf8));
	await(&s, "5m30s of 20m");
	press(&s, "n");
	await(&s, "5m44.534s of");
	press(&s, "nn");
	await(&s, "5m44.542s of");
	press(&s, "pp");
	await(&s, "5m44.534s of");
	press(&s, "p");
	await(&s, " 5m of 20m");
	press(&s, "g5m30s\r");
	shows(&s, "nodes-80x24");
	press(&s, "q");
	assert_int_equal(over(&s), 0);
}

/* What is done by hand is printed at the end, and those lines make the same run. */
static void what_is_broken_by_hand_can_be_done_again(void **state)
{
	static const char *const at_2m[] = {"nodefall", "watch", LESSON, "--at", "2m", NULL};
	struct session s;

	(void)state;
	NEED_PTY(start(&s, 24, 80, at_2m, utf8));
	await(&s, "2m of 20m");
	press(&s, "jjb");
	await(&s, "c  crash");
	press(&s, "c");
	await(&s, "for how long");
	press(&s, "90s\r");
	await(&s, "worker-2 failed at 2m (node-crash)");
	press(&s, "2/web\r");
	await(&s, "only \"web\"");
	press(&s, "bs9\r");
	await(&s, "done: scale its workload");
	shows(&s, "by-hand-80x24");
	press(&s, "U");
	await(&s, "undone");
	press(&s, "b");
	shows(&s, "break-80x24");
	press(&s, "d");
	await(&s, "done: delete web-");
	press(&s, "q");
	assert_int_equal(over(&s), 0);
	await(&s, "- {at: 2m, kind: node-crash, node: worker-2, for: 90s}");
	await(&s, "- {at: 2m, kubectl: \"delete pod web-");
}

static void it_fits_any_size(void **state)
{
	static const struct {
		unsigned short rows, columns;
	} size[] = {{40, 120}, {12, 40}, {3, 10}, {1, 1}, {24, 80}};
	struct session s;

	(void)state;
	NEED_PTY(start(&s, 24, 80, at_5m30s, utf8));
	await(&s, "5m30s of 20m");
	for (size_t i = 0; i < COUNT(size); i++) {
		const struct winsize to = {.ws_row = size[i].rows, .ws_col = size[i].columns};
		vt_size(&s.vt, to.ws_row, to.ws_col);
		ioctl(s.master, TIOCSWINSZ, &to);
		kill(s.child, SIGWINCH);
		while (take(&s, 300))
			continue;
	}
	shows(&s, "nodes-80x24");
	press(&s, "q");
	assert_int_equal(over(&s), 0);
}

static void signals_leave_the_terminal_as_it_was(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGSEGV, SIGHUP};

	(void)state;
	for (size_t i = 0; i < COUNT(signals); i++) {
		struct session s;

		NEED_PTY(start(&s, 24, 80, at_5m30s, utf8));
		await(&s, "5m30s of 20m");
		assert_true(s.vt.alternate);
		kill(s.child, signals[i]);
		const int status = over(&s);
		if (signals[i] == SIGTERM || signals[i] == SIGINT)
			assert_int_equal(WEXITSTATUS(status), 130);
		else
			assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
	}
}

static void a_terminal_that_is_gone_ends_it(void **state)
{
	const int64_t until = now_ms() + PATIENCE_MS;
	struct session s;
	int status;

	(void)state;
	NEED_PTY(start(&s, 24, 80, at_5m30s, utf8));
	await(&s, "5m30s of 20m");
	close(s.slave);
	close(s.master);
	while (waitpid(s.child, &status, WNOHANG) == 0) {
		assert_true(now_ms() <= until);
		poll(NULL, 0, 20);
	}
}

/* ---- the player ---- */

static void load(struct scenario *s, const char *path)
{
	const struct scenario_input in = {&path, 1, NULL, 0};
	struct diag d = {0};

	assert_int_equal(scenario_load(s, &in, &d), 0);
}

struct hashed {
	uint64_t hash;
};

static void hash(void *state, const struct fact *facts, size_t count)
{
	struct hashed *h = state;
	const unsigned char *bytes = (const unsigned char *)facts;

	for (size_t i = 0; i < count * sizeof(*facts); i++)
		h->hash = (h->hash ^ bytes[i]) * 1099511628211u;
}

static uint64_t digest(const struct player *p)
{
	struct hashed h = {0};

	facts_each(&p->run.facts, (struct fact_reader){hash, &h});
	return h.hash;
}

/* A run that was gone through back and forth ends as one that was not, and is at any time what it was. */
static void going_back_changes_nothing(void **state)
{
	static const char *const lessons[] = {"scenarios/lessons/zone-outage-volumes.yaml",
					      "scenarios/lessons/etcd-one-of-three.yaml",
					      "scenarios/lessons/autoscaler-replaces-node.yaml"};
	static struct player a, b;

	(void)state;
	for (size_t i = 0; i < COUNT(lessons); i++) {
		struct scenario s = {0};
		uint64_t at_half, seed = 1;

		load(&s, lessons[i]);
		assert_true(player_open(&a, &s, 1, NULL, NULL));
		player_seek(&a, s.duration / 2);
		at_half = digest(&a);
		player_seek(&a, s.duration);
		assert_true(player_open(&b, &s, 1, NULL, NULL));
		for (int k = 0; k < 30; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			player_seek(&b, (sim_time)(seed >> 33) % s.duration);
			if (k % 3 == 0)
				player_step(&b);
			if (k % 4 == 0)
				player_seek(&b, player_instant_before(&b));
		}
		player_seek(&b, s.duration / 2);
		assert_int_equal(digest(&b), at_half);
		player_seek(&b, s.duration);
		assert_int_equal(digest(&b), digest(&a));
		assert_int_equal(b.run.facts.digest, a.run.facts.digest);
		assert_int_equal(story_lines(b.story), story_lines(a.story));
		player_release(&a);
		player_release(&b);
		scenario_release(&s);
	}
}

/* ---- a cluster that is not waited for ---- */

struct patience {
	uint32_t calls, most, last;
};

static bool wait_on(void *context, uint32_t placed, uint32_t pods)
{
	struct patience *p = context;

	assert_true(placed <= pods && (p->calls == 0 || placed > p->last));
	p->last = placed;
	return ++p->calls < p->most;
}

static void building_can_be_called_off(void **state)
{
	static const char cluster[] =
		"{apiVersion: nodefall/v1, kind: Scenario, metadata: {name: many}, spec: {nodeGroups: [{name: n, "
		"count: 9}]}}\n"
		"---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 200, selector: "
		"{matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: "
		"i}]}}}}\n";
	static struct player p;
	struct patience none = {.most = UINT32_MAX}, little = {.most = 2};
	struct loaded l;

	(void)state;
	load_text(&l, cluster, NULL, 0);
	assert_int_equal(l.result, 0);
	assert_true(player_open(&p, &l.scenario, 1, NULL, &(struct world_progress){wait_on, &none}));
	assert_true(none.calls > 2);
	player_release(&p);
	assert_false(player_open(&p, &l.scenario, 1, NULL, &(struct world_progress){wait_on, &little}));
	assert_int_equal(little.calls, 2);
	player_release(&p);
	unload(&l);
}

static void a_recording_is_compared_with_what_plays(void **state)
{
	static struct player a, b;
	struct scenario s = {0};

	(void)state;
	load(&s, LESSON);
	assert_true(player_open(&a, &s, 1, NULL, NULL));
	player_seek(&a, s.duration);
	assert_true(player_open(&b, &s, 1, &a.run.facts, NULL));
	player_seek(&b, s.duration);
	player_seek(&b, MINUTES(3));
	player_seek(&b, s.duration);
	assert_true(b.differs_at == SIM_NEVER);
	player_release(&b);
	assert_true(player_open(&b, &s, 2, &a.run.facts, NULL));
	player_seek(&b, s.duration);
	assert_true(b.differs_at < SIM_NEVER);
	player_release(&b);
	player_release(&a);
	scenario_release(&s);
}

static void an_arena_returns_to_what_it_was(void **state)
{
	struct arena a = {0}, copies = {0};
	struct arena_image image;

	(void)state;
	char *first = ARENA_NEW(&a, 100, char), *big = ARENA_NEW(&a, 100000, char);
	memset(first, 'x', 100);
	memset(big, 'y', 100000);
	arena_save(&a, &copies, &image, NULL);
	const size_t used = a.used_bytes;
	for (int i = 0; i < 1000; i++)
		memset(ARENA_NEW(&a, 5000, char), 'z', 5000);
	memset(first, '-', 100);
	memset(big, '-', 100000);
	arena_restore(&a, &image);
	assert_int_equal(a.used_bytes, used);
	for (int i = 0; i < 100000; i++)
		assert_true(big[i] == 'y' && first[i % 100] == 'x');
	const char *next = ARENA_NEW(&a, 3000, char);
	for (int i = 0; i < 3000; i++)
		assert_int_equal(next[i], 0);
	arena_release(&a);
	arena_release(&copies);
}

/* arena_save() in slices of a page; returns how many. */
static int save_in_slices(const struct arena *a, struct arena *copies, struct arena_image *image,
			  const struct arena_image *base)
{
	struct arena_saving saving;
	int slices = 1;

	arena_save_begin(&saving, a, copies, image, base);
	while (!arena_save_some(&saving, 1))
		slices++;
	return slices;
}

/* Bytes written and memory taken at random between a base, images of what differs from it, and returns to them. */
static void images_of_changes_return_too(void **state)
{
	enum { BYTES = 400000, IMAGES = 6 };
	struct arena a = {0}, copies = {0};
	struct arena_image image[IMAGES];
	static char was[IMAGES][BYTES];
	struct rng r = rng_stream(5, 0, 0, 0);

	(void)state;
	char *bytes = ARENA_NEW(&a, BYTES, char);
	for (int i = 0; i < IMAGES; i++) {
		for (int n = 0; n < i; n++)
			bytes[rng_below(&r, BYTES)] = (char)(n + i);
		memset(ARENA_NEW(&a, rng_below(&r, 9000) + 1, char), i, 1);
		if (i % 3 == 1)
			arena_save(&a, &copies, &image[i], &image[0]);
		else
			assert_true(save_in_slices(&a, &copies, &image[i], i > 0 ? &image[0] : NULL) >= BYTES / 4096);
		memcpy(was[i], bytes, BYTES);
	}
	assert_true(copies.used_bytes < 2 * BYTES); /* few pages changed */
	for (int i = IMAGES; i-- > 0;) {
		memset(bytes, '?', BYTES);
		arena_restore(&a, &image[i]);
		assert_memory_equal(bytes, was[i], BYTES);
		const char *next = ARENA_NEW(&a, 20000, char);
		for (int n = 0; n < 20000; n++)
			assert_int_equal(next[n], 0);
	}
	arena_release(&a);
	arena_release(&copies);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arena_returns_to_what_it_was),
		cmocka_unit_test(images_of_changes_return_too),
		cmocka_unit_test(going_back_changes_nothing),
		cmocka_unit_test(building_can_be_called_off),
		cmocka_unit_test(a_recording_is_compared_with_what_plays),
		cmocka_unit_test(a_failed_node_and_its_recovery_are_seen),
		cmocka_unit_test(large_screens_show_more),
		cmocka_unit_test(without_colours_and_utf8),
		cmocka_unit_test(masters_and_who_leads),
		cmocka_unit_test(steps_go_back_and_forth),
		cmocka_unit_test(what_is_broken_by_hand_can_be_done_again),
		cmocka_unit_test(it_fits_any_size),
		cmocka_unit_test(signals_leave_the_terminal_as_it_was),
		cmocka_unit_test(a_terminal_that_is_gone_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
