// SPDX-License-Identifier: GPL-2.0-only
/*
 * One line on standard error that says what to do.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "gomapctl.h"

static const struct command *current;

void set_command(const struct command *command)
{
	current = command;
}

/* Messages quote arguments, and those may hold newlines or worse. */
static void make_line(char *text)
{
	for (; *text; text++)
		if (iscntrl((unsigned char)*text))
			*text = '?';
}

int fail(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);

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
