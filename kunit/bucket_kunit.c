// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buckets: tags matched as one word, and the lock and the sequence in another.
 */
#include <kunit/test.h>
#include <linux/bitops.h>
#include "../module/core/bucket.h"
#include "fixture.h"

/* Bit 7 of byte @slot, which is how a match says "this slot". */
static u64 match_bit(unsigned int slot)
{
	return 0x80ULL << slot * 8;
}

static u64 exact_match(u64 tophash, u8 tag)
{
	unsigned int slot;
	u64 match = 0;

	for (slot = 0; slot < GOMAP_SLOTS; slot++)
		if ((u8)(tophash >> slot * 8) == tag)
			match |= match_bit(slot);
	return match;
}

static bool match_is_exact(u64 tophash, u8 tag)
{
	return gomap_match(tophash, tag) == exact_match(tophash, tag);
}

static void tag_is_top_byte_of_hash(struct kunit *test)
{
	u32 top;

	for (top = 1; top < 256; top++) {
		KUNIT_EXPECT_EQ(test, gomap_tag((u64)top << 56), top);
		KUNIT_EXPECT_EQ(test, gomap_tag((u64)top << 56 | ~0ULL >> 8),
				top);
	}
}

static void tag_is_never_that_of_an_empty_slot(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, gomap_tag(0), 1);
	KUNIT_EXPECT_EQ(test, gomap_tag(~0ULL >> 8), 1);
}

/* Alone in a word of empty slots, and in all slots but one. */
static void every_tag_is_matched_in_every_slot(struct kunit *test)
{
	u32 tag, slot;
	u64 word;

	for (tag = 1; tag < 256; tag++) {
		for (slot = 0; slot < GOMAP_SLOTS; slot++) {
			word = (u64)tag << slot * 8;
			KUNIT_EXPECT_EQ(test, gomap_match(word, tag),
					match_bit(slot));
			word = GOMAP_BYTES((u64)tag) & ~(0xffULL << slot * 8);
			KUNIT_EXPECT_EQ(test, gomap_match(word, tag),
					GOMAP_BYTES(0x80) ^ match_bit(slot));
		}
	}
}

static void tag_that_is_nowhere_is_not_matched(struct kunit *test)
{
	u32 tag, other, matches = 0;

	for (tag = 0; tag < 256; tag++)
		for (other = 0; other < 256; other++)
			if (tag != other)
				matches += !!gomap_match(GOMAP_BYTES((u64)tag),
							 other);
	KUNIT_EXPECT_EQ(test, matches, 0);
}

/*
 * Every pair of tags next to each other, in every pair of slots. Between slots
 * carries and borrows would run; the well-known short formula has one.
 */
static void matches_know_nothing_of_their_neighbours(struct kunit *test)
{
	u32 low, high, slot, failures = 0;
	u64 word;

	for (low = 0; low < 256; low++) {
		for (high = 0; high < 256; high++) {
			for (slot = 0; slot < GOMAP_SLOTS - 1; slot++) {
				word = (u64)(high << 8 | low) << slot * 8;
				failures += !match_is_exact(word, low);
				failures += !match_is_exact(word, high);
				failures += !match_is_exact(~word, low);
				failures += !match_is_exact(word, low ^ 1);
			}
		}
	}
	KUNIT_EXPECT_EQ(test, failures, 0);
	/* An empty slot after one of tag 1, and the other way round. */
	KUNIT_EXPECT_EQ(test, gomap_match(0x0202020202020001, 0x01), 0x80);
	KUNIT_EXPECT_EQ(test, gomap_match(0x0202020202020100, 0x01), 0x8000);
}

static void matches_in_random_words_are_exact(struct kunit *test)
{
	u64 word = gomap_kunit_seed, failures = 0;
	u32 i;

	for (i = 0; i < 200000; i++) {
		word = word * 6364136223846793005ULL + 1442695040888963407ULL;
		/* Tags of two bits, so that they are often the same. */
		failures += !match_is_exact(word & GOMAP_BYTES(0x03), i & 3);
		failures += !match_is_exact(word & GOMAP_BYTES(0x81),
					    i & 0x81);
		failures += !match_is_exact(word, word >> 24);
		failures += !match_is_exact(word, i);
	}
	KUNIT_EXPECT_EQ(test, failures, 0);
}

/* All 2^8 ways to fill a bucket, with tags at both ends of their range. */
static void used_and_empty_slots_are_told_apart(struct kunit *test)
{
	static const u8 tags[] = { 0x01, 0x02, 0x7f, 0x80, 0x81, 0xff };
	u64 word, used;
	u32 i, set, slot;

	for (i = 0; i < ARRAY_SIZE(tags); i++) {
		for (set = 0; set < 256; set++) {
			word = 0;
			used = 0;
			for (slot = 0; slot < GOMAP_SLOTS; slot++) {
				if (!(set & BIT(slot)))
					continue;
				word = gomap_set_tag(word, slot, tags[i]);
				used |= match_bit(slot);
			}
			KUNIT_EXPECT_EQ(test, gomap_match_used(word), used);
			KUNIT_EXPECT_EQ(test, gomap_match_empty(word),
					used ^ GOMAP_BYTES(0x80));
		}
	}
}

static void matches_are_gone_through_from_the_first(struct kunit *test)
{
	u64 match = gomap_match_used(0xff00000080000100ULL);

	/* Slots 1, 3 and 7 are in use. */
	KUNIT_EXPECT_EQ(test, gomap_first_slot(match), 1);
	match = gomap_drop_first(match);
	KUNIT_EXPECT_EQ(test, gomap_first_slot(match), 3);
	match = gomap_drop_first(match);
	KUNIT_EXPECT_EQ(test, gomap_first_slot(match), 7);
	KUNIT_EXPECT_EQ(test, gomap_drop_first(match), 0);
}

static void setting_a_tag_leaves_the_others(struct kunit *test)
{
	const u64 word = 0x1122334455667788ULL;
	u32 tag, slot, other;
	u64 changed;

	for (tag = 0; tag < 256; tag++) {
		for (slot = 0; slot < GOMAP_SLOTS; slot++) {
			changed = gomap_set_tag(word, slot, tag);
			KUNIT_EXPECT_EQ(test, gomap_get_tag(changed, slot),
					tag);
			for (other = 0; other < GOMAP_SLOTS; other++) {
				if (other == slot)
					continue;
				KUNIT_EXPECT_EQ(test,
						gomap_get_tag(changed, other),
						gomap_get_tag(word, other));
			}
		}
	}
}

/* The lock and the sequence of a chain by itself. */
struct chain {
	struct gomap_bucket head;
	struct lockdep_map dep_map;
};

static struct lock_class_key test_key;

static struct chain *new_chain(struct kunit *test)
{
	struct chain *chain = kunit_kzalloc(test, sizeof(*chain), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, chain);
	lockdep_init_map(&chain->dep_map, "gomap_kunit_chain", &test_key, 0);
	return chain;
}

static void lock_leaves_the_sequence(struct kunit *test)
{
	struct chain *chain = new_chain(test);
	u32 locked;

	chain->head.lockseq = 6 * GOMAP_SEQUENCE;
	gomap_lock(&chain->head, &chain->dep_map);
	locked = chain->head.lockseq;
	gomap_unlock(&chain->head, &chain->dep_map);
	KUNIT_EXPECT_EQ(test, locked, 6 * GOMAP_SEQUENCE | GOMAP_LOCKED);
	KUNIT_EXPECT_EQ(test, chain->head.lockseq, 6 * GOMAP_SEQUENCE);
}

static void lock_turns_softirqs_and_preemption_off(struct kunit *test)
{
	struct chain *chain = new_chain(test);
	int before = preempt_count(), held;
	bool softirqs_off;

	gomap_lock(&chain->head, &chain->dep_map);
	held = preempt_count();
	softirqs_off = in_softirq();
	gomap_unlock(&chain->head, &chain->dep_map);
	KUNIT_EXPECT_TRUE(test, softirqs_off);
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT))
		KUNIT_EXPECT_GT(test, held & PREEMPT_MASK,
				before & PREEMPT_MASK);
	KUNIT_EXPECT_EQ(test, preempt_count(), before);
}

static void readers_accept_a_copy_made_under_a_lock(struct kunit *test)
{
	struct chain *chain = new_chain(test);
	u32 before = chain->head.lockseq;
	bool while_locked;

	gomap_lock(&chain->head, &chain->dep_map);
	while_locked = gomap_read_valid(&chain->head, before);
	gomap_fill_begin();
	gomap_publish_tag(&chain->head, 3, 0x42);
	gomap_unlock(&chain->head, &chain->dep_map);

	KUNIT_EXPECT_TRUE(test, while_locked);
	KUNIT_EXPECT_TRUE(test, gomap_read_valid(&chain->head, before));
	KUNIT_EXPECT_EQ(test, chain->head.tophash, 0x42000000);
}

static void readers_refuse_a_copy_across_an_overwrite(struct kunit *test)
{
	struct chain *chain = new_chain(test);
	struct gomap_bucket *head = &chain->head;
	u32 before = head->lockseq, during;
	bool before_is_valid, during_is_valid;

	gomap_lock(head, &chain->dep_map);
	gomap_overwrite_begin(head);
	during = head->lockseq;
	before_is_valid = gomap_read_valid(head, before);
	during_is_valid = gomap_read_valid(head, during);
	gomap_overwrite_end(head);
	gomap_unlock(head, &chain->dep_map);

	KUNIT_EXPECT_TRUE(test, during & GOMAP_BUSY);
	KUNIT_EXPECT_FALSE(test, before_is_valid);
	KUNIT_EXPECT_FALSE(test, during_is_valid);
	KUNIT_EXPECT_FALSE(test, gomap_read_valid(head, before));
	KUNIT_EXPECT_FALSE(test, gomap_read_valid(head, during));
	KUNIT_EXPECT_TRUE(test, gomap_read_valid(head, head->lockseq));
	KUNIT_EXPECT_EQ(test, head->lockseq, before + 2 * GOMAP_SEQUENCE);
}

static void readers_refuse_a_copy_across_a_delete(struct kunit *test)
{
	struct chain *chain = new_chain(test);
	struct gomap_bucket *head = &chain->head;
	u32 before = head->lockseq;
	bool valid;

	head->tophash = 0x4241;
	gomap_lock(head, &chain->dep_map);
	gomap_retract_tag(head, head, 1);
	valid = gomap_read_valid(head, before);
	gomap_unlock(head, &chain->dep_map);

	KUNIT_EXPECT_EQ(test, head->tophash, 0x41);
	KUNIT_EXPECT_FALSE(test, valid);
	KUNIT_EXPECT_FALSE(test, gomap_read_valid(head, before));
	KUNIT_EXPECT_EQ(test, head->lockseq, before + 2 * GOMAP_SEQUENCE);
}

static void readers_refuse_a_copy_across_an_evacuation(struct kunit *test)
{
	struct chain *chain = new_chain(test);
	struct gomap_bucket *head = &chain->head;
	u32 before = head->lockseq;

	KUNIT_EXPECT_FALSE(test, gomap_is_evacuated(head));
	gomap_lock(head, &chain->dep_map);
	gomap_mark_evacuated(head);
	gomap_unlock(head, &chain->dep_map);

	KUNIT_EXPECT_TRUE(test, gomap_is_evacuated(head));
	KUNIT_EXPECT_FALSE(test, gomap_read_valid(head, before));
	KUNIT_EXPECT_EQ(test, head->lockseq, before | GOMAP_EVACUATED);
}

/* The sequence runs over into nothing: neither lock nor mark change. */
static void sequence_wraps_around(struct kunit *test)
{
	struct chain *chain = new_chain(test);
	struct gomap_bucket *head = &chain->head;
	u32 during;

	head->lockseq = -2 * GOMAP_SEQUENCE;
	gomap_lock(head, &chain->dep_map);
	gomap_overwrite_begin(head);
	during = head->lockseq;
	gomap_overwrite_end(head);
	gomap_unlock(head, &chain->dep_map);

	KUNIT_EXPECT_EQ(test, during, (u32)-GOMAP_SEQUENCE | GOMAP_LOCKED);
	KUNIT_EXPECT_EQ(test, head->lockseq, 0);
}

/* The test holds the lock of the only chain: a lookup that took it would hang. */
static void lookup_takes_no_lock(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct gomap_bucket *head;
	u64 absent_key = 2, value;
	bool found;
	int ret;

	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 1, 100, 0), 0);
	head = gomap_bucket_at(gomap_kunit_table(map), 0);
	gomap_lock(head, &map->dep_map);
	ret = gomap_kunit_get(map, 1, &value);
	found = gomap_contains(map, &absent_key, 8);
	gomap_unlock(head, &map->dep_map);

	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, value, 100);
	KUNIT_EXPECT_FALSE(test, found);
}

static struct kunit_case bucket_cases[] = {
	KUNIT_CASE(tag_is_top_byte_of_hash),
	KUNIT_CASE(tag_is_never_that_of_an_empty_slot),
	KUNIT_CASE(every_tag_is_matched_in_every_slot),
	KUNIT_CASE(tag_that_is_nowhere_is_not_matched),
	KUNIT_CASE(matches_know_nothing_of_their_neighbours),
	KUNIT_CASE(matches_in_random_words_are_exact),
	KUNIT_CASE(used_and_empty_slots_are_told_apart),
	KUNIT_CASE(matches_are_gone_through_from_the_first),
	KUNIT_CASE(setting_a_tag_leaves_the_others),
	KUNIT_CASE(lock_leaves_the_sequence),
	KUNIT_CASE(lock_turns_softirqs_and_preemption_off),
	KUNIT_CASE(readers_accept_a_copy_made_under_a_lock),
	KUNIT_CASE(readers_refuse_a_copy_across_an_overwrite),
	KUNIT_CASE(readers_refuse_a_copy_across_a_delete),
	KUNIT_CASE(readers_refuse_a_copy_across_an_evacuation),
	KUNIT_CASE(sequence_wraps_around),
	KUNIT_CASE(lookup_takes_no_lock),
	{}
};

static struct kunit_suite bucket_suite = {
	.name = "gomap_bucket",
	.test_cases = bucket_cases,
};

kunit_test_suites(&bucket_suite);
