/* charts.c - what all charts share: files, the time axis, marks of failures, and running gnuplot. */
#include "report/charts.h"

#include <ctype.h>
#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "sim/file.h"

extern char **environ;

const char *const chart_colour[CHART_COLOURS] = {
	"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000",
};

/* Pixels of a letter in the name of a failure, over the share of the picture that the axis has. */
#define LETTER 10
/* More marks would only be clutter. */
#define MARKED_FAILURES 200

void chart_time_unit(struct chart *c, double seconds)
{
	const double day = 24 * 3600;

	c->unit = seconds > 3 * day ? day : seconds > 6 * 3600 ? 3600 : seconds > 600 ? 60 : 1;
	c->unit_name = seconds > 3 * day ? "d" : seconds > 6 * 3600 ? "h" : seconds > 600 ? "min" : "s";
}

double chart_time(const struct chart *c, sim_time t)
{
	return time_seconds(t) / c->unit;
}

const char *chart_safe(const struct chart *c, const char *s)
{
	char *copy = arena_text(c->arena, s, strlen(s));

	for (char *p = copy; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("-._/:+() ,=%", *p) == NULL)
			*p = '?';
	return copy;
}

/* Above the plot, in the first of two lines that has room; without room, not at all. */
static void name_failure(struct chart *c, uint32_t failure, double used[2])
{
	const char *name = chart_safe(c, outcome_failure_name(c->o, failure));
	const double at = time_seconds(c->o->failure[failure].at) / time_seconds(c->o->end);
	const double width = (double)(strlen(name) + 2) * LETTER / c->width;

	for (int line = 0; line < 2; line++) {
		if (at < used[line] || at + width > 1.02)
			continue;
		used[line] = at + width;
		text_printf(&c->script, "set label '%s' at %.9g, graph 1.0 left offset 0.3,%.1f tc rgb '#B03A00'\n",
			    name, chart_time(c, c->o->failure[failure].at), 0.6 + 0.9 * line);
		return;
	}
}

void chart_failures(struct chart *c, bool label)
{
	const struct outcome *o = c->o;
	uint32_t marked = 0;
	/* Where the last label of each of two lines ends, as a share of the axis. */
	double used[2] = {-1, -1};

	text_add(&c->script, "unset arrow\nunset label\nunset object\n");
	for (uint32_t i = 0; i < o->failures && marked < MARKED_FAILURES; i++) {
		const struct outcome_failure *f = &o->failure[i];
		if (!f->struck)
			continue;
		const double from = chart_time(c, f->at);
		const double to = chart_time(c, f->healed_at < o->end ? f->healed_at : o->end);
		text_printf(&c->script,
			    "set object rect from %.9g, graph 0 to %.9g, graph 1 fc rgb '#D55E00' fs transparent solid "
			    "0.06 "
			    "noborder behind\n"
			    "set arrow from %.9g, graph 0 to %.9g, graph 1 nohead dt 2 lw 1.5 lc rgb '#D55E00' front\n",
			    from, to, from, from);
		if (label)
			name_failure(c, i, used);
		marked++;
	}
}

const char *charts_folder(const char *dir, struct arena *a)
{
	char *path = arena_text(a, dir, strlen(dir));
	struct stat st;

	for (char *p = path + 1;; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		const char kept = *p;
		*p = '\0';
		if (mkdir(path, 0777) != 0 && errno != EEXIST)
			return text_format(a, "cannot make folder %s: %s", path, strerror(errno));
		*p = kept;
		if (kept == '\0')
			break;
	}
	if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))
		return text_format(a, "%s is no folder", dir);
	return NULL;
}

/* Runs gnuplot on a script in dir. Returns 0, or an errno, or -1 when gnuplot ran but failed. */
static int run_gnuplot(const char *dir, char *script)
{
	posix_spawn_file_actions_t actions;
	char program[] = "gnuplot";
	char *const argv[] = {program, script, NULL};
	pid_t pid;
	int status = 0;

	posix_spawn_file_actions_init(&actions);
	int error = posix_spawn_file_actions_addchdir_np(&actions, dir);
	if (error == 0)
		error = posix_spawnp(&pid, "gnuplot", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error != 0)
		return error;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* The whole script: the same picture once as PNG, once as SVG. */
static const char *script_of(const struct chart *c)
{
	return text_format(
		c->arena,
		"# %s - made by nodefall; draw again with: gnuplot %s.gp\n"
		"do for [kind in 'png svg'] {\n"
		"if (kind eq 'png') { set terminal pngcairo noenhanced rounded size %d,%d font 'DejaVu Sans,11' }\n"
		"if (kind eq 'svg') { set terminal svg noenhanced rounded size %d,%d font 'DejaVu Sans,11' background "
		"'#ffffff' }\n"
		"set output '%s.'.kind\n"
		"%s"
		"unset multiplot\nunset output\nreset\n}\n",
		c->name, c->name, c->width, c->height, c->width, c->height, c->name, c->script.data);
}

static const char *write_chart(struct chart *c, const char *dir)
{
	const char *script = script_of(c);
	const char *error =
		file_write(c->arena, text_format(c->arena, "%s/%s.dat", dir, c->name), c->data.data, c->data.length);

	if (error == NULL)
		error = file_write(c->arena, text_format(c->arena, "%s/%s.gp", dir, c->name), script, strlen(script));
	return error;
}

void chart_begin(struct chart *c, struct arena *a, const char *name)
{
	*c = (struct chart){.arena = a, .name = name, .width = 1100, .height = 800};
	text_init(&c->script, a);
	text_init(&c->data, a);
}

const char *chart_draw(struct chart *c, const char *dir, bool *missing, struct text *notes)
{
	const char *error = write_chart(c, dir);

	if (error != NULL || *missing)
		return error;
	const int failed = run_gnuplot(dir, text_format(c->arena, "%s.gp", c->name));
	*missing = failed > 0;
	if (failed > 0)
		text_printf(notes, "note: no pictures, only their data and scripts in %s: gnuplot: %s\n", dir,
			    strerror(failed));
	else if (failed < 0)
		text_printf(notes, "note: gnuplot could not draw %s/%s.gp\n", dir, c->name);
	return NULL;
}

bool chart_make(struct chart *c, enum chart_kind kind, const struct outcome *o, struct arena *a)
{
	static const struct {
		const char *name;
		bool (*make)(struct chart *c);
	} row[CHARTS_ALL] = {
		[CHART_LOAD] = {"load", chart_load}, [CHART_RECOVERY] = {"recovery", chart_recovery},
		[CHART_PODS] = {"pods", chart_pods}, [CHART_DISTRIBUTION] = {"distribution", chart_distribution},
		[CHART_HEAT] = {"heat", chart_heat},
	};
	chart_begin(c, a, row[kind].name);
	c->o = o;
	chart_time_unit(c, time_seconds(o->end));
	return row[kind].make(c);
}

/* The chart's name as gnuplot's variables may be called. */
static const char *block_name(const struct chart *c)
{
	char *name = arena_text(c->arena, c->name, strlen(c->name));

	for (char *p = name; *p != '\0'; p++)
		if (*p == '-')
			*p = '_';
	return name;
}

void chart_body(const struct chart *c, struct text *out)
{
	const char *file = text_format(c->arena, "'%s.dat'", c->name), *block = block_name(c);
	const size_t length = strlen(file);
	const char *rest = c->script.data;

	text_printf(out, "$%s << END_OF_DATA\n%sEND_OF_DATA\n", block, c->data.data);
	for (const char *at; (at = strstr(rest, file)) != NULL; rest = at + length) {
		text_add_n(out, rest, (size_t)(at - rest));
		text_printf(out, "$%s", block);
	}
	text_add(out, rest);
	text_add(out, "unset multiplot\nunset output\nreset\n");
}

void chart_inline(const struct chart *c, struct text *out)
{
	text_printf(
		out,
		"if (kind eq 'png') { set terminal pngcairo noenhanced rounded size %d,%d font 'DejaVu Sans,11' }\n"
		"if (kind eq 'svg') { set terminal svg noenhanced rounded size %d,%d font 'DejaVu Sans,11' background "
		"'#ffffff' }\n"
		"if (kind eq 'pdf') { set terminal pdfcairo noenhanced rounded size %.2fin,%.2fin font 'DejaVu "
		"Sans,11' }\n"
		"set output '%s.'.kind\n",
		c->width, c->height, c->width, c->height, c->width / 100.0, c->height / 100.0, c->name);
	chart_body(c, out);
}

const char *charts_write(const struct outcome *o, const char *dir, struct arena *a, struct text *notes)
{
	const char *error = charts_folder(dir, a);
	bool missing = false;

	for (int i = 0; error == NULL && i < CHARTS; i++) {
		struct chart c;
		if (chart_make(&c, (enum chart_kind)i, o, a))
			error = chart_draw(&c, dir, &missing, notes);
		else
			text_printf(notes, "note: no picture \"%s\": there is nothing to show\n", c.name);
	}
	return error;
}
