// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test of the checker: histories whose answer is known. Run whenever the module
 * is loaded, for a checker that finds all in order would never be noticed. Each of
 * its rules is what one of these depends on.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/printk.h>
#include "linearize.h"

#define OPERATIONS_MAX 13
#define KEYS 2

/* Columns: thread, begin, end, kind, result, what goes in, what came out. */
#define OP(t, b, e, k, r, v, o)						\
	{ .thread = t, .begin = b, .end = e, .kind = HISTORY_ ## k,	\
	  .ret = r, .value = v, .old = o }
/* Of another key. */
#define OTHER(t, b, e, k, r, v, o)					\
	{ .key = 1, .thread = t, .begin = b, .end = e,			\
	  .kind = HISTORY_ ## k, .ret = r, .value = v, .old = o }
/* With a value that has to be there. */
#define IF(t, b, e, k, x, r, v)						\
	{ .thread = t, .begin = b, .end = e, .kind = HISTORY_ ## k,	\
	  .expected = x, .ret = r, .value = v }

static const struct known {
	const char *name;
	/* Of linearizer_load(), or else of linearize(). */
	int answer;
	u32 nr;
	struct history_operation operations[OPERATIONS_MAX];
	/* 64 unless told. */
	u32 value_bits;
} known[] = {
	{ "one after the other", 0, 4, {
		OP(0, 0, 1, INSERT_NEW, 0, 7, 0),
		OP(1, 2, 3, LOOKUP, 0, 0, 7),
		OP(0, 4, 5, DELETE, 0, 0, 0),
		OP(1, 6, 7, LOOKUP, -ENOENT, 0, 0),
	} },
	{ "a lookup misses a key that is there", -EILSEQ, 2, {
		OP(0, 0, 1, INSERT_NEW, 0, 7, 0),
		OP(1, 2, 3, LOOKUP, -ENOENT, 0, 0),
	} },
	{ "a lookup during an insert may miss", 0, 2, {
		OP(0, 0, 2, INSERT_NEW, 0, 7, 0),
		OP(1, 1, 3, LOOKUP, -ENOENT, 0, 0),
	} },
	{ "or find", 0, 2, {
		OP(0, 0, 3, INSERT_NEW, 0, 7, 0),
		OP(1, 1, 2, LOOKUP, 0, 0, 7),
	} },
	{ "but not find, and then miss", -EILSEQ, 3, {
		OP(0, 0, 5, INSERT_NEW, 0, 7, 0),
		OP(1, 1, 2, LOOKUP, 0, 0, 7),
		OP(1, 3, 4, LOOKUP, -ENOENT, 0, 0),
	} },
	{ "a deleted key is found", -EILSEQ, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(1, 2, 3, DELETE, 0, 0, 0),
		OP(2, 4, 5, LOOKUP, 0, 0, 7),
	} },
	{ "a value of before is found", -EILSEQ, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, INSERT_EXISTING, 0, 8, 0),
		OP(1, 4, 5, LOOKUP, 0, 0, 7),
	} },
	{ "new values are seen in two orders", -EILSEQ, 6, {
		OP(0, 0, 8, INSERT, 0, 7, 0),
		OP(1, 1, 9, INSERT, 0, 8, 0),
		OP(2, 2, 3, LOOKUP, 0, 0, 7),
		OP(2, 4, 5, LOOKUP, 0, 0, 8),
		OP(2, 6, 7, LOOKUP, 0, 0, 7),
		OP(3, 10, 11, LOOKUP, 0, 0, 7),
	} },
	{ "two take the same", -EILSEQ, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 4, TAKE, 0, 0, 7),
		OP(1, 3, 5, TAKE, 0, 0, 7),
	} },
	{ "one takes, one comes late", 0, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 4, TAKE, -ENOENT, 0, 0),
		OP(1, 3, 5, TAKE, 0, 0, 7),
	} },
	{ "two insert a new key", -EILSEQ, 2, {
		OP(0, 0, 2, INSERT_NEW, 0, 7, 0),
		OP(1, 1, 3, INSERT_NEW, 0, 8, 0),
	} },
	{ "an addition is lost", -EILSEQ, 3, {
		OP(0, 0, 2, FETCH_ADD, 0, 1, 0),
		OP(1, 1, 3, FETCH_ADD, 0, 1, 1),
		OP(2, 4, 5, LOOKUP, 0, 0, 1),
	} },
	{ "additions in the order of their results", 0, 4, {
		OP(0, 0, 3, FETCH_ADD, 0, 1, 5),
		OP(1, 1, 4, FETCH_ADD, 0, 2, 3),
		OP(2, 2, 5, FETCH_ADD, 0, 3, 0),
		OP(0, 6, 7, LOOKUP, 0, 0, 6),
	} },
	{ "two exchange the same value", -EILSEQ, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		IF(0, 2, 4, EXCHANGE, 7, 0, 8),
		IF(1, 3, 5, EXCHANGE, 7, 0, 9),
	} },
	{ "an exchange fails for no reason", -EILSEQ, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		IF(1, 2, 3, EXCHANGE, 7, -ECANCELED, 8),
	} },
	{ "swaps form a chain", 0, 4, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 5, SWAP, 0, 8, 9),
		OP(1, 3, 4, SWAP, 0, 9, 7),
		IF(1, 6, 7, DELETE_EQUAL, 8, 0, 0),
	} },
	{ "a swap returns what was long gone", -EILSEQ, 4, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, INSERT, 0, 8, 0),
		OP(1, 4, 5, SWAP, 0, 9, 7),
		OP(1, 6, 7, LOOKUP, 0, 0, 9),
	} },
	{ "no memory for an insert, which changes nothing", 0, 2, {
		OP(0, 0, 1, INSERT, -ENOMEM, 7, 0),
		OP(0, 2, 3, LOOKUP, -ENOENT, 0, 0),
	} },
	{ "no memory for a lookup", -EILSEQ, 1, {
		OP(0, 0, 1, LOOKUP, -ENOMEM, 0, 0),
	} },
	{ "no memory for a delete", -EILSEQ, 1, {
		OP(0, 0, 1, DELETE, -ENOMEM, 0, 0),
	} },
	{ "no memory for a take", -EILSEQ, 1, {
		OP(0, 0, 1, TAKE, -ENOMEM, 0, 0),
	} },
	{ "no memory for a conditional delete", -EILSEQ, 1, {
		IF(0, 0, 1, DELETE_EQUAL, 7, -ENOMEM, 0),
	} },
	{ "inserted although it was there", -EILSEQ, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(1, 2, 3, LOOKUP_OR_INSERT, 0, 8, 7),
	} },

	/* What each operation makes of a key, and what it can return. */

	{ "a lookup fails", -EILSEQ, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, LOOKUP, -ECANCELED, 0, 7),
	} },
	{ "a key that never was is found", -EILSEQ, 1, {
		OP(0, 0, 1, LOOKUP, 0, 0, 0),
	} },
	{ "an insert is no insert-new", -EILSEQ, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, INSERT, -EEXIST, 8, 0),
	} },
	{ "an insert replaces a value", 0, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, INSERT, 0, 8, 0),
		OP(0, 4, 5, LOOKUP, 0, 0, 8),
	} },
	{ "an insert-new of a key that is there fails, as it has to", 0, 3, {
		OP(0, 0, 1, INSERT_NEW, 0, 7, 0),
		OP(0, 2, 3, INSERT_NEW, -EEXIST, 8, 0),
		OP(0, 4, 5, LOOKUP, 0, 0, 7),
	} },
	{ "an insert-new of an absent key fails", -EILSEQ, 1, {
		OP(0, 0, 1, INSERT_NEW, -EEXIST, 7, 0),
	} },
	{ "an insert-existing of an absent key fails, as it has to", 0, 2, {
		OP(0, 0, 1, INSERT_EXISTING, -ENOENT, 7, 0),
		OP(0, 2, 3, LOOKUP, -ENOENT, 0, 0),
	} },
	{ "an insert-existing of an absent key", -EILSEQ, 1, {
		OP(0, 0, 1, INSERT_EXISTING, 0, 7, 0),
	} },
	{ "an insert-existing of a key that is there fails", -EILSEQ, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, INSERT_EXISTING, -ENOENT, 8, 0),
	} },
	{ "a delete of an absent key", -EILSEQ, 1, {
		OP(0, 0, 1, DELETE, 0, 0, 0),
	} },
	{ "a delete of a key that is there fails", -EILSEQ, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, DELETE, -ENOENT, 0, 0),
	} },
	{ "a take deletes", 0, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, TAKE, 0, 0, 7),
		OP(0, 4, 5, LOOKUP, -ENOENT, 0, 0),
	} },
	{ "a take of a key that is there fails", -EILSEQ, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, TAKE, -ENOENT, 0, 7),
	} },
	{ "a take returns another value", -EILSEQ, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, TAKE, 0, 0, 8),
	} },
	{ "a swap of an absent key", -EILSEQ, 1, {
		OP(0, 0, 1, SWAP, 0, 7, 0),
	} },
	{ "a swap of a key that is there fails", -EILSEQ, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, SWAP, -ENOENT, 8, 7),
	} },
	{ "an exchange of an absent key", -EILSEQ, 1, {
		IF(0, 0, 1, EXCHANGE, 0, 0, 7),
	} },
	{ "an exchange fails, as it has to", 0, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		IF(0, 2, 3, EXCHANGE, 8, -ECANCELED, 9),
		OP(0, 4, 5, LOOKUP, 0, 0, 7),
	} },
	{ "an exchange is lost", -EILSEQ, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		IF(0, 2, 3, EXCHANGE, 7, 0, 8),
		OP(0, 4, 5, LOOKUP, 0, 0, 7),
	} },
	{ "a delete-equal of an absent key", -EILSEQ, 1, {
		IF(0, 0, 1, DELETE_EQUAL, 0, 0, 0),
	} },
	{ "a delete-equal of another value", -EILSEQ, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		IF(0, 2, 3, DELETE_EQUAL, 8, 0, 0),
	} },
	{ "a delete-equal fails for no reason", -EILSEQ, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		IF(0, 2, 3, DELETE_EQUAL, 7, -ECANCELED, 0),
	} },
	{ "a delete-equal deletes", 0, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		IF(0, 2, 3, DELETE_EQUAL, 7, 0, 0),
		OP(0, 4, 5, LOOKUP, -ENOENT, 0, 0),
	} },
	{ "an addition inserts 0 first, whatever was there once", 0, 6, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, DELETE, 0, 0, 0),
		OP(0, 4, 5, FETCH_ADD, 0, 2, 0),
		OP(0, 6, 7, TAKE, 0, 0, 2),
		OP(0, 8, 9, FETCH_ADD, 0, 3, 0),
		OP(0, 10, 11, LOOKUP, 0, 0, 3),
	} },
	{ "likewise after a delete-equal", 0, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		IF(0, 2, 3, DELETE_EQUAL, 7, 0, 0),
		OP(0, 4, 5, FETCH_ADD, 0, 2, 0),
	} },
	{ "an addition returns another number", -EILSEQ, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, FETCH_ADD, 0, 1, 8),
	} },
	{ "an addition fails", -EILSEQ, 1, {
		OP(0, 0, 1, FETCH_ADD, -ENOENT, 1, 0),
	} },
	{ "additions wrap at 32 bits", 0, 3, {
		OP(0, 0, 1, INSERT, 0, U32_MAX, 0),
		OP(0, 2, 3, FETCH_ADD, 0, 2, U32_MAX),
		OP(0, 4, 5, LOOKUP, 0, 0, 1),
	}, .value_bits = 32 },
	{ "and not at 64", -EILSEQ, 3, {
		OP(0, 0, 1, INSERT, 0, U32_MAX, 0),
		OP(0, 2, 3, FETCH_ADD, 0, 2, U32_MAX),
		OP(0, 4, 5, LOOKUP, 0, 0, 1),
	} },
	{ "values that go in have 32 bits, and those expected", 0, 3, {
		OP(0, 0, 1, INSERT, 0, BIT_ULL(32) + 7, 0),
		OP(0, 2, 3, LOOKUP, 0, 0, 7),
		IF(0, 4, 5, EXCHANGE, BIT_ULL(32) + 7, 0, 8),
	}, .value_bits = 32 },
	{ "a lookup-or-insert inserts", 0, 2, {
		OP(0, 0, 1, LOOKUP_OR_INSERT, 0, 7, 0),
		OP(0, 2, 3, LOOKUP, 0, 0, 7),
	} },
	{ "a lookup-or-insert finds an absent key", -EILSEQ, 1, {
		OP(0, 0, 1, LOOKUP_OR_INSERT, -EEXIST, 7, 0),
	} },
	{ "a lookup-or-insert finds another value", -EILSEQ, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, LOOKUP_OR_INSERT, -EEXIST, 8, 8),
	} },

	{ "a key may be absent, or have the value 0", 0, 4, {
		OP(0, 0, 1, INSERT, 0, 0, 0),
		OP(0, 2, 4, INSERT, 0, 0, 0),
		OP(1, 3, 5, DELETE, 0, 0, 0),
		OP(0, 6, 7, LOOKUP, 0, 0, 0),
	} },
	{ "which is not the same", 0, 4, {
		OP(0, 0, 1, INSERT, 0, 0, 0),
		OP(0, 2, 4, INSERT, 0, 0, 0),
		OP(1, 3, 5, DELETE, 0, 0, 0),
		OP(0, 6, 7, LOOKUP, -ENOENT, 0, 0),
	} },

	/* Keys are objects of their own. */

	{ "an insert of another key", 0, 2, {
		OTHER(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, LOOKUP, -ENOENT, 0, 0),
	} },
	{ "only one key is in order", -EILSEQ, 2, {
		OP(0, 0, 2, INSERT, 0, 7, 0),
		OTHER(1, 1, 3, LOOKUP, 0, 0, 7),
	} },

	/* Without an answer. */

	/* Each of five values, and each of eight operations yet to come or not. */
	{ "too many orders", -E2BIG, 13, {
		OP(0, 0, 5, INSERT, 0, 1, 0),
		OP(1, 1, 6, INSERT, 0, 2, 0),
		OP(2, 2, 7, INSERT, 0, 3, 0),
		OP(3, 3, 8, INSERT, 0, 4, 0),
		OP(4, 4, 9, INSERT, 0, 5, 0),
		OP(0, 10, 18, INSERT, -ENOMEM, 6, 0),
		OP(1, 11, 19, INSERT, -ENOMEM, 6, 0),
		OP(2, 12, 20, INSERT, -ENOMEM, 6, 0),
		OP(3, 13, 21, INSERT, -ENOMEM, 6, 0),
		OP(4, 14, 22, INSERT, -ENOMEM, 6, 0),
		OP(5, 15, 23, INSERT, -ENOMEM, 6, 0),
		OP(6, 16, 24, INSERT, -ENOMEM, 6, 0),
		OP(7, 17, 25, INSERT, -ENOMEM, 6, 0),
	} },
	{ "a thread does two things at once", -EINVAL, 2, {
		OP(0, 0, 2, INSERT, 0, 7, 0),
		OTHER(0, 1, 3, INSERT, 0, 7, 0),
	} },
	{ "it ends before it begins", -EINVAL, 1, {
		OP(0, 1, 0, INSERT, 0, 7, 0),
	} },
	{ "two moments are the same", -EINVAL, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(1, 1, 2, INSERT, 0, 7, 0),
	} },
	{ "a moment is missing", -EINVAL, 1, {
		OP(0, 0, 2, INSERT, 0, 7, 0),
	} },
	{ "a ninth thread", -EINVAL, 1, {
		OP(HISTORY_THREADS_MAX, 0, 1, INSERT, 0, 7, 0),
	} },
};

static int answer(struct linearizer *linearizer, const struct known *history)
{
	const struct history_operation *culprit;
	int ret;
	u8 key;

	ret = linearizer_load(linearizer, history->operations, history->nr,
			      history->value_bits ?: 64);
	for (key = 0; !ret && key < KEYS; key++)
		ret = linearize(linearizer, key, &culprit);
	return ret;
}

int linearizer_test(u32 *nr)
{
	struct linearizer *linearizer = linearizer_alloc(OPERATIONS_MAX);
	int wrong = 0, ret;
	u32 i;

	if (!linearizer)
		return -ENOMEM;
	*nr = ARRAY_SIZE(known);
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		ret = answer(linearizer, &known[i]);
		if (ret == known[i].answer)
			continue;
		pr_err("gomap-torture: the checker is wrong: %s: %d\n",
		       known[i].name, ret);
		wrong++;
	}
	linearizer_free(linearizer);
	return wrong;
}
