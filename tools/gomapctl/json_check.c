// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "hex.h"
#include "json_check.h"
#include "number.h"
#include "text.h"

#define BLANKS " \t\r\n"
#define PUNCTUATION "{}[]:,\""

/**
 * struct json - a text being looked through
 * @at: what comes next
 * @end: where it ends
 * @out: where what was looked at goes
 * @string: where the string went, if one was the last token
 * @before: first character of the last token
 * @depth: objects and arrays that are open
 * @nr_members: members so far
 */
struct json {
	const char *at;
	const char *end;
	char *out;
	const char *string;
	char before;
	size_t depth;
	size_t nr_members;
};

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

static size_t left(const struct json *json)
{
	return json->end - json->at;
}

static void keep(struct json *json, size_t len)
{
	memmove(json->out, json->at, len);
	json->out += len;
	json->at += len;
}

/* What a \uHHHH stands for: half of a character, if that is beyond 16 bits. */
static bool take_unit(struct json *json, unsigned int *unit)
{
	unsigned char high, low;

	if (left(json) < 6 || memcmp(json->at, "\\u", 2) ||
	    !hex_byte(json->at + 2, &high) || !hex_byte(json->at + 4, &low))
		return false;
	*unit = high << 8 | low;
	json->at += 6;
	return true;
}

static void put_pair(struct json *json, unsigned int first, unsigned int second)
{
	unsigned int c = 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff);

	*json->out++ = 0xf0 | c >> 18;
	*json->out++ = 0x80 | (c >> 12 & 0x3f);
	*json->out++ = 0x80 | (c >> 6 & 0x3f);
	*json->out++ = 0x80 | (c & 0x3f);
}

/* json-c makes the same of every half that stands alone: U+FFFD. */
static const char *check_unicode(struct json *json)
{
	unsigned int first, second;

	if (!take_unit(json, &first))
		return "\\u without four digits";
	if (first < 0xd800 || first > 0xdfff) {
		json->at -= 6;
		keep(json, 6);
		return NULL;
	}
	if (first > 0xdbff || !take_unit(json, &second) || second < 0xdc00 ||
	    second > 0xdfff)
		return "half of a surrogate pair";
	put_pair(json, first, second);
	return NULL;
}

static const char *check_escape(struct json *json)
{
	if (left(json) < 2 || !is_one_of(json->at[1], "\"\\/bfnrtu"))
		return "an escape that JSON hasn't";
	if (json->at[1] == 'u')
		return check_unicode(json);
	keep(json, 2);
	return NULL;
}

static const char *check_string(struct json *json)
{
	const char *flaw = NULL;

	json->string = json->out;
	keep(json, 1);
	while (!flaw && left(json) && *json->at != '"') {
		if ((unsigned char)*json->at < ' ')
			return "a control character in a string";
		if (*json->at == '\\')
			flaw = check_escape(json);
		else
			keep(json, 1);
	}
	if (flaw)
		return flaw;
	if (!left(json))
		return "a string without end";
	keep(json, 1);
	return NULL;
}

/* json-c makes the highest number of one that is beyond 64 bits. */
static bool is_integer(const char *text, size_t len)
{
	size_t sign = text[0] == '-';
	unsigned long long number;
	long long negative;

	if (len > sign + 1 && text[sign] == '0')
		return false;
	if (sign)
		return parse_signed(text, len, 10, LLONG_MIN, LLONG_MAX, &negative);
	return parse_unsigned(text, len, 10, ULLONG_MAX, &number);
}

static bool is_word(const char *text, size_t len)
{
	return (len == 4 && !memcmp(text, "true", 4)) ||
	       (len == 5 && !memcmp(text, "false", 5)) ||
	       (len == 4 && !memcmp(text, "null", 4));
}

static const char *check_word(struct json *json)
{
	const char *text = json->out;
	size_t len;

	while (left(json) && !is_one_of(*json->at, BLANKS PUNCTUATION))
		keep(json, 1);
	len = json->out - text;
	if (is_integer(text, len) || is_word(text, len))
		return NULL;
	return "neither a string nor an integer of 64 bits";
}

/* In names, json-c cuts what follows \u0000. */
static const char *check_name(const struct json *json)
{
	if (json->string && memchr(json->string, '\\', json->out - json->string))
		return "an escape in the name of a member";
	return NULL;
}

static const char *check_punctuation(struct json *json)
{
	const char *flaw = NULL;

	switch (*json->at) {
	case '{':
	case '[':
		json->depth++;
		break;
	case '}':
	case ']':
		json->depth--;
		if (json->before == ',')
			flaw = "a comma too many";
		break;
	case ':':
		json->nr_members++;
		flaw = check_name(json);
	}
	json->string = NULL;
	keep(json, 1);
	return flaw;
}

static const char *check_token(struct json *json)
{
	char first = *json->at;
	const char *flaw;

	if (!json->depth && json->before)
		return "more after its end";
	if (first == '"')
		flaw = check_string(json);
	else if (is_one_of(first, PUNCTUATION))
		flaw = check_punctuation(json);
	else
		flaw = check_word(json);
	json->before = first;
	return flaw;
}

const char *json_flaw(char *text, size_t *len, size_t *nr_members)
{
	struct json json = { .at = text, .end = text + *len, .out = text };
	const char *flaw = NULL;

	if (!text_is_utf8((unsigned char *)text, *len))
		return "not UTF-8";
	while (!flaw && left(&json)) {
		if (is_one_of(*json.at, BLANKS))
			keep(&json, 1);
		else
			flaw = check_token(&json);
	}
	*len = json.out - text;
	*nr_members = json.nr_members;
	return flaw;
}
