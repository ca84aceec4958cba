// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test of the checker: histories whose answer is known. Run whenever the module
 * is loaded, for a checker that finds all in order would never be noticed.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include "linearize.h"

#define OPERATIONS_MAX 6

/* Columns: thread, begin, end, kind, result, what goes in, what came out. */
#define OP(t, b, e, k, r, v, o)						\
	{ .thread = t, .begin = b, .end = e, .kind = HISTORY_ ## k,	\
	  .ret = r, .value = v, .old = o }
/* With a value that has to be there. */
#define IF(t, b, e, k, x, r, v)						\
	{ .thread = t, .begin = b, .end = e, .kind = HISTORY_ ## k,	\
	  .expected = x, .ret = r, .value = v }

static const struct known {
	const char *name;
	bool linearizable;
	u32 nr;
	struct history_operation operations[OPERATIONS_MAX];
} known[] = {
	{ "one after the other", true, 3, {
		OP(0, 0, 1, INSERT_NEW, 0, 7, 0),
		OP(1, 2, 3, LOOKUP, 0, 0, 7),
		OP(0, 4, 5, DELETE, 0, 0, 0),
	} },
	{ "a lookup misses a key that is there", false, 2, {
		OP(0, 0, 1, INSERT_NEW, 0, 7, 0),
		OP(1, 2, 3, LOOKUP, -ENOENT, 0, 0),
	} },
	{ "a lookup during an insert may miss", true, 2, {
		OP(0, 0, 2, INSERT_NEW, 0, 7, 0),
		OP(1, 1, 3, LOOKUP, -ENOENT, 0, 0),
	} },
	{ "or find", true, 2, {
		OP(0, 0, 3, INSERT_NEW, 0, 7, 0),
		OP(1, 1, 2, LOOKUP, 0, 0, 7),
	} },
	{ "but not find, and then miss", false, 3, {
		OP(0, 0, 5, INSERT_NEW, 0, 7, 0),
		OP(1, 1, 2, LOOKUP, 0, 0, 7),
		OP(1, 3, 4, LOOKUP, -ENOENT, 0, 0),
	} },
	{ "a deleted key is found", false, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, DELETE, 0, 0, 0),
		OP(1, 4, 5, LOOKUP, 0, 0, 7),
	} },
	{ "a value of before is found", false, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, INSERT_EXISTING, 0, 8, 0),
		OP(1, 4, 5, LOOKUP, 0, 0, 7),
	} },
	{ "new values are seen in two orders", false, 6, {
		OP(0, 0, 8, INSERT, 0, 7, 0),
		OP(1, 1, 9, INSERT, 0, 8, 0),
		OP(2, 2, 3, LOOKUP, 0, 0, 7),
		OP(2, 4, 5, LOOKUP, 0, 0, 8),
		OP(2, 6, 7, LOOKUP, 0, 0, 7),
		OP(3, 10, 11, LOOKUP, 0, 0, 7),
	} },
	{ "two take the same", false, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 4, TAKE, 0, 0, 7),
		OP(1, 3, 5, TAKE, 0, 0, 7),
	} },
	{ "one takes, one comes late", true, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 4, TAKE, -ENOENT, 0, 0),
		OP(1, 3, 5, TAKE, 0, 0, 7),
	} },
	{ "two insert a new key", false, 2, {
		OP(0, 0, 2, INSERT_NEW, 0, 7, 0),
		OP(1, 1, 3, INSERT_NEW, 0, 8, 0),
	} },
	{ "an addition is lost", false, 3, {
		OP(0, 0, 2, FETCH_ADD, 0, 1, 0),
		OP(1, 1, 3, FETCH_ADD, 0, 1, 1),
		OP(2, 4, 5, LOOKUP, 0, 0, 1),
	} },
	{ "additions in the order of their results", true, 4, {
		OP(0, 0, 3, FETCH_ADD, 0, 1, 5),
		OP(1, 1, 4, FETCH_ADD, 0, 2, 3),
		OP(2, 2, 5, FETCH_ADD, 0, 3, 0),
		OP(0, 6, 7, LOOKUP, 0, 0, 6),
	} },
	{ "two exchange the same value", false, 3, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		IF(0, 2, 4, EXCHANGE, 7, 0, 8),
		IF(1, 3, 5, EXCHANGE, 7, 0, 9),
	} },
	{ "an exchange fails for no reason", false, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		IF(1, 2, 3, EXCHANGE, 7, -ECANCELED, 8),
	} },
	{ "swaps form a chain", true, 4, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 5, SWAP, 0, 8, 9),
		OP(1, 3, 4, SWAP, 0, 9, 7),
		IF(1, 6, 7, DELETE_EQUAL, 8, 0, 0),
	} },
	{ "a swap returns what was long gone", false, 4, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(0, 2, 3, INSERT, 0, 8, 0),
		OP(1, 4, 5, SWAP, 0, 9, 7),
		OP(1, 6, 7, LOOKUP, 0, 0, 9),
	} },
	{ "no memory for an insert, which changes nothing", true, 2, {
		OP(0, 0, 1, INSERT, -ENOMEM, 7, 0),
		OP(0, 2, 3, LOOKUP, -ENOENT, 0, 0),
	} },
	{ "no memory for a lookup", false, 1, {
		OP(0, 0, 1, LOOKUP, -ENOMEM, 0, 0),
	} },
	{ "no memory for a delete", false, 1, {
		OP(0, 0, 1, DELETE, -ENOMEM, 0, 0),
	} },
	{ "no memory for a take", false, 1, {
		OP(0, 0, 1, TAKE, -ENOMEM, 0, 0),
	} },
	{ "no memory for a conditional delete", false, 1, {
		IF(0, 0, 1, DELETE_EQUAL, 7, -ENOMEM, 0),
	} },
	{ "inserted although it was there", false, 2, {
		OP(0, 0, 1, INSERT, 0, 7, 0),
		OP(1, 2, 3, LOOKUP_OR_INSERT, 0, 8, 0),
	} },
};

int linearizer_test(u32 *nr)
{
	struct linearizer *linearizer = linearizer_alloc(OPERATIONS_MAX);
	const struct history_operation *culprit;
	int wrong = 0, ret;
	u32 i;

	if (!linearizer)
		return -ENOMEM;
	*nr = ARRAY_SIZE(known);
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		ret = linearizer_load(linearizer, known[i].operations,
				      known[i].nr, 64);
		if (!ret)
			ret = linearize(linearizer, 0, &culprit);
		if (ret == (known[i].linearizable ? 0 : -EILSEQ))
			continue;
		pr_err("gomap-torture: the checker is wrong: %s: %d\n",
		       known[i].name, ret);
		wrong++;
	}
	linearizer_free(linearizer);
	return wrong;
}
