// SPDX-License-Identifier: GPL-2.0-only
/*
 * An entry that an insert has put into its slot, but whose tag isn't set, isn't
 * there for anybody.
 *
 * The insert stands still between the two. A reader may have seen the tag of what
 * was there before, and come to the slot only now: if it took the entry, the next
 * lookup, which sees no tag, would miss what was found just before.
 *
 *   CPU 0: delete, insert               CPU 1: lookup, lookup
 *
 *                                       tag of version 1
 *   clear the tag, zero the bytes
 *   slot = version 2
 *                                       there is version 2: found  <- wrong
 *                                       no tag: not found
 *   set the tag
 *
 * The key is in the last slot of its bucket. All others have its tag, too, and
 * keys that only differ in their last bytes: reading takes most of its time
 * between tag and slot.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/gomap.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../module/core/entry.h"
#include "../module/core/slot.h"
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"
#include "threads.h"

#define KEY_WORDS 512
#define KEY_SIZE (8 * KEY_WORDS)
#define SLOT (GOMAP_SLOTS - 1)
/* Every third of them, or more, finds out a reader that errs. */
#define INSERTS_MIN 100

/* As a scan writes it: a key, of which the last word counts, and its version. */
struct record {
	u64 key[KEY_WORDS];
	u64 version;
};

struct race {
	struct gomap *map;
	struct gomap_bucket *head;
	bool (*find)(struct race *race, u64 *version);
	/* For the reader's use, and for the writer's. */
	struct record *records;
	u64 *writers_key;
	/*
	 * Each written by one thread and read by the other, under no lock, for
	 * they are not to wait for each other there. The last version whose
	 * delete has begun, written before it is; turns of the reader, which
	 * the writer waits for; and whether the writer is through.
	 */
	u64 deleted;
	u32 turns;
	bool stop;
	/* Versions found and then missed, though nobody had deleted them. */
	u32 vanished;
	atomic_t failed;
};

static void set_key(u64 *key, u64 number)
{
	memset(key, 0, KEY_SIZE);
	key[KEY_WORDS - 1] = number;
}

/* As gomap_entry_alloc() makes them. */
static struct gomap_entry *new_entry(u64 version)
{
	struct gomap_entry *entry;

	entry = kmalloc(gomap_entry_size(KEY_SIZE, sizeof(version)),
			GFP_KERNEL);
	if (!entry)
		return NULL;
	entry->key_len = KEY_SIZE;
	entry->value_len = sizeof(version);
	set_key((u64 *)entry->data, SLOT);
	memcpy(gomap_entry_value(entry), &version, sizeof(version));
	return entry;
}

/*
 * Of two turns that end, one has begun after this did. Not for ever: the reader's
 * CPU may have to wait for this one.
 */
static void wait_for_reader(struct race *race)
{
	unsigned long end = jiffies + HZ;
	u32 turns = READ_ONCE(race->turns);

	while (READ_ONCE(race->turns) - turns < 2 && time_before(jiffies, end))
		cpu_relax();
}

/*
 * The reader begins another turn, with the tag; while this looks for one of the
 * keys, it gets a part of the way to the slot.
 */
static void meet_reader(struct race *race, u64 number)
{
	wait_for_reader(race);
	set_key(race->writers_key, number);
	if (!gomap_contains(race->map, race->writers_key, KEY_SIZE))
		atomic_inc(&race->failed);
}

/* Delete the key, and insert it again, standing still in the middle. */
static void replace_slowly(struct race *race, u64 version)
{
	struct gomap_entry *new = new_entry(version), *old;
	struct gomap_bucket *head = race->head;
	struct gomap *map = race->map;
	void *slot = gomap_slot_at(map, head, SLOT);
	u8 tag;

	if (!new) {
		atomic_inc(&race->failed);
		return;
	}
	meet_reader(race, version % GOMAP_SLOTS);
	/* Before that tag is cleared, by a release: (B). */
	WRITE_ONCE(race->deleted, version - 1);
	gomap_lock(head, &map->dep_map);
	tag = gomap_get_tag(head->tophash, SLOT);
	old = gomap_entry_in(slot);
	gomap_retract_tag(head, head, SLOT);
	gomap_slot_zero(slot, map->slot_stride, map->word_size);

	gomap_fill_begin();
	rcu_assign_pointer(*gomap_entry_slot(slot), new);
	wait_for_reader(race);
	gomap_publish_tag(head, SLOT, tag);
	gomap_unlock(head, &map->dep_map);
	kvfree_rcu(old, rcu);
}

static void write(struct race *race)
{
	unsigned long end = jiffies + msecs_to_jiffies(gomap_kunit_ms);
	u64 version = 1;

	do {
		replace_slowly(race, ++version);
		gomap_kunit_give_way();
	} while (version < INSERTS_MIN || time_before(jiffies, end));
	WRITE_ONCE(race->stop, true);
}

static bool find_by_lookup(struct race *race, u64 *version)
{
	struct record *record = race->records;
	size_t len = sizeof(*version);

	set_key(record->key, SLOT);
	return !gomap_lookup(race->map, record->key, KEY_SIZE, version, &len);
}

static bool find_by_scan(struct race *race, u64 *version)
{
	struct gomap_scan scan = {
		.buffer = race->records,
		.size = GOMAP_SLOTS * sizeof(struct record),
	};
	u32 i;

	if (gomap_scan(race->map, &scan) || !scan.done)
		atomic_inc(&race->failed);
	for (i = 0; i < scan.count; i++) {
		*version = race->records[i].version;
		if (race->records[i].key[KEY_WORDS - 1] == SLOT)
			return true;
	}
	return false;
}

static void read(struct race *race)
{
	u64 version, other;

	while (!READ_ONCE(race->stop)) {
		/* A lookup that misses the key has an acquire, too: (G). */
		if (race->find(race, &version) &&
		    !find_by_lookup(race, &other) &&
		    READ_ONCE(race->deleted) < version)
			race->vanished++;
		WRITE_ONCE(race->turns, race->turns + 1);
		gomap_kunit_give_way();
	}
}

/* A CPU for each: the writer keeps the one that it is on. */
static void race_thread(void *context, u32 number)
{
	u32 cpu = number ? cpumask_last(cpu_online_mask) :
			   cpumask_first(cpu_online_mask);

	set_cpus_allowed_ptr(current, cpumask_of(cpu));
	if (number)
		read(context);
	else
		write(context);
}

static struct race *new_race(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	struct record *record;
	u64 number;

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->records = kunit_kcalloc(test, GOMAP_SLOTS, sizeof(*record),
				      GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, race->records);
	race->writers_key = kunit_kzalloc(test, KEY_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, race->writers_key);
	race->map = gomap_kunit_create_sized(test, KEY_SIZE, 8);
	race->map->test_hash = gomap_kunit_hash_constant;
	record = race->records;
	record->version = 1;
	for (number = 0; number < GOMAP_SLOTS; number++) {
		set_key(record->key, number);
		KUNIT_ASSERT_EQ(test, gomap_insert(race->map, record->key,
						   KEY_SIZE, &record->version,
						   8, 0, GFP_KERNEL), 0);
	}
	race->head = gomap_bucket_at(gomap_kunit_table(race->map), 0);
	return race;
}

static void expect_none_vanished(struct kunit *test,
				 bool (*find)(struct race *race, u64 *version))
{
	struct race *race;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	race = new_race(test);
	race->find = find;
	gomap_kunit_run_threads(test, 2, race_thread, race);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->failed), 0);
	KUNIT_EXPECT_EQ(test, race->vanished, 0);
	GOMAP_KUNIT_ASSERT_SOUND(test, race->map, GOMAP_SLOTS);
}

static void lookup_finds_no_key_that_the_next_misses(struct kunit *test)
{
	expect_none_vanished(test, find_by_lookup);
}

static void scan_delivers_no_key_that_a_lookup_misses(struct kunit *test)
{
	expect_none_vanished(test, find_by_scan);
}

static struct kunit_case publish_cases[] = {
	KUNIT_CASE(lookup_finds_no_key_that_the_next_misses),
	KUNIT_CASE(scan_delivers_no_key_that_a_lookup_misses),
	{}
};

static struct kunit_suite publish_suite = {
	.name = "gomap_publish",
	.init = gomap_kunit_count_turns,
	.exit = gomap_kunit_tell_turns,
	.test_cases = publish_cases,
};

kunit_test_suites(&publish_suite);
