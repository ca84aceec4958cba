// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults while the module is loaded: either it is there and works, or nothing of it is left, and it
 * can be loaded the next time. While it is unloaded: it goes.
 *
 * Most of the chances to fail are those of the kernel's loader, before and after the module's own.
 */
#include "fault.h"

/*
 * The driver core asks for the name of the control device's node, "gomap/control", when it makes
 * the node and when it removes it, and misc_devnode() allocates it. Without memory the core takes
 * the device's own name instead, and tells nobody: the node is made in another place, where it
 * stays when the device goes; or it isn't found when it is to be removed. So it is with all misc
 * devices that have a node in a directory.
 */
#define STRAY "/dev/gomap_control"

FIXTURE(fault) {
};

FIXTURE_SETUP(fault)
{
	if (!have_faults())
		SKIP(return, NO_FAULTS);
	ASSERT_TRUE(exists(CONTROL));
	ASSERT_EQ(0, module_unload_soon());
}

/* Loaded it was, loaded it shall be for whoever comes next. */
FIXTURE_TEARDOWN_PARENT(fault)
{
	if (exists("/sys/module/gomap") && exists(CONTROL))
		return;
	module_unload_soon();
	unlink(STRAY);
	unlink(CONTROL);
	module_load();
}

/* Whether it does, or -errno. */
static int mentions_gomap(const char *path)
{
	static char text[65536];
	int fd = result(open(path, O_RDONLY | O_CLOEXEC));
	ssize_t size = 0, more;

	if (fd < 0)
		return fd;
	while ((more = read(fd, text + size, sizeof(text) - 1 - size)) > 0)
		size += more;
	close(fd);
	text[size] = 0;
	return more < 0 ? result(more) : !!strstr(text, "gomap");
}

static void check_gone(struct __test_metadata *_metadata)
{
	static const char *const traces[] = {
		"/dev/gomap", STRAY, "/sys/module/gomap", "/sys/class/gomap",
		"/sys/class/misc/gomap_control", "/sys/devices/virtual/gomap",
	};
	static const char *const lists[] = { "/proc/devices", "/proc/misc" };

	for (size_t i = 0; i < ARRAY_SIZE(traces); i++) {
		ASSERT_FALSE(exists(traces[i])) {
			TH_LOG("%s is there after fault %u", traces[i], fault.nth);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		ASSERT_EQ(0, mentions_gomap(lists[i])) {
			TH_LOG("%s has it after fault %u", lists[i], fault.nth);
		}
	}
}

/* A map can be made, found by its name, used and removed. */
static void check_works(struct __test_metadata *_metadata)
{
	int control = map_open(exists(STRAY) ? STRAY : CONTROL, O_RDWR), made, map;

	ASSERT_LE(0, control) {
		TH_LOG("after fault %u: %s", fault.nth, strerror(-control));
	}
	made = map_create_by(control, named_args(NAME));
	ASSERT_LE(0, made);
	map = map_open(NODE, O_RDWR);
	ASSERT_LE(0, map);
	ASSERT_EQ(0, u64_insert(made, 1, 2, GOMAP_INSERT_NEW));
	ASSERT_EQ(2, u64_value(map, 1));
	ASSERT_EQ(0, map_remove_by(control, NAME));
	close(map);
	close(made);
	close(control);
}

/* Hundreds of loads; with KASAN they take minutes. */
TEST_F_TIMEOUT(fault, load, 3 * TEST_TIMEOUT_DEFAULT)
{
	unsigned int nth = 0;
	int ret;

	do {
		fault.nth = ++nth;
		arm();
		ret = module_load();
		disarm();
		ASSERT_TRUE(!ret || is_fault(ret)) {
			TH_LOG("fault %u: %d (%s)", nth, ret, strerror(-ret));
		}
		if (ret) {
			check_gone(_metadata);
			ASSERT_EQ(0, module_load());
		}
		check_works(_metadata);
		ASSERT_EQ(0, module_unload_soon());
		if (exists(STRAY)) {
			ASSERT_TRUE(fault.fired);
			ASSERT_EQ(0, unlink(STRAY));
		}
		check_gone(_metadata);
	} while (fault.fired);
	EXPECT_LE(50, nth - 1);
}

/* Nothing that can fail keeps it, but that the kernel can't read its name. */
TEST_F(fault, unload)
{
	unsigned int nth = 0;
	int ret;

	do {
		ASSERT_EQ(0, module_load());
		fault.nth = ++nth;
		arm();
		ret = module_unload();
		disarm();
		ASSERT_TRUE(!ret || (fault.fired && ret == -EFAULT)) {
			TH_LOG("fault %u: %d (%s)", nth, ret, strerror(-ret));
		}
		if (ret) {
			check_works(_metadata);
			ASSERT_EQ(0, module_unload_soon());
		}
		if (exists(CONTROL)) {
			ASSERT_TRUE(fault.fired);
			ASSERT_EQ(0, unlink(CONTROL));
			ASSERT_EQ(0, rmdir(DEV_DIR));
		}
		check_gone(_metadata);
	} while (fault.fired);
	EXPECT_LE(1, nth - 1);
}

TEST_HARNESS_MAIN
