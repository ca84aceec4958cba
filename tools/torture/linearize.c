// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks a history for linearizability [1], key by key: keys are objects of
 * their own, and a history of several objects is linearizable if that of each
 * one is (the theorem of locality in [1]).
 *
 * The search is Wing and Gong's [2] with Lowe's memory of what was tried [3],
 * "just in time": an operation takes effect at the latest possible moment, that
 * is when it ends, or when another ends that needs it to have taken effect. So
 * the history is gone through once, from begin to end, and with it a set of
 * configurations: a state that the key may be in, and those of the operations
 * under way that have taken effect. When an operation ends, each configuration
 * in which it hasn't yet taken effect gives rise to those where it has, after
 * any others that are under way. If none is left the history has no order.
 *
 * There are never more operations under way than threads, which bounds the set,
 * however long the history.
 *
 * [1] Herlihy, Wing: Linearizability: a correctness condition for concurrent
 *     objects. ACM TOPLAS 12(3), 1990.
 * [2] Wing, Gong: Testing and verifying concurrent objects. Journal of Parallel
 *     and Distributed Computing 17, 1993.
 * [3] Lowe: Testing for linearizability. Concurrency and Computation: Practice
 *     and Experience 29(4), 2017.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "linearize.h"

#define CONFIGURATIONS_MAX 1024

/* What a key may be like, and the threads whose operation has taken effect. */
struct configuration {
	u64 value;
	bool present;
	u8 done;
};

struct set {
	u32 nr;
	bool full;
	struct configuration member[CONFIGURATIONS_MAX];
};

struct event {
	const struct history_operation *operation;
	bool is_end;
};

struct linearizer {
	u64 mask;
	u32 overlaps;
	u32 nr_events;
	u32 nr_events_max;
	/* By thread: its operation on the key, while it is under way. */
	const struct history_operation *under_way[HISTORY_THREADS_MAX];
	/* The last that began. */
	const struct history_operation *latest;
	/* Before an end and after, and what was reached in between. */
	struct set *now;
	struct set *next;
	struct event events[];
};

struct linearizer *linearizer_alloc(u32 nr)
{
	struct linearizer *linearizer;

	linearizer = kvzalloc(struct_size(linearizer, events, 2 * nr),
			      GFP_KERNEL);
	if (!linearizer)
		return NULL;
	linearizer->nr_events_max = 2 * nr;
	linearizer->now = kvzalloc(sizeof(*linearizer->now), GFP_KERNEL);
	linearizer->next = kvzalloc(sizeof(*linearizer->next), GFP_KERNEL);
	if (linearizer->now && linearizer->next)
		return linearizer;
	linearizer_free(linearizer);
	return NULL;
}

void linearizer_free(struct linearizer *linearizer)
{
	if (!linearizer)
		return;
	kvfree(linearizer->next);
	kvfree(linearizer->now);
	kvfree(linearizer);
}

static int place_event(struct linearizer *linearizer, u32 moment,
		       const struct history_operation *operation, bool is_end)
{
	struct event *event = &linearizer->events[moment];

	if (moment >= linearizer->nr_events || event->operation)
		return -EINVAL;
	*event = (struct event){ operation, is_end };
	return 0;
}

/* A thread begins something, ends it, and only then begins another. */
static bool threads_take_turns(const struct linearizer *linearizer)
{
	const struct event *event;
	u8 busy = 0, bit;
	u32 i;

	for (i = 0; i < linearizer->nr_events; i++) {
		event = &linearizer->events[i];
		bit = BIT(event->operation->thread);
		if (event->is_end != !!(busy & bit))
			return false;
		busy ^= bit;
	}
	return true;
}

int linearizer_load(struct linearizer *linearizer,
		    const struct history_operation *operations, u32 nr,
		    u32 value_bits)
{
	u32 i;

	linearizer->mask = GENMASK_ULL(value_bits - 1, 0);
	linearizer->overlaps = 0;
	linearizer->nr_events = 2 * nr;
	if (linearizer->nr_events > linearizer->nr_events_max)
		return -EINVAL;
	memset(linearizer->events, 0,
	       linearizer->nr_events * sizeof(struct event));
	for (i = 0; i < nr; i++)
		if (operations[i].thread >= HISTORY_THREADS_MAX ||
		    place_event(linearizer, operations[i].begin,
				&operations[i], false) ||
		    place_event(linearizer, operations[i].end, &operations[i],
				true))
			return -EINVAL;
	return threads_take_turns(linearizer) ? 0 : -EINVAL;
}

u32 linearizer_overlaps(const struct linearizer *linearizer)
{
	return linearizer->overlaps;
}

static bool needs_memory(enum history_kind kind)
{
	return kind != HISTORY_LOOKUP && kind != HISTORY_DELETE &&
	       kind != HISTORY_TAKE && kind != HISTORY_DELETE_EQUAL;
}

/*
 * The sequential map, of one key: what an operation makes of the key, if what
 * it returned can be. Failing for lack of memory, it changes nothing; but what
 * needs none can't.
 */
static bool apply(const struct linearizer *linearizer,
		  const struct history_operation *operation,
		  struct configuration *key)
{
	u64 value = operation->value & linearizer->mask;
	bool present = key->present;
	bool same = key->value == operation->old;
	bool expected = key->value == (operation->expected & linearizer->mask);
	int ret = operation->ret;

	if (ret == -ENOMEM)
		return needs_memory(operation->kind);
	switch (operation->kind) {
	case HISTORY_LOOKUP:
		return present ? !ret && same : ret == -ENOENT;
	case HISTORY_INSERT:
		key->present = true;
		key->value = value;
		return !ret;
	case HISTORY_INSERT_NEW:
		if (present)
			return ret == -EEXIST;
		key->present = true;
		key->value = value;
		return !ret;
	case HISTORY_INSERT_EXISTING:
		if (!present)
			return ret == -ENOENT;
		key->value = value;
		return !ret;
	case HISTORY_DELETE:
		key->present = false;
		key->value = 0;
		return ret == (present ? 0 : -ENOENT);
	case HISTORY_TAKE:
		key->present = false;
		key->value = 0;
		return present ? !ret && same : ret == -ENOENT;
	case HISTORY_SWAP:
		if (!present)
			return ret == -ENOENT;
		key->value = value;
		return !ret && same;
	case HISTORY_EXCHANGE:
		if (!present)
			return ret == -ENOENT;
		if (!expected)
			return ret == -ECANCELED;
		key->value = value;
		return !ret;
	case HISTORY_DELETE_EQUAL:
		if (!present)
			return ret == -ENOENT;
		if (!expected)
			return ret == -ECANCELED;
		key->present = false;
		key->value = 0;
		return !ret;
	case HISTORY_FETCH_ADD:
		/* Of an absent key the value is 0, here as there. */
		key->present = true;
		key->value = (key->value + value) & linearizer->mask;
		return !ret && same;
	case HISTORY_LOOKUP_OR_INSERT:
		if (present)
			return ret == -EEXIST && same;
		key->present = true;
		key->value = value;
		return !ret;
	default:
		return false;
	}
}

static bool has(const struct set *set, const struct configuration *wanted)
{
	const struct configuration *member;
	u32 i;

	for (i = 0; i < set->nr; i++) {
		member = &set->member[i];
		if (member->value == wanted->value &&
		    member->present == wanted->present &&
		    member->done == wanted->done)
			return true;
	}
	return false;
}

static void add(struct set *set, const struct configuration *configuration)
{
	if (has(set, configuration))
		return;
	if (set->nr == CONFIGURATIONS_MAX)
		set->full = true;
	else
		set->member[set->nr++] = *configuration;
}

/*
 * @operation ends. What @now has where it took effect goes on to @next; from the
 * others follows more of @now, which the loop comes to later.
 */
static void end(struct linearizer *linearizer,
		const struct history_operation *operation)
{
	struct set *now = linearizer->now;
	struct configuration from, to;
	u32 i, thread;

	linearizer->next->nr = 0;
	for (i = 0; i < now->nr; i++) {
		from = now->member[i];
		if (from.done & BIT(operation->thread)) {
			from.done &= ~BIT(operation->thread);
			add(linearizer->next, &from);
			continue;
		}
		for (thread = 0; thread < HISTORY_THREADS_MAX; thread++) {
			if (!linearizer->under_way[thread] ||
			    from.done & BIT(thread))
				continue;
			to = from;
			to.done |= BIT(thread);
			if (apply(linearizer, linearizer->under_way[thread],
				  &to))
				add(now, &to);
		}
	}
	linearizer->under_way[operation->thread] = NULL;
	swap(linearizer->now, linearizer->next);
}

static void begin(struct linearizer *linearizer,
		  const struct history_operation *operation)
{
	const struct history_operation *latest = linearizer->latest;

	if (latest && linearizer->under_way[latest->thread] == latest)
		linearizer->overlaps++;
	linearizer->latest = operation;
	linearizer->under_way[operation->thread] = operation;
}

int linearize(struct linearizer *linearizer, u8 key,
	      const struct history_operation **culprit)
{
	const struct configuration absent = {};
	struct event *event;
	u32 i;

	memset(linearizer->under_way, 0, sizeof(linearizer->under_way));
	linearizer->latest = NULL;
	linearizer->now->nr = 0;
	linearizer->now->full = false;
	linearizer->next->full = false;
	add(linearizer->now, &absent);
	for (i = 0; i < linearizer->nr_events; i++) {
		event = &linearizer->events[i];
		if (event->operation->key != key)
			continue;
		if (!event->is_end) {
			begin(linearizer, event->operation);
			continue;
		}
		end(linearizer, event->operation);
		if (linearizer->now->full || linearizer->next->full)
			return -E2BIG;
		if (!linearizer->now->nr) {
			*culprit = event->operation;
			return -EILSEQ;
		}
	}
	return 0;
}
