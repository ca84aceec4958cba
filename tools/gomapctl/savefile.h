/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that has its old contents until it has all of the new ones, whatever
 * comes in between.
 */
#ifndef _GOMAPCTL_SAVEFILE_H
#define _GOMAPCTL_SAVEFILE_H

#include <stdio.h>

/**
 * struct savefile - a file being written
 * @out: where to write
 * @name: what to call it
 * @path: the file itself, if @name is a symbolic link to it
 * @temporary: another one beside it, which is to become it; NULL if it is no
 *	regular file, and written directly
 */
struct savefile {
	FILE *out;
	const char *name;
	char *path;
	char *temporary;
};

/* These return 0, or an exit status after saying what was wrong. */
int savefile_open(struct savefile *file, const char *name);
/* Also fails, and leaves the old contents, if something couldn't be written. */
int savefile_commit(struct savefile *file);

void savefile_abort(struct savefile *file);

#endif /* _GOMAPCTL_SAVEFILE_H */
