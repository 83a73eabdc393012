/* kubectl.c - reads what is asked of kubectl get and describe, has it listed, and prints it. */
#include "report/looks/kubectl.h"

#include <stdlib.h>
#include <string.h>

#include "report/looks/identity.h"
#include "report/looks/tabs.h"
#include "sim/diag.h"

/* In the order of `kubectl get all`, which takes the first of them; kubectl's category "all". */
static const struct kubectl_kind *const kinds[] = {
	&kubectl_kind_pods,
	&kubectl_kind_services,
	&kubectl_kind_daemon_sets,
	&kubectl_kind_deployments,
	&kubectl_kind_replica_sets,
	&kubectl_kind_stateful_sets,
	&kubectl_kind_autoscalers,
	&kubectl_kind_cron_jobs,
	&kubectl_kind_jobs,
	/* the others */
	&kubectl_kind_nodes,
	&kubectl_kind_namespaces,
	&kubectl_kind_leases,
	&kubectl_kind_endpoints,
	&kubectl_kind_slices,
	&kubectl_kind_budgets,
	&kubectl_kind_claims,
	&kubectl_kind_volumes,
	&kubectl_kind_classes,
	&kubectl_kind_events,
	NULL,
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]) - 1)
#define CATEGORY_ALL 9

/* What one command asks for, kind by kind. */
struct request {
	const struct kubectl_kind *kind;
	const char **name;
	uint32_t names;
};

struct requests {
	struct request *item;
	uint32_t count, capacity;
	bool prefix; /* names are printed as KIND/NAME, for there may be several kinds */
};

const struct kubectl_kind *const *kubectl_kinds(void)
{
	return kinds;
}

/* ---- words ---- */

static bool is_word(const char *words, const char *word, size_t length)
{
	while (*words != '\0') {
		const size_t n = strcspn(words, " ");

		if (n == length && strncasecmp(words, word, n) == 0)
			return true;
		words += n + (words[n] == ' ');
	}
	return false;
}

const struct kubectl_kind *kubectl_kind_find(const char *word, size_t length)
{
	const char *dot = memchr(word, '.', length);
	const size_t own = dot != NULL ? (size_t)(dot - word) : length;

	for (size_t i = 0; i < KINDS; i++) {
		const struct kubectl_kind *k = kinds[i];

		if (!is_word(k->name, word, own) && !is_word(k->singular, word, own) && !is_word(k->aliases, word, own))
			continue;
		if (dot == NULL ||
		    (strlen(k->group) == length - own - 1 && strncmp(dot + 1, k->group, strlen(k->group)) == 0))
			return k;
	}
	return NULL;
}

static int unknown_kind(const struct kubectl *k, const char *word, size_t length)
{
	const char *name[KINDS], *near;

	for (size_t i = 0; i < KINDS; i++)
		name[i] = kinds[i]->name;
	near = diag_nearest(arena_text(k->arena, word, length), name, KINDS);
	text_printf(k->errors, "error: the server doesn't have a resource type \"%.*s\"\n", (int)length, word);
	if (near != NULL) {
		text_printf(k->errors, "help: did you mean \"%s\"?\n", near);
		return 2;
	}
	text_add(k->errors, "help: there are all");
	for (size_t i = 0; i < KINDS; i++)
		text_printf(k->errors, ", %s", name[i]);
	text_add(k->errors, "\n");
	return 2;
}

static struct request *add_request(const struct kubectl *k, struct requests *r, const struct kubectl_kind *kind)
{
	ARENA_RESERVE(k->arena, r->item, r->capacity, r->count + 1, struct request);
	r->item[r->count] = (struct request){.kind = kind};
	return &r->item[r->count++];
}

/* "pods,svc" or "all". */
static int read_kinds(const struct kubectl *k, struct requests *r, const char *word)
{
	if (strcmp(word, "all") == 0) {
		for (size_t i = 0; i < CATEGORY_ALL; i++)
			add_request(k, r, kinds[i]);
		r->prefix = true;
		return 0;
	}
	for (;;) {
		const size_t length = strcspn(word, ",");
		const struct kubectl_kind *kind = kubectl_kind_find(word, length);

		if (kind == NULL)
			return unknown_kind(k, word, length);
		add_request(k, r, kind);
		if (word[length] == '\0')
			break;
		word += length + 1;
	}
	r->prefix = r->count > 1;
	return 0;
}

/* "KIND/NAME", each a request of its own unless the one before is of the same kind. */
static int read_pairs(const struct kubectl *k, struct requests *r, const char *const word[], uint32_t words)
{
	for (uint32_t i = 0; i < words; i++) {
		const size_t length = strcspn(word[i], "/");
		const struct kubectl_kind *kind = kubectl_kind_find(word[i], length);
		struct request *q;

		if (word[i][length] == '\0' || word[i][length + 1] == '\0') {
			text_add(k->errors, "error: there is no need to specify a resource type as a separate argument "
					    "when passing arguments in resource/name form\n");
			return 2;
		}
		if (kind == NULL)
			return unknown_kind(k, word[i], length);
		if (r->count > 0 && r->item[r->count - 1].kind == kind) {
			q = &r->item[r->count - 1];
		} else {
			q = add_request(k, r, kind);
			q->name = ARENA_NEW(k->arena, words, const char *);
		}
		q->name[q->names++] = word[i] + length + 1;
	}
	r->prefix = r->count > 1;
	return 0;
}

static int read_words(const struct kubectl *k, struct requests *r, const char *const word[], uint32_t words,
		      const struct kubectl_query *query)
{
	int code;

	if (strchr(word[0], '/') != NULL) {
		code = read_pairs(k, r, word, words);
	} else {
		code = read_kinds(k, r, word[0]);
		for (uint32_t i = 0; code == 0 && i < r->count; i++) {
			r->item[i].names = words - 1;
			r->item[i].name = ARENA_NEW(k->arena, words, const char *);
			memcpy(r->item[i].name, word + 1, (words - 1) * sizeof(*word));
		}
	}
	for (uint32_t i = 0; code == 0 && query->truth && i < r->count; i++) {
		if (r->item[i].kind->has_truth)
			continue;
		text_printf(k->errors,
			    "error: --truth knows pods and nodes: of %s there is nothing but what the API server "
			    "holds\n",
			    r->item[i].kind->name);
		code = 2;
	}
	if (code == 0 && r->count > 0 && query->namespace == NULL && r->item[0].names > 0 &&
	    r->item[0].kind->namespaced) {
		text_add(k->errors, "error: a resource cannot be retrieved by name across all namespaces\n");
		code = 1;
	}
	return code;
}

/* Nobody can be asked. The words are kubectl's and etcd's (recalled). */
static bool is_unreachable(const struct kubectl *k, const struct kubectl_query *query)
{
	const char *server = identity_api_server(k->arena);

	if (query->truth)
		return false;
	switch (k->look->api) {
	case LOOK_API_ANSWERS:
		return false;
	case LOOK_API_DOWN:
		text_printf(k->errors,
			    "The connection to the server %s was refused - did you specify the right host or port?\n",
			    server);
		break;
	case LOOK_API_NO_ETCD:
		text_add(k->errors, "Error from server: etcdserver: request timed out\n");
		break;
	case LOOK_API_UNREACHABLE:
		text_printf(k->errors, "Unable to connect to the server: dial tcp %s: i/o timeout\n", server);
		break;
	}
	text_add(k->errors, "help: \"get nodes --truth\" and \"get pods --truth\" show what is, whoever answers\n");
	return true;
}

/* ---- lists ---- */

/* Texts between '|' become heads. */
static uint32_t add_heads(struct kubectl_list *l, const char *heads)
{
	while (*heads != '\0') {
		const size_t length = strcspn(heads, "|");

		l->head[l->columns++] = arena_text(l->k->arena, heads, length);
		heads += length + (heads[length] == '|');
	}
	return l->columns;
}

void kubectl_columns(struct kubectl_list *l, const char *narrow, const char *wide)
{
	l->columns = 0;
	l->narrow = add_heads(l, narrow);
	add_heads(l, wide);
}

struct kubectl_row *kubectl_row_named(struct kubectl_list *l, const char *namespace, const char *name,
				      const struct labels *labels, uint32_t row, sim_time at)
{
	const struct kubectl_query *q = l->query;
	bool named = q->names == 0;

	if (q->namespace != NULL && *namespace != '\0' && strcmp(q->namespace, namespace) != 0)
		return NULL;
	for (uint32_t i = 0; i < q->names && !named; i++)
		named = strcmp(q->name[i], name) == 0;
	if (!named || !label_query_matches(&q->labels, labels, l->k->look->names))
		return NULL;
	ARENA_RESERVE(l->k->arena, l->row, l->capacity, l->rows + 1, struct kubectl_row);
	struct kubectl_row *r = &l->row[l->rows++];
	*r = (struct kubectl_row){.namespace = namespace, .name = name, .row = row, .at = at};
	return r;
}

struct kubectl_row *kubectl_row(struct kubectl_list *l, uint32_t namespace, uint32_t name, const struct labels *labels,
				uint32_t row)
{
	return kubectl_row_named(l, names_text(l->k->look->names, namespace), names_text(l->k->look->names, name),
				 labels, row, 0);
}

/* As etcd keeps them: by namespace and name. */
static int by_name(const void *a, const void *b)
{
	const struct kubectl_row *x = a, *y = b;
	int order = strcmp(x->namespace, y->namespace);

	if (order == 0)
		order = x->at < y->at ? -1 : x->at > y->at;
	if (order == 0)
		order = strcmp(x->name, y->name);
	return order != 0 ? order : x->row < y->row ? -1 : x->row > y->row;
}

void kubectl_list_sorted(struct kubectl_list *l, const struct kubectl_kind *kind)
{
	kind->list(l);
	if (l->rows > 0)
		qsort(l->row, l->rows, sizeof(*l->row), by_name);
}

static struct kubectl_list list_of(const struct kubectl *k, const struct request *r, const struct kubectl_query *query)
{
	struct kubectl_query *own = ARENA_NEW(k->arena, 1, struct kubectl_query);
	struct kubectl_list l = {.k = k, .query = own};

	*own = *query;
	own->name = r->name;
	own->names = r->names;
	kubectl_list_sorted(&l, r->kind);
	return l;
}

static const char *full_name(const struct kubectl *k, const struct kubectl_kind *kind, const char *name)
{
	return text_format(k->arena, "%s%s%s/%s", kind->singular, *kind->group != '\0' ? "." : "", kind->group, name);
}

static void print_table(const struct kubectl_list *l, const struct request *r, bool prefix)
{
	const struct kubectl *k = l->k;
	const bool spaces = l->query->namespace == NULL && r->kind->namespaced;
	const uint32_t columns = l->query->output == KUBECTL_WIDE ? l->columns : l->narrow;
	struct text source;

	text_init(&source, k->arena);
	text_printf(&source, "%s%s", spaces ? "NAMESPACE\t" : "", l->nameless ? "" : "NAME");
	for (uint32_t c = 0; c < columns; c++)
		text_printf(&source, "%s%s", c > 0 || !l->nameless ? "\t" : "", l->head[c]);
	text_add(&source, "\n");
	for (uint32_t i = 0; i < l->rows; i++) {
		const struct kubectl_row *row = &l->row[i];

		text_printf(&source, "%s%s%s%s", spaces ? row->namespace : "", spaces ? "\t" : "",
			    l->nameless ? ""
			    : prefix    ? full_name(k, r->kind, row->name)
					: row->name,
			    row->suffix != NULL ? row->suffix : "");
		for (uint32_t c = 0; c < columns; c++)
			text_printf(&source, "%s%s", c > 0 || !l->nameless ? "\t" : "", row->cell[c]);
		text_add(&source, "\n");
	}
	tabs_align(k->out, source.data, TABS_KUBECTL);
}

static void print_names(const struct kubectl_list *l, const struct request *r)
{
	for (uint32_t i = 0; i < l->rows; i++)
		text_printf(l->k->out, "%s\n", full_name(l->k, r->kind, l->row[i].name));
}

/* ---- what is missing ---- */

static void not_found(const struct kubectl *k, const struct request *r, const char *name,
		      const struct kubectl_query *query)
{
	struct request all = {.kind = r->kind};
	const struct kubectl_list l = list_of(k, &all, query);
	const char **known = ARENA_NEW(k->arena, l.rows, const char *), *near;

	for (uint32_t i = 0; i < l.rows; i++)
		known[i] = l.row[i].name;
	near = diag_nearest(name, known, l.rows);
	text_printf(k->errors, "Error from server (NotFound): %s%s%s \"%s\" not found\n", r->kind->name,
		    *r->kind->group != '\0' ? "." : "", r->kind->group, name);
	if (near != NULL)
		text_printf(k->errors, "help: did you mean \"%s\"?\n", near);
}

/* Returns whether all names that were asked for are in the list. */
static bool check_names(const struct kubectl *k, const struct request *r, const struct kubectl_list *l,
			const struct kubectl_query *query)
{
	bool all = true;

	for (uint32_t n = 0; n < r->names; n++) {
		bool found = false;

		for (uint32_t i = 0; i < l->rows && !found; i++)
			found = strcmp(l->row[i].name, r->name[n]) == 0;
		if (!found)
			not_found(k, r, r->name[n], query);
		all &= found;
	}
	return all;
}

static void no_resources(const struct kubectl *k, const struct requests *r, const struct kubectl_query *query)
{
	if (r->count > 0 && query->namespace != NULL && r->item[0].kind->namespaced)
		text_printf(k->errors, "No resources found in %s namespace.\n", query->namespace);
	else
		text_add(k->errors, "No resources found\n");
}

/* ---- get ---- */

static int print_documents(const struct kubectl *k, const struct requests *r, const struct kubectl_query *query)
{
	struct doc *root = doc_map(k->arena), *items = doc_list(k->arena);
	bool fine = true;

	for (uint32_t i = 0; i < r->count; i++) {
		const struct kubectl_list l = list_of(k, &r->item[i], query);

		if (r->item[i].kind->document == NULL) {
			text_printf(k->errors, "error: -o json and -o yaml know pods and nodes, not %s\n",
				    r->item[i].kind->name);
			return 2;
		}
		fine &= check_names(k, &r->item[i], &l, query);
		for (uint32_t n = 0; n < l.rows; n++)
			doc_add(items, r->item[i].kind->document(k, l.row[n].row));
	}
	doc_set_text(root, "apiVersion", "v1");
	doc_set(root, "items", items);
	doc_set_text(root, "kind", "List");
	doc_set_text(doc_set_map(root, "metadata"), "resourceVersion", "");
	if (items->count == 1 && r->count > 0 && r->item[0].names > 0)
		root = items->child[0];
	if (!fine && items->count == 0)
		return 1;
	doc_sort(root);
	if (query->output == KUBECTL_JSON)
		doc_print_json(root, 4, k->out);
	else
		doc_print_yaml(root, k->out);
	return fine ? 0 : 1;
}

int kubectl_get(const struct kubectl *k, const char *const word[], uint32_t words, const struct kubectl_query *query)
{
	struct requests r = {0};
	uint32_t printed = 0;
	bool fine = true;
	const int code = read_words(k, &r, word, words, query);

	if (code != 0)
		return code;
	if (is_unreachable(k, query))
		return 1;
	if (query->output == KUBECTL_JSON || query->output == KUBECTL_YAML)
		return print_documents(k, &r, query);
	for (uint32_t i = 0; i < r.count; i++) {
		const struct kubectl_list l = list_of(k, &r.item[i], query);

		fine &= check_names(k, &r.item[i], &l, query);
		if (l.rows == 0)
			continue;
		if (query->output == KUBECTL_NAME) {
			print_names(&l, &r.item[i]);
		} else {
			text_add(k->out, printed > 0 ? "\n" : "");
			print_table(&l, &r.item[i], r.prefix);
		}
		printed++;
	}
	if (printed == 0 && fine)
		no_resources(k, &r, query);
	return fine ? 0 : 1;
}

/* ---- describe ---- */

static int no_description(const struct kubectl *k, const struct kubectl_kind *kind)
{
	text_printf(k->errors, "error: describe knows");
	for (size_t i = 0, n = 0; i < KINDS; i++)
		if (kinds[i]->describe != NULL)
			text_printf(k->errors, "%s %s", n++ > 0 ? "," : "", kinds[i]->name);
	text_printf(k->errors, ", not %s\n", kind->name);
	return 2;
}

int kubectl_describe(const struct kubectl *k, const char *const word[], uint32_t words,
		     const struct kubectl_query *query)
{
	struct requests r = {0};
	uint32_t described = 0;
	bool fine = true;
	const int code = read_words(k, &r, word, words, query);

	if (code != 0)
		return code;
	for (uint32_t i = 0; i < r.count; i++)
		if (r.item[i].kind->describe == NULL)
			return no_description(k, r.item[i].kind);
	if (is_unreachable(k, query))
		return 1;
	for (uint32_t i = 0; i < r.count; i++) {
		const struct kubectl_list l = list_of(k, &r.item[i], query);

		fine &= check_names(k, &r.item[i], &l, query);
		for (uint32_t n = 0; n < l.rows; n++, described++) {
			struct text source;

			text_init(&source, k->arena);
			r.item[i].kind->describe(k, l.row[n].row, &source);
			text_add(k->out, described > 0 ? "\n\n" : ""); /* two lines between two objects */
			tabs_align(k->out, source.data, TABS_DESCRIBE);
		}
	}
	if (described == 0 && fine)
		no_resources(k, &r, query);
	return fine ? 0 : 1;
}
