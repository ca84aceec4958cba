/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The corpus: programs that reach what no other does, each in a file.
 */
#ifndef _FUZZ_CORPUS_H
#define _FUZZ_CORPUS_H

#include <stdbool.h>

#include "program.h"

struct entry {
	/* Of the file, or from the text if it has none yet. */
	char name[64];
	/* Not in a file. */
	bool new;
	struct program program;
};

struct corpus {
	struct entry **entries;
	unsigned int nr;
};

/* All files of the directory, in the order of their names. */
void corpus_read(struct corpus *corpus, const char *dir);
void corpus_add(struct corpus *corpus, const struct program *program);
/* False, with a line about it on standard error, if it can't be read. */
bool entry_read(struct entry *entry, const char *path);
/* On standard output, between lines from which a script makes a file. */
void entry_print(const struct entry *entry);

#endif /* _FUZZ_CORPUS_H */
