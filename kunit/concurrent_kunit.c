// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers and writers at once. On one CPU they take turns between operations,
 * which shows little; on two they race.
 *
 * Threads count what is wrong, by kind, and the test expects none of each. They
 * run for a number of operations, which the parameter rounds makes larger, or
 * until time is up as well.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/gomap.h>
#include <linux/jiffies.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>
#include "../module/core/evacuate.h"
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"
#include "threads.h"

#define WORDS_MAX 32

static u32 nr_writers(void)
{
	return clamp(2 * num_online_cpus(), 3, 8);
}

/*
 * Stable keys while the map grows and shrinks
 *
 * Keys 0 to STABLE - 1 are always in the map. A value is words which all depend
 * on the key, a version, and their place: whatever is put together from two
 * values is found out. Only one thread writes them, with rising versions.
 */
#define STABLE 16
#define TRANSIENT 8
#define FIRST_TRANSIENT 1000
#define FIRST_FILLED 10000
#define FIRST_ABSENT 1000000000

struct race_kind {
	const char *name;
	u32 words;
	gomap_kunit_hash_fn *hash;
	/* Keys that make the map grow, and by their going shrink. */
	u32 filled;
	/* The map's. */
	u32 flags;
};

struct race {
	const struct race_kind *kind;
	struct gomap *map;
	/* Set once, by the thread that fills; the others end when they see it. */
	bool stop;
	/*
	 * Of each stable key: versions whose insert has begun, and whose has
	 * returned. One thread writes them; readers, who race with it, look at
	 * them under no lock.
	 */
	u32 begun[STABLE];
	u32 done[STABLE];
	u32 transient;
	/* What went wrong. */
	atomic_t missed;
	atomic_t torn;
	atomic_t stale;
	atomic_t phantom;
	atomic_t refused;
	/* And what was tried, by readers. */
	atomic_t turns;
};

static u64 word_of(u64 key, u32 version, u32 place)
{
	return (key << 32 | version) * (2 * place + 1);
}

static int store(struct race *race, u64 key, u32 version, u32 flags)
{
	u64 words[WORDS_MAX];
	u32 i;

	for (i = 0; i < race->kind->words; i++)
		words[i] = word_of(key, version, i);
	return gomap_insert(race->map, &key, 8, words, 8 * race->kind->words,
			    flags, GFP_KERNEL);
}

/* 0 and the version, or an error. -EILSEQ is a value that was never stored. */
static int load(struct race *race, u64 key, u32 *version)
{
	u64 words[WORDS_MAX];
	size_t len = sizeof(words);
	int ret;
	u32 i;

	ret = gomap_lookup(race->map, &key, 8, words, &len);
	if (ret)
		return ret;
	if (len != 8 * race->kind->words || words[0] >> 32 != key)
		return -EILSEQ;
	*version = (u32)words[0];
	for (i = 0; i < race->kind->words; i++)
		if (words[i] != word_of(key, *version, i))
			return -EILSEQ;
	return 0;
}

/* The version must be one whose insert may have been the last one. */
static void read_stable(struct race *race, u64 key, u32 *last_seen)
{
	u32 low, version;
	int ret;

	/* Pairs with the release in overwrite(): the value is there. */
	low = smp_load_acquire(&race->done[key]);
	ret = load(race, key, &version);
	if (ret == -EILSEQ) {
		atomic_inc(&race->torn);
	} else if (ret) {
		atomic_inc(&race->missed);
	} else {
		/* The version, then how far the writer is; in overwrite(). */
		smp_rmb();
		if (version < low || version < *last_seen ||
		    version > READ_ONCE(race->begun[key]))
			atomic_inc(&race->stale);
		*last_seen = version;
	}
}

static void read(struct race *race, u32 number)
{
	u32 last_seen[STABLE] = {};
	struct rnd_state random;
	u32 key, version, turns;
	int ret;

	prandom_seed_state(&random, gomap_kunit_seed + number);
	for (turns = 0; !READ_ONCE(race->stop); turns++) {
		key = prandom_u32_state(&random);
		read_stable(race, key % STABLE, &last_seen[key % STABLE]);
		ret = load(race, FIRST_TRANSIENT + key % TRANSIENT, &version);
		if (ret && ret != -ENOENT)
			atomic_inc(&race->torn);
		if (load(race, FIRST_ABSENT + key % 1000, &version) != -ENOENT)
			atomic_inc(&race->phantom);
		gomap_kunit_give_way();
	}
	atomic_add(turns, &race->turns);
}

static void overwrite(struct race *race)
{
	struct rnd_state random;
	u32 key, version;

	prandom_seed_state(&random, gomap_kunit_seed);
	while (!READ_ONCE(race->stop)) {
		key = prandom_u32_state(&random) % STABLE;
		version = race->done[key] + 1;
		WRITE_ONCE(race->begun[key], version);
		/* That it has begun, then the value; in read_stable(). */
		smp_wmb();
		if (store(race, key, version, GOMAP_INSERT_EXISTING))
			atomic_inc(&race->refused);
		/* Pairs with the acquire in read_stable(). */
		smp_store_release(&race->done[key], version);
		gomap_kunit_give_way();
	}
}

/* Keys that come and go, so that slots change keys under readers. */
static void come_and_go(struct race *race)
{
	u32 present = 0, version = 0, n, found;
	struct rnd_state random;
	u64 key;
	int ret;

	prandom_seed_state(&random, ~gomap_kunit_seed);
	while (!READ_ONCE(race->stop)) {
		n = prandom_u32_state(&random) % TRANSIENT;
		key = FIRST_TRANSIENT + n;
		if (present & BIT(n))
			ret = gomap_delete(race->map, &key, 8);
		else
			ret = store(race, key, ++version, GOMAP_INSERT_NEW);
		present ^= BIT(n);
		if (ret)
			atomic_inc(&race->refused);
		ret = load(race, key, &found);
		if (present & BIT(n) ? ret || found != version : ret != -ENOENT)
			atomic_inc(&race->missed);
		gomap_kunit_give_way();
	}
	race->transient = hweight32(present);
}

/* The map grows as far as it does, and shrinks again. */
static void fill_and_empty(struct race *race)
{
	u32 i, version;
	u64 key;

	for (i = 0; i < race->kind->filled; i++) {
		if (store(race, FIRST_FILLED + i, i, GOMAP_INSERT_NEW))
			atomic_inc(&race->refused);
		if (load(race, FIRST_FILLED + i, &version) || version != i)
			atomic_inc(&race->missed);
		gomap_kunit_give_way();
	}
	for (i = 0; i < race->kind->filled; i++) {
		key = FIRST_FILLED + i;
		if (load(race, key, &version) || version != i)
			atomic_inc(&race->missed);
		if (gomap_delete(race->map, &key, 8))
			atomic_inc(&race->refused);
		if (load(race, key, &version) != -ENOENT)
			atomic_inc(&race->phantom);
		gomap_kunit_give_way();
	}
	WRITE_ONCE(race->stop, true);
}

static void race_thread(void *context, u32 number)
{
	if (number == 0)
		fill_and_empty(context);
	else if (number == 1)
		overwrite(context);
	else if (number == 2)
		come_and_go(context);
	else
		read(context, number);
}

static void race_once(struct kunit *test, struct race *race)
{
	const struct gomap_params params = {
		.flags = race->kind->flags,
		.key_size = 8,
		.value_size = 8 * race->kind->words,
	};
	u32 key;

	race->map = gomap_kunit_create(test, &params);
	race->map->test_hash = race->kind->hash;
	race->stop = false;
	for (key = 0; key < STABLE; key++) {
		race->begun[key] = 1;
		race->done[key] = 1;
		KUNIT_ASSERT_EQ(test, store(race, key, 1, 0), 0);
	}
	/* Two readers, at least. */
	gomap_kunit_run_threads(test, 3 + max(2, num_online_cpus()),
				race_thread, race);
	gomap_kunit_settle(race->map);
	GOMAP_KUNIT_ASSERT_SOUND(test, race->map, STABLE + race->transient);
	gomap_kunit_destroy(test, race->map);
}

/*
 * 15 words and a key are the most that a slot takes; 17 are an entry. With keys
 * of variable length a word is overwritten in its entry.
 */
static const struct race_kind race_kinds[] = {
	{ "values of 1 word", 1, NULL, 4000 },
	{ "values of 15 words", 15, NULL, 4000 },
	{ "values of 17 words", 17, NULL, 4000 },
	{ "values of 1 word, one chain", 1, gomap_kunit_hash_constant, 60 },
	{ "values of 15 words, one chain", 15, gomap_kunit_hash_constant, 60 },
	{ "values of 17 words, one chain", 17, gomap_kunit_hash_constant, 60 },
	{ "values of 1 word, in entries", 1, NULL, 4000, GOMAP_VAR_KEY },
};

static void race_name(const struct race_kind *kind, char *name)
{
	strscpy(name, kind->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(race, race_kinds, race_name);

static void stable_keys_are_found_while_maps_move(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	unsigned long end = jiffies + msecs_to_jiffies(gomap_kunit_ms);
	u32 maps = 0;

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->kind = test->param_value;
	do {
		race_once(test, race);
		maps++;
	} while (time_before(jiffies, end) ||
		 atomic_read(&race->turns) < gomap_kunit_rounds);
	kunit_info(test, "%u maps, %u turns of readers\n", maps,
		   atomic_read(&race->turns));

	KUNIT_EXPECT_EQ(test, atomic_read(&race->missed), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->torn), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->stale), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->phantom), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->refused), 0);
}

/*
 * Writers among each other
 */

struct contest {
	struct gomap *map;
	u32 threads;
	u32 keys;
	u32 tries;
	/* By key: how many threads won, and the one that did. */
	atomic_t *winners;
	u8 *winner;
	atomic_t won;
	atomic_t lost;
	atomic_t failures;
};

static struct contest *new_contest(struct kunit *test, u32 keys,
				   const struct gomap_params *params)
{
	struct contest *contest = kunit_kzalloc(test, sizeof(*contest),
						GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, contest);
	contest->map = gomap_kunit_create(test, params);
	contest->threads = nr_writers();
	contest->keys = keys;
	contest->winners = kunit_kcalloc(test, keys, sizeof(atomic_t),
					 GFP_KERNEL);
	contest->winner = kunit_kzalloc(test, keys, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, contest->winners);
	KUNIT_ASSERT_NOT_NULL(test, contest->winner);
	return contest;
}

/* All threads together take so many turns, and nothing goes wrong. */
static void run_contest(struct kunit *test, struct contest *contest,
			void (*function)(void *context, u32 number), u64 turns)
{
	u64 before = gomap_kunit_turns();

	gomap_kunit_run_threads(test, contest->threads, function, contest);
	gomap_kunit_settle(contest->map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_turns() - before, turns);
	KUNIT_EXPECT_EQ(test, atomic_read(&contest->failures), 0);
}

static const struct gomap_params words_params = {
	.key_size = 8, .value_size = 8,
};

static const struct gomap_params entries_params = {
	.key_size = 8, .value_size = 200,
};

/* Thread t has the keys t, t + threads, t + 2 threads, ... */
static void insert_own(void *context, u32 number)
{
	struct contest *contest = context;
	u64 key, value = 0;

	for (key = number; key < contest->keys; key += contest->threads) {
		if (gomap_kunit_put(contest->map, key, ~key, GOMAP_INSERT_NEW))
			atomic_inc(&contest->failures);
		if (gomap_kunit_get(contest->map, key, &value) ||
		    value != ~key)
			atomic_inc(&contest->failures);
		gomap_kunit_give_way();
	}
	for (key = number; key < contest->keys; key += contest->threads)
		if (gomap_kunit_get(contest->map, key, &value) ||
		    value != ~key)
			atomic_inc(&contest->failures);
}

static void delete_own(void *context, u32 number)
{
	struct contest *contest = context;
	u64 key, value;

	for (key = number; key < contest->keys; key += contest->threads) {
		if (gomap_kunit_del(contest->map, key) ||
		    gomap_kunit_get(contest->map, key, &value) != -ENOENT)
			atomic_inc(&contest->failures);
		gomap_kunit_give_way();
	}
}

static void own_keys_are_nobody_elses_business(struct kunit *test)
{
	const struct gomap_params *params[] = { &words_params, &entries_params };
	struct contest *contest;
	u32 i, turns;

	for (i = 0; i < ARRAY_SIZE(params); i++) {
		contest = new_contest(test, 20000, params[i]);
		for (turns = 0; turns < gomap_kunit_rounds;
		     turns += 20000 / contest->threads) {
			run_contest(test, contest, insert_own, 20000);
			GOMAP_KUNIT_ASSERT_SOUND(test, contest->map, 20000);
			/* 13312 < 20000 <= 26624 */
			KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(contest->map),
					4096);

			run_contest(test, contest, delete_own, 20000);
			GOMAP_KUNIT_ASSERT_SOUND(test, contest->map, 0);
		}
	}
}

/* All threads insert all keys, each beginning elsewhere. */
static void insert_first(void *context, u32 number)
{
	struct contest *contest = context;
	u64 key, value;
	u32 i;
	int ret;

	for (i = 0; i < contest->keys; i++) {
		key = (i + number * 7) % contest->keys;
		ret = gomap_kunit_put(contest->map, key, number,
				      GOMAP_INSERT_NEW);
		if (!ret) {
			atomic_inc(&contest->winners[key]);
			contest->winner[key] = number;
		} else if (ret != -EEXIST) {
			atomic_inc(&contest->failures);
		}
		/* Whoever won, it is there now, and nothing takes it away. */
		if (gomap_kunit_get(contest->map, key, &value) ||
		    (!ret && value != number))
			atomic_inc(&contest->failures);
		gomap_kunit_give_way();
	}
}

static void delete_first(void *context, u32 number)
{
	struct contest *contest = context;
	u64 key, value;
	u32 i;
	int ret;

	for (i = 0; i < contest->keys; i++) {
		key = (i + number * 7) % contest->keys;
		ret = gomap_kunit_del(contest->map, key);
		if (!ret)
			atomic_dec(&contest->winners[key]);
		else if (ret != -ENOENT)
			atomic_inc(&contest->failures);
		if (gomap_kunit_get(contest->map, key, &value) != -ENOENT)
			atomic_inc(&contest->failures);
		gomap_kunit_give_way();
	}
}

static u32 keys_not_won(const struct contest *contest, int times)
{
	u32 key, nr = 0;

	for (key = 0; key < contest->keys; key++)
		nr += atomic_read(&contest->winners[key]) != times;
	return nr;
}

static void let_one_win(struct kunit *test, struct contest *contest)
{
	u64 key, value;

	run_contest(test, contest, insert_first, contest->threads * 2000);
	KUNIT_EXPECT_EQ(test, keys_not_won(contest, 1), 0);
	GOMAP_KUNIT_ASSERT_SOUND(test, contest->map, 2000);
	for (key = 0; key < 2000; key++) {
		KUNIT_ASSERT_EQ(test, gomap_kunit_get(contest->map, key,
						      &value), 0);
		KUNIT_ASSERT_EQ(test, value, contest->winner[key]);
	}

	run_contest(test, contest, delete_first, contest->threads * 2000);
	KUNIT_EXPECT_EQ(test, keys_not_won(contest, 0), 0);
	GOMAP_KUNIT_ASSERT_SOUND(test, contest->map, 0);
}

static void one_insert_of_a_new_key_wins(struct kunit *test)
{
	const struct gomap_params *params[] = { &words_params, &entries_params };
	struct contest *contest;
	u32 i, turns;

	for (i = 0; i < ARRAY_SIZE(params); i++) {
		contest = new_contest(test, 2000, params[i]);
		for (turns = 0; turns < gomap_kunit_rounds; turns += 2000)
			let_one_win(test, contest);
	}
}

/* All threads do anything with a few keys in one chain; then it is counted. */
static void do_anything(void *context, u32 number)
{
	struct contest *contest = context;
	struct rnd_state random;
	u64 key, value;
	u32 i, dice;

	prandom_seed_state(&random, gomap_kunit_seed + number);
	for (i = 0; i < contest->tries; i++) {
		dice = prandom_u32_state(&random);
		key = dice % contest->keys;
		if (dice >> 30 == 0)
			gomap_kunit_del(contest->map, key);
		else if (dice >> 30 == 1)
			gomap_kunit_put(contest->map, key, key, 0);
		else if (dice >> 30 == 2)
			gomap_kunit_put(contest->map, key, key,
					GOMAP_INSERT_EXISTING);
		else if (gomap_kunit_get(contest->map, key, &value) == 0 &&
			 value != key)
			atomic_inc(&contest->failures);
		gomap_kunit_give_way();
	}
}

static u32 keys_there(const struct contest *contest)
{
	u32 nr = 0;
	u64 key;

	for (key = 0; key < contest->keys; key++)
		nr += gomap_contains(contest->map, &key, 8);
	return nr;
}

static void crowded_chain_stays_sound(struct kunit *test)
{
	const struct gomap_params *params[] = { &words_params, &entries_params };
	struct contest *contest;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(params); i++) {
		contest = new_contest(test, 20, params[i]);
		contest->map->test_hash = gomap_kunit_hash_constant;
		contest->tries = 4 * gomap_kunit_rounds;
		run_contest(test, contest, do_anything,
			    contest->threads * contest->tries);
		GOMAP_KUNIT_ASSERT_SOUND(test, contest->map,
					 keys_there(contest));
	}
}

/* Keys are each thread's own, the limit is everyone's. */
static void insert_till_full(void *context, u32 number)
{
	struct contest *contest = context;
	u64 key;
	int ret;

	for (key = number; key < contest->keys; key += contest->threads) {
		ret = gomap_kunit_put(contest->map, key, key, 0);
		if (!ret)
			atomic_inc(&contest->won);
		else if (ret == -ENOSPC)
			atomic_inc(&contest->lost);
		else
			atomic_inc(&contest->failures);
		gomap_kunit_give_way();
	}
}

/* In and out, one entry below the limit for each thread: always room. */
static void keep_one(void *context, u32 number)
{
	struct contest *contest = context;
	u64 key = FIRST_ABSENT + number;
	u32 i;

	for (i = 0; i < contest->tries; i++) {
		if (gomap_kunit_put(contest->map, key, key, GOMAP_INSERT_NEW) ||
		    gomap_kunit_del(contest->map, key))
			atomic_inc(&contest->failures);
		gomap_kunit_give_way();
	}
}

static void limit_is_exact_among_threads(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8, .max_entries = 1000,
	};
	struct contest *contest = new_contest(test, 3000, &params);
	u64 key;

	run_contest(test, contest, insert_till_full, 3000);
	KUNIT_EXPECT_EQ(test, atomic_read(&contest->won), 1000);
	KUNIT_EXPECT_EQ(test, atomic_read(&contest->lost), 2000);
	KUNIT_EXPECT_EQ(test, keys_there(contest), 1000);
	GOMAP_KUNIT_ASSERT_SOUND(test, contest->map, 1000);

	/* Room for one entry per thread: none is ever refused. */
	for (key = 0; gomap_len(contest->map) > 1000 - contest->threads; key++)
		gomap_kunit_del(contest->map, key);
	contest->tries = gomap_kunit_rounds;
	run_contest(test, contest, keep_one, contest->threads * contest->tries);
	GOMAP_KUNIT_ASSERT_SOUND(test, contest->map, 1000 - contest->threads);
}

/*
 * Readers and a writer that doesn't get on
 */

struct standstill {
	struct gomap *map;
	struct gomap_bucket *head;
	/*
	 * How far the writer is, and that the reader asks: each is set once, by
	 * the one, and seen by the other without a lock, for it must not wait.
	 */
	bool begun;
	bool ended;
	bool asked;
	/* Of the reader. */
	int ret;
	u64 value;
	bool too_early;
};

static void overwrite_slowly(struct standstill *standstill)
{
	struct gomap_bucket *head = standstill->head;
	struct gomap *map = standstill->map;
	u64 *value = gomap_slot_at(map, head, 0) + map->value_offset;
	u32 i;

	gomap_lock(head, &map->dep_map);
	gomap_overwrite_begin(head);
	/* A word of a slot, which readers may read: see slot.h. */
	WRITE_ONCE(*value, 0xbad);
	/* Pairs with read_meanwhile(): the sequence is odd. */
	smp_store_release(&standstill->begun, true);
	while (!READ_ONCE(standstill->asked))
		cpu_relax();
	/* Longer than a reader tries. */
	for (i = 0; i < 100000; i++)
		cpu_relax();
	WRITE_ONCE(*value, 2);
	/* Not after the end, which is a release: who believes the value sees it. */
	WRITE_ONCE(standstill->ended, true);
	gomap_overwrite_end(head);
	gomap_unlock(head, &map->dep_map);
}

static void read_meanwhile(struct standstill *standstill)
{
	/* Pairs with overwrite_slowly(). */
	while (!smp_load_acquire(&standstill->begun))
		cpu_relax();
	WRITE_ONCE(standstill->asked, true);
	standstill->ret = gomap_kunit_get(standstill->map, 1,
					  &standstill->value);
	standstill->too_early = !READ_ONCE(standstill->ended);
}

static void standstill_thread(void *context, u32 number)
{
	if (number)
		read_meanwhile(context);
	else
		overwrite_slowly(context);
}

/*
 * The value is half written for longer than a reader tries: it waits for the
 * lock, and has the whole one.
 */
static void reader_waits_for_a_value_to_be_whole(struct kunit *test)
{
	struct standstill *standstill;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	standstill = kunit_kzalloc(test, sizeof(*standstill), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, standstill);
	standstill->map = gomap_kunit_create_sized(test, 8, 8);
	KUNIT_ASSERT_EQ(test, gomap_kunit_put(standstill->map, 1, 1, 0), 0);
	standstill->head =
		gomap_bucket_at(gomap_kunit_table(standstill->map), 0);
	gomap_kunit_run_threads(test, 2, standstill_thread, standstill);
	KUNIT_EXPECT_EQ(test, standstill->ret, 0);
	KUNIT_EXPECT_EQ(test, standstill->value, 2);
	KUNIT_EXPECT_FALSE(test, standstill->too_early);
	GOMAP_KUNIT_ASSERT_SOUND(test, standstill->map, 1);
}

/*
 * An evacuation and a writer in the chain that it fills
 */

struct encounter {
	struct gomap *map;
	/* The chain that moves, and where it goes. */
	u32 chain;
	struct gomap_bucket *shared;
	/* Each is set once, by one thread, and awaited by the other. */
	bool held;
	bool begun;
	/* What they saw. */
	bool too_early;
	int ret;
};

static void hold_chain(struct encounter *encounter)
{
	struct gomap_bucket *shared = encounter->shared;
	struct gomap *map = encounter->map;
	u32 i;

	gomap_lock(shared, &map->dep_map);
	/* Pairs with evacuate_meanwhile(): the lock is ours. */
	smp_store_release(&encounter->held, true);
	while (!READ_ONCE(encounter->begun))
		cpu_relax();
	/* Longer than an evacuation takes; without lock if it has a bug. */
	for (i = 0; i < 100000 && !encounter->too_early; i++) {
		encounter->too_early = READ_ONCE(shared->tophash);
		cpu_relax();
	}
	gomap_unlock(shared, &map->dep_map);
}

static void evacuate_meanwhile(struct encounter *encounter)
{
	/* Pairs with hold_chain(). */
	while (!smp_load_acquire(&encounter->held))
		cpu_relax();
	WRITE_ONCE(encounter->begun, true);
	encounter->ret =
		gomap_evacuate_now(encounter->map,
				   gomap_kunit_table(encounter->map),
				   encounter->chain, GFP_KERNEL);
}

static void encounter_thread(void *context, u32 number)
{
	if (number)
		evacuate_meanwhile(context);
	else
		hold_chain(context);
}

/*
 * 16 heads   0  1  ...  [h]  ...  15     four entries, all in chain h
 *                        |
 *  8 heads   0  ...  [h mod 8]  ...  7   where a writer is
 */
static void evacuation_waits_for_writers_where_it_goes(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8, .reserve = gomap_grow_above(4),
	};
	struct encounter *encounter;
	struct gomap_table *next;
	u64 key, used;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	encounter = kunit_kzalloc(test, sizeof(*encounter), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, encounter);
	encounter->map = gomap_kunit_create(test, &params);
	gomap_kunit_hold_worker(encounter->map);
	encounter->map->test_hash = gomap_kunit_hash_constant;
	for (key = 0; key < 4; key++)
		KUNIT_ASSERT_EQ(test,
				gomap_kunit_put(encounter->map, key, key, 0),
				0);
	encounter->chain = gomap_kunit_hash_constant(NULL, 0) &
			   gomap_kunit_table(encounter->map)->mask;
	next = gomap_kunit_attach(test, encounter->map, 3);
	KUNIT_ASSERT_EQ(test, gomap_table_populate(next, GFP_KERNEL), 0);
	encounter->shared = gomap_bucket_at(next, encounter->chain & next->mask);

	gomap_kunit_run_threads(test, 2, encounter_thread, encounter);

	KUNIT_EXPECT_FALSE(test, encounter->too_early);
	KUNIT_EXPECT_EQ(test, encounter->ret, 0);
	/* It has waited, and then gone on. */
	used = gomap_match_used(encounter->shared->tophash);
	KUNIT_EXPECT_EQ(test, hweight64(used), 4);
	gomap_kunit_end_move(test, encounter->map);
	GOMAP_KUNIT_ASSERT_SOUND(test, encounter->map, 4);
}

/*
 * A writer that waits for a chain while that moves
 */

struct pursuit {
	struct gomap *map;
	/* Where the writer's key belongs before, and the table where after. */
	struct gomap_bucket *head;
	struct gomap_table *next;
	/* Each is set once, by one thread, and awaited by the other. */
	bool held;
	bool begun;
	/* The writer's. */
	int ret;
};

/* The chain is empty: all there is to moving it is the mark. */
static void move_held_chain(struct pursuit *pursuit)
{
	struct gomap *map = pursuit->map;
	struct gomap_table *table = gomap_kunit_table(map);
	u32 i;

	gomap_lock(pursuit->head, &map->dep_map);
	/* Pairs with insert_into_held_chain(): the lock is ours. */
	smp_store_release(&pursuit->held, true);
	while (!READ_ONCE(pursuit->begun))
		cpu_relax();
	/* Longer than the writer takes to come to the lock. */
	for (i = 0; i < 100000; i++)
		cpu_relax();
	/* Under no grow_lock: no other thread attaches one. */
	rcu_assign_pointer(table->next, pursuit->next);
	gomap_mark_evacuated(pursuit->head);
	atomic_dec(&table->left);
	gomap_unlock(pursuit->head, &map->dep_map);
}

static void insert_into_held_chain(struct pursuit *pursuit)
{
	/* Pairs with move_held_chain(). */
	while (!smp_load_acquire(&pursuit->held))
		cpu_relax();
	WRITE_ONCE(pursuit->begun, true);
	pursuit->ret = gomap_kunit_put(pursuit->map, 1, 2, 0);
}

static void pursuit_thread(void *context, u32 number)
{
	if (number)
		insert_into_held_chain(context);
	else
		move_held_chain(context);
}

/*
 * 4 heads   0  ...  [h]  ...  3      when the writer comes there is no other table
 *                    |
 * 8 heads   0  ...  [.]  ...  7      when it has the lock its chain is here
 */
static void pursue(struct kunit *test, struct pursuit *pursuit)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8, .reserve = gomap_grow_above(2),
	};
	struct gomap_table *table;
	u64 value = 0;

	*pursuit = (struct pursuit){ .map = gomap_kunit_create(test, &params) };
	gomap_kunit_hold_worker(pursuit->map);
	pursuit->map->test_hash = gomap_kunit_hash_constant;
	table = gomap_kunit_table(pursuit->map);
	pursuit->head = gomap_head_of(table, gomap_kunit_hash_constant(NULL, 0));
	pursuit->next = gomap_table_alloc(pursuit->map, 3,
					  gomap_buckets_to_move(table),
					  false, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pursuit->next);
	KUNIT_ASSERT_EQ(test, gomap_table_populate(pursuit->next, GFP_KERNEL),
			0);

	gomap_kunit_run_threads(test, 2, pursuit_thread, pursuit);

	KUNIT_EXPECT_EQ(test, pursuit->ret, 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_get(pursuit->map, 1, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 2);
	gomap_kunit_end_move(test, pursuit->map);
	GOMAP_KUNIT_ASSERT_SOUND(test, pursuit->map, 1);
	gomap_kunit_destroy(test, pursuit->map);
}

static void writer_follows_a_chain_that_it_waited_for(struct kunit *test)
{
	struct pursuit *pursuit;
	u32 round;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	pursuit = kunit_kzalloc(test, sizeof(*pursuit), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pursuit);
	for (round = 0; round < 10; round++)
		pursue(test, pursuit);
}

/*
 * Softirqs and tasks in one chain: a task that is interrupted while it holds a
 * lock, by a softirq that wants it, would never go on.
 */
struct interruption {
	struct timer_list timer;
	struct contest *contest;
	/* Written by the timer only; threads go on until there are enough. */
	u32 ticks;
	u32 ticks_wanted;
};

static void interrupt(struct timer_list *timer)
{
	struct interruption *interruption =
		container_of(timer, struct interruption, timer);
	struct gomap *map = interruption->contest->map;
	u64 key, value = 0;

	for (key = 0; key < 20; key++) {
		gomap_insert(map, &key, 8, &key, 8, 0, GFP_ATOMIC);
		if (!gomap_kunit_get(map, key, &value) && value != key)
			atomic_inc(&interruption->contest->failures);
		if (key & 1)
			gomap_kunit_del(map, key);
	}
	WRITE_ONCE(interruption->ticks, interruption->ticks + 1);
	mod_timer(timer, jiffies + 1);
}

static void do_anything_until_interrupted(void *context, u32 number)
{
	struct interruption *interruption = context;

	while (READ_ONCE(interruption->ticks) < interruption->ticks_wanted)
		do_anything(interruption->contest, number);
}

static void softirqs_share_chains_with_tasks(struct kunit *test)
{
	struct interruption *interruption =
		kunit_kzalloc(test, sizeof(*interruption), GFP_KERNEL);
	struct contest *contest = new_contest(test, 20, &words_params);

	KUNIT_ASSERT_NOT_NULL(test, interruption);
	contest->map->test_hash = gomap_kunit_hash_constant;
	contest->tries = 1000;
	interruption->contest = contest;
	interruption->ticks_wanted = max(10U, gomap_kunit_rounds / 1000);
	timer_setup(&interruption->timer, interrupt, 0);
	mod_timer(&interruption->timer, jiffies + 1);
	gomap_kunit_run_threads(test, contest->threads,
				do_anything_until_interrupted, interruption);
	timer_delete_sync(&interruption->timer);
	gomap_kunit_settle(contest->map);
	KUNIT_EXPECT_EQ(test, atomic_read(&contest->failures), 0);
	GOMAP_KUNIT_ASSERT_SOUND(test, contest->map, keys_there(contest));
}

/*
 * A reserve while inserts grow the map
 */
#define RESERVED 500000
#define INSERTED 104

struct rush {
	struct gomap *map;
	/* Set once, by who is about to reserve: the other begins to insert. */
	bool reserving;
	int ret;
	u64 buckets;
	/* Between two inserts, in microseconds. */
	u32 delay;
	atomic_t failures;
};

static void insert_meanwhile(struct rush *rush)
{
	u64 key;

	while (!READ_ONCE(rush->reserving))
		gomap_kunit_give_way();
	for (key = 0; key < INSERTED; key++) {
		if (gomap_kunit_put(rush->map, key, key, GOMAP_INSERT_NEW))
			atomic_inc(&rush->failures);
		udelay(rush->delay);
		gomap_kunit_give_way();
	}
}

static void rush_thread(void *context, u32 number)
{
	struct rush *rush = context;

	if (number) {
		insert_meanwhile(rush);
		return;
	}
	WRITE_ONCE(rush->reserving, true);
	rush->ret = gomap_reserve(rush->map, RESERVED);
	rush->buckets = gomap_kunit_buckets(rush->map);
}

/*
 * Inserts attach tables, and move chains, while the reserve does so. It may find
 * that the next table is there, or that the one that it has made comes late. That
 * is no reason to refuse the reserve, nor to come back before its end.
 */
static void reserve_is_kept_while_inserts_grow_the_map(struct kunit *test)
{
	struct rush *rush = kunit_kzalloc(test, sizeof(*rush), GFP_KERNEL);
	unsigned long end = jiffies + 120 * HZ;
	u32 round;

	KUNIT_ASSERT_NOT_NULL(test, rush);
	/* Few, as it is a large table that emulators walk through. */
	for (round = 0; round < 20; round++) {
		/* KUnit gives a test five minutes. */
		if (round >= 3 && time_after(jiffies, end)) {
			kunit_info(test, "%u rounds\n", round);
			break;
		}
		rush->map = gomap_kunit_create_sized(test, 8, 8);
		rush->reserving = false;
		/* From 0 to 38, all of that in the first few. */
		rush->delay = 2 * (round * 7 % 20);
		/* A table that isn't the first one. */
		gomap_kunit_put(rush->map, INSERTED, 0, 0);
		gomap_kunit_run_threads(test, 2, rush_thread, rush);
		KUNIT_ASSERT_EQ(test, rush->ret, 0);
		KUNIT_ASSERT_GE(test, rush->buckets,
				1ULL << gomap_log2_for(RESERVED));
		KUNIT_ASSERT_EQ(test, atomic_read(&rush->failures), 0);
		gomap_kunit_settle(rush->map);
		GOMAP_KUNIT_ASSERT_SOUND(test, rush->map, INSERTED + 1);
		gomap_kunit_destroy(test, rush->map);
	}
}

static struct kunit_case concurrent_cases[] = {
	KUNIT_CASE_PARAM(stable_keys_are_found_while_maps_move,
			 race_gen_params),
	KUNIT_CASE(own_keys_are_nobody_elses_business),
	KUNIT_CASE(one_insert_of_a_new_key_wins),
	KUNIT_CASE(crowded_chain_stays_sound),
	KUNIT_CASE(limit_is_exact_among_threads),
	KUNIT_CASE(reader_waits_for_a_value_to_be_whole),
	KUNIT_CASE(evacuation_waits_for_writers_where_it_goes),
	KUNIT_CASE(writer_follows_a_chain_that_it_waited_for),
	KUNIT_CASE(softirqs_share_chains_with_tasks),
	KUNIT_CASE(reserve_is_kept_while_inserts_grow_the_map),
	{}
};

static struct kunit_suite concurrent_suite = {
	.name = "gomap_concurrent",
	.init = gomap_kunit_count_turns,
	.exit = gomap_kunit_tell_turns,
	.test_cases = concurrent_cases,
};

kunit_test_suites(&concurrent_suite);
