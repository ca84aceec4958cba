/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the torture module share: workers, what they check, what
 * they count.
 *
 * A round makes a number of maps, the subjects (subject.h), lets workers loose
 * on them, stops them, and audits what is left. A worker is a thread, or a timer
 * for softirq context.
 *
 * The random numbers of a worker follow from the seed, the round and the worker's
 * number; those that make the secrets of the maps, and so their layout, and the
 * keys in focus one after the other, are among them. How the workers meet does not
 * follow from the seed, nor in which of its steps a worker sees the focus move:
 * what a seed has found it need not find again.
 */
#ifndef _GOMAP_TORTURE_H
#define _GOMAP_TORTURE_H

#include <linux/gomap.h>
#include <linux/prandom.h>
#include <linux/timer.h>
#include <linux/types.h>

struct task_struct;
struct torture_history;
struct torture_round;
struct torture_subject;
struct torture_worker;

#define TORTURE_SUBJECTS_MAX 16
#define TORTURE_COUNTERS 8
#define TORTURE_BATCH 16

/* What is checked. report.c has the names. */
enum torture_check {
	/* A key that is there is found. */
	CHECK_FOUND,
	/* A key that isn't is not. */
	CHECK_ABSENT,
	/* Keys and values are whole, and values are their key's. */
	CHECK_WHOLE,
	/* A value is one that the key had during the call. */
	CHECK_CURRENT,
	/* Who has seen a change sees it from then on (monotonic reads). */
	CHECK_MONOTONIC,
	/* The result of an operation is one that it can have. */
	CHECK_RESULT,
	/* A scan delivers no key twice. */
	CHECK_ONCE,
	/* A scan delivers each key that is there throughout. */
	CHECK_ALL,
	/* What was there when a clear began is gone when it ends. */
	CHECK_CLEAR,
	/*
	 * There are no more entries than max_entries. That so many are to be
	 * had is checked by the results of inserts, and by the audit.
	 */
	CHECK_LIMIT,
	/* Nor are there more than keys. How many exactly, the audit checks. */
	CHECK_COUNT,
	/* Numbers have what was added to them. */
	CHECK_SUM,
	/* Frozen maps stay as they are. */
	CHECK_FROZEN,
	/* Concurrent operations on a key can be put in an order. */
	CHECK_ORDER,
	/* All that the audit checks: among the others it would hide idleness. */
	CHECK_AUDIT,
	TORTURE_CHECKS,
};

/* What is counted. */
enum torture_count {
	/* Calls, of all workers. */
	COUNT_LOOKUPS,
	COUNT_INSERTS,
	COUNT_DELETES,
	COUNT_UPDATES,
	/* Of one role each, only what it got done: if it is 0, the role did nothing. */
	COUNT_WRITES,
	COUNT_SOFTIRQ,
	COUNT_READS,
	COUNT_TIDES,
	COUNT_SCANS,
	COUNT_STARES,
	COUNT_RESIZES,
	COUNT_CLEARS,
	COUNT_MAPS,
	COUNT_HISTORIES,
	/* What may be 0. */
	COUNT_OVERLAPS,
	COUNT_NO_MEMORY,
	TORTURE_COUNTS,
};

/* Keys that writers use: subject.h says what they are. */
enum torture_range {
	RANGE_OWNED,
	RANGE_STABLE,
	RANGE_TOKENS,
	RANGE_LOOSE,
	RANGE_COUNTERS,
	TORTURE_RANGES,
};

/* What a worker did to the keys of a subject that all workers share. */
struct torture_account {
	/* Keys that came, less keys that went. */
	s64 keys;
	/* Sum of the tokens put in, less the sum of those taken out. */
	u64 tokens;
	/* Of each counter: what was added, and the number last seen. */
	u64 added[TORTURE_COUNTERS];
	u64 seen[TORTURE_COUNTERS];
};

/* A lookup: of what, what the ledger said before and after, what was found. */
struct torture_seen {
	struct torture_subject *subject;
	u32 id;
	u32 before;
	u32 after;
	int ret;
	/* The value, if it was asked for, and its version. */
	const void *value;
	size_t len;
	u32 version;
};

struct torture_role {
	const char *name;
	void (*run)(struct torture_worker *worker);
};

struct torture_worker {
	struct torture_round *round;
	const struct torture_role *role;
	/* Among all workers, among those of its role, among owners of keys. */
	u32 number;
	u32 role_number;
	u32 owner;
	/* A thread, or a timer. */
	struct task_struct *task;
	struct timer_list timer;
	gfp_t gfp;
	struct rnd_state random;
	/* Follow the focus for now. */
	bool focused;
	u64 checks[TORTURE_CHECKS];
	u64 counts[TORTURE_COUNTS];
	struct torture_account accounts[TORTURE_SUBJECTS_MAX];
	/* A key; a value that comes out of the map, and one that goes in. */
	void *key;
	void *value;
	void *other;
	/* Keys and values of a batch. */
	struct gomap_item items[TORTURE_BATCH];
	u32 ids[TORTURE_BATCH];
	u32 before[TORTURE_BATCH];
	/* The last lookup: see reader.c. */
	struct torture_seen last;
	/* A scan's: see scanner.c. */
	struct torture_scan *scan;
};

struct torture_round {
	u32 number;
	u64 seed;
	/*
	 * Set once, by who controls the round. Workers look at it between two
	 * operations; one that sees it late is waited for.
	 */
	bool stop;
	u32 nr_subjects;
	/*
	 * What most workers are to use now, by number; it changes from time to
	 * time. Workers that seldom meet would find little, and those that
	 * counted their own steps would seldom meet: some take a thousand in
	 * the time of one. Only who controls the round writes it, and under no
	 * lock: what is new in one part and old in another is as good.
	 */
	struct {
		u32 subject;
		u32 range;
		u32 key;
	} focus;
	struct torture_subject *subjects[TORTURE_SUBJECTS_MAX];
	u32 nr_workers;
	struct torture_worker *workers;
	struct torture_history *history;
};

extern const struct torture_role torture_reader;
extern const struct torture_role torture_writer;
extern const struct torture_role torture_softirq;
extern const struct torture_role torture_tide;
extern const struct torture_role torture_scanner;
extern const struct torture_role torture_resizer;
extern const struct torture_role torture_clearer;
extern const struct torture_role torture_creator;
extern const struct torture_role torture_recorder;

/* worker.c */
int torture_worker_init(struct torture_worker *worker);
void torture_worker_free(struct torture_worker *worker);
int torture_worker_start(struct torture_worker *worker);
void torture_worker_stop(struct torture_worker *worker);
bool torture_stopping(const struct torture_worker *worker);
void torture_give_way(struct torture_worker *worker);
u32 torture_random(struct torture_worker *worker, u32 below);
/*
 * A subject for some operations, and then a range of keys, and one of them: most
 * of the time those that the others use now, too.
 */
struct torture_subject *torture_pick(struct torture_worker *worker);
enum torture_range torture_pick_range(struct torture_worker *worker);
u32 torture_pick_key(struct torture_worker *worker, u32 below);

/* report.c */
extern const char *const torture_check_names[TORTURE_CHECKS];
void torture_report_start(u64 seed);
void torture_report_end(void);
__printf(2, 3) void torture_fail(enum torture_check what, const char *fmt, ...);
void torture_report_add(const struct torture_worker *worker);
void torture_report_round(void);
u64 torture_failures(void);
int torture_summary(char *buffer, size_t size, const char *state);

/* audit.c: the round is over, all is at rest */
void torture_audit(struct torture_worker *worker,
		   struct torture_subject *subject);

static inline bool torture_is_auditor(const struct torture_worker *worker)
{
	return !worker->role;
}

/*
 * Count a check, and report it if it isn't good; the value is @good. A check
 * that is never made says nothing: the numbers are in the summary.
 */
#define torture_check(worker, what, good, fmt, ...)			\
({									\
	enum torture_check what_ = torture_is_auditor(worker) ?		\
				   CHECK_AUDIT : (what);		\
	bool good_ = (good);						\
									\
	(worker)->checks[what_]++;					\
	if (unlikely(!good_))						\
		torture_fail(what_, fmt, ##__VA_ARGS__);		\
	good_;								\
})

#endif /* _GOMAP_TORTURE_H */
