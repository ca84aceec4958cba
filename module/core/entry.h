/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries: keys and values that are too long for a slot, or of any length.
 *
 * If key and value together exceed GOMAP_SLOT_MAX bytes, or vary in length,
 * each slot of the map holds a pointer to an entry. Go does the same for keys
 * and elements of more than 128 bytes (runtime/map.go, maxKeySize).
 *
 * An entry's key never changes. Its value changes only in maps whose values
 * have a fixed size of up to a word: one store replaces it, and no reader sees
 * half of that. Any other new value takes another entry in the slot; the old
 * entry is freed a grace period later. So a reader that finds its key in an
 * entry checks the tag again, not the sequence. The tag that led it there may
 * belong to another key, deleted since, and the entry may be one not yet
 * published. If the reader returned that entry before its own tag is set, a
 * later lookup could miss it. (A) of bucket.h orders the entry after the
 * clearing of the other key's tag. So a tag that is there after the read of
 * the entry is its own, or a later one's. Scans don't compare keys, but check
 * the tag for the same reason.
 *
 * A reader loads an overwritable value after it has found the entry. It gets
 * the value that the key had then, or a later one, or, if the entry was
 * deleted since, its last one. In each case the key had it during the lookup.
 * The load is an acquire (I) and the store a release (J), like the sequence
 * around a value in a slot: a reader of the value sees what its writer saw, of
 * any key. The bytes after the value in its last word are undefined.
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
	/* The key, then the value from the next whole word on. */
	u8 data[] __aligned(8);
};

/* A pointer to the map follows the value (entry.c). */
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

/* Write @len bytes, where values are overwritten. The chain is locked. */
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

/* For a slot whose chain is locked, or in an RCU read-side section. */
static inline struct gomap_entry *gomap_entry_in(void *slot)
{
	return rcu_dereference_check(*gomap_entry_slot(slot), true);
}

/* Returns the entry, or an ERR_PTR(). */
struct gomap_entry *gomap_entry_alloc(struct gomap *map, const void *key,
				      size_t key_len, const void *value,
				      size_t value_len, gfp_t gfp);
/*
 * The entry of a key, valid until the end of the read-side section; or NULL
 * (lookup.c).
 */
struct gomap_entry *gomap_find_entry(struct gomap *map,
				     const struct gomap_key *key);
/* Free an entry that no reader can have seen. */
void gomap_entry_discard(struct gomap *map, struct gomap_entry *entry);
/* Free one that was in the map, after a grace period. Any context. */
void gomap_entry_retire(struct gomap *map, struct gomap_entry *entry);

#endif /* _GOMAP_ENTRY_H */
