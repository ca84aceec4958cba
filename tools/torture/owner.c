// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the owner of a key does to it. As nobody else changes it, each operation
 * has one result that is right, except where clears go through the map.
 */
#include "ledger.h"
#include "operation.h"
#include "owner.h"
#include "subject.h"

struct owned {
	struct torture_worker *worker;
	struct torture_subject *subject;
	u32 id;
	u32 version;
};

static void note(struct owned *owned, enum ledger_phase phase, u32 version)
{
	ledger_write(&owned->subject->ledger[owned->id], phase, version);
}

static bool expect(struct owned *owned, const char *what, int ret, int wanted)
{
	return torture_expect(owned->worker, owned->subject, owned->id, what,
			      ret, wanted);
}

/* What came out has to be the version that is there. */
static void check_old(struct owned *owned, size_t len)
{
	torture_value(owned->worker, owned->subject, owned->id,
		      owned->worker->value, len, owned->version,
		      owned->version);
}

static bool insert(struct owned *owned)
{
	struct torture_worker *worker = owned->worker;
	struct torture_subject *subject = owned->subject;
	u32 version = owned->version + 1;
	size_t len;
	int ret;

	if (!torture_take_place(subject))
		return false;
	note(owned, LEDGER_INSERTING, version);
	torture_comes(subject, owned->id);
	switch (torture_random(worker, 3)) {
	case 0:
		ret = torture_insert(worker, subject, owned->id, version,
				     GOMAP_INSERT_NEW);
		break;
	case 1:
		ret = torture_insert(worker, subject, owned->id, version, 0);
		break;
	default:
		ret = torture_lookup_or_insert(worker, subject, owned->id,
					       version, &len);
		break;
	}
	if (expect(owned, "insert", ret, 0)) {
		note(owned, LEDGER_PRESENT, version);
		torture_came(worker, subject);
	} else {
		note(owned, LEDGER_ABSENT, owned->version);
		torture_leave_place(subject);
	}
	return !ret;
}

/* Nothing but an insert gets anywhere with a key that is absent. */
static void try_absent(struct owned *owned)
{
	struct torture_worker *worker = owned->worker;
	struct torture_subject *subject = owned->subject;
	u32 id = owned->id;
	size_t len;
	int ret;

	switch (torture_random(worker, 7)) {
	case 0:
		ret = torture_insert(worker, subject, id, 0,
				     GOMAP_INSERT_EXISTING);
		break;
	case 1:
		ret = torture_delete(worker, subject, id);
		break;
	case 2:
		ret = torture_take(worker, subject, id, &len);
		break;
	case 3:
		ret = torture_swap(worker, subject, id, 0, &len);
		break;
	case 4:
		ret = torture_exchange(worker, subject, id, owned->version, 0);
		break;
	case 5:
		ret = torture_delete_equal(worker, subject, id, owned->version);
		break;
	default:
		ret = torture_lookup(worker, subject, id, &len);
		break;
	}
	expect(owned, "use of an absent key", ret, -ENOENT);
}

static bool delete(struct owned *owned)
{
	struct torture_worker *worker = owned->worker;
	struct torture_subject *subject = owned->subject;
	size_t len;
	int ret;

	note(owned, LEDGER_DELETING, owned->version);
	torture_may_go(subject);
	switch (torture_random(worker, 3)) {
	case 0:
		ret = torture_delete(worker, subject, owned->id);
		break;
	case 1:
		ret = torture_take(worker, subject, owned->id, &len);
		if (!ret)
			check_old(owned, len);
		break;
	default:
		ret = torture_delete_equal(worker, subject, owned->id,
					   owned->version);
		break;
	}
	if (expect(owned, "delete", ret, 0))
		torture_leave_place(subject);
	else
		torture_stayed(subject);
	note(owned, LEDGER_ABSENT, owned->version);
	return !ret;
}

static bool update(struct owned *owned)
{
	struct torture_worker *worker = owned->worker;
	struct torture_subject *subject = owned->subject;
	u32 version = owned->version + 1;
	size_t len;
	int ret;

	note(owned, LEDGER_UPDATING, version);
	switch (torture_random(worker, 4)) {
	case 0:
		ret = torture_insert(worker, subject, owned->id, version, 0);
		break;
	case 1:
		ret = torture_insert(worker, subject, owned->id, version,
				     GOMAP_INSERT_EXISTING);
		break;
	case 2:
		ret = torture_swap(worker, subject, owned->id, version, &len);
		if (!ret)
			check_old(owned, len);
		break;
	default:
		ret = torture_exchange(worker, subject, owned->id,
				       owned->version, version);
		break;
	}
	if (expect(owned, "update", ret, 0))
		note(owned, LEDGER_PRESENT, version);
	else if (ret == -ENOENT)
		note(owned, LEDGER_ABSENT, version);
	else
		note(owned, LEDGER_PRESENT, owned->version);
	return !ret;
}

/* What must not change a key that is there. */
static void try_present(struct owned *owned)
{
	struct torture_worker *worker = owned->worker;
	struct torture_subject *subject = owned->subject;
	u32 id = owned->id;
	size_t len;
	int ret;

	/* Once cleared, a key would be inserted by the last two. */
	switch (torture_random(worker, subject->kind->cleared ? 3 : 5)) {
	case 0:
		ret = torture_exchange(worker, subject, id, owned->version + 1,
				       owned->version + 2);
		expect(owned, "exchange of another value", ret, -ECANCELED);
		break;
	case 1:
		ret = torture_delete_equal(worker, subject, id,
					   owned->version + 1);
		expect(owned, "delete of another value", ret, -ECANCELED);
		break;
	case 2:
		ret = torture_lookup(worker, subject, id, &len);
		if (expect(owned, "lookup", ret, 0))
			check_old(owned, len);
		break;
	case 3:
		ret = torture_insert(worker, subject, id, owned->version + 1,
				     GOMAP_INSERT_NEW);
		expect(owned, "insert of a present key", ret, -EEXIST);
		break;
	default:
		ret = torture_lookup_or_insert(worker, subject, id,
					       owned->version + 1, &len);
		if (expect(owned, "lookup or insert", ret, -EEXIST))
			check_old(owned, len);
		break;
	}
}

bool torture_change_owned(struct torture_worker *worker,
			  struct torture_subject *subject, u32 id)
{
	u32 entry = subject->ledger[id], dice = torture_random(worker, 8);
	struct owned owned = {
		.worker = worker,
		.subject = subject,
		.id = id,
		.version = ledger_version(entry),
	};

	if (ledger_phase(entry) == LEDGER_ABSENT) {
		if (dice < 6)
			return insert(&owned);
		try_absent(&owned);
		return false;
	}
	if (dice < 2) {
		try_present(&owned);
		return false;
	}
	if (dice < 5 || torture_is_stable(subject, id))
		return update(&owned);
	return delete(&owned);
}
