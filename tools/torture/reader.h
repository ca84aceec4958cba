/* SPDX-License-Identifier: GPL-2.0-only */
/* Lookups of any key, checked against the ledger. */
#ifndef _GOMAP_TORTURE_READER_H
#define _GOMAP_TORTURE_READER_H

#include "torture.h"

void torture_read_any(struct torture_worker *worker,
		      struct torture_subject *subject);

#endif /* _GOMAP_TORTURE_READER_H */
