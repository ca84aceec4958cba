/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gomapctl: what all of its files share.
 */
#ifndef _GOMAPCTL_H
#define _GOMAPCTL_H

#include <stdbool.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define __printf(format_arg, first_arg) __attribute__(	\
	(format(printf, format_arg, first_arg)))

#define SYNOPSIS "gomapctl [-j|--json] [-p|--pretty] "

enum exit_status {
	EXIT_DONE = 0,
	/* Absent, already there, differs: an answer, so nothing is printed. */
	EXIT_NO = 1,
	/* After one line on standard error. */
	EXIT_ERROR = 2,
};

/**
 * struct command - a verb of the command line
 * @name: the verb
 * @usage: its grammar, from the verb on
 * @min_args: fewest arguments
 * @max_args: most arguments
 * @literal: how many of the first arguments are never taken for options, because
 *	there are keys, values or numbers among them
 * @condition: a word that may follow these, with a value behind it that is never
 *	taken for an option either
 * @others: what others call it, with blanks between
 * @run: does it; gets the arguments after the verb, as many as @min_args to
 *	@max_args, and returns an exit status
 * @help: what it does, in lines of text
 */
struct command {
	const char *name;
	const char *usage;
	int min_args;
	int max_args;
	int literal;
	const char *condition;
	const char *others;
	int (*run)(int argc, char **argv);
	const char *help;
};

/* The table of commands ends with one that has no name. */
extern const struct command commands[];
const struct command *command_find(const char *name);
/* There is no command @name. Returns EXIT_ERROR. */
int fail_unknown(const char *name);

/* main.c: run @argv, whose first word is skipped. Returns an exit status. */
int run(int argc, char **argv);

/* help.c */
int do_help(int argc, char **argv);
int do_version(int argc, char **argv);
void help_all(void);
void help_command(const struct command *command);

/**
 * struct place - where in a file that is worked through
 * @file: the file
 * @line: number of the line, 0 for the file as a whole
 * @outer: where in another file that file came from
 */
struct place {
	const char *file;
	unsigned long long line;
	const struct place *outer;
};

/* error.c: what messages say of where, from entering to leaving. */
void place_enter(struct place *place);
void place_leave(void);
/* These return EXIT_ERROR. */
__printf(1, 2) int fail(const char *format, ...);
int fail_usage(void);
/* The command that fail_usage() tells the grammar of. */
void set_command(const struct command *command);

/* create.c */
extern bool create_if_absent;
int do_create(int argc, char **argv);
int do_remove(int argc, char **argv);
/* A number of entries to reserve: 0, or EXIT_ERROR after saying what it is. */
int parse_reserve(const char *text, unsigned long long *reserve);

/* entry.c */
int do_insert(int argc, char **argv);
int do_lookup(int argc, char **argv);
int do_delete(int argc, char **argv);

/* atomic.c */
int do_add(int argc, char **argv);
int do_cas(int argc, char **argv);

/* take.c */
int do_take(int argc, char **argv);

/* show.c */
int do_len(int argc, char **argv);
int do_show(int argc, char **argv);
int do_stat(int argc, char **argv);
int do_list(int argc, char **argv);

/* whole.c */
int do_clear(int argc, char **argv);
int do_freeze(int argc, char **argv);
int do_reserve(int argc, char **argv);
int do_shrink(int argc, char **argv);

/* load.c */
int do_load(int argc, char **argv);

/* dump.c */
int do_dump(int argc, char **argv);
int do_save(int argc, char **argv);

/* batch.c */
extern bool batch_force;
int do_batch(int argc, char **argv);

#endif /* _GOMAPCTL_H */
