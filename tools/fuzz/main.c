// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz - calls the devices of gomap in ways that nobody has thought of.
 *
 * As root, with the module loaded. What it looks for it mostly doesn't see
 * itself: that the kernel complains (KASAN, lockdep, kmemleak), hangs or dies. It
 * sees errnos that the header doesn't know, and maps that contradict themselves.
 */
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "corpus.h"
#include "cover.h"
#include "coverage.h"
#include "execute.h"
#include "grammar.h"
#include "minimise.h"
#include "text.h"

static const char usage[] =
	"usage: fuzz replay FILE...\n"
	"       fuzz run [-v] [-t SECONDS] [-s SEED] DIR\n"
	"       fuzz minimise [-n MOST] DIR\n"
	"replay    executes programs, and prints \"ok NAME\" or \"FAILED NAME: WHY\"\n"
	"run       executes those in DIR and then new ones, and prints those that reach\n"
	"          new code; with -v each on standard error before it is executed\n"
	"minimise  prints those in DIR that are needed to reach all that they reach,\n"
	"          made as small as they can be; not those with a name, which stay;\n"
	"          with -n no more than so many, the ones that reach most\n";

static struct edges known;
static bool has_coverage;

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static int replay(char **paths)
{
	static struct entry entry;
	const char *complaint;
	struct edges edges;
	int status = 0;

	edges_init(&edges);
	for (; *paths; paths++) {
		if (!entry_read(&entry, *paths))
			complaint = "no program";
		else
			complaint = execute(&entry.program, 0, &edges);
		if (complaint) {
			printf("FAILED %s: %s\n", entry.name, complaint);
			status = 1;
		} else {
			printf("ok %s\n", entry.name);
		}
		fflush(stdout);
	}
	if (has_coverage)
		printf("fuzz: %u edges, %u blocks\n", edges.nr,
		       coverage_blocks());
	edges_free(&edges);
	return status;
}

/* Run */

/* In the corpus, if it can reach again what is new. */
static void keep(struct corpus *corpus, struct program *program,
		 struct edges *edges, bool may_minimise)
{
	struct edges again, wanted;

	edges_init(&again);
	edges_init(&wanted);
	edges_subtract(&wanted, edges, &known);
	execute_or_exit(program, 0, &again);
	edges_intersect(&wanted, &again);
	edges_add_all(&known, edges);
	if (wanted.nr) {
		/* Races take their time, and are for "fuzz minimise". */
		if (may_minimise && !program->race)
			minimise(program, &wanted, false);
		corpus_add(corpus, program);
		/* Now: the kernel may die of the next one. */
		entry_print(corpus->entries[corpus->nr - 1]);
	}
	edges_free(&again);
	edges_free(&wanted);
}

static const struct program *pick(struct random *random,
				  const struct corpus *corpus)
{
	return &corpus->entries[random_below(random, corpus->nr)]->program;
}

static void make_program(struct random *random, const struct corpus *corpus,
			 struct program *program)
{
	if (!corpus->nr || one_in(random, 4)) {
		generate_program(random, program);
		return;
	}
	*program = *pick(random, corpus);
	mutate_program(random, program, pick(random, corpus));
}

static void summary(unsigned int seconds, uint64_t seed, unsigned long executed,
		    const struct corpus *corpus, unsigned int read)
{
	printf("fuzz: %u s, seed %llu, %lu execs, corpus %u (%u new), ", seconds,
	       (unsigned long long)seed, executed, corpus->nr,
	       corpus->nr - read);
	if (has_coverage)
		printf("%u edges, %u blocks\n", known.nr, coverage_blocks());
	else
		printf("coverage unknown\n");
	fflush(stdout);
}

static int run(const char *dir, unsigned int seconds, uint64_t seed)
{
	static struct program program;
	struct random random = { seed };
	struct corpus corpus = {};
	unsigned long executed;
	unsigned int i, read;
	struct edges edges;
	time_t began, said;

	edges_init(&edges);
	corpus_read(&corpus, dir);
	read = corpus.nr;
	printf("fuzz: seed %llu\n", (unsigned long long)seed);
	for (i = 0; i < read; i++)
		execute_or_exit(&corpus.entries[i]->program, 0, &known);
	summary(0, seed, read, &corpus, read);

	began = now();
	said = began;
	for (executed = read; now() - began < seconds; executed++) {
		make_program(&random, &corpus, &program);
		edges_clear(&edges);
		execute_or_exit(&program, seed + executed, &edges);
		if (edges_new(&edges, &known))
			keep(&corpus, &program, &edges,
			     now() - began < seconds);
		if (now() - said >= 30) {
			said = now();
			summary(said - began, seed, executed, &corpus, read);
		}
	}

	coverage_print_unreached();
	summary(seconds, seed, executed, &corpus, read);
	return 0;
}

/* Minimise */

/* What the program reaches each time, of two. */
static void execute_twice(const struct program *program, struct edges *edges)
{
	struct edges again;

	edges_init(&again);
	edges_clear(edges);
	execute_or_exit(program, 0, edges);
	execute_or_exit(program, 0, &again);
	edges_intersect(edges, &again);
	edges_free(&again);
}

static unsigned int choose(const struct corpus *corpus, struct reached *all)
{
	struct edges edges;
	unsigned int i;

	edges_init(&edges);
	for (i = 0; i < corpus->nr; i++) {
		execute_twice(&corpus->entries[i]->program, &edges);
		reached_init(&all[i], corpus->entries[i], &edges);
	}
	edges_free(&edges);
	return cover(all, corpus->nr);
}

static void minimise_entry(struct entry *entry)
{
	struct edges edges, wanted;

	edges_init(&edges);
	edges_init(&wanted);
	execute_twice(&entry->program, &edges);
	edges_subtract(&wanted, &edges, &known);
	if (wanted.nr && !has_name(entry)) {
		struct corpus smaller = {};

		minimise(&entry->program, &wanted, true);
		corpus_add(&smaller, &entry->program);
		entry_print(smaller.entries[0]);
		edges_clear(&edges);
		execute_or_exit(&entry->program, 0, &edges);
	}
	edges_add_all(&known, &edges);
	edges_free(&edges);
	edges_free(&wanted);
}

static int minimise_all(const char *dir, unsigned int most)
{
	struct corpus corpus = {};
	struct reached *all;
	unsigned int i, nr;

	if (!has_coverage)
		errx(1, "this kernel has no KCOV");
	corpus_read(&corpus, dir);
	all = calloc(corpus.nr, sizeof(*all));
	if (!all)
		err(1, "calloc");
	nr = choose(&corpus, all);
	if (nr > most)
		nr = most;
	for (i = 0; i < nr; i++)
		minimise_entry(all[i].entry);
	coverage_print_unreached();
	printf("fuzz: %u of %u programs, %u edges, %u blocks\n", nr, corpus.nr,
	       known.nr, coverage_blocks());
	return 0;
}

static void start(bool verbose)
{
	edges_init(&known);
	has_coverage = coverage_init();
	execute_init(verbose);
}

static int run_command(int argc, char **argv)
{
	unsigned int seconds = 60;
	uint64_t seed = time(NULL);
	bool verbose = false;
	int option;

	while ((option = getopt(argc, argv, "t:s:v")) != -1)
		switch (option) {
		case 't':
			seconds = strtoul(optarg, NULL, 0);
			break;
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'v':
			verbose = true;
			break;
		default:
			return 2;
		}
	if (argc - optind != 1)
		return 2;
	start(verbose);
	return run(argv[optind], seconds, seed);
}

static int minimise_command(int argc, char **argv)
{
	unsigned int most = UINT_MAX;
	int option;

	while ((option = getopt(argc, argv, "n:")) != -1) {
		if (option != 'n')
			return 2;
		most = strtoul(optarg, NULL, 0);
	}
	if (argc - optind != 1)
		return 2;
	start(false);
	return minimise_all(argv[optind], most);
}

int main(int argc, char **argv)
{
	int status = 2;

	if (argc >= 3 && !strcmp(argv[1], "run")) {
		status = run_command(argc - 1, argv + 1);
	} else if (argc >= 3 && !strcmp(argv[1], "replay")) {
		start(false);
		status = replay(argv + 2);
	} else if (argc >= 3 && !strcmp(argv[1], "minimise")) {
		status = minimise_command(argc - 1, argv + 1);
	}
	if (status == 2)
		fputs(usage, stderr);
	return status;
}
