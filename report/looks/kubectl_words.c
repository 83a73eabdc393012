/* kubectl_words.c - what kubectl's tables, documents and descriptions share. */
#include <stdlib.h>
#include <string.h>

#include "report/looks/human.h"
#include "report/looks/identity.h"
#include "report/looks/kubectl.h"

const char *kubectl_age(const struct kubectl *k, sim_time since)
{
	return since == SIM_NEVER ? "<unknown>" : human_age(k->arena, k->look->at - since);
}

const char *kubectl_text(const struct kubectl *k, uint32_t name)
{
	return names_text(k->look->names, name);
}

const char *kubectl_or_none(const char *text)
{
	return *text != '\0' ? text : "<none>";
}

const char *kubectl_version(const struct kubectl *k)
{
	return text_format(k->arena, "v1.%d.0", k->look->scenario->kubernetes);
}

const char *kubectl_effect(uint8_t effect)
{
	static const char *const name[] = {"", "NoSchedule", "PreferNoSchedule", "NoExecute"};

	return name[effect];
}

sim_time kubectl_pod_start(const struct kubectl *k, uint32_t pod)
{
	struct kubectl_told what = {.kind = FACT_POD_BOUND, .node = FACT_NONE, .pod = pod, .object = FACT_NONE};

	return kubectl_told(k, what, k->look->view->pod[pod].created);
}

const char *kubectl_container_id(const struct kubectl *k, uint32_t pod, uint32_t i, uint32_t attempt)
{
	const struct runtime *r = k->look->node[k->look->view->pod[pod].node].runtime;

	return text_format(k->arena, "%s://%s", identity_runtime_name(r),
			   identity_container(k->arena, k->look, pod, i, attempt));
}

const char *kubectl_image_id(const struct kubectl *k, const char *image)
{
	const char *full = identity_reference(k->arena, image);

	return text_format(k->arena, "%s@%s", identity_repository(k->arena, full),
			   identity_digest(k->arena, k->look, image));
}

/* ---- labels ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "key=value" of each, sorted. */
static const char **label_texts(const struct kubectl *k, const struct labels *l)
{
	const char **text = ARENA_NEW(k->arena, l->count, const char *);

	for (uint32_t i = 0; i < l->count; i++)
		text[i] = text_format(k->arena, "%s=%s", kubectl_text(k, l->item[i].key),
				      kubectl_text(k, l->item[i].value));
	if (l->count > 0)
		qsort(text, l->count, sizeof(*text), by_text);
	return text;
}

const char *kubectl_labels(const struct kubectl *k, const struct labels *l)
{
	const char **text = label_texts(k, l);
	struct text out;

	text_init(&out, k->arena);
	for (uint32_t i = 0; i < l->count; i++)
		text_printf(&out, "%s%s", i > 0 ? "," : "", text[i]);
	return kubectl_or_none(out.data);
}

void kubectl_describe_labels(const struct kubectl *k, const char *title, const struct labels *l, struct text *out)
{
	const char **text = label_texts(k, l);

	text_printf(out, "%s\t", title);
	if (l->count == 0)
		text_add(out, "<none>\n");
	for (uint32_t i = 0; i < l->count; i++)
		text_printf(out, "%s%s\n", i > 0 ? "\t" : "", text[i]);
}

static void add_requirement(const struct kubectl *k, const struct requirement *r, struct text *out)
{
	const char *key = kubectl_text(k, r->key);

	if (r->op == OP_EXISTS || r->op == OP_DOES_NOT_EXIST) {
		text_printf(out, "%s%s", r->op == OP_EXISTS ? "" : "!", key);
		return;
	}
	if (r->op == OP_IN && r->count == 1) {
		text_printf(out, "%s=%s", key, kubectl_text(k, r->value[0]));
		return;
	}
	text_printf(out, "%s %s (", key, r->op == OP_IN ? "in" : "notin");
	for (uint32_t i = 0; i < r->count; i++)
		text_printf(out, "%s%s", i > 0 ? "," : "", kubectl_text(k, r->value[i]));
	text_add(out, ")");
}

const char *kubectl_selector(const struct kubectl *k, const struct selector *s)
{
	const char **text = ARENA_NEW(k->arena, s->count, const char *);
	struct text out;

	for (uint32_t i = 0; i < s->count; i++) {
		struct text one;

		text_init(&one, k->arena);
		add_requirement(k, &s->item[i], &one);
		text[i] = one.data;
	}
	if (s->count > 0)
		qsort(text, s->count, sizeof(*text), by_text);
	text_init(&out, k->arena);
	for (uint32_t i = 0; i < s->count; i++)
		text_printf(&out, "%s%s", i > 0 ? "," : "", text[i]);
	return kubectl_or_none(out.data);
}

/* ---- containers ---- */

const char *kubectl_containers(const struct kubectl *k, const struct pod_spec *s)
{
	struct text out;

	text_init(&out, k->arena);
	for (uint32_t i = 0; i < s->container_count; i++)
		text_printf(&out, "%s%s", i > 0 ? "," : "", kubectl_text(k, s->container[i].name));
	return out.data;
}

const char *kubectl_images(const struct kubectl *k, const struct pod_spec *s)
{
	struct text out;

	text_init(&out, k->arena);
	for (uint32_t i = 0; i < s->container_count; i++)
		text_printf(&out, "%s%s", i > 0 ? "," : "", kubectl_text(k, s->container[i].image));
	return out.data;
}

/* ---- documents ---- */

static void set_labels(const struct kubectl *k, struct doc *map, const struct labels *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		doc_set_text(map, kubectl_text(k, l->item[i].key), kubectl_text(k, l->item[i].value));
}

struct doc *kubectl_metadata(const struct kubectl *k, struct doc *object, const char *namespace, const char *name,
			     const char *uid, const struct labels *labels, sim_time created)
{
	struct doc *m = doc_set_map(object, "metadata");

	if (created != SIM_NEVER)
		doc_set_text(m, "creationTimestamp",
			     human_stamp(k->arena, k->look->scenario->start_time, created, false));
	if (labels->count > 0)
		set_labels(k, doc_set_map(m, "labels"), labels);
	doc_set_text(m, "name", name);
	if (*namespace != '\0')
		doc_set_text(m, "namespace", namespace);
	doc_set_text(m, "uid", uid);
	return m;
}

/* ---- facts ---- */

struct search {
	struct kubectl_told what;
	sim_time found;
	bool done;
};

static void see(void *state, const struct fact *facts, size_t count)
{
	struct search *s = state;

	for (size_t i = 0; i < count && !s->done; i++) {
		const struct fact *f = &facts[i];

		if (f->kind != s->what.kind || (s->what.node != FACT_NONE && f->node != s->what.node) ||
		    (s->what.pod != FACT_NONE && f->pod != s->what.pod) ||
		    (s->what.object != FACT_NONE && f->object != s->what.object) ||
		    (s->what.has_flag && f->flag != s->what.flag))
			continue;
		s->found = f->at;
		s->done = !s->what.last;
	}
}

sim_time kubectl_told(const struct kubectl *k, struct kubectl_told what, sim_time otherwise)
{
	struct search s = {.what = what, .found = otherwise};

	facts_each(&k->outcome->run->facts, (struct fact_reader){.see = see, .state = &s});
	return s.found;
}
