// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of peers.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include "peer.h"

static const struct bench_peer * const peers[] = {
	&bench_gomap,
	&bench_gomap_fast,
	&bench_rhashtable,
	&bench_rhashtable_string,
	&bench_bpf,
	&bench_bpf_no_prealloc,
};

bool bench_peer_exists(const char *name)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(peers); i++)
		if (!strcmp(peers[i]->name, name))
			return true;
	return false;
}

const struct bench_peer *bench_peer_find(const char *name,
					 const struct bench_shape *shape)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(peers); i++)
		if (!strcmp(peers[i]->name, name) && peers[i]->loops(shape))
			return peers[i];
	return NULL;
}
