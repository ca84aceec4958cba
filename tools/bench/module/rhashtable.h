/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rhashtable's header has no function for.
 */
#ifndef _GOMAP_BENCH_RHASHTABLE_H
#define _GOMAP_BENCH_RHASHTABLE_H

#include <linux/delay.h>
#include <linux/rhashtable.h>

/* Waits until it has grown as far as it has begun to. */
static inline void bench_rhashtable_settle(struct rhashtable *table)
{
	struct bucket_table *buckets;
	bool growing;

	do {
		flush_work(&table->run_work);
		rcu_read_lock();
		buckets = rht_dereference_rcu(table->tbl, table);
		growing = rcu_access_pointer(buckets->future_tbl);
		rcu_read_unlock();
		if (growing)
			usleep_range(1000, 2000);
	} while (growing);
}

#endif /* _GOMAP_BENCH_RHASHTABLE_H */
