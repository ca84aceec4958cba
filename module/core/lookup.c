// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lookup, without a lock.
 *
 * bucket.h has the protocol and its barriers (F), (G), (H); evacuate.c why a
 * key isn't missed while it moves. What is here:
 *
 * Start at the current table. If the chain is evacuated, go on to the
 * successor. Match tags, compare keys, and copy the value. In maps without
 * entries the copy counts only if the chain's sequence is even and unchanged;
 * if not, start again, and after some tries take the lock, so that writers that
 * never stop can't keep a reader for ever.
 *
 * Where the sequence counts preemption is off, which is an RCU read-side section,
 * too, and keeps the sequence from wrapping around under a reader.
 *
 * Most maps have keys and values of 8 bytes: for them there is a lookup in which
 * every size is a constant.
 */
#include <linux/cache.h>
#include <linux/export.h>
#include <linux/preempt.h>
#include <linux/prefetch.h>
#include "bucket.h"
#include "chain.h"
#include "entry.h"
#include "operations.h"
#include "slot.h"
#include "table.h"
#include "value.h"

/*
 * A writer holds a chain for some tens of nanoseconds. After so many failures the
 * reader takes the lock.
 */
#define GOMAP_READ_TRIES 8

/* Where things are. Constants, in the functions that are compiled for them. */
struct layout {
	u32 key_len;
	u32 value_size;
	u32 value_offset;
	u32 word_size;
	u32 slot_stride;
	u32 bucket_stride;
};

static const struct layout layout_of_u64 = {
	.key_len = 8,
	.value_size = 8,
	.value_offset = 8,
	.word_size = 8,
	.slot_stride = 16,
	.bucket_stride = sizeof(struct gomap_bucket) + GOMAP_SLOTS * 16,
};

/* The chain of @hash, if the map has any; and @seq, its sequence at (F). */
static __always_inline struct gomap_bucket *
read_begin(struct gomap *map, u64 hash, u32 bucket_stride,
	   struct gomap_table **table, u32 *seq)
{
	struct gomap_bucket *head;

	lockdep_assert_no_hardirq();
	*table = gomap_dereference(map->table);
	while (*table) {
		head = gomap_bucket_by_stride(*table, hash & (*table)->mask,
					      bucket_stride);
		/*
		 * Most slots are in another line than the tags. At (8,8), among
		 * a million, a hit took 100 instead of 111 ns, a miss 85
		 * instead of 78.
		 */
		if (bucket_stride > 2 * L1_CACHE_BYTES)
			prefetch((void *)head + L1_CACHE_BYTES);
		/*
		 * (F), pairs with (C) and (E); and with
		 * gomap_mark_evacuated(), after which @next is set.
		 */
		*seq = smp_load_acquire(&head->lockseq);
		if (likely(!(*seq & GOMAP_EVACUATED)))
			return head;
		*table = gomap_dereference((*table)->next);
	}
	return NULL;
}

static __always_inline void *
find_slot(const struct gomap_table *table, struct gomap_bucket *bucket,
	  u64 hash, const void *key, const struct layout layout)
{
	u8 tag = gomap_tag(hash);
	u64 match;
	void *slot;

	for (; bucket; bucket = gomap_next_bucket(table, bucket)) {
		/* (G), pairs with (B) */
		match = gomap_match(smp_load_acquire(&bucket->tophash), tag);
		for (; match; match = gomap_drop_first(match)) {
			slot = bucket->slots +
			       gomap_first_slot(match) * layout.slot_stride;
			if (likely(gomap_slot_equal(slot, key, layout.key_len,
						    layout.word_size)))
				return slot;
		}
	}
	return NULL;
}

static struct gomap_entry *find_entry(const struct gomap *map,
				      const struct gomap_table *table,
				      struct gomap_bucket *bucket,
				      const struct gomap_key *key)
{
	struct gomap_entry *entry;
	unsigned int slot;
	u64 match;

	for (; bucket; bucket = gomap_next_bucket(table, bucket)) {
		/* (G), pairs with (B) */
		match = gomap_match(smp_load_acquire(&bucket->tophash),
				    gomap_tag(key->hash));
		for (; match; match = gomap_drop_first(match)) {
			slot = gomap_first_slot(match);
			entry = gomap_entry_in(gomap_slot_at(map, bucket,
							     slot));
			/* NULL: deleted since the tag was read. */
			if (!entry || !gomap_entry_has_key(entry, key))
				continue;
			/* Is it still there? (A) pairs with this, see entry.h. */
			smp_rmb();
			if (gomap_get_tag(READ_ONCE(bucket->tophash), slot) ==
			    gomap_tag(key->hash))
				return entry;
		}
	}
	return NULL;
}

struct gomap_entry *gomap_find_entry(struct gomap *map,
				     const struct gomap_key *key)
{
	struct gomap_table *table;
	struct gomap_bucket *head;
	u32 seq;

	head = read_begin(map, key->hash, map->bucket_stride, &table, &seq);
	return find_entry(map, table, head, key);
}

static noinline int lookup_locked(struct gomap *map,
				  const struct gomap_key *key, void *value)
{
	struct gomap_place place = {};
	int ret = -ENOENT;

	rcu_read_lock();
	if (gomap_lock_chain(map, key, &place)) {
		if (gomap_find(map, key, &place)) {
			if (value)
				gomap_value_read(map, &place, value);
			ret = 0;
		}
		gomap_unlock_chain(map, &place);
	}
	rcu_read_unlock();
	return ret;
}

/* -EAGAIN if a writer was in the way. */
static __always_inline int try_lookup(struct gomap *map, u64 hash,
				      const void *key, void *value,
				      const struct layout layout)
{
	struct gomap_table *table;
	struct gomap_bucket *head;
	int ret = -ENOENT;
	void *slot;
	u32 seq;

	preempt_disable();
	head = read_begin(map, hash, layout.bucket_stride, &table, &seq);
	slot = find_slot(table, head, hash, key, layout);
	if (slot) {
		gomap_value_copy(value, slot + layout.value_offset,
				 layout.value_size, layout.word_size);
		ret = gomap_read_valid(head, seq) ? 0 : -EAGAIN;
	}
	preempt_enable();
	return ret;
}

static int lookup_slot(struct gomap *map, const struct gomap_key *key,
		       void *value)
{
	const struct layout layout = {
		.key_len = key->len,
		.value_size = value ? map->value_size : 0,
		.value_offset = map->value_offset,
		.word_size = map->word_size,
		.slot_stride = map->slot_stride,
		.bucket_stride = map->bucket_stride,
	};
	unsigned int tries;
	int ret;

	for (tries = 0; tries < GOMAP_READ_TRIES; tries++) {
		ret = try_lookup(map, key->hash, key->data, value, layout);
		if (likely(ret != -EAGAIN))
			return ret;
	}
	return lookup_locked(map, key, value);
}

/*
 * Is there a key that fits into a word? The word is the key or it isn't, so nothing
 * has to be valid, and no overwrite of a value is in the way. As in an entry, the
 * tag is looked at again (entry.h): the slot may have been another key's when it
 * was seen first, and this one's tag not be set yet.
 */
static bool contains_word(struct gomap *map, const struct gomap_key *key)
{
	const u8 tag = gomap_tag(key->hash);
	struct gomap_bucket *bucket;
	struct gomap_table *table;
	unsigned int slot;
	u64 match;
	u32 seq;

	bucket = read_begin(map, key->hash, map->bucket_stride, &table, &seq);
	for (; bucket; bucket = gomap_next_bucket(table, bucket)) {
		/* (G), pairs with (B) */
		match = gomap_match(smp_load_acquire(&bucket->tophash), tag);
		for (; match; match = gomap_drop_first(match)) {
			slot = gomap_first_slot(match);
			if (!gomap_slot_equal(gomap_slot_at(map, bucket, slot),
					      key->data, key->len,
					      map->word_size))
				continue;
			smp_rmb(); /* pairs with (A) */
			if (gomap_get_tag(READ_ONCE(bucket->tophash), slot) ==
			    tag)
				return true;
		}
	}
	return false;
}

static int contains_slot(struct gomap *map, const struct gomap_key *key)
{
	bool found;

	if (!gomap_is_one_word(key->len, map->word_size))
		return lookup_slot(map, key, NULL);
	rcu_read_lock();
	found = contains_word(map, key);
	rcu_read_unlock();
	return found ? 0 : -ENOENT;
}

static noinline int lookup_entry(struct gomap *map, const struct gomap_key *key,
				 void *value, size_t *value_len)
{
	struct gomap_entry *entry;
	size_t room = *value_len;
	int ret = -ENOENT;

	rcu_read_lock();
	entry = gomap_find_entry(map, key);
	if (entry) {
		*value_len = entry->value_len;
		ret = !value ? 0 : room < entry->value_len ? -EMSGSIZE : 0;
		if (value && !ret)
			gomap_entry_read_value(map, entry, value);
	}
	rcu_read_unlock();
	return ret;
}

static int lookup_any(struct gomap *map, const struct gomap_key *key,
		      void *value, size_t *value_len)
{
	size_t room = 0;

	if (map->has_entries)
		return lookup_entry(map, key, value, value ? value_len : &room);
	if (!value)
		return contains_slot(map, key);
	room = *value_len;
	*value_len = map->value_size;
	/* A key that is absent needs no room. */
	if (room < map->value_size)
		return contains_slot(map, key) ?: -EMSGSIZE;
	return lookup_slot(map, key, value);
}

static __always_inline bool is_lookup_of_u64(const struct gomap *map,
					     size_t key_len, const void *value,
					     const size_t *value_len)
{
	return map->is_u64_to_u64 && key_len == 8 && value && *value_len >= 8;
}

int gomap_lookup_key(struct gomap *map, const struct gomap_key *key,
		     void *value, size_t *value_len)
{
	int ret = -EAGAIN;

	if (is_lookup_of_u64(map, key->len, value, value_len)) {
		*value_len = 8;
		ret = try_lookup(map, key->hash, key->data, value,
				 layout_of_u64);
	}
	return likely(ret != -EAGAIN) ? ret :
	       lookup_any(map, key, value, value_len);
}

/* Apart, so that the other one needs no stack. */
static noinline int lookup_unlike_u64(struct gomap *map, const void *key,
				      size_t key_len, void *value,
				      size_t *value_len)
{
	struct gomap_key k = { .data = key, .len = key_len };

	if (!gomap_key_len_valid(map, key_len))
		return -EINVAL;
	k.hash = gomap_hash(map, key, key_len);
	return lookup_any(map, &k, value, value_len);
}

/**
 * gomap_lookup - the value of a key
 * @map: the map
 * @key: the key
 * @key_len: its length in bytes
 * @value: where the value goes; NULL to ask only if the key is there. Its
 *	contents are undefined after a failure
 * @value_len: the room at @value, in bytes; the value's length afterwards, or,
 *	with -EMSGSIZE, the room that it needs. May be NULL if @value is
 *
 * Context: Process or softirq context. Takes no lock, unless writers keep
 * changing this very bucket.
 *
 * Return: 0; -ENOENT if the key is absent; -EMSGSIZE if the value doesn't fit;
 * -EINVAL if the map can't have a key of this length.
 */
int gomap_lookup(struct gomap *map, const void *key, size_t key_len,
		 void *value, size_t *value_len)
{
	int ret = -EAGAIN;

	if (is_lookup_of_u64(map, key_len, value, value_len)) {
		*value_len = 8;
		ret = try_lookup(map, gomap_hash(map, key, 8), key, value,
				 layout_of_u64);
	}
	return likely(ret != -EAGAIN) ? ret :
	       lookup_unlike_u64(map, key, key_len, value, value_len);
}
EXPORT_SYMBOL_GPL(gomap_lookup);

/**
 * gomap_contains - is a key there
 * @map: the map
 * @key: the key
 * @key_len: its length in bytes
 *
 * Context: As gomap_lookup().
 *
 * Return: true if the key is in the map.
 */
bool gomap_contains(struct gomap *map, const void *key, size_t key_len)
{
	return !gomap_lookup(map, key, key_len, NULL, NULL);
}
EXPORT_SYMBOL_GPL(gomap_contains);
