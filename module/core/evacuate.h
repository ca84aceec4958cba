/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GOMAP_EVACUATE_H
#define _GOMAP_EVACUATE_H

#include "map.h"
#include "table.h"

/*
 * Move the entries of chain @number of @from to its successor. Also 0 if that
 * was done before. -EAGAIN: fill @stock; nothing has changed. Under
 * rcu_read_lock(), or where no other task moves chains.
 */
int gomap_evacuate(struct gomap *map, struct gomap_table *from, u32 number,
		   struct gomap_stock *stock);
/* Likewise, and allocate with @gfp in the caller's context. */
int gomap_evacuate_now(struct gomap *map, struct gomap_table *from, u32 number,
		       gfp_t gfp);

/* Entries in the chain that begins at @bucket. */
u32 gomap_chain_entries(const struct gomap_table *table,
			struct gomap_bucket *bucket);

#endif /* _GOMAP_EVACUATE_H */
