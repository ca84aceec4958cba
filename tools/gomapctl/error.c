// SPDX-License-Identifier: GPL-2.0-only
/*
 * One line on standard error that says what to do.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "gomapctl.h"

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

/* Messages quote arguments, and those may hold newlines or worse. */
static void make_line(char *text)
{
	for (; *text; text++)
		if (iscntrl((unsigned char)*text))
			*text = '?';
}

/* All in one piece, since others may write to standard error, too. */
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
	if (text)
		make_line(text);
	fprintf(stderr, "gomapctl: %s\n", text ? text : "no memory");
	free(text);
	return EXIT_ERROR;
}

int fail_usage(void)
{
	if (current)
		return fail("usage: gomapctl %s", current->usage);
	return fail("usage: " SYNOPSIS "COMMAND ..., see 'gomapctl help'");
}
