// SPDX-License-Identifier: GPL-2.0-only
/*
 * create and remove.
 */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "gomapctl.h"
#include "map.h"
#include "number.h"

bool create_if_absent;

static int take_type(const char *text, const char *what, size_t max_size,
		     const char *also, struct type *type)
{
	if (type_from_name(type, text, max_size))
		return 0;
	return fail("%s type '%s' is not one of " TYPE_NAMES "%s, MAX and N 1 to %zu",
		    what, text, also, max_size);
}

static int take_key(struct gomap_create_args *args, const char *text)
{
	struct type type;
	int status;

	status = take_type(text, "key", GOMAP_KEY_SIZE_MAX, "", &type);
	if (status)
		return status;
	if (type_is_none(&type))
		return fail("only a value can be 'none': a map without values is a set");

	args->key_size = type.size;
	if (type.varies)
		args->flags |= GOMAP_VAR_KEY;
	snprintf(args->key_format, sizeof(args->key_format), "%s", type.name);
	return 0;
}

static int take_value(struct gomap_create_args *args, const char *text)
{
	struct type type;
	int status;

	status = take_type(text, "value", GOMAP_VALUE_SIZE_MAX, " none", &type);
	if (status)
		return status;

	args->value_size = type.size;
	if (type.varies)
		args->flags |= GOMAP_VAR_VALUE;
	snprintf(args->value_format, sizeof(args->value_format), "%s",
		 type.name);
	return 0;
}

static int take_max(struct gomap_create_args *args, const char *text)
{
	unsigned long long max;

	if (!parse_unsigned(text, strlen(text), 0, GOMAP_MAX_ENTRIES_MAX,
			    &max) || !max)
		return fail("max '%s' is not a number of entries: 1 to %llu",
			    text, GOMAP_MAX_ENTRIES_MAX);
	args->max_entries = max;
	return 0;
}

static int take_max_bytes(struct gomap_create_args *args, const char *text)
{
	unsigned long long bytes;

	if (!parse_unsigned(text, strlen(text), 0, ULLONG_MAX, &bytes) ||
	    !bytes)
		return fail("max_bytes '%s' is not a number of bytes: 1 to %llu",
			    text, ULLONG_MAX);
	args->max_bytes = bytes;
	return 0;
}

int parse_reserve(const char *text, unsigned long long *reserve)
{
	if (parse_unsigned(text, strlen(text), 0, GOMAP_MAX_ENTRIES_MAX,
			   reserve))
		return 0;
	return fail("reserve '%s' is not a number of entries: 0 to %llu", text,
		    GOMAP_MAX_ENTRIES_MAX);
}

static int take_reserve(struct gomap_create_args *args, const char *text)
{
	unsigned long long reserve;
	int status;

	status = parse_reserve(text, &reserve);
	if (!status)
		args->reserve = reserve;
	return status;
}

static int take_mode(struct gomap_create_args *args, const char *text)
{
	unsigned long long mode;

	if (!parse_unsigned(text, strlen(text), 8, 0777, &mode))
		return fail("mode '%s' is not a file mode: 0 to 0777, octal",
			    text);
	args->mode = mode;
	return 0;
}

/* A user or group is a name in the system's tables, or else a number. */
static bool parse_id(const char *text, uint32_t *id)
{
	unsigned long long number;

	/* The highest number means "nobody in particular". */
	if (!parse_unsigned(text, strlen(text), 10, UINT32_MAX - 1, &number))
		return false;
	*id = number;
	return true;
}

static bool parse_user(const char *text, uint32_t *uid)
{
	struct passwd *user = getpwnam(text);

	if (!user)
		return parse_id(text, uid);
	*uid = user->pw_uid;
	return true;
}

static bool parse_group(const char *text, uint32_t *gid)
{
	struct group *group = getgrnam(text);

	if (!group)
		return parse_id(text, gid);
	*gid = group->gr_gid;
	return true;
}

static bool parse_owner(const char *text, uint32_t *uid, uint32_t *gid)
{
	char *colon, *user;
	bool good = false;

	user = strdup(text);
	colon = user ? strchr(user, ':') : NULL;
	if (colon) {
		*colon = '\0';
		good = parse_user(user, uid) && parse_group(colon + 1, gid);
	}
	free(user);
	return good;
}

static int take_owner(struct gomap_create_args *args, const char *text)
{
	if (parse_owner(text, &args->uid, &args->gid))
		return 0;
	return fail("owner '%s' is not USER:GROUP, names or numbers that exist here",
		    text);
}

static const struct keyword {
	const char *name;
	int (*take)(struct gomap_create_args *args, const char *text);
} keywords[] = {
	{ "key", take_key },
	{ "value", take_value },
	{ "max", take_max },
	{ "max_bytes", take_max_bytes },
	{ "reserve", take_reserve },
	{ "mode", take_mode },
	{ "owner", take_owner },
};

/* The first that many keywords can't be left out. */
#define NR_REQUIRED 2

static size_t keyword_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keywords); i++)
		if (!strcmp(keywords[i].name, name))
			break;
	return i;
}

/* Keywords, each with a word after it, in any order. */
static int parse_create(struct gomap_create_args *args, int argc, char **argv)
{
	bool given[ARRAY_SIZE(keywords)] = { false };
	size_t word;
	int i, status;

	for (i = 0; i < argc; i += 2) {
		word = keyword_find(argv[i]);
		if (word == ARRAY_SIZE(keywords) || i + 1 == argc)
			return fail_usage();
		if (given[word])
			return fail("'%s' is given twice", argv[i]);
		given[word] = true;
		status = keywords[word].take(args, argv[i + 1]);
		if (status)
			return status;
	}
	for (word = 0; word < NR_REQUIRED; word++)
		if (!given[word])
			return fail_usage();
	if (args->max_entries && args->reserve > args->max_entries)
		return fail("reserve %llu is more than max %llu",
			    args->reserve, args->max_entries);
	return 0;
}

static int fail_create(const struct gomap_create_args *args, int err)
{
	switch (-err) {
	case EEXIST:
		return fail("map '%s' exists already: take another name, or remove it first",
			    args->name);
	case EPERM:
		return fail("only root may give map '%s' to owner %u:%u",
			    args->name, args->uid, args->gid);
	case ENOSPC:
		return fail("the module has its limit of maps: remove one, or raise its max_maps");
	case EDQUOT:
		return fail("you are at max_user_maps or max_user_bytes: remove a map first");
	case EFBIG:
		return fail("map '%s' takes more than max_bytes %llu: reserve less, or permit more",
			    args->name, args->max_bytes);
	case ENOMEM:
		return fail("no memory for map '%s': reserve less, or free some",
			    args->name);
	default:
		return fail_control("create", args->name, err);
	}
}

static bool is_same(const struct type *a, const struct type *b)
{
	return a->class == b->class && a->size == b->size &&
	       a->varies == b->varies;
}

static int compare_types(const char *name, const char *what,
			 const struct type *has, const struct type *wanted)
{
	if (is_same(has, wanted))
		return 0;
	return fail("map '%s' exists with %s type %s, not %s: take another name, or remove it",
		    name, what, has->name, wanted->name);
}

/* The map that exists has to be such as would have been made. */
static int compare_maps(const struct gomap_create_args *args,
			const struct gomap_info *info)
{
	struct type has, wanted;
	int status;

	type_from_format(&has, info->key_format, info->key_size,
			 info->map_flags & GOMAP_VAR_KEY);
	type_from_format(&wanted, args->key_format, args->key_size,
			 args->flags & GOMAP_VAR_KEY);
	status = compare_types(args->name, "key", &has, &wanted);
	if (status)
		return status;
	type_from_format(&has, info->value_format, info->value_size,
			 info->map_flags & GOMAP_VAR_VALUE);
	type_from_format(&wanted, args->value_format, args->value_size,
			 args->flags & GOMAP_VAR_VALUE);
	return compare_types(args->name, "value", &has, &wanted);
}

static int create(const struct gomap_create_args *args)
{
	int fd = gomap_create(args);

	if (fd < 0)
		return fd;
	map_drop(args->name);
	close(fd);
	return 0;
}

/* Others may make the map at the same time, and its node comes after its name. */
static int find_or_create(const struct gomap_create_args *args)
{
	struct gomap_info info;
	int tries = 100;
	int err;

	do {
		err = map_info(args->name, &info);
		if (!err)
			return compare_maps(args, &info);
		if (err != -ENOENT)
			return fail_open(args->name, err);
		err = create(args);
	} while (err == -EEXIST && --tries && !usleep(10000));
	return err ? fail_create(args, err) : EXIT_DONE;
}

int do_create(int argc, char **argv)
{
	struct gomap_create_args args = {
		.size = sizeof(args),
		.mode = 0600,
		.uid = geteuid(),
		.gid = getegid(),
	};
	int err, status;

	if (!gomap_name_is_legal(argv[0]))
		return fail_name(argv[0]);
	snprintf(args.name, sizeof(args.name), "%s", argv[0]);
	status = parse_create(&args, argc - 1, argv + 1);
	if (status)
		return status;

	if (create_if_absent)
		return find_or_create(&args);
	err = create(&args);
	return err ? fail_create(&args, err) : EXIT_DONE;
}

int do_remove(int argc, char **argv)
{
	int err;

	(void)argc;
	if (!gomap_name_is_legal(argv[0]))
		return fail_name(argv[0]);
	map_drop(argv[0]);
	err = gomap_remove(argv[0]);
	if (err == -EPERM)
		return fail("map '%s' is somebody else's: only root may remove it",
			    argv[0]);
	return err ? fail_control("remove", argv[0], err) : EXIT_DONE;
}
