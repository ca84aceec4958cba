/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys, and the order to look them up in, as go_map.go has them.
 */
#ifndef _GOMAP_BENCH_KEYS_H
#define _GOMAP_BENCH_KEYS_H

#include <stdint.h>

/* SplitMix64's last steps. One to one: random-looking and all different. */
static inline uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static inline void shuffle(uint64_t *keys, uint64_t size)
{
	uint64_t i, other, swap;

	for (i = size - 1; i; i--) {
		other = mix(~i) % (i + 1);
		swap = keys[i];
		keys[i] = keys[other];
		keys[other] = swap;
	}
}

#endif
