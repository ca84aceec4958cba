// SPDX-License-Identifier: GPL-2.0-only
/*
 * gomapctl: gomap's maps by hand and from scripts.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "gomapctl.h"
#include "output.h"

static const struct option options[] = {
	{ "force", no_argument, NULL, 'f' },
	{ "if-absent", no_argument, NULL, 'a' },
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

/* An option of one command, whose grammar with it is @usage. */
static int take_own(const struct command *command,
		    int (*run)(int argc, char **argv), const char *word,
		    const char *usage, bool *option)
{
	if (!command || command->run != run)
		return fail("option '%s' is for %.*s alone: gomapctl %s", word,
			    (int)strcspn(usage, " "), usage, usage);
	*option = true;
	return 0;
}

/* Returns false if that was all there was to do, and sets the exit status. */
static bool take_option(int option, const char *word,
			const struct command *command, int *status)
{
	switch (option) {
	case 'p':
		output_pretty = true;
		output_json = true;
		return true;
	case 'j':
		output_json = true;
		return true;
	case 'f':
		*status = take_own(command, do_batch, word, "batch -f FILE",
				   &batch_force);
		return !*status;
	case 'a':
		*status = take_own(command, do_create, word,
				   "create --if-absent NAME ...",
				   &create_if_absent);
		return !*status;
	case 'h':
		if (command)
			help_command(command);
		else
			help_all();
		return false;
	case 'V':
		do_version(0, NULL);
		return false;
	default:
		*status = bad_option(word);
		return false;
	}
}

/**
 * take_options() - take the options at the head of the arguments
 * @argc: number of elements of @argv
 * @argv: the arguments, after one that is skipped
 * @command: the command that the options follow, NULL before the command
 * @status: set to the exit status if an option was all there was to do
 *
 * Stops at the first word that is no option.
 *
 * Return: index of the first word after the options, 0 if that was all.
 */
static int take_options(int argc, char **argv, const struct command *command,
			int *status)
{
	int option;

	*status = EXIT_DONE;
	opterr = 0;
	/* Makes glibc and musl begin anew. */
	optind = 0;
	while ((option = getopt_long(argc, argv, "+fhjpV", options, NULL)) >= 0)
		if (!take_option(option, argv[optind - 1], command, status))
			return 0;
	return optind;
}

static bool is_end_of_options(const char *word)
{
	return !strcmp(word, "--");
}

/* "-" is standard input, and -1 is a number. */
static bool looks_like_option(const char *word)
{
	return word[0] == '-' && word[1] && !isdigit((unsigned char)word[1]);
}

/*
 * Take the options among the words from @first on, and "--", which ends them.
 * Returns how many words are left, or -1 if an option was all there was to do.
 */
static int take_options_from(int first, int argc, char **argv,
			     const struct command *command, int *status)
{
	bool ended = false;
	int i, left = first;

	for (i = first; i < argc; i++) {
		char *words[2] = { "gomapctl", argv[i] };

		if (ended || !looks_like_option(argv[i]))
			argv[left++] = argv[i];
		else if (is_end_of_options(argv[i]))
			ended = true;
		else if (!take_options(2, words, command, status))
			return -1;
	}
	return left;
}

/*
 * Keys and values may begin with '-', and come from anywhere. So where a command
 * has them no word is an option, unless there are more words than it takes.
 */
static int take_options_behind(int argc, char **argv,
			       const struct command *command, int *status)
{
	int first = command->literal;

	if (argc <= first)
		return argc;
	if (command->condition && !strcmp(argv[first], command->condition))
		return argc;
	if (argc > command->max_args &&
	    (!looks_like_option(argv[argc - 1]) || is_end_of_options(argv[1])))
		first = 1;
	return take_options_from(first, argc, argv, command, status);
}

int run(int argc, char **argv)
{
	const struct command *command;
	int first, status;

	set_command(NULL);
	create_if_absent = false;
	first = take_options(argc, argv, NULL, &status);
	if (!first)
		return status;
	argc -= first;
	argv += first;
	if (!argc)
		return fail_usage();

	command = command_find(argv[0]);
	if (!command)
		return fail_unknown(argv[0]);
	set_command(command);

	first = take_options(argc, argv, command, &status);
	if (!first)
		return status;
	argc -= first;
	argv += first;
	if (!is_end_of_options(argv[-1])) {
		argc = take_options_behind(argc, argv, command, &status);
		if (argc < 0)
			return status;
	}
	if (argc < command->min_args || argc > command->max_args)
		return fail_usage();
	return command->run(argc, argv);
}

int main(int argc, char **argv)
{
	int status;

	/* Beyond a limit of the size of files, a write fails, as on a full disk. */
	signal(SIGXFSZ, SIG_IGN);
	status = run(argc, argv);
	/* What didn't reach its reader, a full disk say, was not done. */
	if (fflush(stdout) || ferror(stdout))
		return fail("cannot write the output: %s", strerror(errno));
	return status;
}
