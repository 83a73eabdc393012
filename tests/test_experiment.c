/* test_experiment.c - compare and sweep: what varies, lines of the journal, kills at any point, threads, ranks, and
 * what common random numbers are good for. */
#include "tests/test.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/scenario.h"
#include "report/factor.h"
#include "report/finding.h"
#include "report/journal.h"
#include "report/trial.h"
#include "sim/file.h"

/* ---- what varies ---- */

static void assert_levels(const char *text, const char *want)
{
	struct arena a = {0};
	struct factor f;
	struct text got;

	text_init(&got, &a);
	const char *wrong = factor_read(&f, &a, text);
	if (wrong != NULL)
		fail_msg("%s: %s", text, wrong);
	for (uint32_t i = 0; i < f.levels; i++)
		text_printf(&got, "%s%s", i > 0 ? " " : "", f.level[i]);
	assert_string_equal(got.data, want);
	arena_release(&a);
}

static void values_are_lists_and_ranges(void **state)
{
	(void)state;
	assert_levels("scheduler=default,random", "default random");
	assert_levels("k=1", "1");
	assert_levels("k={a: 1, b: 2},[1, 2],\"a,b\"", "{a: 1, b: 2} [1, 2] \"a,b\"");
	assert_levels("k=1..5", "1 2 3 4 5");
	assert_levels("k=1..3", "1 2 3");
	assert_levels("k=0..10", "0 3 5 8 10");
	assert_levels("k=0..10..4", "0 4 8");
	assert_levels("k=0.1..0.5..0.1", "0.1 0.2 0.3 0.4 0.5");
	assert_levels("k=10s..1m..25s", "10s 35s 1m");
	assert_levels("k=30s..8m..x2", "30s 1m 2m 4m 8m");
	assert_levels("k=10%..50%..20%", "10% 30% 50%");
	assert_levels("k=0s..4s", "0s 1s 2s 3s 4s");
	assert_levels("file=../a.yaml,../b.yaml", "../a.yaml ../b.yaml");
}

static void wrong_values_are_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"k",          "k=",         "=1",          "k=1,,2",      "k=1,1",    "k=5..1", "k=1..2..0",
		"k=1..2..x1", "k=0..2..x2", "k=1s..2",     "k=1..2..1s",  "seed=1,2", "k=1..a", "k=1..1000000..1",
		"k=1..2..-1", "k=1..1",     "k=0..1m..1s", "k=1..2..nan",
	};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct arena a = {0};
		struct factor f;
		if (factor_read(&f, &a, wrong[i]) == NULL)
			fail_msg("%s is accepted", wrong[i]);
		arena_release(&a);
	}
}

static void combinations_are_all_different(void **state)
{
	(void)state;
	const struct factor f[] = {{.levels = 3}, {.levels = 2}, {.levels = 4}};
	bool seen[3][2][4] = {{{false}}};

	assert_int_equal(factor_combinations(f, 3), 24);
	for (uint32_t i = 0; i < 24; i++) {
		bool *one = &seen[factor_level(f, 3, 0, i)][factor_level(f, 3, 1, i)][factor_level(f, 3, 2, i)];
		assert_false(*one);
		*one = true;
	}
	const struct factor many[] = {{.levels = 1000}, {.levels = 1000}, {.levels = 1000}, {.levels = 1000}};
	assert_true(factor_combinations(many, 4) > CANDIDATES_MAX);
}

/* ---- lines ---- */

static void make_trial(struct trial *t, struct trial_bucket *bucket)
{
	*t = (struct trial){.candidate = 3,
			    .replication = 70000,
			    .digest = UINT64_C(0xfedcba9876543210),
			    .recoveries = 4,
			    .unfinished = 1,
			    .failures = 2,
			    .queue_wait = SECONDS(3),
			    .value = {0.1, NAN, -1e300},
			    .censored = {0, 7, 0},
			    .has_series = true};
	bucket[0] = (struct trial_bucket){SKETCH_ZERO, 1};
	bucket[1] = (struct trial_bucket){-37, 3};
	t->leg[LEG_PULL] = (struct trial_leg){.buckets = 2, .unended = 5, .bucket = bucket};
	for (int i = 0; i < LOAD_SERIES; i++) {
		t->mean[i] = i;
		t->cv[i] = 10000 - i;
	}
}

static void lines_are_read_back(void **state)
{
	(void)state;
	struct arena a = {0};
	struct trial_bucket bucket[2];
	struct trial t, back;
	struct text line, again;

	make_trial(&t, bucket);
	text_init(&line, &a);
	text_init(&again, &a);
	trial_print(&t, 3, &line);
	assert_true(trial_read(&back, 3, line.data, &a));
	trial_print(&back, 3, &again);
	assert_string_equal(line.data, again.data);
	assert_true(back.value[0] == 0.1 && isnan(back.value[1]) && back.value[2] == -1e300);
	assert_false(trial_read(&back, 2, line.data, &a));
	assert_false(trial_read(&back, 4, line.data, &a));

	/* No damage crashes, whatever it makes of the line. */
	for (size_t i = 0; i < line.length; i++) {
		const char was = line.data[i];
		static const char other[] = {'\0', ' ', '9', '-', 'x'};
		for (size_t k = 0; k < COUNT(other); k++) {
			line.data[i] = other[k];
			trial_read(&back, 3, line.data, &a);
		}
		line.data[i] = was;
	}
	arena_release(&a);
}

static const char *in_tmp(struct arena *a, const char *name)
{
	const char *folder = getenv("TMPDIR");
	return text_format(a, "%s/%s", folder != NULL ? folder : "/tmp", name);
}

static void write_bytes(const char *path, const char *bytes, size_t length)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, length, f), length);
	assert_int_equal(fclose(f), 0);
}

static struct file_bytes read_bytes(struct arena *a, const char *path)
{
	struct file_set set = {0};
	const char *wrong = file_add(a, &set, path);

	if (wrong != NULL)
		fail_msg("%s", wrong);
	return set.file[0];
}

static void journals_know_torn_lines_from_damaged_ones(void **state)
{
	(void)state;
	struct arena a = {0};
	const char *path = in_tmp(&a, "journal");
	struct journal_lines lines;
	struct journal j, second;
	bool bad;

	unlink(path);
	assert_null(journal_open(&j, &a, path, "one", false, &lines, &bad));
	assert_non_null(journal_open(&second, &a, path, "one", true, &lines, &bad)); /* locked */
	assert_true(journal_add(&j, "first", &a) && journal_add(&j, "second", &a));
	assert_true(journal_close(&j));
	const struct file_bytes whole = read_bytes(&a, path);

	for (size_t length = 0; length <= whole.length; length++) {
		write_bytes(path, whole.bytes, length);
		assert_null(journal_open(&j, &a, path, "one", true, &lines, &bad));
		const uint32_t want =
			length == whole.length ? 2 : length >= whole.length - strlen("second #12345678\n");
		assert_int_equal(lines.count, want);
		assert_true(journal_add(&j, "third", &a));
		assert_true(journal_close(&j));
		assert_null(journal_open(&j, &a, path, "one", true, &lines, &bad));
		assert_int_equal(lines.count, want + 1);
		assert_string_equal(lines.line[want], "third");
		assert_true(journal_close(&j));
	}
	write_bytes(path, whole.bytes, whole.length);
	assert_non_null(journal_open(&j, &a, path, "other", true, &lines, &bad));
	assert_true(bad);
	assert_non_null(journal_open(&j, &a, path, "one", false, &lines, &bad));
	assert_true(bad);
	char *damaged = arena_text(&a, whole.bytes, whole.length);
	strstr(damaged, "first")[1]++;
	write_bytes(path, damaged, whole.length);
	const char *wrong = journal_open(&j, &a, path, "one", true, &lines, &bad);
	assert_non_null(wrong);
	assert_non_null(strstr(wrong, "journal:2: damaged"));
	write_bytes(path, "something else\n", 15);
	assert_non_null(journal_open(&j, &a, path, "one", true, &lines, &bad));
	assert_int_equal(read_bytes(&a, path).length, 15); /* and is left alone */
	arena_release(&a);
}

/* ---- the program ---- */

#define EXPERIMENT "compare scenarios/lessons/node-dies.yaml --vary scheduler=default,random -q --runs 40 "

static int run(struct arena *a, const char *words, struct text *out)
{
	const char *program = getenv("NODEFALL");
	FILE *pipe = popen(text_format(a, "%s %s 2>&1", program != NULL ? program : "./nodefall", words), "r");
	char part[4096];

	assert_non_null(pipe);
	text_init(out, a);
	for (size_t n; (n = fread(part, 1, sizeof(part), pipe)) > 0;)
		text_add_n(out, part, n);
	const int status = pclose(pipe);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const char *all_formats(struct arena *a, const char *words, const char *extra)
{
	struct text text, json, csv;

	assert_int_equal(run(a, text_format(a, "%s %s", words, extra), &text), 0);
	assert_int_equal(run(a, text_format(a, "%s -o json %s", words, extra), &json), 0);
	assert_int_equal(run(a, text_format(a, "%s -o csv %s", words, extra), &csv), 0);
	return text_format(a, "%s%s%s", text.data, json.data, csv.data);
}

static void threads_change_nothing(void **state)
{
	(void)state;
	struct arena a = {0};
	const char *one = all_formats(&a, EXPERIMENT, "--threads 1");

	assert_string_equal(one, all_formats(&a, EXPERIMENT, "--threads 2"));
	assert_string_equal(one, all_formats(&a, EXPERIMENT, "--threads 7"));
	struct text first, second;
	assert_int_equal(run(&a, EXPERIMENT "--precision 1% --runs 200 --threads 1 --metric detection_mean", &first),
			 0);
	assert_int_equal(run(&a, EXPERIMENT "--precision 1% --runs 200 --threads 5 --metric detection_mean", &second),
			 0);
	assert_string_equal(first.data, second.data);
	arena_release(&a);
}

/* A kill leaves some beginning of the journal: any of them gives the same bytes again. */
static void every_beginning_of_a_journal_is_enough(void **state)
{
	(void)state;
	struct arena a = {0};
	const char *path = in_tmp(&a, "beginning");
	struct text whole, again;

	unlink(path);
	assert_int_equal(run(&a, EXPERIMENT, &whole), 0);
	assert_int_equal(run(&a, text_format(&a, EXPERIMENT "--journal %s", path), &again), 0);
	assert_string_equal(whole.data, again.data);
	const struct file_bytes full = read_bytes(&a, path);
	for (int i = 0; i <= 12; i++) {
		write_bytes(path, full.bytes,
			    full.length * (size_t)i / 12 - (i > 0 && i < 12 ? (size_t)i * 7 % 50 : 0));
		const char *words = text_format(&a, EXPERIMENT "--threads %d --journal %s --resume", 1 + i % 3, path);
		assert_int_equal(run(&a, words, &again), 0);
		assert_string_equal(whole.data, again.data);
	}
	/* Fewer runs of the same experiment are there already; more go on. */
	assert_int_equal(run(&a, text_format(&a, EXPERIMENT "--runs 60 --journal %s --resume", path), &again), 0);
	assert_int_equal(run(&a, EXPERIMENT "--runs 60", &whole), 0);
	assert_string_equal(whole.data, again.data);
	arena_release(&a);
}

static off_t size_of(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? st.st_size : 0;
}

/* Starts a long experiment and kills it as soon as its journal has so many bytes. */
static bool kill_at(const char *path, off_t bytes)
{
	const char *program = getenv("NODEFALL");
	const pid_t child = fork();
	int status = 0;

	if (child == 0) {
		if (freopen("/dev/null", "w", stdout) == NULL)
			_exit(99);
		execl(program != NULL ? program : "./nodefall", "nodefall", "compare",
		      "scenarios/lessons/node-dies.yaml", "--vary", "scheduler=default,random", "-q", "--runs", "300",
		      "--journal", path, "--resume", (char *)NULL);
		_exit(98);
	}
	while (size_of(path) < bytes && waitpid(child, &status, WNOHANG) == 0)
		usleep(100);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void killed_experiments_go_on(void **state)
{
	(void)state;
	static const off_t at[] = {1, 20000, 200000, 400000};
	struct arena a = {0};
	const char *path = in_tmp(&a, "killed");
	struct text whole, again;
	int killed = 0;

	unlink(path);
	for (size_t i = 0; i < COUNT(at); i++)
		killed += kill_at(path, at[i]);
	assert_true(killed > 0);
	assert_int_equal(run(&a, EXPERIMENT "--runs 300", &whole), 0);
	assert_int_equal(run(&a, text_format(&a, EXPERIMENT "--runs 300 --journal %s --resume", path), &again), 0);
	assert_string_equal(whole.data, again.data);
	arena_release(&a);
}

static void journals_of_others_are_refused(void **state)
{
	(void)state;
	struct arena a = {0};
	const char *path = in_tmp(&a, "others");
	const char *go_on = text_format(&a, "--journal %s --resume", path);
	static const char *const other[] = {
		"--seed 2",
		"--independent",
		"--metric jain_cpu",
		"--set nodeMonitorGracePeriod=20s",
		"--vary duration=18m,19m",
	};
	struct text out;

	unlink(path);
	assert_int_equal(run(&a, text_format(&a, EXPERIMENT "%s", go_on), &out), 0);
	for (size_t i = 0; i < COUNT(other); i++) {
		assert_int_equal(run(&a, text_format(&a, EXPERIMENT "%s %s", other[i], go_on), &out), 3);
		assert_non_null(strstr(out.data, "journal of another experiment"));
	}
	/* The same words, but what was simulated is not what the program simulates now. */
	struct journal_lines lines;
	struct journal j;
	bool bad;
	const char *head = read_bytes(&a, path).bytes + strlen("nodefall-journal 1 ");
	const char *identity = arena_text(&a, head, (size_t)(strstr(head, " #") - head));
	assert_null(journal_open(&j, &a, path, identity, true, &lines, &bad));
	char *changed = arena_text(&a, lines.line[0], strlen(lines.line[0]));
	char *digest = strchr(strchr(changed, ' ') + 1, ' ') + 1;
	digest[0] = digest[0] == '1' ? '2' : '1';
	journal_close(&j);
	unlink(path);
	assert_null(journal_open(&j, &a, path, identity, false, &lines, &bad));
	assert_true(journal_add(&j, changed, &a));
	journal_close(&j);
	assert_int_equal(run(&a, text_format(&a, EXPERIMENT "%s", go_on), &out), 3);
	assert_non_null(strstr(out.data, "is not what the journal says"));
	arena_release(&a);
}

static bool exists(const char *command)
{
	char line[200];
	snprintf(line, sizeof(line), "command -v %s > /dev/null 2>&1", command);
	return system(line) == 0;
}

static void ranks_change_nothing(void **state)
{
	(void)state;
	struct arena a = {0};
	struct text one, many;

	if (!exists("mpirun") || access("build/mpi/nodefall", X_OK) != 0) {
		print_message("no mpirun, or no build/mpi/nodefall (make MPI=1): ranks are not tested\n");
		skip();
	}
	setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
	setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
	setenv("OMPI_MCA_rmaps_base_oversubscribe", "1", 1);
	const char *path = in_tmp(&a, "ranks");
	unlink(path);
	for (int n = 1; n < 4; n++)
		unlink(text_format(&a, "%s.%d", path, n));
	assert_int_equal(run(&a, EXPERIMENT "-o json", &one), 0);
	const char *program = getenv("NODEFALL"),
		   *before = program != NULL ? arena_text(&a, program, strlen(program)) : "./nodefall";
	for (int n = 1; n <= 4; n++) {
		setenv("NODEFALL", text_format(&a, "mpirun -n %d build/mpi/nodefall", n), 1);
		assert_int_equal(run(&a, EXPERIMENT "-o json --threads 2", &many), 0);
		assert_string_equal(one.data, many.data);
		/* Each goes on where ranks of another number have stopped. */
		assert_int_equal(
			run(&a, text_format(&a, EXPERIMENT "-o json --runs %d --journal %s --resume", 10 * n, path),
			    &many),
			0);
	}
	assert_string_equal(one.data, many.data);
	setenv("NODEFALL", before, 1);
	arena_release(&a);
}

/* ---- common random numbers ---- */

/* The variance reduction of default against random for a metric, and the sum of both variances over it. */
static double reduction(const char *extra, const char *metric)
{
	struct arena a = {0};
	struct text out;
	const char *words =
		text_format(&a,
			    "compare scenarios/lessons/zone-outage.yaml --vary scheduler=default,random -q --runs 150 "
			    "-o csv --metric %s %s",
			    metric, extra);
	assert_int_equal(run(&a, words, &out), 0);
	const char *key = text_format(&a, "comparison,random,default,%s,variance_reduction,", metric);
	const char *at = strstr(out.data, key);
	assert_non_null(at);
	const double value = strtod(at + strlen(key), NULL);
	arena_release(&a);
	return value;
}

static void common_random_numbers_reduce_the_variance(void **state)
{
	(void)state;
	const double common = reduction("", "recovery_mean"), apart = reduction("--independent", "recovery_mean");

	print_message("variance of the difference reduced by %.2f, with independent streams by %.2f\n", common, apart);
	assert_true(common > 1.8 && common > 1.5 * apart);
	/* 150 pairs: the factor of independent ones is 1, give or take the correlation's error of 0.08, thrice. */
	assert_true(apart > 0.75 && apart < 1.35);
}

static void precision_is_reached_or_said_not_to_be(void **state)
{
	(void)state;
	struct arena a = {0};
	struct text out;

	assert_int_equal(run(&a, EXPERIMENT "--metric detection_mean --precision 2% --runs 500", &out), 0);
	assert_non_null(strstr(out.data, "Stopped when detection_mean was known within 2 %"));
	assert_int_equal(run(&a, EXPERIMENT "--metric detection_mean --precision 0.1% --runs 50", &out), 0);
	assert_non_null(strstr(out.data, "detection_mean is not known within 0.1 %: that would take about"));
	arena_release(&a);
}

/* The shorter run looks better in every replication, only because its recoveries had no time to end. */
static void what_the_end_hides_is_not_called_real(void **state)
{
	(void)state;
	struct arena a = {0};
	struct text out;
	static const char words[] =
		"compare scenarios/lessons/node-dies.yaml --vary duration=6m,20m -q --metric recovery_mean ";

	assert_int_equal(run(&a, words, &out), 0);
	assert_non_null(strstr(out.data, "6m and 20m cannot be told apart before recoveries with 6m are over"));
	assert_null(strstr(out.data, "beats"));
	assert_non_null(strstr(out.data, "60 of 120 recoveries were not over"));
	assert_int_equal(run(&a, text_format(&a, "%s -o csv", words), &out), 0);
	assert_non_null(strstr(out.data, "comparison,20m,6m,recovery_mean,real,0\n"));
	/* The other way round it is only the more true. */
	assert_int_equal(run(&a,
			     "compare scenarios/lessons/node-dies.yaml -q --metric recovery_mean --vary "
			     "defaultUnreachableTolerationSeconds=10s,300s --set duration=10m",
			     &out),
			 0);
	assert_non_null(strstr(out.data, "10s beats 300s by"));
	assert_non_null(strstr(out.data, "60 of 120 recoveries were not over"));
	arena_release(&a);
}

/* The level's effect is the mean of its differences over the other key's levels: 20.08 s of detection for 20 s of
 * grace. */
static void effects_are_averages_over_the_others(void **state)
{
	(void)state;
	struct arena a = {0};
	struct text out;

	assert_int_equal(
		run(&a,
		    "sweep scenarios/lessons/node-dies.yaml -q --runs 10 --metric detection_mean -o json --vary "
		    "nodeMonitorGracePeriod=20s,40s --vary kubernetes='\"1.30\",\"1.34\"'",
		    &out),
		0);
	const char *at = strstr(out.data, "\"factor\":\"nodeMonitorGracePeriod\",\"level\":\"40s\",\"runs\":10,");
	assert_non_null(at);
	at = strstr(at, "\"difference\":");
	assert_true(fabs(strtod(at + strlen("\"difference\":"), NULL) - 20.08) < 1e-6);
	assert_non_null(strstr(at, "\"real\":true"));
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_lists_and_ranges),
		cmocka_unit_test(wrong_values_are_refused),
		cmocka_unit_test(combinations_are_all_different),
		cmocka_unit_test(lines_are_read_back),
		cmocka_unit_test(journals_know_torn_lines_from_damaged_ones),
		cmocka_unit_test(threads_change_nothing),
		cmocka_unit_test(every_beginning_of_a_journal_is_enough),
		cmocka_unit_test(killed_experiments_go_on),
		cmocka_unit_test(journals_of_others_are_refused),
		cmocka_unit_test(ranks_change_nothing),
		cmocka_unit_test(common_random_numbers_reduce_the_variance),
		cmocka_unit_test(precision_is_reached_or_said_not_to_be),
		cmocka_unit_test(what_the_end_hides_is_not_called_real),
		cmocka_unit_test(effects_are_averages_over_the_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
