/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What add does, for one key or for many.
 */
#ifndef _GOMAPCTL_ATOMIC_H
#define _GOMAPCTL_ATOMIC_H

#include "map.h"

/* Why @text is no number to add; good until the next call. */
const char *add_refusal(const struct map *map, const char *text);

/*
 * Add to the value of the map's key, and set the map's value to the sum. 0, or
 * an exit status after saying what was wrong.
 */
int add_number(struct map *map, unsigned long long delta);

#endif /* _GOMAPCTL_ATOMIC_H */
