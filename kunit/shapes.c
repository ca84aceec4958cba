// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of maps. See shapes.h.
 */
#include <linux/gomap.h>
#include <linux/minmax.h>
#include <linux/siphash.h>
#include <linux/string.h>
#include "../module/compat.h"
#include "shapes.h"

#define VAR_BOTH (GOMAP_VAR_KEY | GOMAP_VAR_VALUE)

const struct gomap_kunit_shape gomap_kunit_shapes[GOMAP_KUNIT_SHAPES] = {
	/* In the slots. */
	{ "8 to 8", 8, 8, 0, 200 },
	{ "4 to 4", 4, 4, 0, 200 },
	{ "4 to 8", 4, 8, 0, 200 },
	{ "1, a set", 1, 0, 0, 256 },
	{ "1 to 1", 1, 1, 0, 256 },
	{ "3 to 5", 3, 5, 0, 150 },
	{ "16 to 64", 16, 64, 0, 150 },
	{ "8 to 120, most of a slot", 8, 120, 0, 150 },
	{ "128, most of a slot, a set", 128, 0, 0, 150 },
	/* In entries. */
	{ "1 to 136", 1, 136, 0, 150 },
	{ "8 to 121, least of an entry", 8, 121, 0, 150 },
	{ "129, least of an entry, a set", 129, 0, 0, 150 },
	{ "4096, the longest key, to 8", 4096, 8, 0, 60 },
	{ "up to 64 to 8", 64, 8, GOMAP_VAR_KEY, 150 },
	{ "8 to up to 200", 8, 200, GOMAP_VAR_VALUE, 150 },
	{ "up to 40 to up to 100", 40, 100, VAR_BOTH, 150 },
	{ "up to 4096, a set", 4096, 0, GOMAP_VAR_KEY, 60 },
	{ "8 to 8, fast hash", 8, 8, GOMAP_HASH_FAST, 150 },
	{ "8 to 200, fast hash", 8, 200, GOMAP_HASH_FAST, 150 },
	{ "up to 40 to 8, fast hash", 40, 8, GOMAP_HASH_FAST | GOMAP_VAR_KEY,
	  150 },
};

/* Number 0 has no bytes where it may; the others have two at least. */
static size_t key_len(const struct gomap_kunit_shape *shape, u32 number)
{
	if (!(shape->flags & GOMAP_VAR_KEY))
		return shape->key_size;
	return number ? 2 + number * 31 % (shape->key_size - 1) : 0;
}

size_t gomap_kunit_key(const struct gomap_kunit_shape *shape, u32 number,
		       void *key)
{
	size_t len = key_len(shape, number);
	size_t width = min(len, sizeof(number));

	memset(key, 0, len);
	memcpy(key + len - width, &number, width);
	return len;
}

size_t gomap_kunit_value(const struct gomap_kunit_shape *shape, u32 number,
			 u32 version, void *value)
{
	u64 word = (u64)version << 32 | number;
	size_t len = shape->value_size;
	u8 *byte = value;
	size_t i;

	if (shape->flags & GOMAP_VAR_VALUE)
		len = (number + version * 7) % (shape->value_size + 1);
	for (i = 0; i < len; i++) {
		word = word * 6364136223846793005ULL + 1442695040888963407ULL;
		byte[i] = word >> 56;
	}
	return len;
}

static u64 mix(const void *data, size_t len)
{
	static const siphash_key_t key = { { 1, 2 } };

	return siphash(data, len, &key);
}

u64 gomap_kunit_hash_constant(const void *data, size_t len)
{
	return 0;
}

u64 gomap_kunit_hash_key(const void *data, size_t len)
{
	return get_unaligned_le64(data) | 1ULL << 56;
}

static u64 hash_low_bits(const void *data, size_t len)
{
	return mix(data, len) & 0xffff;
}

static u64 hash_tag(const void *data, size_t len)
{
	return mix(data, len) << 56;
}

/* Tags and buckets are few, and tags differ by one. */
static u64 hash_few(const void *data, size_t len)
{
	return mix(data, len) & (3ULL << 56 | 3);
}

const struct gomap_kunit_hash gomap_kunit_hashes[GOMAP_KUNIT_HASHES] = {
	{ "the map's hash", NULL },
	{ "a constant hash", gomap_kunit_hash_constant },
	{ "one tag", hash_low_bits },
	{ "one bucket", hash_tag },
	{ "few tags and buckets", hash_few },
};
