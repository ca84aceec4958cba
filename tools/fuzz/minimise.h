/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making a program smaller that reaches what others don't.
 */
#ifndef _FUZZ_MINIMISE_H
#define _FUZZ_MINIMISE_H

#include <stdbool.h>

#include "coverage.h"
#include "program.h"

/*
 * What remains of @program still reaches all of @wanted. Leaves calls away; if
 * @thorough, it also gives members their usual values and ends races.
 */
void minimise(struct program *program, const struct edges *wanted,
	      bool thorough);

#endif /* _FUZZ_MINIMISE_H */
