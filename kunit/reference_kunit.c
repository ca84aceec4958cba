// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table in the head comment of Go's runtime/map.go (before Go 1.24), which
 * is why the load factor is 6.5, made again from gomap's own tables:
 *
 *   load factor     entries per head bucket
 *   %overflow       head buckets that have an overflow bucket, per cent
 *   bytes/entry     overhead, at keys and values of 8 bytes: what buckets take
 *                   beyond the 16 bytes of each entry
 *   hit probes      slots in use that a lookup of a key that is there would
 *                   compare, were there no tags: a 64-bit word of tags is
 *                   compared at once
 *   miss probes     and of a key that isn't
 *
 * Go's are of 8-byte keys and values, too. Differences: Go has a header of 8
 * bytes of tags and an overflow pointer of 8 bytes per bucket, gomap 16 bytes
 * with lock and sequence, so bytes per entry are the same up to how overflow
 * buckets are allocated. Overflow buckets here are those in chains.
 */
#include <kunit/test.h>
#include <linux/gomap.h>
#include <linux/math.h>
#include <linux/sched.h>
#include "fixture.h"
#include "invariants.h"

#define LOG2 14
#define HEADS BIT(LOG2)
#define ENTRY_BYTES 16

/* All in hundredths. */
static const struct row {
	u32 load;
	u32 overflow;
	u32 bytes;
	u32 hit;
	u32 miss;
} go[] = {
	{ 400, 213, 2077, 300, 400 },
	{ 450, 405, 1730, 325, 450 },
	{ 500, 685, 1477, 350, 500 },
	{ 550, 1055, 1294, 375, 550 },
	{ 600, 1527, 1167, 400, 600 },
	{ 650, 2090, 1079, 425, 650 },
	{ 700, 2714, 1015, 450, 700 },
	{ 750, 3403, 973, 475, 750 },
	{ 800, 4110, 940, 500, 800 },
};

static void row_name(const struct row *row, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "load factor %u.%02u",
		 row->load / 100, row->load % 100);
}

KUNIT_ARRAY_PARAM(row, go, row_name);

/* What a walk through all chains counts. */
struct count {
	u64 entries;
	u64 overflowing;
	u64 buckets;
	/* Over all keys: slots in use up to and with the key's. */
	u64 probes;
};

static void count_chain(struct gomap_table *table, struct gomap_bucket *head,
			struct count *count)
{
	struct gomap_bucket *bucket;
	u32 in_chain = 0, used;

	count->overflowing += !!head->overflow;
	for (bucket = head; bucket;
	     bucket = gomap_next_bucket(table, bucket)) {
		count->buckets++;
		used = hweight64(gomap_match_used(bucket->tophash));
		/* in_chain + 1 of the first, and so on up to the last. */
		count->probes += (u64)used * in_chain +
				 used * (used + 1) / 2;
		in_chain += used;
	}
	count->entries += in_chain;
}

/* A table that isn't left, so that it is as full as the row says, however full. */
static void fill(struct kunit *test, struct gomap *map, u64 entries)
{
	u64 key;

	gomap_kunit_hold_worker(map);
	gomap_kunit_table(map)->grow_above = S64_MAX;
	gomap_kunit_table(map)->grow_check = S64_MAX;
	KUNIT_ASSERT_EQ(test, gomap_kunit_buckets(map), HEADS);
	for (key = 0; key < entries; key++) {
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, key, 0), 0);
		if (!(key % 1024))
			cond_resched();
	}
	KUNIT_ASSERT_EQ(test, gomap_kunit_buckets(map), HEADS);
	KUNIT_ASSERT_NULL(test, gomap_kunit_next(gomap_kunit_table(map)));
}

static u32 hundredths(u64 number, u64 of)
{
	return div64_u64(number * 100 + of / 2, of);
}

static void print(struct kunit *test, const char *whose, const struct row *row)
{
	kunit_info(test, "%-6s %u.%02u %2u.%02u %2u.%02u %u.%02u %u.%02u\n",
		   whose, row->load / 100, row->load % 100,
		   row->overflow / 100, row->overflow % 100,
		   row->bytes / 100, row->bytes % 100,
		   row->hit / 100, row->hit % 100,
		   row->miss / 100, row->miss % 100);
}

/*
 * Whether a head overflows is a throw of a coin of probability p, the share of
 * Poisson's law, which @expected is, in hundredths of a per cent. The deviation
 * of their number among 2^14 is below sqrt(2^14 p (1 - p)); with the number of
 * entries fixed it is smaller. In hundredths of a per cent, of 2^14:
 *
 *   10^4 sqrt(p (1 - p)) / 2^7 = sqrt(expected (10^4 - expected)) / 2^7
 *
 * The tolerance is five of them, and 3 for the digits that Go has.
 */
static u32 tolerance(u32 expected)
{
	return 5 * int_sqrt(expected * (10000 - expected)) / 128 + 3;
}

static void tables_are_as_full_as_in_go(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8,
		.reserve = gomap_grow_above(LOG2),
	};
	const struct row *expected = test->param_value;
	struct gomap *map = gomap_kunit_create(test, &params);
	u64 entries = expected->load * HEADS / 100;
	struct count count = {};
	struct row row;
	u32 chain;

	fill(test, map, entries);
	for (chain = 0; chain < HEADS; chain++)
		count_chain(gomap_kunit_table(map),
			    gomap_bucket_at(gomap_kunit_table(map), chain),
			    &count);
	KUNIT_ASSERT_EQ(test, count.entries, entries);

	row.load = hundredths(count.entries, HEADS);
	row.overflow = hundredths(100 * count.overflowing, HEADS);
	row.bytes = hundredths(count.buckets * map->bucket_stride -
			       entries * ENTRY_BYTES, entries);
	row.hit = hundredths(count.probes, entries);
	row.miss = hundredths(entries, HEADS);
	kunit_info(test, "seed %lu\n", gomap_kunit_seed);
	kunit_info(test, "       load overf bytes hit  miss\n");
	print(test, "gomap", &row);
	print(test, "Go", expected);

	KUNIT_EXPECT_LE(test, abs_diff(row.overflow, expected->overflow),
			tolerance(expected->overflow));
	/* The mean of a hit's probes is 1 + load / 2, its deviation below 0.01. */
	KUNIT_EXPECT_LE(test, abs_diff(row.hit, expected->hit), 5);
	KUNIT_EXPECT_LE(test, abs_diff(row.miss, expected->miss), 1);
	/* A bucket's 144 bytes, times what the tolerance is of all heads. */
	KUNIT_EXPECT_LE(test, abs_diff(row.bytes, expected->bytes),
			144 * tolerance(expected->overflow) /
			expected->load + 10);
}

static struct kunit_case reference_cases[] = {
	KUNIT_CASE_PARAM(tables_are_as_full_as_in_go, row_gen_params),
	{}
};

static struct kunit_suite reference_suite = {
	.name = "gomap_reference",
	.test_cases = reference_cases,
};

kunit_test_suites(&reference_suite);
