// SPDX-License-Identifier: GPL-2.0-only
/*
 * For gomapctl_test.sh: maps as programs make them, without formats, or with
 * formats that gomapctl doesn't know or that don't fit.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <gomap.h>

#include "gomapctl.h"

static const struct gomap_create_args maps[] = {
	{
		.name = "plain",
		.key_size = 4,
		.value_size = 3,
	}, {
		.name = "plain-set",
		.key_size = 4,
	}, {
		.name = "varying",
		.flags = GOMAP_VAR_KEY | GOMAP_VAR_VALUE,
		.key_size = 8,
		.value_size = GOMAP_VALUE_SIZE_MAX,
	}, {
		.name = "unknown",
		.key_size = 2,
		.value_size = 8,
		.key_format = "struct.port",
		.value_format = "u64",
	}, {
		.name = "unfitting",
		.flags = GOMAP_VAR_KEY,
		.key_size = 4,
		.value_size = 4,
		.key_format = "u32",
		.value_format = "str:4",
	},
};

static int create(const struct gomap_create_args *map)
{
	struct gomap_create_args args = *map;
	int fd;

	args.size = sizeof(args);
	args.mode = 0600;
	args.uid = geteuid();
	args.gid = getegid();
	fd = gomap_create(&args);
	if (fd >= 0)
		close(fd);
	else
		fprintf(stderr, "%s: %s\n", map->name, strerror(-fd));
	return fd;
}

int main(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(maps); i++)
		if (create(&maps[i]) < 0)
			return 1;
	return 0;
}
