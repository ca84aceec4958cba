/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries: keys and values that are too long for a slot, or of any length.
 *
 * Maps whose key and value together exceed GOMAP_SLOT_MAX bytes, or vary in
 * length, keep a pointer to an entry in each slot, as Go does for keys and
 * elements of more than 128 bytes (runtime/map.go, maxKeySize).
 *
 * An entry never changes. To give a key another value is to put another entry
 * into its slot; the old one is freed a grace period later. So a reader that has
 * found its key in an entry needs no second look at the sequence, but at the tag:
 * the one that it came by may have been another key's, which was deleted since,
 * and the entry may be about to be inserted. If it were returned before its own
 * tag is set, a lookup that comes later could miss it again. (A) of bucket.h
 * orders the entry after the clearing of the other key's tag, so that a tag which
 * is there after the entry was read is its own.
 */
#ifndef _GOMAP_ENTRY_H
#define _GOMAP_ENTRY_H

#include <linux/rcupdate.h>
#include <linux/string.h>
#include "map.h"

#define GOMAP_SLOT_MAX 128

struct gomap_entry {
	union {
		struct rcu_head rcu;
		/* Between removal and retirement. */
		struct gomap_entry *removed;
	};
	u32 key_len;
	u32 value_len;
	/* The key, and right after it the value. */
	u8 data[];
};

static inline const u8 *gomap_entry_value(const struct gomap_entry *entry)
{
	return entry->data + entry->key_len;
}

static inline bool gomap_entry_has_key(const struct gomap_entry *entry,
				       const struct gomap_key *key)
{
	return entry->key_len == key->len &&
	       !memcmp(entry->data, key->data, key->len);
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

struct gomap_entry *gomap_entry_alloc(struct gomap *map, const void *key,
				      size_t key_len, const void *value,
				      size_t value_len, gfp_t gfp);
/* Of an entry that no reader can have seen. */
void gomap_entry_discard(struct gomap *map, struct gomap_entry *entry);
/* Of one that was in the map: after a grace period. Any context. */
void gomap_entry_retire(struct gomap *map, struct gomap_entry *entry);

#endif /* _GOMAP_ENTRY_H */
