/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GOMAP_EVACUATE_H
#define _GOMAP_EVACUATE_H

#include "map.h"
#include "table.h"

/*
 * Move the entries of chain @number of @from to the successor of @from. 0 also
 * if somebody has done so before; -ENOMEM with nothing changed. @from must not
 * go away meanwhile: the caller is the grow worker, or holds rcu_read_lock()
 * and gives a @gfp that doesn't block.
 */
int gomap_evacuate(struct gomap *map, struct gomap_table *from, u32 number,
		   gfp_t gfp);

#endif /* _GOMAP_EVACUATE_H */
