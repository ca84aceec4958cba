/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs made up, and others made from them.
 */
#ifndef _FUZZ_GRAMMAR_H
#define _FUZZ_GRAMMAR_H

#include "program.h"
#include "random.h"

void generate_program(struct random *random, struct program *program);
/* @other: a program to take calls from. */
void mutate_program(struct random *random, struct program *program,
		    const struct program *other);

#endif /* _FUZZ_GRAMMAR_H */
