// SPDX-License-Identifier: GPL-2.0-only
/*
 * bytes:N and mac: bytes as hexadecimal digits.
 */
#include <string.h>

#include "hex.h"
#include "type_class.h"

#define MAC_SEPARATOR ':'

void bytes_describe(const struct type *type, char *text, size_t room)
{
	snprintf(text, room, "%s%zu hexadecimal digits",
		 type->varies ? "an even number, 0 to " : "", 2 * type->size);
}

bool bytes_parse(const struct type *type, const char *text, size_t len,
		 struct datum *datum)
{
	datum->len = len / 2;
	if (len % 2 || datum->len > type->size)
		return false;
	if (datum->len < type->size && !type->varies)
		return false;
	return hex_parse(text, datum->len, '\0', datum->bytes);
}

void bytes_print(const struct type *type, const struct datum *datum, FILE *out)
{
	(void)type;
	hex_print(datum->bytes, datum->len, '\0', out);
}

/* As routers have it: 0011.22aa.bbff. */
static bool parse_dotted(const char *text, unsigned char *bytes)
{
	return text[4] == '.' && text[9] == '.' &&
	       hex_parse(text, 2, '\0', bytes) &&
	       hex_parse(text + 5, 2, '\0', bytes + 2) &&
	       hex_parse(text + 10, 2, '\0', bytes + 4);
}

bool mac_parse(const struct type *type, const char *text, size_t len,
	       struct datum *datum)
{
	datum->len = type->size;
	if (len == strlen("0011.22aa.bbff"))
		return parse_dotted(text, datum->bytes);
	if (len == hex_len(datum->len, '\0'))
		return hex_parse(text, datum->len, '\0', datum->bytes);
	return len == hex_len(datum->len, MAC_SEPARATOR) &&
	       (hex_parse(text, datum->len, MAC_SEPARATOR, datum->bytes) ||
		hex_parse(text, datum->len, '-', datum->bytes));
}

void mac_print(const struct type *type, const struct datum *datum, FILE *out)
{
	(void)type;
	hex_print(datum->bytes, datum->len, MAC_SEPARATOR, out);
}
