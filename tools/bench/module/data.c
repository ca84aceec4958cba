// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that look random and are all different: key number i is i, put through
 * functions that map no two numbers to one. The absent keys go on where those
 * present end. Every run has the same keys.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include "data.h"

/* SplitMix64's and MurmurHash3's last steps; one to one, as is the last. */
static u64 mix64(u64 x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static u32 mix32(u32 x)
{
	x += 0x9e3779b9;
	x = (x ^ (x >> 16)) * 0x85ebca6b;
	x = (x ^ (x >> 13)) * 0xc2b2ae35;
	return x ^ (x >> 16);
}

static u32 mix30(u32 x)
{
	x = (x * 0x85ebca6b) & GENMASK(29, 0);
	x ^= x >> 15;
	x = (x * 0xc2b2ae35) & GENMASK(29, 0);
	return x ^ (x >> 15);
}

/* Five characters tell the strings apart, the others have no part in that. */
static void make_string(u8 *key, u32 i)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyz-_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	u32 number = mix30(i), len, at;
	u64 random = mix64(i);

	len = BENCH_STRING_MIN +
	      (u32)random % (BENCH_STRING_MAX - BENCH_STRING_MIN + 1);
	*key++ = len;
	for (at = 0; at < len; at++) {
		*key++ = letters[number % 64];
		number /= 64;
		if (at >= BENCH_STRING_MIN - 1) {
			random = mix64(random);
			number = random % 64;
		}
	}
}

static void make_key(u8 *key, const struct bench_shape *shape, u32 i)
{
	u32 number32, at;
	u64 number;

	if (shape->string) {
		make_string(key, i);
		return;
	}
	if (shape->key_size == sizeof(number32)) {
		number32 = mix32(i);
		memcpy(key, &number32, sizeof(number32));
		return;
	}
	number = i;
	for (at = 0; at < shape->key_size; at += sizeof(number)) {
		number = mix64(number);
		memcpy(key + at, &number, sizeof(number));
	}
}

static int alloc_keys(struct bench_keys *keys, const struct bench_shape *shape,
		      u32 size)
{
	keys->string = shape->string;
	keys->key_size = shape->key_size;
	keys->stride = shape->string ? 1 + BENCH_STRING_MAX : shape->key_size;
	keys->bytes = vzalloc((size_t)size * keys->stride);
	return keys->bytes ? 0 : -ENOMEM;
}

static void shuffle(struct bench_keys *keys, u32 size)
{
	u32 i, other, stride = keys->stride;
	u8 swap[1 + BENCH_STRING_MAX], *a, *b;
	struct rnd_state random;

	prandom_seed_state(&random, size);
	for (i = size - 1; i; i--) {
		other = ((u64)prandom_u32_state(&random) * (i + 1)) >> 32;
		a = keys->bytes + (size_t)i * stride;
		b = keys->bytes + (size_t)other * stride;
		memcpy(swap, a, stride);
		memcpy(a, b, stride);
		memcpy(b, swap, stride);
		if (i % 1024 == 0)
			cond_resched();
	}
}

int bench_data_fill(struct bench_data *data, const struct bench_shape *shape,
		    u32 size)
{
	u32 i, stride;

	if (data->size == size && !memcmp(&data->shape, shape, sizeof(*shape)))
		return 0;
	bench_data_free(data);
	if (alloc_keys(&data->inserted, shape, size) ||
	    alloc_keys(&data->looked_up, shape, size) ||
	    alloc_keys(&data->absent, shape, size)) {
		bench_data_free(data);
		return -ENOMEM;
	}
	stride = data->inserted.stride;
	for (i = 0; i < size; i++) {
		make_key(data->inserted.bytes + (size_t)i * stride, shape, i);
		make_key(data->absent.bytes + (size_t)i * stride, shape,
			 size + i);
		if (i % 1024 == 0)
			cond_resched();
	}
	memcpy(data->looked_up.bytes, data->inserted.bytes,
	       (size_t)size * stride);
	shuffle(&data->looked_up, size);
	data->size = size;
	data->shape = *shape;
	return 0;
}

void bench_data_free(struct bench_data *data)
{
	vfree(data->inserted.bytes);
	vfree(data->looked_up.bytes);
	vfree(data->absent.bytes);
	memset(data, 0, sizeof(*data));
}
