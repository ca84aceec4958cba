// SPDX-License-Identifier: GPL-2.0-only
#include <sys/stat.h>
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

void progress_start(struct progress *progress, FILE *in)
{
	struct stat stat;

	*progress = (struct progress){ .started = now() };
	/* Where the input is typed, its echo shows it. */
	progress->active = isatty(STDERR_FILENO) && !isatty(fileno(in));
	if (!fstat(fileno(in), &stat) && S_ISREG(stat.st_mode))
		progress->size = stat.st_size;
}

static void show(const struct progress *progress)
{
	unsigned long long elapsed = progress->shown - progress->started;

	fprintf(stderr, CLEAR_LINE "%llu lines, %.0f/s",
		progress->steps,
		(double)progress->steps * NSEC_PER_SEC / elapsed);
	if (progress->size)
		fprintf(stderr, ", %.0f%%",
			100.0 * progress->bytes / progress->size);
}

void progress_step(struct progress *progress, size_t bytes)
{
	unsigned long long time;

	progress->bytes += bytes;
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
