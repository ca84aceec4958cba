// SPDX-License-Identifier: GPL-2.0-only
/*
 * The maps under torture. See subject.h.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include "item.h"
#include "ledger.h"
#include "operation.h"
#include "subject.h"

struct torture_layout torture_layout;

static const struct torture_kind kinds[] = {
	{ "words8", { .key_size = 8, .value_size = 8 } },
	{ "words4", { .key_size = 4, .value_size = 4 } },
	/* The most that a slot takes. */
	{ "slots", { .key_size = 8, .value_size = 120 } },
	/* Overwritten in their entries. */
	{ "named", {
		.flags = GOMAP_VAR_KEY, .key_size = TORTURE_KEY_MAX,
		.value_size = 8,
	} },
	{ "varying", {
		.flags = GOMAP_VAR_KEY | GOMAP_VAR_VALUE,
		.key_size = TORTURE_KEY_MAX, .value_size = 64,
	} },
	{ "large", { .key_size = 8, .value_size = TORTURE_VALUE_MAX } },
	{ "limited", { .key_size = 8, .value_size = 8 }, LIMIT_TIGHT },
	{ "exact", {
		.flags = GOMAP_VAR_VALUE, .key_size = 8, .value_size = 64,
	}, LIMIT_EXACT },
	{ "cleared", { .key_size = 8, .value_size = 8 }, .cleared = true },
	{ "cleared-varying", {
		.flags = GOMAP_VAR_KEY | GOMAP_VAR_VALUE,
		.key_size = TORTURE_KEY_MAX, .value_size = 64,
	}, .cleared = true },
};

static_assert(ARRAY_SIZE(kinds) <= TORTURE_SUBJECTS_MAX);

const struct torture_kind *torture_kind(u32 number)
{
	return &kinds[number];
}

u32 torture_nr_kinds(void)
{
	return ARRAY_SIZE(kinds);
}

void torture_layout_init(u32 keys, u32 writers, u32 owners, u32 tides)
{
	struct torture_layout *layout = &torture_layout;

	layout->writers = writers;
	layout->owners = owners;
	layout->tides = tides;
	layout->per_owner = keys;
	layout->per_tide = 16 * keys;
	layout->counters = keys;
	layout->recorded = layout->counters + TORTURE_COUNTERS;
	layout->tokens = layout->recorded + TORTURE_RECORDED;
	layout->loose = layout->tokens + keys / 2;
	layout->owned = layout->loose + keys / 2;
	layout->tide = layout->owned + owners * layout->per_owner;
	layout->absent = layout->tide + tides * layout->per_tide;
	layout->end = layout->absent + keys;
}

static u64 limit_of(const struct torture_kind *kind)
{
	const struct torture_layout *layout = &torture_layout;

	if (kind->limit == UNLIMITED)
		return 0;
	return layout->tokens + (layout->absent - layout->tokens) / 3;
}

static int populate(struct torture_worker *worker,
		    struct torture_subject *subject)
{
	u32 id;
	int ret;

	if (subject->kind->cleared)
		return 0;
	for (id = 0; id < torture_layout.counters; id++) {
		torture_take_place(subject);
		ret = torture_insert(worker, subject, id, 1, GOMAP_INSERT_NEW);
		if (ret)
			return ret;
		torture_came(worker, subject);
		ledger_write(&subject->ledger[id], LEDGER_PRESENT, 1);
	}
	if (!torture_has_counters(subject))
		return 0;
	for (; id < torture_layout.recorded; id++) {
		ret = torture_add(worker, subject, id, 0, NULL,
				  GOMAP_INSERT_NEW);
		if (ret)
			return ret;
		torture_came(worker, subject);
	}
	return 0;
}

struct torture_subject *torture_subject_create(struct torture_worker *worker,
					       u32 number)
{
	struct torture_subject *subject;
	int ret = -ENOMEM;

	subject = kzalloc(sizeof(*subject), GFP_KERNEL);
	if (!subject)
		return ERR_PTR(-ENOMEM);
	subject->number = number;
	subject->kind = &kinds[number];
	subject->params = subject->kind->params;
	subject->params.max_entries = limit_of(subject->kind);
	subject->ledger = kvcalloc(torture_layout.end, sizeof(u32), GFP_KERNEL);
	subject->clears_before = kvcalloc(torture_layout.end, sizeof(u32),
					  GFP_KERNEL);
	if (!subject->ledger || !subject->clears_before)
		goto err_free;
	subject->map = torture_create(worker, &subject->params);
	if (IS_ERR(subject->map)) {
		ret = PTR_ERR(subject->map);
		goto err_free;
	}
	atomic_long_set(&subject->places, subject->params.max_entries);
	ret = populate(worker, subject);
	if (!ret)
		return subject;
	gomap_destroy(subject->map);
err_free:
	kvfree(subject->clears_before);
	kvfree(subject->ledger);
	kfree(subject);
	return ERR_PTR(ret);
}

void torture_subject_destroy(struct torture_subject *subject)
{
	gomap_destroy(subject->map);
	kvfree(subject->clears_before);
	kvfree(subject->ledger);
	kfree(subject);
}

bool torture_take_place(struct torture_subject *subject)
{
	return subject->kind->limit != LIMIT_EXACT ||
	       atomic_long_dec_if_positive(&subject->places) >= 0;
}

void torture_leave_place(struct torture_subject *subject)
{
	/* After the delete, as it returns a value. */
	if (subject->kind->limit == LIMIT_EXACT)
		atomic_long_inc_return(&subject->places);
}

void torture_came(struct torture_worker *worker,
		  struct torture_subject *subject)
{
	u64 limit = subject->params.max_entries;
	long there;

	if (!limit)
		return;
	there = atomic_long_inc_return(&subject->surely_there);
	torture_check(worker, CHECK_LIMIT, there <= limit,
		      "%s: at least %ld entries, limit %llu",
		      subject->kind->name, there, limit);
}

void torture_may_go(struct torture_subject *subject)
{
	/* Before the delete: a full barrier, as it returns a value. */
	if (subject->params.max_entries)
		atomic_long_dec_return(&subject->surely_there);
}

void torture_stayed(struct torture_subject *subject)
{
	if (subject->params.max_entries)
		atomic_long_inc(&subject->surely_there);
}
