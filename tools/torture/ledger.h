/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger: what its owner says of a key, for all others to check against.
 *
 * Stable keys and owned keys are changed by one worker each, the owner. Before
 * and after each change it writes down a word: what becomes of the key, and the
 * version of its value, which rises with each value. Whoever reads the word
 * before and after a lookup knows which values the lookup may have found, and
 * whether it may have found none.
 */
#ifndef _GOMAP_TORTURE_LEDGER_H
#define _GOMAP_TORTURE_LEDGER_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

enum ledger_phase {
	LEDGER_ABSENT,
	/* The version is the one that is coming. */
	LEDGER_INSERTING,
	LEDGER_PRESENT,
	/* The version is the one that is coming; the one before is there. */
	LEDGER_UPDATING,
	LEDGER_DELETING,
};

#define LEDGER_PHASE_BITS 3

static inline u32 ledger_entry(enum ledger_phase phase, u32 version)
{
	return version << LEDGER_PHASE_BITS | phase;
}

static inline enum ledger_phase ledger_phase(u32 entry)
{
	return entry & (BIT(LEDGER_PHASE_BITS) - 1);
}

static inline u32 ledger_version(u32 entry)
{
	return entry >> LEDGER_PHASE_BITS;
}

/* Between what the owner did to the key before, and what it does afterwards. */
static inline void ledger_write(u32 *place, enum ledger_phase phase,
				u32 version)
{
	/* Pairs with ledger_before(). */
	smp_store_release(place, ledger_entry(phase, version));
	smp_wmb(); /* pairs with ledger_after() */
}

static inline u32 ledger_before(const u32 *place)
{
	/* Pairs with the release in ledger_write(). */
	return smp_load_acquire(place);
}

static inline u32 ledger_after(const u32 *place)
{
	smp_rmb(); /* pairs with ledger_write() */
	return READ_ONCE(*place);
}

/* The versions that may have been found between two readings. */

static inline u32 ledger_lowest(u32 before)
{
	u32 version = ledger_version(before);

	switch (ledger_phase(before)) {
	case LEDGER_ABSENT:
		return version + 1;
	case LEDGER_UPDATING:
		return version - 1;
	default:
		return version;
	}
}

static inline u32 ledger_highest(u32 after)
{
	return ledger_version(after);
}

/* Has nobody begun to delete the key between two readings? */
static inline bool ledger_was_there(u32 before, u32 after)
{
	return before == after && (ledger_phase(before) == LEDGER_PRESENT ||
				   ledger_phase(before) == LEDGER_UPDATING);
}

#endif /* _GOMAP_TORTURE_LEDGER_H */
