// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a map keeps the CPU: a thread that goes before all others sleeps a
 * tenth of a millisecond again and again, and the longest that it is woken up
 * late while one map of 2^22 entries is filled, walked, cleared and destroyed is
 * the longest time in which the kernel let nobody else run.
 *
 * Meant for one emulated CPU whose clock goes on with its instructions, by a
 * nanosecond or some more each: it is slower than real ones, but nothing else can
 * be in the way. Prints lines "PART,NANOSECONDS". The first, idle, is what waking
 * up takes.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/gomap.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define ENTRIES (1u << 22)
#define BATCH 4096
#define SLEEP 100000

static atomic_llong worst;

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void become(int policy, int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, policy, &param))
		err(1, "scheduling policy %d", policy);
}

static void *watch(void *unused)
{
	const struct timespec nap = { .tv_nsec = SLEEP };
	long long begin, late;

	become(SCHED_FIFO, 50);
	for (;;) {
		begin = now();
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
		late = now() - begin - SLEEP;
		if (late > atomic_load(&worst))
			atomic_store(&worst, late);
	}
	return unused;
}

/* An idle CPU would take its time to wake up. */
static void *keep_busy(void *unused)
{
	become(SCHED_IDLE, 0);
	for (;;)
		;
	return unused;
}

static void start(void *(*function)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, function, NULL))
		errx(1, "a thread was refused");
}

static void tell(const char *part)
{
	printf("%s,%lld\n", part, atomic_exchange(&worst, 0));
}

/* Each key is its own value. */
static int create_and_fill(void)
{
	static uint64_t keys[BATCH];
	struct gomap_create_args create = {
		.size = sizeof(create),
		.key_size = sizeof(keys[0]),
		.value_size = sizeof(keys[0]),
	};
	int control = open("/dev/gomap/control", O_RDWR), map;
	struct gomap_batch_args batch;

	map = ioctl(control, GOMAP_IOCTL_CREATE, &create);
	if (map < 0)
		err(1, "create");
	close(control);
	for (uint32_t done = 0; done < ENTRIES; done += BATCH) {
		for (uint32_t i = 0; i < BATCH; i++)
			keys[i] = done + i;
		batch = (struct gomap_batch_args){
			.size = sizeof(batch),
			.op = GOMAP_BATCH_INSERT,
			.count = BATCH,
			.keys = (uintptr_t)keys,
			.values = (uintptr_t)keys,
		};
		if (ioctl(map, GOMAP_IOCTL_BATCH, &batch))
			err(1, "insert");
	}
	return map;
}

static void walk(int map)
{
	static char buffer[1 << 20];
	struct gomap_scan_args scan = {
		.size = sizeof(scan),
		.buffer = (uintptr_t)buffer,
		.buffer_size = sizeof(buffer),
	};
	uint64_t entries = 0;

	do {
		if (ioctl(map, GOMAP_IOCTL_SCAN, &scan))
			err(1, "scan");
		entries += scan.count;
	} while (!scan.done);
	if (entries != ENTRIES)
		errx(1, "%llu entries", (unsigned long long)entries);
}

static void clear(int map)
{
	struct gomap_map_args args = { .size = sizeof(args) };

	if (ioctl(map, GOMAP_IOCTL_CLEAR, &args))
		err(1, "clear");
}

int main(void)
{
	int map;

	start(watch);
	start(keep_busy);
	sleep(1);
	atomic_store(&worst, 0);
	sleep(1);
	tell("idle");
	map = create_and_fill();
	tell("insert while growing");
	sleep(1);
	tell("growth after the last insert");
	walk(map);
	tell("walk");
	clear(map);
	tell("clear");
	sleep(1);
	tell("shrink after it");
	close(map);
	map = create_and_fill();
	sleep(1);
	atomic_store(&worst, 0);
	close(map);
	sleep(1);
	tell("destroy");
	return 0;
}
