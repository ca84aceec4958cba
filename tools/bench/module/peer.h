/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a peer is: a kind of map, with its loops.
 *
 * A loop does one operation on each key from @first up to @last, and counts
 * those that did not turn out as they should. A peer's loops are its own
 * instances of those of loops.h, so that each operation is compiled into its
 * loop as it would be into the code of a user, and nothing but a call for a
 * thousand keys goes through a pointer.
 */
#ifndef _GOMAP_BENCH_PEER_H
#define _GOMAP_BENCH_PEER_H

#include <linux/types.h>
#include "data.h"

/* Values are the first word of their key, XORed with one of these. */
#define BENCH_INSERTED 0x5a5a5a5a
#define BENCH_UPDATED 0xa5a5a5a5

/* How many keys a call for a batch is given. */
#define BENCH_BATCH 256

typedef u32 (*bench_loop_fn)(void *map, const struct bench_keys *keys,
			     u32 first, u32 last, u32 twist);

/*
 * @hit: looks up keys that are there, and their values
 * @miss: looks up keys that are not there
 * @insert: inserts
 * @insert_atomic: inserts without sleeping; refused keys count as failed
 * @update: gives keys that are there another value
 * @delete: deletes keys that are there
 * @batch: as @hit, many keys a call; NULL where there is none
 * @mixed_95_5: as @hit, but one key of 20 is updated
 * @mixed_50_50: of four keys, two are looked up, and one is deleted and inserted
 *
 * The last two are for several threads at once: @twist is the thread's number.
 * Each thread goes over all keys, but writes its own.
 */
struct bench_loops {
	bench_loop_fn hit;
	bench_loop_fn miss;
	bench_loop_fn insert;
	bench_loop_fn insert_atomic;
	bench_loop_fn update;
	bench_loop_fn delete;
	bench_loop_fn batch;
	bench_loop_fn mixed_95_5;
	bench_loop_fn mixed_50_50;
};

/*
 * @name: as in the results
 * @flags: the peer's own
 * @loops: those for maps of a shape, NULL if there are no such maps
 * @create: make a map for @size keys, with room for them if @reserve
 * @destroy: free it
 * @settle: wait until it has done growing
 * @scan: copy each entry out, and return how many there are
 */
struct bench_peer {
	const char *name;
	u32 flags;
	const struct bench_loops *(*loops)(const struct bench_shape *shape);
	void *(*create)(const struct bench_peer *peer,
			const struct bench_shape *shape, u32 size,
			bool reserve);
	void (*destroy)(void *map);
	void (*settle)(void *map);
	u32 (*scan)(void *map, void *buffer, size_t bytes);
};

extern const struct bench_peer bench_gomap;
extern const struct bench_peer bench_gomap_fast;
extern const struct bench_peer bench_rhashtable;
extern const struct bench_peer bench_rhashtable_string;
extern const struct bench_peer bench_bpf;
extern const struct bench_peer bench_bpf_no_prealloc;

bool bench_peer_exists(const char *name);
/* NULL if it has no such maps. */
const struct bench_peer *bench_peer_find(const char *name,
					 const struct bench_shape *shape);

#endif /* _GOMAP_BENCH_PEER_H */
