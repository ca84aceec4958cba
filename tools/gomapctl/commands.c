// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands. Help, usage errors and the check of the packaging all come
 * from this table.
 */
#include <limits.h>
#include <string.h>

#include "gomapctl.h"

#define CREATE_USAGE \
	"create NAME key TYPE value TYPE [max N] [reserve N] [mode OCTAL] [owner U:G]"

const struct command commands[] = {
	{
		.name = "create",
		.usage = CREATE_USAGE,
		.min_args = 5,
		.max_args = INT_MAX,
		.run = do_create,
		.help = "Make a map; 'value none' makes a set. It holds at most 'max'\n"
			"entries and has room for 'reserve' from the start. Its device\n"
			"node gets 'mode', or 0600, and belongs to 'owner', or to the\n"
			"caller.",
	}, {
		.name = "insert",
		.usage = "insert NAME KEY VALUE [new|existing]",
		.min_args = 2,
		.max_args = 4,
		.run = do_insert,
		.help = "Give KEY the VALUE, with 'new' only if the key is absent, with\n"
			"'existing' only if it is there: otherwise exit 1. A set takes no\n"
			"VALUE.",
	}, {
		.name = "lookup",
		.usage = "lookup NAME KEY",
		.min_args = 2,
		.max_args = 2,
		.run = do_lookup,
		.help = "Print the value of KEY, nothing for a set. Exit 1 if the key is\n"
			"absent.",
	}, {
		.name = "delete",
		.usage = "delete NAME KEY",
		.min_args = 2,
		.max_args = 2,
		.run = do_delete,
		.help = "Delete KEY and its value. Exit 1 if the key is absent.",
	}, {
		.name = "len",
		.usage = "len NAME",
		.min_args = 1,
		.max_args = 1,
		.run = do_len,
		.help = "Print the number of entries.",
	}, {
		.name = "show",
		.usage = "show NAME",
		.min_args = 1,
		.max_args = 1,
		.run = do_show,
		.help = "Show what a map is and how it is doing.",
	}, {
		.name = "list",
		.usage = "list",
		.run = do_list,
		.help = "List the named maps. One that the caller may not open has only its\n"
			"name.",
	}, {
		.name = "load",
		.usage = "load NAME [FILE]",
		.min_args = 1,
		.max_args = 2,
		.run = do_load,
		.help = "Insert what FILE, or standard input, holds: lines KEY<TAB>VALUE,\n"
			"for a set KEY, or {\"key\": KEY, \"value\": VALUE}. Bad lines are\n"
			"reported and left out.",
	}, {
		.name = "remove",
		.usage = "remove NAME",
		.min_args = 1,
		.max_args = 1,
		.run = do_remove,
		.help = "Remove a map. It goes when the last program that has it open\n"
			"closes it.",
	}, {
		.name = "help",
		.usage = "help [COMMAND]",
		.max_args = 1,
		.run = do_help,
		.help = "Show this help, or that of one command, as '-h' does.",
	}, {
		.name = "version",
		.usage = "version",
		.run = do_version,
		.help = "Show the version, as '-V' does.",
	},
	{ .name = NULL }
};

const struct command *command_find(const char *name)
{
	const struct command *command;

	for (command = commands; command->name; command++)
		if (!strcmp(command->name, name))
			return command;
	return NULL;
}
