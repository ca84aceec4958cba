// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "gomapctl.h"
#include "hex.h"
#include "text.h"

static const char escaped[] = "\\\t\n\r";
static const char letters[] = "\\tnr";

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/*
 * Is that the second byte of a character that is shortest in this form, is no
 * surrogate, and not above U+10FFFF? For each first byte it is a range.
 */
static bool is_second(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	default:
		return is_continuation(second);
	}
}

/* Bytes of the UTF-8 character at the start, 0 if there is none. */
static size_t char_len(const unsigned char *bytes, size_t len)
{
	size_t i, n;

	if (bytes[0] < 0x80)
		return 1;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
		return 0;

	n = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
	if (n > len || !is_second(bytes[0], bytes[1]))
		return 0;
	for (i = 2; i < n; i++)
		if (!is_continuation(bytes[i]))
			return 0;
	return n;
}

static unsigned int char_value(const unsigned char *bytes, size_t n)
{
	unsigned int value = n == 1 ? bytes[0] : bytes[0] & (0x7f >> n);
	size_t i;

	for (i = 1; i < n; i++)
		value = value << 6 | (bytes[i] & 0x3f);
	return value;
}

/*
 * Control characters, also of ISO 6429, which terminals obey; those that let
 * text look like another one; ends of lines, and the byte order mark.
 */
static bool is_control(unsigned int c)
{
	static const struct range {
		unsigned int first;
		unsigned int last;
	} ranges[] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0x61c, 0x61c },
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 },
		{ 0xfeff, 0xfeff },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

bool text_is_utf8(const unsigned char *bytes, size_t len)
{
	size_t n;

	for (; len; bytes += n, len -= n) {
		n = char_len(bytes, len);
		if (!n)
			return false;
	}
	return true;
}

void text_print_escape(unsigned char byte, FILE *out)
{
	const char *found = byte ? strchr(escaped, byte) : NULL;

	if (found)
		fprintf(out, "\\%c", letters[found - escaped]);
	else
		fprintf(out, "\\x%02x", byte);
}

static void print_escapes(const unsigned char *bytes, size_t len, FILE *out)
{
	while (len--)
		text_print_escape(*bytes++, out);
}

static void print(const unsigned char *bytes, size_t len, const char *special,
		  FILE *out)
{
	size_t n;

	for (; len; bytes += n, len -= n) {
		n = char_len(bytes, len);
		if (!n) {
			text_print_escape(bytes[0], out);
			n = 1;
		} else if (is_control(char_value(bytes, n)) ||
			   strchr(special, bytes[0])) {
			print_escapes(bytes, n, out);
		} else {
			fwrite(bytes, 1, n, out);
		}
	}
}

void text_print(const unsigned char *bytes, size_t len, FILE *out)
{
	print(bytes, len, "\\", out);
}

void text_show(const char *text, size_t len, FILE *out)
{
	print((const unsigned char *)text, len, "", out);
}

void text_print_json(const char *text, size_t len, FILE *out)
{
	const unsigned char *bytes = (const unsigned char *)text;
	unsigned int value;
	size_t n;

	for (; len; bytes += n, len -= n) {
		n = char_len(bytes, len);
		value = n ? char_value(bytes, n) : 0;
		if (!n)
			n = 1;
		if (value > ' ' && is_control(value))
			fprintf(out, "\\u%04x", value);
		else
			fwrite(bytes, 1, n, out);
	}
}

size_t text_cut(const char *text, size_t len, size_t max)
{
	size_t cut = max;

	if (len <= max)
		return len;
	while (cut && is_continuation(text[cut]))
		cut--;
	/* Behind so many, it is no UTF-8. */
	return max - cut < 4 ? cut : max;
}

/* Characters of the escape at the start, 0 if there is none. */
static size_t parse_escape(const char *text, size_t len, unsigned char *byte)
{
	const char *found;

	if (len >= 4 && text[1] == 'x')
		return hex_byte(text + 2, byte) ? 4 : 0;
	if (len < 2 || !text[1])
		return 0;
	found = strchr(letters, text[1]);
	if (!found)
		return 0;
	*byte = escaped[found - letters];
	return 2;
}

bool text_parse(const char *text, size_t len, unsigned char *bytes,
		size_t *nr_bytes)
{
	size_t room = *nr_bytes;
	size_t n;

	for (*nr_bytes = 0; len; text += n, len -= n) {
		if (*nr_bytes == room)
			return false;
		n = 1;
		if (*text == '\\')
			n = parse_escape(text, len, bytes);
		else
			*bytes = *text;
		if (!n)
			return false;
		bytes++;
		++*nr_bytes;
	}
	return true;
}
