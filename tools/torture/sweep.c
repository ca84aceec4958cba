// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sweep: a scan in one shard or several, with a small buffer or a large one.
 */
#include <linux/align.h>
#include <linux/minmax.h>
#include "item.h"
#include "subject.h"
#include "sweep.h"

/* More calls than a sweep of the largest of the maps can need. */
#define CALLS_MAX 1000000

static void visit_pair(struct torture_worker *worker,
		       struct torture_found *found, const void *key,
		       size_t key_len, torture_visit_t *visit)
{
	bool ours = torture_read_key(&found->subject->params, key, key_len,
				     &found->id) &&
		    found->id < torture_layout.absent;

	if (torture_check(worker, CHECK_WHOLE, ours,
			  "%s: a scan delivers a key that never was: %*ph",
			  found->subject->kind->name,
			  (int)min_t(size_t, key_len, 16), key))
		visit(worker, found);
}

static void visit_records(struct torture_worker *worker,
			  struct torture_subject *subject,
			  const struct gomap_scan *scan, torture_visit_t *visit)
{
	struct torture_found found = { .subject = subject };
	const struct gomap_params *params = &subject->params;
	const void *at = scan->buffer;
	const struct gomap_record *record;
	u32 i;

	for (i = 0; i < scan->count; i++) {
		if (params->flags) {
			record = at;
			found.value = record->data + record->key_len;
			found.len = record->value_len;
			visit_pair(worker, &found, record->data,
				   record->key_len, visit);
			at += gomap_record_size(record->key_len +
						record->value_len);
		} else {
			found.value = at + params->key_size;
			found.len = params->value_size;
			visit_pair(worker, &found, at, params->key_size, visit);
			at += params->key_size + params->value_size;
		}
	}
	torture_check(worker, CHECK_RESULT, at == scan->buffer + scan->used,
		      "%s: %u records of a scan end at %zu instead of %zu",
		      subject->kind->name, scan->count,
		      (size_t)(at - scan->buffer), scan->used);
}

bool torture_sweep_shard(struct torture_worker *worker,
			 struct torture_subject *subject,
			 struct gomap_scan *scan, torture_visit_t *visit)
{
	u32 calls;
	int ret;

	for (calls = 0; !scan->done; calls++) {
		if (torture_stopping(worker))
			return false;
		ret = gomap_scan(subject->map, scan);
		if (!torture_check(worker, CHECK_RESULT,
				   !ret && calls < CALLS_MAX,
				   "%s: scan of shard %u of %u: %d, %u calls",
				   subject->kind->name, scan->shard,
				   scan->shards, ret, calls))
			return false;
		visit_records(worker, subject, scan, visit);
		if (torture_random(worker, 16) == 0)
			torture_give_way(worker);
	}
	return true;
}

bool torture_sweep(struct torture_worker *worker,
		   struct torture_subject *subject, torture_visit_t *visit)
{
	const struct gomap_params *params = &subject->params;
	/* Room for one record is what a scan needs to move on. */
	size_t one = gomap_record_size(params->key_size + params->value_size);
	u32 shards = torture_random(worker, 2) ?
		     1 : 1 + torture_random(worker, 5), shard;
	size_t size = one + torture_random(worker, TORTURE_SWEEP_BUFFER - one);
	struct gomap_scan scan;

	for (shard = 0; shard < shards; shard++) {
		scan = (struct gomap_scan){
			.shard = shard,
			.shards = shards,
			.buffer = worker->scan->buffer,
			.size = torture_random(worker, 4) ? size : one,
		};
		if (!torture_sweep_shard(worker, subject, &scan, visit))
			return false;
	}
	return true;
}
