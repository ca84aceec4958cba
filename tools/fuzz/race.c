// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that get in the way of a program. See execute.h, and enum race.
 */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "execute.h"
#include "memory.h"
#include "random.h"

struct racer {
	pthread_t thread;
	struct random random;
	void (*step)(struct racer *racer);
};

static const struct program *racing;
static pthread_t main_thread;
static bool stop;
static struct racer racers[NR_RACES];
static unsigned int nr_racers;
/* The descriptors as they were when the race began. */
static int kept[FUZZ_FDS];

static void make_same_calls(struct racer *racer)
{
	unsigned int i;

	(void)racer;
	for (i = racing->race_at; i < racing->nr; i++)
		make_call(&racing->calls[i], NULL, true);
}

static int random_fd(struct racer *racer)
{
	/* Without control nothing is begun any more. */
	int first = one_in(&racer->random, 8) ? 0 : FUZZ_CONTROL_READ + 1;

	return first + random_below(&racer->random, FUZZ_FDS - first);
}

static void close_and_reopen(struct racer *racer)
{
	int fd = random_fd(racer), other = fd;

	close(FIRST_FD + fd);
	sched_yield();
	if (one_in(&racer->random, 8))
		other = random_fd(racer);
	if (kept[other] >= 0)
		dup2(kept[other], FIRST_FD + fd);
}

static void close_for_good(struct racer *racer)
{
	usleep(random_below(&racer->random, 2000));
	close(FIRST_FD + random_fd(racer));
}

static void scribble(struct racer *racer)
{
	int i;

	for (i = 0; i < 64; i++)
		memory_scribble(random_u64(&racer->random));
}

static void flip(struct racer *racer)
{
	memory_flip(random_u64(&racer->random));
}

static void send_signal(struct racer *racer)
{
	usleep(random_below(&racer->random, 500));
	pthread_kill(main_thread, SIGUSR1);
}

static void (*const steps[NR_RACES])(struct racer *racer) = {
	make_same_calls, close_and_reopen, close_for_good, scribble, flip,
	send_signal,
};

static void *run_racer(void *data)
{
	struct racer *racer = data;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		racer->step(racer);
		sched_yield();
	}
	return NULL;
}

static void on_signal(int number)
{
	(void)number;
}

static void keep_fds(void)
{
	int i;

	for (i = 0; i < FUZZ_FDS; i++)
		kept[i] = fcntl(FIRST_FD + i, F_DUPFD_CLOEXEC,
				FIRST_FD + FUZZ_FDS);
}

void races_begin(const struct program *program, uint64_t seed)
{
	/* Without SA_RESTART: a call is to be interrupted. */
	const struct sigaction action = { .sa_handler = on_signal };
	unsigned int i;

	sigaction(SIGUSR1, &action, NULL);
	racing = program;
	main_thread = pthread_self();
	stop = false;
	nr_racers = 0;
	if (program->race & RACE_CLOSE)
		keep_fds();
	for (i = 0; i < NR_RACES; i++) {
		struct racer *racer = &racers[nr_racers];

		if (!(program->race & 1 << i))
			continue;
		racer->random.state = seed + i;
		racer->step = steps[i];
		if (pthread_create(&racer->thread, NULL, run_racer, racer))
			errx(1, "pthread_create");
		nr_racers++;
	}
}

void races_end(void)
{
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	while (nr_racers)
		pthread_join(racers[--nr_racers].thread, NULL);
}
