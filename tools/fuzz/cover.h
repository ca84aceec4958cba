/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which programs of a corpus are needed to reach all that they reach together.
 */
#ifndef _FUZZ_COVER_H
#define _FUZZ_COVER_H

#include "corpus.h"
#include "coverage.h"

/* What an entry reaches each time that it is executed. */
struct reached {
	struct entry *entry;
	uint64_t *edges;
	unsigned int nr;
};

void reached_init(struct reached *reached, struct entry *entry,
		  const struct edges *edges);
/* How many are needed: those come first, in the order in which they were chosen. */
unsigned int cover(struct reached *all, unsigned int nr);

/* By a person, rather than made from the text: it is always needed. */
bool has_name(const struct entry *entry);

#endif /* _FUZZ_COVER_H */
