// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gomapctl.h"
#include "savefile.h"

/*
 * For the signal handler: the temporary file, if there is one. It is set before
 * a handler is, and there is always a system call in between.
 */
static const char *leftover;

static void remove_leftover(int signal)
{
	if (leftover)
		unlink(leftover);
	/* The handler is in force only once. */
	raise(signal);
}

/* A signal that is ignored, by nohup say, stays so. */
static void catch_signal(int signal)
{
	const struct sigaction catch = {
		.sa_handler = remove_leftover,
		.sa_flags = SA_RESETHAND,
	};
	struct sigaction old;

	if (!sigaction(signal, NULL, &old) && old.sa_handler == SIG_DFL)
		sigaction(signal, &catch, NULL);
}

static int fail_write(const struct savefile *file, int err)
{
	return fail("cannot write %s: %s", file->name, strerror(-err));
}

static void release(struct savefile *file)
{
	leftover = NULL;
	free(file->temporary);
	free(file->path);
}

/* As the file was, or as any new file would be. */
static mode_t wanted_mode(const struct stat *old)
{
	mode_t mask;

	if (old)
		return old->st_mode & 07777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

/* The owner as far as that is possible, and before the mode: it resets bits. */
static int set_owner_and_mode(int fd, const struct stat *old)
{
	if (old && fchown(fd, old->st_uid, old->st_gid) && errno != EPERM)
		return -1;
	return fchmod(fd, wanted_mode(old));
}

static int open_temporary(struct savefile *file, const struct stat *old)
{
	int err, fd;

	if (asprintf(&file->temporary, "%s.XXXXXX", file->path) < 0) {
		file->temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(file->temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	leftover = file->temporary;
	catch_signal(SIGINT);
	catch_signal(SIGTERM);
	catch_signal(SIGHUP);

	if (!set_owner_and_mode(fd, old))
		file->out = fdopen(fd, "w");
	if (file->out)
		return 0;
	err = -errno;
	unlink(file->temporary);
	close(fd);
	return err;
}

/* A terminal or a pipe can't be replaced, and needn't be. */
static int open_directly(struct savefile *file)
{
	file->out = fopen(file->name, "we");
	return file->out ? 0 : -errno;
}

static int open_path(struct savefile *file)
{
	struct stat old;

	if (stat(file->name, &old)) {
		if (errno != ENOENT)
			return -errno;
		file->path = strdup(file->name);
		return file->path ? open_temporary(file, NULL) : -ENOMEM;
	}
	if (!S_ISREG(old.st_mode))
		return open_directly(file);
	file->path = realpath(file->name, NULL);
	return file->path ? open_temporary(file, &old) : -errno;
}

int savefile_open(struct savefile *file, const char *name)
{
	int err;

	*file = (struct savefile){ .name = name };
	err = open_path(file);
	if (!err)
		return 0;
	release(file);
	return fail_write(file, err);
}

/* The contents must be on the disk before the name leads to them. */
static int finish(struct savefile *file)
{
	int err = 0;

	if (fflush(file->out) || ferror(file->out) ||
	    (file->temporary && fsync(fileno(file->out))))
		err = -errno;
	if (fclose(file->out) && !err)
		err = -errno;
	if (!err && file->temporary && rename(file->temporary, file->path))
		err = -errno;
	return err;
}

int savefile_commit(struct savefile *file)
{
	int err = finish(file);

	if (err && file->temporary)
		unlink(file->temporary);
	release(file);
	return err ? fail_write(file, err) : 0;
}

void savefile_abort(struct savefile *file)
{
	fclose(file->out);
	if (file->temporary)
		unlink(file->temporary);
	release(file);
}
