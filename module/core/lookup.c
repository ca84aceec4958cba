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
 * too, and keeps the sequence from wrapping around under a reader. Most maps have
 * keys and values of 8 bytes: their lookup is compiled for that.
 */
#include <linux/export.h>
#include <linux/preempt.h>
#include "bucket.h"
#include "chain.h"
#include "entry.h"
#include "operations.h"
#include "slot.h"
#include "table.h"
#include "value.h"

/*
 * A writer holds a chain for some tens of nanoseconds. Whoever has lost that
 * often is better off as the one whom others wait for.
 */
#define GOMAP_READ_TRIES 8

/* The chain that @key is in, if anywhere; and @seq, its sequence at (F). */
static __always_inline struct gomap_bucket *
read_begin(struct gomap *map, u64 hash, struct gomap_table **table, u32 *seq)
{
	struct gomap_bucket *head;

	*table = gomap_dereference(map->table);
	while (*table) {
		head = gomap_head_of(*table, hash);
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
find_slot(const struct gomap *map, const struct gomap_table *table,
	  struct gomap_bucket *bucket, const struct gomap_key *key,
	  u32 word_size)
{
	u64 match;
	void *slot;

	for (; bucket; bucket = gomap_next_bucket(table, bucket)) {
		/* (G), pairs with (B) */
		match = gomap_match(smp_load_acquire(&bucket->tophash),
				    gomap_tag(key->hash));
		for (; match; match = gomap_drop_first(match)) {
			slot = gomap_slot_at(map, bucket,
					     gomap_first_slot(match));
			if (likely(gomap_slot_equal(slot, key->data, key->len,
						    word_size)))
				return slot;
		}
	}
	return NULL;
}

/* The entry of @key, good until the end of the read-side section; or NULL. */
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
			smp_rmb(); /* pairs with (A), see entry.h */
			if (gomap_get_tag(READ_ONCE(bucket->tophash), slot) ==
			    gomap_tag(key->hash))
				return entry;
		}
	}
	return NULL;
}

static noinline int lookup_locked(struct gomap *map,
				  const struct gomap_key *key, void *value)
{
	struct gomap_place place;
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

static __always_inline int lookup_slot(struct gomap *map,
				       const struct gomap_key *key,
				       void *value, size_t value_size,
				       u32 word_size)
{
	struct gomap_table *table;
	struct gomap_bucket *head;
	unsigned int tries;
	int ret = -ENOENT;
	void *slot;
	u32 seq;

	preempt_disable();
	for (tries = 0; tries < GOMAP_READ_TRIES; tries++) {
		head = read_begin(map, key->hash, &table, &seq);
		slot = find_slot(map, table, head, key, word_size);
		if (!slot)
			goto out;
		gomap_slot_read(value, slot + ALIGN(key->len, word_size),
				value_size, word_size);
		if (likely(gomap_read_valid(head, seq))) {
			ret = 0;
			goto out;
		}
	}
	preempt_enable();
	return lookup_locked(map, key, value);
out:
	preempt_enable();
	return ret;
}

static noinline int lookup_entry(struct gomap *map, const struct gomap_key *key,
				 void *value, size_t *value_len)
{
	struct gomap_table *table;
	struct gomap_bucket *head;
	struct gomap_entry *entry;
	size_t room = *value_len;
	int ret = -ENOENT;
	u32 seq;

	rcu_read_lock();
	head = read_begin(map, key->hash, &table, &seq);
	entry = find_entry(map, table, head, key);
	if (entry) {
		*value_len = entry->value_len;
		ret = !value ? 0 : room < entry->value_len ? -EMSGSIZE : 0;
		if (value && !ret)
			memcpy(value, gomap_entry_value(entry),
			       entry->value_len);
	}
	rcu_read_unlock();
	return ret;
}

int gomap_lookup_key(struct gomap *map, struct gomap_key *key, void *value,
		     size_t *value_len)
{
	size_t none = 0;

	if (map->has_entries)
		return lookup_entry(map, key, value, value ? value_len : &none);
	if (!value)
		return lookup_slot(map, key, NULL, 0, map->word_size);
	if (unlikely(*value_len < map->value_size)) {
		*value_len = map->value_size;
		return -EMSGSIZE;
	}
	*value_len = map->value_size;
	if (likely(key->len == 8 && map->value_size == 8)) {
		key->len = 8;
		return lookup_slot(map, key, value, 8, 8);
	}
	return lookup_slot(map, key, value, map->value_size, map->word_size);
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
	struct gomap_key k = { .data = key, .len = key_len };

	if (unlikely(!gomap_key_len_valid(map, key_len)))
		return -EINVAL;
	k.hash = gomap_hash(map, key, key_len);
	return gomap_lookup_key(map, &k, value, value_len);
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
