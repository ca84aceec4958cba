// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "output.h"
#include "text.h"

bool output_json;
bool output_pretty;

static const char *json_text(struct json_object *value)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (output_pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	return json_object_to_json_string_ext(value, flags);
}

void output_line(struct json_object *value, FILE *out)
{
	const char *text;

	text = json_object_to_json_string_ext(value,
					      JSON_C_TO_STRING_NOSLASHESCAPE);
	text_print_json(text, strlen(text), out);
	putc('\n', out);
	json_object_put(value);
}

static void print_text(const char *text)
{
	text_print_json(text, strlen(text), stdout);
}

static void print_json(struct json_object *value)
{
	print_text(json_text(value));
	putchar('\n');
}

void output_value(struct json_object *value)
{
	if (output_json)
		print_json(value);
	else
		puts(json_object_get_string(value));
	json_object_put(value);
}

void output_object(struct json_object *object)
{
	if (output_json) {
		print_json(object);
	} else {
		json_object_object_foreach(object, name, value)
			printf("%-17s %s\n", name,
			       json_object_get_string(value));
	}
	json_object_put(object);
}

static const char *cell(struct json_object *row, const char *column)
{
	struct json_object *value;

	if (!json_object_object_get_ex(row, column, &value))
		return "-";
	return json_object_get_string(value);
}

static int width(struct json_object *rows, const char *column)
{
	size_t i, len, max = strlen(column);

	for (i = 0; i < json_object_array_length(rows); i++) {
		len = strlen(cell(json_object_array_get_idx(rows, i), column));
		if (len > max)
			max = len;
	}
	return max;
}

static void print_cell(const char *text, int width, bool last)
{
	if (last)
		puts(text);
	else
		printf("%-*s  ", width, text);
}

static void print_table(struct json_object *rows, const char *const *columns,
			size_t nr_columns)
{
	size_t nr_rows = json_object_array_length(rows);
	int widths[nr_columns];
	size_t row, col;

	if (!nr_rows)
		return;
	for (col = 0; col < nr_columns; col++) {
		widths[col] = width(rows, columns[col]);
		print_cell(columns[col], widths[col], col + 1 == nr_columns);
	}
	for (row = 0; row < nr_rows; row++)
		for (col = 0; col < nr_columns; col++)
			print_cell(cell(json_object_array_get_idx(rows, row),
					columns[col]),
				   widths[col], col + 1 == nr_columns);
}

void output_table(struct json_object *rows, const char *const *columns,
		  size_t nr_columns)
{
	if (output_json)
		print_json(rows);
	else
		print_table(rows, columns, nr_columns);
	json_object_put(rows);
}

void output_array_begin(void)
{
	putchar('[');
}

/* In JSON, a newline is never part of a string. */
static void print_indented(const char *text)
{
	size_t len;

	for (;; text += len + 1) {
		len = strcspn(text, "\n");
		fputs("\n  ", stdout);
		text_print_json(text, len, stdout);
		if (!text[len])
			return;
	}
}

void output_element(struct json_object *value, bool first)
{
	if (!first)
		putchar(',');
	if (output_pretty)
		print_indented(json_text(value));
	else
		print_text(json_text(value));
	json_object_put(value);
}

void output_array_end(bool empty)
{
	puts(output_pretty && !empty ? "\n]" : "]");
}

void output_datum(const struct type *type, const struct datum *datum)
{
	struct json_object *value;

	if (output_json) {
		value = type_to_json(type, datum);
		print_json(value);
		json_object_put(value);
	} else if (!type_is_none(type)) {
		type_print(type, datum, stdout);
		putchar('\n');
	}
}
