/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sweep: a scan from its beginning to its end, each time in another way.
 */
#ifndef _GOMAP_TORTURE_SWEEP_H
#define _GOMAP_TORTURE_SWEEP_H

#include "torture.h"

#define TORTURE_SWEEP_BUFFER 8192

/* What a scanner remembers of a sweep, by id; see scanner.c. */
struct torture_scan {
	void *buffer;
	/* The ledger at the beginning. */
	u32 *before;
	/* How often a key was delivered, and its version the last time. */
	u8 *times;
	u32 *version;
	/* One key that is looked for, its ledger, and how often it came. */
	u32 wanted;
	u32 wanted_before;
	u32 wanted_times;
};

struct torture_found {
	struct torture_subject *subject;
	u32 id;
	const void *value;
	size_t len;
};

typedef void torture_visit_t(struct torture_worker *worker,
			     const struct torture_found *found);

/* False if the round is over before the sweep, or that of a shard, is. */
bool torture_sweep_shard(struct torture_worker *worker,
			 struct torture_subject *subject,
			 struct gomap_scan *scan, torture_visit_t *visit);
bool torture_sweep(struct torture_worker *worker,
		   struct torture_subject *subject, torture_visit_t *visit);

#endif /* _GOMAP_TORTURE_SWEEP_H */
