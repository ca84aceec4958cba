// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands. Help, usage errors and the check of the packaging all come
 * from this table.
 */
#include <limits.h>
#include <string.h>

#include "gomapctl.h"

#define CREATE_USAGE \
	"create [--if-absent] NAME key TYPE value TYPE [max N] [max_bytes N] " \
	"[reserve N] [mode OCTAL] [owner U:G]"

#define LOAD_USAGE \
	"load NAME [FILE [comments TEXT] [separator C] [key N] [value N] [raw]]"

const struct command commands[] = {
	{
		.name = "create",
		.usage = CREATE_USAGE,
		.min_args = 5,
		.max_args = INT_MAX,
		.others = "new make mk",
		.run = do_create,
		.help = "Make a map; 'value none' makes a set. It holds at most 'max'\n"
			"entries, takes at most 'max_bytes' and has room for 'reserve'\n"
			"entries from the start. Its device node gets 'mode', or 0600,\n"
			"and belongs to 'owner', or to the caller. With --if-absent a map of\n"
			"that name and those types may be there, and stays as it is.",
	}, {
		.name = "insert",
		.usage = "insert NAME KEY VALUE [new|existing]",
		.min_args = 2,
		.max_args = 4,
		.literal = 3,
		.others = "set put update write",
		.run = do_insert,
		.help = "Give KEY the VALUE, with 'new' only if the key is absent, with\n"
			"'existing' only if it is there: otherwise exit 1. A set takes no\n"
			"VALUE.",
	}, {
		.name = "lookup",
		.usage = "lookup NAME KEY|-",
		.min_args = 2,
		.max_args = 2,
		.literal = 2,
		.others = "get find has contains read",
		.run = do_lookup,
		.help = "Print the value of KEY, nothing for a set. Exit 1 if the key is\n"
			"absent. '-' stands for keys from standard input, one a line: prints\n"
			"'present' with KEY and value, or 'absent' with KEY, for each.",
	}, {
		.name = "delete",
		.usage = "delete NAME KEY|- [if VALUE]",
		.min_args = 2,
		.max_args = 4,
		.literal = 2,
		.condition = "if",
		.others = "del rm erase unset",
		.run = do_delete,
		.help = "Delete KEY and its value, with 'if' only if it is VALUE. Exit 1 if the\n"
			"key is absent, or has another value. '-' stands for keys from standard\n"
			"input, one a line: prints 'deleted' or 'absent' with KEY for each.",
	}, {
		.name = "add",
		.usage = "add NAME KEY|- [N]",
		.min_args = 2,
		.max_args = 3,
		.literal = 3,
		.others = "incr inc increment",
		.run = do_add,
		.help = "Add N, negative or not, or 1 to the value of KEY and print the new\n"
			"value. A key that is absent is inserted, with N. Values must be u32,\n"
			"u64, s32 or s64; they wrap around. '-' stands for lines KEY or\n"
			"KEY<TAB>N from standard input: prints 'added', KEY and value for\n"
			"each.",
	}, {
		.name = "cas",
		.usage = "cas NAME KEY OLD NEW",
		.min_args = 4,
		.max_args = 4,
		.literal = 4,
		.others = "swap replace",
		.run = do_cas,
		.help = "Give KEY the value NEW if it has the value OLD: compare and swap.\n"
			"Exit 1 if it has another value, or if the key is absent.",
	}, {
		.name = "take",
		.usage = "take NAME KEY",
		.min_args = 2,
		.max_args = 2,
		.literal = 2,
		.others = "pop",
		.run = do_take,
		.help = "Delete KEY and print its value, to one caller alone. Exit 1 if the\n"
			"key is absent. If the value can't be written, the entry is put back.",
	}, {
		.name = "len",
		.usage = "len NAME",
		.min_args = 1,
		.max_args = 1,
		.others = "count size",
		.run = do_len,
		.help = "Print the number of entries.",
	}, {
		.name = "show",
		.usage = "show NAME",
		.min_args = 1,
		.max_args = 1,
		.others = "info",
		.run = do_show,
		.help = "Show what a map is and how it is doing.",
	}, {
		.name = "stat",
		.usage = "stat NAME",
		.min_args = 1,
		.max_args = 1,
		.others = "statistics",
		.run = do_stat,
		.help = "Show how well a map is doing: how full its buckets are, how many\n"
			"overflow, and what an entry takes.",
	}, {
		.name = "list",
		.usage = "list",
		.others = "ls maps",
		.run = do_list,
		.help = "List the named maps. One that the caller may not open has only its\n"
			"name.",
	}, {
		.name = "dump",
		.usage = "dump NAME [raw]",
		.min_args = 1,
		.max_args = 2,
		.others = "print entries keys",
		.run = do_dump,
		.help = "Print all entries, in no order, as load takes them, with 'raw' as\n"
			"load takes them with 'raw'. -j prints an array of\n"
			"{\"key\": KEY, \"value\": VALUE}.",
	}, {
		.name = "save",
		.usage = "save NAME [FILE [raw]]",
		.min_args = 1,
		.max_args = 3,
		.others = "export backup",
		.run = do_save,
		.help = "Write all entries to FILE, or to standard output, as load takes\n"
			"them; with -j as lines of JSON, with 'raw' without escapes. FILE is\n"
			"replaced as a whole, at the end.",
	}, {
		.name = "load",
		.usage = LOAD_USAGE,
		.min_args = 1,
		.max_args = INT_MAX,
		.others = "import restore",
		.run = do_load,
		.help = "Insert what FILE, or standard input, holds: lines KEY<TAB>VALUE,\n"
			"for a set KEY, or {\"key\": KEY, \"value\": VALUE}. Bad lines are\n"
			"reported and left out. Of other files, skip what begins with\n"
			"'comments', take columns 'key' and 'value', between which there is\n"
			"the 'separator', a byte or 'blanks', and with 'raw' a backslash for\n"
			"itself.",
	}, {
		.name = "clear",
		.usage = "clear NAME",
		.min_args = 1,
		.max_args = 1,
		.others = "empty flush truncate",
		.run = do_clear,
		.help = "Delete all entries.",
	}, {
		.name = "reserve",
		.usage = "reserve NAME N",
		.min_args = 2,
		.max_args = 2,
		.literal = 2,
		.run = do_reserve,
		.help = "Have room for N entries, and keep it when the map shrinks.",
	}, {
		.name = "shrink",
		.usage = "shrink NAME",
		.min_args = 1,
		.max_args = 1,
		.others = "compact",
		.run = do_shrink,
		.help = "Give back memory that the entries and what is reserved don't need.",
	}, {
		.name = "freeze",
		.usage = "freeze NAME",
		.min_args = 1,
		.max_args = 1,
		.others = "lock",
		.run = do_freeze,
		.help = "Let nothing change in a map any more, for good.",
	}, {
		.name = "remove",
		.usage = "remove NAME",
		.min_args = 1,
		.max_args = 1,
		.others = "destroy drop unlink",
		.run = do_remove,
		.help = "Remove a map. It goes when the last program that has it open\n"
			"closes it.",
	}, {
		.name = "batch",
		.usage = "batch [-f|--force] FILE",
		.min_args = 1,
		.max_args = 1,
		.others = "run source",
		.run = do_batch,
		.help = "Run the commands in FILE, or in standard input for '-', one a line.\n"
			"A word with blanks stands in quotes, # begins a comment. Stops at\n"
			"the first error, with -f at none. The exit status is the worst of\n"
			"them.",
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

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (; words && *words; words += strspn(words, " ")) {
		if (strcspn(words, " ") == len && !memcmp(words, word, len))
			return true;
		words += strcspn(words, " ");
	}
	return false;
}

/*
 * Can @name be had from @typed by @edits edits: one letter more, less, another,
 * or two that are swapped?
 */
static bool is_near(const char *typed, const char *name, int edits)
{
	while (*typed && *typed == *name) {
		typed++;
		name++;
	}
	if (!*typed && !*name)
		return true;
	if (!edits)
		return false;
	return (*typed && is_near(typed + 1, name, edits - 1)) ||
	       (*name && is_near(typed, name + 1, edits - 1)) ||
	       (*typed && *name && is_near(typed + 1, name + 1, edits - 1)) ||
	       (*typed && *name && typed[0] == name[1] && typed[1] == name[0] &&
		is_near(typed + 2, name + 2, edits - 1));
}

static bool is_meant(const struct command *command, const char *typed)
{
	size_t len = strlen(typed);

	if (has_word(command->others, typed))
		return true;
	if (len < 3)
		return false;
	return !strncmp(command->name, typed, len) ||
	       is_near(typed, command->name, len < 6 ? 1 : 2);
}

int fail_unknown(const char *name)
{
	const struct command *command;

	for (command = commands; command->name; command++)
		if (is_meant(command, name))
			return fail("unknown command '%s': did you mean %s?",
				    name, command->name);
	return fail("unknown command '%s': 'gomapctl help' lists them", name);
}
