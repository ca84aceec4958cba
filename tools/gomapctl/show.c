// SPDX-License-Identifier: GPL-2.0-only
/*
 * len, show, stat, list: what is known of maps.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <gomap.h>

#include "failure.h"
#include "gomapctl.h"
#include "map.h"
#include "output.h"

static int get_counts(const char *name, struct gomap_info *info)
{
	int err = map_info(name, info);

	return err || info->state & GOMAP_STATE_COUNTED ? err : -EACCES;
}

static void add_number(struct json_object *object, const char *name,
		       unsigned long long number)
{
	json_object_object_add(object, name, json_object_new_uint64(number));
}

static void add_string(struct json_object *object, const char *name,
		       const char *string)
{
	json_object_object_add(object, name, json_object_new_string(string));
}

static void add_bool(struct json_object *object, const char *name, bool value)
{
	json_object_object_add(object, name, json_object_new_boolean(value));
}

static void add_type(struct json_object *object, const char *name,
		     const char *format, size_t size, bool varies)
{
	struct type type;

	type_from_format(&type, format, size, varies);
	add_string(object, name, type.name);
}

/* 0 of 0 is 0: of nothing there is nothing. */
static void add_ratio(struct json_object *object, const char *name,
		      double part, double whole)
{
	double ratio = whole ? part / whole : 0;
	char text[32];

	snprintf(text, sizeof(text), "%.2f", ratio);
	json_object_object_add(object, name,
			       json_object_new_double_s(ratio, text));
}

/* Entries per bucket: growth begins at 6.5. */
static void add_load_factor(struct json_object *object,
			    const struct gomap_info *info)
{
	add_ratio(object, "load_factor", info->entries, info->buckets);
}

static void add_counts(struct json_object *object,
		       const struct gomap_info *info)
{
	add_number(object, "buckets", info->buckets);
	add_number(object, "overflow_buckets", info->overflow_buckets);
	add_load_factor(object, info);
	add_number(object, "bytes", info->bytes);
	add_number(object, "longest_chain", info->longest_chain);
	add_number(object, "long_chains", info->long_chains);
	add_bool(object, "growing", info->state & GOMAP_STATE_GROWING);
}

static struct json_object *info_object(const struct gomap_info *info)
{
	struct json_object *object = json_object_new_object();

	add_string(object, "name", info->name);
	add_type(object, "key", info->key_format, info->key_size,
		 info->map_flags & GOMAP_VAR_KEY);
	add_type(object, "value", info->value_format, info->value_size,
		 info->map_flags & GOMAP_VAR_VALUE);
	if (info->state & GOMAP_STATE_COUNTED)
		add_number(object, "entries", info->entries);
	add_number(object, "max_entries", info->max_entries);
	add_number(object, "max_bytes", info->max_bytes);
	add_number(object, "reserve", info->reserve);
	if (info->state & GOMAP_STATE_COUNTED)
		add_counts(object, info);
	add_bool(object, "frozen", info->state & GOMAP_STATE_FROZEN);
	return object;
}

int do_len(int argc, char **argv)
{
	struct gomap_info info;
	int err;

	(void)argc;
	err = get_counts(argv[0], &info);
	if (err)
		return fail_open(argv[0], err);
	output_value(json_object_new_uint64(info.entries));
	return EXIT_DONE;
}

int do_show(int argc, char **argv)
{
	struct gomap_info info;
	int err;

	(void)argc;
	err = map_info(argv[0], &info);
	if (err)
		return fail_open(argv[0], err);
	output_object(info_object(&info));
	return EXIT_DONE;
}

static const char *state(const struct gomap_info *info)
{
	bool growing = info->state & GOMAP_STATE_GROWING;

	if (info->state & GOMAP_STATE_FROZEN)
		return growing ? "frozen, growing" : "frozen";
	return growing ? "growing" : "steady";
}

static struct json_object *stat_object(const struct gomap_info *info)
{
	struct json_object *object = json_object_new_object();

	add_string(object, "name", info->name);
	add_number(object, "entries", info->entries);
	add_number(object, "buckets", info->buckets);
	add_load_factor(object, info);
	add_ratio(object, "overflow_percent", 100.0 * info->overflow_buckets,
		  info->buckets);
	add_ratio(object, "bytes_per_entry", info->bytes, info->entries);
	add_number(object, "longest_chain", info->longest_chain);
	add_number(object, "long_chains", info->long_chains);
	add_string(object, "state", state(info));
	return object;
}

int do_stat(int argc, char **argv)
{
	struct gomap_info info;
	int err;

	(void)argc;
	err = get_counts(argv[0], &info);
	if (err)
		return fail_open(argv[0], err);
	output_object(stat_object(&info));
	return EXIT_DONE;
}

static int add_row(const char *name, void *rows)
{
	struct json_object *row;
	struct gomap_info info;
	int err;

	err = map_info(name, &info);
	/* Removed since its name was read. */
	if (err == -ENOENT)
		return 0;

	if (err) {
		row = json_object_new_object();
		add_string(row, "name", name);
	} else {
		row = info_object(&info);
	}
	json_object_array_add(rows, row);
	return 0;
}

int do_list(int argc, char **argv)
{
	static const char *const columns[] = {
		"name", "key", "value", "entries", "max_entries", "bytes",
	};
	struct json_object *rows = json_object_new_array();
	int err;

	(void)argc;
	(void)argv;
	err = gomap_visit_names(add_row, rows);
	if (err) {
		json_object_put(rows);
		return fail_list(err);
	}
	output_table(rows, columns, ARRAY_SIZE(columns));
	return EXIT_DONE;
}
