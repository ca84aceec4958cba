/* SPDX-License-Identifier: GPL-2.0-only */
/* What the owner of a key does to it. */
#ifndef _GOMAP_TORTURE_OWNER_H
#define _GOMAP_TORTURE_OWNER_H

#include "torture.h"

/* Any one operation, checked against the ledger. True if it changed the key. */
bool torture_change_owned(struct torture_worker *worker,
			  struct torture_subject *subject, u32 id);

#endif /* _GOMAP_TORTURE_OWNER_H */
