/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Output: a command builds its answer once, and this prints it as text or as
 * JSON. All of these take the JSON value over.
 */
#ifndef _GOMAPCTL_OUTPUT_H
#define _GOMAPCTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <json-c/json.h>

#include "types.h"

extern bool output_json;
extern bool output_pretty;

/* A lone number or string. */
void output_value(struct json_object *value);

/* JSON in one line, whatever the options. */
void output_line(struct json_object *value, FILE *out);

/* One member a line. */
void output_object(struct json_object *object);

/* An array of objects: those members of theirs that @columns names. */
void output_table(struct json_object *rows, const char *const *columns,
		  size_t nr_columns);

/* An array one element at a time, for any number of them; only as JSON. */
void output_array_begin(void);
void output_element(struct json_object *value, bool first);
void output_array_end(bool empty);

/* A key or value of a map; nothing as text if it is of type none. */
void output_datum(const struct type *type, const struct datum *datum);

#endif /* _GOMAPCTL_OUTPUT_H */
