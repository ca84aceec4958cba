// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold of every map at rest, that is while no operation and no worker
 * is in it:
 *
 *  1. There are no more than two tables, and with one table no chain is marked
 *     as evacuated.
 *  2. Each key is once in the map: in the chain that its hash says, in the old
 *     table if that chain isn't evacuated, otherwise in the successor.
 *  3. Each slot in use has a tag, which is the key's, and zeros for padding.
 *     All other slots are zeros.
 *  4. No chain is locked or being overwritten. Overflow buckets have no lock.
 *  5. Each overflow bucket ever taken is in one chain or on the list of those
 *     given back. The others, and those given back, are empty.
 *  6. What is counted is right: entries, their bytes, the limit, overflow
 *     buckets, the longest chain.
 */
#include <linux/bitmap.h>
#include <linux/gomap.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../module/core/entry.h"
#include "../module/core/memory.h"
#include "fixture.h"
#include "invariants.h"

/* A walk through one table. */
struct walk {
	struct kunit *test;
	struct gomap *map;
	struct gomap_table *table;
	/* Where the walk is. */
	u32 chain;
	u32 place;
	unsigned int slot;
	/* What it has seen so far. */
	u64 entries;
	u64 entry_bytes;
	u32 longest;
	u32 linked;
	u32 left;
	unsigned long *overflow;
};

static bool wrong(const struct walk *walk, const char *what)
{
	KUNIT_FAIL(walk->test,
		   "table of %u, chain %u, bucket %u, slot %u: %s\n",
		   gomap_nr_heads(walk->table), walk->chain, walk->place,
		   walk->slot, what);
	return false;
}

static bool is_zero(const void *start, size_t bytes)
{
	return !memchr_inv(start, 0, bytes);
}

static struct gomap_key key_in(struct gomap *map, void *slot)
{
	struct gomap_key key = { .data = slot, .len = map->key_size };

	if (map->has_entries) {
		key.data = gomap_entry_in(slot)->data;
		key.len = gomap_entry_in(slot)->key_len;
	}
	key.hash = gomap_hash(map, key.data, key.len);
	return key;
}

static bool same_key(const struct gomap_key *a, const struct gomap_key *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

/* Is @key in the walk's chain before the place where the walk is? */
static bool seen_in_chain(const struct walk *walk, const struct gomap_key *key)
{
	struct gomap_bucket *bucket = gomap_bucket_at(walk->table, walk->chain);
	u8 tag = gomap_tag(key->hash);
	struct gomap_key other;
	u32 place, slot;

	for (place = 0; place <= walk->place; place++) {
		for (slot = 0; slot < GOMAP_SLOTS; slot++) {
			if (place == walk->place && slot == walk->slot)
				return false;
			if (gomap_get_tag(bucket->tophash, slot) != tag)
				continue;
			other = key_in(walk->map,
				       gomap_slot_at(walk->map, bucket, slot));
			if (same_key(key, &other))
				return true;
		}
		bucket = gomap_next_bucket(walk->table, bucket);
	}
	return false;
}

/* Is the walk in the table where a key of this hash belongs? */
static bool right_table(const struct walk *walk, u64 hash)
{
	struct gomap_table *first = gomap_kunit_table(walk->map);

	return walk->table == first ||
	       gomap_is_evacuated(gomap_head_of(first, hash));
}

static bool check_padding(const struct gomap *map, const void *slot)
{
	u32 end = map->value_offset + map->value_size;

	return is_zero(slot + map->key_size,
		       map->value_offset - map->key_size) &&
	       is_zero(slot + end, map->slot_stride - end);
}

static bool check_entry(struct walk *walk, const struct gomap_entry *entry)
{
	struct gomap *map = walk->map;

	if (!entry)
		return wrong(walk, "a tag without an entry");
	if (!gomap_key_len_valid(map, entry->key_len) ||
	    !gomap_value_len_valid(map, entry->value_len))
		return wrong(walk, "an entry of a wrong length");
	walk->entry_bytes +=
		gomap_bytes_taken(gomap_entry_size(entry->key_len,
						   entry->value_len));
	return true;
}

static bool check_used_slot(struct walk *walk, void *slot, u8 tag)
{
	struct gomap *map = walk->map;
	struct gomap_key key;

	if (map->has_entries) {
		if (!check_entry(walk, gomap_entry_in(slot)))
			return false;
	} else if (!check_padding(map, slot)) {
		return wrong(walk, "padding that isn't zero");
	}
	key = key_in(map, slot);
	if (tag != gomap_tag(key.hash))
		return wrong(walk, "a tag that isn't the key's");
	if ((key.hash & walk->table->mask) != walk->chain)
		return wrong(walk, "a key of another chain");
	if (!right_table(walk, key.hash))
		return wrong(walk, "a key whose old chain isn't evacuated");
	if (seen_in_chain(walk, &key))
		return wrong(walk, "a key twice");
	walk->entries++;
	return true;
}

static bool check_slots(struct walk *walk, struct gomap_bucket *bucket)
{
	void *slot;
	u8 tag;

	for (walk->slot = 0; walk->slot < GOMAP_SLOTS; walk->slot++) {
		slot = gomap_slot_at(walk->map, bucket, walk->slot);
		tag = gomap_get_tag(bucket->tophash, walk->slot);
		if (tag && !check_used_slot(walk, slot, tag))
			return false;
		if (!tag && !is_zero(slot, walk->map->slot_stride))
			return wrong(walk, "an empty slot that isn't zero");
	}
	walk->slot = 0;
	return true;
}

/* Which of the overflow buckets @link is about, or -1. */
static s64 overflow_number(const struct gomap_table *table, u32 link)
{
	s64 number = (s64)link - gomap_nr_heads(table);

	return number < table->nr_taken ? number : -1;
}

static bool check_link(struct walk *walk, u32 link)
{
	s64 number = overflow_number(walk->table, link);

	if (number < 0)
		return wrong(walk, "a link to nowhere");
	if (__test_and_set_bit(number, walk->overflow))
		return wrong(walk, "a link to a bucket that is linked already");
	return true;
}

static bool check_chain(struct walk *walk)
{
	struct gomap_bucket *bucket;
	bool evacuated;

	if (!gomap_has_head(walk->table, walk->chain)) {
		if (walk->table == gomap_kunit_table(walk->map))
			return wrong(walk, "a chain without a head");
		walk->left++;
		return true;
	}
	bucket = gomap_bucket_at(walk->table, walk->chain);
	evacuated = gomap_is_evacuated(bucket);

	walk->place = 0;
	walk->slot = 0;
	walk->left += !evacuated;
	if (bucket->lockseq & (GOMAP_LOCKED | GOMAP_BUSY))
		return wrong(walk, "a chain that is locked or busy");
	if (evacuated && !gomap_kunit_next(walk->table))
		return wrong(walk, "evacuated to nowhere");
	for (;;) {
		/* Entries of an evacuated chain may have been freed. */
		if (!evacuated && !check_slots(walk, bucket))
			return false;
		if (!bucket->overflow)
			break;
		if (!check_link(walk, bucket->overflow))
			return false;
		walk->linked++;
		walk->place++;
		bucket = gomap_next_bucket(walk->table, bucket);
		if (bucket->lockseq)
			return wrong(walk, "an overflow bucket with a lock");
	}
	walk->longest = max(walk->longest, walk->place + 1);
	return true;
}

static bool is_blank(const struct gomap_table *table,
		     const struct gomap_bucket *bucket)
{
	return !bucket->tophash && !bucket->lockseq &&
	       is_zero(bucket->slots, table->bucket_stride - sizeof(*bucket));
}

static bool check_overflow_area(struct walk *walk)
{
	struct gomap_table *table = walk->table;
	struct gomap_bucket *bucket;
	u32 link, number, returned = 0;

	for (link = table->returned; link; link = bucket->overflow) {
		if (!check_link(walk, link))
			return false;
		bucket = gomap_bucket_at(table, link);
		if (!is_blank(table, bucket))
			return wrong(walk, "given back but not empty");
		returned++;
	}
	if (returned != table->nr_returned)
		return wrong(walk, "the number given back");
	if (walk->linked != gomap_table_overflow_buckets(table))
		return wrong(walk, "the number of overflow buckets");
	if (walk->linked + returned != table->nr_taken)
		return wrong(walk, "overflow buckets lost");
	for (number = gomap_nr_heads(table) + table->nr_taken;
	     number < gomap_nr_heads(table) + table->move_max; number++) {
		/* No block: neither has any that comes after. */
		if (!gomap_has_head(table, number))
			break;
		bucket = gomap_bucket_at(table, number);
		if (bucket->overflow || !is_blank(table, bucket))
			return wrong(walk, "never taken but not empty");
	}
	return true;
}

static bool check_table(struct walk *walk)
{
	struct gomap_table *table = walk->table;
	bool sound = true;

	/* Also of a table that has no block yet. */
	walk->longest = 1;
	walk->linked = 0;
	walk->left = 0;
	walk->overflow = bitmap_zalloc(table->nr_taken + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(walk->test, walk->overflow);
	for (walk->chain = 0; sound && walk->chain < gomap_nr_heads(table);
	     walk->chain++)
		sound = check_chain(walk);
	walk->chain = 0;
	sound = sound && check_overflow_area(walk);
	if (sound && walk->longest != table->longest_chain)
		sound = wrong(walk, "the length of the longest chain");
	if (sound && walk->longest > 2 * GOMAP_CHAIN_MAX)
		sound = wrong(walk, "a chain over the limit");
	if (sound && walk->left != atomic_read(&table->left))
		sound = wrong(walk, "the number of chains left to move");
	bitmap_free(walk->overflow);
	return sound;
}

static bool check_counts(const struct walk *walk, u64 entries)
{
	struct gomap *map = walk->map;
	struct kunit *test = walk->test;
	bool sound = walk->entries == entries && gomap_len(map) == entries;
	u64 bytes = percpu_counter_sum(&map->entry_bytes);

	KUNIT_EXPECT_EQ(test, walk->entries, entries);
	KUNIT_EXPECT_EQ(test, gomap_len(map), entries);
	/* Entries that wait for RCU count, too. To wait takes too long here. */
	if (READ_ONCE(map->has_garbage)) {
		KUNIT_EXPECT_LE(test, walk->entry_bytes, bytes);
		sound &= walk->entry_bytes <= bytes;
	} else {
		KUNIT_EXPECT_EQ(test, walk->entry_bytes, bytes);
		sound &= walk->entry_bytes == bytes;
	}
	if (map->max_entries) {
		KUNIT_EXPECT_EQ(test, gomap_count_rough(map), entries);
		sound &= gomap_count_rough(map) == entries;
	}
	return sound;
}

bool gomap_kunit_is_sound(struct kunit *test, struct gomap *map, u64 entries)
{
	struct walk walk = { .test = test, .map = map };
	unsigned int tables = 0;

	for (walk.table = gomap_kunit_table(map); walk.table;
	     walk.table = gomap_kunit_next(walk.table)) {
		if (++tables > 2)
			return wrong(&walk, "a third table");
		if (!check_table(&walk))
			return false;
	}
	return check_counts(&walk, entries);
}
