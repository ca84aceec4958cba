/* SPDX-License-Identifier: GPL-2.0-only */
/* What the recorders of a round share. */
#ifndef _GOMAP_TORTURE_RECORDER_H
#define _GOMAP_TORTURE_RECORDER_H

struct torture_history;

struct torture_history *torture_history_alloc(u32 threads);
void torture_history_free(struct torture_history *history);

#endif /* _GOMAP_TORTURE_RECORDER_H */
