// SPDX-License-Identifier: GPL-2.0-only
/*
 * rculfhash SIZE ROUND measures liburcu's hash map, in one thread, with the keys
 * and in the order that go_map.go has. Prints lines
 * "8,8,SIZE,rculfhash,ROUND,OPERATION,NANOSECONDS,OPERATIONS".
 *
 * It is used as its documentation has it: nodes from malloc(), those removed freed
 * by call_rcu(), automatic resizing. Of the flavours, QSBR: its readers do nothing.
 * The time is this thread's; liburcu's, which resize and free, have their own.
 */
#define _GNU_SOURCE
#include <err.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <urcu-qsbr.h>
#include <urcu/rculfhash.h>
#include "keys.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define OPERATIONS_MIN 20000

/* So many operations at a time; then others may have their grace period. */
#define CHUNK 1024

struct entry {
	struct cds_lfht_node node;
	uint64_t key;
	uint64_t value;
	struct rcu_head rcu;
};

static struct cds_lfht *map;
static uint64_t size, seed;

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void must(bool ok, const char *what)
{
	if (!ok)
		errx(1, "%s", what);
}

/* MurmurHash3's last steps: as good as any that takes no longer. */
static inline unsigned long hash(uint64_t key)
{
	key ^= seed;
	key = (key ^ (key >> 33)) * 0xff51afd7ed558ccd;
	key = (key ^ (key >> 33)) * 0xc4ceb9fe1a85ec53;
	return key ^ (key >> 33);
}

static inline struct entry *entry_of(struct cds_lfht_node *node)
{
	return node ? caa_container_of(node, struct entry, node) : NULL;
}

static int match(struct cds_lfht_node *node, const void *key)
{
	return entry_of(node)->key == *(const uint64_t *)key;
}

static struct entry *new_entry(uint64_t key, uint64_t value)
{
	struct entry *entry = malloc(sizeof(*entry));

	must(entry, "no memory");
	cds_lfht_node_init(&entry->node);
	entry->key = key;
	entry->value = value;
	return entry;
}

static void free_entry(struct rcu_head *rcu)
{
	free(caa_container_of(rcu, struct entry, rcu));
}

static inline struct entry *lookup(uint64_t key)
{
	struct cds_lfht_iter iter;

	cds_lfht_lookup(map, hash(key), match, &key, &iter);
	return entry_of(cds_lfht_iter_get_node(&iter));
}

/*
 * The operations, on one key; each is inlined in a loop of its own.
 */

static inline void insert(uint64_t key)
{
	struct entry *entry = new_entry(key, ~key);

	rcu_read_lock();
	must(cds_lfht_add_unique(map, hash(key), match, &key, &entry->node) ==
	     &entry->node, "a key is there before it is inserted");
	rcu_read_unlock();
}

static inline void hit(uint64_t key)
{
	struct entry *entry;

	rcu_read_lock();
	entry = lookup(key);
	must(entry && entry->value == ~key, "a key isn't found");
	rcu_read_unlock();
}

static inline void miss(uint64_t key)
{
	rcu_read_lock();
	must(!lookup(key), "an absent key is found");
	rcu_read_unlock();
}

static inline void update(uint64_t key)
{
	struct entry *entry = new_entry(key, key), *old;

	rcu_read_lock();
	old = entry_of(cds_lfht_add_replace(map, hash(key), match, &key,
					    &entry->node));
	must(old && old->value == ~key, "a key isn't there to be updated");
	call_rcu(&old->rcu, free_entry);
	rcu_read_unlock();
}

static inline void delete(uint64_t key)
{
	struct entry *entry;

	rcu_read_lock();
	entry = lookup(key);
	must(entry && entry->value == key && !cds_lfht_del(map, &entry->node),
	     "a key isn't there to be deleted");
	call_rcu(&entry->rcu, free_entry);
	rcu_read_unlock();
}

#define DEFINE_LOOP(operation)						\
static void operation##_all(const uint64_t *keys)			\
{									\
	uint64_t i;							\
									\
	for (i = 0; i < size; i++) {					\
		operation(keys[i]);					\
		if (i % CHUNK == CHUNK - 1)				\
			rcu_quiescent_state();				\
	}								\
}

DEFINE_LOOP(insert)
DEFINE_LOOP(hit)
DEFINE_LOOP(miss)
DEFINE_LOOP(update)
DEFINE_LOOP(delete)

static void scan_all(const uint64_t *keys)
{
	struct cds_lfht_iter iter;
	struct entry *entry;
	uint64_t entries = 0;

	(void)keys;
	rcu_read_lock();
	cds_lfht_for_each_entry(map, &iter, entry, node)
		entries += entry->value == ~entry->key;
	rcu_read_unlock();
	must(entries == size, "the scan isn't complete");
}

/* In the order of a life. */
static const struct operation {
	const char *name;
	void (*run)(const uint64_t *keys);
	int keys;
} operations[] = {
#define INSERTED 0
#define LOOKED_UP 1
#define ABSENT 2
	{ "insert", insert_all, INSERTED },
	{ "hit", hit_all, LOOKED_UP },
	{ "miss", miss_all, ABSENT },
	{ "scan", scan_all, INSERTED },
	{ "update", update_all, LOOKED_UP },
	{ "delete", delete_all, LOOKED_UP },
};

#define OPERATIONS ARRAY_SIZE(operations)

/*
 * What has been removed is freed by then. Nothing tells when the table has grown,
 * but that nobody is at work any more; on a busy machine, that takes some patience.
 */
static void settle(bool grown)
{
	uint64_t before;

	rcu_thread_offline();
	rcu_barrier();
	while (grown) {
		before = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		usleep(100000);
		grown = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before > 1000000;
	}
	rcu_thread_online();
}

/*
 * Whoever has the worker resize notes so after he has woken it up. If it was done by
 * then, the note stays, and the map never grows again (seen in liburcu 0.13). Woken
 * up by one who is in a batch, it doesn't run at once in his place.
 */
static void wake_up_later(void)
{
	const struct sched_param param = {};

	if (sched_setscheduler(0, SCHED_BATCH, &param))
		err(1, "SCHED_BATCH");
}

static void live(uint64_t *const keys[], uint64_t *took)
{
	uint64_t begin;
	size_t i;

	map = cds_lfht_new(1, 1, 0, CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING,
			   NULL);
	must(map, "no map");
	for (i = 0; i < OPERATIONS; i++) {
		begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		operations[i].run(keys[operations[i].keys]);
		took[i] += clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
		settle(operations[i].run == insert_all);
	}
	must(!cds_lfht_destroy(map, NULL), "something is left");
}

int main(int argc, char *argv[])
{
	uint64_t *keys[3], took[OPERATIONS] = {}, lives, i;

	size = argc == 3 ? strtoull(argv[1], NULL, 0) : 0;
	if (!size)
		errx(2, "usage: rculfhash SIZE ROUND");
	for (i = 0; i < 3; i++) {
		keys[i] = malloc(size * sizeof(*keys[i]));
		must(keys[i], "no memory");
	}
	for (i = 0; i < size; i++) {
		keys[INSERTED][i] = mix(i);
		keys[LOOKED_UP][i] = mix(i);
		keys[ABSENT][i] = mix(size + i);
	}
	shuffle(keys[LOOKED_UP], size);
	must(!getentropy(&seed, sizeof(seed)), "no seed");

	wake_up_later();
	rcu_register_thread();
	lives = (OPERATIONS_MIN + size - 1) / size;
	for (i = 0; i < lives; i++)
		live(keys, took);
	rcu_unregister_thread();
	for (i = 0; i < OPERATIONS; i++)
		printf("8,8,%lu,rculfhash,%s,%s,%lu,%lu\n", size, argv[2],
		       operations[i].name, took[i], lives * size);
	return 0;
}
