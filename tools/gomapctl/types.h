/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Types of keys and values: how their bytes are written and shown. A map keeps
 * the names of its types as its key_format and value_format, so that every
 * later command knows them.
 */
#ifndef _GOMAPCTL_TYPES_H
#define _GOMAPCTL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <json-c/json.h>
#include <linux/gomap.h>

#define TYPE_NAMES \
	"u8 u16 u32 u64 s8 s16 s32 s64 str[:MAX] bytes:N ipv4 ipv6 mac"

/* Bytes of a key or value as the kernel has them. */
struct datum {
	unsigned char *bytes;
	size_t len;
};

/**
 * struct type - a type as a map has it
 * @class: how it is written and shown
 * @name: what was given to create, "str:64" say
 * @size: bytes of a datum; the most bytes if @varies
 * @varies: data differ in length
 */
struct type {
	const struct type_class *class;
	char name[GOMAP_FORMAT_LEN];
	size_t size;
	bool varies;
};

/* Make a type of its name. @max_size is the most bytes that it may have. */
bool type_from_name(struct type *type, const char *name, size_t max_size);

/*
 * Make a type of what a map says of its keys or values. Maps that programs
 * made may have formats that mean nothing here, or don't fit; their data are
 * shown as hexadecimal digits.
 */
void type_from_format(struct type *type, const char *format, size_t size,
		      bool varies);

bool type_is_none(const struct type *type);
/* Can its data be raw text, of any bytes? */
bool type_is_text(const struct type *type);
bool type_is_integer(const struct type *type);

/*
 * Parse @len characters at @text, with a NUL after them, into @datum, which
 * has room for type->size bytes. False if they are not of the type.
 */
bool type_parse(const struct type *type, const char *text, size_t len,
		struct datum *datum);
/* The same, but a backslash is a backslash. */
bool type_parse_raw(const struct type *type, const char *text, size_t len,
		    struct datum *datum);
/* A JSON value as text: of a string what is in it, which may be NULs. */
const char *json_value_text(struct json_object *value, size_t *len);
/* Is @value of the kind that JSON has for the type? */
bool type_in_json(const struct type *type, struct json_object *value);
bool type_from_json(const struct type *type, struct json_object *value,
		    struct datum *datum);

/* Why @text wasn't accepted; good until the next call. */
const char *type_refusal(const struct type *type, const char *what,
			 const char *text, size_t len);

void type_print(const struct type *type, const struct datum *datum, FILE *out);
/* The same, as type_parse_raw() takes it. */
void type_print_raw(const struct type *type, const struct datum *datum,
		    FILE *out);
/*
 * Print it where it is the first of a line for load: the same, but it doesn't
 * begin with { or [, as JSON does.
 */
void type_print_first(const struct type *type, const struct datum *datum,
		      FILE *out);

struct json_object *type_to_json(const struct type *type,
				 const struct datum *datum);

/*
 * Of an integer type alone, in type_int.c: parse a number, negative or not, to
 * be added to one, and make a datum of the low bits of a sum.
 */
bool integer_parse_delta(const struct type *type, const char *text,
			 unsigned long long *delta);
void integer_store(const struct type *type, unsigned long long number,
		   struct datum *datum);

#endif /* _GOMAPCTL_TYPES_H */
