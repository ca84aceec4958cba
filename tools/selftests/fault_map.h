/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls with faults on a map: each either succeeds or says ENOMEM or EFAULT; the map is as it was,
 * or exactly as reported; the same call without a fault succeeds; and nothing leaks.
 */
#ifndef GOMAP_FAULT_MAP_H
#define GOMAP_FAULT_MAP_H

#include "cgroup.h"
#include "fault.h"

enum {
	KEYS_MAX = 132,		/* half of them are more than one of the kernel's tiles */
	KEYS_FEW = 20,
	NEW_VALUES = 151,	/* from here on, numbers of values that no key has at first */
	BUFFER = 192,		/* the smallest object: a buffer that is not on the stack */
	LONG = 32768,		/* that of a long value */
};

FIXTURE(fault) {
	int map;
	const struct shape *shape;
	__u64 max_entries;
	bool empty;		/* at first there are no keys, and not every other one */
	/* The number of each key's value, or 0 if the key isn't there. */
	__u32 keys;
	__u32 values[KEYS_MAX];
	__u32 step;
	struct bytes key, value, other, wanted;
	char *scanned;
	size_t room;
	/* The batch: what it does, with so many keys, each stride-th, so many of them done. */
	__u32 op;
	__u32 flags;
	bool results;
	__u32 count;
	__u32 stride;
	__u32 done;
	/* What leaks is charged to it; bytes of the smallest thing that might. */
	struct cgroup cgroup;
	size_t smallest;
	bool words_fail;
};

FIXTURE_VARIANT(fault) {
	struct shape shape;
	__u32 keys;
	/* Numbers of values go up in such steps, where that makes them longer. */
	__u32 step;
};

FIXTURE_VARIANT_ADD(fault, u64_to_u64) { { 0, 8, 8 }, KEYS_MAX, 1 };
FIXTURE_VARIANT_ADD(fault, entries) { { 0, 200, 300 }, KEYS_MAX, 1 };
FIXTURE_VARIANT_ADD(fault, var_both) { { GOMAP_VAR_KEY | GOMAP_VAR_VALUE, 200, 400 }, KEYS_MAX,
				       29 };
/* Longer than what the page allocator gives without effort, so that vmalloc() comes in. */
FIXTURE_VARIANT_ADD(fault, long_values) { { 0, 8, 40000 }, 8, 1 };
FIXTURE_VARIANT_ADD(fault, var_long_values) { { GOMAP_VAR_VALUE, 8, 70000 }, 8, 997 };

static inline __u32 old_value(FIXTURE_DATA(fault) *self, __u32 key)
{
	return (key + 1) * self->step;
}

static inline __u32 new_value(FIXTURE_DATA(fault) *self, __u32 key)
{
	return (key + 1 + NEW_VALUES) * self->step;
}

FIXTURE_SETUP(fault)
{
	if (!have_faults())
		SKIP(return, NO_FAULTS);
	self->shape = &variant->shape;
	self->keys = variant->keys;
	/* An allocation takes long there, and that of its trace is one more chance to fail. */
	if (have_kmemleak() && self->shape->value_size > 128 && self->keys > KEYS_FEW)
		self->keys = KEYS_FEW;
	self->step = variant->step;
	self->smallest = self->shape->value_size > LONG ? LONG : BUFFER;
	self->key = room_for(self->shape->key_size);
	self->value = room_for(self->shape->value_size);
	self->other = room_for(self->shape->value_size);
	self->wanted = room_for(self->shape->value_size);
	self->room = self->keys * record_size(self->shape->key_size, self->shape->value_size);
	/* For what is scanned; for the keys of a batch; for its values. */
	self->scanned = (char *)room_for(3 * self->room).data;
	self->count = self->keys / 2;
	ASSERT_EQ(0, cgroup_make(&self->cgroup));
	ASSERT_EQ(0, cgroup_enter(&self->cgroup));
	ASSERT_LT(0, control());
	self->words_fail = words_fail();
}

FIXTURE_TEARDOWN_PARENT(fault)
{
	cgroup_remove(&self->cgroup);
}

/* A new map, where every other key has its old value. */
static inline void make_map(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_create_args args = map_args(self->shape->flags, self->shape->key_size,
						 self->shape->value_size);

	args.max_entries = self->max_entries;
	self->map = map_create(args);
	ASSERT_LE(0, self->map);
	memset(self->values, 0, sizeof(self->values));
	for (__u32 key = 0; key < self->keys && !self->empty; key += 2) {
		self->values[key] = old_value(self, key);
		fill_key(&self->key, self->shape, key);
		fill_value(&self->value, self->shape, self->values[key]);
		ASSERT_EQ(0, map_insert(self->map, self->key.data, self->key.len, self->value.data,
					self->value.len, GOMAP_INSERT_NEW));
	}
	self->done = 0;
}

static inline __u32 entries(FIXTURE_DATA(fault) *self)
{
	__u32 n = 0;

	for (__u32 key = 0; key < self->keys; key++)
		n += self->values[key] != 0;
	return n;
}

static inline bool is_value(FIXTURE_DATA(fault) *self, const void *data, __u32 len, __u32 number)
{
	fill_value(&self->wanted, self->shape, number);
	return number && len == self->wanted.len && !memcmp(data, self->wanted.data, len);
}

static inline bool is_key(FIXTURE_DATA(fault) *self, const void *data, __u32 len, __u32 number)
{
	fill_key(&self->key, self->shape, number);
	return len == self->key.len && !memcmp(data, self->key.data, len);
}

static inline void check_lookups(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	for (__u32 key = 0; key < self->keys; key++) {
		__u32 len = self->shape->value_size;
		int ret;

		fill_key(&self->key, self->shape, key);
		ret = map_lookup(self->map, self->key.data, self->key.len, self->other.data, &len);
		ASSERT_EQ(self->values[key] ? 0 : -ENOENT, ret) {
			TH_LOG("key %u after fault %u", key, fault.nth);
		}
		ASSERT_TRUE(ret || is_value(self, self->other.data, len, self->values[key])) {
			TH_LOG("key %u has another value after fault %u", key, fault.nth);
		}
	}
}

/* What a scan delivered: keys with their values, none of which has been @seen. */
static inline void check_scanned(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
				 const struct gomap_scan_args *args, bool *seen)
{
	const char *at = self->scanned;

	for (__u32 i = 0; i < args->count; i++) {
		__u32 key_len = self->shape->key_size, value_len = self->shape->value_size, number;
		size_t size = (size_t)key_len + value_len;
		const char *data = at;

		if (has_records(self->shape)) {
			const struct gomap_record *record = (const void *)at;

			key_len = record->key_len;
			value_len = record->value_len;
			size = record_size(key_len, value_len);
			data = (const char *)record->data;
		}
		at += size;
		number = number_of(data, key_len);
		ASSERT_GT(self->keys, number);
		ASSERT_FALSE(seen[number]) {
			TH_LOG("key %u came twice, fault %u", number, fault.nth);
		}
		seen[number] = true;
		ASSERT_TRUE(is_key(self, data, key_len, number));
		ASSERT_TRUE(is_value(self, data + key_len, value_len, self->values[number]));
	}
	ASSERT_EQ(self->scanned + args->used, at);
}

/* If the first call succeeds, the others do as well and deliver the rest. */
static inline int scan(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_scan_args args = scan_args(self->scanned, self->room);
	bool seen[KEYS_MAX] = {};
	__u32 total = 0;
	int ret;

	ret = faulty_ioctl(self->map, GOMAP_IOCTL_SCAN, &args);
	while (!ret) {
		check_scanned(_metadata, self, &args, seen);
		total += args.count;
		if (args.done)
			break;
		ret = map_scan(self->map, &args);
		ASSERT_EQ(0, ret);
	}
	if (!ret) {
		ASSERT_EQ(entries(self), total);
	}
	return ret;
}

/* The map has the keys and values that it has to have, and no others. */
static inline void check_map(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	unsigned int nth = fault.nth;

	check_lookups(_metadata, self);
	ASSERT_EQ(entries(self), map_entries(self->map));
	fault.nth = 0;
	ASSERT_EQ(0, scan(_metadata, self));
	fault.nth = nth;
}

/*
 * One call, with the fault; then what has to be in the map is brought up to date with what the call
 * reported.
 */
typedef int operation(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self);

/* What a call leaves behind when it fails, it leaves each time: until it is more than slack. */
static inline void check_leaks(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
			       operation *operation)
{
	long long before;

	/* It sees each single one, when all is over. */
	if (have_kmemleak())
		return;
	make_map(_metadata, self);
	cgroup_settle(&self->cgroup);
	before = cgroup_charged(&self->cgroup);
	ASSERT_LT(0, before);
	for (size_t i = 0; i < 2 * cgroup_slack() / self->smallest; i++) {
		operation(_metadata, self);
		self->done = 0;
	}
	ASSERT_TRUE(cgroup_is_back(&self->cgroup, before)) {
		TH_LOG("fault %u leaks: %lld bytes charged, then %lld", fault.nth, before,
		       cgroup_charged(&self->cgroup));
	}
	close(self->map);
}

/*
 * Call once for each chance to fail, on a new map each time, and once with none left, when it has
 * to return what is @expected. Return the number of faults that there were.
 */
static inline unsigned int fail_each(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
				     operation *operation, int expected)
{
	unsigned int nth = 0;
	bool fired, failed;
	int ret;

	do {
		make_map(_metadata, self);
		fault.nth = ++nth;
		ret = operation(_metadata, self);
		fired = fault.fired;
		failed = is_fault(ret);
		ASSERT_TRUE(ret == expected || failed) {
			TH_LOG("fault %u: %d (%s)", nth, ret, strerror(-ret));
		}
		check_map(_metadata, self);
		if (failed) {
			fault.nth = 0;
			ASSERT_EQ(expected, operation(_metadata, self));
			check_map(_metadata, self);
		}
		close(self->map);
		fault.nth = nth;
		if (failed)
			check_leaks(_metadata, self, operation);
		fault.nth = 0;
	} while (fired);
	return nth - 1;
}

#endif /* GOMAP_FAULT_MAP_H */
