// SPDX-License-Identifier: GPL-2.0-only
/*
 * See corpus.h.
 */
#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus.h"
#include "text.h"

static struct entry *new_entry(struct corpus *corpus)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	corpus->entries = reallocarray(corpus->entries, corpus->nr + 1,
				       sizeof(*corpus->entries));
	if (!entry || !corpus->entries)
		err(1, "malloc");
	corpus->entries[corpus->nr++] = entry;
	return entry;
}

static char *text_of(const struct program *program)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		err(1, "open_memstream");
	program_print(program, file);
	fclose(file);
	return text;
}

/* FNV-1a: the same text is found under the same name again. */
static void name_entry(struct entry *entry)
{
	char *text = text_of(&entry->program);
	uint32_t hash = 0x811c9dc5;
	const char *c;

	for (c = text; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 0x01000193;
	snprintf(entry->name, sizeof(entry->name), "%08x", hash);
	free(text);
}

void corpus_add(struct corpus *corpus, const struct program *program)
{
	struct entry *entry = new_entry(corpus);

	entry->program = *program;
	entry->new = true;
	name_entry(entry);
}

bool entry_read(struct entry *entry, const char *path)
{
	const char *name = strrchr(path, '/');
	FILE *file = fopen(path, "re");
	char text[32768];
	size_t size;

	if (!file) {
		warn("%s", path);
		return false;
	}
	size = fread(text, 1, sizeof(text) - 1, file);
	text[size] = '\0';
	fclose(file);
	snprintf(entry->name, sizeof(entry->name), "%s", name ? name + 1 : path);
	entry->new = false;
	return program_parse(text, path, &entry->program);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

void corpus_read(struct corpus *corpus, const char *dir)
{
	struct dirent **files;
	char path[4096];
	int i, nr;

	nr = scandir(dir, &files, is_visible, alphasort);
	if (nr < 0)
		err(1, "%s", dir);
	for (i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]->d_name);
		if (!entry_read(new_entry(corpus), path))
			exit(1);
		free(files[i]);
	}
	free(files);
}

void entry_print(const struct entry *entry)
{
	printf("fuzz: entry %s\n", entry->name);
	printf("# %s: GPL-2.0-only\n", "SPDX-License-Identifier");
	program_print(&entry->program, stdout);
	puts("fuzz: end of entry");
	fflush(stdout);
}
