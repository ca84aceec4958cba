// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>

#include "hex.h"

static int digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	if (isxdigit((unsigned char)c))
		return tolower((unsigned char)c) - 'a' + 10;
	return -1;
}

bool hex_byte(const char *text, unsigned char *byte)
{
	int high = digit(text[0]);
	/* Behind a character that is no digit there may be no other. */
	int low = high < 0 ? -1 : digit(text[1]);

	if (low < 0)
		return false;
	*byte = high << 4 | low;
	return true;
}

size_t hex_len(size_t nr_bytes, char separator)
{
	if (!nr_bytes)
		return 0;
	return 2 * nr_bytes + (separator ? nr_bytes - 1 : 0);
}

bool hex_parse(const char *text, size_t nr_bytes, char separator,
	       unsigned char *bytes)
{
	size_t i;

	for (i = 0; i < nr_bytes; i++) {
		if (i && separator && *text++ != separator)
			return false;
		if (!hex_byte(text, &bytes[i]))
			return false;
		text += 2;
	}
	return true;
}

void hex_print(const unsigned char *bytes, size_t nr_bytes, char separator,
	       FILE *out)
{
	size_t i;

	for (i = 0; i < nr_bytes; i++) {
		if (i && separator)
			putc(separator, out);
		fprintf(out, "%02x", bytes[i]);
	}
}
