/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs as text, a call a line:
 *
 *	d2 = create d0 key_size=8 value_size=8 name="a"
 *	race same close
 *	insert d2 repeat=100 key=rw+0x1000{7*1:8} key_len=8 value=edge-8 value_len=8
 *
 * The argument of a call is what a member's usual value isn't: 0, but in size
 * that of the structure. A pointer is a window of memory (memory.h) and an
 * offset; in braces, what is put there before the call: the number 7 and those
 * that follow it, 1 of them, each with 8 bytes; or, with {7*1:8,16}, a record of
 * so long a key and value. What comes after "race" happens many times while
 * others do what the line says. Lines with # are for people.
 */
#ifndef _FUZZ_TEXT_H
#define _FUZZ_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "program.h"

void program_print(const struct program *program, FILE *out);
/* False, with a line about it on standard error, if it isn't one. */
bool program_parse(const char *text, const char *name, struct program *program);

#endif /* _FUZZ_TEXT_H */
