/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes as pairs of hexadecimal digits.
 */
#ifndef _GOMAPCTL_HEX_H
#define _GOMAPCTL_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Parse two digits; false if they aren't. */
bool hex_byte(const char *text, unsigned char *byte);

/*
 * Parse or print @nr_bytes bytes with @separator between them, '\0' for none.
 * What is parsed has hex_len() characters.
 */
size_t hex_len(size_t nr_bytes, char separator);
bool hex_parse(const char *text, size_t nr_bytes, char separator,
	       unsigned char *bytes);
void hex_print(const unsigned char *bytes, size_t nr_bytes, char separator,
	       FILE *out);

#endif /* _GOMAPCTL_HEX_H */
