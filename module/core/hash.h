/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hash of a key: 64 bits, keyed with 128 random bits per map.
 *
 * SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF",
 * 2012, with the rounds that Rust and Python use for hash tables). Users choose
 * keys, so whoever doesn't know the secret must not be able to choose
 * collisions: that rules out jhash and every multiply-and-xor. Whoever may scan
 * the map, too, can find some: scans go by the hash, so that keys which are next
 * to each other there share a chain. All 64 bits are
 * kept, unlike in hsiphash(): the top byte is the tag and the low bits are the
 * bucket's number, and neither reuses the other until there are 2^56 buckets.
 *
 * The kernel exports SipHash-2-4 and the truncated hsiphash, but not this one.
 * Its permutation is public (linux/siphash.h), and inlined here a key of 8
 * bytes costs no call, no loop and no length switch.
 */
#ifndef _GOMAP_HASH_H
#define _GOMAP_HASH_H

#include <linux/math64.h>
#include <linux/siphash.h>
#include <linux/string.h>
#include <linux/types.h>
#include "slot.h"

#define GOMAP_SIPROUND \
	SIPHASH_PERMUTATION(v0, v1, v2, v3)

/* The up to seven bytes at @byte after the last whole word of @len bytes. */
static __always_inline u64 gomap_last_word(const u8 *byte, size_t len)
{
	const size_t left = len & 7;

	if (len < 8)
		return gomap_short_word(byte, left);
	/* A whole word that ends with them; two shifts, as none is by 64 bits. */
	return get_unaligned_le64(byte + left - 8) >> 8 * (7 - left) >> 8;
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

	/* The bytes left over, and the length in the top byte. */
	word = gomap_last_word(byte, len) | (u64)len << 56;
	v3 ^= word;
	GOMAP_SIPROUND;
	v0 ^= word;

	v2 ^= 0xff;
	GOMAP_SIPROUND;
	GOMAP_SIPROUND;
	GOMAP_SIPROUND;
	return v0 ^ v1 ^ v2 ^ v3;
}

/*
 * The fast hash, for keys that nobody chooses: each word is multiplied by a
 * random odd number, and at the end the two halves of the 128-bit product are
 * multiplied with each other. This is wyhash64() of Wang Yi's wyhash, with a
 * secret for its constants. Folding the first product alone, as foldhash does,
 * left keys that differ in their high bits with 1/2^k of all buckets for one in
 * 2^k secrets. Whoever sees what collides can solve for the secret.
 */
static __always_inline u64 gomap_fold(u64 a, u64 b)
{
	return a * b ^ mul_u64_u64_shr(a, b, 64);
}

static __always_inline u64 gomap_fast_hash(const void *data, size_t len,
					   const siphash_key_t *secret)
{
	const u8 *byte = data, *end = byte + (len & ~7UL);
	const u64 factor = secret->key[1] | 1;
	u64 low = secret->key[0] ^ len, high = 0;
	u64 word;

	for (; byte != end; byte += 8) {
		word = low ^ high ^ get_unaligned_le64(byte);
		low = word * factor;
		high = mul_u64_u64_shr(word, factor, 64);
	}
	if (len & 7) {
		word = low ^ high ^ gomap_last_word(byte, len);
		low = word * factor;
		high = mul_u64_u64_shr(word, factor, 64);
	}
	return gomap_fold(low ^ secret->key[0], high ^ factor);
}

#endif /* _GOMAP_HASH_H */
