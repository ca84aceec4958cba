// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "gomapctl.h"
#include "map.h"

#define CLASS_DIR "/sys/class/gomap"

int fail_name(const char *name)
{
	return fail("'%s' is no map name: 1 to %d of A-Z a-z 0-9 _ - ., not -*, .* or control",
		    name, GOMAP_NAME_LEN - 1);
}

/* What /proc/devices has of it: its character devices. */
static bool has_devices(void)
{
	FILE *devices = fopen("/proc/devices", "re");
	char line[128], name[64];
	bool found = false;

	while (devices && !found && fgets(line, sizeof(line), devices))
		found = sscanf(line, "%*u %63s", name) == 1 &&
			!strcmp(name, "gomap");
	if (devices)
		fclose(devices);
	return found;
}

static bool is_loaded(void)
{
	return !access(CLASS_DIR, F_OK) || has_devices();
}

static bool map_exists(const char *name)
{
	char path[sizeof(CLASS_DIR) + 1 + GOMAP_NAME_LEN];

	snprintf(path, sizeof(path), CLASS_DIR "/%s", name);
	return !access(path, F_OK);
}

/* A node is not here: that of a map, or control. */
static int fail_no_node(const char *name)
{
	if (!is_loaded())
		return fail("the gomap module is not loaded: run 'modprobe gomap'");
	return fail("gomap is loaded, but /dev/gomap/%s is hidden: give this container the node",
		    name);
}

static int fail_no_map(const char *name)
{
	return fail("there is no map '%s': 'gomapctl list' shows those there are",
		    name);
}

/* Without sysfs it can't be known whether the map exists. */
static int fail_no_map_node(const char *name, int err)
{
	bool known = !access(CLASS_DIR, F_OK);

	if (known ? map_exists(name) : err == -ENODEV)
		return fail_no_node(name);
	return fail_no_map(name);
}

int fail_control(const char *operation, const char *name, int err)
{
	switch (-err) {
	case ENODEV:
		return fail_no_node("control");
	case ENOENT:
		return fail_no_map(name);
	case EACCES:
		return fail("no permission for /dev/gomap/control: run as root or in its group");
	default:
		return fail("cannot %s map '%s': %s", operation, name,
			    strerror(-err));
	}
}

int fail_list(int err)
{
	if (err == -ENODEV && is_loaded())
		return fail("gomap is loaded, but " CLASS_DIR " is hidden: mount sysfs on /sys");
	if (err == -ENODEV)
		return fail_no_node("control");
	return fail("cannot list the maps: %s", strerror(-err));
}

int fail_open(const char *name, int err)
{
	switch (-err) {
	case EINVAL:
		return fail_name(name);
	case ENODEV:
	case ENOENT:
		return fail_no_map_node(name, err);
	case EPERM:
		return fail("map '%s' may not be opened here: permit the container /dev/gomap/%s",
			    name, name);
	case EACCES:
		return fail("no permission for map '%s': ask its owner, or run as root",
			    name);
	default:
		return fail("cannot open map '%s': %s", name, strerror(-err));
	}
}

int fail_operation(const char *operation, const struct map *map, int err)
{
	switch (-err) {
	case ENOSPC:
		return fail("map '%s' is full, with its max of %llu entries: delete some first",
			    map->name, map->info.max_entries);
	case EFBIG:
		return fail("map '%s' is at its max_bytes of %llu: delete some first",
			    map->name, map->info.max_bytes);
	case EDQUOT:
		return fail("the maker of map '%s' is at max_user_bytes: remove a map, or raise it",
			    map->name);
	case ENOMEM:
		return fail("no memory to %s: map '%s' is as it was", operation,
			    map->name);
	case EACCES:
		return fail("no permission to %s map '%s': ask its maker, or run as root",
			    operation, map->name);
	case EPERM:
		return fail("map '%s' is frozen: it can only be read",
			    map->name);
	default:
		return fail("cannot %s in map '%s': %s", operation, map->name,
			    strerror(-err));
	}
}

int fail_no_values(const struct map *map)
{
	return fail("map '%s' is a set: it has no values to compare", map->name);
}
