// SPDX-License-Identifier: GPL-2.0-only
/*
 * Growth: when a map gets another table, which task attaches it, and which
 * tasks move entries. Shrinking, and rebuilding at the same size, are growth
 * with another size.
 *
 * When
 * ====
 *
 * A map grows when its table of n heads has more than 6.5 n entries, or its
 * table of a single head more than 8: Go's load factor of 13/2 and Go's number
 * of buckets for every number of entries (runtime/map.go before Go 1.24, whose
 * head comment has the measurements behind 6.5: 20.9 % of buckets overflow,
 * 10.79 bytes of overhead per entry at (8,8), 4.25 probes on a hit).
 *
 * Below a quarter of that limit a map shrinks to half the heads, and again
 * while it is below a quarter. A map that shrinks as it crosses that line gets
 * a half full table. Then an insert or delete for every second entry comes
 * before the next resize.
 *
 * A table whose overflow buckets outnumber both its heads and
 * GOMAP_OVERFLOW_FREE is rebuilt at its size. No bucket is unlinked from a
 * chain, so under inserts and deletes of ever new keys each chain stays as
 * long as it ever was. The entries of a table within its limit fill 13/16 of a
 * bucket per head even if they all share one chain. So the new table has fewer
 * overflow buckets than heads, and must gain the difference before the next
 * rebuild. This bounds the memory of a map whose entries come and go to twice
 * that of its heads.
 *
 * Who
 * ===
 *
 *   map->table --> +-------+    next     +--------------+
 *                  | old   |-----------> | successor    |--> NULL
 *                  +-------+             +--------------+
 *                   E E - E - - - E       i     i + n
 *                   chains marked E are read in the successor
 *
 * The insert that makes a larger table necessary attaches it, in any context.
 * That is cheap: the table has no buckets yet (table.h). From then on, an
 * insert or delete that meets the old table evacuates its own chain and one
 * more (Go's growWork), the latter from the last chain downwards. So n
 * operations move all chains at the latest, before the new table can be too
 * small, and with memory no map depends on a worker to grow. Evacuating the
 * last chain takes the old table out of use (evacuate.c).
 *
 * The worker:
 *
 * - moves the remaining chains when the operations cease;
 * - attaches a successor if an insert had no memory for one;
 * - begins to shrink.
 *
 * It starts a little late on purpose: an operation charges its moves to its
 * own task, in time and in memory (memory.high).
 *
 * gomap_reserve() and gomap_shrink() attach and move in the caller's context.
 *
 * There are at most two tables: a successor is attached to @map->table only,
 * under @grow_lock. A task in an RCU read-side section can follow the links
 * from the tables that it sees to later ones.
 *
 * Memory
 * ======
 *
 * A move begins only if the map's budget has room for all of the new table, which
 * is charged ahead (gomap_table_prepay()). Otherwise the move could stop halfway
 * at a limit, with two tables to keep. A map that shrinks needs the smaller table
 * first, which may exceed the limits until the larger one is freed.
 *
 * Evacuating a chain still fails if the machine, or the cgroup, has no memory
 * for its new buckets. The operation then uses the old chain, which is as good.
 * The worker retries a little later. So without memory few chains move, but
 * inserts go on:
 *
 * - in the old table, into holes, and into new overflow buckets if it gets
 *   some;
 * - in the new table, for chains that have moved.
 *
 * Inserts take at most insert_max overflow buckets from a table. If the new
 * table had no more than that in the end, the worker and the inserts would
 * stay stuck, however much memory came later. So moves can also take one for
 * each bucket that the old table has or can still get: no chain needs more
 * when it moves than it has.
 *
 * Long chains
 * ===========
 *
 * An insert adds no key to a chain that has GOMAP_CHAIN_MAX full buckets. Only
 * colliding hashes can fill them. Splitting and rebuilding make no chain
 * longer. A merge begins only if the entries of any two chains to be joined
 * fit into GOMAP_CHAIN_MERGED buckets. Inserts during the merge can fill each
 * of the two up to their limit, so that the merged chain has twice as many
 * buckets. Its next merge counts anew. So a chain has at most 2 *
 * GOMAP_CHAIN_MAX buckets, and every walk of a chain is bounded.
 *
 * A table whose chains can't be merged keeps its size until it is cleared or
 * gomap_shrink() asks again.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/swap.h>
#include "evacuate.h"
#include "grow.h"
#include "kunit.h"
#include "memory.h"

/* A merge begins only if it can make no chain longer than this. */
#define GOMAP_CHAIN_MERGED 16
/* Delay before the worker retries for want of memory. */
#define GOMAP_GROW_RETRY (HZ / 10)
/* Pairs of chains to count in an RCU read-side section. */
#define GOMAP_COUNT_PAIRS 64

s64 gomap_grow_above(u32 log2)
{
	return log2 ? 13LL << (log2 - 1) : GOMAP_SLOTS;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_grow_above);

s64 gomap_shrink_below(u32 log2)
{
	return log2 ? gomap_grow_above(log2) / 4 : 0;
}

u32 gomap_log2_for(u64 entries)
{
	u32 log2 = 0;

	while (log2 < GOMAP_LOG2_MAX && entries > gomap_grow_above(log2))
		log2++;
	return log2;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_log2_for);

static u32 min_log2(struct gomap *map)
{
	/* Not torn, and not stale where it matters: see map.h. */
	return gomap_log2_for(READ_ONCE(map->reserve));
}

/*
 * Queueing is a full barrier even if work is pending. It orders our count or
 * new table before the next look of a worker that already runs.
 */
static void kick(struct gomap *map)
{
	queue_delayed_work(gomap_workqueue, &map->grow_work, map->grow_delay);
}

static bool overgrown(const struct gomap_table *table)
{
	return gomap_table_overflow_buckets(table) >
	       max_t(u32, gomap_nr_heads(table), GOMAP_OVERFLOW_FREE);
}

/*
 * The size of the next table on the way from @table, or -ENOENT for none. With
 * @fit, any smaller size that suffices.
 */
static int wanted_log2(struct gomap *map, struct gomap_table *table,
		       s64 entries, bool fit)
{
	u32 least = min_log2(map);

	if (entries > table->grow_above || table->log2 < least)
		return table->log2 < GOMAP_LOG2_MAX ? table->log2 + 1 : -ENOENT;
	if (table->log2 > least && !READ_ONCE(table->collides)) {
		if (fit && gomap_log2_for(entries) < table->log2)
			return table->log2 - 1;
		if (entries < table->shrink_below &&
		    !atomic_read(&map->clearing))
			return table->log2 - 1;
	}
	return overgrown(table) ? table->log2 : -ENOENT;
}

/*
 * Overflow buckets for a successor with 2^@to heads. A chain of k entries has less
 * than k / 8. Only a merge makes it need more than it has.
 */
static u32 overflow_for(const struct gomap_table *table, int to, s64 entries)
{
	u32 most = max_t(s64, entries, 0) / GOMAP_SLOTS;

	if (to < (int)table->log2)
		return most;
	return min_t(u64, most, gomap_table_overflow_buckets(table));
}

static struct gomap_step step_to(const struct gomap_table *table, int to,
				 s64 entries)
{
	return (struct gomap_step){
		.from = table->log2,
		.to = to,
		.serial = table->serial,
		.to_move = gomap_buckets_to_move(table),
		.overflow = overflow_for(table, to, entries),
	};
}

static struct gomap_step next_step(struct gomap *map, struct gomap_table *table,
				   s64 entries, bool fit)
{
	return step_to(table, wanted_log2(map, table, entries, fit), entries);
}

static bool shrinks(const struct gomap_step *step)
{
	return step->to < (int)step->from;
}

/* 1; 0 if @next is not for the map's table of now; or -errno. */
static int attach_locked(struct gomap *map, struct gomap_table *next,
			 const struct gomap_step *step)
{
	struct gomap_table *table;
	int ret;

	table = rcu_dereference_protected(map->table,
					  lockdep_is_held(&map->grow_lock));
	if (rcu_access_pointer(table->next) || table->serial != step->serial)
		return 0;
	ret = gomap_table_prepay(next, step->overflow, shrinks(step));
	if (ret)
		return ret;
	next->serial = step->serial + 1;
	rcu_assign_pointer(table->next, next);
	return 1;
}

/* Also 0 if another task was faster; or -errno. */
static int try_attach(struct gomap *map, const struct gomap_step *step,
		      gfp_t gfp)
{
	struct gomap_table *next;
	int ret;

	next = gomap_table_alloc(map, step->to, step->to_move, shrinks(step),
				 gfp);
	if (IS_ERR(next))
		return PTR_ERR(next);
	local_bh_disable();
	raw_spin_lock(&map->grow_lock);
	ret = attach_locked(map, next, step);
	raw_spin_unlock(&map->grow_lock);
	local_bh_enable();
	if (ret != 1)
		gomap_table_free(next);
	return min(ret, 0);
}

/* By the limit of the map or of its user. */
static bool is_refused(int ret)
{
	return ret == -EFBIG || ret == -EDQUOT;
}

static int attach(struct gomap *map, const struct gomap_step *step, gfp_t gfp)
{
	int ret = try_attach(map, step, gfp);

	if (is_refused(ret) && gfpflags_allow_blocking(gfp) &&
	    gomap_wait_for_garbage(map))
		ret = try_attach(map, step, gfp);
	if (is_refused(ret)) {
		WRITE_ONCE(map->refused_until, jiffies + GOMAP_GROW_RETRY);
		WRITE_ONCE(map->refused_serial, step->serial);
	}
	return ret;
}

/* Near a limit each insert would ask the budget, and wake the worker, in vain. */
static bool was_refused(const struct gomap *map,
			const struct gomap_table *table)
{
	return READ_ONCE(map->refused_serial) == table->serial &&
	       time_before(jiffies, READ_ONCE(map->refused_until));
}

static bool install_first(struct gomap *map, struct gomap_table *table)
{
	bool first;

	local_bh_disable();
	raw_spin_lock(&map->grow_lock);
	first = !rcu_access_pointer(map->table);
	if (first)
		rcu_assign_pointer(map->table, table);
	raw_spin_unlock(&map->grow_lock);
	local_bh_enable();
	return first;
}

/*
 * 0, or -errno if memory, or the map's budget, lacks room for the heads of a
 * table. Without this check such a table would be allocated block by block
 * until all other users have lost their memory, and then be given back.
 */
static int check_memory(struct gomap *map, u32 log2)
{
	u64 bytes = gomap_pieces_bytes(map, log2, 0);
	long pages = bytes >> PAGE_SHIFT;
	int ret;

	ret = gomap_budget_charge(map->budget, bytes);
	if (ret)
		return ret;
	gomap_budget_uncharge(map->budget, bytes);
	return pages > si_mem_available() + get_nr_swap_pages() ? -ENOMEM : 0;
}

int gomap_first_table(struct gomap *map, u32 log2, gfp_t gfp)
{
	struct gomap_table *table;
	int ret = 0;

	/* A single head serves inserts, which may use reserves of memory. */
	if (log2)
		ret = check_memory(map, log2);
	if (ret)
		return ret;
	table = gomap_table_alloc(map, log2, 0, false, gfp);
	if (IS_ERR(table))
		return PTR_ERR(table);
	ret = gomap_table_populate(table, gfp);
	/* It may have blocks, and the caller may be unable to sleep. */
	if (ret || !install_first(map, table))
		gomap_table_retire(table);
	return ret;
}

/* For operations, in the RCU read-side section that found @table. */

/* The number of entries, rough far from the limits: see count.h. */
static s64 count_for(struct gomap *map, struct gomap_table *table)
{
	s64 rough = gomap_count_rough(map);

	if (gomap_is_near_limit(table, rough))
		return gomap_count_near(map);
	gomap_count_is_far(map);
	return rough;
}

void gomap_help(struct gomap *map, struct gomap_table *table, u32 number)
{
	int one_more;

	gomap_evacuate_now(map, table, number, GFP_NOWAIT);
	one_more = atomic_dec_if_positive(&table->help_from);
	if (one_more >= 0)
		gomap_evacuate_now(map, table, one_more, GFP_NOWAIT);
}

/* For callers that move some chains: the worker moves the rest. */
static int attach_and_kick(struct gomap *map, const struct gomap_step *step,
			   gfp_t gfp)
{
	int ret = attach(map, step, gfp);

	kick(map);
	return ret;
}

bool gomap_grow_for_insert(struct gomap *map, struct gomap_table *table)
{
	struct gomap_step step;
	s64 entries;

	if (rcu_access_pointer(map->table) != table ||
	    rcu_access_pointer(table->next) || table->log2 == GOMAP_LOG2_MAX ||
	    was_refused(map, table))
		return false;
	entries = count_for(map, table);
	if (entries < table->grow_above)
		return false;
	step = step_to(table, table->log2 + 1, entries);
	return !attach_and_kick(map, &step, GFP_NOWAIT);
}

static void resize(struct gomap *map, struct gomap_table *table, s64 entries)
{
	struct gomap_step step;

	/* During a move, the worker checks the size afterwards. */
	if (rcu_access_pointer(map->table) != table ||
	    rcu_access_pointer(table->next) || was_refused(map, table))
		return;
	/*
	 * Orders our count before the reads of the reserve and of @clearing.
	 * Pairs with queueing the worker in reserve_locked(), when less is
	 * reserved, and with atomic_dec_and_test() in gomap_clear(). Both
	 * count after it: either they or we see that the limit is crossed.
	 */
	smp_mb();
	step = next_step(map, table, entries, false);
	if (step.to < 0)
		return;
	/* A merge may have to count chains first, which takes time. */
	if (step.to < step.from)
		kick(map);
	else
		attach_and_kick(map, &step, GFP_NOWAIT);
}

void gomap_maybe_resize(struct gomap *map, struct gomap_table *table)
{
	s64 entries = gomap_count_near(map);

	if (entries > table->grow_above || entries < table->shrink_below)
		resize(map, table, entries);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_maybe_resize);

void gomap_maybe_resize_for_chain(struct gomap *map, struct gomap_table *table,
				  u32 length)
{
	s64 entries;

	/* More than 16 keys at a mean of 6.5: other CPUs may have counted. */
	if (length > 2) {
		entries = gomap_count_sum(map);
		gomap_count_is_far(map);
	} else {
		entries = count_for(map, table);
	}
	resize(map, table, entries);
}

void gomap_find_room(struct gomap *map, struct gomap_table *table,
		     struct gomap_step *step)
{
	/* Otherwise it is, or just was, a successor itself. */
	bool is_first = rcu_access_pointer(map->table) == table;
	bool is_left = rcu_access_pointer(table->next);

	*step = next_step(map, table, gomap_count_sum(map), false);
	if (is_left)
		step->to = -EAGAIN;
	else if (!is_first || step->to < 0)
		step->to = -ENOMEM;
	else
		/* Merging chains would not help, and they aren't counted. */
		step->to = max_t(int, step->to, step->from);
}

/* Also 0 if the chain has moved by now, or no move is under way. */
static int move_chain_of(struct gomap *map, u64 hash, struct gomap_stock *stock)
{
	struct gomap_table *table;
	int ret = 0;

	rcu_read_lock();
	table = gomap_dereference(map->table);
	if (rcu_access_pointer(table->next))
		ret = gomap_evacuate(map, table, hash & table->mask, stock);
	rcu_read_unlock();
	return ret;
}

int gomap_make_room(struct gomap *map, u64 hash, const struct gomap_step *step,
		    gfp_t gfp)
{
	struct gomap_stock stock = {};
	int ret;

	if (step->to >= 0)
		return attach_and_kick(map, step, gfp);
	if (step->to != -EAGAIN)
		return step->to;
	do {
		ret = move_chain_of(map, hash, &stock);
	} while (ret == -EAGAIN && !(ret = gomap_stock_fill(map, &stock, gfp)));
	gomap_stock_empty(map, &stock);
	return ret;
}

/* For tasks that move all chains: the worker, and callers that can wait. */

static bool is_moving(struct gomap *map)
{
	bool moving;

	rcu_read_lock();
	moving = rcu_access_pointer(gomap_dereference(map->table)->next);
	rcu_read_unlock();
	return moving;
}

/*
 * Move chain *@number of the current table, and step *@number. Every task that
 * moves all chains goes round until no chain is left, so the table may change
 * between calls. -ENOENT if no move is under way; -EAGAIN: fill @stock.
 */
static int move_next(struct gomap *map, u32 *number, struct gomap_stock *stock)
{
	struct gomap_table *table;
	int ret = -ENOENT;

	rcu_read_lock();
	table = gomap_dereference(map->table);
	if (rcu_access_pointer(table->next))
		ret = gomap_evacuate(map, table, *number & table->mask, stock);
	if (!ret)
		++*number;
	rcu_read_unlock();
	return ret;
}

/* Move the rest of a table that has a successor. 0 or -errno. */
static int finish(struct gomap *map)
{
	struct gomap_stock stock = {};
	u32 number = 0;
	int ret;

	do {
		cond_resched();
		/* gomap_destroy() waits for us: stale only delays it. */
		if (READ_ONCE(map->dying))
			ret = -ECANCELED;
		else if (fatal_signal_pending(current))
			ret = -EINTR;
		else
			ret = move_next(map, &number, &stock);
		if (ret == -EAGAIN)
			ret = gomap_stock_fill(map, &stock, GFP_KERNEL);
	} while (!ret);
	gomap_stock_empty(map, &stock);
	return ret == -ENOENT ? 0 : ret;
}

/* Count some pairs of chains that a merge would join. */
static bool pairs_are_short(const struct gomap_table *table, u32 number)
{
	u32 half = gomap_nr_heads(table) / 2;
	u32 end = min(number + GOMAP_COUNT_PAIRS, half), entries;

	for (; number < end; number++) {
		entries = gomap_chain_entries(table,
					      gomap_bucket_at(table, number));
		entries += gomap_chain_entries(table,
					       gomap_bucket_at(table,
							       number + half));
		if (entries > GOMAP_CHAIN_MERGED * GOMAP_SLOTS)
			return false;
	}
	return true;
}

/*
 * May the table that @step begins with be merged? If no chain ever had more
 * than half of the permitted buckets, counting is needless. 0 if it may;
 * -ENOENT if not; -EAGAIN if it is not the map's table any more, or has a
 * successor.
 */
static int check_merge(struct gomap *map, const struct gomap_step *step)
{
	struct gomap_table *table;
	u32 number = 0;
	int ret = 0;

	for (;; number += GOMAP_COUNT_PAIRS) {
		rcu_read_lock();
		table = gomap_dereference(map->table);
		if (table->serial != step->serial ||
		    rcu_access_pointer(table->next)) {
			ret = -EAGAIN;
		} else if (READ_ONCE(table->longest_chain) <=
			   GOMAP_CHAIN_MERGED / 2) {
			number = gomap_nr_heads(table);
		} else if (!pairs_are_short(table, number)) {
			WRITE_ONCE(table->collides, true);
			ret = -ENOENT;
		}
		rcu_read_unlock();
		if (ret || number >= 1U << step->from >> 1)
			return ret;
		cond_resched();
		if (READ_ONCE(map->dying))
			return -ECANCELED;
		if (fatal_signal_pending(current))
			return -EINTR;
	}
}

/* Attach the successor that the map needs. -ENOENT if it needs none. */
static int start(struct gomap *map, bool fit)
{
	s64 entries = gomap_count_sum(map);
	struct gomap_step step;
	int ret = 0;

	rcu_read_lock();
	step = next_step(map, gomap_dereference(map->table), entries, fit);
	rcu_read_unlock();
	if (step.to < 0)
		return step.to;
	if (step.to < step.from)
		ret = check_merge(map, &step);
	if (!ret)
		ret = attach(map, &step, GFP_KERNEL);
	/* The table was left in the meantime: retry. */
	return ret == -EAGAIN ? 0 : ret;
}

/* Move and resize until the map has the right size. */
static int resize_all(struct gomap *map, bool fit)
{
	int ret;

	do {
		ret = finish(map);
		if (!ret)
			ret = start(map, fit);
	} while (!ret);
	return ret == -ENOENT ? 0 : ret;
}

int gomap_move(struct gomap *map)
{
	return resize_all(map, false);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_move);

void gomap_grow_worker(struct work_struct *work)
{
	struct gomap *map = container_of(to_delayed_work(work), struct gomap,
					 grow_work);

	/* The next insert or delete attaches what this could not. */
	if (gomap_is_short(gomap_move(map)) && is_moving(map))
		queue_delayed_work(gomap_workqueue, &map->grow_work,
				   max(map->grow_delay, GOMAP_GROW_RETRY));
}
EXPORT_SYMBOL_IF_KUNIT(gomap_grow_worker);

static u32 newest_log2(struct gomap *map)
{
	u32 log2;

	rcu_read_lock();
	log2 = gomap_newest_table(map)->log2;
	rcu_read_unlock();
	return log2;
}

/* Double the newest table. Also 0 if it is large enough by now. */
static int double_once(struct gomap *map)
{
	int ret = finish(map);

	if (!ret)
		ret = start(map, false);
	return ret == -ENOENT ? 0 : ret;
}

/* Make the map's table have at least 2^@log2 heads. */
static int make_table(struct gomap *map, u32 log2)
{
	int ret = 0;

	/* An insert may be faster, here and below. */
	if (!rcu_access_pointer(map->table))
		ret = gomap_first_table(map, log2, GFP_KERNEL);
	if (!ret && newest_log2(map) < log2)
		ret = check_memory(map, log2);
	while (!ret && newest_log2(map) < log2)
		ret = double_once(map);
	return ret ?: finish(map);
}

static int reserve_locked(struct gomap *map, u64 entries)
{
	u64 old = map->reserve;
	int ret = 0;

	lockdep_assert_held(&map->reserve_lock);
	if (gomap_is_frozen(map))
		return -EPERM;
	WRITE_ONCE(map->reserve, entries);
	if (entries > old) {
		ret = make_table(map, gomap_log2_for(entries));
		if (ret)
			WRITE_ONCE(map->reserve, old);
	}
	/* Less is reserved now than was, perhaps for a moment only. */
	if (rcu_access_pointer(map->table))
		kick(map);
	return ret;
}

/**
 * gomap_reserve - make and keep room for a number of entries
 * @map: the map
 * @entries: number of entries; 0 to keep none, up to GOMAP_MAX_ENTRIES_MAX
 *
 * Makes a large enough table and moves the entries to it, in the context of
 * the caller. This takes time and memory of the order of @entries and of the
 * present entries. Entries beyond @entries are not refused; see max_entries
 * for that. If @entries is less than before, the map shrinks by itself later.
 *
 * Context: Process context, may sleep. Allocates with GFP_KERNEL; may be
 * called in NOFS and NOIO scopes, and from any workqueue. A fatal signal ends
 * it.
 *
 * Return: 0; -E2BIG if @entries is over its maximum; -EINVAL if it is over the
 * map's max_entries; -EPERM if the map is frozen; -EINTR for a fatal signal,
 * -EFBIG or the errno of the map's budget, or -ENOMEM. After an error the map
 * keeps its old reserve.
 */
int gomap_reserve(struct gomap *map, u64 entries)
{
	int ret;

	if (entries > GOMAP_MAX_ENTRIES_MAX)
		return -E2BIG;
	if (map->max_entries && entries > map->max_entries)
		return -EINVAL;
	ret = mutex_lock_killable(&map->reserve_lock);
	if (ret)
		return ret;
	ret = reserve_locked(map, entries);
	mutex_unlock(&map->reserve_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(gomap_reserve);

static int shrink_locked(struct gomap *map)
{
	struct gomap_table *table;
	int ret = 0;

	lockdep_assert_held(&map->reserve_lock);
	rcu_read_lock();
	table = gomap_newest_table(map);
	/* Count again. */
	if (table)
		WRITE_ONCE(table->collides, false);
	rcu_read_unlock();
	if (table)
		ret = resize_all(map, true);
	/* The worker finishes the move. */
	if (ret)
		kick(map);
	return ret;
}

/**
 * gomap_shrink - free memory that the entries don't need
 * @map: the map
 *
 * Maps shrink by themselves when three quarters of their room are unused. This
 * function leaves no more room than Go's table for that number of entries, and
 * the reserve. It leaves more if a smaller table would have too long chains of
 * colliding keys. Moves the entries in the context of the caller, in time of
 * the order of the table.
 *
 * Context: As gomap_reserve().
 *
 * Return: 0; -EINTR for a fatal signal, -EFBIG or the errno of the map's
 * budget, or -ENOMEM. After an error the map is as small as that permitted.
 */
int gomap_shrink(struct gomap *map)
{
	int ret;

	ret = mutex_lock_killable(&map->reserve_lock);
	if (ret)
		return ret;
	ret = shrink_locked(map);
	mutex_unlock(&map->reserve_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(gomap_shrink);
