/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What to say when libgomap fails. All of these return EXIT_ERROR; @err is the
 * negative errno that it returned.
 */
#ifndef _GOMAPCTL_FAILURE_H
#define _GOMAPCTL_FAILURE_H

struct map;

/* No map can have that name. */
int fail_name(const char *name);

/* gomap_create() and gomap_remove(), @operation being "create" or "remove". */
int fail_control(const char *operation, const char *name, int err);

/* gomap_visit_names(). */
int fail_list(int err);

/* gomap_open(), and what comes with it. */
int fail_open(const char *name, int err);

/* Whatever is done to an open map, "insert" say. */
int fail_operation(const char *operation, const struct map *map, int err);

/* A set, and a value was given to compare with. */
int fail_no_values(const struct map *map);

#endif /* _GOMAPCTL_FAILURE_H */
