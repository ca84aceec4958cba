// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest set would take forever to find. The greedy one is near it: each
 * time the program with the most edges for its price that no other has yet.
 *
 * See cover.h.
 */
#include <string.h>

#include "cover.h"

/* A race takes so many times as long as another program. */
#define RACE_PRICE 10

bool has_name(const struct entry *entry)
{
	return strlen(entry->name) != 8 ||
	       strspn(entry->name, "0123456789abcdef") != 8;
}

void reached_init(struct reached *reached, struct entry *entry,
		  const struct edges *edges)
{
	reached->entry = entry;
	reached->nr = edges->nr;
	reached->edges = edges_list(edges);
}

static unsigned int gain(const struct reached *reached,
			 const struct edges *covered)
{
	unsigned int i, nr = 0;

	for (i = 0; i < reached->nr; i++)
		nr += !edges_have(covered, reached->edges[i]);
	return nr;
}

/* The index of the best; @nr if none has anything that isn't covered. */
static unsigned int best(const struct reached *all, unsigned int from,
			 unsigned int nr, const struct edges *covered)
{
	unsigned int i, found = nr;
	double value, most = 0;

	for (i = from; i < nr; i++) {
		if (has_name(all[i].entry))
			return i;
		value = gain(&all[i], covered);
		if (all[i].entry->program.race)
			value /= RACE_PRICE;
		if (value > most) {
			most = value;
			found = i;
		}
	}
	return found;
}

unsigned int cover(struct reached *all, unsigned int nr)
{
	struct edges covered;
	struct reached chosen;
	unsigned int needed, i, j;

	edges_init(&covered);
	for (needed = 0; needed < nr; needed++) {
		i = best(all, needed, nr, &covered);
		if (i == nr)
			break;
		chosen = all[i];
		all[i] = all[needed];
		all[needed] = chosen;
		for (j = 0; j < chosen.nr; j++)
			edges_add(&covered, chosen.edges[j]);
	}
	edges_free(&covered);
	return needed;
}
