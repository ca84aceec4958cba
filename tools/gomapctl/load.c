// SPDX-License-Identifier: GPL-2.0-only
/*
 * load: entries from a file, one a line.
 *
 * A line is KEY<TAB>VALUE, for a set KEY alone, or, if it begins with '{', a
 * JSON object. A key that begins with '{' can be had as \x7b.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "gomapctl.h"
#include "map.h"
#include "output.h"
#include "progress.h"

#define BUFFER_SIZE (256 * 1024)
/* Whoever loads the wrong file wants to know that, not each line of it. */
#define MAX_REPORTS 20

/**
 * struct load - a load under way
 * @map: where to
 * @in: where from
 * @file: what to call that
 * @tokener: parses JSON lines
 * @progress: what the terminal shows
 * @line: number of the line
 * @loaded: lines that were good
 * @bad: lines that were not
 */
struct load {
	struct map map;
	FILE *in;
	const char *file;
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
		fail("%s:%llu: %s", load->file, load->line, why);
	}
	return false;
}

static bool parse_field(struct load *load, const struct type *type,
			const char *what, const char *text, size_t len,
			struct datum *datum)
{
	return type_parse(type, text, len, datum) ||
	       bad_line(load, "%s", type_refusal(type, what, text));
}

static bool parse_text_line(struct load *load, char *line, size_t len)
{
	struct map *map = &load->map;
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

	if (!json_object_object_get_ex(object, name, &value))
		return bad_line(load, "no member \"%s\"", name);
	if (type_from_json(type, value, datum))
		return true;
	text = json_object_get_string(value);
	return bad_line(load, "%s",
			type_refusal(type, name, text ? text : "null"));
}

static bool parse_object(struct load *load, struct json_object *object)
{
	struct map *map = &load->map;
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

static bool parse_json_line(struct load *load, const char *line, size_t len)
{
	struct json_tokener *tokener = load->tokener;
	struct json_object *object;
	enum json_tokener_error error;
	bool good;

	json_tokener_reset(tokener);
	object = json_tokener_parse_ex(tokener, line, len);
	error = json_tokener_get_error(tokener);
	if (error != json_tokener_success)
		return bad_line(load, "not JSON (%s), which { begins: a key's own is written \\x7b",
				json_tokener_error_desc(error));

	good = parse_object(load, object);
	json_object_put(object);
	return good;
}

/* 0 also for a bad line; an exit status when there is no point in going on. */
static int load_line(struct load *load, char *line, size_t len)
{
	struct map *map = &load->map;
	bool good;
	int err;

	if (line[len - 1] == '\n')
		line[--len] = '\0';
	good = line[0] == '{' ? parse_json_line(load, line, len) :
				parse_text_line(load, line, len);
	if (!good)
		return 0;

	err = gomap_insert(map->fd, map->key.bytes, map->key.len,
			   map->value.bytes, map->value.len, 0);
	if (err) {
		progress_clear(&load->progress);
		return fail_operation("insert", map, err);
	}
	load->loaded++;
	return 0;
}

static int load_lines(struct load *load)
{
	size_t room = 0;
	char *line = NULL;
	int status = 0;
	ssize_t len;

	while (!status && (len = getline(&line, &room, load->in)) > 0) {
		load->line++;
		status = load_line(load, line, len);
		progress_step(&load->progress, len);
	}
	progress_clear(&load->progress);
	if (!status && !feof(load->in))
		status = fail("cannot read %s: %s", load->file,
			      strerror(errno));
	free(line);
	return status;
}

static void report(const struct load *load)
{
	struct json_object *summary;

	if (load->bad > MAX_REPORTS)
		fail("%s: %llu more bad lines", load->file,
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

static int load_file(struct load *load)
{
	int status;

	setvbuf(load->in, NULL, _IOFBF, BUFFER_SIZE);
	load->tokener = json_tokener_new();
	if (!load->tokener)
		return fail("no memory to load %s", load->file);
	json_tokener_set_flags(load->tokener, JSON_TOKENER_STRICT |
					      JSON_TOKENER_VALIDATE_UTF8);

	progress_start(&load->progress, load->in);
	status = load_lines(load);
	report(load);
	json_tokener_free(load->tokener);
	return load->bad ? EXIT_ERROR : status;
}

static FILE *open_input(const char *file)
{
	return strcmp(file, "-") ? fopen(file, "re") : stdin;
}

int do_load(int argc, char **argv)
{
	const char *file = argc > 1 ? argv[1] : "-";
	struct load load = { .file = strcmp(file, "-") ? file : "stdin" };
	int status;

	load.in = open_input(file);
	if (!load.in)
		return fail("cannot open %s: %s", file, strerror(errno));
	status = map_open(&load.map, argv[0], O_WRONLY);
	if (!status) {
		status = load_file(&load);
		map_close(&load.map);
	}
	fclose(load.in);
	return status;
}
