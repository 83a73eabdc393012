/* chart_svg.c - a picture as an element of a page: gnuplot draws it in memory, and its SVG is made fit for company. */
#include "report/charts.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Runs gnuplot with these as standard input and output; what it complains of is not shown. Returns NULL or why not. */
static const char *gnuplot(int in, int out)
{
	posix_spawn_file_actions_t actions;
	char program[] = "gnuplot", from[] = "-";
	char *const argv[] = {program, from, NULL};
	pid_t pid;
	int status = 0;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1 /* O_WRONLY */, 0);
	const int error = posix_spawnp(&pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error != 0)
		return strerror(error);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return strerror(errno);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? NULL : "it could not draw the picture";
}

static bool write_all(int to, const char *bytes, size_t length)
{
	while (length > 0) {
		const ssize_t n = write(to, bytes, length);
		if (n < 0 && errno != EINTR)
			return false;
		bytes += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return lseek(to, 0, SEEK_SET) == 0;
}

static bool read_all(int from, struct text *out)
{
	char part[65536];
	ssize_t n;

	if (lseek(from, 0, SEEK_SET) != 0)
		return false;
	while ((n = read(from, part, sizeof(part))) != 0) {
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			text_add_n(out, part, (size_t)n);
	}
	return true;
}

/* Script and picture are files in memory, so that neither side ever waits for the other. */
static const char *draw(struct chart *c, const char *script, struct text *svg)
{
	const int in = memfd_create("script", MFD_CLOEXEC), out = memfd_create("picture", MFD_CLOEXEC);
	const char *wrong = NULL;

	if (in < 0 || out < 0 || !write_all(in, script, strlen(script)))
		wrong = text_format(c->arena, "%s", strerror(errno));
	if (wrong == NULL)
		wrong = gnuplot(in, out);
	if (wrong == NULL && !read_all(out, svg))
		wrong = text_format(c->arena, "%s", strerror(errno));
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return wrong;
}

/* Copies s with each id, and each reference to one, made the chart's own. */
static void rename_ids(const struct chart *c, const char *s, struct text *out)
{
	static const char *const before[] = {"id=\"", "id='", "href='#", "href=\"#", "url(#"};

	while (*s != '\0') {
		size_t nearest = strlen(s), length = 0;
		for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
			const char *at = strstr(s, before[i]);
			if (at == NULL || (size_t)(at - s) >= nearest)
				continue;
			nearest = (size_t)(at - s);
			length = strlen(before[i]);
		}
		text_add_n(out, s, nearest + length);
		if (length > 0)
			text_printf(out, "%s_", c->name);
		s += nearest + length;
	}
}

const char *chart_svg(struct chart *c, const char *label, struct text *out)
{
	struct text script, svg;

	text_init(&script, c->arena);
	text_init(&svg, c->arena);
	text_printf(&script, "set terminal svg noenhanced rounded size %d,%d font 'DejaVu Sans,13'\n", c->width,
		    c->height);
	chart_body(c, &script);
	const char *wrong = draw(c, script.data, &svg);
	if (wrong != NULL)
		return wrong;
	/* After the heading, the title and the description of gnuplot's own, which say nothing about the picture. */
	const char *body = strstr(svg.data, "<g id=\"gnuplot_canvas\"");
	if (body == NULL)
		return "it drew nothing";
	text_printf(out,
		    "<svg viewBox=\"0 0 %d %d\" xmlns=\"http://www.w3.org/2000/svg\" "
		    "xmlns:xlink=\"http://www.w3.org/1999/xlink\" role=\"img\" aria-label=",
		    c->width, c->height);
	text_add_json(out, label); /* a sentence of ours, without quotes: the same in HTML */
	text_add(out, ">\n");
	rename_ids(c, body, out);
	return NULL;
}
