// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of keys that all workers change.
 *
 * Nobody knows what such a key has. But each worker keeps an account of what it
 * put in and what it took out, and the sum of all accounts is what has to be
 * there in the end. Of tokens that is a sum of hashes of the values: a value that
 * two workers got, or that was lost, would change it.
 */
#include "item.h"
#include "operation.h"
#include "shared.h"
#include "subject.h"

u64 torture_token(const struct gomap_params *params, u32 id, u32 version)
{
	version &= torture_version_mask(params);
	return torture_mix(~((u64)id << 32 | version));
}

struct token {
	struct torture_worker *worker;
	struct torture_subject *subject;
	struct torture_account *account;
	u32 id;
	/* That goes in, if any does. */
	u32 version;
};

static u64 hash(struct token *token, u32 version)
{
	return torture_token(&token->subject->params, token->id, version);
}

static void put_in(struct token *token, u32 version)
{
	token->account->tokens += hash(token, version);
}

static void took_out(struct token *token, u32 version)
{
	token->account->tokens -= hash(token, version);
}

static bool old_version(struct token *token, size_t len, u32 *version)
{
	return torture_version(token->worker, token->subject, token->id,
			       token->worker->value, len, version);
}

static void check_result(struct token *token, const char *what, int ret,
			 int either, int or)
{
	torture_check(token->worker, CHECK_RESULT,
		      ret == either || ret == or ||
		      torture_may_refuse(token->worker, token->subject, ret),
		      "%s: %s of token %u: %d", token->subject->kind->name,
		      what, token->id, ret);
}

static bool insert_token(struct token *token)
{
	struct torture_worker *worker = token->worker;
	size_t len;
	u32 seen;
	int ret;

	if (!torture_take_place(token->subject))
		return false;
	if (torture_random(worker, 2)) {
		ret = torture_insert(worker, token->subject, token->id,
				     token->version, GOMAP_INSERT_NEW);
	} else {
		ret = torture_lookup_or_insert(worker, token->subject,
					       token->id, token->version, &len);
		if (ret == -EEXIST)
			old_version(token, len, &seen);
	}
	check_result(token, "insert", ret, 0, -EEXIST);
	if (ret) {
		torture_leave_place(token->subject);
		return false;
	}
	torture_came(worker, token->subject);
	token->account->keys++;
	put_in(token, token->version);
	return true;
}

static bool take_token(struct token *token)
{
	struct torture_worker *worker = token->worker;
	size_t len;
	u32 seen;
	int ret;

	torture_may_go(token->subject);
	ret = torture_take(worker, token->subject, token->id, &len);
	check_result(token, "take", ret, 0, -ENOENT);
	if (ret) {
		torture_stayed(token->subject);
		return false;
	}
	torture_leave_place(token->subject);
	token->account->keys--;
	if (old_version(token, len, &seen))
		took_out(token, seen);
	return true;
}

static bool swap_token(struct token *token)
{
	size_t len;
	u32 seen;
	int ret;

	ret = torture_swap(token->worker, token->subject, token->id,
			   token->version, &len);
	check_result(token, "swap", ret, 0, -ENOENT);
	if (ret || !old_version(token, len, &seen))
		return false;
	took_out(token, seen);
	put_in(token, token->version);
	return true;
}

/* Look first, then change what was seen, if nobody was faster. */
static bool change_seen_token(struct token *token, bool delete)
{
	struct torture_worker *worker = token->worker;
	size_t len;
	u32 seen;
	int ret;

	ret = torture_lookup(worker, token->subject, token->id, &len);
	check_result(token, "lookup", ret, 0, -ENOENT);
	if (ret || !old_version(token, len, &seen))
		return false;
	if (delete) {
		torture_may_go(token->subject);
		ret = torture_delete_equal(worker, token->subject, token->id,
					   seen);
		if (ret)
			torture_stayed(token->subject);
		else
			torture_leave_place(token->subject);
	} else {
		ret = torture_exchange(worker, token->subject, token->id, seen,
				       token->version);
	}
	if (ret == -ENOENT)
		return false;
	check_result(token, "conditional change", ret, 0, -ECANCELED);
	if (ret)
		return false;
	took_out(token, seen);
	if (delete)
		token->account->keys--;
	else
		put_in(token, token->version);
	return true;
}

bool torture_change_token(struct torture_worker *worker,
			  struct torture_subject *subject)
{
	const struct torture_layout *layout = &torture_layout;
	struct token token = {
		.worker = worker,
		.subject = subject,
		.account = &worker->accounts[subject->number],
		.id = layout->tokens +
		      torture_pick_key(worker, layout->loose - layout->tokens),
		.version = prandom_u32_state(&worker->random),
	};

	switch (torture_random(worker, 8)) {
	case 0:
		return swap_token(&token);
	case 1:
		return change_seen_token(&token, false);
	case 2:
		return change_seen_token(&token, true);
	case 3:
	case 4:
		return take_token(&token);
	default:
		return insert_token(&token);
	}
}

bool torture_change_loose(struct torture_worker *worker,
			  struct torture_subject *subject)
{
	const struct torture_layout *layout = &torture_layout;
	struct torture_account *account = &worker->accounts[subject->number];
	u32 id = layout->loose +
		 torture_pick_key(worker, layout->owned - layout->loose);
	struct token loose = {
		.worker = worker, .subject = subject, .id = id,
	};
	int ret;

	switch (torture_random(worker, 3)) {
	case 0:
		if (!torture_take_place(subject))
			return false;
		ret = torture_insert(worker, subject, id, worker->number,
				     GOMAP_INSERT_NEW);
		check_result(&loose, "insert", ret, 0, -EEXIST);
		if (!ret) {
			account->keys++;
			torture_came(worker, subject);
		} else {
			torture_leave_place(subject);
		}
		break;
	case 1:
		ret = torture_insert(worker, subject, id, worker->number,
				     GOMAP_INSERT_EXISTING);
		check_result(&loose, "overwrite", ret, 0, -ENOENT);
		break;
	default:
		torture_may_go(subject);
		ret = torture_delete(worker, subject, id);
		check_result(&loose, "delete", ret, 0, -ENOENT);
		if (!ret) {
			account->keys--;
			torture_leave_place(subject);
		} else {
			torture_stayed(subject);
		}
		break;
	}
	return !ret;
}

/* Numbers only rise, modulo what they have room for. */
static bool risen(const struct gomap_params *params, u64 from, u64 to)
{
	return params->value_size == 4 ? (s32)(to - from) >= 0 :
					 (s64)(to - from) >= 0;
}

bool torture_change_counter(struct torture_worker *worker,
			    struct torture_subject *subject)
{
	struct torture_account *account = &worker->accounts[subject->number];
	u32 counter = torture_pick_key(worker, TORTURE_COUNTERS);
	u64 delta = torture_random(worker, 4), old = 0;
	u32 flags = torture_random(worker, 2) ? GOMAP_INSERT_EXISTING : 0;
	u32 id = torture_layout.counters + counter;
	int ret;

	if (!torture_has_counters(subject))
		return false;
	ret = torture_add(worker, subject, id, delta, &old, flags);
	if (!torture_expect(worker, subject, id, "fetch-add", ret, 0))
		return false;
	torture_check(worker, CHECK_SUM,
		      risen(&subject->params, account->seen[counter], old),
		      "%s: counter %u fell from %llu to %llu",
		      subject->kind->name, counter, account->seen[counter],
		      old);
	account->seen[counter] = old + delta;
	account->added[counter] += delta;
	return true;
}
