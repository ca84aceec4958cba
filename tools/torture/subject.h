/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Subjects: the maps under torture, and which key is for what.
 *
 * The ids of keys are cut into ranges, the same in all subjects:
 *
 *   stable     inserted before the round begins and never deleted; the owner
 *              changes the value in place
 *   counters   numbers that all workers add to; never deleted
 *   recorded   left to the recorders (recorder.c)
 *   tokens     put in and taken out by all workers, each value by one
 *   loose      inserted and deleted by all workers
 *   owned      inserted, changed and deleted by one worker each
 *   tide       likewise, by the workers that make maps grow and shrink
 *   absent     never there
 *
 * In a subject that clears go through there are no stable keys, counters and
 * recorded keys, and a key may be gone if a clear has begun since it came.
 */
#ifndef _GOMAP_TORTURE_SUBJECT_H
#define _GOMAP_TORTURE_SUBJECT_H

#include <linux/atomic.h>
#include "torture.h"

#define TORTURE_RECORDED 4

enum torture_limit {
	UNLIMITED,
	/*
	 * Room for some of the keys, and each insert first takes a place: at
	 * the limit as at any time none is refused.
	 */
	LIMIT_EXACT,
	/* Room for some of the keys, and inserts may be refused. */
	LIMIT_TIGHT,
};

struct torture_kind {
	const char *name;
	struct gomap_params params;
	enum torture_limit limit;
	bool cleared;
};

/* The first id of each range, and the end of the last. */
struct torture_layout {
	u32 writers;
	u32 owners;
	u32 tides;
	u32 per_owner;
	u32 per_tide;
	u32 counters;
	u32 recorded;
	u32 tokens;
	u32 loose;
	u32 owned;
	u32 tide;
	u32 absent;
	u32 end;
};

extern struct torture_layout torture_layout;

struct torture_subject {
	const struct torture_kind *kind;
	struct gomap_params params;
	/* Its place in the round. */
	u32 number;
	struct gomap *map;
	/* A word for each id, see ledger.h. */
	u32 *ledger;
	/*
	 * With a limit: inserts that have returned less deletes that have
	 * begun. There are never fewer entries.
	 */
	atomic_long_t surely_there;
	/* With an exact one: places that nobody has taken. */
	atomic_long_t places;
	/*
	 * Clears that have begun, and those that have ended; and how many had
	 * ended when the owner of an id last inserted it.
	 */
	atomic_t clears_begun;
	atomic_t clears_ended;
	u32 *clears_before;
};

/* Of @owners the first @writers are no timers. */
void torture_layout_init(u32 keys, u32 writers, u32 owners, u32 tides);
const struct torture_kind *torture_kind(u32 number);
u32 torture_nr_kinds(void);

struct torture_subject *torture_subject_create(struct torture_worker *worker,
					       u32 number);
void torture_subject_destroy(struct torture_subject *subject);

static inline bool torture_has_counters(const struct torture_subject *subject)
{
	const struct gomap_params *params = &subject->params;

	return !subject->kind->cleared && !(params->flags & GOMAP_VAR_VALUE) &&
	       (params->value_size == 4 || params->value_size == 8);
}

/* Stable keys are dealt out to the owners like cards. */
static inline u32 torture_stable_id(u32 owner, u32 number)
{
	return owner + torture_layout.owners * number;
}

static inline u32 torture_owned_id(u32 owner, u32 number)
{
	return torture_layout.owned + owner * torture_layout.per_owner + number;
}

/* Is the key never deleted? */
static inline bool torture_is_stable(const struct torture_subject *subject,
				     u32 id)
{
	return !subject->kind->cleared && id < torture_layout.counters;
}

static inline bool torture_is_counter(u32 id)
{
	return id >= torture_layout.counters && id < torture_layout.recorded;
}

/* Does the ledger tell of the key? */
static inline bool torture_has_owner(u32 id)
{
	return id < torture_layout.counters || id >= torture_layout.owned;
}

/* Is the value one with a version, and not a number? */
static inline bool torture_has_version(u32 id)
{
	return id < torture_layout.counters || id >= torture_layout.tokens;
}

/* The owner of a key begins to insert it. */
static inline void torture_comes(struct torture_subject *subject, u32 id)
{
	/* What is counted has left its mark on the map. */
	subject->clears_before[id] = atomic_read_acquire(&subject->clears_ended);
}

/* Asked by the owner, or when all is at rest. */
static inline bool torture_may_be_cleared(const struct torture_subject *subject,
					  u32 id)
{
	if (!subject->kind->cleared)
		return false;
	/* Who misses the key knows that the clear has begun. */
	smp_rmb();
	return atomic_read(&subject->clears_begun) !=
	       subject->clears_before[id];
}

/*
 * Before an insert: false if there is no place for the key. Left again when the
 * key didn't come, or is gone.
 */
bool torture_take_place(struct torture_subject *subject);
void torture_leave_place(struct torture_subject *subject);

/* A limited subject got a key; lets one go, if it is there; it wasn't. */
void torture_came(struct torture_worker *worker,
		  struct torture_subject *subject);
void torture_may_go(struct torture_subject *subject);
void torture_stayed(struct torture_subject *subject);

#endif /* _GOMAP_TORTURE_SUBJECT_H */
