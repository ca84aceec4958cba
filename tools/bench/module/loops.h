/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loops of peer.h, for whatever operation on one key. Each peer makes
 * instances of them with BENCH_LOOPS(); see there.
 */
#ifndef _GOMAP_BENCH_LOOPS_H
#define _GOMAP_BENCH_LOOPS_H

#include "peer.h"

/* Each returns 0 if it did what it should, as far as it knows. */
typedef int (*bench_read_fn)(void *map, const void *key, size_t len,
			     void *value);
typedef int (*bench_write_fn)(void *map, const void *key, size_t len,
			      const void *value);
typedef int (*bench_delete_fn)(void *map, const void *key, size_t len);

static __always_inline u32 bench_hits(bench_read_fn lookup, bool string,
				      void *map, const struct bench_keys *keys,
				      u32 first, u32 last, u32 twist)
{
	u8 value[BENCH_VALUE_MAX] __aligned(8);
	u32 i, bad = 0;
	const void *key;
	size_t len;

	for (i = first; i < last; i++) {
		key = bench_key(keys, i, string, &len);
		bad += lookup(map, key, len, value) ||
		       bench_word(value) != (bench_word(key) ^ twist);
	}
	return bad;
}

static __always_inline u32 bench_misses(bench_read_fn lookup, bool string,
					void *map,
					const struct bench_keys *keys,
					u32 first, u32 last)
{
	u8 value[BENCH_VALUE_MAX] __aligned(8);
	u32 i, bad = 0;
	const void *key;
	size_t len;

	for (i = first; i < last; i++) {
		key = bench_key(keys, i, string, &len);
		bad += !lookup(map, key, len, value);
	}
	return bad;
}

static __always_inline u32 bench_writes(bench_write_fn write, bool string,
					void *map,
					const struct bench_keys *keys,
					u32 first, u32 last, u32 twist)
{
	u8 value[BENCH_VALUE_MAX] __aligned(8) = {};
	u32 i, word, bad = 0;
	const void *key;
	size_t len;

	for (i = first; i < last; i++) {
		key = bench_key(keys, i, string, &len);
		word = bench_word(key) ^ twist;
		__builtin_memcpy(value, &word, sizeof(word));
		bad += !!write(map, key, len, value);
	}
	return bad;
}

static __always_inline u32 bench_deletes(bench_delete_fn delete, bool string,
					 void *map,
					 const struct bench_keys *keys,
					 u32 first, u32 last)
{
	u32 i, bad = 0;
	const void *key;
	size_t len;

	for (i = first; i < last; i++) {
		key = bench_key(keys, i, string, &len);
		bad += !!delete(map, key, len);
	}
	return bad;
}

static __always_inline u32 bench_mixed_95_5(bench_read_fn lookup,
					    bench_write_fn update, bool string,
					    void *map,
					    const struct bench_keys *keys,
					    u32 first, u32 last, u32 thread)
{
	u8 value[BENCH_VALUE_MAX] __aligned(8) = {};
	u32 i, bad = 0;
	const void *key;
	size_t len;

	for (i = first; i < last; i++) {
		key = bench_key(keys, i, string, &len);
		if (i % 20 == thread)
			bad += !!update(map, key, len, value);
		else
			bad += !!lookup(map, key, len, value);
	}
	return bad;
}

/* Of four keys the first two belong to a thread each, and two are for all. */
static __always_inline u32 bench_mixed_50_50(bench_read_fn lookup,
					     bench_write_fn insert,
					     bench_delete_fn delete,
					     bool string, void *map,
					     const struct bench_keys *keys,
					     u32 first, u32 last, u32 thread)
{
	u8 value[BENCH_VALUE_MAX] __aligned(8) = {};
	const void *own, *key;
	size_t own_len, len;
	u32 i, bad = 0;

	for (i = first; i + 4 <= last; i += 4) {
		own = bench_key(keys, i + thread, string, &own_len);
		bad += !!delete(map, own, own_len);
		key = bench_key(keys, i + 2, string, &len);
		bad += !!lookup(map, key, len, value);
		bad += !!insert(map, own, own_len, value);
		key = bench_key(keys, i + 3, string, &len);
		bad += !!lookup(map, key, len, value);
	}
	return bad;
}

/*
 * Defines struct bench_loops NAME_loops of the functions NAME_lookup,
 * NAME_insert, NAME_insert_atomic, NAME_update and NAME_delete; STRING is whether
 * keys are strings, BATCH the loop of batches, or NULL.
 */
#define BENCH_LOOPS(name, string, batch_loop)				\
static u32 name##_hits(void *map, const struct bench_keys *keys,	\
		       u32 first, u32 last, u32 twist)			\
{									\
	return bench_hits(name##_lookup, string, map, keys, first,	\
			  last, twist);					\
}									\
									\
static u32 name##_misses(void *map, const struct bench_keys *keys,	\
			 u32 first, u32 last, u32 twist)		\
{									\
	return bench_misses(name##_lookup, string, map, keys, first,	\
			    last);					\
}									\
									\
static u32 name##_inserts(void *map, const struct bench_keys *keys,	\
			  u32 first, u32 last, u32 twist)		\
{									\
	return bench_writes(name##_insert, string, map, keys, first,	\
			    last, twist);				\
}									\
									\
static u32 name##_atomic_inserts(void *map,				\
				 const struct bench_keys *keys,		\
				 u32 first, u32 last, u32 twist)	\
{									\
	return bench_writes(name##_insert_atomic, string, map, keys,	\
			    first, last, twist);			\
}									\
									\
static u32 name##_updates(void *map, const struct bench_keys *keys,	\
			  u32 first, u32 last, u32 twist)		\
{									\
	return bench_writes(name##_update, string, map, keys, first,	\
			    last, twist);				\
}									\
									\
static u32 name##_deletes(void *map, const struct bench_keys *keys,	\
			  u32 first, u32 last, u32 twist)		\
{									\
	return bench_deletes(name##_delete, string, map, keys, first,	\
			     last);					\
}									\
									\
static u32 name##_mixed_95_5(void *map, const struct bench_keys *keys,	\
			     u32 first, u32 last, u32 thread)		\
{									\
	return bench_mixed_95_5(name##_lookup, name##_update, string,	\
				map, keys, first, last, thread);	\
}									\
									\
static u32 name##_mixed_50_50(void *map, const struct bench_keys *keys,	\
			      u32 first, u32 last, u32 thread)		\
{									\
	return bench_mixed_50_50(name##_lookup, name##_insert,		\
				 name##_delete, string, map, keys,	\
				 first, last, thread);			\
}									\
									\
static const struct bench_loops name##_loops = {			\
	.hit = name##_hits,						\
	.miss = name##_misses,						\
	.insert = name##_inserts,					\
	.insert_atomic = name##_atomic_inserts,				\
	.update = name##_updates,					\
	.delete = name##_deletes,					\
	.batch = batch_loop,						\
	.mixed_95_5 = name##_mixed_95_5,				\
	.mixed_50_50 = name##_mixed_50_50,				\
}

#endif /* _GOMAP_BENCH_LOOPS_H */
