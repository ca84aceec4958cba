// SPDX-License-Identifier: GPL-2.0-only
/*
 * The general format of the ioctls: sizes of structures, flags, numbers, pointers.
 *
 * Each refusal is asked for with arguments that are right but for one thing, and
 * afterwards the same arguments without that thing must do. That proves two
 * things: the refusal had no other reason, and it changed nothing.
 */
#include "gomap_test.h"

#include <assert.h>
#include <limits.h>

/*
 * Numbers, so that they are the same for 32-bit and 64-bit programs, on each
 * machine and in each later version. Structures may become longer at the end;
 * the sizes below are those of their first versions, which work for ever.
 */
enum {
	CREATE_SIZE_1 = 152,
	REMOVE_SIZE_1 = 72,
	INFO_SIZE_1 = 200,
	OP_SIZE_1 = 48,
	ADD_SIZE_1 = 40,
	SCAN_SIZE_1 = 56,
	BATCH_SIZE_1 = 64,
	MAP_SIZE_1 = 16,
	REOPEN_SIZE_1 = 16,
};

#define AT(type, member, offset) \
	static_assert(offsetof(struct type, member) == (offset), #type "." #member)

/* On 32-bit machines one would not be seen otherwise. */
#define NO_HOLE_AT_THE_END(type, size_1) \
	static_assert(sizeof(struct type) >= (size_1) && sizeof(struct type) % 8 == 0, #type)

NO_HOLE_AT_THE_END(gomap_create_args, CREATE_SIZE_1);
AT(gomap_create_args, size, 0);
AT(gomap_create_args, flags, 4);
AT(gomap_create_args, key_size, 8);
AT(gomap_create_args, value_size, 12);
AT(gomap_create_args, max_entries, 16);
AT(gomap_create_args, max_bytes, 24);
AT(gomap_create_args, reserve, 32);
AT(gomap_create_args, mode, 40);
AT(gomap_create_args, uid, 44);
AT(gomap_create_args, gid, 48);
AT(gomap_create_args, __reserved, 52);
AT(gomap_create_args, name, 56);
AT(gomap_create_args, key_format, 120);
AT(gomap_create_args, value_format, 136);

NO_HOLE_AT_THE_END(gomap_remove_args, REMOVE_SIZE_1);
AT(gomap_remove_args, size, 0);
AT(gomap_remove_args, flags, 4);
AT(gomap_remove_args, name, 8);

NO_HOLE_AT_THE_END(gomap_info, INFO_SIZE_1);
AT(gomap_info, size, 0);
AT(gomap_info, flags, 4);
AT(gomap_info, map_flags, 8);
AT(gomap_info, state, 12);
AT(gomap_info, key_size, 16);
AT(gomap_info, value_size, 20);
AT(gomap_info, max_entries, 24);
AT(gomap_info, max_bytes, 32);
AT(gomap_info, reserve, 40);
AT(gomap_info, entries, 48);
AT(gomap_info, buckets, 56);
AT(gomap_info, overflow_buckets, 64);
AT(gomap_info, bytes, 72);
AT(gomap_info, longest_chain, 80);
AT(gomap_info, maker, 84);
AT(gomap_info, name, 88);
AT(gomap_info, key_format, 152);
AT(gomap_info, value_format, 168);
AT(gomap_info, long_chains, 184);
AT(gomap_info, id, 192);

NO_HOLE_AT_THE_END(gomap_op_args, OP_SIZE_1);
AT(gomap_op_args, size, 0);
AT(gomap_op_args, flags, 4);
AT(gomap_op_args, key, 8);
AT(gomap_op_args, value, 16);
AT(gomap_op_args, key_len, 24);
AT(gomap_op_args, value_len, 28);
AT(gomap_op_args, other, 32);
AT(gomap_op_args, other_len, 40);
AT(gomap_op_args, __reserved, 44);

NO_HOLE_AT_THE_END(gomap_add_args, ADD_SIZE_1);
AT(gomap_add_args, size, 0);
AT(gomap_add_args, flags, 4);
AT(gomap_add_args, key, 8);
AT(gomap_add_args, key_len, 16);
AT(gomap_add_args, __reserved, 20);
AT(gomap_add_args, delta, 24);
AT(gomap_add_args, old, 32);

NO_HOLE_AT_THE_END(gomap_scan_args, SCAN_SIZE_1);
AT(gomap_scan_args, size, 0);
AT(gomap_scan_args, flags, 4);
AT(gomap_scan_args, buffer, 8);
AT(gomap_scan_args, buffer_size, 16);
AT(gomap_scan_args, count, 20);
AT(gomap_scan_args, used, 24);
AT(gomap_scan_args, done, 28);
AT(gomap_scan_args, shard, 32);
AT(gomap_scan_args, shards, 36);
AT(gomap_scan_args, cursor, 40);

NO_HOLE_AT_THE_END(gomap_batch_args, BATCH_SIZE_1);
AT(gomap_batch_args, size, 0);
AT(gomap_batch_args, flags, 4);
AT(gomap_batch_args, op, 8);
AT(gomap_batch_args, count, 12);
AT(gomap_batch_args, done, 16);
AT(gomap_batch_args, __reserved, 20);
AT(gomap_batch_args, keys, 24);
AT(gomap_batch_args, keys_size, 32);
AT(gomap_batch_args, values, 40);
AT(gomap_batch_args, values_size, 48);
AT(gomap_batch_args, results, 56);

NO_HOLE_AT_THE_END(gomap_map_args, MAP_SIZE_1);
AT(gomap_map_args, size, 0);
AT(gomap_map_args, flags, 4);
AT(gomap_map_args, entries, 8);

NO_HOLE_AT_THE_END(gomap_reopen_args, REOPEN_SIZE_1);
AT(gomap_reopen_args, size, 0);
AT(gomap_reopen_args, flags, 4);
AT(gomap_reopen_args, mode, 8);
AT(gomap_reopen_args, __reserved, 12);

/* What entries look like where there are several. */
static_assert(sizeof(struct gomap_record) == 8, "gomap_record");
AT(gomap_record, key_len, 0);
AT(gomap_record, value_len, 4);
AT(gomap_record, data, 8);

static_assert(GOMAP_IOCTL_CREATE == 0xbb00, "create");
static_assert(GOMAP_IOCTL_REMOVE == 0xbb01, "remove");
static_assert(GOMAP_IOCTL_INFO == 0xbb02, "info");
static_assert(GOMAP_IOCTL_LOOKUP == 0xbb03, "lookup");
static_assert(GOMAP_IOCTL_INSERT == 0xbb04, "insert");
static_assert(GOMAP_IOCTL_DELETE == 0xbb05, "delete");
static_assert(GOMAP_IOCTL_SWAP == 0xbb06, "swap");
static_assert(GOMAP_IOCTL_TAKE == 0xbb07, "take");
static_assert(GOMAP_IOCTL_COMPARE_EXCHANGE == 0xbb08, "compare and exchange");
static_assert(GOMAP_IOCTL_FETCH_ADD == 0xbb09, "fetch and add");
static_assert(GOMAP_IOCTL_SCAN == 0xbb0a, "scan");
static_assert(GOMAP_IOCTL_BATCH == 0xbb0b, "batch");
static_assert(GOMAP_IOCTL_CLEAR == 0xbb0c, "clear");
static_assert(GOMAP_IOCTL_FREEZE == 0xbb0d, "freeze");
static_assert(GOMAP_IOCTL_RESERVE == 0xbb0e, "reserve");
static_assert(GOMAP_IOCTL_SHRINK == 0xbb0f, "shrink");
static_assert(GOMAP_IOCTL_REOPEN == 0xbb10, "reopen");
static_assert(GOMAP_IOCTL_NEXT == 0xbb11, "next");

static_assert(GOMAP_BATCH_LOOKUP == 0 && GOMAP_BATCH_INSERT == 1 && GOMAP_BATCH_DELETE == 2,
	      "batch operations");

enum {
	PAGE = 4096,
	PRESENT = 1,	/* this key is in the map, */
	ABSENT = 2,	/* this one isn't */
	VALUE = 100,
	RESERVE = 1000,
};

union any_args {
	struct {
		__u32 size;
		__u32 flags;
	};
	struct gomap_create_args create;
	struct gomap_remove_args remove;
	struct gomap_info info;
	struct gomap_op_args op;
	struct gomap_add_args add;
	struct gomap_scan_args scan;
	struct gomap_batch_args batch;
	struct gomap_map_args map;
	struct gomap_reopen_args reopen;
};

/*
 * An ioctl with arguments that it accepts: a map to be made by the name NAME_2,
 * the removal of the one named NAME, a new key, and so on.
 */
FIXTURE(format) {
	int map;		/* has the name NAME and the key PRESENT */
	int fd;			/* where the ioctl goes */
	__u64 key;
	__u64 value;
	__u64 other;
	__u64 entry[2];		/* room for what a scan delivers */
	union any_args args;
};

FIXTURE_VARIANT(format) {
	unsigned int cmd;
	__u32 size;
	__u32 size_1;		/* of the first version */
	__u32 flags;		/* known ones */
	__u32 zeros;		/* offset of bytes that must be zero, */
	__u32 zeros_end;	/* to here */
};

FIXTURE_VARIANT_ADD(format, create) {
	GOMAP_IOCTL_CREATE, sizeof(struct gomap_create_args), CREATE_SIZE_1,
	GOMAP_VAR_KEY | GOMAP_VAR_VALUE, 52, 56
};

FIXTURE_VARIANT_ADD(format, remove) {
	GOMAP_IOCTL_REMOVE, sizeof(struct gomap_remove_args), REMOVE_SIZE_1, 0, 0, 0
};

FIXTURE_VARIANT_ADD(format, info) {
	GOMAP_IOCTL_INFO, sizeof(struct gomap_info), INFO_SIZE_1, 0, 0, 0
};

FIXTURE_VARIANT_ADD(format, lookup) {
	GOMAP_IOCTL_LOOKUP, sizeof(struct gomap_op_args), OP_SIZE_1, 0, 32, 48
};

FIXTURE_VARIANT_ADD(format, insert) {
	GOMAP_IOCTL_INSERT, sizeof(struct gomap_op_args), OP_SIZE_1,
	GOMAP_INSERT_NEW | GOMAP_INSERT_EXISTING, 32, 48
};

FIXTURE_VARIANT_ADD(format, delete) {
	GOMAP_IOCTL_DELETE, sizeof(struct gomap_op_args), OP_SIZE_1, GOMAP_DELETE_EQUAL, 32, 48
};

FIXTURE_VARIANT_ADD(format, swap) {
	GOMAP_IOCTL_SWAP, sizeof(struct gomap_op_args), OP_SIZE_1, 0, 44, 48
};

FIXTURE_VARIANT_ADD(format, take) {
	GOMAP_IOCTL_TAKE, sizeof(struct gomap_op_args), OP_SIZE_1, 0, 32, 48
};

FIXTURE_VARIANT_ADD(format, compare_exchange) {
	GOMAP_IOCTL_COMPARE_EXCHANGE, sizeof(struct gomap_op_args), OP_SIZE_1, 0, 44, 48
};

FIXTURE_VARIANT_ADD(format, fetch_add) {
	GOMAP_IOCTL_FETCH_ADD, sizeof(struct gomap_add_args), ADD_SIZE_1,
	GOMAP_INSERT_NEW | GOMAP_INSERT_EXISTING, 20, 24
};

FIXTURE_VARIANT_ADD(format, scan) {
	GOMAP_IOCTL_SCAN, sizeof(struct gomap_scan_args), SCAN_SIZE_1, 0, 0, 0
};

FIXTURE_VARIANT_ADD(format, batch) {
	GOMAP_IOCTL_BATCH, sizeof(struct gomap_batch_args), BATCH_SIZE_1,
	GOMAP_INSERT_NEW | GOMAP_INSERT_EXISTING, 20, 24
};

FIXTURE_VARIANT_ADD(format, clear) {
	GOMAP_IOCTL_CLEAR, sizeof(struct gomap_map_args), MAP_SIZE_1, 0, 8, 16
};

FIXTURE_VARIANT_ADD(format, freeze) {
	GOMAP_IOCTL_FREEZE, sizeof(struct gomap_map_args), MAP_SIZE_1, 0, 8, 16
};

FIXTURE_VARIANT_ADD(format, reserve) {
	GOMAP_IOCTL_RESERVE, sizeof(struct gomap_map_args), MAP_SIZE_1, 0, 0, 0
};

FIXTURE_VARIANT_ADD(format, shrink) {
	GOMAP_IOCTL_SHRINK, sizeof(struct gomap_map_args), MAP_SIZE_1, 0, 8, 16
};

FIXTURE_VARIANT_ADD(format, reopen) {
	GOMAP_IOCTL_REOPEN, sizeof(struct gomap_reopen_args), REOPEN_SIZE_1, 0, 12, 16
};

FIXTURE_VARIANT_ADD(format, next) {
	GOMAP_IOCTL_NEXT, sizeof(struct gomap_info), INFO_SIZE_1, 0, 0, 0
};

static void set_args(FIXTURE_DATA(format) *self, unsigned int cmd)
{
	self->fd = self->map;
	switch (cmd) {
	case GOMAP_IOCTL_CREATE:
		self->fd = control();
		self->args.create = named_args(NAME_2);
		break;
	case GOMAP_IOCTL_REMOVE:
		self->fd = control();
		self->args.remove = (struct gomap_remove_args){
			.size = sizeof(struct gomap_remove_args), .name = NAME,
		};
		break;
	case GOMAP_IOCTL_NEXT:
		self->fd = control();
		/* fallthrough */
	case GOMAP_IOCTL_INFO:
		self->args.info.size = sizeof(struct gomap_info);
		break;
	case GOMAP_IOCTL_REOPEN:
		self->args.reopen = (struct gomap_reopen_args){
			.size = sizeof(struct gomap_reopen_args),
			.mode = O_WRONLY,
		};
		break;
	case GOMAP_IOCTL_LOOKUP:
		self->key = PRESENT;
		self->args.op = op_args(&self->key, 8, &self->value, 8);
		break;
	case GOMAP_IOCTL_INSERT:
		self->key = ABSENT;
		self->value = VALUE + 1;
		self->args.op = op_args(&self->key, 8, &self->value, 8);
		break;
	case GOMAP_IOCTL_DELETE:
		self->key = PRESENT;
		self->args.op = op_args(&self->key, 8, NULL, 0);
		break;
	case GOMAP_IOCTL_TAKE:
		self->key = PRESENT;
		self->value = 0;
		self->args.op = op_args(&self->key, 8, &self->value, 8);
		break;
	case GOMAP_IOCTL_SWAP:
	case GOMAP_IOCTL_COMPARE_EXCHANGE:
		self->key = PRESENT;
		self->value = VALUE + 1;
		self->other = cmd == GOMAP_IOCTL_SWAP ? 0 : VALUE;
		self->args.op = op_args(&self->key, 8, &self->value, 8);
		self->args.op.other = user_ptr(&self->other);
		self->args.op.other_len = 8;
		break;
	case GOMAP_IOCTL_FETCH_ADD:
		self->key = ABSENT;
		self->args.add = (struct gomap_add_args){
			.size = sizeof(struct gomap_add_args),
			.key = user_ptr(&self->key),
			.key_len = 8,
			.delta = VALUE + 1,
			.old = 77,
		};
		break;
	case GOMAP_IOCTL_SCAN:
		self->args.scan = scan_args(self->entry, sizeof(self->entry));
		break;
	case GOMAP_IOCTL_BATCH:
		self->key = ABSENT;
		self->value = VALUE + 1;
		self->args.batch = (struct gomap_batch_args){
			.size = sizeof(struct gomap_batch_args),
			.op = GOMAP_BATCH_INSERT,
			.count = 1,
			.keys = user_ptr(&self->key),
			.values = user_ptr(&self->value),
		};
		break;
	case GOMAP_IOCTL_RESERVE:
		self->args.map.entries = RESERVE;
		/* fallthrough */
	case GOMAP_IOCTL_CLEAR:
	case GOMAP_IOCTL_FREEZE:
	case GOMAP_IOCTL_SHRINK:
		self->args.map.size = sizeof(struct gomap_map_args);
		break;
	}
}

FIXTURE_SETUP(format)
{
	self->map = map_create(named_args(NAME));
	ASSERT_LE(0, self->map);
	ASSERT_EQ(0, u64_insert(self->map, PRESENT, VALUE, 0));
	set_args(self, variant->cmd);
}

FIXTURE_TEARDOWN_PARENT(format)
{
	remove_test_maps();
}

/* 0 or -errno; a descriptor is closed. */
static int call(int fd, unsigned int cmd, const void *args)
{
	int ret = result(ioctl(fd, cmd, args));

	if (ret > 0)
		close(ret);
	return ret > 0 ? 0 : ret;
}

/* Did the ioctl do what set_args() asks it for? */
static bool done(FIXTURE_DATA(format) *self, unsigned int cmd, const union any_args *args)
{
	struct gomap_info info;

	switch (cmd) {
	case GOMAP_IOCTL_CREATE:
		return !access(DEV_DIR NAME_2, F_OK);
	case GOMAP_IOCTL_REMOVE:
		return access(NODE, F_OK) < 0;
	case GOMAP_IOCTL_REOPEN:
		/* The descriptor is closed again. See access_test. */
		return true;
	case GOMAP_IOCTL_NEXT:
	case GOMAP_IOCTL_INFO:
		return args->info.key_size == 8 && args->info.entries == 1 &&
		       !strcmp(args->info.name, NAME);
	case GOMAP_IOCTL_LOOKUP:
		return self->value == VALUE && args->op.value_len == 8;
	case GOMAP_IOCTL_INSERT:
		return u64_value(self->map, ABSENT) == VALUE + 1;
	case GOMAP_IOCTL_DELETE:
		return u64_value(self->map, PRESENT) == 0;
	case GOMAP_IOCTL_TAKE:
		return u64_value(self->map, PRESENT) == 0 && self->value == VALUE &&
		       args->op.value_len == 8;
	case GOMAP_IOCTL_SWAP:
		return u64_value(self->map, PRESENT) == VALUE + 1 && self->other == VALUE &&
		       args->op.other_len == 8;
	case GOMAP_IOCTL_COMPARE_EXCHANGE:
		return u64_value(self->map, PRESENT) == VALUE + 1;
	case GOMAP_IOCTL_FETCH_ADD:
		return u64_value(self->map, ABSENT) == VALUE + 1 && args->add.old == 0;
	case GOMAP_IOCTL_SCAN:
		return args->scan.count == 1 && args->scan.done == 1 &&
		       self->entry[0] == PRESENT && self->entry[1] == VALUE;
	case GOMAP_IOCTL_BATCH:
		return u64_value(self->map, ABSENT) == VALUE + 1 && args->batch.done == 1;
	case GOMAP_IOCTL_CLEAR:
		return map_entries(self->map) == 0;
	case GOMAP_IOCTL_FREEZE:
		return !map_info(self->map, &info) && info.state & GOMAP_STATE_FROZEN;
	case GOMAP_IOCTL_RESERVE:
		return !map_info(self->map, &info) && info.reserve == RESERVE;
	case GOMAP_IOCTL_SHRINK:
		/* There is nothing to shrink. See whole_test. */
		return u64_value(self->map, PRESENT) == VALUE;
	}
	return false;
}

/* Is everything as FIXTURE_SETUP left it? */
static bool unchanged(FIXTURE_DATA(format) *self)
{
	struct gomap_info info;

	return access(DEV_DIR NAME_2, F_OK) < 0 && !access(NODE, F_OK) &&
	       !map_info(self->map, &info) && info.entries == 1 && !info.reserve &&
	       info.state == GOMAP_STATE_COUNTED && u64_value(self->map, PRESENT) == VALUE;
}

/* Call with @self->args at @args, where something about them has been changed. */
#define EXPECT_REFUSED(error, args)						\
	do {									\
		EXPECT_EQ(-(error), call(self->fd, variant->cmd, args));	\
		EXPECT_TRUE(unchanged(self));					\
	} while (0)

#define EXPECT_DONE(args)							\
	do {									\
		EXPECT_EQ(0, call(self->fd, variant->cmd, args));		\
		EXPECT_TRUE(done(self, variant->cmd, args));			\
	} while (0)

TEST_F(format, exact_size_is_accepted)
{
	ASSERT_EQ(variant->size, self->args.size);
	EXPECT_DONE(&self->args);
	EXPECT_EQ(variant->size, self->args.size);
	EXPECT_EQ(0, self->args.flags);
}

/* A program that was built with the first version: nothing behind is touched. */
TEST_F(format, size_of_the_first_version_is_accepted)
{
	union any_args *args = guarded(variant->size_1);

	memcpy(args, &self->args, variant->size_1);
	args->size = variant->size_1;
	EXPECT_DONE(args);
}

TEST_F(format, every_shorter_size_is_refused)
{
	for (__u32 size = 0; size < variant->size_1; size++) {
		self->args.size = size;
		EXPECT_REFUSED(EINVAL, &self->args);
	}
	self->args.size = variant->size;
	EXPECT_DONE(&self->args);
}

/* A structure from a later version that asks for nothing new. */
TEST_F(format, longer_size_is_accepted_if_zero_there)
{
	static const __u32 longer[] = { 1, 4, 8, 100 };
	union any_args *args = guarded(PAGE);

	for (size_t i = 0; i < ARRAY_SIZE(longer); i++) {
		memcpy(args, &self->args, variant->size);
		args->size = variant->size + longer[i];
		EXPECT_DONE(args);

		/* Back to the start, for the next one. */
		remove_test_maps();
		self->map = map_create(named_args(NAME));
		ASSERT_LE(0, self->map);
		ASSERT_EQ(0, u64_insert(self->map, PRESENT, VALUE, 0));
		set_args(self, variant->cmd);
	}
	memcpy(args, &self->args, variant->size);
	args->size = PAGE;
	EXPECT_DONE(args);
}

TEST_F(format, longer_size_is_refused_if_not_zero_there)
{
	union any_args *args = guarded(PAGE);
	char *bytes = (char *)args;

	memcpy(args, &self->args, variant->size);
	args->size = variant->size + 16;
	for (__u32 at = variant->size; at < variant->size + 16; at++) {
		bytes[at] = 1;
		EXPECT_REFUSED(E2BIG, args);
		bytes[at] = 0;
	}
	args->size = PAGE;
	bytes[PAGE - 1] = 0x80;
	EXPECT_REFUSED(E2BIG, args);
	bytes[PAGE - 1] = 0;
	EXPECT_DONE(args);
}

TEST_F(format, more_than_a_page_is_refused)
{
	const __u32 page = sysconf(_SC_PAGESIZE);
	const __u32 sizes[] = { page + 1, 2 * page, 1U << 31, UINT_MAX };
	union any_args *args = guarded(2 * page);

	memcpy(args, &self->args, variant->size);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		args->size = sizes[i];
		EXPECT_REFUSED(E2BIG, args);
	}
	args->size = variant->size;
	EXPECT_DONE(args);
}

TEST_F(format, nothing_behind_the_structure_is_looked_at)
{
	union any_args *args = guarded(variant->size);

	memcpy(args, &self->args, variant->size);
	EXPECT_DONE(args);
}

TEST_F(format, nothing_behind_the_structure_is_changed)
{
	unsigned char bytes[sizeof(union any_args) + 8];

	memset(bytes, 0xee, sizeof(bytes));
	memcpy(bytes, &self->args, variant->size);
	EXPECT_DONE((union any_args *)bytes);
	for (size_t at = variant->size; at < sizeof(bytes); at++)
		EXPECT_EQ(0xee, bytes[at]);
}

TEST_F(format, every_unknown_flag_is_refused)
{
	for (int bit = 0; bit < 32; bit++) {
		if (variant->flags & 1U << bit)
			continue;
		self->args.flags = 1U << bit;
		EXPECT_REFUSED(EOPNOTSUPP, &self->args);
		/* Together with a known one too. */
		self->args.flags |= variant->flags & -variant->flags;
		EXPECT_REFUSED(EOPNOTSUPP, &self->args);
	}
	self->args.flags = 0;
	EXPECT_DONE(&self->args);
}

TEST_F(format, bytes_that_must_be_zero_are_refused_otherwise)
{
	unsigned char *bytes = (unsigned char *)&self->args;

	for (__u32 at = variant->zeros; at < variant->zeros_end; at++) {
		bytes[at] = 1;
		EXPECT_REFUSED(EINVAL, &self->args);
		bytes[at] = 0x80;
		EXPECT_REFUSED(EINVAL, &self->args);
		bytes[at] = 0;
	}
	EXPECT_DONE(&self->args);
}

/* Whatever size the caller tells, and whether it's enough. */
TEST_F(format, nothing_behind_a_shorter_size_is_changed)
{
	for (__u32 size = sizeof(size); size < variant->size; size++) {
		unsigned char bytes[sizeof(union any_args)] __attribute__((aligned(8)));

		memset(bytes, 0xee, sizeof(bytes));
		memcpy(bytes, &self->args, size);
		memcpy(bytes, &size, sizeof(size));
		call(self->fd, variant->cmd, bytes);
		for (__u32 at = size; at < sizeof(bytes); at++) {
			ASSERT_EQ(0xee, bytes[at]);
		}
	}
}

TEST_F(format, pointer_to_no_structure_is_refused)
{
	char *nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	EXPECT_REFUSED(EFAULT, NULL);
	EXPECT_REFUSED(EFAULT, (void *)8);
	EXPECT_REFUSED(EFAULT, nowhere);
	EXPECT_REFUSED(EFAULT, (void *)-4096L);
	EXPECT_REFUSED(EFAULT, (void *)-1L);
	EXPECT_DONE(&self->args);
}

/* All of it must be there, not just the size that is read first. */
TEST_F(format, structure_cut_by_the_end_of_memory_is_refused)
{
	for (__u32 there = 0; there < variant->size; there++) {
		char *args = guarded(there);

		memcpy(args, &self->args, there);
		EXPECT_REFUSED(EFAULT, args);
	}
	/* And so must be the bytes that a later version has. */
	union any_args *args = guarded(variant->size + 7);

	memcpy(args, &self->args, variant->size);
	args->size = variant->size + 8;
	EXPECT_REFUSED(EFAULT, args);
	args->size = variant->size;
	EXPECT_DONE(args);
}

/* The number is the whole number: with a direction or a size it is another. */
TEST_F(format, numbers_with_direction_or_size_are_unknown)
{
	unsigned int nr = _IOC_NR(variant->cmd);

	EXPECT_EQ(-ENOTTY, call(self->fd, _IOR(GOMAP_IOCTL_TYPE, nr, __u64), &self->args));
	EXPECT_EQ(-ENOTTY, call(self->fd, _IOW(GOMAP_IOCTL_TYPE, nr, __u64), &self->args));
	EXPECT_EQ(-ENOTTY, call(self->fd, _IOWR(GOMAP_IOCTL_TYPE, nr, __u64), &self->args));
	EXPECT_EQ(-ENOTTY, call(self->fd, _IO(GOMAP_IOCTL_TYPE - 1, nr), &self->args));
	EXPECT_EQ(-ENOTTY, call(self->fd, _IO(GOMAP_IOCTL_TYPE + 1, nr), &self->args));
	EXPECT_TRUE(unchanged(self));
	EXPECT_DONE(&self->args);
}

/* Whatever ioctls maps will have, the upper half of the numbers is free for long. */
TEST(every_other_number_is_unknown)
{
	char page[PAGE] = {};
	int map = map_create(map_args(0, 8, 8));

	ASSERT_LE(0, map);
	/* A size that every ioctl to come will take, so that it isn't the reason. */
	*(__u32 *)page = PAGE;
	for (unsigned int nr = 0; nr < 256; nr++) {
		if (nr != GOMAP_CMD_CREATE && nr != GOMAP_CMD_REMOVE && nr != GOMAP_CMD_NEXT)
			EXPECT_EQ(-ENOTTY, call(control(), _IO(GOMAP_IOCTL_TYPE, nr), page));
		if (nr >= 128)
			EXPECT_EQ(-ENOTTY, call(map, _IO(GOMAP_IOCTL_TYPE, nr), page));
	}
}

/*
 * Pointers to keys and values. The map's key is larger than a value, or the
 * other way round, or both are large: they take different ways in the kernel.
 */
FIXTURE(pointer) {
	int map;
	char *key;
	char *value;
	char *found;
};

FIXTURE_VARIANT(pointer) {
	__u32 flags;
	__u32 key_size;
	__u32 value_size;
};

FIXTURE_VARIANT_ADD(pointer, in_slots) { 0, 8, 8 };
FIXTURE_VARIANT_ADD(pointer, in_slots_odd) { 0, 17, 33 };
FIXTURE_VARIANT_ADD(pointer, entries) { 0, 200, 300 };
FIXTURE_VARIANT_ADD(pointer, large_entries) { 0, 4096, 70000 };
FIXTURE_VARIANT_ADD(pointer, variable) { GOMAP_VAR_KEY | GOMAP_VAR_VALUE, 100, 5000 };
FIXTURE_VARIANT_ADD(pointer, largest) { 0, 4096, GOMAP_VALUE_SIZE_MAX };

enum { OLD = 'o', NEW = 'n' };

FIXTURE_SETUP(pointer)
{
	self->map = map_create(map_args(variant->flags, variant->key_size, variant->value_size));
	ASSERT_LE(0, self->map);
	self->key = malloc(variant->key_size);
	self->value = malloc(variant->value_size);
	self->found = malloc(variant->value_size);
	memset(self->key, PRESENT, variant->key_size);
	memset(self->value, OLD, variant->value_size);
	ASSERT_EQ(0, map_insert(self->map, self->key, variant->key_size, self->value,
				variant->value_size, 0));
	memset(self->value, NEW, variant->value_size);
}

FIXTURE_TEARDOWN(pointer)
{
	close(self->map);
}

/* An operation with @key and @value where those pointers would be. */
static int point(FIXTURE_DATA(pointer) *self, const FIXTURE_VARIANT(pointer) *variant,
		 unsigned int cmd, __u64 key, __u64 value)
{
	struct gomap_op_args args = op_args(NULL, variant->key_size, NULL, variant->value_size);

	args.key = key;
	args.value = value;
	if (cmd == GOMAP_IOCTL_DELETE) {
		args.value = 0;
		args.value_len = 0;
	}
	return map_op(self->map, cmd, &args);
}

/* Has the map still the one key, with the old value in all its bytes? */
static bool as_it_was(FIXTURE_DATA(pointer) *self, const FIXTURE_VARIANT(pointer) *variant)
{
	__u32 len = variant->value_size;

	if (map_entries(self->map) != 1 ||
	    map_lookup(self->map, self->key, variant->key_size, self->found, &len))
		return false;
	for (__u32 i = 0; i < len; i++)
		if (self->found[i] != OLD)
			return false;
	return len == variant->value_size;
}

/*
 * Addresses at which @size bytes can't be read, nor written, though all but the
 * last byte can at one of them.
 */
static size_t bad_pointers(__u64 addresses[static 6], __u32 size)
{
	char *good = malloc(size);
	size_t n = 0;

	addresses[n++] = 0;
	addresses[n++] = 1;
	addresses[n++] = user_ptr(mmap(NULL, 2 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
				       -1, 0));
	addresses[n++] = user_ptr(guarded(size - 1));
	/* The kernel must look at all 64 bits. */
	addresses[n++] = user_ptr(good) | 1ULL << 63;
	if (sizeof(void *) == 4)
		addresses[n++] = user_ptr(good) | 1ULL << 32;
	return n;
}

TEST_F(pointer, bad_pointer_to_the_key_is_refused)
{
	__u64 bad[6], value = user_ptr(self->value);
	size_t n = bad_pointers(bad, variant->key_size);

	for (size_t i = 0; i < n; i++) {
		EXPECT_EQ(-EFAULT, point(self, variant, GOMAP_IOCTL_INSERT, bad[i], value));
		EXPECT_EQ(-EFAULT, point(self, variant, GOMAP_IOCTL_DELETE, bad[i], 0));
		EXPECT_EQ(-EFAULT, point(self, variant, GOMAP_IOCTL_LOOKUP, bad[i], value));
		EXPECT_TRUE(as_it_was(self, variant));
	}
	EXPECT_EQ(0, point(self, variant, GOMAP_IOCTL_LOOKUP, user_ptr(self->key), value));
	EXPECT_EQ(0, point(self, variant, GOMAP_IOCTL_INSERT, user_ptr(self->key), value));
	EXPECT_EQ(0, point(self, variant, GOMAP_IOCTL_DELETE, user_ptr(self->key), 0));
}

TEST_F(pointer, bad_pointer_to_the_value_is_refused)
{
	__u64 bad[6], key = user_ptr(self->key);
	char *other = malloc(variant->key_size);
	size_t n = bad_pointers(bad, variant->value_size);

	memset(other, ABSENT, variant->key_size);
	for (size_t i = 0; i < n; i++) {
		EXPECT_EQ(-EFAULT, point(self, variant, GOMAP_IOCTL_INSERT, key, bad[i]));
		EXPECT_EQ(-EFAULT, point(self, variant, GOMAP_IOCTL_INSERT, user_ptr(other),
					 bad[i]));
		EXPECT_EQ(-EFAULT, point(self, variant, GOMAP_IOCTL_LOOKUP, key, bad[i]));
		EXPECT_TRUE(as_it_was(self, variant));
		EXPECT_EQ(-ENOENT, map_has(self->map, other, variant->key_size));
	}
	EXPECT_EQ(0, point(self, variant, GOMAP_IOCTL_LOOKUP, key, user_ptr(self->value)));
	EXPECT_EQ(0, point(self, variant, GOMAP_IOCTL_INSERT, user_ptr(other),
			   user_ptr(self->value)));
	EXPECT_EQ(2, map_entries(self->map));
}

TEST_F(pointer, keys_and_values_to_insert_may_be_read_only)
{
	const __u64 key = user_ptr(read_only(self->key, variant->key_size));
	const __u64 value = user_ptr(read_only(self->value, variant->value_size));

	EXPECT_EQ(0, point(self, variant, GOMAP_IOCTL_INSERT, key, value));
	EXPECT_FALSE(as_it_was(self, variant));
	EXPECT_EQ(0, point(self, variant, GOMAP_IOCTL_LOOKUP, key, user_ptr(self->found)));
	EXPECT_EQ(0, point(self, variant, GOMAP_IOCTL_DELETE, key, 0));
}

TEST_F(pointer, lookup_into_read_only_memory_is_refused)
{
	char *value = read_only(self->value, variant->value_size);
	const __u64 key = user_ptr(self->key);

	EXPECT_EQ(-EFAULT, point(self, variant, GOMAP_IOCTL_LOOKUP, key, user_ptr(value)));
	EXPECT_EQ(NEW, value[0]);
	EXPECT_TRUE(as_it_was(self, variant));
	ASSERT_EQ(0, mprotect(value, variant->value_size, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, point(self, variant, GOMAP_IOCTL_LOOKUP, key, user_ptr(value)));
	EXPECT_EQ(OLD, value[0]);
}

/* The length needed can't be told, so that is the error. */
TEST_F(pointer, length_needed_into_read_only_structure_is_refused)
{
	struct gomap_op_args args, *fixed;

	args = op_args(self->key, variant->key_size, self->found, 1);
	fixed = read_only(&args, sizeof(args));
	EXPECT_EQ(-EFAULT, map_op(self->map, GOMAP_IOCTL_LOOKUP, fixed));
	EXPECT_EQ(-EMSGSIZE, map_op(self->map, GOMAP_IOCTL_LOOKUP, &args));
	EXPECT_EQ(variant->value_size, args.value_len);
}

/* A program that asks again needs to set nothing again. */
TEST(info_ignores_what_is_in_the_members_that_it_writes)
{
	struct gomap_info info = {};
	int map = map_create(map_args(0, 8, 8));

	ASSERT_LE(0, map);
	/* What comes later may be unknown to this kernel, and has to be zero then. */
	memset(&info, 0xee, INFO_SIZE_1);
	info.size = sizeof(info);
	info.flags = 0;
	EXPECT_EQ(0, call(map, GOMAP_IOCTL_INFO, &info));
	EXPECT_EQ(8, info.key_size);
	EXPECT_EQ(0, info.entries);
	EXPECT_EQ(0, info.maker);
	EXPECT_STREQ("", info.name);
	EXPECT_EQ(0, call(map, GOMAP_IOCTL_INFO, &info));
}

TEST(info_into_read_only_structure_is_refused)
{
	struct gomap_info info = { .size = sizeof(info) };
	int map = map_create(map_args(0, 8, 8));

	ASSERT_LE(0, map);
	EXPECT_EQ(-EFAULT, call(map, GOMAP_IOCTL_INFO, read_only(&info, sizeof(info))));
	EXPECT_EQ(0, call(map, GOMAP_IOCTL_INFO, &info));
}

TEST_HARNESS_MAIN
