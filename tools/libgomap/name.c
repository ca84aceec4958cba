// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Names of maps: which are legal, and which there are.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

bool gomap_name_is_legal(const char *name)
{
	/* Not isalnum(): what is legal must not depend on the locale. */
	size_t len = strspn(name, LETTERS DIGITS "_-.");

	return len > 0 && len < GOMAP_NAME_LEN && !name[len] &&
	       name[0] != '-' && name[0] != '.' && strcmp(name, "control");
}

static int is_map(const struct dirent *entry)
{
	return gomap_name_is_legal(entry->d_name);
}

int gomap_visit_names(gomap_visit_t visit, void *arg)
{
	struct dirent **entries;
	int ret = 0;
	int i, n;

	n = scandir(GOMAP_CLASS_DIR, &entries, is_map, alphasort);
	if (n < 0)
		return errno == ENOENT ? -ENODEV : -errno;

	for (i = 0; i < n; i++) {
		if (!ret)
			ret = visit(entries[i]->d_name, arg);
		free(entries[i]);
	}
	free(entries);
	return ret;
}
