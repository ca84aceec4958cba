/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A change: what becomes of one key, at one moment, under the lock of its chain.
 *
 * Insert, swap, take, compare-exchange, delete-equal, fetch-add and lookup-or-insert
 * are one function, gomap_change(). They differ in what they say here.
 */
#ifndef _GOMAP_CHANGE_H
#define _GOMAP_CHANGE_H

#include "grow.h"
#include "map.h"
#include "table.h"

/* What becomes of a key that is there. */
enum gomap_present {
	/* Nothing: the change fails with -EEXIST. */
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
	/* Insert a key that is absent; else the change fails with -ENOENT. */
	bool insert;
	/* Only if the value is @expected, else -ECANCELED. Without @insert. */
	bool conditional;
	const void *expected;
	size_t expected_len;
	/* To insert, or to replace the value with. */
	const void *value;
	size_t value_len;
	u64 delta;
	/*
	 * Where the value goes that the key has, and the room there, which becomes
	 * its length; -EMSGSIZE if that is too little, and nothing is changed. Or
	 * NULL.
	 */
	void *old;
	size_t *old_len;

	/* What gomap_change() has got so far; begin with zeros. */

	/* What @old_len was. */
	size_t room;
	/* The table isn't due, or there is no memory for the next one. */
	bool tried_to_grow;
	/* To be put in. */
	struct gomap_entry *entry;
	/* Its value is copied to @old after the lock is given up. */
	struct gomap_entry *old_entry;
	/* Was taken out, and is to be retired. */
	struct gomap_entry *removed;
	/* Has the expected value: it was compared without the lock. */
	struct gomap_entry *equal;
	struct gomap_stock stock;
	/* If the table has no more overflow buckets for inserts: what to do. */
	struct gomap_step step;
};

/*
 * 0, or -EEXIST, -ENOENT, -ECANCELED, -EMSGSIZE as above; -EPERM, -ENOSPC, -EMLINK,
 * -ENOMEM as gomap_insert(). The lengths are valid.
 */
int gomap_change(struct gomap_change *change, gfp_t gfp);

#endif /* _GOMAP_CHANGE_H */
