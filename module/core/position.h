/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of a map: by the bit-reversed hash.
 *
 * The number of a key's chain is the low bits of its hash, so chain i of a table
 * of 2^log2 heads has just the keys whose reversed hash begins with the log2
 * bits of i reversed: an interval of positions. Intervals of a larger table
 * divide those of a smaller one, whichever tables the map has had and will have.
 *
 *   position   0                                                    2^64
 *   2 heads    |            0             |            1             |
 *   4 heads    |     0      |     2       |     1      |     3       |
 *   8 heads    |  0  |  4   |  2   |  6   |  1  |  5   |  3   |  7   |
 *
 * (Shalev and Shavit, "Split-Ordered Lists", 2006, for the order; the cursor of
 * Redis' SCAN for walking in it across changes of size.)
 */
#ifndef _GOMAP_POSITION_H
#define _GOMAP_POSITION_H

#include <linux/bitrev.h>
#include <linux/types.h>
#include "table.h"

static inline u64 gomap_reverse(u64 hash)
{
	return (u64)bitrev32(hash) << 32 | bitrev32(hash >> 32);
}

/* The positions of one chain of a table, less one. */
static inline u64 gomap_span(const struct gomap_table *table)
{
	return table->log2 ? (1ULL << (64 - table->log2)) - 1 : U64_MAX;
}

/* The chain that covers @position. */
static inline struct gomap_bucket *
gomap_head_covering(const struct gomap_table *table, u64 position)
{
	return gomap_head_of(table, gomap_reverse(position));
}

#endif /* _GOMAP_POSITION_H */
