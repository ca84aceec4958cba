/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a file for load is written, where that isn't as gomapctl does it: what
 * separates columns, which of them are key and value, what is a comment.
 */
#ifndef _GOMAPCTL_FORMAT_H
#define _GOMAPCTL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct format - how a file is written
 * @of_set: keys have no values
 * @comments: what lines begin with that are none, NULL if nothing
 * @separator: what is between columns
 * @blanks: that is any number of spaces and TABs
 * @key: the column of the key, from 1; 0 unless given
 * @value: likewise; without it, the value is all that follows the key
 * @raw: a backslash is a backslash
 */
struct format {
	bool of_set;
	const char *comments;
	char separator;
	bool blanks;
	unsigned long long key;
	unsigned long long value;
	bool raw;
};

/* A part of a line. */
struct field {
	char *text;
	size_t len;
};

/* What stands after FILE. 0, or an exit status after saying what was wrong. */
int format_parse(struct format *format, int argc, char **argv);

/* May lines also be JSON? They are what they are once columns are given. */
bool format_has_json(const struct format *format);

bool format_is_comment(const struct format *format, const struct field *line);
bool format_is_blank(const struct format *format, const struct field *line);

/*
 * Divide a line; what is found gets a NUL after it. NULL, or what is wrong with
 * the line.
 */
const char *format_split(const struct format *format, struct field line,
			 struct field *key, struct field *value);

/*
 * What a file is, from its first line or more, and what to do about it, if it
 * is known and isn't lines of text; or else NULL.
 */
const char *format_foreign(const struct format *format,
			   const struct field *start);

#endif /* _GOMAPCTL_FORMAT_H */
