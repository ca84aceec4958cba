// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "format.h"
#include "gomapctl.h"
#include "number.h"
#include "text.h"

#define BLANKS " \t"
#define MAX_COLUMN 1000000

static int take_comments(struct format *format, const char *text)
{
	if (!*text)
		return fail("comments '' is nothing that a line begins with");
	format->comments = text;
	return 0;
}

static int take_separator(struct format *format, const char *text)
{
	unsigned char byte;
	size_t nr = 1;

	format->blanks = !strcmp(text, "blanks");
	if (format->blanks)
		return 0;
	if (!text_parse(text, strlen(text), &byte, &nr) || !nr || byte == '\n')
		return fail("separator '%s' is neither one byte nor 'blanks'",
			    text);
	format->separator = byte;
	return 0;
}

static int take_column(const char *what, const char *text,
		       unsigned long long *column)
{
	if (parse_unsigned(text, strlen(text), 10, MAX_COLUMN, column) &&
	    *column)
		return 0;
	return fail("%s '%s' is not a number of a column: 1 to %d", what, text,
		    MAX_COLUMN);
}

static int take_key(struct format *format, const char *text)
{
	return take_column("key", text, &format->key);
}

static int take_value(struct format *format, const char *text)
{
	if (format->of_set)
		return fail("a set has no values: leave out 'value'");
	return take_column("value", text, &format->value);
}

static int take_raw(struct format *format, const char *text)
{
	(void)text;
	format->raw = true;
	return 0;
}

static const struct keyword {
	const char *name;
	bool alone;
	int (*take)(struct format *format, const char *text);
} keywords[] = {
	{ "comments", false, take_comments },
	{ "separator", false, take_separator },
	{ "key", false, take_key },
	{ "value", false, take_value },
	{ "raw", true, take_raw },
};

static const struct keyword *keyword_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keywords); i++)
		if (!strcmp(keywords[i].name, name))
			return &keywords[i];
	return NULL;
}

int format_parse(struct format *format, int argc, char **argv)
{
	bool given[ARRAY_SIZE(keywords)] = { false };
	const struct keyword *keyword;
	int i, status;

	format->separator = '\t';
	for (i = 0; i < argc; i++) {
		keyword = keyword_find(argv[i]);
		if (!keyword || (!keyword->alone && i + 1 == argc))
			return fail_usage();
		if (given[keyword - keywords])
			return fail("'%s' is given twice", argv[i]);
		given[keyword - keywords] = true;
		if (!keyword->alone)
			i++;
		status = keyword->take(format, argv[i]);
		if (status)
			return status;
	}
	return 0;
}

bool format_has_json(const struct format *format)
{
	return !format->raw && !format->key && !format->value &&
	       !format->blanks && format->separator == '\t';
}

static bool is_blank(char c)
{
	return c && strchr(BLANKS, c);
}

static struct field without_blanks(struct field field)
{
	while (field.len && is_blank(field.text[0])) {
		field.text++;
		field.len--;
	}
	while (field.len && is_blank(field.text[field.len - 1]))
		field.len--;
	return field;
}

bool format_is_comment(const struct format *format, const struct field *line)
{
	const struct field start = without_blanks(*line);
	size_t len = format->comments ? strlen(format->comments) : 0;

	return len && start.len >= len &&
	       !memcmp(start.text, format->comments, len);
}

bool format_is_blank(const struct format *format, const struct field *line)
{
	return !(format->blanks ? without_blanks(*line) : *line).len;
}

/* Where the first separator is, or the end. */
static size_t column_len(const struct format *format, const struct field *line)
{
	size_t len;

	for (len = 0; len < line->len; len++)
		if (format->blanks ? is_blank(line->text[len]) :
				     line->text[len] == format->separator)
			break;
	return len;
}

/* Take the first column off; false if nothing separates it from others. */
static bool next_column(const struct format *format, struct field *rest,
			struct field *column)
{
	size_t len = column_len(format, rest);
	bool more = len < rest->len;

	*column = (struct field){ rest->text, len };
	rest->text += len + more;
	rest->len -= len + more;
	if (format->blanks)
		*rest = without_blanks(*rest);
	return more;
}

static const char *no_column(const struct format *format)
{
	if (format->key || format->value)
		return "fewer columns than 'key' and 'value' name";
	if (format_has_json(format))
		return "no TAB between key and value: 'separator' says if something else is";
	return "no separator between key and value";
}

static const char *split_columns(const struct format *format, struct field rest,
				 struct field *key, struct field *value)
{
	unsigned long long nr_key = format->key ? format->key : 1;
	unsigned long long nr_value = format->value;
	struct field column;
	unsigned long long nr;
	bool more = true;

	for (nr = 1; nr <= nr_key || nr <= nr_value; nr++) {
		if (!more)
			return no_column(format);
		more = next_column(format, &rest, &column);
		if (nr == nr_key)
			*key = column;
		if (nr == nr_value)
			*value = column;
		if (nr == nr_key && !nr_value)
			*value = rest;
	}
	if (!format->of_set && !nr_value && !more)
		return no_column(format);
	return NULL;
}

const char *format_split(const struct format *format, struct field line,
			 struct field *key, struct field *value)
{
	const char *why = NULL;

	if (format->blanks)
		line = without_blanks(line);
	if (!format->of_set || format->key) {
		why = split_columns(format, line, key, value);
	} else {
		*key = line;
		if (!format->raw && column_len(format, &line) < line.len)
			why = format_has_json(format) ?
				"a set has no values, and a TAB in a key is written \\t" :
				"a set has no values: 'key' says which column to take";
	}
	if (why)
		return why;
	key->text[key->len] = '\0';
	if (!format->of_set)
		value->text[value->len] = '\0';
	return NULL;
}

#define OF_UTF_16 "UTF-16: 'iconv -f UTF-16 -t UTF-8' makes text for load of it"

static const struct magic {
	const char *start;
	const char *what;
} magics[] = {
	{ "\xff\xfe", OF_UTF_16 },
	{ "\xfe\xff", OF_UTF_16 },
	{ "\x1f\x8b", "compressed: load what 'zcat' writes" },
	{ "\3757zXZ", "compressed: load what 'xzcat' writes" },
	{ "\x28\xb5\x2f\xfd", "compressed: load what 'zstdcat' writes" },
	{ "PK\x03\x04", "an archive: load what 'unzip -p' writes" },
};

static bool is_text_and(char what, const struct field *start, const char *after)
{
	const struct field text = without_blanks(*start);
	const char *next = text.text + 1;

	if (!text.len || text.text[0] != what)
		return false;
	while (next < text.text + text.len && is_blank(*next))
		next++;
	return next == text.text + text.len || (*next && strchr(after, *next));
}

const char *format_foreign(const struct format *format,
			   const struct field *start)
{
	size_t i, len;

	for (i = 0; i < ARRAY_SIZE(magics); i++) {
		len = strlen(magics[i].start);
		if (start->len >= len &&
		    !memcmp(start->text, magics[i].start, len))
			return magics[i].what;
	}
	if (!format_has_json(format))
		return NULL;
	if (is_text_and('[', start, "{]\r\n"))
		return "a JSON array: load what 'save -j' writes, or \"jq -c '.[]'\" of it";
	if (is_text_and('{', start, "\r\n"))
		return "JSON over several lines: load what 'jq -c .' makes of it";
	return NULL;
}
