// SPDX-License-Identifier: GPL-2.0-only
/*
 * lookup, delete and add of keys from standard input. A line is a key as load
 * takes it, for add with a number after a TAB. A line of the output is what
 * became of the key, the key and the value, with TABs between; what follows the
 * first TAB is a line for load.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "atomic.h"
#include "failure.h"
#include "gomapctl.h"
#include "lines.h"
#include "output.h"
#include "stream.h"
#include "tile.h"

/* More values than that are had in several calls. */
#define VALUES_SIZE (256 * 1024)

/**
 * struct stream - keys being worked through
 * @map: where
 * @lines: where from
 * @place: for messages
 * @line: number of the line
 * @worst: the exit status so far
 * @verb: what is done to a key, for messages
 * @found: what is said of a key that was there
 * @take_line: deals with a line; an exit status other than 0 ends it all
 * @number: for add: that of lines without one
 * @ask: deals with the keys of the tile from @first on; *@done is with how many,
 *	and 0 or a negative errno is returned
 * @tile: keys that were read and are yet to be dealt with
 * @results: what became of each, 0 or a negative errno
 * @has_values: @ask gets values, in the tile or, if the map has records, here
 * @values: those records, of the last keys that were dealt with
 */
struct stream {
	struct map *map;
	struct lines lines;
	struct place place;
	unsigned long long line;
	int worst;
	const char *verb;
	const char *found;
	int (*take_line)(struct stream *stream, char *line, size_t len);
	const char *number;
	int (*ask)(struct stream *stream, size_t first, uint32_t *done);
	struct tile tile;
	int32_t results[TILE_ENTRIES];
	bool has_values;
	struct gomap_records values;
};

bool is_stream(const char *key)
{
	return !strcmp(key, "-");
}

/* Each key has its answer, so all bad lines are reported. */
static int bad_line(struct stream *stream, const char *why)
{
	stream->place.line = stream->line;
	fail("%s", why);
	stream->place.line = 0;
	stream->worst = EXIT_ERROR;
	return 0;
}

static void print_text(const struct map *map, const char *answer,
		       const struct datum *key, const struct datum *value)
{
	fputs(answer, stdout);
	putchar('\t');
	type_print_first(&map->key_type, key, stdout);
	if (value) {
		putchar('\t');
		type_print(&map->value_type, value, stdout);
	}
	putchar('\n');
}

static void print_json(const struct map *map, const char *answer,
		       const struct datum *key, const struct datum *value)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "answer", json_object_new_string(answer));
	json_object_object_add(object, "key", type_to_json(&map->key_type, key));
	if (value)
		json_object_object_add(object, "value",
				       type_to_json(&map->value_type, value));
	output_line(object, stdout);
}

/* @value is NULL if none is to be printed. */
static void answer(struct stream *stream, int result, const struct datum *key,
		   const struct datum *value)
{
	const char *word = result ? "absent" : stream->found;

	if (result && !stream->worst)
		stream->worst = EXIT_NO;
	if (result || map_is_set(stream->map))
		value = NULL;
	if (output_json)
		print_json(stream->map, word, key, value);
	else
		print_text(stream->map, word, key, value);
}

static bool has_records(const struct stream *stream)
{
	return stream->map->info.map_flags & (GOMAP_VAR_KEY | GOMAP_VAR_VALUE);
}

static void answer_records(struct stream *stream, size_t first, size_t nr)
{
	const struct gomap_records keys =
		gomap_records_rest(&stream->tile.records, first);
	const struct gomap_record *key = keys.buffer;
	const struct gomap_record *value = stream->values.buffer;
	size_t i;

	for (i = first; i < first + nr; i++) {
		struct datum key_datum = {
			.bytes = (unsigned char *)key->data,
			.len = key->key_len,
		};
		struct datum value_datum = { 0 };

		if (stream->has_values) {
			value_datum.bytes =
				(unsigned char *)gomap_record_value(value);
			value_datum.len = value->value_len;
			value = gomap_record_next(value);
		}
		answer(stream, stream->results[i], &key_datum,
		       stream->has_values ? &value_datum : NULL);
		key = gomap_record_next(key);
	}
}

static void answer_pairs(struct stream *stream, size_t first, size_t nr)
{
	const struct map *map = stream->map;
	size_t i;

	for (i = first; i < first + nr; i++) {
		struct datum key = {
			.bytes = stream->tile.keys + i * map->key_type.size,
			.len = map->key_type.size,
		};
		struct datum value = {
			.bytes = stream->tile.values + i * map->value_type.size,
			.len = map->value_type.size,
		};

		answer(stream, stream->results[i], &key,
		       stream->has_values ? &value : NULL);
	}
}

/* The first key, of so many, that has no answer because something went wrong. */
static size_t find_failed(const struct stream *stream, size_t first, size_t nr)
{
	size_t i;

	for (i = first; i < first + nr; i++)
		if (stream->results[i] && stream->results[i] != -ENOENT)
			break;
	return i - first;
}

/* Answer for the keys from *@first on, as many as there can be at once. */
static int ask_some(struct stream *stream, size_t *first)
{
	uint32_t done = 0;
	size_t good;
	int err;

	err = stream->ask(stream, *first, &done);
	good = find_failed(stream, *first, done);
	if (has_records(stream))
		answer_records(stream, *first, good);
	else
		answer_pairs(stream, *first, good);
	*first += good;
	if (good < done)
		return stream->results[*first];
	/* Stopped and continued, or no room for another value yet. */
	if (err == -EINTR || (err == -EMSGSIZE && done))
		return 0;
	return err;
}

static int ask_all(struct stream *stream)
{
	struct tile *tile = &stream->tile;
	size_t first = 0;
	int err = 0;

	while (!err && first < tile->nr)
		err = ask_some(stream, &first);
	if (err) {
		stream->place.line = tile->lines[first];
		return fail_operation(stream->verb, stream->map, err);
	}
	tile_clear(tile);
	return 0;
}

static bool parse_key(struct stream *stream, const char *text, size_t len)
{
	const struct type *type = &stream->map->key_type;

	if (text[0] == '{')
		bad_line(stream, "not a key: one that begins with { is written \\x7b");
	else if (!type_parse(type, text, len, &stream->map->key))
		bad_line(stream, type_refusal(type, "key", text, len));
	else
		return true;
	return false;
}

static int take_key(struct stream *stream, char *line, size_t len)
{
	int status;

	if (memchr(line, '\t', len))
		return bad_line(stream, "a key and no value, and a TAB in a key is written \\t");
	if (!parse_key(stream, line, len) || tile_add(&stream->tile, stream->line))
		return 0;
	status = ask_all(stream);
	if (!status)
		tile_add(&stream->tile, stream->line);
	return status;
}

static int take_number(struct stream *stream, char *line, size_t len)
{
	char *tab = memchr(line, '\t', len);
	const char *number = tab ? tab + 1 : stream->number;
	unsigned long long delta;

	if (tab)
		*tab = '\0';
	if (!parse_key(stream, line, tab ? (size_t)(tab - line) : len))
		return 0;
	/* A NUL byte ends the text before the line does. */
	if ((tab && strlen(number) != len - (number - line)) ||
	    !integer_parse_delta(&stream->map->value_type, number, &delta))
		return bad_line(stream, add_refusal(stream->map, number));

	stream->place.line = stream->line;
	if (add_number(stream->map, delta))
		return EXIT_ERROR;
	stream->place.line = 0;
	answer(stream, 0, &stream->map->key, &stream->map->value);
	return 0;
}

/* Nothing that was read waits for what is yet to be: a program may do so, too. */
static int take_lines(struct stream *stream)
{
	int status = 0;
	size_t len;
	char *line;

	while (!status && !ferror(stdout) &&
	       (line = lines_next(&stream->lines, &len))) {
		stream->line++;
		status = stream->take_line(stream, line, len);
	}
	if (!status && stream->tile.nr)
		status = ask_all(stream);
	fflush(stdout);
	return status;
}

static int run_lines(struct stream *stream)
{
	int ret, status;

	do {
		ret = lines_read(&stream->lines);
		status = take_lines(stream);
	} while (!status && ret > 0 && !ferror(stdout));
	if (status)
		return status;
	if (ret < 0)
		return fail("cannot read %s: %s", stream->lines.name,
			    strerror(-ret));
	return stream->worst;
}

static int run_stream(struct stream *stream)
{
	int status;

	status = lines_open(&stream->lines, "-");
	if (status)
		return status;
	stream->place.file = stream->lines.name;
	place_enter(&stream->place);
	status = run_lines(stream);
	place_leave();
	lines_close(&stream->lines);
	return status;
}

/* Room for keys, and for as many values as fit, but at least one. */
static bool alloc_tile(struct stream *stream)
{
	const struct gomap_record largest = {
		.value_len = stream->map->value_type.size,
	};
	size_t size = gomap_record_size(&largest) + VALUES_SIZE;
	void *values;

	if (!tile_init(&stream->tile, stream->map))
		return false;
	/* The tile adds what the map has room for: keys here have no values. */
	stream->map->value.len = 0;
	if (!stream->has_values || !has_records(stream))
		return true;
	values = malloc(size);
	gomap_records_init(&stream->values, values, size);
	return values;
}

static int run_tiles(struct stream *stream)
{
	int status;

	stream->take_line = take_key;
	if (alloc_tile(stream))
		status = run_stream(stream);
	else
		status = fail("no memory for the keys of map '%s'",
			      stream->map->name);
	free(stream->values.buffer);
	tile_free(&stream->tile);
	return status;
}

static int ask_lookup(struct stream *stream, size_t first, uint32_t *done)
{
	const struct map *map = stream->map;
	struct tile *tile = &stream->tile;
	struct gomap_records keys;
	int err;

	if (!has_records(stream))
		return gomap_lookup_batch(map->fd,
					  tile->keys + first * map->key_type.size,
					  tile->values + first * map->value_type.size,
					  tile->nr - first,
					  stream->results + first, done);
	keys = gomap_records_rest(&tile->records, first);
	err = gomap_lookup_records(map->fd, &keys, &stream->values,
				   stream->results + first);
	*done = stream->values.count;
	return err;
}

int stream_lookup(struct map *map)
{
	/* Not on the stack, for the tile. */
	static struct stream stream;

	stream = (struct stream){
		.map = map,
		.verb = "look up",
		.found = "present",
		.ask = ask_lookup,
		.has_values = true,
	};
	return run_tiles(&stream);
}

static int ask_delete(struct stream *stream, size_t first, uint32_t *done)
{
	const struct map *map = stream->map;
	struct tile *tile = &stream->tile;
	struct gomap_records keys;

	if (!has_records(stream))
		return gomap_delete_batch(map->fd,
					  tile->keys + first * map->key_type.size,
					  tile->nr - first,
					  stream->results + first, done);
	keys = gomap_records_rest(&tile->records, first);
	return gomap_delete_records(map->fd, &keys, stream->results + first,
				    done);
}

int stream_delete(struct map *map)
{
	static struct stream stream;

	stream = (struct stream){
		.map = map,
		.verb = "delete",
		.found = "deleted",
		.ask = ask_delete,
	};
	return run_tiles(&stream);
}

int stream_add(struct map *map, const char *number)
{
	static struct stream stream;

	stream = (struct stream){
		.map = map,
		.found = "added",
		.take_line = take_number,
		.number = number,
	};
	return run_stream(&stream);
}
