// SPDX-License-Identifier: GPL-2.0-only
/*
 * add, cas: what would be two operations on an entry, as one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atomic.h"
#include "failure.h"
#include "gomapctl.h"
#include "map.h"
#include "output.h"
#include "stream.h"
#include "text.h"

static bool can_add(const struct map *map)
{
	const struct type *type = &map->value_type;

	return type_is_integer(type) && (type->size == 4 || type->size == 8);
}

static int fail_type(const struct map *map)
{
	return fail("map '%s' has values of type %s: add needs u32, u64, s32 or s64",
		    map->name, map->value_type.name);
}

const char *add_refusal(const struct map *map, const char *text)
{
	unsigned long long max =
		map->value_type.size == 4 ? UINT32_MAX : UINT64_MAX;
	size_t len = strlen(text), shown = text_cut(text, len, 64);
	static char refusal[160];

	snprintf(refusal, sizeof(refusal),
		 "'%.*s%s' is not a number to add: -%llu to %llu", (int)shown,
		 text, shown < len ? "..." : "", max, max);
	return refusal;
}

int add_number(struct map *map, unsigned long long delta)
{
	uint64_t old;
	int err;

	err = gomap_fetch_add(map->fd, map->key.bytes, map->key.len, delta, 0,
			      &old);
	if (err)
		return fail_operation("add", map, err);
	integer_store(&map->value_type, old + delta, &map->value);
	return 0;
}

static int add_one(struct map *map, const char *key, const char *number)
{
	unsigned long long delta;
	int status;

	status = map_parse_key(map, key);
	if (status)
		return status;
	if (!integer_parse_delta(&map->value_type, number, &delta))
		return fail("%s", add_refusal(map, number));
	status = add_number(map, delta);
	if (!status)
		output_datum(&map->value_type, &map->value);
	return status;
}

static int add_many(struct map *map, const char *number)
{
	unsigned long long delta;

	if (!integer_parse_delta(&map->value_type, number, &delta))
		return fail("%s", add_refusal(map, number));
	return stream_add(map, number);
}

static int add(struct map *map, int argc, char **argv)
{
	const char *number = argc > 1 ? argv[1] : "1";

	if (!can_add(map))
		return fail_type(map);
	if (is_stream(argv[0]))
		return add_many(map, number);
	return add_one(map, argv[0], number);
}

int do_add(int argc, char **argv)
{
	return map_run(argc, argv, O_RDWR, add);
}

/* The map's own value becomes the new one. */
static int parse_cas(struct map *map, char **argv, struct datum *expected)
{
	int status;

	status = map_parse_key(map, argv[0]);
	if (!status)
		status = map_parse_value(map, argv[1], expected);
	if (!status)
		status = map_parse_value(map, argv[2], &map->value);
	return status;
}

static int compare_exchange(struct map *map, char **argv,
			    struct datum *expected)
{
	int err, status;

	status = parse_cas(map, argv, expected);
	if (status)
		return status;

	err = gomap_compare_exchange(map->fd, map->key.bytes, map->key.len,
				     expected->bytes, expected->len,
				     map->value.bytes, map->value.len);
	if (err == -ENOENT || err == -ECANCELED)
		return EXIT_NO;
	return err ? fail_operation("change", map, err) : EXIT_DONE;
}

static int cas(struct map *map, int argc, char **argv)
{
	struct datum expected;
	int status;

	(void)argc;
	if (map_is_set(map))
		return fail_no_values(map);
	status = map_alloc_value(map, &expected);
	if (!status) {
		status = compare_exchange(map, argv, &expected);
		free(expected.bytes);
	}
	return status;
}

int do_cas(int argc, char **argv)
{
	return map_run(argc, argv, O_WRONLY, cas);
}
