/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line on the terminal that says how far a long command has come.
 */
#ifndef _GOMAPCTL_PROGRESS_H
#define _GOMAPCTL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct progress - how far it is
 * @active: standard error is a terminal
 * @steps: lines done
 * @done: how much of @total is done
 * @total: how much there is to do, in whatever unit, 0 if unknown
 * @started: when it began, in nanoseconds
 * @shown: when it was last shown
 */
struct progress {
	bool active;
	unsigned long long steps;
	unsigned long long done;
	unsigned long long total;
	unsigned long long started;
	unsigned long long shown;
};

/* @fd is where lines come from or go to: on a terminal they are seen anyway. */
void progress_start(struct progress *progress, int fd,
		    unsigned long long total);
void progress_step(struct progress *progress, size_t done);
/* Make room for other output, or end it. */
void progress_clear(const struct progress *progress);

#endif /* _GOMAPCTL_PROGRESS_H */
