/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Budgets: counts of bytes, each with a limit.
 *
 * A budget has a limit and may have a parent. A charge to a budget is also a
 * charge to its parent, and so on. All of these levels take the charge, or none
 * does. Each level has an errno; a refused charge returns that of the level that
 * refused it. core/ charges the memory of maps; it doesn't know that a parent
 * belongs to a user, or to the module.
 *
 * These hold on any CPU and in any context:
 *
 * (A) gomap_budget_charge() never makes the bytes that are charged to a budget
 *     exceed its limit, not for a moment. Two things do: the limit is lowered, or
 *     gomap_budget_exceed() takes bytes for moves. Then the budget refuses all
 *     charges until enough was given back.
 * (B) A refused charge has changed nothing when it returns. Until then it is in
 *     the levels below the one that refused it. Another charge to these levels may
 *     be refused because of it. A charge to any other budget is not.
 * (C) A level has its stocks given back before it refuses a charge. So free bytes
 *     are only missing while they move into a stock, or if they are in the stocks
 *     of a descendant.
 *
 * A budget may have a stock of bytes for each CPU. These bytes are charged to the
 * budget and its ancestors, and are free. Charges of less than a step, to the
 * budget and to its descendants, take them from there and put them back there.
 * So CPUs that insert at the same time don't write the same cache line. A CPU
 * keeps no more than two steps. As @used includes the stocks, a budget has none
 * if @used has to be exact.
 */
#ifndef _GOMAP_BUDGET_H
#define _GOMAP_BUDGET_H

#include <linux/atomic.h>
#include <linux/percpu.h>
#include <linux/refcount.h>
#include <linux/sizes.h>
#include <linux/types.h>

/* A CPU charges so many bytes ahead. Charges of as many or more use no stock. */
#define GOMAP_BUDGET_STEP ((size_t)SZ_16K)

/**
 * struct gomap_budget - a count of bytes with a limit
 * @parent: also takes each charge; or NULL
 * @limit: the most that @used may be; may be written at any time, as a whole.
 *	ULONG_MAX is no limit
 * @error: negative errno of a charge that this level refuses
 * @used: bytes that are charged, those in stock included
 * @stock: bytes that each CPU has in stock; or NULL
 * @refs: see gomap_budget_put()
 * @release: called with the last reference; NULL if one is never given back
 */
struct gomap_budget {
	struct gomap_budget *parent;
	const unsigned long *limit;
	int error;
	refcount_t refs;
	void (*release)(struct gomap_budget *budget);
	atomic_long_t __percpu *stock;
	atomic_long_t used;
};

void gomap_budget_init(struct gomap_budget *budget, struct gomap_budget *parent,
		       const unsigned long *limit, int error);
int gomap_budget_add_stock(struct gomap_budget *budget, gfp_t gfp);
void gomap_budget_exit(struct gomap_budget *budget);

struct gomap_budget *gomap_budget_get(struct gomap_budget *budget);
void gomap_budget_put(struct gomap_budget *budget);

int gomap_budget_charge(struct gomap_budget *budget, size_t bytes);
void gomap_budget_exceed(struct gomap_budget *budget, size_t bytes);
void gomap_budget_uncharge(struct gomap_budget *budget, size_t bytes);

#endif /* _GOMAP_BUDGET_H */
