// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "failure.h"
#include "gomapctl.h"
#include "map.h"

int fail_name(const char *name)
{
	return fail("'%s' is no map name: 1 to %d of A-Z a-z 0-9 _ - ., not -*, .* or control",
		    name, GOMAP_NAME_LEN - 1);
}

static int fail_no_module(void)
{
	return fail("the gomap module is not loaded: run 'modprobe gomap'");
}

static int fail_no_map(const char *name)
{
	return fail("there is no map '%s': 'gomapctl list' shows those there are",
		    name);
}

int fail_control(const char *operation, const char *name, int err)
{
	switch (-err) {
	case ENODEV:
		return fail_no_module();
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
	if (err == -ENODEV)
		return fail_no_module();
	return fail("cannot list the maps: %s", strerror(-err));
}

int fail_open(const char *name, int err)
{
	switch (-err) {
	case EINVAL:
		return fail_name(name);
	case ENODEV:
		return fail_no_module();
	case ENOENT:
		return fail_no_map(name);
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
