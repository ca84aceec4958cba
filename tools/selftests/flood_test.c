// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hash flooding: users who know everything but the secret of a map, and choose
 * keys so that they might collide. Their maps look like any other, unless they
 * scan them: the order of a scan is that of the hashes. What they find so collides
 * in that map, which tells, and in no other.
 *
 * What can be seen of collisions from outside is info: overflow buckets, and how
 * long chains are. Of the order of hashes, what a scan tells.
 */
#include "gomap_test.h"

#include <math.h>

enum {
	LOG2 = 9,
	BUCKETS = 1 << LOG2,
	KEYS = BUCKETS / 2 * 13,	/* as full as a map of so many buckets gets */
};

/* SipHash-1-3 of a key of 8 bytes, as in module/core/hash.h. */

static __u64 rotate(__u64 word, int bits)
{
	return word << bits | word >> (64 - bits);
}

static void sip_round(__u64 v[static 4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static __u64 siphash(__u64 key, const __u64 secret[static 2])
{
	const __u64 words[] = { key, 8ULL << 56 };
	__u64 v[] = {
		0x736f6d6570736575 ^ secret[0],
		0x646f72616e646f6d ^ secret[1],
		0x6c7967656e657261 ^ secret[0],
		0x7465646279746573 ^ secret[1],
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		v[3] ^= words[i];
		sip_round(v);
		v[0] ^= words[i];
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Ways to choose keys; each is told the key before. */

/* Keys that all are in one bucket if that is the map's secret. */
static __u64 next_collision(__u64 key, const __u64 secret[static 2])
{
	do
		key++;
	while (siphash(key, secret) % BUCKETS);
	return key;
}

static __u64 collide_under_zeros(__u64 key)
{
	static const __u64 secret[2];

	return next_collision(key, secret);
}

/* The secret that the authors of SipHash give as an example. */
static const __u64 guess[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

static __u64 collide_under_a_guess(__u64 key)
{
	return next_collision(key, guess);
}

/* Otherwise the keys wouldn't collide under that secret. The vector is in kunit/hash_kunit.c. */
TEST(hash_of_this_test_is_siphash_1_3)
{
	EXPECT_EQ(0x369095118d299a8e, siphash(0x0706050403020100, guess));
}

static __u64 count_up(__u64 key)
{
	return key + 1;
}

/* For hashes that look at the low bits only. */
static __u64 count_in_the_high_bits(__u64 key)
{
	return key + (1ULL << 48);
}

/* The next larger number with as many bits set (Gosper's hack), or the first with one more. */
static __u64 set_few_bits(__u64 key)
{
	__u64 low = key & -key, carried = key + low;

	if (carried)
		return carried | (key ^ carried) / low >> 2;
	return (2ULL << __builtin_popcountll(key)) - 1;
}

static __u64 choose_at_random(__u64 key)
{
	return next_random(&key);
}

FIXTURE(flood) {
	int map;
	struct gomap_info info;
};

FIXTURE_VARIANT(flood) {
	__u64 (*next)(__u64 key);
};

FIXTURE_VARIANT_ADD(flood, collide_under_zeros) { collide_under_zeros };
FIXTURE_VARIANT_ADD(flood, collide_under_a_guess) { collide_under_a_guess };
FIXTURE_VARIANT_ADD(flood, count_up) { count_up };
FIXTURE_VARIANT_ADD(flood, count_in_the_high_bits) { count_in_the_high_bits };
FIXTURE_VARIANT_ADD(flood, set_few_bits) { set_few_bits };
FIXTURE_VARIANT_ADD(flood, choose_at_random) { choose_at_random };

/* With room reserved, so that it's no matter how far growth has come. */
static int flood_map(__u64 (*next)(__u64 key))
{
	struct gomap_create_args args = map_args(0, 8, 8);
	__u64 key = 0;
	int map;

	args.reserve = KEYS;
	map = map_create(args);
	for (int i = 0; i < KEYS && map >= 0; i++) {
		int ret;

		key = next(key);
		ret = u64_insert(map, key, i, GOMAP_INSERT_NEW);
		if (ret)
			return ret;
	}
	return map;
}

FIXTURE_SETUP(flood)
{
	self->map = flood_map(variant->next);
	ASSERT_LE(0, self->map);
	ASSERT_EQ(0, map_info(self->map, &self->info));
	ASSERT_EQ(KEYS, self->info.entries);
	ASSERT_EQ(BUCKETS, self->info.buckets);
}

FIXTURE_TEARDOWN(flood)
{
	close(self->map);
}

TEST_F(flood, makes_no_chain_long)
{
	EXPECT_EQ(0, self->info.long_chains);
	EXPECT_GE(6, self->info.longest_chain);
}

/*
 * Poisson's law says how many of the buckets have more than eight keys, and more
 * than sixteen, and so on. Seven standard deviations are for bad luck.
 */
TEST_F(flood, overflows_as_many_buckets_as_random_hashes_do)
{
	const double load = (double)KEYS / BUCKETS;
	double exactly = exp(-load), at_most = 0, overflow = 0;

	for (int n = 0; n < 100; n++) {
		at_most += exactly;
		exactly *= load / (n + 1);
		if (n && n % 8 == 0)
			overflow += BUCKETS * (1 - at_most);
	}
	EXPECT_LT(fabs(self->info.overflow_buckets - overflow), 7 * sqrt(overflow)) {
		TH_LOG("%llu overflow buckets instead of %.0f", self->info.overflow_buckets,
		       overflow);
	}
}

/* What a scan tells: keys in the order of their hashes, and cursors between them. */
struct order {
	__u64 keys[KEYS];
	__u64 cursors[KEYS];
};

static int read_order(int map, struct order *order)
{
	__u64 pair[2];
	struct gomap_scan_args args = scan_args(pair, sizeof(pair));
	int n = 0;

	do {
		int ret = map_scan(map, &args);

		if (ret)
			return ret;
		if (!args.count)
			continue;
		if (n == KEYS)
			return -E2BIG;
		order->keys[n] = pair[0];
		order->cursors[n++] = args.cursor[0];
	} while (!args.done);
	return n;
}

/* Of a random order, each of these is so many apart from half, one time in 10^11. */
static bool is_half(int count)
{
	return abs(count - KEYS / 2) < 7 * sqrt(KEYS) / 2;
}

/* Neither is it the order in which they came, nor that of another map. */
TEST_F(flood, order_tells_nothing_about_another_map)
{
	static struct order mine, other;
	int map = flood_map(variant->next), ascents = 0, same = 0;

	ASSERT_EQ(KEYS, read_order(self->map, &mine));
	ASSERT_EQ(KEYS, read_order(map, &other));
	for (int i = 1; i < KEYS; i++)
		ascents += mine.keys[i - 1] < mine.keys[i];
	for (int i = 0; i < KEYS; i++)
		same += mine.keys[i] == other.keys[i];
	EXPECT_TRUE(is_half(ascents)) {
		TH_LOG("%d of %d ascents", ascents, KEYS);
	}
	/* One on the average. */
	EXPECT_GT(20, same);
}

TEST_F(flood, cursors_tell_nothing_about_the_order)
{
	static struct order order;
	int bits[64] = {}, ascents = 0;

	ASSERT_EQ(KEYS, read_order(self->map, &order));
	for (int i = 0; i < KEYS; i++) {
		ascents += i && order.cursors[i - 1] < order.cursors[i];
		for (int bit = 0; bit < 64; bit++)
			bits[bit] += order.cursors[i] >> bit & 1;
	}
	EXPECT_TRUE(is_half(ascents)) {
		TH_LOG("%d of %d ascents", ascents, KEYS);
	}
	for (int bit = 0; bit < 64; bit++) {
		EXPECT_TRUE(is_half(bits[bit])) {
			TH_LOG("bit %d is set in %d of %d", bit, bits[bit], KEYS);
		}
	}
}

/*
 * The first sixteenth of a scan are the keys whose hashes end in four zeros, here
 * 208 of 3,328, give or take. Half as many fill 16 buckets: one chain of them.
 */
enum { FOUND = 16 / 2 * 13 };

/* Puts them into an empty map, with the buckets for so many and no more. */
static int insert_found(int map, const struct order *order, struct gomap_info *info)
{
	int ret = map_whole(map, GOMAP_IOCTL_RESERVE, FOUND) ?:
		  map_whole(map, GOMAP_IOCTL_SHRINK, 0);

	for (int i = 0; i < FOUND && !ret; i++)
		ret = u64_insert(map, order->keys[i], i, GOMAP_INSERT_NEW);
	return ret ?: map_info(map, info);
}

TEST(keys_found_by_a_scan_collide_in_that_map_which_tells)
{
	static struct order order;
	struct gomap_info info;
	int map = flood_map(count_up), other = map_create(map_args(0, 8, 8));

	ASSERT_EQ(KEYS, read_order(map, &order));
	ASSERT_EQ(0, map_whole(map, GOMAP_IOCTL_CLEAR, 0));
	ASSERT_EQ(0, insert_found(map, &order, &info));
	EXPECT_EQ(16, info.buckets);
	EXPECT_EQ(FOUND / 8, info.longest_chain);
	EXPECT_LT(0, info.long_chains);
	for (int i = 0; i < FOUND; i++)
		EXPECT_EQ(i, u64_value(map, order.keys[i]));

	ASSERT_EQ(0, insert_found(other, &order, &info));
	EXPECT_EQ(16, info.buckets);
	EXPECT_EQ(0, info.long_chains);
	close(map);
	close(other);
}

TEST_HARNESS_MAIN
