/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running programs, each as if it was the first: with descriptors and memory of
 * its own, and no map left of those before.
 */
#ifndef _FUZZ_EXECUTE_H
#define _FUZZ_EXECUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "coverage.h"
#include "program.h"

/* Descriptor 0 of programs; below are our own. */
#define FIRST_FD 20

/* call.c: one call, as often as it repeats. @edges: NULL in other threads. */
void make_call(const struct call *call, struct edges *edges, bool racing);

/* audit.c: what must be true of each map when nobody is at work. */
void audit_maps(void);

/*
 * race.c: what the program wants to go on beside it. @seed makes their random
 * choices.
 */
void races_begin(const struct program *program, uint64_t seed);
void races_end(void);

/*
 * execute.c: What is wrong is noted here, the first time. Not what is wrong with
 * a call: with what the kernel made of it.
 */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* With @show_all each program is shown before it is executed. */
void execute_init(bool show_all);
/*
 * What was wrong, or NULL. Adds the edges that the calls ran through, those of
 * this thread.
 */
const char *execute(const struct program *program, uint64_t seed,
		    struct edges *edges);
/* What went wrong ends it: the kernel isn't to be trusted any more. */
void execute_or_exit(const struct program *program, uint64_t seed,
		     struct edges *edges);

#endif /* _FUZZ_EXECUTE_H */
