// SPDX-License-Identifier: GPL-2.0-only
/*
 * One line on standard error that says what to do.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gomapctl.h"
#include "text.h"

static const struct command *current;
static const struct place *innermost;

void set_command(const struct command *command)
{
	current = command;
}

void place_enter(struct place *place)
{
	place->outer = innermost;
	innermost = place;
}

void place_leave(void)
{
	innermost = innermost->outer;
}

static void print_place(const struct place *place, FILE *out)
{
	if (!place)
		return;
	print_place(place->outer, out);
	if (place->line)
		fprintf(out, "%s:%llu: ", place->file, place->line);
}

/*
 * All in one piece, since others may write to standard error, too. Messages
 * quote arguments, and those may hold newlines or worse.
 */
static void print_line(const char *text, size_t len)
{
	char *line = NULL;
	FILE *out;

	out = open_memstream(&line, &(size_t){ 0 });
	if (out) {
		text_show(text, len, out);
		fclose(out);
	}
	fprintf(stderr, "gomapctl: %s\n", line ? line : "no memory");
	free(line);
}

int fail(const char *format, ...)
{
	char *text = NULL;
	va_list args;
	size_t len;
	FILE *out;

	out = open_memstream(&text, &len);
	if (out) {
		print_place(innermost, out);
		va_start(args, format);
		vfprintf(out, format, args);
		va_end(args);
		fclose(out);
	}
	print_line(text ? text : "no memory", text ? len : strlen("no memory"));
	free(text);
	return EXIT_ERROR;
}

int fail_usage(void)
{
	if (current)
		return fail("usage: gomapctl %s", current->usage);
	return fail("usage: " SYNOPSIS "COMMAND ..., see 'gomapctl help'");
}
