// SPDX-License-Identifier: GPL-2.0-only
/*
 * load: entries from a file, one a line.
 *
 * A line is KEY<TAB>VALUE, for a set KEY alone, or, if it begins with '{', a
 * JSON object. A key that begins with '{' can be had as \x7b. Other files need
 * words about their format.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "format.h"
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

/* The most characters that a byte can be written with, in JSON: \u0000. */
#define MAX_ESCAPE 6
/* What else a line may have: names of members, blanks, other columns. */
#define MAX_ELSE (64 * 1024)

#define BOM "\xef\xbb\xbf"

/**
 * struct load - a load under way
 * @map: where to
 * @lines: where from
 * @format: how it is written
 * @max_len: the most bytes of a line
 * @tile: entries that were read and are yet to be inserted
 * @place: for messages
 * @tokener: parses JSON lines
 * @progress: what the terminal shows
 * @line: number of the line
 * @loaded: entries that were inserted
 * @replaced: those of them whose keys were there
 * @bad: lines that were bad
 * @blank: lines that were skipped since there is nothing in them
 * @comments: and since they are comments
 * @crs: lines of which a CR at the end was dropped
 * @boms: byte order marks that were dropped
 */
struct load {
	struct map *map;
	struct lines lines;
	struct format format;
	size_t max_len;
	struct tile tile;
	struct place place;
	struct json_tokener *tokener;
	struct progress progress;
	unsigned long long line;
	unsigned long long loaded;
	unsigned long long replaced;
	unsigned long long bad;
	unsigned long long blank;
	unsigned long long comments;
	unsigned long long crs;
	unsigned long long boms;
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
			const char *what, const struct field *field,
			struct datum *datum)
{
	bool good = load->format.raw ?
		type_parse_raw(type, field->text, field->len, datum) :
		type_parse(type, field->text, field->len, datum);

	return good || bad_line(load, "%s", type_refusal(type, what, field->text,
							 field->len));
}

static bool parse_text_line(struct load *load, const struct field *line)
{
	struct map *map = load->map;
	struct field key, value;
	const char *why;

	if (!load->format.raw && memchr(line->text, '\0', line->len))
		return bad_line(load, "a NUL byte: write it \\x00, in a str");
	why = format_split(&load->format, *line, &key, &value);
	if (why)
		return bad_line(load, "%s", why);
	return parse_field(load, &map->key_type, "key", &key, &map->key) &&
	       (map_is_set(map) ||
		parse_field(load, &map->value_type, "value", &value,
			    &map->value));
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

static bool parse_json_line(struct load *load, struct field line)
{
	struct json_tokener *tokener = load->tokener;
	struct json_object *object;
	enum json_tokener_error error;
	size_t nr_members;
	const char *flaw;
	bool good;

	flaw = json_flaw(line.text, &line.len, &nr_members);
	if (flaw)
		return not_json(load, flaw);
	json_tokener_reset(tokener);
	object = json_tokener_parse_ex(tokener, line.text, line.len);
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

/* A failed insert changes nothing, but lines before it have. */
static int fail_insert(const struct load *load, int err)
{
	if (err != -ENOMEM)
		return fail_operation("insert", load->map, err);
	return fail("no memory to insert: %llu lines before it are in map '%s'",
		    load->loaded, load->map->name);
}

/* Insert what is in the tile. The first entry that can't be is the last one. */
static int insert_tile(struct load *load)
{
	size_t done, replaced;
	int err, status;

	err = tile_insert(&load->tile, &done, &replaced);
	load->loaded += done;
	load->replaced += replaced;
	if (!err)
		return 0;
	progress_clear(&load->progress);
	load->place.line = load->tile.lines[done];
	status = fail_insert(load, err);
	load->place.line = 0;
	return status;
}

/* 0 also for a bad line; an exit status when there is no point in going on. */
static int load_entry(struct load *load, const struct field *line)
{
	bool is_json = line->text[0] == '{' && format_has_json(&load->format);
	bool good = is_json ? parse_json_line(load, *line) :
			      parse_text_line(load, line);
	int status;

	if (!good || tile_add(&load->tile, load->line))
		return 0;
	status = insert_tile(load);
	if (!status)
		tile_add(&load->tile, load->line);
	return status;
}

/* Editors add these unseen, and no lookup would ask for them. */
static struct field strip(struct load *load, struct field line)
{
	if (load->line == 1 && line.len >= strlen(BOM) &&
	    !memcmp(line.text, BOM, strlen(BOM))) {
		line.text += strlen(BOM);
		line.len -= strlen(BOM);
		load->boms++;
	}
	if (line.len && line.text[line.len - 1] == '\r') {
		line.text[--line.len] = '\0';
		load->crs++;
	}
	return line;
}

static int fail_long(struct load *load)
{
	progress_clear(&load->progress);
	load->place.line = load->line;
	fail("a line of more than %zu bytes, the most for a key and a value of map '%s'",
	     load->max_len, load->map->name);
	load->place.line = 0;
	return EXIT_ERROR;
}

/* In the first line, see if there is any point in going on. */
static int check_start(const struct load *load, const struct field *line)
{
	const char *what = NULL;

	if (load->line == 1)
		what = format_foreign(&load->format, line);
	return what ? fail("%s is %s", load->lines.name, what) : 0;
}

static int load_line(struct load *load, struct field line)
{
	int status;

	load->line++;
	line = strip(load, line);
	status = check_start(load, &line);
	if (status)
		return status;
	if (line.len > load->max_len)
		return fail_long(load);
	if (format_is_blank(&load->format, &line))
		load->blank++;
	else if (format_is_comment(&load->format, &line))
		load->comments++;
	else
		return load_entry(load, &line);
	return 0;
}

/* A line of any length must not be read for its end. */
static int check_rest(struct load *load)
{
	struct field rest;
	int status;

	rest.text = lines_rest(&load->lines, &rest.len);
	if (rest.len <= load->max_len)
		return 0;
	load->line++;
	status = check_start(load, &rest);
	return status ? status : fail_long(load);
}

/* Nothing that was read stays in the tile: there may be a long wait for more. */
static int load_what_was_read(struct load *load)
{
	struct field line;
	int status = 0;

	while (!status && (line.text = lines_next(&load->lines, &line.len))) {
		status = load_line(load, line);
		progress_step(&load->progress, line.len + 1);
	}
	if (!status)
		status = check_rest(load);
	if (load->tile.nr && insert_tile(load))
		status = EXIT_ERROR;
	return status;
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

static void print_count(const char *what, unsigned long long nr)
{
	if (nr)
		printf(", %s %llu", what, nr);
}

static void report_text(const struct load *load)
{
	printf("loaded %llu", load->loaded);
	if (load->replaced)
		printf(" (%llu new, %llu replaced)",
		       load->loaded - load->replaced, load->replaced);
	printf(", bad %llu", load->bad);
	print_count("blank lines", load->blank);
	print_count("comments", load->comments);
	print_count("CRs dropped", load->crs);
	print_count("BOM dropped", load->boms);
	putchar('\n');
}

static void add_count(struct json_object *summary, const char *name,
		      unsigned long long nr)
{
	json_object_object_add(summary, name, json_object_new_uint64(nr));
}

static void report_json(const struct load *load)
{
	struct json_object *summary = json_object_new_object();

	add_count(summary, "loaded", load->loaded);
	add_count(summary, "new", load->loaded - load->replaced);
	add_count(summary, "replaced", load->replaced);
	add_count(summary, "bad", load->bad);
	add_count(summary, "blank", load->blank);
	add_count(summary, "comments", load->comments);
	add_count(summary, "crs", load->crs);
	add_count(summary, "boms", load->boms);
	output_object(summary);
}

static void report(const struct load *load)
{
	if (load->bad > MAX_REPORTS)
		fail("%s: %llu more bad lines", load->lines.name,
		     load->bad - MAX_REPORTS);
	if (output_json)
		report_json(load);
	else
		report_text(load);
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

static size_t max_len(const struct map *map)
{
	return MAX_ELSE +
	       MAX_ESCAPE * (map->key_type.size + map->value_type.size);
}

static int load(struct map *map, int argc, char **argv)
{
	/* Not on the stack, for the tile. */
	static struct load load;
	int status;

	load = (struct load){
		.map = map,
		.format.of_set = map_is_set(map),
		.max_len = max_len(map),
	};
	status = format_parse(&load.format, argc - 1, argv + 1);
	if (!status)
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
