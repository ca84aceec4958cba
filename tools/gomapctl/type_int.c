// SPDX-License-Identifier: GPL-2.0-only
/*
 * u8 to u64 and s8 to s64, in the byte order of the machine: what kernel code
 * and C programs that share the map have in their variables.
 */
#include <limits.h>
#include <string.h>
#include <linux/types.h>

#include "number.h"
#include "type_class.h"

/* All members are at the start, whatever the byte order. */
union integer {
	__u8 u8;
	__u16 u16;
	__u32 u32;
	__u64 u64;
};

static unsigned long long unsigned_max(size_t size)
{
	return ULLONG_MAX >> (64 - 8 * size);
}

void integer_store(const struct type *type, unsigned long long number,
		   struct datum *datum)
{
	union integer integer;

	switch (type->size) {
	case 1:
		integer.u8 = number;
		break;
	case 2:
		integer.u16 = number;
		break;
	case 4:
		integer.u32 = number;
		break;
	default:
		integer.u64 = number;
	}
	memcpy(datum->bytes, &integer, type->size);
	datum->len = type->size;
}

static unsigned long long load_unsigned(const struct datum *datum)
{
	union integer integer;

	memcpy(&integer, datum->bytes, datum->len);
	switch (datum->len) {
	case 1:
		return integer.u8;
	case 2:
		return integer.u16;
	case 4:
		return integer.u32;
	default:
		return integer.u64;
	}
}

static long long load_signed(const struct datum *datum)
{
	unsigned long long number = load_unsigned(datum);
	unsigned long long max = unsigned_max(datum->len) / 2;

	/* Above half of the range, fill with ones from the left. */
	return number > max ? number | ~max : number;
}

bool unsigned_parse(const struct type *type, const char *text, size_t len,
		    struct datum *datum)
{
	unsigned long long number;

	if (!parse_unsigned(text, len, 0, unsigned_max(type->size), &number))
		return false;
	integer_store(type, number, datum);
	return true;
}

void unsigned_print(const struct type *type, const struct datum *datum,
		    FILE *out)
{
	(void)type;
	fprintf(out, "%llu", load_unsigned(datum));
}

struct json_object *unsigned_to_json(const struct type *type,
				     const struct datum *datum)
{
	(void)type;
	return json_object_new_uint64(load_unsigned(datum));
}

bool integer_parse_delta(const struct type *type, const char *text,
			 unsigned long long *delta)
{
	bool negative = text[0] == '-';

	text += negative;
	if (!parse_unsigned(text, strlen(text), 0, unsigned_max(type->size),
			    delta))
		return false;
	if (negative)
		*delta = -*delta;
	return true;
}

bool signed_parse(const struct type *type, const char *text, size_t len,
		  struct datum *datum)
{
	long long max = unsigned_max(type->size) / 2;
	long long number;

	if (!parse_signed(text, len, 0, -max - 1, max, &number))
		return false;
	integer_store(type, number, datum);
	return true;
}

void signed_print(const struct type *type, const struct datum *datum,
		  FILE *out)
{
	(void)type;
	fprintf(out, "%lld", load_signed(datum));
}

struct json_object *signed_to_json(const struct type *type,
				   const struct datum *datum)
{
	(void)type;
	return json_object_new_int64(load_signed(datum));
}
