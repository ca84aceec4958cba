// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gomapctl.h"
#include "savefile.h"
#include "signals.h"

/* For the signal handler: the temporary file, if there is one. */
static const char *leftover;

static void remove_leftover(int signal)
{
	if (leftover)
		unlink(leftover);
	/* The handler is in force only once. */
	raise(signal);
}

/* Its directory can't have another file in its place, but it can be written. */
static bool is_only_writable(const struct savefile *file, int err)
{
	return (err == -EACCES || err == -EPERM || err == -EROFS ||
		err == -EBUSY) &&
	       file->path && !access(file->path, W_OK);
}

static int fail_write(const struct savefile *file, int err)
{
	if (is_only_writable(file, err))
		return fail("cannot replace %s: %s: 'gomapctl save NAME - >FILE' writes into it",
			    file->name, strerror(-err));
	return fail("cannot write %s: %s", file->name, strerror(-err));
}

static void release(struct savefile *file)
{
	signals_release();
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

/* No signal may come before it is known what it leaves. */
static int create_temporary(char *path)
{
	sigset_t all, old;
	int err, fd;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	fd = mkostemp(path, O_CLOEXEC);
	err = -errno;
	if (fd >= 0) {
		leftover = path;
		signals_catch(remove_leftover);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return fd < 0 ? err : fd;
}

static int open_temporary(struct savefile *file, const struct stat *old)
{
	int err, fd;

	if (asprintf(&file->temporary, "%s.XXXXXX", file->path) < 0) {
		file->temporary = NULL;
		return -ENOMEM;
	}
	fd = create_temporary(file->temporary);
	if (fd < 0)
		return fd;
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
	fail_write(file, err);
	release(file);
	return EXIT_ERROR;
}

/*
 * Have the new name on the disk, too. Some file systems can't be told to, and a
 * directory may be searched and not read.
 */
static int sync_directory(const char *path)
{
	char *copy = strdup(path);
	int err = 0;
	int fd;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno != EACCES)
		err = -errno;
	if (fd >= 0 && fsync(fd) && errno != EINVAL)
		err = -errno;
	if (fd >= 0)
		close(fd);
	free(copy);
	return err;
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
	if (err || !file->temporary)
		return err;
	return rename(file->temporary, file->path) ? -errno :
						     sync_directory(file->path);
}

int savefile_commit(struct savefile *file)
{
	int err = finish(file);

	if (err && file->temporary)
		unlink(file->temporary);
	if (err)
		fail_write(file, err);
	release(file);
	return err ? EXIT_ERROR : 0;
}

void savefile_abort(struct savefile *file)
{
	fclose(file->out);
	if (file->temporary)
		unlink(file->temporary);
	release(file);
}
