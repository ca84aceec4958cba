/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lookup, insert and delete of a key whose hash is known and whose length the
 * map can have. The exported functions, and batches, come down to these.
 */
#ifndef _GOMAP_OPERATIONS_H
#define _GOMAP_OPERATIONS_H

#include "map.h"

int gomap_lookup_key(struct gomap *map, const struct gomap_key *key,
		     void *value, size_t *value_len);
int gomap_insert_key(struct gomap *map, const struct gomap_key *key,
		     const void *value, size_t value_len, u32 flags, gfp_t gfp);
int gomap_delete_key(struct gomap *map, const struct gomap_key *key);

#endif /* _GOMAP_OPERATIONS_H */
