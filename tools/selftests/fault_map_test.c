// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults in calls on many keys, scan and batch, and on a map as a whole.
 */
#include "fault_map.h"

enum {
	NEVER = 12345,		/* what no result is */
	/* Bytes of the smallest buffer: that of a scan, and that of a batch. */
	SCAN_TILE = 1000,
	BATCH_TILE = 8192,
};

/* The structure, the buffer of the tile, the entries, the structure again. */
TEST_F(fault, scan)
{
	self->smallest = SCAN_TILE;
	EXPECT_LE(4, fail_each(_metadata, self, scan, 0));
}

/* Batches */

/* The i-th key of those that are left. */
static __u32 batch_key(FIXTURE_DATA(fault) *self, __u32 i)
{
	return (self->done + i) * self->stride;
}

/* What the operation on that key alone would return. */
static int alone(FIXTURE_DATA(fault) *self, __u32 key)
{
	if (self->op != GOMAP_BATCH_INSERT)
		return self->values[key] ? 0 : -ENOENT;
	return self->flags & GOMAP_INSERT_NEW && self->values[key] ? -EEXIST : 0;
}

static void set_batch_keys(FIXTURE_DATA(fault) *self, struct gomap_batch_args *args, char *keys,
			   char *values)
{
	bool with_value = self->op == GOMAP_BATCH_INSERT;
	char *to = keys;

	for (__u32 i = 0; i < args->count; i++) {
		__u32 key = batch_key(self, i);

		fill_key(&self->key, self->shape, key);
		fill_value(&self->value, self->shape, new_value(self, key));
		if (!with_value)
			self->value.len = 0;
		if (!has_records(self->shape)) {
			memcpy(to, self->key.data, self->key.len);
			to += self->key.len;
			memcpy(values + i * self->value.len, self->value.data, self->value.len);
		} else {
			struct gomap_record *record = (void *)to;

			to += record_size(self->key.len, self->value.len);
			memset(record, 0, to - (char *)record);
			record->key_len = self->key.len;
			record->value_len = self->value.len;
			memcpy(record->data, self->key.data, self->key.len);
			memcpy(record->data + self->key.len, self->value.data, self->value.len);
		}
	}
	args->keys = user_ptr(keys);
	if (has_records(self->shape))
		args->keys_size = to - keys;
	if (self->op == GOMAP_BATCH_LOOKUP || (with_value && !has_records(self->shape)))
		args->values = user_ptr(values);
	if (self->op == GOMAP_BATCH_LOOKUP && has_records(self->shape))
		args->values_size = self->room;
}

/* The value that a batch gave for a key; where the next one is. */
static const char *check_batch_value(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
				     const char *at, __u32 key, int result)
{
	__u32 len = self->shape->value_size;
	const char *data = at, *next = at + len;

	if (has_records(self->shape)) {
		const struct gomap_record *record = (const void *)at;

		len = record->value_len;
		data = (const char *)record->data;
		next = at + record_size(0, len);
		ASSERT_EQ(0, record->key_len);
		if (result != NEVER) {
			ASSERT_EQ(result == 0, len != 0);
		}
	}
	if (!result) {
		ASSERT_TRUE(is_value(self, data, len, self->values[key]));
	}
	return next;
}

static int batch(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_batch_args args = {
		.size = sizeof(args),
		.flags = self->flags,
		.op = self->op,
		.count = self->count - self->done,
	};
	char *keys = self->scanned + self->room, *values = keys + self->room;
	__s32 results[KEYS_MAX];
	const char *at = values;
	int ret;

	set_batch_keys(self, &args, keys, values);
	for (__u32 i = 0; i < args.count; i++)
		results[i] = NEVER;
	if (self->results)
		args.results = user_ptr(results);
	ret = faulty_ioctl(self->map, GOMAP_IOCTL_BATCH, &args);
	ASSERT_GE(self->count - self->done, args.done);
	if (!ret) {
		ASSERT_EQ(args.count, args.done);
	}
	for (__u32 i = 0; i < args.done; i++) {
		__u32 key = batch_key(self, i);
		int is = results[i];

		/* Without results all that were done have none. */
		if (!self->results)
			is = 0;
		if (is == NEVER) {
			ASSERT_EQ(-EFAULT, ret);
		} else {
			ASSERT_TRUE(is == alone(self, key) || (fault.fired && is == -ENOMEM)) {
				TH_LOG("fault %u: key %u: %d", fault.nth, key, is);
			}
		}
		if (self->op == GOMAP_BATCH_LOOKUP)
			at = check_batch_value(_metadata, self, at, key, is);
		if ((is == NEVER || !is) && !alone(self, key)) {
			if (self->op == GOMAP_BATCH_INSERT)
				self->values[key] = new_value(self, key);
			else if (self->op == GOMAP_BATCH_DELETE)
				self->values[key] = 0;
		}
	}
	for (__u32 i = args.done; i < args.count; i++) {
		ASSERT_EQ(NEVER, results[i]);
	}
	if (args.done && self->op == GOMAP_BATCH_LOOKUP && has_records(self->shape)) {
		ASSERT_EQ(args.values_size, (__u64)(at - values));
	}
	self->done += args.done;
	return ret;
}

/*
 * The structure, the state of the batch, the buffer of its first tile, the keys; what is written
 * about them; with results, the keys are some that are there and some that aren't, without only
 * such as are there.
 */
static void fail_each_of_batch(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
			       __u32 op, __u32 flags, bool results)
{
	self->op = op;
	self->flags = flags;
	self->results = results;
	self->stride = results ? 1 : 2;
	self->smallest = BATCH_TILE;
	EXPECT_LE(4 + results + (op != GOMAP_BATCH_DELETE), fail_each(_metadata, self, batch, 0));
}

TEST_F(fault, batch_lookup)
{
	fail_each_of_batch(_metadata, self, GOMAP_BATCH_LOOKUP, 0, false);
	fail_each_of_batch(_metadata, self, GOMAP_BATCH_LOOKUP, 0, true);
}

TEST_F(fault, batch_insert)
{
	fail_each_of_batch(_metadata, self, GOMAP_BATCH_INSERT, 0, false);
	fail_each_of_batch(_metadata, self, GOMAP_BATCH_INSERT, 0, true);
	fail_each_of_batch(_metadata, self, GOMAP_BATCH_INSERT, GOMAP_INSERT_NEW, true);
}

TEST_F(fault, batch_delete)
{
	fail_each_of_batch(_metadata, self, GOMAP_BATCH_DELETE, 0, false);
	fail_each_of_batch(_metadata, self, GOMAP_BATCH_DELETE, 0, true);
}

/* Maps as a whole */

static int whole(FIXTURE_DATA(fault) *self, unsigned int cmd, __u64 entries)
{
	struct gomap_map_args args = { .size = sizeof(args), .entries = entries };

	return faulty_ioctl(self->map, cmd, &args);
}

static int clear(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	int ret = whole(self, GOMAP_IOCTL_CLEAR, 0);

	(void)_metadata;
	if (!ret)
		memset(self->values, 0, sizeof(self->values));
	return ret;
}

TEST_F(fault, clear)
{
	EXPECT_LE(1, fail_each(_metadata, self, clear, 0));
}

static int freeze(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	int ret = whole(self, GOMAP_IOCTL_FREEZE, 0);
	struct gomap_info info;

	ASSERT_EQ(0, map_info(self->map, &info));
	ASSERT_EQ(ret ? 0 : GOMAP_STATE_FROZEN, info.state & GOMAP_STATE_FROZEN);
	return ret;
}

TEST_F(fault, freeze)
{
	EXPECT_LE(1, fail_each(_metadata, self, freeze, 0));
}

static int reserve(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_info before, after;
	int ret;

	ASSERT_EQ(0, map_info(self->map, &before));
	ret = whole(self, GOMAP_IOCTL_RESERVE, RESERVED);
	ASSERT_EQ(0, map_info(self->map, &after));
	ASSERT_EQ(ret ? before.reserve : RESERVED, after.reserve);
	return ret;
}

/* The table is made by the worker, but for the first one: that one, and its buckets. */
TEST_F(fault, reserve)
{
	EXPECT_LE(1, fail_each(_metadata, self, reserve, 0));
	self->empty = true;
	EXPECT_LE(3, fail_each(_metadata, self, reserve, 0));
}

static int shrink(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	(void)_metadata;
	return whole(self, GOMAP_IOCTL_SHRINK, 0);
}

TEST_F(fault, shrink)
{
	EXPECT_LE(1, fail_each(_metadata, self, shrink, 0));
}

static int info(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_info info = { .size = sizeof(info) };
	int ret = faulty_ioctl(self->map, GOMAP_IOCTL_INFO, &info);

	if (!ret) {
		ASSERT_EQ(entries(self), info.entries);
		ASSERT_EQ(self->shape->value_size, info.value_size);
	}
	return ret;
}

TEST_F(fault, info)
{
	EXPECT_LE(2, fail_each(_metadata, self, info, 0));
}

TEST_HARNESS_MAIN
