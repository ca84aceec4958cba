// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults in what makes, opens, closes and removes maps: either there is a map, with all that
 * belongs to it, or there is nothing of it, neither its name nor what it takes.
 */
#include "fault.h"

#define MAX_MAPS "/sys/module/gomap/parameters/max_maps"
#define SYSFS "/sys/class/gomap/" NAME

FIXTURE(node) {
	int map;
};

FIXTURE_SETUP(node)
{
	if (!have_faults())
		SKIP(return, NO_FAULTS);
	ASSERT_LT(0, control());
	/* So that no map can be made while another one is there, or has been lost. */
	ASSERT_EQ(0, write_file(MAX_MAPS, "1"));
	self->map = -1;
}

/* In the parent, as a test that is broken off has no other. */
FIXTURE_TEARDOWN_PARENT(node)
{
	(void)self;
	remove_test_maps();
	write_file(MAX_MAPS, "65536");
}

/* A map is where it should be, or nowhere. */
static void check_node(struct __test_metadata *_metadata, bool there)
{
	ASSERT_EQ(there, exists(NODE)) {
		TH_LOG("fault %u", fault.nth);
	}
	ASSERT_EQ(there, exists(SYSFS));
	ASSERT_EQ(there, exists("/sys/devices/virtual/gomap/" NAME));
	/* Where a device goes that has no directory of its own. */
	ASSERT_FALSE(exists("/dev/" NAME));
}

/* It may be that the last one is on its way out. */
static int create_alone(struct gomap_create_args args)
{
	int ret;

	eventually((ret = map_create(args)) != -ENOSPC);
	return ret;
}

static unsigned int fail_each_create(struct __test_metadata *_metadata, FIXTURE_DATA(node) *self,
				     struct gomap_create_args args)
{
	bool named = *args.name;
	unsigned int nth = 0;
	bool fired;

	do {
		fault.nth = ++nth;
		self->map = faulty_ioctl(control(), GOMAP_IOCTL_CREATE, &args);
		fired = fault.fired;
		if (self->map < 0) {
			ASSERT_TRUE(is_fault(self->map)) {
				TH_LOG("fault %u: %d", nth, self->map);
			}
			check_node(_metadata, false);
			/* Neither the map nor its name is in the way. */
			self->map = create_alone(args);
			ASSERT_LE(0, self->map);
		}
		check_node(_metadata, named);
		ASSERT_EQ(0, u64_insert(self->map, 1, 2, 0));
		ASSERT_EQ(2, u64_value(self->map, 1));
		if (named) {
			ASSERT_EQ(0, map_remove(NAME));
		}
		check_node(_metadata, false);
		ASSERT_EQ(0, close(self->map));
	} while (fired);
	fault.nth = 0;
	/* And the last one isn't lost either. */
	self->map = create_alone(map_args(0, 8, 8));
	ASSERT_LE(0, self->map);
	return nth - 1;
}

/* The structure, the node, the map, a table, its buckets, the file. */
TEST_F(node, create_unnamed)
{
	struct gomap_create_args args = map_args(0, 8, 8);

	args.reserve = RESERVED;
	EXPECT_LE(6, fail_each_create(_metadata, self, args));
}

/* And a number, a name, a device, directories and files and links in sysfs. */
TEST_F(node, create_named)
{
	EXPECT_LE(20, fail_each_create(_metadata, self, named_args(NAME)));
}

static int faulty_remove(void)
{
	struct gomap_remove_args args = { .size = sizeof(args), .name = NAME };

	return faulty_ioctl(control(), GOMAP_IOCTL_REMOVE, &args);
}

TEST_F(node, remove)
{
	unsigned int nth = 0;
	bool fired;
	int ret;

	do {
		self->map = create_alone(named_args(NAME));
		ASSERT_LE(0, self->map) {
			TH_LOG("after fault %u", nth);
		}
		fault.nth = ++nth;
		ret = faulty_remove();
		fired = fault.fired;
		ASSERT_TRUE(!ret || is_fault(ret)) {
			TH_LOG("fault %u: %d", nth, ret);
		}
		check_node(_metadata, ret);
		if (ret) {
			ASSERT_EQ(0, map_remove(NAME));
			check_node(_metadata, false);
		}
		ASSERT_EQ(0, u64_insert(self->map, 1, 2, 0));
		ASSERT_EQ(0, close(self->map));
	} while (fired);
	EXPECT_LE(2, nth - 1);
}

static int faulty_open(const char *node, int flags)
{
	int ret;

	arm();
	ret = map_open(node, flags);
	disarm();
	return ret;
}

/* The name, the file, the way to it. */
TEST_F(node, open)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };

	self->map = create_alone(named_args(NAME));
	ASSERT_LE(0, self->map);
	ASSERT_EQ(0, u64_insert(self->map, 1, 2, 0));
	for (size_t i = 0; i < 2 * ARRAY_SIZE(modes); i++) {
		bool of_control = i % 2, fired;

		fault.nth = 0;
		do {
			int fd;

			fault.nth++;
			fd = faulty_open(of_control ? CONTROL : NODE, modes[i / 2]);
			fired = fault.fired;
			ASSERT_TRUE(fd >= 0 || is_fault(fd)) {
				TH_LOG("fault %u: %d", fault.nth, fd);
			}
			if (!of_control && fd >= 0 && modes[i / 2] != O_WRONLY) {
				ASSERT_EQ(2, u64_value(fd, 1));
			}
			if (fd >= 0) {
				ASSERT_EQ(0, close(fd));
			}
			ASSERT_EQ(2, u64_value(self->map, 1));
		} while (fired);
		EXPECT_LE(2, fault.nth - 1);
	}
	fault.nth = 0;
	/* No open that failed holds on to the map. */
	ASSERT_EQ(0, map_remove(NAME));
	ASSERT_EQ(0, close(self->map));
	self->map = create_alone(map_args(0, 8, 8));
	ASSERT_LE(0, self->map);
}

/* Nothing that can fail keeps a map from being destroyed. */
TEST_F(node, close)
{
	bool fired;

	fault.nth = 0;
	do {
		self->map = create_alone(map_args(GOMAP_VAR_VALUE, 8, 300));
		ASSERT_LE(0, self->map);
		for (__u64 key = 0; key < 100; key++) {
			ASSERT_EQ(0, u64_insert(self->map, key, key, 0));
		}
		fault.nth++;
		arm();
		ASSERT_EQ(0, close(self->map));
		disarm();
		fired = fault.fired;
	} while (fired);
	self->map = create_alone(map_args(0, 8, 8));
	ASSERT_LE(0, self->map);
}

TEST_HARNESS_MAIN
