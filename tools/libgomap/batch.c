// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Batches: one operation on many keys.
 */
#include "internal.h"

static int batch_ioctl(int fd, struct gomap_batch_args *args, int32_t *results,
		       uint32_t *done)
{
	int ret;

	args->size = sizeof(*args);
	args->results = (uintptr_t)results;
	ret = gomap_ioctl(fd, GOMAP_IOCTL_BATCH, args);
	if (done)
		*done = args->done;
	return ret;
}

int gomap_lookup_batch(int fd, const void *keys, void *values, uint32_t count,
		       int32_t *results, uint32_t *done)
{
	struct gomap_batch_args args = {
		.op = GOMAP_BATCH_LOOKUP,
		.count = count,
		.keys = (uintptr_t)keys,
		.values = (uintptr_t)values,
	};

	return batch_ioctl(fd, &args, results, done);
}

int gomap_insert_batch(int fd, const void *keys, const void *values,
		       uint32_t count, uint32_t flags, int32_t *results,
		       uint32_t *done)
{
	struct gomap_batch_args args = {
		.flags = flags,
		.op = GOMAP_BATCH_INSERT,
		.count = count,
		.keys = (uintptr_t)keys,
		.values = (uintptr_t)values,
	};

	return batch_ioctl(fd, &args, results, done);
}

int gomap_delete_batch(int fd, const void *keys, uint32_t count,
		       int32_t *results, uint32_t *done)
{
	struct gomap_batch_args args = {
		.op = GOMAP_BATCH_DELETE,
		.count = count,
		.keys = (uintptr_t)keys,
	};

	return batch_ioctl(fd, &args, results, done);
}

static int records_ioctl(int fd, struct gomap_batch_args *args,
			 const struct gomap_records *keys, int32_t *results,
			 uint32_t *done)
{
	args->count = keys->count;
	args->keys = (uintptr_t)keys->buffer;
	args->keys_size = keys->used;
	return batch_ioctl(fd, args, results, done);
}

int gomap_lookup_records(int fd, const struct gomap_records *keys,
			 struct gomap_records *values, int32_t *results)
{
	struct gomap_batch_args args = {
		.op = GOMAP_BATCH_LOOKUP,
		.values = (uintptr_t)values->buffer,
		.values_size = values->size,
	};
	const struct gomap_record *record = values->buffer;
	uint32_t i;
	int ret;

	ret = records_ioctl(fd, &args, keys, results, &values->count);
	for (i = 0; i < values->count; i++)
		record = gomap_record_next(record);
	values->used = (const char *)record - (const char *)values->buffer;
	return ret;
}

int gomap_insert_records(int fd, const struct gomap_records *entries,
			 uint32_t flags, int32_t *results, uint32_t *done)
{
	struct gomap_batch_args args = {
		.flags = flags,
		.op = GOMAP_BATCH_INSERT,
	};

	return records_ioctl(fd, &args, entries, results, done);
}

int gomap_delete_records(int fd, const struct gomap_records *keys,
			 int32_t *results, uint32_t *done)
{
	struct gomap_batch_args args = { .op = GOMAP_BATCH_DELETE };

	return records_ioctl(fd, &args, keys, results, done);
}
