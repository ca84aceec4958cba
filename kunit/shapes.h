/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kinds of maps: sizes at every edge of the layouts, and hashes at their worst.
 *
 * Keys go by number. Those of one size differ in their last bytes only, and
 * those of variable length in their length, too; number 0 is all zeros, as
 * empty slots are. What value a key has goes by the key's number and a version,
 * so that an old value, another key's, or a mix of two is told from the right
 * one.
 */
#ifndef _GOMAP_KUNIT_SHAPES_H
#define _GOMAP_KUNIT_SHAPES_H

#include <linux/types.h>

struct gomap_kunit_shape {
	const char *name;
	u32 key_size;
	u32 value_size;
	u32 flags;
	/* How many keys to test with. */
	u32 keys;
};

#define GOMAP_KUNIT_SHAPES 20
extern const struct gomap_kunit_shape gomap_kunit_shapes[GOMAP_KUNIT_SHAPES];

/* Write key @number to @key, which has room for key_size; its length. */
size_t gomap_kunit_key(const struct gomap_kunit_shape *shape, u32 number,
		       void *key);
size_t gomap_kunit_value(const struct gomap_kunit_shape *shape, u32 number,
			 u32 version, void *value);

typedef u64 gomap_kunit_hash_fn(const void *data, size_t len);

struct gomap_kunit_hash {
	const char *name;
	gomap_kunit_hash_fn *function;
};

/* The first one is the map's own. */
#define GOMAP_KUNIT_HASHES 5
extern const struct gomap_kunit_hash gomap_kunit_hashes[GOMAP_KUNIT_HASHES];

gomap_kunit_hash_fn gomap_kunit_hash_constant;
/* For keys of 8 bytes, which choose their chain; all have one tag. */
gomap_kunit_hash_fn gomap_kunit_hash_key;

#endif /* _GOMAP_KUNIT_SHAPES_H */
