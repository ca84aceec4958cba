// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys and values that say what they are. See item.h.
 */
#include <linux/minmax.h>
#include <linux/string.h>
#include "item.h"

/* The finalizer of MurmurHash3, with Stafford's constants (variant 13). */
u64 torture_mix(u64 x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/*
 * Bytes that follow from a seed: a Weyl sequence, whose words are all different.
 * Cheap, for the time that this takes is time that the map isn't tortured.
 */

static u64 stream_word(u64 seed, u32 number)
{
	return seed + (number + 1) * 0x9e3779b97f4a7c15ULL;
}

static void fill_stream(void *to, size_t len, u64 seed)
{
	u32 number = 0;
	u64 word;

	for (; len; number++) {
		size_t part = min(len, sizeof(word));

		word = stream_word(seed, number);
		memcpy(to, &word, part);
		to += part;
		len -= part;
	}
}

static bool is_stream(const void *data, size_t len, u64 seed)
{
	u32 number = 0;
	u64 word;

	for (; len; number++) {
		size_t part = min(len, sizeof(word));

		word = stream_word(seed, number);
		if (memcmp(data, &word, part))
			return false;
		data += part;
		len -= part;
	}
	return true;
}

static size_t key_len(const struct gomap_params *params, u32 id)
{
	if (!(params->flags & GOMAP_VAR_KEY))
		return params->key_size;
	return sizeof(id) + torture_mix(id) % (params->key_size - sizeof(id) + 1);
}

size_t torture_make_key(const struct gomap_params *params, u32 id, void *key)
{
	size_t len = key_len(params, id);

	memcpy(key, &id, sizeof(id));
	fill_stream(key + sizeof(id), len - sizeof(id), torture_mix(id));
	return len;
}

bool torture_read_key(const struct gomap_params *params, const void *key,
		      size_t len, u32 *id)
{
	if (len < sizeof(*id))
		return false;
	memcpy(id, key, sizeof(*id));
	return len == key_len(params, *id) &&
	       is_stream(key + sizeof(*id), len - sizeof(*id),
			 torture_mix(*id));
}

/* Small values have room for a part of the version only. */
static size_t version_size(const struct gomap_params *params)
{
	return params->value_size < 8 ? sizeof(u16) : sizeof(u32);
}

u32 torture_version_mask(const struct gomap_params *params)
{
	return params->value_size < 8 ? U16_MAX : U32_MAX;
}

static u64 value_seed(u32 id, u32 version)
{
	return torture_mix((u64)id << 32 | version);
}

static size_t value_len(const struct gomap_params *params, u64 seed)
{
	size_t least = 2 * version_size(params);

	if (!(params->flags & GOMAP_VAR_VALUE))
		return params->value_size;
	return least + seed % (params->value_size - least + 1);
}

size_t torture_make_value(const struct gomap_params *params, u32 id,
			  u32 version, void *value)
{
	size_t head = version_size(params), len;
	u16 small;
	u64 seed;

	version &= torture_version_mask(params);
	small = version;
	seed = value_seed(id, version);
	len = value_len(params, seed);
	memcpy(value, head == sizeof(small) ? (void *)&small : &version, head);
	fill_stream(value + head, len - head, seed);
	return len;
}

bool torture_read_value(const struct gomap_params *params, u32 id,
			const void *value, size_t len, u32 *version)
{
	size_t head = version_size(params);
	u16 small;
	u64 seed;

	if (len < head)
		return false;
	memcpy(&small, value, sizeof(small));
	*version = small;
	if (head == sizeof(*version))
		memcpy(version, value, sizeof(*version));
	seed = value_seed(id, *version);
	return len == value_len(params, seed) &&
	       is_stream(value + head, len - head, seed);
}

size_t torture_make_number(const struct gomap_params *params, u64 number,
			   void *value)
{
	size_t len = params->flags & GOMAP_VAR_VALUE ? sizeof(number) :
						       params->value_size;
	u32 small = number;
	size_t at;

	if (len == sizeof(small)) {
		memcpy(value, &small, sizeof(small));
		return len;
	}
	for (at = 0; at < len; at += sizeof(number))
		memcpy(value + at, &number, sizeof(number));
	return len;
}

bool torture_read_number(const struct gomap_params *params, const void *value,
			 size_t len, u64 *number)
{
	u32 small;
	size_t at;

	if (len != (params->flags & GOMAP_VAR_VALUE ? sizeof(*number) :
						      params->value_size))
		return false;
	if (len == sizeof(small)) {
		memcpy(&small, value, sizeof(small));
		*number = small;
		return true;
	}
	memcpy(number, value, sizeof(*number));
	for (at = 0; at < len; at += sizeof(*number))
		if (memcmp(value + at, number, sizeof(*number)))
			return false;
	return true;
}
