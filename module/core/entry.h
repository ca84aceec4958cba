/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries: keys and values that are too long for a slot, or of any length.
 *
 * Maps whose key and value together exceed GOMAP_SLOT_MAX bytes, or vary in
 * length, keep a pointer to an entry in each slot, as Go does for keys and
 * elements of more than 128 bytes (runtime/map.go, maxKeySize).
 *
 * An entry's key never changes, and its value only if it fits into a word, whose
 * store nobody sees half of. To give a key any other value is to put another
 * entry into its slot; the old one is freed a grace period later. So a reader that
 * has found its key in an entry needs no second look at the sequence, but at the
 * tag: the one that it came by may have been another key's, which was deleted
 * since, and the entry may be about to be inserted. If it were returned before its
 * own tag is set, a lookup that comes later could miss it again. (A) of bucket.h
 * orders the entry after the clearing of the other key's tag, so that a tag which
 * is there after the entry was read is its own, or a later one's. Scans, which
 * don't compare keys, look for the same reason.
 *
 * A value that may be overwritten is loaded after the entry was found. It is the
 * one that the key had then, or what was written since, or, if the entry was
 * deleted since, what it had in the end: in each case the key had it during the
 * lookup. The load is an acquire (I) and the store a release (J), as the sequence
 * is around a value in a slot: who saw the value sees what its writer saw, whatever
 * key that is of. What follows the value in its last word is undefined.
 */
#ifndef _GOMAP_ENTRY_H
#define _GOMAP_ENTRY_H

#include <linux/rcupdate.h>
#include <linux/string.h>
#include "map.h"
#include "slot.h"

#define GOMAP_SLOT_MAX 128

struct gomap_entry {
	union {
		struct rcu_head rcu;
		/* Between removal and retirement. */
		struct gomap_entry *removed;
	};
	u32 key_len;
	u32 value_len;
	/* The key, and from the next whole word on the value. */
	u8 data[] __aligned(8);
};

/* Behind the value there is a pointer to the map (entry.c). */
static inline size_t gomap_entry_size(size_t key_len, size_t value_len)
{
	return sizeof(struct gomap_entry) + ALIGN(key_len, 8) +
	       ALIGN(value_len, 8) + sizeof(struct gomap *);
}

static inline void *gomap_entry_value(struct gomap_entry *entry)
{
	return entry->data + ALIGN(entry->key_len, 8);
}

static __always_inline bool
gomap_entry_has_key(const struct gomap_entry *entry,
		    const struct gomap_key *key)
{
	return entry->key_len == key->len &&
	       gomap_bytes_equal(entry->data, key->data, key->len);
}

static inline void gomap_entry_read_value(const struct gomap *map,
					  struct gomap_entry *entry, void *to)
{
	u64 word;

	if (map->overwrites && entry->value_len) {
		/* (I), pairs with (J) */
		word = smp_load_acquire((u64 *)gomap_entry_value(entry));
		memcpy(to, &word, entry->value_len);
	} else {
		memcpy(to, gomap_entry_value(entry), entry->value_len);
	}
}

/* Of @len bytes, where values are overwritten. The chain is locked. */
static inline void gomap_entry_write_value(struct gomap_entry *entry,
					   const void *value, size_t len)
{
	u64 word = 0;

	if (!len)
		return;
	memcpy(&word, value, len);
	/* (J), pairs with (I) */
	smp_store_release((u64 *)gomap_entry_value(entry), word);
}

static inline struct gomap_entry __rcu **gomap_entry_slot(void *slot)
{
	return slot;
}

/* Of a slot whose chain is locked, or in an RCU read-side section. */
static inline struct gomap_entry *gomap_entry_in(void *slot)
{
	return rcu_dereference_check(*gomap_entry_slot(slot), true);
}

/* Or an ERR_PTR(). */
struct gomap_entry *gomap_entry_alloc(struct gomap *map, const void *key,
				      size_t key_len, const void *value,
				      size_t value_len, gfp_t gfp);
/* Of a key, good until the end of the read-side section; or NULL. lookup.c */
struct gomap_entry *gomap_find_entry(struct gomap *map,
				     const struct gomap_key *key);
/* Of an entry that no reader can have seen. */
void gomap_entry_discard(struct gomap *map, struct gomap_entry *entry);
/* Of one that was in the map: after a grace period. Any context. */
void gomap_entry_retire(struct gomap *map, struct gomap_entry *entry);

#endif /* _GOMAP_ENTRY_H */
