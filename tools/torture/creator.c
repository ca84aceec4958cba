// SPDX-License-Identifier: GPL-2.0-only
/*
 * Creators: maps are made, filled, frozen or not, and destroyed in whatever they
 * are just doing.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include "operation.h"
#include "subject.h"

/*
 * A map of one creator, dressed up as a subject. Returns the end of what is there
 * then: without memory it is no further than that.
 */
static u32 fill(struct torture_worker *worker, struct torture_subject *subject,
		u32 first, u32 end)
{
	u32 id;

	for (id = first; id < end; id++)
		if (!torture_expect(worker, subject, id, "insert",
				    torture_insert(worker, subject, id, 1,
						   GOMAP_INSERT_NEW), 0))
			break;
	return id;
}

static void check_there(struct torture_worker *worker,
			struct torture_subject *subject, u32 first, u32 nr)
{
	size_t len;
	u32 id;
	int ret;

	for (id = first; id < nr; id++) {
		ret = torture_lookup(worker, subject, id, &len);
		torture_check(worker, CHECK_FOUND, !ret,
			      "%s, of a creator: key %u of %u: %d",
			      subject->kind->name, id, nr, ret);
		if (!ret)
			torture_value(worker, subject, id, worker->value, len,
				      1, 1);
	}
}

static void check_frozen(struct torture_worker *worker,
			 struct torture_subject *subject, u32 id)
{
	size_t len;
	int ret[6];
	u32 i;

	gomap_freeze(subject->map);
	ret[0] = torture_insert(worker, subject, id, 2, 0);
	ret[1] = torture_delete(worker, subject, id);
	ret[2] = torture_take(worker, subject, id, &len);
	ret[3] = gomap_clear(subject->map);
	ret[4] = gomap_reserve(subject->map, 1);
	ret[5] = torture_swap(worker, subject, id, 2, &len);
	/* It takes memory before it looks. */
	if (torture_no_memory(worker, ret[5]))
		ret[5] = -EPERM;
	for (i = 0; i < ARRAY_SIZE(ret); i++)
		torture_check(worker, CHECK_FROZEN, ret[i] == -EPERM,
			      "%s, of a creator: change %u of a frozen map: %d",
			      subject->kind->name, i, ret[i]);
}

static void use(struct torture_worker *worker, struct torture_subject *subject)
{
	u32 nr = torture_random(worker, 8 * torture_layout.per_owner), gone = 0;
	bool frozen = torture_random(worker, 2);

	nr = fill(worker, subject, 0, nr);
	if (torture_random(worker, 2)) {
		gone = torture_random(worker, nr + 1);
		for (u32 id = 0; id < gone; id++)
			torture_expect(worker, subject, id, "delete",
				       torture_delete(worker, subject, id), 0);
	}
	if (torture_random(worker, 4) == 0)
		gomap_shrink(subject->map);
	if (frozen)
		check_frozen(worker, subject, gone);
	check_there(worker, subject, gone, nr);
	/* And leave while it grows. */
	if (!frozen && torture_random(worker, 2))
		fill(worker, subject, nr, 2 * nr);
}

static void create(struct torture_worker *worker)
{
	static const struct torture_kind like = { .name = "a map" };
	const struct torture_kind *kind =
		torture_kind(torture_random(worker, torture_nr_kinds()));
	struct torture_subject subject = {
		.kind = &like,
		.params = kind->params,
	};

	if (torture_random(worker, 2))
		subject.params.reserve = torture_random(worker, 2000);
	subject.map = torture_create(worker, &subject.params);
	if (IS_ERR(subject.map)) {
		torture_check(worker, CHECK_RESULT,
			      torture_no_memory(worker, PTR_ERR(subject.map)),
			      "%s: creation: %ld", kind->name,
			      PTR_ERR(subject.map));
		return;
	}
	use(worker, &subject);
	gomap_destroy(subject.map);
	worker->counts[COUNT_MAPS]++;
}

const struct torture_role torture_creator = { "creator", create };
