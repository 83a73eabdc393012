/* test_image.c - images by layers: what is downloaded and how long it takes, digests, the disk and its garbage
 * collection, against kubernetes-control-plane.md 5.9 and orchestrators-runtimes-costs.md 3.3 and 3.5. */
#include "tests/test.h"

#include <math.h>
#include <stdio.h>

#include "models/image.h"
#include "tests/seen.h"

/* ---- pulls ---- */

/* Pods p0, p1, ... on one node from nothing, with the images a, b, ... of the list; manifest 1 s, 50 MiB/s, 100 MiB/s
 * unpacked, that is 40 MiB/s of compressed bytes. */
static void pull(struct seen *s, struct arena *a, const char *images, int pods, const char *more)
{
	struct text t;

	text_init(&t, a);
	text_printf(
		&t,
		"{apiVersion: nodefall/v1, kind: Scenario, metadata: {name: t}, spec: {start: empty, duration: 1h, "
		"registry: {nodeBandwidth: 50, latency: 1s}, latencies: {podSetup: 0s, sandbox: 0s, containerCreate: "
		"0s, containerStart: 0s, scheduling: 0s, binding: 0s, watch: 0s, apiWrite: 0s}, nodeGroups: [{name: "
		"n, count: 1}], images: [%s], %s}}\n",
		images, more);
	for (int i = 0; i < pods; i++)
		text_printf(&t,
			    "---\n{apiVersion: v1, kind: Pod, metadata: {name: p%d}, spec: {containers: [{name: c, "
			    "image: %c}]}}\n",
			    i, 'a' + i);
	run_text(s, a, 1, t.data);
}

/* When the k-th image was there, counted from the first sandbox. */
static double pulled(const struct seen *s, uint32_t k)
{
	return at(nth(s, FACT_POD_PULLED, -1, k)) - at(nth(s, FACT_POD_SANDBOX, -1, 0));
}

static void one(const char *what, const char *layers, double seconds)
{
	struct arena a = {0};
	struct seen s;

	pull(&s, &a, text_format(&a, "{name: a, layers: [%s]}", layers), 1, "");
	within(what, pulled(&s, 0), seconds - 0.001, seconds + 0.001);
	arena_release(&a);
}

/* T = manifest + download and unpacking, which overlap: layers come on three lanes and are unpacked in order. */
static void layers_are_unpacked_while_others_come(void **state)
{
	(void)state;
	one("one layer", "{name: x, size: 100Mi}", 1 + 2 + 2.5);
	/* Three lanes of equal layers: all come after 6 s; unpacking is what is left. */
	one("three equal layers", "{name: x, size: 100Mi}, {name: y, size: 100Mi}, {name: z, size: 100Mi}",
	    1 + 6 + 3 * 2.5);
	/* The small one comes after 3 * 10 / 50 s, and is unpacked while the others come (100 more bytes a lane). */
	one("a small one first", "{name: x, size: 10Mi}, {name: y, size: 100Mi}, {name: z, size: 100Mi}",
	    1 + 210 / 50.0 + 2 * 2.5);
	/* Two lanes from the beginning; y is there first and waits for x. */
	one("in order", "{name: x, size: 100Mi}, {name: y, size: 20Mi}", 1 + 120 / 50.0 + 2.5 + 0.5);
	/* The fourth begins when x has come, after 90 MiB in all; y and z come after 300, and wait for each other. */
	one("a fourth waits for a lane",
	    "{name: x, size: 30Mi}, {name: y, size: 100Mi}, {name: z, size: 100Mi}, {name: w, size: 200Mi}",
	    1 + 300 / 50.0 + 2.5 + 2.5 + 5.0);
	/* The same layer above itself is unpacked again but not downloaded again. */
	one("a layer twice", "{name: x, size: 100Mi}, {name: x, size: 100Mi}", 1 + 2 + 2.5 + 2.5);
	/* Unpacking may take longer than the download. */
	one("a slow disk",
	    "{name: x, size: 10Mi}, {name: y, size: 10Mi}, {name: z, size: 10Mi}, {name: u, size: 10Mi}, {name: v, "
	    "size: "
	    "10Mi}, {name: w, size: 10Mi}",
	    1 + 30 / 50.0 + 6 * 0.25);
}

/* Drawn layers: never faster than the longer of download and unpacking, never slower than both. */
static void drawn_layers_overlap(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	pull(&s, &a, "{name: a, size: 100Mi}", 1, "");
	within("between", pulled(&s, 0), 1 + 2.5, 1 + 2 + 2.5 - 0.01);
	arena_release(&a);
}

static void shared_layers_are_not_fetched_again(void **state)
{
	static const char base[] = "{name: a, layers: [{name: x, size: 100Mi}, {name: y, size: 50Mi}]}, ";
	struct arena a = {0};
	struct seen s;

	(void)state;
	/* The same base: only z is downloaded and unpacked. */
	pull(&s, &a, text_format(&a, "%s{name: b, base: a, layers: [{name: z, size: 20Mi}]}", base), 2, "");
	within("same base", pulled(&s, 1) - pulled(&s, 0), 1 + 0.4 + 0.5 - 0.001, 1 + 0.4 + 0.5 + 0.001);
	/* Another chain: y is in the content store but has to be unpacked on z. */
	pull(&s, &a, text_format(&a, "%s{name: b, layers: [{name: z, size: 20Mi}, {name: y, size: 50Mi}]}", base), 2,
	     "");
	within("same blob", pulled(&s, 1) - pulled(&s, 0), 1 + 0.4 + 0.5 + 1.25 - 0.001, 1 + 0.4 + 0.5 + 1.25 + 0.001);
	/* docker has no content store: it is downloaded again. Both come together after 70 MiB. */
	pull(&s, &a, text_format(&a, "%s{name: b, layers: [{name: z, size: 20Mi}, {name: y, size: 50Mi}]}", base), 2,
	     "kubernetes: \"1.23\"");
	within("docker", pulled(&s, 1) - pulled(&s, 0), 1 + 1.4 + 1.25 - 0.001, 1 + 1.4 + 1.25 + 0.001);
	/* Everything is there but the manifest. */
	pull(&s, &a, text_format(&a, "%s{name: b, layers: [{name: x, size: 100Mi}, {name: y, size: 50Mi}]}", base), 2,
	     "");
	within("all there", pulled(&s, 1) - pulled(&s, 0), 0.999, 1.001);
	arena_release(&a);
}

/* Two pulls at once: x is on its way for the first and is not asked for again; nor is it unpacked twice. */
static void a_layer_on_its_way_is_waited_for(void **state)
{
	static const char parallel[] = "timers: {serializeImagePulls: false}";
	struct arena a = {0};
	struct seen s;

	(void)state;
	pull(&s, &a,
	     "{name: a, layers: [{name: x, size: 100Mi}]}, {name: b, layers: [{name: x, size: 100Mi}, {name: z, size: "
	     "50Mi}]}",
	     2, parallel);
	/* Both at 25 MiB/s: z comes after 2 s, x after 3 s (50 + 50 MiB); x unpacked at 1 + 3 + 2.5. */
	within("first", pulled(&s, 0), 6.499, 6.501);
	within("second", pulled(&s, 1), 7.749, 7.751);
	/* The same image but for nothing: the second waits for the first alone. */
	pull(&s, &a, "{name: a, layers: [{name: x, size: 100Mi}]}, {name: b, layers: [{name: x, size: 100Mi}]}", 2,
	     parallel);
	within("same", pulled(&s, 1), 5.499, 5.501);
	arena_release(&a);
}

/* Events of a pull: asked, rates change at its beginning and end, unpacked; the same for 3 layers and for 100. */
static void layers_cost_no_events(void **state)
{
	struct arena a = {0};
	struct seen few, many;
	struct text t;

	(void)state;
	text_init(&t, &a);
	text_add(&t, "{name: a, layers: [");
	for (int i = 0; i < 100; i++)
		text_printf(&t, "%s{name: l%d, size: 3Mi}", i > 0 ? ", " : "", i);
	text_add(&t, "]}");
	pull(&few, &a, "{name: a, layers: [{name: x, size: 100Mi}, {name: y, size: 100Mi}, {name: z, size: 100Mi}]}", 1,
	     "");
	pull(&many, &a, t.data, 1, "");
	assert_int_equal(few.events, many.events);
	arena_release(&a);
}

/* ---- what images are ---- */

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void mistakes_are_told(void **state)
{
	static const char *const row[][2] = {
		{"{name: a}", "an image without layers needs a size"},
		{"{size: 3Mi}", "an image needs a name"},
		{"{name: a, size: 3Mi, layers: [{name: x, size: 3Mi}]}", "a size or layers"},
		{"{name: a, layers: []}", "1 to 127 layers"},
		{"{name: a, layers: [{size: 3Mi}]}", "either a name or a digest"},
		{"{name: a, layers: [{digest: \"sha256:12\", size: 3Mi}]}", "64 hexadecimal digits"},
		{"{name: a, layers: [{name: x}]}", "a layer needs a size"},
		{"{name: a, layers: [{name: x, size: 3Mi}]}, {name: b, layers: [{name: x, size: 4Mi}]}",
		 "another size elsewhere"},
		{"{name: a, size: 3Mi}, {name: a, size: 4Mi}", "is there already"},
		{"{name: a, base: c, size: 3Mi}", "base c is not among the images"},
		{"{name: a, base: b, size: 3Mi}, {name: b, base: a, size: 4Mi}", "lead back to it"},
		{"{name: a, size: 3Mi}, {name: b, base: a, size: 3Mi}", "not larger than its base"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct arena a = {0};
		struct loaded l;

		load_text(&l,
			  text_format(&a, "{apiVersion: nodefall/v1, kind: Scenario, spec: {images: [%s]}}", row[i][0]),
			  NULL, 0);
		if (l.result != 3 || strstr(l.said.data, row[i][1]) == NULL)
			fail_msg("%s: %s", row[i][0], l.said.data);
		unload(&l);
		arena_release(&a);
	}
}

/* The initial state of a node with the images of pods; the caller releases both. */
static struct world *settled(struct loaded *l, struct run *r, const char *spec, const char *objects)
{
	struct arena a = {0};

	load_text(l, text_format(&a, "{apiVersion: nodefall/v1, kind: Scenario, spec: {%s}}\n%s", spec, objects), NULL,
		  0);
	if (l->result != 0)
		fail_msg("%s", l->said.data);
	arena_release(&a);
	return world_settled(r, &l->scenario, 1, UINT32_MAX);
}

#define POD(name, image)                                                                                               \
	"---\n{apiVersion: v1, kind: Pod, metadata: {name: " name "}, spec: {containers: [{name: c, image: \"" image   \
	"\"}]}}\n"

static uint32_t name_id(const struct world *w, const char *name)
{
	uint32_t id = names_find(&w->run->names, name);

	assert_int_not_equal(id, 0);
	return id;
}

static void digests_tell_images_and_layers_apart(void **state)
{
	struct loaded l;
	struct run r;
	struct world *w =
		settled(&l, &r,
			"images: [{name: a, layers: [{digest: \"sha256:" HEX "\", size: 3Mi}, {name: x, size: "
			"1Mi}]}, {name: b, base: a, size: 9Mi}], nodeGroups: [{name: n, count: 1}]",
			POD("p", "a") POD("q", "b") POD("r", "c"));
	uint32_t a = name_id(w, "a:latest"), b = name_id(w, "b:latest"), c = name_id(w, "c:latest");
	const struct manifest *ma = image_manifest(w, a), *mb = image_manifest(w, b), *mc = image_manifest(w, c);
	char one_text[SHA256_TEXT_MAX], other[SHA256_TEXT_MAX];

	(void)state;
	assert_int_equal(ma->count, 2);
	assert_int_equal(ma->size, 4 << 20);
	assert_int_equal(ma->unpacked, 10 << 20);
	assert_string_equal(image_blob_digest(w, ma->blob[0], one_text), "sha256:" HEX);
	assert_string_equal(image_blob_digest(w, ma->blob[1], one_text), sha256_text("x", 1, other));
	assert_true(mb->count >= 3 && mb->count <= 6);
	assert_int_equal(mb->size, 9 << 20);
	assert_int_equal(mb->chain[1], ma->chain[1]);
	assert_true(mc->count >= 6 && mc->count <= 10);
	assert_int_equal(mc->size, image_size(w, c));
	assert_string_not_equal(image_digest(w, a, one_text), image_digest(w, b, other));
	assert_string_not_equal(image_id(w, a, one_text), image_id(w, b, other));
	assert_string_not_equal(image_id(w, a, one_text), image_digest(w, a, other));
	run_release(&r);
	unload(&l);
}

/* The numbers of layers that are drawn lie within 6 to 10 and all occur; they are the same in every run. */
static void layers_are_drawn_from_the_name(void **state)
{
	struct loaded l;
	struct run r[2];
	struct world *w[2];
	bool seen[11] = {false};

	(void)state;
	w[0] = settled(&l, &r[0], "nodeGroups: [{name: n, count: 1}]", POD("p", "a"));
	w[1] = world_settled(&r[1], &l.scenario, 99, UINT32_MAX);
	for (int i = 0; i < 100; i++) {
		char name[16];
		const struct manifest *m[2];

		snprintf(name, sizeof(name), "i%d", i);
		for (int k = 0; k < 2; k++)
			m[k] = image_manifest(w[k], names_intern(&w[k]->run->names, name));
		assert_in_range(m[0]->count, 6, 10);
		seen[m[0]->count] = true;
		assert_int_equal(m[0]->count, m[1]->count);
		for (uint32_t k = 0; k < m[0]->count; k++)
			assert_int_equal(image_blob(w[0], m[0]->blob[k])->size, image_blob(w[1], m[1]->blob[k])->size);
	}
	for (int n = 6; n <= 10; n++)
		assert_true(seen[n]);
	run_release(&r[0]);
	run_release(&r[1]);
	unload(&l);
}

/* Snapshots and blobs count once; under docker there are no blobs. A Node's list counts, with its names as one. */
static void the_disk_holds_shared_layers_once(void **state)
{
	static const char images[] = "images: [{name: a, layers: [{name: x, size: 10Mi}, {name: y, size: 6Mi}]}, "
				     "{name: b, layers: [{name: x, "
				     "size: 10Mi}, {name: z, size: 2Mi}]}, {name: c, layers: [{name: z, size: 2Mi}]}]";
	static const char objects[] = "---\n{apiVersion: v1, kind: Node, metadata: {name: n}, status: {capacity: {cpu: "
				      "4, memory: 8Gi, pods: 110, "
				      "ephemeral-storage: 1Gi}, images: [{names: [\"a@sha256:" HEX
				      "\", \"a:latest\"], sizeBytes: 16777216}]}}\n" POD("p", "b") POD("q", "c");
	struct arena a = {0};
	struct image_on_node list[4];
	struct loaded l;
	struct run r;
	struct world *w = settled(&l, &r, images, objects);

	(void)state;
	/* x, y on x, z on x, z alone: 10 + 6 + 2 + 2, unpacked 2.5 times as much; blobs x, y, z. */
	assert_int_equal(image_bytes(w, 0), (int64_t)(2.5 * 20 + 18) << 20);
	assert_int_equal(image_disk_capacity(w, 0), 1 << 30);
	assert_in_range(image_disk_used(w, 0) - image_bytes(w, 0) - (1 << 30) / 20, 0, 1);
	assert_int_equal(image_list(w, 0, list, 4), 3);
	assert_int_equal(list[0].image, name_id(w, "a:latest"));
	assert_false(list[0].in_use);
	assert_true(list[1].in_use && list[2].in_use);
	/* An eviction manager's wish: the unused image goes, with what only it has. */
	assert_int_equal(image_reclaim(w, 0, INT64_MAX), (int64_t)(2.5 * 6 + 6) << 20);
	assert_false(image_present(w, 0, name_id(w, "a@sha256:" HEX)));
	assert_int_equal(image_list(w, 0, list, 4), 2);
	assert_int_equal(image_reclaim(w, 0, INT64_MAX), 0);
	run_release(&r);
	unload(&l);
	w = settled(&l, &r, text_format(&a, "kubernetes: \"1.23\", %s", images), objects);
	assert_int_equal(image_bytes(w, 0), (int64_t)(2.5 * 20) << 20);
	run_release(&r);
	unload(&l);
	arena_release(&a);
}

/* Lists in which images claim each other's names are taken as they come. */
static void names_may_be_claimed_twice(void **state)
{
	static const char objects[] =
		"---\n{apiVersion: v1, kind: Node, metadata: {name: n}, status: {capacity: {cpu: 4, memory: 8Gi, pods: "
		"110, "
		"ephemeral-storage: 1Gi}, images: [{names: [a, b], sizeBytes: 1000000}, {names: [b, c], sizeBytes: "
		"2000000}, "
		"{names: [\"c@sha256:" HEX "\", c], sizeBytes: 3000000}, {names: []}]}}\n" POD("p", "c");
	struct image_on_node list[4];
	struct loaded l;
	struct run r;
	struct world *w = settled(&l, &r, "duration: 1m", objects);

	(void)state;
	assert_int_equal(image_list(w, 0, list, 4), 1);
	assert_true(list[0].in_use);
	assert_int_equal(image_reclaim(w, 0, INT64_MAX), 0);
	run_release(&r);
	unload(&l);
}

/* ---- garbage collection ---- */

/* A node with a disk of 1 GiB; an image of 50 MiB in the initial state and one more every 10 minutes, each 175 MiB on
 * disk under containerd: with the fifth, at 40 min, 85.4 % is used. `more` goes into the spec. */
static void releases(struct seen *s, struct arena *a, uint64_t seed, int images, const char *more, const char *timers)
{
	struct text t;

	text_init(&t, a);
	text_printf(
		&t,
		"{apiVersion: nodefall/v1, kind: Scenario, metadata: {name: t}, spec: {systemDiskShare: 0, kubelet: "
		"{evictionHard: {memory.available: 100Mi}}, registry: "
		"{}, nodeGroups: [{name: n, count: 1, capacity: {ephemeral-storage: 1Gi}}], timers: {%s}, %s, images: "
		"[",
		timers, more);
	for (int i = 0; i < images; i++)
		text_printf(&t, "%s{name: \"i:%d\", size: 50Mi}", i > 0 ? ", " : "", i);
	text_add(&t, "], actions: [");
	for (int i = 1; i < images; i++)
		text_printf(&t, "{at: %dm, kubectl: \"set image deployment/web c=i:%d\"}, ", 10 * i, i);
	text_add(&t,
		 "{at: 70m, kubectl: rollout undo deployment/web --to-revision=1}]}}\n---\n"
		 "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 1, selector: "
		 "{matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: "
		 "\"i:0\"}]}}}}\n");
	run_text(s, a, seed, t.data);
}

static const struct fact *removal(const struct seen *s, uint32_t n)
{
	return nth(s, FACT_IMAGE_REMOVED, -1, n);
}

/* At the first tick after the threshold is passed the two that are longest unused go: 55.8 MiB have to be freed, and
 * the runtime tells 50 for each. What is needed again later is pulled again. */
static void the_least_recently_used_go(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct arena a = {0};
		struct seen s;
		uint32_t pulls = 0;

		releases(&s, &a, seed, 5, "duration: 90m", "");
		within("next tick", at(removal(&s, 0)) - at(nth(&s, FACT_POD_PULLED, -1, 4)), 0, 300);
		assert_int_equal(removal(&s, 0)->at, removal(&s, 1)->at);
		assert_in_range((175 << 20) - removal(&s, 0)->a, 0, 10); /* rounded for each layer */
		assert_int_equal(removal(&s, 0)->flag, REMOVED_FOR_SPACE);
		/* Last seen in use at a tick, not at the end of its last container, which is 10 to 11 min. */
		within("last used", time_seconds(removal(&s, 0)->b), 300, 660);
		assert_int_equal((removal(&s, 0)->at - removal(&s, 0)->b) % MINUTES(5), 0);
		assert_true(removal(&s, 0)->b < removal(&s, 1)->b);
		assert_int_equal(removal(&s, 1)->c, 100 - 100 * (1024 - 3 * 175) / 1024);
		assert_null(removal(&s, 2));
		assert_null(nth(&s, FACT_IMAGE_GC_FAILED, -1, 0));
		/* The rollback brings the first image back: a fifth pull after the warm start, and a GC again. */
		for (uint32_t n = 0; nth(&s, FACT_POD_PULLED, -1, n) != NULL; n++)
			pulls += nth(&s, FACT_POD_PULLED, -1, n)->flag == 1 &&
				 at(nth(&s, FACT_POD_PULLED, -1, n)) > 4200;
		assert_int_equal(pulls, 1);
		arena_release(&a);
	}
}

/* A large enough disk keeps them: the rollback finds its image. */
static void without_pressure_images_stay(void **state)
{
	struct arena a = {0};
	struct seen s;
	const struct fact *last = NULL;

	(void)state;
	releases(&s, &a, 1, 4, "duration: 90m", "");
	assert_null(removal(&s, 0));
	for (uint32_t n = 0; nth(&s, FACT_POD_PULLED, -1, n) != NULL; n++)
		last = nth(&s, FACT_POD_PULLED, -1, n);
	assert_true(at(last) > 4200);
	assert_int_equal(last->flag, 0);
	/* The same images where the high threshold is lower. */
	releases(&s, &a, 1, 4, "duration: 90m", "imageGCHighThresholdPercent: 60, imageGCLowThresholdPercent: 50");
	assert_non_null(removal(&s, 0));
	arena_release(&a);
}

/* docker keeps no blobs, 125 MiB for each, and tells the unpacked size: one image is enough. */
static void docker_counts_what_it_frees(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	releases(&s, &a, 1, 5, "duration: 69m, kubernetes: \"1.23\"",
		 "imageGCHighThresholdPercent: 60, "
		 "imageGCLowThresholdPercent: 55");
	assert_in_range((125 << 20) - removal(&s, 0)->a, 0, 10);
	assert_null(removal(&s, 1));
	arena_release(&a);
}

/* The kubelet first sees an image at the tick after it came, and keeps it for imageMinimumGCAge. */
static void young_images_are_kept(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct arena a = {0};
		struct seen s;

		releases(&s, &a, seed, 5, "duration: 69m", "imageMinimumGCAge: 50m");
		/* i:0 was there when the kubelet started; that is not enough. */
		assert_int_equal(nth(&s, FACT_IMAGE_GC_FAILED, -1, 0)->at, removal(&s, 0)->at);
		assert_int_equal(nth(&s, FACT_IMAGE_GC_FAILED, -1, 0)->b, 50 << 20);
		assert_int_equal(nth(&s, FACT_IMAGE_GC_FAILED, -1, 0)->flag, 0);
		assert_null(removal(&s, 1));
		arena_release(&a);
	}
}

#define FIVE_PODS POD("p0", "i:0") POD("p1", "i:1") POD("p2", "i:2") POD("p3", "i:3") POD("p4", "i:4")

static void full(struct seen *s, struct arena *a, const char *spec, const char *objects)
{
	run_text(s, a, 3,
		 text_format(a,
			     "{apiVersion: nodefall/v1, kind: Scenario, metadata: {name: t}, spec: {systemDiskShare: "
			     "0, kubelet: {evictionHard: {memory.available: 100Mi}}, "
			     "images: [{name: \"i:0\", size: 50Mi}, {name: \"i:1\", size: 50Mi}, {name: \"i:2\", size: "
			     "50Mi}, {name: \"i:3\", size: 50Mi}, {name: \"i:4\", size: 50Mi}], %s}}\n%s",
			     spec, objects));
}

#define GIB_DISK "nodeGroups: [{name: n, count: 1, capacity: {ephemeral-storage: 1Gi}}]"

/* What containers use stays, whatever the disk; the warnings come twice and are not repeated. */
static void images_in_use_stay(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	full(&s, &a, GIB_DISK ", duration: 2h", FIVE_PODS);
	assert_null(removal(&s, 0));
	within("first tick", at(nth(&s, FACT_IMAGE_GC_FAILED, -1, 0)), 0, 300);
	assert_int_equal(nth(&s, FACT_IMAGE_GC_FAILED, -1, 0)->b, 0);
	assert_int_equal(nth(&s, FACT_IMAGE_GC_FAILED, -1, 1)->flag, 1);
	within("next tick", at(nth(&s, FACT_IMAGE_GC_FAILED, -1, 1)) - at(nth(&s, FACT_IMAGE_GC_FAILED, -1, 0)), 300,
	       300);
	assert_null(nth(&s, FACT_IMAGE_GC_FAILED, -1, 2));
	/* A pod goes, and its image with it. */
	full(&s, &a, GIB_DISK ", duration: 2h, actions: [{at: 1h, kubectl: delete pod p1}]", FIVE_PODS);
	within("then it goes", at(removal(&s, 0)), 3600, 3931);
	assert_null(removal(&s, 1));
	arena_release(&a);
}

/* Nobody can say how full a disk of unknown size is; prePulled images are nowhere in particular. */
static void unknown_disks_are_not_looked_at(void **state)
{
	static const char node[] = "---\n{apiVersion: v1, kind: Node, metadata: {name: n}, status: {capacity: {cpu: 4, "
				   "memory: 8Gi, pods: 110}}}\n" FIVE_PODS;
	struct arena a = {0};
	struct seen s;

	(void)state;
	full(&s, &a, "duration: 1h", node);
	assert_null(nth(&s, FACT_IMAGE_GC_FAILED, -1, 0));
	full(&s, &a, GIB_DISK ", duration: 1h, prePulled: true", FIVE_PODS);
	assert_null(nth(&s, FACT_IMAGE_GC_FAILED, -1, 0));
	arena_release(&a);
}

/* A kubelet that starts has its ticks from then on, and nothing is done without it. */
static void a_restart_moves_the_ticks(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	releases(&s, &a, 1, 5,
		 "duration: 69m, failures: [{at: 2430s, kind: kubelet-stop, node: n-0, for: 630s}], latencies: "
		 "{kubeletStart: 0s}",
		 "");
	within("5 min after its start", at(removal(&s, 0)), 3060 + 300, 3060 + 300);
	arena_release(&a);
}

/* CRI-O clears its storage when it finds no sign of a clean shutdown; others keep their images through a loss of power,
 * and all through a reboot. */
static void cri_o_loses_its_images_with_the_power(void **state)
{
	static const char *const runtime[] = {"cri-o", "containerd"}, *const kind[] = {"node-crash", "reboot"};

	(void)state;
	for (int r = 0; r < 2; r++)
		for (int k = 0; k < 2; k++) {
			struct arena a = {0};
			struct seen s;
			uint32_t pulls = 0;

			full(&s, &a,
			     text_format(&a,
					 GIB_DISK
					 ", runtime: %s, duration: 1h, failures: [{at: 5m, kind: %s, node: n-0, "
					 "for: 20s}]",
					 runtime[r], kind[k]),
			     POD("p", "i:0"));
			for (uint32_t n = 0; nth(&s, FACT_POD_PULLED, -1, n) != NULL; n++)
				pulls += nth(&s, FACT_POD_PULLED, -1, n)->flag;
			assert_int_equal(pulls, r == 0 && k == 0);
			arena_release(&a);
		}
}

/* A disk below its threshold costs nothing. */
static void quiet_disks_cost_no_events(void **state)
{
	struct arena a = {0};
	struct seen day, week;

	(void)state;
	full(&day, &a, "nodeGroups: [{name: n, count: 9}], duration: 24h", FIVE_PODS);
	full(&week, &a, "nodeGroups: [{name: n, count: 9}], duration: 168h", FIVE_PODS);
	assert_int_equal(day.events, week.events);
	arena_release(&a);
}

static void thresholds_are_checked(void **state)
{
	struct loaded l;

	(void)state;
	load_text(&l, "{apiVersion: nodefall/v1, kind: Scenario, spec: {timers: {imageGCHighThresholdPercent: 80}}}",
		  NULL, 0);
	assert_int_equal(l.result, 3);
	assert_non_null(strstr(l.said.data, "must be less than"));
	unload(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layers_are_unpacked_while_others_come),
		cmocka_unit_test(drawn_layers_overlap),
		cmocka_unit_test(shared_layers_are_not_fetched_again),
		cmocka_unit_test(a_layer_on_its_way_is_waited_for),
		cmocka_unit_test(layers_cost_no_events),
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(digests_tell_images_and_layers_apart),
		cmocka_unit_test(layers_are_drawn_from_the_name),
		cmocka_unit_test(the_disk_holds_shared_layers_once),
		cmocka_unit_test(names_may_be_claimed_twice),
		cmocka_unit_test(the_least_recently_used_go),
		cmocka_unit_test(without_pressure_images_stay),
		cmocka_unit_test(docker_counts_what_it_frees),
		cmocka_unit_test(young_images_are_kept),
		cmocka_unit_test(images_in_use_stay),
		cmocka_unit_test(unknown_disks_are_not_looked_at),
		cmocka_unit_test(a_restart_moves_the_ticks),
		cmocka_unit_test(cri_o_loses_its_images_with_the_power),
		cmocka_unit_test(quiet_disks_cost_no_events),
		cmocka_unit_test(thresholds_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
