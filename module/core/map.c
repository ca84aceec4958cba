// SPDX-License-Identifier: GPL-2.0-only
/* Create and destroy maps, freeze them, and report their state. */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "count.h"
#include "entry.h"
#include "grow.h"
#include "kunit.h"
#include "map.h"
#include "memcg.h"
#include "memory.h"
#include "slot.h"
#include "table.h"

/*
 * From queueing the worker to its start: so long that ongoing operations have
 * moved a table's chains themselves.
 */
#define GOMAP_GROW_DELAY max(HZ / 20, 1)

struct workqueue_struct *gomap_workqueue;
EXPORT_SYMBOL_IF_KUNIT(gomap_workqueue);
struct workqueue_struct *gomap_free_workqueue;
EXPORT_SYMBOL_IF_KUNIT(gomap_free_workqueue);

static struct lock_class_key gomap_chain_key;

static int check_params(const struct gomap_params *params)
{
	if (params->flags &
	    ~(GOMAP_VAR_KEY | GOMAP_VAR_VALUE | GOMAP_HASH_FAST))
		return -EOPNOTSUPP;
	if (!params->key_size ||
	    (!params->value_size && params->flags & GOMAP_VAR_VALUE))
		return -EINVAL;
	if (params->key_size > GOMAP_KEY_SIZE_MAX ||
	    params->value_size > GOMAP_VALUE_SIZE_MAX ||
	    params->max_entries > GOMAP_MAX_ENTRIES_MAX ||
	    params->reserve > GOMAP_MAX_ENTRIES_MAX)
		return -E2BIG;
	if (params->max_entries && params->reserve > params->max_entries)
		return -EINVAL;
	return 0;
}

static void set_slots(struct gomap *map)
{
	map->has_entries = map->flags ||
			   map->key_size + map->value_size > GOMAP_SLOT_MAX;
	map->overwrites = !map->has_entries ||
			  (!(map->flags & GOMAP_VAR_VALUE) &&
			   map->value_size <= sizeof(u64));
	if (map->has_entries) {
		map->word_size = sizeof(struct gomap_entry *);
		map->slot_stride = sizeof(struct gomap_entry *);
	} else {
		map->word_size = gomap_slot_word(map->key_size,
						 map->value_size);
		map->value_offset = ALIGN(map->key_size, map->word_size);
		map->slot_stride = map->value_offset +
				   ALIGN(map->value_size, map->word_size);
	}
	map->is_u64_to_u64 = !map->has_entries && map->key_size == 8 &&
			     map->value_size == 8;
	map->bucket_stride = sizeof(struct gomap_bucket) +
			     GOMAP_SLOTS * map->slot_stride;
}

static int init_counts(struct gomap *map, gfp_t gfp)
{
	int ret;

	ret = gomap_count_init(&map->count, gfp);
	if (ret)
		return ret;
	ret = percpu_counter_init(&map->entry_bytes, 0, gfp);
	if (ret)
		gomap_count_destroy(&map->count);
	return ret;
}

/* Bytes of the map itself, with its per-CPU counters. */
static size_t own_bytes(void)
{
	return gomap_bytes_taken(sizeof(struct gomap)) +
	       num_possible_cpus() * (sizeof(struct gomap_count_part) +
				      sizeof(s32));
}

static void free_map(struct gomap *map)
{
	struct gomap_budget *parent = map->own_budget.parent;

	gomap_budget_uncharge(map->budget, own_bytes());
	gomap_budget_exit(&map->own_budget);
	percpu_counter_destroy(&map->entry_bytes);
	gomap_count_destroy(&map->count);
	gomap_memcg_end(map);
	kfree_sensitive(map);
	gomap_budget_put(parent);
}

struct gomap *gomap_get(struct gomap *map)
{
	refcount_inc(&map->ref);
	return map;
}

static void free_in_worker(struct work_struct *work)
{
	free_map(container_of(work, struct gomap, free_work));
}

/* Releasing a budget takes process context. */
void gomap_put(struct gomap *map)
{
	if (!refcount_dec_and_test(&map->ref))
		return;
	INIT_WORK(&map->free_work, free_in_worker);
	queue_work(gomap_free_workqueue, &map->free_work);
}

static void init_map(struct gomap *map, const struct gomap_params *params)
{
	map->refused_until = jiffies;
	get_random_bytes(&map->secret, sizeof(map->secret));
	get_random_bytes(&map->tie_secret, sizeof(map->tie_secret));
	get_random_bytes(&map->cursor_secret, sizeof(map->cursor_secret));
	map->flags = params->flags & ~GOMAP_HASH_FAST;
	map->key_size = params->key_size;
	map->value_size = params->value_size;
	map->max_entries = params->max_entries;
	map->max_bytes = params->max_bytes;
	gomap_budget_init(&map->own_budget, gomap_budget_get(params->budget),
			  &map->max_bytes, -EFBIG);
	map->budget = map->max_bytes ? &map->own_budget : params->budget;
	map->reserve = params->reserve;
	map->has_fast_hash = params->flags & GOMAP_HASH_FAST;
	set_slots(map);
	lockdep_init_map_wait(&map->dep_map, "gomap_chain", &gomap_chain_key, 0,
			      LD_WAIT_SPIN);
	raw_spin_lock_init(&map->grow_lock);
	mutex_init(&map->reserve_lock);
	INIT_DELAYED_WORK(&map->grow_work, gomap_grow_worker);
	map->grow_delay = GOMAP_GROW_DELAY;
	refcount_set(&map->ref, 1);
	if (params->account)
		gomap_memcg_begin(map);
}

/**
 * gomap_create - create a map
 * @params: its properties
 *
 * Context: Process context, may sleep.
 *
 * Return: the map, empty; or an ERR_PTR of -EINVAL if the key's size is 0, or
 * the value's is 0 but varies, or @reserve is over @max_entries; -E2BIG if a
 * number is over its maximum; -EOPNOTSUPP for an unknown flag; -EFBIG if the
 * map, with its reserve, would take more than @max_bytes; the errno of
 * @budget; -ENOMEM; -EINTR for a fatal signal while the reserve is made.
 */
struct gomap *gomap_create(const struct gomap_params *params)
{
	gfp_t account = params->account ? __GFP_ACCOUNT : 0;
	struct gomap *map;
	int ret;

	ret = check_params(params);
	if (ret)
		return ERR_PTR(ret);
	map = kzalloc(sizeof(*map), GFP_KERNEL | account);
	if (!map)
		return ERR_PTR(-ENOMEM);
	ret = init_counts(map, GFP_KERNEL | account);
	if (ret) {
		kfree(map);
		return ERR_PTR(ret);
	}
	init_map(map, params);
	ret = gomap_budget_charge(map->budget, own_bytes());
	if (ret) {
		map->budget = NULL;
		gomap_put(map);
		return ERR_PTR(ret);
	}
	if (params->reserve)
		ret = gomap_first_table(map, gomap_log2_for(params->reserve),
					GFP_KERNEL);
	if (ret) {
		gomap_put(map);
		return ERR_PTR(ret);
	}
	return map;
}
EXPORT_SYMBOL_GPL(gomap_create);

static void free_chain_entries(struct gomap *map, struct gomap_table *table,
			       struct gomap_bucket *bucket)
{
	struct gomap_entry *entry;
	unsigned int slot;
	u64 used;

	for (; bucket; bucket = gomap_next_bucket(table, bucket)) {
		used = gomap_match_used(bucket->tophash);
		for (; used; used = gomap_drop_first(used)) {
			slot = gomap_first_slot(used);
			entry = gomap_entry_in(gomap_slot_at(map, bucket,
							     slot));
			gomap_entry_discard(map, entry);
		}
	}
}

/* In unevacuated chains; of a successor, only in those that have a block. */
static void free_entries(struct gomap *map, struct gomap_table *table)
{
	struct gomap_bucket *head;
	u32 number;

	for (number = 0; number < gomap_nr_heads(table); number++) {
		cond_resched();
		if (!gomap_has_head(table, number))
			continue;
		head = gomap_bucket_at(table, number);
		if (!gomap_is_evacuated(head))
			free_chain_entries(map, table, head);
	}
}

static void destroy_in_worker(struct work_struct *work)
{
	struct gomap *map = container_of(work, struct gomap, destroy_work);
	struct gomap_table *table, *next;

	cancel_delayed_work_sync(&map->grow_work);
	table = rcu_dereference_protected(map->table, true);
	for (; table; table = next) {
		next = rcu_dereference_protected(table->next, true);
		if (map->has_entries)
			free_entries(map, table);
		gomap_table_free(table);
	}
	/*
	 * Tables that wait for RCU hold a reference, entries don't. @has_garbage
	 * doesn't say that there are none: a waiter may have cleared it between
	 * gomap_note_garbage() and call_rcu() of another task.
	 */
	if (map->has_entries)
		rcu_barrier();
	gomap_put(map);
}

/**
 * gomap_destroy - free a map and its entries
 * @map: the map, no longer in use by any task
 *
 * A worker frees the memory, in steps that leave the CPU to other tasks.
 *
 * Context: Process or softirq context.
 */
void gomap_destroy(struct gomap *map)
{
	/* For a running worker; destroy_in_worker() waits for it. */
	WRITE_ONCE(map->dying, true);
	INIT_WORK(&map->destroy_work, destroy_in_worker);
	queue_work(gomap_free_workqueue, &map->destroy_work);
}
EXPORT_SYMBOL_GPL(gomap_destroy);

/**
 * gomap_freeze - make a map read-only for good
 * @map: the map
 *
 * The map does not change after this returns: writers check @frozen in an RCU
 * read-side section, and this waits for those that checked earlier.
 *
 * Context: Process context, may sleep.
 */
void gomap_freeze(struct gomap *map)
{
	/* Under no lock, see gomap_is_frozen(). */
	WRITE_ONCE(map->frozen, true);
	synchronize_rcu();
}
EXPORT_SYMBOL_GPL(gomap_freeze);

/**
 * gomap_len - the number of entries
 * @map: the map
 *
 * Context: Process or softirq context.
 *
 * Return: the number of entries. It is exact if no insert or delete runs
 * meanwhile. Otherwise it includes some of the concurrent changes.
 */
u64 gomap_len(struct gomap *map)
{
	return gomap_count_sum(map);
}
EXPORT_SYMBOL_GPL(gomap_len);

static u64 entry_bytes(struct gomap *map)
{
	/* Concurrent additions of other CPUs may count or not. */
	return data_race(percpu_counter_sum_positive(&map->entry_bytes));
}

/**
 * gomap_stats - report the state of a map
 * @map: the map
 * @stats: filled
 *
 * Context: Process or softirq context.
 */
void gomap_stats(struct gomap *map, struct gomap_stats *stats)
{
	struct gomap_table *table;

	memset(stats, 0, sizeof(*stats));
	stats->entries = gomap_len(map);
	/* This and longest_chain may be stale, but not torn. */
	stats->reserve = READ_ONCE(map->reserve);
	stats->long_chains = atomic_long_read(&map->long_chains);
	stats->frozen = gomap_is_frozen(map);
	stats->bytes = own_bytes() + atomic_long_read(&map->table_garbage) +
		       entry_bytes(map);
	rcu_read_lock();
	table = rcu_dereference(map->table);
	while (table) {
		stats->bytes += gomap_table_bytes(table);
		stats->buckets = gomap_nr_heads(table);
		stats->overflow_buckets += gomap_table_overflow_buckets(table);
		stats->longest_chain = READ_ONCE(table->longest_chain);
		table = rcu_dereference(table->next);
		stats->growing |= !!table;
	}
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(gomap_stats);

/*
 * Both workqueues are:
 *
 * - unbound, so that no map waits for a busy CPU;
 * - of normal priority, as no task is charged for the time of a worker;
 * - without a limit of ours on concurrent workers: each may wait for memory,
 *   for its map's cgroup, and would make other maps wait;
 * - with a rescuer. Freeing memory takes no memory, and a map is destroyed
 *   after its worker, which may be waiting for memory, has given up.
 */
int gomap_core_init(void)
{
	gomap_workqueue = alloc_workqueue("gomap", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!gomap_workqueue)
		return -ENOMEM;
	gomap_free_workqueue = alloc_workqueue("gomap_free",
					       WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!gomap_free_workqueue) {
		destroy_workqueue(gomap_workqueue);
		return -ENOMEM;
	}
	return 0;
}

/*
 * Wait for all deferred work:
 *
 * - a worker destroys maps;
 * - tables and entries wait for RCU;
 * - then tables, and maps whose last reference they hold, wait for a worker
 *   again. Destroying a workqueue waits for the works that its works queue.
 */
void gomap_core_exit(void)
{
	flush_workqueue(gomap_free_workqueue);
	rcu_barrier();
	destroy_workqueue(gomap_free_workqueue);
	destroy_workqueue(gomap_workqueue);
	gomap_memcg_exit();
}
