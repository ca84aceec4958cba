/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers that a seed makes again: SplitMix64.
 */
#ifndef _FUZZ_RANDOM_H
#define _FUZZ_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint64_t random_u64(struct random *random)
{
	uint64_t x = random->state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* From 0 to @n - 1. */
static inline uint64_t random_below(struct random *random, uint64_t n)
{
	return random_u64(random) % n;
}

static inline bool one_in(struct random *random, unsigned int n)
{
	return !random_below(random, n);
}

#endif /* _FUZZ_RANDOM_H */
