/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys that all peers get: the same ones, in the same order.
 */
#ifndef _GOMAP_BENCH_DATA_H
#define _GOMAP_BENCH_DATA_H

#include <linux/types.h>

/* What a map's keys and values are like. */
struct bench_shape {
	u32 key_size;	/* of strings the most that one may have */
	u32 value_size;
	bool string;
};

#define BENCH_STRING_MIN 5
#define BENCH_STRING_MAX 40
#define BENCH_VALUE_MAX 64

/*
 * An array of keys, each of which begins @stride bytes after the one before. A
 * string lies behind a byte with its length.
 */
struct bench_keys {
	u8 *bytes;
	u32 stride;
	u32 key_size;
	bool string;
};

/*
 * @inserted: the keys in the order in which they are inserted
 * @looked_up: the same keys in an independent order
 * @absent: other keys, as many
 */
struct bench_data {
	struct bench_shape shape;
	u32 size;
	struct bench_keys inserted;
	struct bench_keys looked_up;
	struct bench_keys absent;
};

int bench_data_fill(struct bench_data *data, const struct bench_shape *shape,
		    u32 size);
void bench_data_free(struct bench_data *data);

/* @string is a constant where it matters. */
static __always_inline const void *bench_key(const struct bench_keys *keys,
					     u32 i, bool string, size_t *len)
{
	const u8 *key = keys->bytes + (size_t)i * keys->stride;

	if (!string) {
		*len = keys->key_size;
		return key;
	}
	*len = *key;
	return key + 1;
}

/* Each key has at least four bytes, and they make up its value. */
static __always_inline u32 bench_word(const void *bytes)
{
	u32 word;

	__builtin_memcpy(&word, bytes, sizeof(word));
	return word;
}

#endif /* _GOMAP_BENCH_DATA_H */
