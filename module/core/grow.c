// SPDX-License-Identifier: GPL-2.0-only
/*
 * Growth: when a map gets another table, who allocates it, who moves entries.
 * Shrinking, and rebuilding at the same size, are growth with another size.
 *
 * When
 * ====
 *
 * A table of n heads is left when it has more than 6.5 n entries, and one of a
 * single head when it has more than 8: Go's load factor of 13/2 and Go's number
 * of buckets for every number of entries (runtime/map.go before Go 1.24, whose
 * head comment has the measurements behind 6.5: 20.9 % of buckets overflow,
 * 10.79 bytes of overhead per entry at (8,8), 4.25 probes on a hit).
 *
 * A table with fewer entries than a quarter of that limit is left for the one
 * that has twice the room that they need. It takes an insert or delete for every
 * second entry before that table is left in turn. No move goes to less than an
 * eighth of the heads; a smaller table takes several. For what is inserted
 * meanwhile goes to the new table, which has two overflow buckets per head for
 * it and can't be left itself before all is in it. As long as there is memory an
 * insert moves a chain, or two, so no more entries come than the old table has
 * heads: 8 per new head, and up to 6.5 were there. They need about 1.3 overflow
 * buckets.
 *
 * Without memory few chains move, but inserts go on: in the old table, into holes,
 * and into new buckets if theirs is memory that others can't have (GFP_ATOMIC); in
 * the new one, where chains have moved. If the new table couldn't have as many
 * overflow buckets as all of that needs in the end, neither the worker nor an
 * insert would ever get on, however much memory there was later. So it can have
 * as many as there may be in use, whoever took them, when inserts still get one,
 * two per head; and besides one for each bucket that the old table has or can
 * still get: no chain needs more when it moves than it has.
 *
 * A table in which overflow buckets outnumber the heads is rebuilt at its size.
 * Nothing is unlinked from a chain, so under inserts and deletes of ever new
 * keys each chain gets as long as it ever had to be. The entries of a table
 * within its limit fill 13/16 of a bucket per head even if they all share one
 * chain, so the new table has fewer overflow buckets than heads, and as many
 * again as are missing must be added before it is rebuilt in turn. This bounds
 * the memory of a map whose entries come and go by twice that of its heads.
 *
 * The entries are counted per CPU. What all CPUs can read at once is off by at
 * most GOMAP_COUNT_BATCH per CPU; when it comes that close to a limit of the
 * table the parts are added up, so the doubling happens at the exact entry.
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
 * A successor of up to a page is allocated by the insert that makes it
 * necessary, any other by the worker: the larger ones take milliseconds to be
 * zeroed and memory that only a task that may sleep can wait for. Meanwhile
 * inserts go on and chains get longer, until there is no place for another
 * overflow bucket: about four times as many entries as should be. Only then an
 * insert waits.
 *
 * There is one worker per map, and it alone takes a table out of use. So the
 * worker, and whoever is in an RCU read-side section, can rely on the tables
 * that it sees, and there are never more than two: a successor is attached to
 * @map->table only, under @grow_lock.
 *
 *   1. attach: @next is set. From now on writers that meet the old table
 *      evacuate their own chain and one more (Go's growWork), the one more from
 *      the last chain downwards.
 *   2. The worker goes through all chains from the first upwards, and evacuates
 *      those that aren't yet.
 *   3. retire: @map->table is set to the successor; the old table is freed after
 *      a grace period. Readers still in it find every chain evacuated and go on
 *      to the successor.
 *
 * Evacuating a chain is in evacuate.c. It can fail for lack of memory for
 * overflow buckets. A writer then uses the old chain, which is as good; the
 * worker tries again a little later. If there is no memory for a successor it
 * tries again when the next insert or delete finds that one is needed, but not
 * before that time.
 */
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include "evacuate.h"
#include "grow.h"
#include "kunit.h"

/* What an insert zeroes at most when the map grows. */
#define GOMAP_GROW_SMALL_BYTES PAGE_SIZE
/* A table may have so many overflow buckets however small it is. */
#define GOMAP_OVERFLOW_FREE GOMAP_SLOTS
/* The smallest successor has so many heads less, as a power of two. */
#define GOMAP_SHRINK_MOST 3
/* How long the worker waits for memory. */
#define GOMAP_GROW_RETRY (HZ / 10)

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
	/* Whole, and not late for whom it matters: see map.h. */
	return gomap_log2_for(READ_ONCE(map->reserve));
}

/* True if @next is the successor now; else it is still the caller's. */
static bool attach(struct gomap *map, struct gomap_table *table,
		   struct gomap_table *next)
{
	bool attached = false;

	spin_lock_bh(&map->grow_lock);
	if (rcu_access_pointer(map->table) == table &&
	    !rcu_access_pointer(table->next)) {
		rcu_assign_pointer(table->next, next);
		attached = true;
	}
	spin_unlock_bh(&map->grow_lock);
	return attached;
}

/*
 * Queueing orders what we have counted or attached before what a worker that
 * already runs looks at next: it is a full barrier even if work is pending. The
 * delay is that of some attempt; it decides nothing but when.
 */
static void kick(struct gomap *map)
{
	queue_delayed_work(gomap_workqueue, &map->grow_work,
			   READ_ONCE(map->grow_delay));
}

static bool install_first(struct gomap *map, struct gomap_table *table)
{
	bool first;

	spin_lock_bh(&map->grow_lock);
	first = !rcu_access_pointer(map->table);
	if (first)
		rcu_assign_pointer(map->table, table);
	spin_unlock_bh(&map->grow_lock);
	return first;
}

int gomap_first_table(struct gomap *map, u32 log2, gfp_t gfp)
{
	struct gomap_table *table = gomap_table_alloc(map, log2, NULL, gfp);

	if (!table)
		return -ENOMEM;
	if (!install_first(map, table))
		gomap_table_free(table);
	return 0;
}

bool gomap_grow_small(struct gomap *map, struct gomap_table *table)
{
	struct gomap_table *next;
	u32 log2 = table->log2 + 1;

	/* While entries come to @table it can't have a successor. */
	if ((size_t)map->bucket_stride << log2 > GOMAP_GROW_SMALL_BYTES ||
	    rcu_access_pointer(map->table) != table ||
	    rcu_access_pointer(table->next) ||
	    gomap_compare_count(map, table->grow_above) < 0)
		return false;
	next = gomap_table_alloc(map, log2, table, GFP_NOWAIT);
	if (!next)
		return false;
	if (!attach(map, table, next)) {
		gomap_table_free(next);
		return false;
	}
	kick(map);
	return true;
}

void gomap_maybe_grow(struct gomap *map, struct gomap_table *table)
{
	if (rcu_access_pointer(table->next) ||
	    gomap_compare_count(map, table->grow_above) <= 0)
		return;
	if (!gomap_grow_small(map, table))
		kick(map);
}

void gomap_maybe_shrink(struct gomap *map, struct gomap_table *table)
{
	if (rcu_access_pointer(table->next))
		return;
	/*
	 * What we counted, then what is reserved and whether there is a clear.
	 * Pairs with queueing the worker in grow_now(), when less is reserved,
	 * and with atomic_dec_and_test() in gomap_clear(). Both count after it:
	 * they or we see that the limit is crossed.
	 */
	smp_mb();
	if (table->log2 <= min_log2(map) || atomic_read(&map->clearing) ||
	    gomap_compare_count(map, table->shrink_below) >= 0)
		return;
	kick(map);
}

static bool overgrown(const struct gomap_table *table)
{
	return gomap_table_overflow_buckets(table) >
	       max_t(u32, gomap_nr_heads(table), GOMAP_OVERFLOW_FREE);
}

/* To be asked when @table has got an overflow bucket. */
void gomap_maybe_rebuild(struct gomap *map, struct gomap_table *table)
{
	if (!rcu_access_pointer(table->next) && overgrown(table))
		kick(map);
}

void gomap_help(struct gomap *map, struct gomap_table *table, u32 number)
{
	int one_more;

	gomap_evacuate(map, table, number, GFP_NOWAIT);
	one_more = atomic_dec_if_positive(&table->help_from);
	if (one_more >= 0)
		gomap_evacuate(map, table, one_more, GFP_NOWAIT);
}

/* The rest of this file is the worker. */

static struct gomap_table *current_table(struct gomap *map)
{
	return rcu_dereference_protected(map->table, true);
}

/* For @entries, or what comes next on the way there. */
static u32 smaller_log2(const struct gomap_table *table, u32 least, u64 entries)
{
	return max3((int)least, (int)gomap_log2_for(entries),
		    (int)table->log2 - GOMAP_SHRINK_MOST);
}

/*
 * The size of the table that is to follow @table, or -ENOENT for none. With
 * @fit any smaller one that suffices.
 */
static int wanted_log2(struct gomap *map, struct gomap_table *table, bool fit)
{
	s64 entries = gomap_count_sum(&map->count);
	u32 least = min_log2(map);
	u32 smaller = smaller_log2(table, least, fit ? entries : 2 * entries);

	if (entries > table->grow_above)
		return table->log2 < GOMAP_LOG2_MAX ?
		       max(least, gomap_log2_for(entries)) : -ENOENT;
	if (table->log2 < least)
		return least;
	if (table->log2 > smaller &&
	    (fit || (entries < table->shrink_below &&
		     !atomic_read(&map->clearing))))
		return smaller;
	return overgrown(table) ? table->log2 : -ENOENT;
}

/* Attach the successor that @table needs. -ENOENT if it needs none. */
static int start(struct gomap *map, struct gomap_table *table)
{
	bool fit = xchg(&map->shrink_to_fit, 0);
	int log2 = wanted_log2(map, table, fit);
	struct gomap_table *next;

	if (log2 < 0)
		return log2;
	next = gomap_table_alloc(map, log2, table, GFP_KERNEL);
	if (!next)
		return -ENOMEM;
	/* An insert may have been faster. */
	if (!attach(map, table, next))
		gomap_table_free(next);
	return 0;
}

/* Move what is left in the table that has a successor, and take it away. */
static int finish(struct gomap *map, struct gomap_table *table)
{
	struct gomap_table *next;
	u32 number;
	int ret;

	for (number = 0; number < gomap_nr_heads(table); number++) {
		/* Who sets it waits for us: seen late, we are only slower. */
		if (READ_ONCE(map->dying))
			return -ECANCELED;
		ret = gomap_evacuate(map, table, number, GFP_KERNEL);
		if (ret)
			return ret;
		cond_resched();
	}
	/* Set once, by whoever attached it. */
	next = rcu_dereference_protected(table->next, true);
	spin_lock_bh(&map->grow_lock);
	rcu_assign_pointer(map->table, next);
	spin_unlock_bh(&map->grow_lock);
	gomap_table_retire(table);
	return 0;
}

/* Finish a move that is under way; then make another that is due. */
int gomap_move(struct gomap *map)
{
	struct gomap_table *table = current_table(map);
	int ret;

	if (rcu_access_pointer(table->next)) {
		ret = finish(map, table);
		if (ret)
			return ret;
		table = current_table(map);
	}
	ret = start(map, table);
	return ret ?: finish(map, table);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_move);

static bool under_way(struct gomap *map)
{
	return rcu_access_pointer(current_table(map)->next);
}

static bool due(struct gomap *map)
{
	return wanted_log2(map, current_table(map), false) >= 0;
}

/* A move at a time, so that those who wait for one don't wait for all. */
void gomap_grow_worker(struct work_struct *work)
{
	struct gomap *map = container_of(to_delayed_work(work), struct gomap,
					 grow_work);
	int ret = gomap_move(map);

	/* Whoever reads it meanwhile has one value or the other. */
	WRITE_ONCE(map->grow_delay, ret == -ENOMEM ? GOMAP_GROW_RETRY : 0);
	if (ret == -ENOMEM ? under_way(map) : !ret && due(map))
		kick(map);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_grow_worker);

/* Have the worker do what is to be done, and wait for it. */
static void grow_now(struct gomap *map)
{
	mod_delayed_work(gomap_workqueue, &map->grow_work, 0);
	flush_delayed_work(&map->grow_work);
}

static bool has_room(struct gomap *map)
{
	bool enough;

	rcu_read_lock();
	enough = gomap_newest_table(map)->log2 >= min_log2(map);
	rcu_read_unlock();
	return enough;
}

/*
 * True if the map's table is as large as it has to be. While there is memory, a
 * table that isn't is one that an insert attached faster than the worker.
 */
static bool make_room(struct gomap *map)
{
	/*
	 * What became of an earlier attempt doesn't matter. One that ends right
	 * now may still write it: then there was no memory a moment ago.
	 */
	WRITE_ONCE(map->grow_delay, 0);
	do {
		grow_now(map);
		if (has_room(map))
			return true;
	} while (!READ_ONCE(map->grow_delay));
	return false;
}

static int reserve_locked(struct gomap *map, u64 entries)
{
	u64 old = map->reserve;
	int ret;

	lockdep_assert_held(&map->reserve_lock);
	if (gomap_is_frozen(map))
		return -EPERM;
	if (entries && !rcu_access_pointer(map->table)) {
		ret = gomap_first_table(map, gomap_log2_for(entries),
					GFP_KERNEL);
		if (ret)
			return ret;
	}
	/* Nobody else writes it; the worker that make_room() runs reads it. */
	WRITE_ONCE(map->reserve, entries);
	if (!rcu_access_pointer(map->table) || make_room(map))
		return 0;
	WRITE_ONCE(map->reserve, old);
	/*
	 * Who deleted meanwhile has asked for no smaller table, because of the
	 * wish, and what others need is due when the worker tries again. Now,
	 * so that it has, however often who wishes too much repeats it.
	 */
	grow_now(map);
	return -ENOMEM;
}

/**
 * gomap_reserve - have and keep room for a number of entries
 * @map: the map
 * @entries: how many; 0 to keep none, up to GOMAP_MAX_ENTRIES_MAX
 *
 * Waits for a table that is large enough, if there has to be another; entries may
 * be on the way to it for some time. Entries beyond that number are not refused;
 * see max_entries for that.
 *
 * Context: Process context, may sleep.
 *
 * Return: 0; -E2BIG if @entries is over its maximum; -EINVAL if it is over the
 * map's max_entries; -EPERM if the map is frozen; -EINTR if a fatal signal came
 * before it was its turn; -ENOMEM, and the map keeps what it had.
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

/* True if no smaller table would do. */
static bool fits(struct gomap *map)
{
	s64 entries = gomap_count_sum(&map->count);
	u32 log2;

	rcu_read_lock();
	log2 = gomap_dereference(map->table)->log2;
	rcu_read_unlock();
	return log2 <= max(min_log2(map), gomap_log2_for(entries));
}

static void shrink_locked(struct gomap *map)
{
	u32 moves;

	lockdep_assert_held(&map->reserve_lock);
	if (!rcu_access_pointer(map->table))
		return;
	/* Any table is left for one bucket in so many; others may fill it. */
	for (moves = 0; moves <= GOMAP_LOG2_MAX / GOMAP_SHRINK_MOST + 1; moves++) {
		/* Taken by the worker, which grow_now() queues after this. */
		WRITE_ONCE(map->shrink_to_fit, 1);
		grow_now(map);
		/* As make_room() has it: there was no memory a moment ago. */
		if (fits(map) || READ_ONCE(map->grow_delay))
			return;
	}
}

/**
 * gomap_shrink - give back the memory that the entries don't need
 * @map: the map
 *
 * Maps shrink by themselves when three quarters of their room are unused. This
 * leaves no more room than Go's table for that number of entries has, and what
 * is reserved, if there is memory to move them to. Waits until it is done, or a
 * fatal signal comes before it has begun; if there is no memory, the map may still
 * do it by itself when there is.
 *
 * Context: Process context, may sleep.
 */
void gomap_shrink(struct gomap *map)
{
	/* Or else a reserve that fails may have the worker look away meanwhile. */
	if (mutex_lock_killable(&map->reserve_lock))
		return;
	shrink_locked(map);
	mutex_unlock(&map->reserve_lock);
}
EXPORT_SYMBOL_GPL(gomap_shrink);
