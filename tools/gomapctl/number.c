// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "number.h"

bool parse_unsigned(const char *text, size_t len, int base,
		    unsigned long long max, unsigned long long *number)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*number = strtoull(text, &end, base);
	return !errno && end == text + len && *number <= max;
}

bool parse_signed(const char *text, size_t len, int base, long long min,
		  long long max, long long *number)
{
	char *end;

	if (!isdigit((unsigned char)text[text[0] == '-']))
		return false;
	errno = 0;
	*number = strtoll(text, &end, base);
	return !errno && end == text + len && *number >= min && *number <= max;
}
