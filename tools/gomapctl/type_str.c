// SPDX-License-Identifier: GPL-2.0-only
/*
 * str: any bytes, without a NUL at the end. In JSON a string, but one that
 * isn't UTF-8, which JSON has no word for, is {"hex": "ff00"}.
 */
#include <string.h>

#include "text.h"
#include "type_class.h"

#define HEX_MEMBER "hex"

void str_describe(const struct type *type, char *text, size_t room)
{
	snprintf(text, room,
		 "0 to %zu bytes, \\ only in \\\\ \\t \\n \\r \\xHH",
		 type->size);
}

bool str_parse(const struct type *type, const char *text, size_t len,
	       struct datum *datum)
{
	datum->len = type->size;
	return text_parse(text, len, datum->bytes, &datum->len);
}

bool str_parse_raw(const struct type *type, const char *text, size_t len,
		   struct datum *datum)
{
	datum->len = len;
	if (len > type->size)
		return false;
	memcpy(datum->bytes, text, len);
	return true;
}

void str_print(const struct type *type, const struct datum *datum, FILE *out)
{
	(void)type;
	text_print(datum->bytes, datum->len, out);
}

void str_print_first(const struct type *type, const struct datum *datum,
		     FILE *out)
{
	struct datum rest = *datum;

	if (rest.len && (rest.bytes[0] == '{' || rest.bytes[0] == '[')) {
		text_print_escape(*rest.bytes++, out);
		rest.len--;
	}
	str_print(type, &rest, out);
}

struct json_object *str_to_json(const struct type *type,
				const struct datum *datum)
{
	struct json_object *value;

	if (text_is_utf8(datum->bytes, datum->len))
		return json_object_new_string_len((const char *)datum->bytes,
						  datum->len);
	value = json_object_new_object();
	json_object_object_add(value, HEX_MEMBER,
			       json_printed(bytes_print, type, datum));
	return value;
}

static bool hex_from_json(const struct type *type, struct json_object *value,
			  struct datum *datum)
{
	struct json_object *hex;

	if (json_object_object_length(value) != 1 ||
	    !json_object_object_get_ex(value, HEX_MEMBER, &hex) ||
	    !json_object_is_type(hex, json_type_string))
		return false;
	return bytes_parse(type, json_object_get_string(hex),
			   json_object_get_string_len(hex), datum);
}

bool str_from_json(const struct type *type, struct json_object *value,
		   struct datum *datum)
{
	if (json_object_is_type(value, json_type_object))
		return hex_from_json(type, value, datum);
	if (!json_object_is_type(value, json_type_string))
		return false;

	return str_parse_raw(type, json_object_get_string(value),
			     json_object_get_string_len(value), datum);
}
