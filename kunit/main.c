// SPDX-License-Identifier: GPL-2.0-only
/*
 * The KUnit tests of gomap as one module. Each suite is a file: bucket_kunit.c
 * is the suite gomap_bucket, and so on. What they share is in
 *
 *   fixture.c      maps that go away with the test, and the worker by hand
 *   shapes.c       kinds of maps, keys and values by number, and bad hashes
 *   invariants.c   what must hold of every map at rest
 *   allocator.c    memory that runs out, or takes its time
 *   threads.c      threads that start together
 */
#include <linux/module.h>
#include "compat.h"
#include "fixture.h"

ulong gomap_kunit_seed = 20121125;
module_param_named(seed, gomap_kunit_seed, ulong, 0444);
MODULE_PARM_DESC(seed, "of all that is random in the tests");

uint gomap_kunit_steps = 600;
module_param_named(steps, gomap_kunit_steps, uint, 0444);
MODULE_PARM_DESC(steps, "random operations on each shape of map");

uint gomap_kunit_rounds = 5000;
module_param_named(rounds, gomap_kunit_rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "turns that each thread takes in a test, or all readers of a race");

uint gomap_kunit_ms = 250;
module_param_named(ms, gomap_kunit_ms, uint, 0444);
MODULE_PARM_DESC(ms, "milliseconds that threads race in each test, at least");

uint gomap_kunit_depth = 4;
module_param_named(depth, gomap_kunit_depth, uint, 0444);
MODULE_PARM_DESC(depth, "steps of the longest history of the exhaustive tests");

GOMAP_KUNIT_IMPORT;
MODULE_DESCRIPTION("KUnit tests of gomap");
MODULE_LICENSE("GPL");
