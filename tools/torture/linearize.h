/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linearizability: can the operations on a key be put in an order that agrees
 * with real time, and in which each has the result that it had?
 *
 * A history is what a few threads did, with the moments when each call began
 * and ended, on a clock that all share. No two moments are the same.
 */
#ifndef _GOMAP_TORTURE_LINEARIZE_H
#define _GOMAP_TORTURE_LINEARIZE_H

#include <linux/types.h>

#define HISTORY_THREADS_MAX 8

enum history_kind {
	HISTORY_LOOKUP,
	HISTORY_INSERT,
	HISTORY_INSERT_NEW,
	HISTORY_INSERT_EXISTING,
	HISTORY_DELETE,
	HISTORY_TAKE,
	HISTORY_SWAP,
	HISTORY_EXCHANGE,
	HISTORY_DELETE_EQUAL,
	HISTORY_FETCH_ADD,
	HISTORY_LOOKUP_OR_INSERT,
	HISTORY_KINDS,
};

struct history_operation {
	u8 kind;
	u8 thread;
	u8 key;
	int ret;
	/* What is to be put in or added, what has to be there, what was. */
	u64 value;
	u64 expected;
	u64 old;
	/* From 0 to 2 @nr - 1 of the history. */
	u32 begin;
	u32 end;
};

struct linearizer;

struct linearizer *linearizer_alloc(u32 nr);
void linearizer_free(struct linearizer *linearizer);

/*
 * The next history; values have @value_bits. -EINVAL if it is none: moments
 * that are missing or the same, or a thread that does two things at once.
 */
int linearizer_load(struct linearizer *linearizer,
		    const struct history_operation *operations, u32 nr,
		    u32 value_bits);

/*
 * The operations on @key, which is absent at first. 0 if there is an order;
 * -EILSEQ if not, with the operation that fits nowhere, or no later than when it
 * ended, in @culprit; -E2BIG if there were too many to try.
 */
int linearize(struct linearizer *linearizer, u8 key,
	      const struct history_operation **culprit);

/*
 * Operations that began while the one before, on their key, was under way. One
 * that is preempted in its midst, and overlaps a thousand, counts once.
 */
u32 linearizer_overlaps(const struct linearizer *linearizer);

/* Histories whose answer is known. How many were answered wrongly. */
int linearizer_test(u32 *nr);

#endif /* _GOMAP_TORTURE_LINEARIZE_H */
