/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes of keys that all workers change. */
#ifndef _GOMAP_TORTURE_SHARED_H
#define _GOMAP_TORTURE_SHARED_H

#include "torture.h"

/* Each is one change, checked, and true if it took place. */
bool torture_change_token(struct torture_worker *worker,
			  struct torture_subject *subject);
bool torture_change_loose(struct torture_worker *worker,
			  struct torture_subject *subject);
bool torture_change_counter(struct torture_worker *worker,
			    struct torture_subject *subject);
/* What a value counts for in the sum of tokens. */
u64 torture_token(const struct gomap_params *params, u32 id, u32 version);

#endif /* _GOMAP_TORTURE_SHARED_H */
