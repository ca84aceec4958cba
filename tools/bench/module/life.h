/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of a map, from its first insert to its last delete, and what each
 * part of it took.
 */
#ifndef _GOMAP_BENCH_LIFE_H
#define _GOMAP_BENCH_LIFE_H

#include <linux/types.h>

struct bench_data;
struct bench_peer;

/* In the order of a life. */
enum bench_operation {
	BENCH_INSERT,
	BENCH_HIT,
	BENCH_MISS,
	BENCH_LOOKUP_BATCH,
	BENCH_SCAN,
	BENCH_UPDATE,
	BENCH_DELETE,
	BENCH_INSERT_RESERVED,
	BENCH_OPERATIONS,
};

extern const char * const bench_operation_names[BENCH_OPERATIONS];

/* What an operation took in all lives together, or 0 of both. */
struct bench_time {
	u64 ns;
	u64 operations;
};

int bench_live(const struct bench_peer *peer, const struct bench_data *data,
	       unsigned long wanted, struct bench_time *times);

#endif /* _GOMAP_BENCH_LIFE_H */
