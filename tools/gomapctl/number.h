/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers as text, without what strtol() lets pass: blanks, signs where there
 * can be none, and rubbish at the end. Base 0 takes 10, 0xa, 0o12 and 0b1010
 * alike; 010 is ten, as it is in files that fill numbers up with zeros.
 */
#ifndef _GOMAPCTL_NUMBER_H
#define _GOMAPCTL_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

bool parse_unsigned(const char *text, size_t len, int base,
		    unsigned long long max, unsigned long long *number);
bool parse_signed(const char *text, size_t len, int base, long long min,
		  long long max, long long *number);

#endif /* _GOMAPCTL_NUMBER_H */
