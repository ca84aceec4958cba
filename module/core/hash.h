/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hash of a key: 64 bits, keyed with 128 random bits per map.
 *
 * SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF",
 * 2012, with the rounds that Rust and Python use for hash tables). Users choose
 * keys, so whoever doesn't know the secret must not be able to choose
 * collisions: that rules out jhash and every multiply-and-xor. All 64 bits are
 * kept, unlike in hsiphash(): the top byte is the tag and the low bits are the
 * bucket's number, and neither reuses the other until there are 2^56 buckets.
 *
 * The kernel exports SipHash-2-4 and the truncated hsiphash, but not this one.
 * Its permutation is public (linux/siphash.h), and inlined here a key of 8
 * bytes costs no call, no loop and no length switch.
 */
#ifndef _GOMAP_HASH_H
#define _GOMAP_HASH_H

#include <linux/siphash.h>
#include <linux/string.h>
#include <linux/types.h>
#include "../compat.h"

#define GOMAP_SIPROUND \
	SIPHASH_PERMUTATION(v0, v1, v2, v3)

/* The last word: the bytes left over, and the length in the top byte. */
static __always_inline u64 gomap_siphash_tail(const u8 *data, size_t left,
					      size_t len)
{
	u64 tail = (u64)len << 56;

	while (left--)
		tail |= (u64)data[left] << left * 8;
	return tail;
}

static __always_inline u64 gomap_siphash(const void *data, size_t len,
					 const siphash_key_t *secret)
{
	const u8 *byte = data, *end = byte + (len & ~7UL);
	u64 v0 = SIPHASH_CONST_0 ^ secret->key[0];
	u64 v1 = SIPHASH_CONST_1 ^ secret->key[1];
	u64 v2 = SIPHASH_CONST_2 ^ secret->key[0];
	u64 v3 = SIPHASH_CONST_3 ^ secret->key[1];
	u64 word;

	for (; byte != end; byte += 8) {
		word = get_unaligned_le64(byte);
		v3 ^= word;
		GOMAP_SIPROUND;
		v0 ^= word;
	}

	word = gomap_siphash_tail(byte, len & 7, len);
	v3 ^= word;
	GOMAP_SIPROUND;
	v0 ^= word;

	v2 ^= 0xff;
	GOMAP_SIPROUND;
	GOMAP_SIPROUND;
	GOMAP_SIPROUND;
	return v0 ^ v1 ^ v2 ^ v3;
}

#endif /* _GOMAP_HASH_H */
