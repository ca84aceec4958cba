// SPDX-License-Identifier: GPL-2.0-only
/*
 * gomapctl: gomap's maps by hand and from scripts.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "gomapctl.h"
#include "output.h"

static const struct option options[] = {
	{ "force", no_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' },
	{ "pretty", no_argument, NULL, 'p' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

/* Of short options, which may stand together, getopt says which it was. */
static int bad_option(const char *word)
{
	char letter[] = { '-', optopt, '\0' };

	return fail("bad option '%s': 'gomapctl help' lists them",
		    optopt ? letter : word);
}

static int take_force(const struct command *command, const char *word)
{
	if (!command || command->run != do_batch)
		return fail("option '%s' is for batch alone: gomapctl batch -f FILE",
			    word);
	batch_force = true;
	return 0;
}

/**
 * parse_options() - take the options at the head of the arguments
 * @argc: number of elements of @argv
 * @argv: the arguments, after one that is skipped
 * @command: the command that the options follow, NULL before the command
 * @status: set to the exit status if an option was all there was to do
 *
 * Stops at the first word that is no option. A map's name can't begin with
 * '-', so options may also follow the command, but keys and values, which may
 * be negative numbers, are never taken for any.
 *
 * Return: index of the first word after the options, 0 if that was all.
 */
static int parse_options(int argc, char **argv, const struct command *command,
			 int *status)
{
	int option;

	*status = EXIT_DONE;
	opterr = 0;
	/* Makes glibc and musl begin anew. */
	optind = 0;
	while ((option = getopt_long(argc, argv, "+fhjpV", options, NULL)) >= 0) {
		switch (option) {
		case 'p':
			output_pretty = true;
			output_json = true;
			break;
		case 'j':
			output_json = true;
			break;
		case 'h':
			if (command)
				help_command(command);
			else
				help_all();
			return 0;
		case 'f':
			*status = take_force(command, argv[optind - 1]);
			if (*status)
				return 0;
			break;
		case 'V':
			do_version(0, NULL);
			return 0;
		default:
			*status = bad_option(argv[optind - 1]);
			return 0;
		}
	}
	return optind;
}

int run(int argc, char **argv)
{
	const struct command *command;
	int first, status;

	set_command(NULL);
	first = parse_options(argc, argv, NULL, &status);
	if (!first)
		return status;
	argc -= first;
	argv += first;
	if (!argc)
		return fail_usage();

	command = command_find(argv[0]);
	if (!command)
		return fail("unknown command '%s': 'gomapctl help' lists them",
			    argv[0]);
	set_command(command);

	first = parse_options(argc, argv, command, &status);
	if (!first)
		return status;
	argc -= first;
	argv += first;
	if (argc < command->min_args || argc > command->max_args)
		return fail_usage();
	return command->run(argc, argv);
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);

	/* What didn't reach its reader, a full disk say, was not done. */
	if (fflush(stdout) || ferror(stdout))
		return fail("cannot write the output: %s", strerror(errno));
	return status;
}
