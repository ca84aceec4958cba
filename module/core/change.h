/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A change: one operation on one key, at one moment, under the lock of its
 * chain.
 *
 * Insert, swap, take, compare-exchange, delete-equal, fetch-add and
 * lookup-or-insert are one function, gomap_change(). They differ in these
 * parameters.
 */
#ifndef _GOMAP_CHANGE_H
#define _GOMAP_CHANGE_H

#include "grow.h"
#include "map.h"
#include "table.h"

/* What to do with a key that is present. */
enum gomap_present {
	/* Keep it: the change fails with -EEXIST. */
	GOMAP_KEEP,
	GOMAP_REPLACE,
	/* Add to its number. */
	GOMAP_ADD,
	GOMAP_DELETE,
};

struct gomap_change {
	struct gomap *map;
	struct gomap_key key;
	enum gomap_present present;
	/* Insert an absent key; else the change fails with -ENOENT. */
	bool insert;
	/*
	 * Change only if the value is @expected, else -ECANCELED. Without
	 * @insert.
	 */
	bool conditional;
	const void *expected;
	size_t expected_len;
	/* The value to insert, or the replacement. */
	const void *value;
	size_t value_len;
	u64 delta;
	/*
	 * Buffer for the key's old value, and its size, which becomes the
	 * value's length. If it is too small, -EMSGSIZE and no change. Or
	 * NULL.
	 */
	void *old;
	size_t *old_len;

	/* State of gomap_change(); begin with zeros. */

	/* The initial *@old_len. */
	size_t room;
	/* The table isn't due to grow, or the next one got no memory. */
	bool tried_to_grow;
	/* Entry to put in. */
	struct gomap_entry *entry;
	/* Copied to @old after the unlock. */
	struct gomap_entry *old_entry;
	/* Entry taken out, to be retired. */
	struct gomap_entry *removed;
	/* Has the expected value, by a comparison without the lock. */
	struct gomap_entry *equal;
	struct gomap_stock stock;
	/* Next step if inserts get no more overflow buckets from the table. */
	struct gomap_step step;
};

/*
 * 0, or -EEXIST, -ENOENT, -ECANCELED, -EMSGSIZE as above; other errors as
 * gomap_insert(). The caller has checked the lengths.
 */
int gomap_change(struct gomap_change *change, gfp_t gfp);

#endif /* _GOMAP_CHANGE_H */
