// SPDX-License-Identifier: GPL-2.0-only
/*
 * Budgets: all levels take a charge, or none does. No limit is exceeded, not even
 * by threads that charge and give back at the same time. Bytes in stock are never
 * missing.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include "../module/core/budget.h"
#include "fixture.h"
#include "threads.h"

/* As those of a map, its user and the module. */
enum { OF_MAP, OF_USER, OF_MODULE, LEVELS };

static const int errors[LEVELS] = { -EFBIG, -EDQUOT, -ENOMEM };

struct levels {
	struct gomap_budget budgets[LEVELS];
	unsigned long limits[LEVELS];
	/* Bytes that threads have charged. */
	atomic_long_t held;
	/* How often there were more than the limit, or a charge was refused. */
	atomic_t exceeded;
	atomic_t refused;
	u32 rounds;
};

static void exit_levels(void *data)
{
	struct levels *levels = data;
	u32 i;

	for (i = 0; i < LEVELS; i++)
		gomap_budget_exit(&levels->budgets[i]);
}

static struct levels *new_levels(struct kunit *test)
{
	struct levels *levels = kunit_kzalloc(test, sizeof(*levels),
					      GFP_KERNEL);
	struct gomap_budget *parent = NULL;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, levels);
	levels->rounds = gomap_kunit_rounds;
	for (i = LEVELS - 1; i >= 0; i--) {
		levels->limits[i] = ULONG_MAX;
		gomap_budget_init(&levels->budgets[i], parent,
				  &levels->limits[i], errors[i]);
		parent = &levels->budgets[i];
	}
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, exit_levels,
							levels), 0);
	return levels;
}

static void add_stock(struct kunit *test, struct levels *levels, u32 level)
{
	KUNIT_ASSERT_EQ(test,
			gomap_budget_add_stock(&levels->budgets[level],
					       GFP_KERNEL), 0);
}

static int charge(struct levels *levels, size_t bytes)
{
	return gomap_budget_charge(&levels->budgets[OF_MAP], bytes);
}

static void uncharge(struct levels *levels, size_t bytes)
{
	gomap_budget_uncharge(&levels->budgets[OF_MAP], bytes);
}

static long used(struct levels *levels, u32 level)
{
	return atomic_long_read(&levels->budgets[level].used);
}

static long in_stock(struct levels *levels, u32 level)
{
	long bytes = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		bytes += atomic_long_read(per_cpu_ptr(levels->budgets[level].stock,
						      cpu));
	return bytes;
}

static void expect_used(struct kunit *test, struct levels *levels, long bytes)
{
	u32 i;

	for (i = 0; i < LEVELS; i++)
		KUNIT_EXPECT_EQ_MSG(test, used(levels, i), bytes, "level %u",
				    i);
}

static void charge_is_in_all_levels(struct kunit *test)
{
	struct levels *levels = new_levels(test);

	KUNIT_EXPECT_EQ(test, charge(levels, 100), 0);
	KUNIT_EXPECT_EQ(test, gomap_budget_charge(&levels->budgets[OF_USER], 10),
			0);
	KUNIT_EXPECT_EQ(test, used(levels, OF_MAP), 100);
	KUNIT_EXPECT_EQ(test, used(levels, OF_USER), 110);
	KUNIT_EXPECT_EQ(test, used(levels, OF_MODULE), 110);
	uncharge(levels, 100);
	gomap_budget_uncharge(&levels->budgets[OF_USER], 10);
	expect_used(test, levels, 0);
}

static void no_budget_counts_nothing(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, gomap_budget_charge(NULL, SZ_1M), 0);
	gomap_budget_uncharge(NULL, SZ_1M);
}

static void level_that_refuses_gives_its_errno(struct kunit *test)
{
	struct levels *levels = new_levels(test);
	u32 i;

	KUNIT_ASSERT_EQ(test, charge(levels, 1000), 0);
	for (i = 0; i < LEVELS; i++) {
		levels->limits[i] = 1099;
		KUNIT_EXPECT_EQ(test, charge(levels, 100), errors[i]);
		expect_used(test, levels, 1000);
		levels->limits[i] = 1100;
		KUNIT_EXPECT_EQ(test, charge(levels, 100), 0);
		uncharge(levels, 100);
		levels->limits[i] = ULONG_MAX;
	}
	/* The first from below. */
	levels->limits[OF_USER] = 1000;
	levels->limits[OF_MODULE] = 1000;
	KUNIT_EXPECT_EQ(test, charge(levels, 1), -EDQUOT);
	uncharge(levels, 1000);
}

static void limit_is_exact(struct kunit *test)
{
	static const unsigned long limits[] = {
		1, 2, 4095, 4096, 4097, SZ_1G, LONG_MAX - 1,
	};
	struct levels *levels = new_levels(test);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		levels->limits[OF_USER] = limits[i];
		KUNIT_EXPECT_EQ(test, charge(levels, limits[i]), 0);
		KUNIT_EXPECT_EQ(test, charge(levels, 1), -EDQUOT);
		KUNIT_EXPECT_EQ(test, charge(levels, 0), 0);
		uncharge(levels, 1);
		KUNIT_EXPECT_EQ(test, charge(levels, 2), -EDQUOT);
		KUNIT_EXPECT_EQ(test, charge(levels, 1), 0);
		expect_used(test, levels, limits[i]);
		uncharge(levels, limits[i]);
	}
}

static void limit_of_nothing_permits_nothing(struct kunit *test)
{
	struct levels *levels = new_levels(test);

	levels->limits[OF_USER] = 0;
	KUNIT_EXPECT_EQ(test, charge(levels, 0), 0);
	KUNIT_EXPECT_EQ(test, charge(levels, 1), -EDQUOT);
}

static void limits_of_more_than_can_be_counted_overflow_nothing(struct kunit *test)
{
	struct levels *levels = new_levels(test);

	levels->limits[OF_MAP] = (unsigned long)LONG_MAX + 1;
	KUNIT_EXPECT_EQ(test, charge(levels, LONG_MAX), 0);
	KUNIT_EXPECT_EQ(test, charge(levels, LONG_MAX), -EFBIG);
	KUNIT_EXPECT_EQ(test, charge(levels, 1), -EFBIG);
	uncharge(levels, LONG_MAX);
	expect_used(test, levels, 0);
}

static void limit_below_what_is_used_refuses_until_it_is_given_back(struct kunit *test)
{
	struct levels *levels = new_levels(test);

	KUNIT_ASSERT_EQ(test, charge(levels, 1000), 0);
	levels->limits[OF_USER] = 500;
	KUNIT_EXPECT_EQ(test, charge(levels, 1), -EDQUOT);
	uncharge(levels, 500);
	KUNIT_EXPECT_EQ(test, charge(levels, 1), -EDQUOT);
	uncharge(levels, 1);
	KUNIT_EXPECT_EQ(test, charge(levels, 1), 0);
	uncharge(levels, 500);
}

/* Stock */

static void charges_in_a_row(struct kunit *test, struct levels *levels)
{
	const u32 nr = GOMAP_BUDGET_STEP / 64;
	u32 i;

	for (i = 0; i < nr; i++) {
		KUNIT_ASSERT_EQ(test, charge(levels, 64), 0);
		/* The map's own budget has no stock, and is exact. */
		KUNIT_ASSERT_EQ(test, used(levels, OF_MAP), (i + 1) * 64);
		KUNIT_ASSERT_EQ(test, used(levels, OF_USER) -
				in_stock(levels, OF_USER), (i + 1) * 64);
		KUNIT_ASSERT_EQ(test, used(levels, OF_MODULE),
				used(levels, OF_USER));
	}
	for (i = 0; i < nr; i++)
		uncharge(levels, 64);
}

static void small_charges_come_from_stock(struct kunit *test)
{
	struct levels *levels = new_levels(test);

	add_stock(test, levels, OF_USER);
	KUNIT_ASSERT_EQ(test, charge(levels, 100), 0);
	KUNIT_EXPECT_EQ(test, used(levels, OF_USER), GOMAP_BUDGET_STEP);
	KUNIT_EXPECT_EQ(test, in_stock(levels, OF_USER), GOMAP_BUDGET_STEP - 100);
	uncharge(levels, 100);
	charges_in_a_row(test, levels);
	KUNIT_EXPECT_EQ(test, used(levels, OF_MAP), 0);
	KUNIT_EXPECT_EQ(test, used(levels, OF_USER), in_stock(levels, OF_USER));
}

static void large_charges_leave_the_stock_alone(struct kunit *test)
{
	struct levels *levels = new_levels(test);

	add_stock(test, levels, OF_USER);
	KUNIT_ASSERT_EQ(test, charge(levels, GOMAP_BUDGET_STEP), 0);
	expect_used(test, levels, GOMAP_BUDGET_STEP);
	KUNIT_EXPECT_EQ(test, in_stock(levels, OF_USER), 0);
	uncharge(levels, GOMAP_BUDGET_STEP);
	expect_used(test, levels, 0);
}

/* A charge may be given back in parts, and by another CPU. */
static void stock_is_no_more_than_two_steps(struct kunit *test)
{
	const size_t bytes = GOMAP_BUDGET_STEP * 100, part = 1000;
	struct levels *levels = new_levels(test);
	const long most = 2 * GOMAP_BUDGET_STEP * num_possible_cpus();
	size_t left;

	add_stock(test, levels, OF_USER);
	KUNIT_ASSERT_EQ(test, charge(levels, bytes), 0);
	for (left = bytes; left >= part; left -= part) {
		uncharge(levels, part);
		KUNIT_ASSERT_LE(test, in_stock(levels, OF_USER), most);
		KUNIT_ASSERT_EQ(test, used(levels, OF_USER),
				left - part + in_stock(levels, OF_USER));
	}
	uncharge(levels, left);
}

static void stock_is_no_way_around_a_lowered_limit(struct kunit *test)
{
	struct levels *levels = new_levels(test);
	u32 level;

	add_stock(test, levels, OF_USER);
	KUNIT_ASSERT_EQ(test, charge(levels, 1000), 0);
	for (level = OF_USER; level <= OF_MODULE; level++) {
		levels->limits[level] = 999;
		KUNIT_EXPECT_EQ(test, charge(levels, 1), errors[level]);
		levels->limits[level] = 1001;
		KUNIT_EXPECT_EQ(test, charge(levels, 1), 0);
		uncharge(levels, 1);
		levels->limits[level] = ULONG_MAX;
		KUNIT_EXPECT_EQ(test, charge(levels, 1), 0);
		uncharge(levels, 1);
	}
	uncharge(levels, 1000);
}

static void limit_below_a_step_is_exact(struct kunit *test)
{
	struct levels *levels = new_levels(test);
	u32 i;

	add_stock(test, levels, OF_USER);
	levels->limits[OF_USER] = 1000;
	for (i = 0; i < 10; i++)
		KUNIT_ASSERT_EQ(test, charge(levels, 100), 0);
	KUNIT_EXPECT_EQ(test, charge(levels, 1), -EDQUOT);
	uncharge(levels, 1);
	KUNIT_EXPECT_EQ(test, charge(levels, 2), -EDQUOT);
	KUNIT_EXPECT_EQ(test, charge(levels, 1), 0);
	uncharge(levels, 1000);
}

/* Also if it is all in the stock of other CPUs. */
static void stock_is_given_back_before_a_charge_is_refused(struct kunit *test)
{
	struct levels *levels = new_levels(test);
	struct gomap_budget *user = &levels->budgets[OF_USER];
	long bytes = 0;
	int cpu;

	add_stock(test, levels, OF_USER);
	for_each_possible_cpu(cpu) {
		atomic_long_set(per_cpu_ptr(user->stock, cpu), 1000);
		bytes += 1000;
	}
	KUNIT_ASSERT_EQ(test, gomap_budget_charge(&levels->budgets[OF_MODULE],
						  bytes), 0);
	atomic_long_set(&user->used, bytes);
	levels->limits[OF_USER] = bytes;
	KUNIT_EXPECT_EQ(test, charge(levels, bytes + 1), -EDQUOT);
	KUNIT_EXPECT_EQ(test, charge(levels, bytes), 0);
	expect_used(test, levels, bytes);
	KUNIT_EXPECT_EQ(test, in_stock(levels, OF_USER), 0);
	uncharge(levels, bytes);
}

/* The user's stock is charged to the module, which has a stock of its own. */
static void levels_have_their_own_stocks(struct kunit *test)
{
	struct levels *levels = new_levels(test);

	add_stock(test, levels, OF_USER);
	add_stock(test, levels, OF_MODULE);
	charges_in_a_row(test, levels);
	KUNIT_EXPECT_EQ(test, in_stock(levels, OF_MODULE), 0);
	KUNIT_ASSERT_EQ(test, gomap_budget_charge(&levels->budgets[OF_MODULE], 1),
			0);
	KUNIT_EXPECT_EQ(test, in_stock(levels, OF_MODULE), GOMAP_BUDGET_STEP - 1);
	gomap_budget_uncharge(&levels->budgets[OF_MODULE], 1);
}

static void exit_gives_the_stock_to_the_ancestors(struct kunit *test)
{
	struct levels *levels = new_levels(test);

	add_stock(test, levels, OF_USER);
	KUNIT_ASSERT_EQ(test, charge(levels, 100), 0);
	uncharge(levels, 100);
	KUNIT_EXPECT_EQ(test, used(levels, OF_MODULE), GOMAP_BUDGET_STEP);
	gomap_budget_exit(&levels->budgets[OF_USER]);
	expect_used(test, levels, 0);
}

/* For what gives memory back in the end. All other charges wait for that. */
static void limits_can_be_exceeded_on_purpose(struct kunit *test)
{
	struct levels *levels = new_levels(test);

	levels->limits[OF_MAP] = 100;
	levels->limits[OF_MODULE] = 1000;
	KUNIT_ASSERT_EQ(test, charge(levels, 90), 0);
	gomap_budget_exceed(&levels->budgets[OF_MAP], 2000);
	expect_used(test, levels, 2090);
	KUNIT_EXPECT_EQ(test, charge(levels, 1), -EFBIG);
	KUNIT_EXPECT_EQ(test, gomap_budget_charge(&levels->budgets[OF_USER], 1),
			-ENOMEM);
	uncharge(levels, 2000);
	KUNIT_EXPECT_EQ(test, charge(levels, 10), 0);
	uncharge(levels, 100);
	gomap_budget_exceed(NULL, 1);
}

/* Threads */

#define THREADS 4
#define CHARGES 16

/* Of which some are small and some are not. */
static size_t some_bytes(struct rnd_state *random)
{
	u32 number = prandom_u32_state(random);

	return number % 4 ? 1 + number % 300 : 1 + number % SZ_64K;
}

static bool charge_some(struct levels *levels, size_t bytes,
			unsigned long limit)
{
	if (charge(levels, bytes)) {
		atomic_inc(&levels->refused);
		return false;
	}
	/* @used includes all bytes that have been added here. */
	if (atomic_long_add_return(bytes, &levels->held) > limit ||
	    used(levels, OF_USER) > limit)
		atomic_inc(&levels->exceeded);
	return true;
}

static void uncharge_some(struct levels *levels, size_t bytes)
{
	atomic_long_sub(bytes, &levels->held);
	uncharge(levels, bytes);
}

static void charge_and_uncharge(void *context, u32 thread)
{
	struct levels *levels = context;
	unsigned long limit = levels->limits[OF_USER];
	size_t charged[CHARGES] = {};
	struct rnd_state random;
	u32 i, at;

	prandom_seed_state(&random, gomap_kunit_seed + thread);
	for (i = 0; i < levels->rounds; i++) {
		at = prandom_u32_state(&random) % CHARGES;
		if (charged[at]) {
			uncharge_some(levels, charged[at]);
			charged[at] = 0;
		} else {
			charged[at] = some_bytes(&random);
			if (!charge_some(levels, charged[at], limit))
				charged[at] = 0;
		}
		gomap_kunit_give_way();
	}
	for (at = 0; at < CHARGES; at++)
		uncharge_some(levels, charged[at]);
}

static void race(struct kunit *test, struct levels *levels)
{
	/* Less than they want to have at a time. */
	levels->limits[OF_USER] = THREADS * CHARGES / 4 * SZ_8K / 2;
	levels->limits[OF_MODULE] = levels->limits[OF_USER];
	gomap_kunit_run_threads(test, THREADS, charge_and_uncharge, levels);
	KUNIT_EXPECT_EQ(test, atomic_read(&levels->exceeded), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&levels->refused), 0);
	KUNIT_EXPECT_EQ(test, used(levels, OF_MAP), 0);
}

static void threads_never_exceed_a_limit(struct kunit *test)
{
	struct levels *levels = new_levels(test);

	race(test, levels);
	expect_used(test, levels, 0);
}

static void threads_never_exceed_a_limit_with_stock(struct kunit *test)
{
	struct levels *levels = new_levels(test);

	add_stock(test, levels, OF_USER);
	add_stock(test, levels, OF_MODULE);
	race(test, levels);
	KUNIT_EXPECT_EQ(test, used(levels, OF_USER), in_stock(levels, OF_USER));
	/* Nothing is lost: all of it can be had. */
	KUNIT_EXPECT_EQ(test, charge(levels, levels->limits[OF_USER]), 0);
	KUNIT_EXPECT_EQ(test, charge(levels, 1), -EDQUOT);
	uncharge(levels, levels->limits[OF_USER]);
	expect_used(test, levels, 0);
}

static struct kunit_case budget_cases[] = {
	KUNIT_CASE(charge_is_in_all_levels),
	KUNIT_CASE(no_budget_counts_nothing),
	KUNIT_CASE(level_that_refuses_gives_its_errno),
	KUNIT_CASE(limit_is_exact),
	KUNIT_CASE(limit_of_nothing_permits_nothing),
	KUNIT_CASE(limits_of_more_than_can_be_counted_overflow_nothing),
	KUNIT_CASE(limit_below_what_is_used_refuses_until_it_is_given_back),
	KUNIT_CASE(small_charges_come_from_stock),
	KUNIT_CASE(large_charges_leave_the_stock_alone),
	KUNIT_CASE(stock_is_no_more_than_two_steps),
	KUNIT_CASE(stock_is_no_way_around_a_lowered_limit),
	KUNIT_CASE(limit_below_a_step_is_exact),
	KUNIT_CASE(stock_is_given_back_before_a_charge_is_refused),
	KUNIT_CASE(levels_have_their_own_stocks),
	KUNIT_CASE(exit_gives_the_stock_to_the_ancestors),
	KUNIT_CASE(limits_can_be_exceeded_on_purpose),
	KUNIT_CASE(threads_never_exceed_a_limit),
	KUNIT_CASE(threads_never_exceed_a_limit_with_stock),
	{}
};

static struct kunit_suite budget_suite = {
	.name = "gomap_budget",
	.init = gomap_kunit_count_turns,
	.exit = gomap_kunit_tell_turns,
	.test_cases = budget_cases,
};

kunit_test_suites(&budget_suite);
