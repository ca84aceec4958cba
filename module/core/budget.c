// SPDX-License-Identifier: GPL-2.0-only
/*
 * See budget.h.
 *
 * Each step is an atomic operation on one number: @used of a level, or the stock
 * of a CPU. There is no lock. (A) holds because a charge raises @used by a
 * compare-and-exchange, and only if the result is within the limit.
 *
 * The number of the CPU chooses a stock, to keep its cache line local, and
 * nothing else depends on it. A task may move to another CPU in the middle, and a
 * softirq or another CPU may change the stock: the operations are atomic. So
 * they turn off neither preemption nor interrupts.
 *
 * A charge may come from a stock and be given back to @used, or the other way
 * round. Only the sums count.
 *
 * Modelled on mm/page_counter.c, and on the stocks of mm/memcontrol.c.
 */
#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include "budget.h"
#include "kunit.h"

/* How often a charge has stocks given back before it is refused. */
#define GOMAP_BUDGET_DRAINS 3

/**
 * gomap_budget_init - make a budget of which nothing is used
 * @budget: the budget, with one reference, the caller's
 * @parent: also takes each charge to @budget; or NULL
 * @limit: its limit in bytes, which lives as long as @budget
 * @error: negative errno of a charge that it refuses
 *
 * Context: Any.
 */
void gomap_budget_init(struct gomap_budget *budget, struct gomap_budget *parent,
		       const unsigned long *limit, int error)
{
	budget->parent = parent;
	budget->limit = limit;
	budget->error = error;
	budget->release = NULL;
	budget->stock = NULL;
	refcount_set(&budget->refs, 1);
	atomic_long_set(&budget->used, 0);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_budget_init);

/**
 * gomap_budget_add_stock - have each CPU charge a budget ahead
 * @budget: the budget, which hasn't been used yet
 * @gfp: how memory may be had
 *
 * Context: Process context, may sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int gomap_budget_add_stock(struct gomap_budget *budget, gfp_t gfp)
{
	budget->stock = alloc_percpu_gfp(atomic_long_t, gfp);
	return budget->stock ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_budget_add_stock);

/* More than LONG_MAX can't be counted, nor used. */
static long limit_of(const struct gomap_budget *budget)
{
	return min_t(unsigned long, READ_ONCE(*budget->limit), LONG_MAX);
}

static bool charge_one(struct gomap_budget *budget, long bytes)
{
	long limit = limit_of(budget);
	long used = atomic_long_read(&budget->used);

	do {
		if (bytes > limit || used > limit - bytes)
			return false;
	} while (!atomic_long_try_cmpxchg(&budget->used, &used, used + bytes));
	return true;
}

/* From @budget up to @end, which is an ancestor and left out; NULL for all. */
static void uncharge_levels(struct gomap_budget *budget,
			    const struct gomap_budget *end, long bytes)
{
	for (; budget != end; budget = budget->parent)
		WARN_ON_ONCE(atomic_long_sub_return(bytes, &budget->used) < 0);
}

/* NULL, or the level that refused; then nothing is charged. */
static struct gomap_budget *try_levels(struct gomap_budget *budget,
				       const struct gomap_budget *end,
				       long bytes)
{
	struct gomap_budget *level;

	for (level = budget; level != end; level = level->parent) {
		if (charge_one(level, bytes))
			continue;
		uncharge_levels(budget, level, bytes);
		return level;
	}
	return NULL;
}

/* Empty the stocks. True if there was something in them. */
static bool drain(struct gomap_budget *budget)
{
	atomic_long_t *stock;
	long bytes = 0;
	int cpu;

	if (!budget->stock)
		return false;
	for_each_possible_cpu(cpu) {
		stock = per_cpu_ptr(budget->stock, cpu);
		/* Most are empty when drains follow each other. */
		if (atomic_long_read(stock))
			bytes += atomic_long_xchg(stock, 0);
	}
	uncharge_levels(budget, NULL, bytes);
	return bytes;
}

static int charge_levels(struct gomap_budget *budget,
			 const struct gomap_budget *end, long bytes)
{
	struct gomap_budget *refused;
	unsigned int drains = 0;

	while ((refused = try_levels(budget, end, bytes)))
		if (drains++ == GOMAP_BUDGET_DRAINS || !drain(refused))
			return refused->error;
	return 0;
}

/* True if a limit was lowered below the bytes that are charged. */
static bool is_over(const struct gomap_budget *budget)
{
	for (; budget; budget = budget->parent)
		if (atomic_long_read(&budget->used) > limit_of(budget))
			return true;
	return false;
}

static bool take_from_stock(struct gomap_budget *budget, long bytes)
{
	atomic_long_t *stock = raw_cpu_ptr(budget->stock);
	long left = atomic_long_read(stock);

	if (unlikely(is_over(budget)))
		return false;
	do {
		if (left < bytes)
			return false;
	} while (!atomic_long_try_cmpxchg(stock, &left, left - bytes));
	return true;
}

static void put_in_stock(struct gomap_budget *budget, long bytes)
{
	atomic_long_t *stock = raw_cpu_ptr(budget->stock);

	if (atomic_long_add_return(bytes, stock) <= 2 * GOMAP_BUDGET_STEP)
		return;
	bytes = atomic_long_xchg(stock, 0);
	uncharge_levels(budget, NULL, bytes);
}

/* There may be room for @bytes where there is none for a step. */
static int charge_with_stock(struct gomap_budget *budget, long bytes)
{
	if (take_from_stock(budget, bytes))
		return 0;
	if (try_levels(budget, NULL, GOMAP_BUDGET_STEP))
		return charge_levels(budget, NULL, bytes);
	put_in_stock(budget, GOMAP_BUDGET_STEP - bytes);
	return 0;
}

/* The level with the stocks for a charge of so many bytes, or NULL. */
static struct gomap_budget *stocked_level(struct gomap_budget *budget,
					  size_t bytes)
{
	if (bytes >= GOMAP_BUDGET_STEP)
		return NULL;
	while (budget && !budget->stock)
		budget = budget->parent;
	return budget;
}

/**
 * gomap_budget_charge - take bytes out of a budget
 * @budget: the budget; NULL has no limit and counts nothing
 * @bytes: how many
 *
 * Context: Any.
 *
 * Return: 0; or the errno of the first level from @budget up that has no room
 * for @bytes, and nothing is charged.
 */
int gomap_budget_charge(struct gomap_budget *budget, size_t bytes)
{
	struct gomap_budget *stocked = stocked_level(budget, bytes);
	int ret;

	if (WARN_ON_ONCE(bytes > LONG_MAX))
		return budget ? budget->error : 0;
	ret = charge_levels(budget, stocked, bytes);
	if (ret || !stocked)
		return ret;
	ret = charge_with_stock(stocked, bytes);
	if (ret)
		uncharge_levels(budget, stocked, bytes);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_budget_charge);

/**
 * gomap_budget_exceed - take bytes out of a budget, whatever its limits
 * @budget: the budget; or NULL
 * @bytes: how many
 *
 * For memory without which more memory could not be given back.
 *
 * Context: Any.
 */
void gomap_budget_exceed(struct gomap_budget *budget, size_t bytes)
{
	for (; budget; budget = budget->parent)
		atomic_long_add(bytes, &budget->used);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_budget_exceed);

/**
 * gomap_budget_uncharge - give bytes back to a budget
 * @budget: the budget that they were charged to
 * @bytes: how many; they may have been charged in other portions
 *
 * Context: Any.
 */
void gomap_budget_uncharge(struct gomap_budget *budget, size_t bytes)
{
	struct gomap_budget *stocked = stocked_level(budget, bytes);

	uncharge_levels(budget, stocked, bytes);
	if (stocked)
		put_in_stock(stocked, bytes);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_budget_uncharge);

/**
 * gomap_budget_exit - free the stocks of a budget
 * @budget: the budget, to which nothing is charged any more
 *
 * Bytes in its stocks go back to its ancestors.
 *
 * Context: Process context.
 */
void gomap_budget_exit(struct gomap_budget *budget)
{
	drain(budget);
	WARN_ON_ONCE(atomic_long_read(&budget->used));
	free_percpu(budget->stock);
	budget->stock = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_budget_exit);

/**
 * gomap_budget_get - take a reference of a budget
 * @budget: the budget, of which there is a reference; or NULL
 *
 * Context: Any.
 *
 * Return: @budget.
 */
struct gomap_budget *gomap_budget_get(struct gomap_budget *budget)
{
	if (budget)
		refcount_inc(&budget->refs);
	return budget;
}

/**
 * gomap_budget_put - give a reference of a budget back
 * @budget: the budget, or NULL
 *
 * With the last one its release() is called.
 *
 * Context: Process context.
 */
void gomap_budget_put(struct gomap_budget *budget)
{
	if (budget && refcount_dec_and_test(&budget->refs))
		budget->release(budget);
}
