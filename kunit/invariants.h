/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GOMAP_KUNIT_INVARIANTS_H
#define _GOMAP_KUNIT_INVARIANTS_H

#include <kunit/test.h>
#include "../module/core/map.h"

/*
 * Whether @map, at rest and with @entries entries, is as maps must be. If not,
 * fails @test and says what is wrong where.
 */
bool gomap_kunit_is_sound(struct kunit *test, struct gomap *map, u64 entries);

#define GOMAP_KUNIT_ASSERT_SOUND(test, map, entries) do { \
	struct kunit *__test = (test); \
	KUNIT_ASSERT_TRUE(__test, gomap_kunit_is_sound(__test, map, entries)); \
} while (0)

#endif /* _GOMAP_KUNIT_INVARIANTS_H */
