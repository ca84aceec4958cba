// SPDX-License-Identifier: GPL-2.0-only
/*
 * help and version.
 */
#include <stdio.h>

#include "gomapctl.h"
#include "output.h"
#include "types.h"

void help_all(void)
{
	const struct command *command;

	puts("Usage: " SYNOPSIS "COMMAND ...\n");
	for (command = commands; command->name; command++)
		printf("  %s\n", command->usage);
	puts("\n"
	     "TYPE: " TYPE_NAMES ";\n"
	     "for a value also none: a map without values is a set.\n"
	     "In a str, \\ is written \\\\, and \\t \\n \\r \\xHH are a TAB, a newline, a\n"
	     "carriage return and the byte HH.\n"
	     "\n"
	     "-j prints JSON, -p prints it over several lines; -h and -V are help and version.\n"
	     "Options stand before or right after the command, or behind its arguments.\n"
	     "Exit status: 0 done, 1 the answer is no (absent, already there, differs), 2 error.");
}

void help_command(const struct command *command)
{
	printf("Usage: " SYNOPSIS "%s\n\n%s\n", command->usage, command->help);
}

int do_help(int argc, char **argv)
{
	const struct command *command;

	if (!argc) {
		help_all();
		return EXIT_DONE;
	}

	command = command_find(argv[0]);
	if (!command)
		return fail_unknown(argv[0]);
	help_command(command);
	return EXIT_DONE;
}

int do_version(int argc, char **argv)
{
	struct json_object *version;

	(void)argc;
	(void)argv;
	if (output_json) {
		version = json_object_new_object();
		json_object_object_add(version, "version",
				       json_object_new_string(VERSION));
		output_object(version);
	} else {
		puts("gomapctl " VERSION);
	}
	return EXIT_DONE;
}
