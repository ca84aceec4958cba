// SPDX-License-Identifier: GPL-2.0-only
/*
 * dump and save: all entries of a map, as load takes them.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "failure.h"
#include "gomapctl.h"
#include "map.h"
#include "output.h"
#include "progress.h"
#include "savefile.h"

/**
 * struct dump - entries on their way out
 * @map: where from
 * @out: where to
 * @write: writes an entry there
 * @entries: how many there were
 * @unfit: one could not be written so
 * @progress: what the terminal shows
 */
struct dump {
	struct map *map;
	FILE *out;
	void (*write)(struct dump *dump, const struct datum *key,
		      const struct datum *value);
	unsigned long long entries;
	bool unfit;
	struct progress progress;
};

static struct json_object *entry_object(const struct map *map,
					const struct datum *key,
					const struct datum *value)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "key", type_to_json(&map->key_type, key));
	if (!map_is_set(map))
		json_object_object_add(object, "value",
				       type_to_json(&map->value_type, value));
	return object;
}

static void write_element(struct dump *dump, const struct datum *key,
			  const struct datum *value)
{
	output_element(entry_object(dump->map, key, value), !dump->entries);
}

/* A line for each entry, whatever is asked for: load needs that. */
static void write_json_line(struct dump *dump, const struct datum *key,
			    const struct datum *value)
{
	output_line(entry_object(dump->map, key, value), dump->out);
}

/* Load skips blank lines: an empty key without a value needs JSON. */
static void write_text(struct dump *dump, const struct datum *key,
		       const struct datum *value)
{
	const struct map *map = dump->map;

	if (map_is_set(map) && !key->len) {
		write_json_line(dump, key, value);
		return;
	}
	type_print_first(&map->key_type, key, dump->out);
	if (!map_is_set(map)) {
		putc('\t', dump->out);
		type_print(&map->value_type, value, dump->out);
	}
	putc('\n', dump->out);
}

static bool has(const struct type *type, const struct datum *datum, char byte)
{
	return type_is_text(type) && datum->len &&
	       memchr(datum->bytes, byte, datum->len);
}

static bool ends_with_cr(const struct type *type, const struct datum *datum)
{
	return type_is_text(type) && datum->len &&
	       datum->bytes[datum->len - 1] == '\r';
}

static bool begins_with_bom(const struct type *type, const struct datum *datum)
{
	return type_is_text(type) && datum->len >= 3 &&
	       !memcmp(datum->bytes, "\xef\xbb\xbf", 3);
}

/* Would load, with raw, find the entry again? */
static bool fits_raw(const struct map *map, const struct datum *key,
		     const struct datum *value)
{
	const struct type *key_type = &map->key_type;
	const struct type *value_type = &map->value_type;

	if (has(key_type, key, '\n') || begins_with_bom(key_type, key))
		return false;
	if (map_is_set(map))
		return key->len && !ends_with_cr(key_type, key);
	return !has(key_type, key, '\t') && !has(value_type, value, '\n') &&
	       !ends_with_cr(value_type, value);
}

static void write_raw(struct dump *dump, const struct datum *key,
		      const struct datum *value)
{
	const struct map *map = dump->map;

	if (!fits_raw(map, key, value)) {
		dump->unfit = true;
		return;
	}
	type_print_raw(&map->key_type, key, dump->out);
	if (!map_is_set(map)) {
		putc('\t', dump->out);
		type_print_raw(&map->value_type, value, dump->out);
	}
	putc('\n', dump->out);
}

static void dump_entry(struct dump *dump, const struct gomap_entry *entry)
{
	const struct datum key = {
		.bytes = (unsigned char *)entry->key,
		.len = entry->key_len,
	};
	const struct datum value = {
		.bytes = (unsigned char *)entry->value,
		.len = entry->value_len,
	};

	dump->write(dump, &key, &value);
	dump->entries++;
	progress_step(&dump->progress, 1);
}

/* Ends early when nothing more can be written, which is for the caller to see. */
static int dump_entries(struct dump *dump)
{
	struct gomap_scanner scanner;
	struct gomap_entry entry;
	int ret;

	ret = gomap_scan_begin(&scanner, dump->map->fd, 0, 1);
	if (ret)
		return fail_operation("scan", dump->map, ret);
	do {
		ret = gomap_scan_next(&scanner, &entry);
		if (ret > 0)
			dump_entry(dump, &entry);
		/* Stopped by the user, and continued. */
	} while ((ret > 0 && !ferror(dump->out) && !dump->unfit) ||
		 ret == -EINTR);
	progress_clear(&dump->progress);
	gomap_scan_end(&scanner);
	if (dump->unfit)
		return fail("an entry of map '%s' fits no line of raw text: leave out 'raw'",
			    dump->map->name);
	return ret < 0 ? fail_operation("scan", dump->map, ret) : 0;
}

static int dump_array(struct map *map)
{
	struct dump dump = {
		.map = map,
		.out = stdout,
		.write = write_element,
	};
	int status;

	output_array_begin();
	status = dump_entries(&dump);
	/* What isn't whole must not look so. */
	if (!status)
		output_array_end(!dump.entries);
	return status;
}

/* How a line is written for load; only as text can it be raw. */
static int choose_write(struct dump *dump, bool raw)
{
	if (raw && output_json)
		return fail("'raw' is for text: leave out -j and -p");
	dump->write = raw ? write_raw :
		      output_json ? write_json_line : write_text;
	return 0;
}

/* As load takes them, to standard output. */
static int dump_lines(struct map *map, bool raw)
{
	struct dump dump = { .map = map, .out = stdout };
	int status;

	status = choose_write(&dump, raw);
	return status ? status : dump_entries(&dump);
}

/* Is the only word left, if any, 'raw'? */
static int take_raw(int argc, char **argv, bool *raw)
{
	*raw = argc > 0;
	return *raw && strcmp(argv[0], "raw") ? fail_usage() : 0;
}

static int dump_map(struct map *map, int argc, char **argv)
{
	bool raw;
	int status;

	status = take_raw(argc, argv, &raw);
	if (status)
		return status;
	return output_json && !raw ? dump_array(map) : dump_lines(map, raw);
}

int do_dump(int argc, char **argv)
{
	return map_run(argc, argv, O_RDONLY, dump_map);
}

static void report(unsigned long long saved)
{
	struct json_object *summary;

	if (!output_json) {
		printf("saved %llu\n", saved);
		return;
	}
	summary = json_object_new_object();
	json_object_object_add(summary, "saved", json_object_new_uint64(saved));
	output_object(summary);
}

static int save_to(struct dump *dump, struct savefile *file)
{
	int status;

	dump->out = file->out;
	progress_start(&dump->progress, fileno(file->out),
		       dump->map->info.entries);
	status = dump_entries(dump);
	if (status) {
		savefile_abort(file);
		return status;
	}
	status = savefile_commit(file);
	if (!status)
		report(dump->entries);
	return status;
}

static int save(struct map *map, int argc, char **argv)
{
	struct dump dump = { .map = map };
	struct savefile file;
	bool raw;
	int status;

	status = take_raw(argc - 1, argv + 1, &raw);
	if (status)
		return status;
	if (!argc || !strcmp(argv[0], "-"))
		return dump_lines(map, raw);
	status = choose_write(&dump, raw);
	if (!status)
		status = savefile_open(&file, argv[0]);
	return status ? status : save_to(&dump, &file);
}

int do_save(int argc, char **argv)
{
	return map_run(argc, argv, O_RDONLY, save);
}
