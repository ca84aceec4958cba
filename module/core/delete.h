/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GOMAP_DELETE_H
#define _GOMAP_DELETE_H

#include "chain.h"
#include "entry.h"

/*
 * Empty the slot of @place, whose chain is locked. Returns the entry that was in
 * it, to be retired after the lock is given up, or NULL. The caller counts.
 */
struct gomap_entry *gomap_clear_slot(struct gomap *map,
				     const struct gomap_place *place);

#endif /* _GOMAP_DELETE_H */
