// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

#define NSEC_PER_SEC 1000000000ull
#define INTERVAL (NSEC_PER_SEC / 10)
/* Looking at the clock costs about as much as an insert. */
#define STEPS_PER_LOOK 256

#define CLEAR_LINE "\r\033[K"

static unsigned long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * NSEC_PER_SEC + time.tv_nsec;
}

void progress_start(struct progress *progress, int fd,
		    unsigned long long total)
{
	*progress = (struct progress){
		.active = isatty(STDERR_FILENO) && !isatty(fd),
		.total = total,
		.started = now(),
	};
}

static double percent(const struct progress *progress)
{
	/* The map may have grown meanwhile. */
	if (progress->done >= progress->total)
		return 100;
	return 100.0 * progress->done / progress->total;
}

static void show(const struct progress *progress)
{
	unsigned long long elapsed = progress->shown - progress->started;

	fprintf(stderr, CLEAR_LINE "%llu lines, %.0f/s",
		progress->steps,
		(double)progress->steps * NSEC_PER_SEC / elapsed);
	if (progress->total)
		fprintf(stderr, ", %.0f%%", percent(progress));
}

void progress_step(struct progress *progress, size_t done)
{
	unsigned long long time;

	progress->done += done;
	if (++progress->steps % STEPS_PER_LOOK || !progress->active)
		return;
	time = now();
	if (time - progress->shown < INTERVAL)
		return;
	progress->shown = time;
	show(progress);
}

void progress_clear(const struct progress *progress)
{
	if (progress->active && progress->shown)
		fputs(CLEAR_LINE, stderr);
}
