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
	BENCH_MIXED_95_5,
	BENCH_MIXED_95_5_TWO_CPUS,
	BENCH_MIXED_50_50,
	BENCH_MIXED_50_50_TWO_CPUS,
	BENCH_DELETE,
	BENCH_INSERT_RESERVED,
	BENCH_INSERT_MEDIAN,
	BENCH_INSERT_9999,
	BENCH_INSERT_WORST,
	BENCH_BYTES_FULL,
	BENCH_BYTES_DOUBLED,
	BENCH_BYTES_MEAN,
	BENCH_INSERT_BH_OFF,
	BENCH_INSERT_BH_ON,
	BENCH_REFUSED_BH_OFF,
	BENCH_REFUSED_BH_ON,
	BENCH_HOLD_SPLIT,
	BENCH_HOLD_MERGE,
	BENCH_LINES_HIT,
	BENCH_LINES_UPDATE,
	BENCH_LINES_REPLACE,
	BENCH_OPERATIONS,
};

extern const char * const bench_operation_names[BENCH_OPERATIONS];

/*
 * What an operation took in all lives together, or 0 of both. Where it isn't time
 * that is measured, @ns are bytes, and @operations entries; or @ns are those of the
 * @operations that were refused. Where it is the time of one move, @operations are
 * the entries moved.
 */
struct bench_time {
	u64 ns;
	u64 operations;
};

/* A map in the middle of its life. */
struct bench_life {
	const struct bench_peer *peer;
	const struct bench_data *data;
	void *map;
	unsigned long wanted;
	u32 passes;	/* of what can be repeated, as it changes nothing */
	struct bench_time *times;
};

/* So many keys at a time; then others may run. */
#define BENCH_CHUNK 1024

int bench_report(enum bench_operation operation, u32 bad);
int bench_mixed(struct bench_life *life);
int bench_tail(struct bench_life *life);
int bench_bytes(struct bench_life *life);
int bench_bh_off(struct bench_life *life);
int bench_bh_on(struct bench_life *life);
int bench_hold(struct bench_life *life);
int bench_lines(struct bench_life *life);

int bench_live(const struct bench_peer *peer, const struct bench_data *data,
	       unsigned long wanted, struct bench_time *times);

#endif /* _GOMAP_BENCH_LIFE_H */
