/* recording_read.c - reads a recording back; whatever the bytes are, it ends in words and not in a crash. */
#include <inttypes.h>
#include <string.h>
#include <zlib.h>

#include "report/recording_parts.h"
#include "report/version.h"

/* Bytes being read; bad once they ended too early. */
struct bytes {
	const unsigned char *at, *end;
	bool bad;
};

/* A piece: its head, and its bytes as packed. */
struct piece {
	char what[5];
	uint32_t length;
	struct bytes packed;
};

static size_t left(const struct bytes *b)
{
	return (size_t)(b->end - b->at);
}

static uint64_t get(struct bytes *b)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (b->at == b->end)
			break;
		const unsigned char byte = *b->at++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	b->bad = true;
	return 0;
}

static int64_t get_signed(struct bytes *b)
{
	const uint64_t value = get(b);

	return (int64_t)(value >> 1 ^ (~(value & 1) + 1));
}

static const char *get_text(struct bytes *b, struct arena *a)
{
	const uint64_t length = get(b);

	if (b->bad || length > left(b) || memchr(b->at, 0, length) != NULL) {
		b->bad = true;
		return "";
	}
	const char *text = arena_text(a, (const char *)b->at, length);
	b->at += length;
	return text;
}

/* ---- pieces ---- */

static uint32_t fixed(const unsigned char *b)
{
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* The next piece, and its checksum. Returns NULL, "torn" where the file ends within it, or "damaged". */
static const char *next_piece(struct bytes *b, struct piece *p)
{
	if (left(b) < RECORDING_HEAD)
		return "torn";
	const uint32_t packed = fixed(b->at + 8);
	memcpy(p->what, b->at, 4);
	p->what[4] = '\0';
	p->length = fixed(b->at + 4);
	if (p->length / RECORDING_RATIO > packed)
		return "damaged";
	if (packed > left(b) - RECORDING_HEAD)
		return "torn";
	p->packed = (struct bytes){b->at + RECORDING_HEAD, b->at + RECORDING_HEAD + packed, false};
	const uLong crc = crc32(crc32(0, b->at, 12), p->packed.at, packed);
	if (crc != fixed(b->at + 12))
		return "damaged";
	b->at = p->packed.end;
	return NULL;
}

static struct bytes unpack(const struct piece *p, struct arena *a)
{
	unsigned char *raw = ARENA_NEW(a, (size_t)p->length + 1, unsigned char);
	uLongf length = p->length;
	const bool good = uncompress(raw, &length, p->packed.at, (uLong)left(&p->packed)) == Z_OK;

	return (struct bytes){raw, raw + p->length, !good || length != p->length};
}

static const char *wrong_schema(const struct recording *rec, struct arena *a)
{
	return text_format(a,
			   "%s: was written by nodefall %s, whose facts are others than those of this one (%s)\n"
			   "  = help: report on it with the program that wrote it, or simulate its scenario again",
			   rec->name, rec->version, NODEFALL_VERSION);
}

static const char *read_head(struct recording *rec, struct bytes b, struct arena *a)
{
	const uint64_t schema = get(&b);

	rec->version = get_text(&b, a);
	rec->seed = get(&b);
	rec->explain = get_text(&b, a);
	rec->sets = (uint32_t)get(&b);
	if (b.bad || rec->sets > left(&b))
		return "damaged";
	rec->set = ARENA_NEW(a, rec->sets, const char *);
	for (uint32_t i = 0; i < rec->sets; i++)
		rec->set[i] = get_text(&b, a);
	if (b.bad)
		return "damaged";
	return schema == recording_schema() ? NULL : wrong_schema(rec, a);
}

static const char *read_file(struct recording *rec, struct bytes b, struct arena *a)
{
	const char *name = get_text(&b, a);

	if (b.bad)
		return "damaged";
	ARENA_RESERVE(a, rec->files.file, rec->files.capacity, rec->files.count + 1, struct file_bytes);
	rec->files.file[rec->files.count++] = (struct file_bytes){name, (const char *)b.at, left(&b)};
	return NULL;
}

static const char *read_tail(struct recording *rec, struct bytes b)
{
	rec->facts = get(&b);
	rec->digest = get(&b);
	rec->events = get(&b);
	rec->end = get_signed(&b);
	rec->interrupted = get(&b) != 0;
	return b.bad || rec->end < 0 ? "damaged" : NULL;
}

/* One piece but those of facts, which stay packed. */
static const char *read_piece(struct recording *rec, const struct piece *p, struct arena *a, bool *ends)
{
	struct bytes b = unpack(p, a);

	if (b.bad)
		return "damaged";
	if (strcmp(p->what, "file") == 0)
		return read_file(rec, b, a);
	if (strcmp(p->what, "name") == 0) {
		rec->first_name = (uint32_t)get(&b);
		rec->names = b.at;
		rec->names_length = left(&b);
		return b.bad ? "damaged" : NULL;
	}
	if (strcmp(p->what, "note") == 0) {
		rec->remarks = b.at;
		rec->remarks_length = left(&b);
		return NULL;
	}
	*ends = strcmp(p->what, "tail") == 0;
	return *ends ? read_tail(rec, b) : "damaged";
}

bool recording_is(const char *bytes, size_t length)
{
	return length >= RECORDING_MAGIC_LENGTH - 1 && memcmp(bytes, RECORDING_MAGIC, RECORDING_MAGIC_LENGTH - 1) == 0;
}

/* What is wrong with it, where the pieces that were whole end. */
static const char *complaint(const struct recording *rec, const char *why, uint64_t pieces, size_t at, struct arena *a)
{
	if (strcmp(why, "torn") == 0)
		return text_format(a,
				   "%s: torn: ends in the middle, after %zu bytes and at most %" PRIu64 " facts\n"
				   "  = help: it was not written or copied to its end; simulate its scenario again",
				   rec->name, at, pieces * RECORDING_FACTS);
	if (strcmp(why, "damaged") == 0)
		return text_format(a, "%s: damaged: the checksum or the contents of the piece at byte %zu are wrong",
				   rec->name, at);
	return why;
}

const char *recording_read(struct recording *rec, struct arena *a, const char *name, const char *bytes, size_t length)
{
	struct bytes b = {(const unsigned char *)bytes, (const unsigned char *)bytes + length, false};
	const char *wrong = NULL;
	bool ends = false, begun = false;
	uint64_t pieces = 0;
	struct piece p;
	size_t at = 0;

	*rec = (struct recording){.name = name};
	if (!recording_is(bytes, length) || length < RECORDING_MAGIC_LENGTH)
		return text_format(a, "%s: is no recording; nodefall run --record %s makes one", name, name);
	if (bytes[RECORDING_MAGIC_LENGTH - 1] != RECORDING_MAGIC[RECORDING_MAGIC_LENGTH - 1])
		return text_format(a, "%s: is a recording of a layout that this nodefall (%s) does not know", name,
				   NODEFALL_VERSION);
	b.at += RECORDING_MAGIC_LENGTH;
	while (wrong == NULL && !ends) {
		at = (size_t)(b.at - (const unsigned char *)bytes);
		wrong = next_piece(&b, &p);
		if (wrong != NULL)
			break;
		if (!begun) {
			struct bytes head = unpack(&p, a);

			begun = true;
			wrong = strcmp(p.what, "head") != 0 || head.bad ? "damaged" : read_head(rec, head, a);
		} else if (strcmp(p.what, "fact") == 0) {
			if (pieces++ == 0)
				rec->packed = (const unsigned char *)bytes + at;
			rec->packed_length = (size_t)(b.at - rec->packed);
		} else {
			wrong = read_piece(rec, &p, a, &ends);
		}
	}
	if (wrong == NULL && (rec->names == NULL || rec->remarks == NULL || left(&b) > 0))
		wrong = "damaged";
	return wrong != NULL ? complaint(rec, wrong, pieces, at, a) : NULL;
}

/* ---- facts ---- */

/* Interns the names in their order. False when one is not new: they belong to another scenario. */
static bool read_names(struct names *n, struct bytes b, struct arena *a)
{
	const uint64_t count = get(&b);

	for (uint64_t i = 0; i < count && !b.bad; i++) {
		const uint32_t before = n->count;
		const char *text = get_text(&b, a);

		if (!b.bad && *text != '\0' && (names_intern(n, text), n->count) != before + 1)
			return false;
	}
	return !b.bad && n->count == count;
}

/* Rows and kinds within their bounds, so that no report is led astray. */
static bool plausible(const struct recording *rec, const struct scenario *s, const struct run *r, uint64_t told,
		      const struct fact *f)
{
	const struct fact_columns *c;

	if (f->kind >= FACT_KINDS || f->at < r->now || f->at > rec->end)
		return false;
	c = fact_columns(f->kind);
	if (f->node != FACT_NONE && f->node >= s->objects.node_count)
		return false;
	if (f->pod != FACT_NONE && f->pod > s->objects.pod_count + told)
		return false;
	const size_t length = strlen(c->object);
	if (length >= 4 && strcmp(c->object + length - 4, "name") == 0)
		return f->object == FACT_NONE || f->object < r->names.first + r->names.count;
	if (strcmp(c->object, "table") == 0)
		return f->object < r->remarks.count;
	return f->object == FACT_NONE || f->object <= (uint64_t)s->objects.workload_count + s->objects.service_count +
							      s->failure_count + s->group_count + SCENARIO_HOSTS_MAX +
							      FACT_KINDS + told;
}

/* Where facts are read to, and the time and number of the last. */
struct reading {
	const struct recording *rec;
	const struct scenario *scenario;
	struct run *run;
	struct facts *facts;
};

static bool read_facts(const struct reading *to, struct bytes b)
{
	struct fact f = {0};

	while (b.at < b.end) {
		f.at = (sim_time)((uint64_t)f.at + get(&b));
		f.kind = (uint16_t)get(&b);
		f.flag = (uint16_t)get(&b);
		f.node += (uint32_t)get_signed(&b);
		f.pod += (uint32_t)get_signed(&b);
		f.object += (uint32_t)get_signed(&b);
		f.a = get_signed(&b);
		f.b = get_signed(&b);
		f.c = get_signed(&b);
		if (b.bad || !plausible(to->rec, to->scenario, to->run, to->facts->count, &f))
			return false;
		to->run->now = f.at;
		if (f.kind == FACT_POD_ATTEMPT)
			fact_remark(to->facts, &f);
		else
			fact_tell(to->facts, &f);
	}
	return true;
}

/* All pieces of facts; NULL, or what is wrong. */
static const char *read_all(const struct reading *to, struct arena *a)
{
	const struct recording *rec = to->rec;
	struct bytes pieces = {rec->packed, rec->packed + rec->packed_length, false};
	struct piece p;

	to->run->now = 0;
	while (left(&pieces) > 0) {
		struct arena scratch = {0};
		bool good = next_piece(&pieces, &p) == NULL;

		if (good) {
			struct bytes b = unpack(&p, &scratch);
			good = !b.bad && read_facts(to, b);
		}
		arena_release(&scratch);
		if (!good)
			return text_format(a, "%s: damaged: fact %" PRIu64 " cannot be", rec->name, to->facts->count);
	}
	if (to->facts->count != rec->facts || to->facts->digest != rec->digest)
		return text_format(a, "%s: damaged: its facts do not have the digest that it tells", rec->name);
	return NULL;
}

/* Readers are told nothing unless all facts are what they were: the first time they are only looked at. */
static const char *verify(struct reading to, struct arena *a)
{
	struct arena scratch = {0};
	struct facts facts;

	facts_init(&facts, &scratch, false);
	to.facts = &facts;
	const char *wrong = read_all(&to, a);
	arena_release(&scratch);
	return wrong;
}

const char *recording_replay(const struct recording *rec, const struct scenario *s, struct run *r, struct arena *a,
			     void (*subscribe)(struct run *r, void *context), void *context)
{
	const struct reading to = {rec, s, r, &r->facts};

	run_init(r, rec->seed, 0, &s->names, true);
	if (subscribe != NULL)
		subscribe(r, context);
	if (r->names.first != rec->first_name ||
	    !read_names(&r->names, (struct bytes){rec->names, rec->names + rec->names_length, false}, a) ||
	    !read_names(&r->remarks, (struct bytes){rec->remarks, rec->remarks + rec->remarks_length, false}, a))
		return text_format(a, "%s: its names do not fit its scenario as this nodefall (%s) reads it", rec->name,
				   NODEFALL_VERSION);
	const char *wrong = verify(to, a);
	if (wrong != NULL)
		return wrong;
	read_all(&to, a);
	facts_finish(&r->facts);
	r->now = rec->end;
	r->events = rec->events;
	return NULL;
}
