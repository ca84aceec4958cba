// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of peers.
 */
#include <linux/gomap.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "peer.h"

static const struct bench_peer * const peers[] = {
	&bench_gomap,
#ifdef GOMAP_HASH_FAST
	&bench_gomap_fast,
#endif
	&bench_rhashtable,
	&bench_rhashtable_string,
	&bench_bpf,
	&bench_bpf_no_prealloc,
};

const struct bench_peer *bench_peer_find(const char *name,
					 const struct bench_shape *shape)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(peers); i++)
		if (!strcmp(peers[i]->name, name) && peers[i]->loops(shape))
			return peers[i];
	return NULL;
}
