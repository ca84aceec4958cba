/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Coverage: which code of the module a thread ran, from KCOV.
 *
 * Only the module is built with KCOV, so what is traced is its code and no
 * other. The kernel gives the basic blocks in their order; what tells programs
 * apart is the edges, which are pairs of blocks that follow one another within
 * a call. On a kernel without KCOV there are none.
 */
#ifndef _FUZZ_COVERAGE_H
#define _FUZZ_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of edges, or of blocks. */
struct edges {
	uint64_t *table;
	uint32_t *used;
	unsigned int nr;
};

void edges_init(struct edges *edges);
void edges_free(struct edges *edges);
void edges_clear(struct edges *edges);
bool edges_have(const struct edges *edges, uint64_t edge);
void edges_add(struct edges *edges, uint64_t edge);
/* How many of @edges are not in @known. */
unsigned int edges_new(const struct edges *edges, const struct edges *known);
void edges_add_all(struct edges *edges, const struct edges *more);
/* Those of @from that @known hasn't, into @to. */
void edges_subtract(struct edges *to, const struct edges *from,
		    const struct edges *known);
/* In memory of their own. */
uint64_t *edges_list(const struct edges *edges);
/* Leaves in @edges what is in @others, too. */
void edges_intersect(struct edges *edges, const struct edges *others);

/* Calling thread, from now on. False if the kernel can't. */
bool coverage_init(void);
void coverage_begin(void);
/* Adds the edges since coverage_begin(). */
void coverage_end(struct edges *edges);

/* All blocks that this process has seen; and the functions with none of them. */
unsigned int coverage_blocks(void);
void coverage_print_unreached(void);

#endif /* _FUZZ_COVERAGE_H */
