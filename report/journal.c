/* journal.c - lines with checksums; a torn last line is cut off. */
#include "report/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#define HEAD "nodefall-journal 1 "
#define CHECK_LENGTH 10 /* " #" and eight digits */
#define SYNC_EVERY_MS 1000
#define READ_MAX ((off_t)4 << 30)

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint32_t checksum(const char *text, size_t length)
{
	return (uint32_t)crc32_z(0, (const unsigned char *)text, length);
}

/* Whether a line of `length` bytes ends in its checksum. */
static bool is_whole(const char *line, size_t length)
{
	char want[CHECK_LENGTH + 1];

	if (length < CHECK_LENGTH)
		return false;
	snprintf(want, sizeof(want), " #%08" PRIx32, checksum(line, length - CHECK_LENGTH));
	return memcmp(want, line + length - CHECK_LENGTH, CHECK_LENGTH) == 0;
}

bool journal_add(struct journal *j, const char *line, struct arena *scratch)
{
	struct text t;
	size_t done = 0;

	text_init(&t, scratch);
	text_printf(&t, "%s #%08" PRIx32 "\n", line, checksum(line, strlen(line)));
	while (done < t.length) {
		const ssize_t n = write(j->file, t.data + done, t.length - done);
		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	if (now_ms() - j->synced_ms < SYNC_EVERY_MS)
		return true;
	j->synced_ms = now_ms();
	/* A pipe or a device has no disk to force it to. */
	return fdatasync(j->file) == 0 || errno == EINVAL;
}

static const char *read_all(struct journal *j, struct arena *a, char **bytes, size_t *length)
{
	struct stat st;

	*length = 0;
	if (fstat(j->file, &st) != 0)
		return text_format(a, "%s: %s", j->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return text_format(a, "%s is no file", j->path);
	if (st.st_size > READ_MAX)
		return text_format(a, "%s is larger than 4 GiB", j->path);
	*bytes = ARENA_NEW(a, (size_t)st.st_size + 1, char);
	while (*length < (size_t)st.st_size) {
		const ssize_t n = read(j->file, *bytes + *length, (size_t)st.st_size - *length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return text_format(a, "%s: %s", j->path, strerror(errno));
		if (n == 0)
			break;
		*length += (size_t)n;
	}
	return NULL;
}

/* Takes the whole lines; *good becomes the length of the file up to the last of them. */
static const char *take_lines(const struct journal *j, struct arena *a, char *bytes, size_t length,
			      struct journal_lines *lines, size_t *good)
{
	uint32_t number = 1;

	for (char *line = bytes; line < bytes + length; number++) {
		char *end = memchr(line, '\n', (size_t)(bytes + length - line));
		const bool last = end == NULL || end + 1 == bytes + length;
		if (end == NULL || !is_whole(line, (size_t)(end - line))) {
			if (last)
				return NULL;
			return text_format(a, "%s:%" PRIu32 ": damaged: the line's checksum is wrong", j->path, number);
		}
		end[-CHECK_LENGTH] = '\0';
		ARENA_RESERVE(a, lines->line, lines->capacity, lines->count + 1, const char *);
		lines->line[lines->count++] = line;
		line = end + 1;
		*good = (size_t)(line - bytes);
	}
	return NULL;
}

static const char *check_head(const struct journal *j, struct arena *a, struct journal_lines *lines,
			      const char *identity)
{
	if (strcmp(lines->line[0] + strlen(HEAD), identity) != 0)
		return text_format(a,
				   "%s is the journal of another experiment\n  it says:    %s\n  this one is: %s\n"
				   "  = help: name another file, or ask for the same again",
				   j->path, lines->line[0] + strlen(HEAD), identity);
	lines->line++;
	lines->count--;
	return NULL;
}

/* What the file holds, judged and, where torn, mended. */
static const char *take_file(struct journal *j, struct arena *a, const char *identity, bool resume,
			     struct journal_lines *lines, bool *bad_input)
{
	char *bytes = NULL;
	size_t length = 0, good = 0;
	const char *wrong = read_all(j, a, &bytes, &length);

	*bad_input = false;
	if (wrong != NULL)
		return wrong;
	*bad_input = true;
	if (length > 0 && !resume)
		return text_format(a, "%s is there already\n  = help: --resume goes on with it; or remove it", j->path);
	if (length > 0 && strncmp(bytes, HEAD, length < strlen(HEAD) ? length : strlen(HEAD)) != 0)
		return text_format(a, "%s is no journal of nodefall", j->path);
	wrong = take_lines(j, a, bytes, length, lines, &good);
	if (wrong == NULL && lines->count > 0)
		wrong = check_head(j, a, lines, identity);
	if (wrong != NULL)
		return wrong;
	*bad_input = false;
	if (good < length && ftruncate(j->file, (off_t)good) != 0)
		return text_format(a, "%s: %s", j->path, strerror(errno));
	if (lseek(j->file, 0, SEEK_END) < 0 || (good == 0 && !journal_add(j, text_format(a, HEAD "%s", identity), a)))
		return text_format(a, "cannot write %s: %s", j->path, strerror(errno));
	return NULL;
}

const char *journal_open(struct journal *j, struct arena *a, const char *path, const char *identity, bool resume,
			 struct journal_lines *lines, bool *bad_input)
{
	*j = (struct journal){.file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666), .path = path};
	*lines = (struct journal_lines){0};
	*bad_input = false;
	if (j->file < 0)
		return text_format(a, "cannot open %s: %s", path, strerror(errno));
	const char *wrong = NULL;
	if (flock(j->file, LOCK_EX | LOCK_NB) != 0)
		wrong = text_format(a, "%s: %s", path,
				    errno == EWOULDBLOCK ? "another process writes it" : strerror(errno));
	else
		wrong = take_file(j, a, identity, resume, lines, bad_input);
	if (wrong != NULL) {
		close(j->file);
		j->file = -1;
	}
	return wrong;
}

bool journal_close(struct journal *j)
{
	bool good = true;

	if (j->file < 0)
		return true;
	good = fdatasync(j->file) == 0;
	good = close(j->file) == 0 && good;
	j->file = -1;
	return good;
}
