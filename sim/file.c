/* file.c - reads whole input files and writes whole output files. */
#include "sim/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "sim/text.h"

#define DEPTH_MAX 16
#define PIECE ((size_t)64 << 10)

/* zlib: the largest window, plus 16 for a gzip header. */
#define GZIP_WINDOW (15 + 16)

static const char *too_large(struct arena *a, const char *name)
{
	return text_format(a, "cannot read %s: larger than %zu MiB", name, FILE_MAX_BYTES >> 20);
}

/* Reads to the end of fd, into room for `capacity` bytes at first; one more than the size saves growing it. */
static const char *read_all(struct arena *a, int fd, size_t capacity, struct file_bytes *out)
{
	char *bytes = arena_alloc(a, capacity + 1, 1, 1);

	out->length = 0;
	for (;;) {
		ssize_t n = read(fd, bytes + out->length, capacity - out->length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return text_format(a, "cannot read %s: %s", out->name, strerror(errno));
		if (!n)
			break;
		out->length += (size_t)n;
		if (out->length > FILE_MAX_BYTES)
			return too_large(a, out->name);
		if (out->length == capacity) {
			bytes = arena_grow(a, bytes, capacity + 1, capacity * 2 + 1, 1, 1);
			capacity *= 2;
		}
	}
	out->bytes = bytes;
	return NULL;
}

/*
 * Unpacks all members of a gzip file into `to`, of `room` bytes, or only counts the bytes if that is NULL. Returns
 * false if the data are damaged; *length above FILE_MAX_BYTES means that it gave up.
 */
static bool unpack(const struct file_bytes *packed, char *to, size_t room, size_t *length)
{
	unsigned char piece[32768];
	/* zlib only reads there, but its header says so only if ZLIB_CONST is defined before any other includes it. */
	z_stream z = {.next_in = (Bytef *)(uintptr_t)packed->bytes, .avail_in = (uInt)packed->length};
	int status = Z_OK;

	*length = 0;
	if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		return false;
	while (*length <= FILE_MAX_BYTES) {
		size_t left = to ? room - *length : sizeof(piece), step;

		/* With no room left, the end of the stream is still to be read. */
		z.next_out = to && left ? (unsigned char *)to + *length : piece;
		z.avail_out = (uInt)(left ? left : 1);
		step = z.avail_out;
		status = inflate(&z, Z_NO_FLUSH);
		step -= z.avail_out;
		*length += step;
		if (status == Z_STREAM_END && !z.avail_in)
			break;
		if (status == Z_STREAM_END)
			status = inflateReset(&z);
		if (status != Z_OK || (to && !left && step))
			break;
	}
	inflateEnd(&z);
	return status == Z_STREAM_END || *length > FILE_MAX_BYTES;
}

/* Two passes, so that a small file which would unpack to something huge takes time but no memory. */
static const char *unpack_file(struct arena *a, const struct file_bytes *packed, struct file_bytes *out)
{
	size_t length, again;
	char *bytes;

	if (!unpack(packed, NULL, 0, &length))
		return text_format(a, "cannot read %s: damaged gzip data", out->name);
	if (length > FILE_MAX_BYTES)
		return too_large(a, out->name);
	bytes = arena_alloc(a, length + 1, 1, 1);
	if (!unpack(packed, bytes, length, &again) || again != length)
		return text_format(a, "cannot read %s: damaged gzip data", out->name);
	out->bytes = bytes;
	out->length = length;
	return NULL;
}

static bool is_gzip(const char *bytes, size_t length)
{
	return bytes && length >= 2 && !memcmp(bytes, "\x1f\x8b", 2);
}

/* Reads a plain file of known size, right to where its text stays. Returns NULL, or an error. */
static const char *read_plain(struct arena *a, int fd, off_t size, struct file_bytes *out)
{
	return size > (off_t)FILE_MAX_BYTES ? too_large(a, out->name) : read_all(a, fd, (size_t)size + 1, out);
}

/* Reads what is packed or of unknown size; the text is copied once it is complete. */
static const char *read_stream(struct arena *a, int fd, struct file_bytes *out)
{
	struct arena scratch = {0};
	struct file_bytes raw = {.name = out->name};
	const char *error = read_all(&scratch, fd, PIECE, &raw);

	if (error) {
		error = arena_text(a, error, strlen(error));
	} else if (is_gzip(raw.bytes, raw.length)) {
		error = unpack_file(a, &raw, out);
	} else {
		out->bytes = arena_text(a, raw.bytes, raw.length);
		out->length = raw.length;
	}
	arena_release(&scratch);
	return error;
}

static const char *read_open(struct arena *a, int fd, struct file_bytes *out)
{
	struct stat status;
	char magic[2];
	bool regular = !fstat(fd, &status) && S_ISREG(status.st_mode);

	if (regular && !is_gzip(magic, pread(fd, magic, 2, 0) == 2 ? 2 : 0))
		return read_plain(a, fd, status.st_size, out);
	return read_stream(a, fd, out);
}

static void add(struct arena *a, struct file_set *set, const struct file_bytes *f)
{
	ARENA_RESERVE(a, set->file, set->capacity, set->count + 1, struct file_bytes);
	set->file[set->count++] = *f;
}

static const char *add_file(struct arena *a, struct file_set *set, const char *path)
{
	struct file_bytes f = {.name = arena_text(a, path, strlen(path))};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *error;

	if (fd < 0)
		return text_format(a, "cannot read %s: %s", path, strerror(errno));
	error = read_open(a, fd, &f);
	close(fd);
	if (!error)
		add(a, set, &f);
	return error;
}

static bool has_ending(const char *name, size_t length, const char *ending)
{
	size_t n = strlen(ending);

	return length > n && !memcmp(name + length - n, ending, n);
}

static bool is_input(const char *name)
{
	size_t length = strlen(name);

	if (has_ending(name, length, ".gz"))
		length -= 3;
	return has_ending(name, length, ".yaml") || has_ending(name, length, ".yml") ||
	       has_ending(name, length, ".json");
}

/* The paths of a folder's inputs. */
struct paths {
	const char **path;
	size_t count, capacity;
};

static const char *list_folder(struct arena *a, struct arena *scratch, struct paths *paths, const char *folder,
			       int depth);

static const char *list_entry(struct arena *a, struct arena *scratch, struct paths *paths, const char *path,
			      const char *name, int depth)
{
	struct stat own, target;

	if (lstat(path, &own))
		return text_format(a, "cannot read %s: %s", path, strerror(errno));
	if (S_ISDIR(own.st_mode))
		return list_folder(a, scratch, paths, path, depth + 1);
	if (!is_input(name))
		return NULL;
	if (stat(path, &target))
		return text_format(a, "cannot read %s: %s", path, strerror(errno));
	/* A symbolic link to a folder, a device or a pipe is no input. */
	if (!S_ISREG(target.st_mode))
		return NULL;
	ARENA_RESERVE(scratch, paths->path, paths->capacity, paths->count + 1, const char *);
	paths->path[paths->count++] = path;
	return NULL;
}

static const char *list_folder(struct arena *a, struct arena *scratch, struct paths *paths, const char *folder,
			       int depth)
{
	size_t length = strlen(folder);
	const char *error = NULL;
	struct dirent *entry;
	DIR *dir;

	if (depth > DEPTH_MAX)
		return text_format(a, "cannot read %s: more than %d folders deep", folder, DEPTH_MAX);
	while (length > 1 && folder[length - 1] == '/')
		length--;
	dir = opendir(folder);
	if (!dir)
		return text_format(a, "cannot read %s: %s", folder, strerror(errno));
	while (!error && (entry = readdir(dir))) {
		const char *slash = folder[length - 1] == '/' ? "" : "/";

		/* As "*.yaml" does in a shell, this leaves out hidden files. */
		if (entry->d_name[0] != '.')
			error = list_entry(a, scratch, paths,
					   text_format(scratch, "%.*s%s%s", (int)length, folder, slash, entry->d_name),
					   entry->d_name, depth);
	}
	closedir(dir);
	return error;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *add_folder(struct arena *a, struct file_set *set, const char *path)
{
	struct arena scratch = {0};
	struct paths paths = {0};
	const char *error = list_folder(a, &scratch, &paths, path, 1);

	if (!error && !paths.count)
		error = text_format(a, "cannot read %s: no *.yaml, *.yml or *.json file in this folder", path);
	if (paths.count)
		qsort(paths.path, paths.count, sizeof(paths.path[0]), compare_paths);
	for (size_t i = 0; i < paths.count && !error; i++)
		error = add_file(a, set, paths.path[i]);
	arena_release(&scratch);
	return error;
}

const char *file_add(struct arena *a, struct file_set *set, const char *path)
{
	struct file_bytes f = {.name = "<stdin>"};
	const char *error;
	struct stat status;

	if (!strcmp(path, "-")) {
		error = read_open(a, STDIN_FILENO, &f);
		if (!error)
			add(a, set, &f);
		return error;
	}
	if (!*path)
		return "cannot read a file without a name";
	if (stat(path, &status))
		return text_format(a, "cannot read %s: %s", path, strerror(errno));
	return S_ISDIR(status.st_mode) ? add_folder(a, set, path) : add_file(a, set, path);
}

/* Writes all bytes and closes fd; false leaves the cause in errno. */
static bool write_all(int fd, const char *bytes, size_t length)
{
	int cause = 0;

	while (length && !cause) {
		ssize_t n = write(fd, bytes, length);

		if (n >= 0) {
			bytes += n;
			length -= (size_t)n;
		} else if (errno != EINTR) {
			cause = errno;
		}
	}
	if (close(fd) && !cause)
		cause = errno;
	errno = cause;
	return !cause;
}

static const char *cannot_write(struct arena *a, const char *path)
{
	return text_format(a, "cannot write %s: %s", path, strerror(errno));
}

bool file_is_plain(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

const char *file_read_beside(struct arena *a, const char *beside, const char *name, const char **path,
			     struct file_bytes *out)
{
	const char *slash = beside != NULL ? strrchr(beside, '/') : NULL, *wrong;
	struct file_set set = {0};

	*path = name;
	if (name[0] != '/' && slash != NULL)
		*path = text_format(a, "%.*s/%s", (int)(slash - beside), beside, name);
	if (!file_is_plain(*path))
		return text_format(a, "cannot read %s: no such file, or not a plain one", *path);
	wrong = file_add(a, &set, *path);
	if (wrong == NULL && set.file != NULL)
		*out = set.file[0];
	return wrong;
}

const char *file_write(struct arena *a, const char *path, const char *bytes, size_t length)
{
	const char *temporary = path;
	struct stat status;
	bool in_place = !stat(path, &status) && !S_ISREG(status.st_mode);
	int fd = -1;

	/* A device or a pipe, such as /dev/stdout, is written to and not replaced. */
	if (in_place)
		fd = open(path, O_WRONLY | O_CLOEXEC);
	for (int i = 0; !in_place && fd < 0 && i < 100; i++) {
		temporary = text_format(a, "%s.%ld-%d.tmp", path, (long)getpid(), i);
		fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0)
		return cannot_write(a, path);
	if (write_all(fd, bytes, length) && (in_place || !rename(temporary, path)))
		return NULL;
	if (!in_place) {
		int cause = errno;

		unlink(temporary);
		errno = cause;
	}
	return cannot_write(a, path);
}
