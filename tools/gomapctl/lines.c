// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gomapctl.h"
#include "lines.h"

#define FIRST_SIZE (256 * 1024)

/* It can't be had twice: a batch may come from it, and a load in the batch. */
static bool stdin_in_use;

int lines_open(struct lines *lines, const char *file)
{
	*lines = (struct lines){ .name = file };
	if (strcmp(file, "-")) {
		lines->fd = open(file, O_RDONLY | O_CLOEXEC);
		if (lines->fd < 0)
			return fail("cannot open %s: %s", file,
				    strerror(errno));
		return 0;
	}
	if (stdin_in_use)
		return fail("the commands come from standard input: give a FILE");
	stdin_in_use = true;
	lines->name = "stdin";
	lines->fd = STDIN_FILENO;
	return 0;
}

void lines_close(struct lines *lines)
{
	free(lines->buffer);
	if (lines->fd == STDIN_FILENO)
		stdin_in_use = false;
	else
		close(lines->fd);
}

unsigned long long lines_size(const struct lines *lines)
{
	struct stat stat;

	if (fstat(lines->fd, &stat) || !S_ISREG(stat.st_mode))
		return 0;
	return stat.st_size;
}

/* One byte is for a NUL after the last line. */
static size_t room(const struct lines *lines)
{
	return lines->size ? lines->size - lines->end - 1 : 0;
}

static int make_room(struct lines *lines)
{
	size_t size = lines->size ? 2 * lines->size : FIRST_SIZE;
	char *buffer;

	if (lines->start) {
		lines->end -= lines->start;
		memmove(lines->buffer, lines->buffer + lines->start,
			lines->end);
		lines->start = 0;
	}
	if (room(lines))
		return 0;
	buffer = realloc(lines->buffer, size);
	if (!buffer)
		return -ENOMEM;
	lines->buffer = buffer;
	lines->size = size;
	return 0;
}

int lines_read(struct lines *lines)
{
	ssize_t len;
	int err;

	err = make_room(lines);
	if (err)
		return err;
	do {
		len = read(lines->fd, lines->buffer + lines->end, room(lines));
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	lines->end += len;
	lines->at_end = !len;
	return len > 0;
}

char *lines_next(struct lines *lines, size_t *len)
{
	char *line = lines->buffer + lines->start;
	size_t left = lines->end - lines->start;
	char *newline;

	if (!left)
		return NULL;
	newline = memchr(line, '\n', left);
	if (!newline && !lines->at_end)
		return NULL;
	*len = newline ? (size_t)(newline - line) : left;
	line[*len] = '\0';
	lines->start += newline ? *len + 1 : left;
	return line;
}

char *lines_rest(const struct lines *lines, size_t *len)
{
	*len = lines->end - lines->start;
	return lines->buffer + lines->start;
}
