/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What types.c needs to know of a kind of type.
 */
#ifndef _GOMAPCTL_TYPE_CLASS_H
#define _GOMAPCTL_TYPE_CLASS_H

#include "types.h"

/* How the size of a type follows from its name. */
enum type_sizing {
	SIZE_FIXED,	/* by the name alone: u32 */
	SIZE_GIVEN,	/* name:N */
	SIZE_MAX_GIVEN,	/* name or name:MAX, data vary in length */
};

/**
 * struct type_class - a kind of type
 * @name: how it is called
 * @article: "a", or "an" where that is how @name is said
 * @sizing: how the size of a type of this class is known
 * @size: size of its data if SIZE_FIXED
 * @integer: it is one of type_int.c
 * @accepts: what can be written
 * @describe: writes what can be written, where that depends on the type's size
 * @parse: as type_parse()
 * @parse_raw: as type_parse_raw(), where that isn't as @parse
 * @hint: what to say instead of what can be written, or NULL
 * @print: as type_print()
 * @print_first: as type_print_first(), where that isn't as @print
 * @to_json: as type_to_json(); without it, what @print prints is a string
 * @from_json: as type_from_json(); without it, the text of the JSON value is
 *	parsed
 */
struct type_class {
	const char *name;
	const char *article;
	enum type_sizing sizing;
	size_t size;
	bool integer;
	const char *accepts;
	void (*describe)(const struct type *type, char *text, size_t room);
	bool (*parse)(const struct type *type, const char *text, size_t len,
		      struct datum *datum);
	bool (*parse_raw)(const struct type *type, const char *text, size_t len,
			  struct datum *datum);
	const char *(*hint)(const char *text, size_t len);
	void (*print)(const struct type *type, const struct datum *datum,
		      FILE *out);
	void (*print_first)(const struct type *type, const struct datum *datum,
			    FILE *out);
	struct json_object *(*to_json)(const struct type *type,
				       const struct datum *datum);
	bool (*from_json)(const struct type *type, struct json_object *value,
			  struct datum *datum);
};

/* What @print prints, as a JSON string. */
struct json_object *
json_printed(void (*print)(const struct type *, const struct datum *, FILE *),
	     const struct type *type, const struct datum *datum);

/* type_int.c */
bool unsigned_parse(const struct type *type, const char *text, size_t len,
		    struct datum *datum);
void unsigned_print(const struct type *type, const struct datum *datum,
		    FILE *out);
struct json_object *unsigned_to_json(const struct type *type,
				     const struct datum *datum);
bool signed_parse(const struct type *type, const char *text, size_t len,
		  struct datum *datum);
void signed_print(const struct type *type, const struct datum *datum,
		  FILE *out);
struct json_object *signed_to_json(const struct type *type,
				   const struct datum *datum);

/* type_str.c */
void str_describe(const struct type *type, char *text, size_t room);
bool str_parse(const struct type *type, const char *text, size_t len,
	       struct datum *datum);
bool str_parse_raw(const struct type *type, const char *text, size_t len,
		   struct datum *datum);
void str_print(const struct type *type, const struct datum *datum, FILE *out);
void str_print_first(const struct type *type, const struct datum *datum,
		     FILE *out);
struct json_object *str_to_json(const struct type *type,
				const struct datum *datum);
bool str_from_json(const struct type *type, struct json_object *value,
		   struct datum *datum);

/* type_bytes.c */
void bytes_describe(const struct type *type, char *text, size_t room);
bool bytes_parse(const struct type *type, const char *text, size_t len,
		 struct datum *datum);
void bytes_print(const struct type *type, const struct datum *datum,
		 FILE *out);
bool mac_parse(const struct type *type, const char *text, size_t len,
	       struct datum *datum);
void mac_print(const struct type *type, const struct datum *datum, FILE *out);

/* type_ip.c */
bool ip_parse(const struct type *type, const char *text, size_t len,
	      struct datum *datum);
const char *ip_hint(const char *text, size_t len);
void ip_print(const struct type *type, const struct datum *datum, FILE *out);

#endif /* _GOMAPCTL_TYPE_CLASS_H */
