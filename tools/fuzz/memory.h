/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that calls are given pointers to.
 *
 * Each window shows a part of a file in memory, at a fixed address and in its
 * own way: as a process would have it, at the end of a mapping, read-only. We
 * write to that file through a mapping of our own, so what is behind a window
 * can be changed whatever the window permits, or when it has just been unmapped.
 */
#ifndef _FUZZ_MEMORY_H
#define _FUZZ_MEMORY_H

#include <stdint.h>
#include <stddef.h>

#include "program.h"

/* Of a window; the largest value is 1 MiB. */
#define WINDOW_SIZE ((int64_t)4 << 20)

void memory_init(void);
/* As it was in the beginning: mapped, and all zeros. */
void memory_reset(void);

uint64_t pointer_address(const struct pointer *pointer);
/* Our own view of what is there, and how much follows; NULL if nothing is. */
unsigned char *pointer_memory(const struct pointer *pointer, size_t *room);
/* The content, for a call that is made for the @iteration-th time. */
void pointer_fill(const struct pointer *pointer, unsigned int iteration);

/*
 * A page fault in a window now takes pages and nothing else: no node of the
 * file's tree of pages.
 */
void memory_prepare(void);

/* For races: change a byte of WINDOW_SHARED; change how WINDOW_FLIP is mapped. */
void memory_scribble(uint64_t random);
void memory_flip(uint64_t random);

#endif /* _FUZZ_MEMORY_H */
