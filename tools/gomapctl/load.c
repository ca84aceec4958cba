// SPDX-License-Identifier: GPL-2.0-only
/*
 * load: entries from a file, one a line.
 *
 * A line is KEY<TAB>VALUE, for a set KEY alone, or, if it begins with '{', a
 * JSON object. A key that begins with '{' can be had as \x7b.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "gomapctl.h"
#include "json_check.h"
#include "lines.h"
#include "map.h"
#include "output.h"
#include "progress.h"
#include "text.h"
#include "tile.h"

/* Whoever loads the wrong file wants to know that, not each line of it. */
#define MAX_REPORTS 20

/**
 * struct load - a load under way
 * @map: where to
 * @lines: where from
 * @tile: entries that were read and are yet to be inserted
 * @place: for messages
 * @tokener: parses JSON lines
 * @progress: what the terminal shows
 * @line: number of the line
 * @loaded: entries that were inserted
 * @bad: lines that were bad
 */
struct load {
	struct map *map;
	struct lines lines;
	struct tile tile;
	struct place place;
	struct json_tokener *tokener;
	struct progress progress;
	unsigned long long line;
	unsigned long long loaded;
	unsigned long long bad;
};

/* Report the line and count it. Always false. */
static __printf(2, 3) bool bad_line(struct load *load, const char *format, ...)
{
	va_list args;
	char why[512];

	if (load->bad++ < MAX_REPORTS) {
		va_start(args, format);
		vsnprintf(why, sizeof(why), format, args);
		va_end(args);
		progress_clear(&load->progress);
		load->place.line = load->line;
		fail("%s", why);
		load->place.line = 0;
	}
	return false;
}

static bool parse_field(struct load *load, const struct type *type,
			const char *what, const char *text, size_t len,
			struct datum *datum)
{
	return type_parse(type, text, len, datum) ||
	       bad_line(load, "%s", type_refusal(type, what, text, len));
}

static bool parse_text_line(struct load *load, char *line, size_t len)
{
	struct map *map = load->map;
	char *tab = memchr(line, '\t', len);
	char *end = line + len;
	char *key_end = tab ? tab : end;

	if (tab && map_is_set(map))
		return bad_line(load, "a set has no values, and a TAB in a key is written \\t");
	if (!tab && !map_is_set(map))
		return bad_line(load, "no TAB between key and value");

	*key_end = '\0';
	if (!parse_field(load, &map->key_type, "key", line, key_end - line,
			 &map->key))
		return false;
	return !tab || parse_field(load, &map->value_type, "value", tab + 1,
				   end - (tab + 1), &map->value);
}

static bool parse_member(struct load *load, const struct type *type,
			 struct json_object *object, const char *name,
			 struct datum *datum)
{
	struct json_object *value;
	const char *text;
	size_t len;

	if (!json_object_object_get_ex(object, name, &value))
		return bad_line(load, "no member \"%s\"", name);
	if (type_from_json(type, value, datum))
		return true;
	text = json_value_text(value, &len);
	if (!type_in_json(type, value))
		return bad_line(load, "%s %.*s is no %s, as JSON has a %s",
				name, (int)text_cut(text, len, 64), text,
				type_is_integer(type) ? "integer" : "string",
				type->name);
	return bad_line(load, "%s", type_refusal(type, name, text, len));
}

/* With those of objects in it. */
static size_t count_members(struct json_object *object)
{
	size_t nr = json_object_object_length(object);

	json_object_object_foreach(object, name, value) {
		(void)name;
		if (json_object_is_type(value, json_type_object))
			nr += count_members(value);
	}
	return nr;
}

static bool parse_object(struct load *load, struct json_object *object)
{
	struct map *map = load->map;
	int members = map_is_set(map) ? 1 : 2;

	if (!parse_member(load, &map->key_type, object, "key", &map->key))
		return false;
	if (!map_is_set(map) &&
	    !parse_member(load, &map->value_type, object, "value",
			  &map->value))
		return false;
	if (json_object_object_length(object) > members)
		return bad_line(load, map_is_set(map) ?
				"other members than \"key\"" :
				"other members than \"key\" and \"value\"");
	return true;
}

static bool not_json(struct load *load, const char *why)
{
	return bad_line(load, "not JSON (%s), which { begins: a key's own is written \\x7b",
			why);
}

static bool parse_json_line(struct load *load, char *line, size_t len)
{
	struct json_tokener *tokener = load->tokener;
	struct json_object *object;
	enum json_tokener_error error;
	size_t nr_members;
	const char *flaw;
	bool good;

	flaw = json_flaw(line, &len, &nr_members);
	if (flaw)
		return not_json(load, flaw);
	json_tokener_reset(tokener);
	object = json_tokener_parse_ex(tokener, line, len);
	error = json_tokener_get_error(tokener);
	if (error == json_tokener_continue)
		return not_json(load, "it has no end");
	if (error != json_tokener_success)
		return not_json(load, json_tokener_error_desc(error));

	if (count_members(object) < nr_members)
		good = bad_line(load, "a member is given twice");
	else
		good = parse_object(load, object);
	json_object_put(object);
	return good;
}

/* Insert what is in the tile. The first entry that can't be is the last one. */
static int insert_tile(struct load *load)
{
	size_t done;
	int err, status;

	err = tile_insert(&load->tile, &done);
	load->loaded += done;
	if (!err)
		return 0;
	progress_clear(&load->progress);
	load->place.line = load->tile.lines[done];
	status = fail_operation("insert", load->map, err);
	load->place.line = 0;
	return status;
}

/* 0 also for a bad line; an exit status when there is no point in going on. */
static int load_line(struct load *load, char *line, size_t len)
{
	bool good = line[0] == '{' ? parse_json_line(load, line, len) :
				     parse_text_line(load, line, len);
	int status;

	if (!good || tile_add(&load->tile, load->line))
		return 0;
	status = insert_tile(load);
	if (!status)
		tile_add(&load->tile, load->line);
	return status;
}

/* Nothing that was read stays in the tile: there may be a long wait for more. */
static int load_what_was_read(struct load *load)
{
	int status = 0;
	size_t len;
	char *line;

	while (!status && (line = lines_next(&load->lines, &len))) {
		load->line++;
		status = load_line(load, line, len);
		progress_step(&load->progress, len + 1);
	}
	return status || !load->tile.nr ? status : insert_tile(load);
}

static int load_lines(struct load *load)
{
	int ret, status;

	do {
		ret = lines_read(&load->lines);
		status = load_what_was_read(load);
	} while (!status && ret > 0);
	progress_clear(&load->progress);
	if (!status && ret < 0)
		status = fail("cannot read %s: %s", load->lines.name,
			      strerror(-ret));
	return status;
}

static void report(const struct load *load)
{
	struct json_object *summary;

	if (load->bad > MAX_REPORTS)
		fail("%s: %llu more bad lines", load->lines.name,
		     load->bad - MAX_REPORTS);
	if (!output_json) {
		printf("loaded %llu, bad %llu\n", load->loaded, load->bad);
		return;
	}
	summary = json_object_new_object();
	json_object_object_add(summary, "loaded",
			       json_object_new_uint64(load->loaded));
	json_object_object_add(summary, "bad",
			       json_object_new_uint64(load->bad));
	output_object(summary);
}

static int load_tiles(struct load *load)
{
	int status;

	load->tokener = json_tokener_new();
	if (!load->tokener)
		return fail("no memory to load %s", load->lines.name);
	progress_start(&load->progress, load->lines.fd,
		       lines_size(&load->lines));
	status = load_lines(load);
	report(load);
	json_tokener_free(load->tokener);
	return load->bad ? EXIT_ERROR : status;
}

static int load_file(struct load *load)
{
	int status;

	if (!tile_init(&load->tile, load->map))
		return fail("no memory to load %s", load->lines.name);
	load->place.file = load->lines.name;
	place_enter(&load->place);
	status = load_tiles(load);
	place_leave();
	tile_free(&load->tile);
	return status;
}

static int load(struct map *map, int argc, char **argv)
{
	/* Not on the stack, for the tile. */
	static struct load load;
	int status;

	load = (struct load){ .map = map };
	status = lines_open(&load.lines, argc ? argv[0] : "-");
	if (!status) {
		status = load_file(&load);
		lines_close(&load.lines);
	}
	return status;
}

int do_load(int argc, char **argv)
{
	return map_run(argc, argv, O_WRONLY, load);
}
