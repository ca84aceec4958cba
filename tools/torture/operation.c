// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations on a map, told of ids and versions. See operation.h.
 */
#include <linux/err.h>
#include "../../module/core/map.h"
#include "item.h"
#include "operation.h"
#include "subject.h"

struct gomap *torture_create(struct torture_worker *worker,
			     const struct gomap_params *params)
{
	struct rnd_state *random = &worker->random;
	struct gomap *map = gomap_create(params);

	if (IS_ERR(map))
		return map;
	/* Nothing is in it yet. */
	prandom_bytes_state(random, &map->secret, sizeof(map->secret));
	prandom_bytes_state(random, &map->tie_secret, sizeof(map->tie_secret));
	prandom_bytes_state(random, &map->cursor_secret,
			    sizeof(map->cursor_secret));
	return map;
}

static size_t make_key(struct torture_worker *worker,
		       const struct torture_subject *subject, u32 id)
{
	return torture_make_key(&subject->params, id, worker->key);
}

int torture_needs_memory(struct torture_worker *worker,
			 const struct torture_subject *subject,
			 const char *what, int ret)
{
	torture_check(worker, CHECK_RESULT, ret != -ENOSPC,
		      "%s: %s: no room, and it needs none",
		      subject->kind->name, what);
	return ret;
}

int torture_needs_nothing(struct torture_worker *worker,
			  const struct torture_subject *subject,
			  const char *what, int ret)
{
	torture_check(worker, CHECK_RESULT, ret != -ENOMEM,
		      "%s: %s: no memory, and it needs none",
		      subject->kind->name, what);
	return torture_needs_memory(worker, subject, what, ret);
}

int torture_lookup(struct torture_worker *worker,
		   struct torture_subject *subject, u32 id, size_t *len)
{
	size_t key_len = make_key(worker, subject, id);

	int ret;

	worker->counts[COUNT_LOOKUPS]++;
	*len = subject->params.value_size;
	ret = gomap_lookup(subject->map, worker->key, key_len, worker->value,
			   len);
	return torture_needs_nothing(worker, subject, "lookup", ret);
}

int torture_insert(struct torture_worker *worker,
		   struct torture_subject *subject, u32 id, u32 version,
		   u32 flags)
{
	size_t key_len = make_key(worker, subject, id);
	size_t len = torture_make_value(&subject->params, id, version,
					worker->other);

	int ret;

	worker->counts[COUNT_INSERTS]++;
	ret = gomap_insert(subject->map, worker->key, key_len, worker->other,
			   len, flags, worker->gfp);
	if (flags & GOMAP_INSERT_EXISTING)
		torture_needs_memory(worker, subject, "overwrite", ret);
	return ret;
}

int torture_delete(struct torture_worker *worker,
		   struct torture_subject *subject, u32 id)
{
	size_t key_len = make_key(worker, subject, id);

	worker->counts[COUNT_DELETES]++;
	return torture_needs_nothing(worker, subject, "delete",
				     gomap_delete(subject->map, worker->key,
						  key_len));
}

int torture_take(struct torture_worker *worker, struct torture_subject *subject,
		 u32 id, size_t *len)
{
	size_t key_len = make_key(worker, subject, id);

	int ret;

	worker->counts[COUNT_DELETES]++;
	*len = subject->params.value_size;
	ret = gomap_take(subject->map, worker->key, key_len, worker->value,
			 len);
	return torture_needs_nothing(worker, subject, "take", ret);
}

int torture_swap(struct torture_worker *worker, struct torture_subject *subject,
		 u32 id, u32 version, size_t *len)
{
	size_t key_len = make_key(worker, subject, id);
	size_t other_len = torture_make_value(&subject->params, id, version,
					      worker->other);

	int ret;

	worker->counts[COUNT_UPDATES]++;
	*len = subject->params.value_size;
	ret = gomap_swap(subject->map, worker->key, key_len, worker->other,
			 other_len, worker->value, len, worker->gfp);
	return torture_needs_memory(worker, subject, "swap", ret);
}

int torture_exchange(struct torture_worker *worker,
		     struct torture_subject *subject, u32 id, u32 expected,
		     u32 version)
{
	size_t key_len = make_key(worker, subject, id);
	size_t len = torture_make_value(&subject->params, id, expected,
					worker->value);
	size_t other_len = torture_make_value(&subject->params, id, version,
					      worker->other);

	int ret;

	worker->counts[COUNT_UPDATES]++;
	ret = gomap_compare_exchange(subject->map, worker->key, key_len,
				     worker->value, len, worker->other,
				     other_len, worker->gfp);
	return torture_needs_memory(worker, subject, "exchange", ret);
}

int torture_delete_equal(struct torture_worker *worker,
			 struct torture_subject *subject, u32 id, u32 version)
{
	size_t key_len = make_key(worker, subject, id);
	size_t len = torture_make_value(&subject->params, id, version,
					worker->other);

	int ret;

	worker->counts[COUNT_DELETES]++;
	ret = gomap_delete_equal(subject->map, worker->key, key_len,
				 worker->other, len);
	return torture_needs_nothing(worker, subject, "delete-equal", ret);
}

int torture_lookup_or_insert(struct torture_worker *worker,
			     struct torture_subject *subject, u32 id,
			     u32 version, size_t *len)
{
	size_t key_len = make_key(worker, subject, id);
	size_t other_len = torture_make_value(&subject->params, id, version,
					      worker->other);

	worker->counts[COUNT_INSERTS]++;
	*len = subject->params.value_size;
	return gomap_lookup_or_insert(subject->map, worker->key, key_len,
				      worker->other, other_len, worker->value,
				      len, worker->gfp);
}

int torture_add(struct torture_worker *worker, struct torture_subject *subject,
		u32 id, u64 delta, u64 *old, u32 flags)
{
	size_t key_len = make_key(worker, subject, id);

	worker->counts[COUNT_UPDATES]++;
	return gomap_fetch_add(subject->map, worker->key, key_len, delta, old,
			       flags, worker->gfp);
}

bool torture_no_memory(struct torture_worker *worker, int ret)
{
	worker->counts[COUNT_NO_MEMORY] += ret == -ENOMEM;
	return ret == -ENOMEM;
}

bool torture_may_refuse(struct torture_worker *worker,
			const struct torture_subject *subject, int ret)
{
	return torture_no_memory(worker, ret) ||
	       (ret == -ENOSPC && subject->kind->limit == LIMIT_TIGHT);
}

bool torture_expect(struct torture_worker *worker,
		    const struct torture_subject *subject, u32 id,
		    const char *what, int ret, int wanted)
{
	torture_check(worker, CHECK_RESULT,
		      ret == wanted || torture_may_refuse(worker, subject, ret) ||
		      (ret == -ENOENT &&
		       torture_may_be_cleared(subject, id)),
		      "%s: %s of key %u: %d instead of %d",
		      subject->kind->name, what, id, ret, wanted);
	return ret == wanted;
}

bool torture_version(struct torture_worker *worker,
		     const struct torture_subject *subject, u32 id,
		     const void *value, size_t len, u32 *version)
{
	bool whole = torture_read_value(&subject->params, id, value, len,
					version);

	return torture_check(worker, CHECK_WHOLE, whole,
			     "%s: key %u has a value that isn't its own: %*ph",
			     subject->kind->name, id, (int)min_t(size_t, len, 16),
			     value);
}

bool torture_value(struct torture_worker *worker,
		   const struct torture_subject *subject, u32 id,
		   const void *value, size_t len, u32 lowest, u32 highest)
{
	u32 mask = torture_version_mask(&subject->params), version;

	if (!torture_version(worker, subject, id, value, len, &version))
		return false;
	return torture_check(worker, CHECK_CURRENT,
			     (s32)(highest - lowest) >= 0 &&
			     ((version - lowest) & mask) <= highest - lowest,
			     "%s: key %u has version %u, which is none of %u to %u",
			     subject->kind->name, id, version, lowest & mask,
			     highest & mask);
}
