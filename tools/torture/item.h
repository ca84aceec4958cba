/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys and values that say what they are.
 *
 * A key is made from a number, its id. A value is made from an id and a version,
 * all of its bytes, and its length too where that may vary. So whoever gets one
 * can tell which version of which key it is, and whether it is whole.
 */
#ifndef _GOMAP_TORTURE_ITEM_H
#define _GOMAP_TORTURE_ITEM_H

#include <linux/gomap.h>
#include <linux/types.h>

#define TORTURE_KEY_MAX 40
#define TORTURE_VALUE_MAX 2000

/* A good mixer of 64 bits. */
u64 torture_mix(u64 x);

size_t torture_make_key(const struct gomap_params *params, u32 id, void *key);
bool torture_read_key(const struct gomap_params *params, const void *key,
		      size_t len, u32 *id);

/* The bits of a version that fit into a value. */
u32 torture_version_mask(const struct gomap_params *params);
size_t torture_make_value(const struct gomap_params *params, u32 id,
			  u32 version, void *value);
bool torture_read_value(const struct gomap_params *params, u32 id,
			const void *value, size_t len, u32 *version);

/* Values that are a number, so often that they are full of it. */
size_t torture_make_number(const struct gomap_params *params, u64 number,
			   void *value);
bool torture_read_number(const struct gomap_params *params, const void *value,
			 size_t len, u64 *number);

#endif /* _GOMAP_TORTURE_ITEM_H */
