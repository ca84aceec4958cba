// SPDX-License-Identifier: GPL-2.0-only
/*
 * batch: commands from a file, one a line, as ip(8) has them.
 *
 * Blanks divide a line into words. A word may stand in quotes, '...' or "...",
 * and has that quote written twice then; there is nothing else in them:
 * backslashes are for the types. Behind the first character of a word, quotes
 * stand for themselves. A word that begins with # begins a comment.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gomapctl.h"
#include "lines.h"
#include "map.h"
#include "output.h"

#define BLANKS " \t\r"
#define QUOTES "'\""

bool batch_force;

/*
 * Makes the word in quotes at @text, in place, what it stands for. Returns what
 * comes after it, or NULL if it doesn't end with its quote.
 */
static char *take_quoted(char *text)
{
	char quote = *text;
	char *word = text;

	while (*++text) {
		/* Of two quotes, the first is left out. */
		if (*text == quote && *++text != quote) {
			*word = '\0';
			return !*text || strchr(BLANKS, *text) ? text : NULL;
		}
		*word++ = *text;
	}
	return NULL;
}

/* The same for any word. */
static char *take_word(char *text)
{
	if (strchr(QUOTES, *text))
		text = take_quoted(text);
	else
		text += strcspn(text, BLANKS);
	if (text && *text)
		*text++ = '\0';
	return text;
}

/* At most every other character begins a word. The first word is the program. */
static char **alloc_words(size_t len)
{
	char **words = malloc((len / 2 + 3) * sizeof(*words));

	if (words)
		words[0] = "gomapctl";
	return words;
}

/* How many words there are, the program included, or 0 for bad quotes. */
static int split(char *line, char **words)
{
	int nr = 1;

	for (line += strspn(line, BLANKS); *line && *line != '#';
	     line += strspn(line, BLANKS)) {
		words[nr++] = line;
		line = take_word(line);
		if (!line)
			return 0;
	}
	words[nr] = NULL;
	return nr;
}

/* Options of a line are for that line. */
static int run_words(int nr, char **words)
{
	bool json = output_json;
	bool pretty = output_pretty;
	int status;

	status = run(nr, words);
	output_json = json;
	output_pretty = pretty;
	return status;
}

static int run_line(char *line, size_t len)
{
	char **words;
	int nr, status = EXIT_DONE;

	if (strlen(line) < len)
		return fail("a NUL byte: write it \\x00, in a str");
	words = alloc_words(len);
	if (!words)
		return fail("no memory for the words of a line");
	nr = split(line, words);
	if (!nr)
		status = fail("a word in quotes must end with its quote: write one inside twice");
	else if (nr > 1)
		status = run_words(nr, words);
	free(words);
	/* Whoever writes commands by program waits for the answers. */
	return fflush(stdout) ? EXIT_ERROR : status;
}

/* The worst status that there was. */
static int run_lines(struct lines *lines, struct place *place, bool force)
{
	int status, worst = EXIT_DONE;
	size_t len;
	char *line;

	while ((line = lines_next(lines, &len))) {
		place->line++;
		status = run_line(line, len);
		if (status > worst)
			worst = status;
		if (ferror(stdout) || (status == EXIT_ERROR && !force))
			break;
	}
	return worst;
}

static int run_file(struct lines *lines, bool force)
{
	struct place place = { .file = lines->name };
	int ret, status, worst = EXIT_DONE;

	place_enter(&place);
	do {
		ret = lines_read(lines);
		map_keep(true);
		status = run_lines(lines, &place, force);
		if (status > worst)
			worst = status;
	} while (ret > 0 && !ferror(stdout) && (force || worst < EXIT_ERROR));
	place_leave();
	if (ret < 0)
		return fail("cannot read %s: %s", lines->name, strerror(-ret));
	return worst;
}

int do_batch(int argc, char **argv)
{
	static bool running;
	bool force = batch_force;
	struct lines lines;
	int status;

	(void)argc;
	if (running)
		return fail("a batch in a batch: give it its own gomapctl");
	status = lines_open(&lines, argv[0]);
	if (status)
		return status;
	running = true;
	status = run_file(&lines, force);
	map_keep(false);
	running = false;
	lines_close(&lines);
	return status;
}
