// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>

#include "number.h"

/* The base that a prefix says, and how long that is; base 10 without one. */
static size_t take_prefix(const char *text, size_t len, int *base)
{
	*base = 10;
	if (len < 2 || text[0] != '0')
		return 0;
	switch (tolower((unsigned char)text[1])) {
	case 'x':
		*base = 16;
		return 2;
	case 'o':
		*base = 8;
		return 2;
	case 'b':
		*base = 2;
		return 2;
	default:
		return 0;
	}
}

/* The base for what is no digit. */
static int digit(char c, int base)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	if (isxdigit((unsigned char)c))
		return tolower((unsigned char)c) - 'a' + 10;
	return base;
}

bool parse_unsigned(const char *text, size_t len, int base,
		    unsigned long long max, unsigned long long *number)
{
	size_t i = base ? 0 : take_prefix(text, len, &base);
	int value;

	if (i == len)
		return false;
	for (*number = 0; i < len; i++) {
		value = digit(text[i], base);
		if (value >= base ||
		    __builtin_mul_overflow(*number, base, number) ||
		    __builtin_add_overflow(*number, value, number))
			return false;
	}
	return *number <= max;
}

bool parse_signed(const char *text, size_t len, int base, long long min,
		  long long max, long long *number)
{
	bool negative = len && text[0] == '-';
	unsigned long long magnitude, most = max;

	if (negative)
		most = -(unsigned long long)min;
	if (!parse_unsigned(text + negative, len - negative, base, most,
			    &magnitude))
		return false;
	*number = negative ? -magnitude : magnitude;
	return true;
}
