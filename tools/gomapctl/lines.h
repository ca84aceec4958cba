/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of a file, as many at a time as a read gives: what a slow writer has
 * written so far is not kept waiting for what it hasn't.
 */
#ifndef _GOMAPCTL_LINES_H
#define _GOMAPCTL_LINES_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct lines - a file being read
 * @name: what to call it
 * @fd: its descriptor
 * @buffer: what was read, and room
 * @size: bytes at @buffer
 * @start: where the next line begins
 * @end: end of what was read
 * @at_end: all was read
 */
struct lines {
	const char *name;
	int fd;
	char *buffer;
	size_t size;
	size_t start;
	size_t end;
	bool at_end;
};

/* "-" is standard input. 0, or an exit status after saying what was wrong. */
int lines_open(struct lines *lines, const char *file);
void lines_close(struct lines *lines);

/* Bytes of the file, 0 if it isn't known. */
unsigned long long lines_size(const struct lines *lines);

/* 1, 0 if that was all, or a negative errno. */
int lines_read(struct lines *lines);

/*
 * The next line of what was read, with a NUL in place of its newline, or NULL
 * if the rest of it is yet to be read. Good until the next read.
 */
char *lines_next(struct lines *lines, size_t *len);

/* What was read of a line that isn't whole yet; good until the next read. */
char *lines_rest(const struct lines *lines, size_t *len);

#endif /* _GOMAPCTL_LINES_H */
