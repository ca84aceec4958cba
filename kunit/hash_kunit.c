// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hash: SipHash-1-3, against published vectors and against a plain SipHash
 * with any numbers of rounds.
 */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/gomap.h>
#include <linux/siphash.h>
#include <linux/sizes.h>
#include "../module/core/hash.h"
#include "fixture.h"

/* The key of all published vectors is the bytes 00 to 0f. */
static const siphash_key_t vector_key = {
	{ 0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL }
};

/*
 * SipHash-1-3 of the bytes 00, 01, ... 3e: of none of them, of the first one,
 * of the first two, and so on. From library/coretests/tests/hash/sip.rs of the
 * Rust project, test_siphash_1_3.
 */
static const u64 siphash_1_3_vectors[64] = {
	0xabac0158050fc4dc, 0xc9f49bf37d57ca93, 0x82cb9b024dc7d44d,
	0x8bf80ab8e7ddf7fb, 0xcf75576088d38328, 0xdef9d52f49533b67,
	0xc50d2b50c59f22a7, 0xd3927d989bb11140, 0x369095118d299a8e,
	0x25a48eb36c063de4, 0x79de85ee92ff097f, 0x70c118c1f94dc352,
	0x78a384b157b4d9a2, 0x306f760c1229ffa7, 0x605aa111c0f95d34,
	0xd320d86d2a519956, 0xcc4fdd1a7d908b66, 0x9cf2689063dbd80c,
	0x8ffc389cb473e63e, 0xf21f9de58d297d1c, 0xc0dc2f46a6cce040,
	0xb992abfe2b45f844, 0x7ffe7b9ba320872e, 0x525a0e7fdae6c123,
	0xf464aeb267349c8c, 0x45cd5928705b0979, 0x3a3e35e3ca9913a5,
	0xa91dc74e4ade3b35, 0xfb0bed02ef6cd00d, 0x88d93cb44ab1e1f4,
	0x540f11d643c5e663, 0x2370dd1f8c21d1bc, 0x81157b6c16a7b60d,
	0x4d54b9e57a8ff9bf, 0x759f12781f2a753e, 0xcea1a3bebf186b91,
	0x2cf508d3ada26206, 0xb6101c2da3c33057, 0xb3f47496ae3a36a1,
	0x626b57547b108392, 0xc1d2363299e41531, 0x667cc1923f1ad944,
	0x65704ffec8138825, 0x24f280d1c28949a6, 0xc2ca1cedfaf8876b,
	0xc2164bfc9f042196, 0xa16e9c9368b1d623, 0x49fb169c8b5114fd,
	0x9f3143f8df074c46, 0xc6fdaf2412cc86b3, 0x7eaf49d10a52098f,
	0x1cf313559d292f9a, 0xc44a30dda2f41f12, 0x36fae98943a71ed0,
	0x318fb34c73f0bce6, 0xa27abf3670a7e980, 0xb4bcc0db243c6d75,
	0x23f8d852fdb71513, 0x8f035f4da67d8a08, 0xd89cd0e5b7e8f148,
	0xf6f4e6bcf7a644ee, 0xaec59ad80f1837f2, 0xc3b2f6154b6694e0,
	0x9d199062b7bbb3a8,
};

/*
 * SipHash-2-4 of the same bytes, from appendix A of the paper (of 15 bytes),
 * and from the authors' vectors.h (of 0, 1, 7, 8 and 63 bytes).
 */
static const struct {
	size_t len;
	u64 hash;
} siphash_2_4_vectors[] = {
	{ 0, 0x726fdb47dd0e0e31ULL },
	{ 1, 0x74f839c593dc67fdULL },
	{ 7, 0xab0200f58b01d137ULL },
	{ 8, 0x93f5f5799a932462ULL },
	{ 15, 0xa129ca6149be45e5ULL },
	{ 63, 0x958a324ceb064572ULL },
};

static void vector_bytes(u8 bytes[64])
{
	u32 i;

	for (i = 0; i < 64; i++)
		bytes[i] = i;
}

/* As in section 2 of the paper, slowly. */
static void rounds(u64 v[4], u32 nr)
{
	while (nr--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rol64(v[1], 13) ^ v[0];
		v[3] = rol64(v[3], 16) ^ v[2];
		v[0] = rol64(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rol64(v[1], 17) ^ v[2];
		v[3] = rol64(v[3], 21) ^ v[0];
		v[2] = rol64(v[2], 32);
	}
}

static u64 plain_siphash(u32 c, u32 d, const u8 *data, size_t len,
			 const siphash_key_t *key)
{
	u64 v[4] = {
		key->key[0] ^ 0x736f6d6570736575ULL,
		key->key[1] ^ 0x646f72616e646f6dULL,
		key->key[0] ^ 0x6c7967656e657261ULL,
		key->key[1] ^ 0x7465646279746573ULL,
	};
	size_t padded = (len | 7) + 1, i;
	u64 word = 0;

	for (i = 0; i < padded; i++) {
		u8 byte = i < len ? data[i] : i == padded - 1 ? len : 0;

		word |= (u64)byte << i % 8 * 8;
		if (i % 8 != 7)
			continue;
		v[3] ^= word;
		rounds(v, c);
		v[0] ^= word;
		word = 0;
	}
	v[2] ^= 0xff;
	rounds(v, d);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void plain_siphash_is_siphash(struct kunit *test)
{
	u8 bytes[64];
	u32 i;

	vector_bytes(bytes);
	for (i = 0; i < ARRAY_SIZE(siphash_2_4_vectors); i++)
		KUNIT_EXPECT_EQ(test,
				plain_siphash(2, 4, bytes,
					      siphash_2_4_vectors[i].len,
					      &vector_key),
				siphash_2_4_vectors[i].hash);
	/* And the kernel's, which is 2-4. */
	for (i = 0; i < sizeof(bytes); i++)
		KUNIT_EXPECT_EQ(test,
				plain_siphash(2, 4, bytes, i, &vector_key),
				siphash(bytes, i, &vector_key));
}

static void hash_is_siphash_1_3(struct kunit *test)
{
	u8 bytes[64];
	u32 len;

	vector_bytes(bytes);
	for (len = 0; len < ARRAY_SIZE(siphash_1_3_vectors); len++)
		KUNIT_EXPECT_EQ(test, gomap_siphash(bytes, len, &vector_key),
				siphash_1_3_vectors[len]);
}

static void hash_is_siphash_1_3_of_all_lengths(struct kunit *test)
{
	const siphash_key_t key = { { gomap_kunit_seed, 3 } };
	u8 *bytes = kunit_kzalloc(test, GOMAP_KEY_SIZE_MAX, GFP_KERNEL);
	u64 failures = 0;
	u32 len;

	KUNIT_ASSERT_NOT_NULL(test, bytes);
	for (len = 0; len < GOMAP_KEY_SIZE_MAX; len++)
		bytes[len] = len * 151 >> 3;
	for (len = 0; len <= GOMAP_KEY_SIZE_MAX; len += len < 600 ? 1 : 13)
		failures += gomap_siphash(bytes, len, &key) !=
			    plain_siphash(1, 3, bytes, len, &key);
	failures += gomap_siphash(bytes, GOMAP_KEY_SIZE_MAX, &key) !=
		    plain_siphash(1, 3, bytes, GOMAP_KEY_SIZE_MAX, &key);
	KUNIT_EXPECT_EQ(test, failures, 0);
}

/* Keys lie in callers' memory at any address. */
static void hash_needs_no_alignment(struct kunit *test)
{
	u8 bytes[64 + 8], copy[64];
	u32 shift, len;

	vector_bytes(copy);
	for (shift = 0; shift < 8; shift++) {
		memcpy(bytes + shift, copy, sizeof(copy));
		for (len = 0; len < ARRAY_SIZE(siphash_1_3_vectors); len++)
			KUNIT_EXPECT_EQ(test,
					gomap_siphash(bytes + shift, len,
						      &vector_key),
					siphash_1_3_vectors[len]);
	}
}

/* As random as that of a map, but for the seed. */
static siphash_key_t random_secret(void)
{
	const u64 seed[] = { gomap_kunit_seed, ~gomap_kunit_seed };

	return (siphash_key_t){ {
		gomap_siphash(&seed[0], sizeof(u64), &vector_key),
		gomap_siphash(&seed[1], sizeof(u64), &vector_key),
	} };
}

/*
 * 2^16 keys that differ in 16 bits, wherever those are: random hashes would have
 * 1 - 1/e of all numbers in their low 16 bits, which is 41,427, and each tag 256
 * times.
 */
static void fast_hash_spreads_neighbours(struct kunit *test)
{
	const siphash_key_t key = random_secret();
	unsigned long *seen = kunit_kzalloc(test, BITS_TO_LONGS(SZ_64K) *
					    sizeof(long), GFP_KERNEL);
	u32 *tags = kunit_kcalloc(test, 256, sizeof(*tags), GFP_KERNEL);
	u32 shift, i;
	u64 word, hash;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	KUNIT_ASSERT_NOT_NULL(test, tags);
	for (shift = 0; shift <= 48; shift += 4) {
		memset(tags, 0, 256 * sizeof(*tags));
		bitmap_zero(seen, SZ_64K);
		for (i = 0; i < SZ_64K; i++) {
			word = (u64)i << shift;
			hash = gomap_fast_hash(&word, sizeof(word), &key);
			__set_bit(hash & (SZ_64K - 1), seen);
			tags[hash >> 56]++;
		}
		KUNIT_EXPECT_GE_MSG(test, bitmap_weight(seen, SZ_64K), 38000,
				    "shift %u", shift);
		for (i = 0; i < 256; i++)
			if (tags[i] > 512)
				KUNIT_FAIL(test, "shift %u: tag %u %u times",
					   shift, i, tags[i]);
	}
}

/* Zeros at the end, and what comes after the last whole word, count. */
static void fast_hash_counts_every_byte(struct kunit *test)
{
	const siphash_key_t key = random_secret();
	u8 bytes[24] = {};
	u32 len, i;
	u64 hash;

	for (len = 0; len <= sizeof(bytes); len++) {
		hash = gomap_fast_hash(bytes, len, &key);
		if (len)
			KUNIT_EXPECT_NE(test, hash,
					gomap_fast_hash(bytes, len - 1, &key));
		for (i = 0; i < len; i++) {
			bytes[i] = 1;
			KUNIT_EXPECT_NE(test, hash,
					gomap_fast_hash(bytes, len, &key));
			bytes[i] = 0;
		}
	}
}

static void map_hashes_with_its_secret(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 key = 0x0706050403020100ULL;

	map->secret = vector_key;
	KUNIT_EXPECT_EQ(test, gomap_hash(map, &key, 8), siphash_1_3_vectors[8]);
}

/* gomap_create() itself, as the maps of other tests have a secret for tests. */
static void every_map_has_its_own_secret(struct kunit *test)
{
	const struct gomap_params params = { .key_size = 8, .value_size = 8 };
	struct gomap *a = gomap_create(&params), *b = gomap_create(&params);
	u64 key = 1;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, a);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, b);
	KUNIT_EXPECT_NE(test, a->secret.key[0], b->secret.key[0]);
	KUNIT_EXPECT_NE(test, a->secret.key[1], b->secret.key[1]);
	KUNIT_EXPECT_NE(test, gomap_hash(a, &key, 8), gomap_hash(b, &key, 8));
	gomap_destroy(a);
	gomap_destroy(b);
}

static struct kunit_case hash_cases[] = {
	KUNIT_CASE(plain_siphash_is_siphash),
	KUNIT_CASE(hash_is_siphash_1_3),
	KUNIT_CASE(hash_is_siphash_1_3_of_all_lengths),
	KUNIT_CASE(hash_needs_no_alignment),
	KUNIT_CASE(fast_hash_spreads_neighbours),
	KUNIT_CASE(fast_hash_counts_every_byte),
	KUNIT_CASE(map_hashes_with_its_secret),
	KUNIT_CASE(every_map_has_its_own_secret),
	{}
};

static struct kunit_suite hash_suite = {
	.name = "gomap_hash",
	.test_cases = hash_cases,
};

kunit_test_suites(&hash_suite);
