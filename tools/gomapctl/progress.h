/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line on the terminal that says how far a long command has come.
 */
#ifndef _GOMAPCTL_PROGRESS_H
#define _GOMAPCTL_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct progress - how far it is
 * @active: standard error is a terminal
 * @steps: lines done
 * @bytes: bytes of the input done
 * @size: bytes of the input in all, 0 if unknown
 * @started: when it began, in nanoseconds
 * @shown: when it was last shown
 */
struct progress {
	bool active;
	unsigned long long steps;
	unsigned long long bytes;
	unsigned long long size;
	unsigned long long started;
	unsigned long long shown;
};

void progress_start(struct progress *progress, FILE *in);
void progress_step(struct progress *progress, size_t bytes);
/* Make room for other output, or end it. */
void progress_clear(const struct progress *progress);

#endif /* _GOMAPCTL_PROGRESS_H */
