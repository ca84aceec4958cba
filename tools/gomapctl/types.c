// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of types. The classes themselves are in type_*.c.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "gomapctl.h"
#include "number.h"
#include "text.h"
#include "type_class.h"

/* Bytes of what is refused. */
#define MOST_SHOWN 64

#define UNSIGNED(bits, max) {			\
	.name = "u" #bits,			\
	.article = "a",				\
	.size = (bits) / 8,			\
	.integer = true,			\
	.accepts = "0 to " max,			\
	.parse = unsigned_parse,		\
	.print = unsigned_print,		\
	.to_json = unsigned_to_json,		\
}

#define SIGNED(bits, min, max) {		\
	.name = "s" #bits,			\
	.article = "an",			\
	.size = (bits) / 8,			\
	.integer = true,			\
	.accepts = min " to " max,		\
	.parse = signed_parse,			\
	.print = signed_print,			\
	.to_json = signed_to_json,		\
}

static const struct type_class classes[] = {
	UNSIGNED(8, "255"),
	UNSIGNED(16, "65535"),
	UNSIGNED(32, "4294967295"),
	UNSIGNED(64, "18446744073709551615"),
	SIGNED(8, "-128", "127"),
	SIGNED(16, "-32768", "32767"),
	SIGNED(32, "-2147483648", "2147483647"),
	SIGNED(64, "-9223372036854775808", "9223372036854775807"),
	{
		.name = "str",
		.article = "a",
		.sizing = SIZE_MAX_GIVEN,
		.describe = str_describe,
		.parse = str_parse,
		.parse_raw = str_parse_raw,
		.print = str_print,
		.print_first = str_print_first,
		.to_json = str_to_json,
		.from_json = str_from_json,
	}, {
		.name = "bytes",
		.article = "a",
		.sizing = SIZE_GIVEN,
		.describe = bytes_describe,
		.parse = bytes_parse,
		.print = bytes_print,
	}, {
		.name = "ipv4",
		.article = "an",
		.size = 4,
		.accepts = "0.0.0.0 to 255.255.255.255",
		.parse = ip_parse,
		.hint = ip_hint,
		.print = ip_print,
	}, {
		.name = "ipv6",
		.article = "an",
		.size = 16,
		.accepts = ":: to ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		.parse = ip_parse,
		.hint = ip_hint,
		.print = ip_print,
	}, {
		.name = "mac",
		.article = "a",
		.size = 6,
		.accepts = "00:00:00:00:00:00 to ff:ff:ff:ff:ff:ff",
		.parse = mac_parse,
		.print = mac_print,
	}, {
		/* Of size 0: there is never anything to parse or print. */
		.name = "none",
		.article = "a",
	},
};

static const struct type_class *class_find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(classes); i++)
		if (strlen(classes[i].name) == len &&
		    !memcmp(classes[i].name, name, len))
			return &classes[i];
	return NULL;
}

/* What stands after the name: nothing, or a colon and a number. */
static bool parse_size(const struct type_class *class, const char *suffix,
		       size_t max_size, unsigned long long *size)
{
	if (!*suffix) {
		*size = class->sizing == SIZE_FIXED ? class->size : max_size;
		return class->sizing != SIZE_GIVEN;
	}
	return class->sizing != SIZE_FIXED &&
	       parse_unsigned(suffix + 1, strlen(suffix + 1), 10, max_size,
			      size) &&
	       *size > 0;
}

bool type_from_name(struct type *type, const char *name, size_t max_size)
{
	const char *suffix = strchrnul(name, ':');
	const struct type_class *class = class_find(name, suffix - name);
	unsigned long long size;

	if (!class || !parse_size(class, suffix, max_size, &size))
		return false;

	type->class = class;
	type->size = size;
	type->varies = class->sizing == SIZE_MAX_GIVEN;
	if (*suffix)
		snprintf(type->name, sizeof(type->name), "%s:%zu", class->name,
			 type->size);
	else
		snprintf(type->name, sizeof(type->name), "%s", class->name);
	return true;
}

static void type_of_bytes(struct type *type, size_t size, bool varies)
{
	type->class = class_find("bytes", strlen("bytes"));
	type->size = size;
	type->varies = varies;
	snprintf(type->name, sizeof(type->name),
		 varies ? "bytes:0-%zu" : "bytes:%zu", size);
}

void type_from_format(struct type *type, const char *format, size_t size,
		      bool varies)
{
	if (!size)
		format = "none";
	if (!type_from_name(type, format, size) || type->size != size ||
	    type->varies != varies)
		type_of_bytes(type, size, varies);
}

bool type_is_none(const struct type *type)
{
	return !type->size;
}

bool type_is_text(const struct type *type)
{
	return type->class->parse_raw;
}

bool type_is_integer(const struct type *type)
{
	return type->class->integer;
}

bool type_parse(const struct type *type, const char *text, size_t len,
		struct datum *datum)
{
	return type->class->parse(type, text, len, datum);
}

bool type_parse_raw(const struct type *type, const char *text, size_t len,
		    struct datum *datum)
{
	if (type_is_text(type))
		return type->class->parse_raw(type, text, len, datum);
	return type_parse(type, text, len, datum);
}

const char *json_value_text(struct json_object *value, size_t *len)
{
	const char *text = value ? json_object_get_string(value) : "null";

	*len = json_object_is_type(value, json_type_string) ?
		       (size_t)json_object_get_string_len(value) : strlen(text);
	return text;
}

bool type_in_json(const struct type *type, struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_string:
		/* Also a number may be one, which JavaScript can't round. */
		return true;
	case json_type_int:
		return type->class->integer;
	case json_type_object:
		return type->class->from_json;
	default:
		return false;
	}
}

bool type_from_json(const struct type *type, struct json_object *value,
		    struct datum *datum)
{
	const char *text;
	size_t len;

	if (type->class->from_json)
		return type->class->from_json(type, value, datum);
	if (!type_in_json(type, value))
		return false;
	text = json_value_text(value, &len);
	return type_parse(type, text, len, datum);
}

static const char *accepted(const struct type *type, const char *text,
			    size_t len)
{
	static char description[96];
	const char *hint = NULL;

	if (type->class->hint)
		hint = type->class->hint(text, len);
	if (hint)
		return hint;
	if (!type->class->describe)
		return type->class->accepts;
	type->class->describe(type, description, sizeof(description));
	return description;
}

const char *type_refusal(const struct type *type, const char *what,
			 const char *text, size_t len)
{
	static char refusal[512];
	size_t shown = text_cut(text, len, MOST_SHOWN);
	FILE *out;

	out = fmemopen(refusal, sizeof(refusal), "w");
	if (!out)
		return "no memory to say what is wrong";
	fprintf(out, "%s '", what);
	text_show(text, shown, out);
	fprintf(out, "%s' is not %s %s: %s", shown < len ? "..." : "",
		type->class->article, type->name, accepted(type, text, len));
	fclose(out);
	return refusal;
}

void type_print(const struct type *type, const struct datum *datum, FILE *out)
{
	type->class->print(type, datum, out);
}

void type_print_raw(const struct type *type, const struct datum *datum,
		    FILE *out)
{
	if (type_is_text(type))
		fwrite(datum->bytes, 1, datum->len, out);
	else
		type_print(type, datum, out);
}

void type_print_first(const struct type *type, const struct datum *datum,
		      FILE *out)
{
	if (type->class->print_first)
		type->class->print_first(type, datum, out);
	else
		type_print(type, datum, out);
}

struct json_object *
json_printed(void (*print)(const struct type *, const struct datum *, FILE *),
	     const struct type *type, const struct datum *datum)
{
	struct json_object *value = NULL;
	char *text;
	size_t len;
	FILE *out;

	out = open_memstream(&text, &len);
	if (!out)
		return NULL;
	print(type, datum, out);
	if (!fclose(out))
		value = json_object_new_string_len(text, len);
	free(text);
	return value;
}

struct json_object *type_to_json(const struct type *type,
				 const struct datum *datum)
{
	if (type_is_none(type))
		return NULL;
	if (type->class->to_json)
		return type->class->to_json(type, datum);
	return json_printed(type->class->print, type, datum);
}
