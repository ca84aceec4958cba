// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a process pays for a map: gomap's ioctls and bpf() on hash maps, the same
 * keys, one at a time and many a call.
 *
 * Prints lines "OPERATION,WAY,NANOSECONDS,KEYS". Both clock readings of a line are
 * marked, for QEMU to count instructions from one to the other.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/gomap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "../count/marker.h"

#define KEYS 16384
#define BATCH 256
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Of a dump, a call. */
#define DUMP 4096

struct entry {
	uint64_t key;
	uint64_t value;
};

static uint64_t keys[KEYS], values[KEYS], found[KEYS];
static struct entry entries[DUMP];

static uint64_t now(void)
{
	struct timespec time;

	bench_mark();
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void tell(const char *operation, const char *way, uint64_t begin)
{
	printf("%s,%s,%llu,%u\n", operation, way,
	       (unsigned long long)(now() - begin), KEYS);
}

/* One to one: keys that look random and are all different. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static void must(int ret, const char *what)
{
	if (ret < 0)
		err(1, "%s", what);
}

/* A ways's operations: on one key, on @count from @first, and on all entries. */
struct way {
	const char *name;
	uint32_t flags;
	int (*create)(const struct way *way);
	void (*lookup)(int fd, uint32_t i);
	void (*miss)(int fd, uint64_t key);
	void (*insert)(int fd, uint32_t i);
	void (*delete)(int fd, uint32_t i);
	void (*lookup_batch)(int fd, uint32_t first, uint32_t count);
	void (*insert_batch)(int fd, uint32_t first, uint32_t count);
	void (*delete_batch)(int fd, uint32_t first, uint32_t count);
	uint32_t (*dump)(int fd);
};

/*
 * gomap
 */

static int gomap_create(const struct way *way)
{
	struct gomap_create_args args = {
		.size = sizeof(args), .key_size = 8, .value_size = 8,
		.key_format = "u64", .value_format = "u64",
	};
	int control = open("/dev/gomap/control", O_RDWR);

	must(control, "/dev/gomap/control");
	return ioctl(control, GOMAP_IOCTL_CREATE, &args);
}

static int gomap_one(int fd, unsigned long command, void *key, void *value)
{
	struct gomap_op_args args = {
		.size = sizeof(args),
		.key = (uintptr_t)key, .key_len = 8,
		.value = (uintptr_t)value, .value_len = value ? 8 : 0,
	};

	return ioctl(fd, command, &args);
}

static void gomap_lookup(int fd, uint32_t i)
{
	must(gomap_one(fd, GOMAP_IOCTL_LOOKUP, &keys[i], &found[i]), "lookup");
}

static void gomap_miss(int fd, uint64_t key)
{
	uint64_t value;

	if (!gomap_one(fd, GOMAP_IOCTL_LOOKUP, &key, &value) || errno != ENOENT)
		err(1, "miss");
}

static void gomap_insert(int fd, uint32_t i)
{
	must(gomap_one(fd, GOMAP_IOCTL_INSERT, &keys[i], &values[i]), "insert");
}

static void gomap_delete(int fd, uint32_t i)
{
	must(gomap_one(fd, GOMAP_IOCTL_DELETE, &keys[i], NULL), "delete");
}

static void gomap_batch(int fd, uint32_t op, uint32_t count, uint64_t *key,
			uint64_t *value)
{
	struct gomap_batch_args args = {
		.size = sizeof(args), .op = op, .count = count,
		.keys = (uintptr_t)key, .values = (uintptr_t)value,
	};

	must(ioctl(fd, GOMAP_IOCTL_BATCH, &args), "batch");
}

static void gomap_lookup_batch(int fd, uint32_t first, uint32_t count)
{
	gomap_batch(fd, GOMAP_BATCH_LOOKUP, count, &keys[first], &found[first]);
}

static void gomap_insert_batch(int fd, uint32_t first, uint32_t count)
{
	gomap_batch(fd, GOMAP_BATCH_INSERT, count, &keys[first],
		    &values[first]);
}

static void gomap_delete_batch(int fd, uint32_t first, uint32_t count)
{
	gomap_batch(fd, GOMAP_BATCH_DELETE, count, &keys[first], NULL);
}

static uint32_t gomap_dump(int fd)
{
	struct gomap_scan_args args = {
		.size = sizeof(args),
		.buffer = (uintptr_t)entries, .buffer_size = sizeof(entries),
	};
	uint32_t count = 0;

	while (!args.done) {
		must(ioctl(fd, GOMAP_IOCTL_SCAN, &args), "scan");
		count += args.count;
	}
	return count;
}

/*
 * BPF
 */

static int bpf(int command, union bpf_attr *attr)
{
	return syscall(__NR_bpf, command, attr, sizeof(*attr));
}

static int bpf_create(const struct way *way)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_HASH, .key_size = 8, .value_size = 8,
		.max_entries = KEYS, .map_flags = way->flags,
	};

	return bpf(BPF_MAP_CREATE, &attr);
}

static int bpf_one(int fd, int command, void *key, void *value)
{
	union bpf_attr attr = {
		.map_fd = fd, .key = (uintptr_t)key, .value = (uintptr_t)value,
	};

	return bpf(command, &attr);
}

static void bpf_lookup(int fd, uint32_t i)
{
	must(bpf_one(fd, BPF_MAP_LOOKUP_ELEM, &keys[i], &found[i]), "lookup");
}

static void bpf_miss(int fd, uint64_t key)
{
	uint64_t value;

	if (!bpf_one(fd, BPF_MAP_LOOKUP_ELEM, &key, &value) || errno != ENOENT)
		err(1, "miss");
}

static void bpf_insert(int fd, uint32_t i)
{
	must(bpf_one(fd, BPF_MAP_UPDATE_ELEM, &keys[i], &values[i]), "update");
}

static void bpf_delete(int fd, uint32_t i)
{
	must(bpf_one(fd, BPF_MAP_DELETE_ELEM, &keys[i], NULL), "delete");
}

static void bpf_batch(int fd, int command, uint32_t first, uint32_t count)
{
	union bpf_attr attr = {
		.batch = {
			.map_fd = fd, .count = count,
			.keys = (uintptr_t)&keys[first],
			.values = (uintptr_t)&values[first],
		},
	};

	must(bpf(command, &attr), "batch");
}

static void bpf_insert_batch(int fd, uint32_t first, uint32_t count)
{
	bpf_batch(fd, BPF_MAP_UPDATE_BATCH, first, count);
}

static void bpf_delete_batch(int fd, uint32_t first, uint32_t count)
{
	bpf_batch(fd, BPF_MAP_DELETE_BATCH, first, count);
}

static uint32_t bpf_dump(int fd)
{
	static uint64_t dump_keys[DUMP], dump_values[DUMP];
	uint32_t position, count = 0;
	union bpf_attr attr = {
		.batch = {
			.map_fd = fd, .out_batch = (uintptr_t)&position,
			.keys = (uintptr_t)dump_keys,
			.values = (uintptr_t)dump_values,
		},
	};
	int ret;

	do {
		attr.batch.count = DUMP;
		ret = bpf(BPF_MAP_LOOKUP_BATCH, &attr);
		if (ret && errno != ENOENT)
			err(1, "dump");
		count += attr.batch.count;
		attr.batch.in_batch = attr.batch.out_batch;
	} while (!ret);
	return count;
}

#define BPF_OPERATIONS						\
	.create = bpf_create, .lookup = bpf_lookup,		\
	.miss = bpf_miss, .insert = bpf_insert,			\
	.delete = bpf_delete, .insert_batch = bpf_insert_batch,	\
	.delete_batch = bpf_delete_batch, .dump = bpf_dump

static const struct way ways[] = {
	{
		.name = "gomap",
		.create = gomap_create, .lookup = gomap_lookup,
		.miss = gomap_miss, .insert = gomap_insert,
		.delete = gomap_delete, .lookup_batch = gomap_lookup_batch,
		.insert_batch = gomap_insert_batch,
		.delete_batch = gomap_delete_batch, .dump = gomap_dump,
	},
	{ .name = "bpf", BPF_OPERATIONS },
	{
		.name = "bpf-no-prealloc",
		.flags = BPF_F_NO_PREALLOC, BPF_OPERATIONS,
	},
};

typedef void (*one_fn)(int fd, uint32_t i);
typedef void (*batch_fn)(int fd, uint32_t first, uint32_t count);

static void measure_one(const struct way *way, const char *operation, int fd,
			one_fn run)
{
	uint64_t begin = now();
	uint32_t i;

	for (i = 0; i < KEYS; i++)
		run(fd, i);
	tell(operation, way->name, begin);
}

static void measure_batch(const struct way *way, const char *operation, int fd,
			  batch_fn run)
{
	uint64_t begin;
	uint32_t i;

	if (!run)
		return;
	begin = now();
	for (i = 0; i < KEYS; i += BATCH)
		run(fd, i, BATCH);
	tell(operation, way->name, begin);
}

static void measure_miss(const struct way *way, int fd)
{
	uint64_t begin = now();
	uint32_t i;

	for (i = 0; i < KEYS; i++)
		way->miss(fd, keys[i] + 1);
	tell("miss", way->name, begin);
}

static void measure_dump(const struct way *way, int fd)
{
	uint64_t begin = now();

	if (way->dump(fd) != KEYS)
		errx(1, "%s: the dump is not complete", way->name);
	tell("dump", way->name, begin);
}

/* All that was looked up is what was inserted; nothing of it stays. */
static void check_found(const struct way *way)
{
	uint32_t i;

	for (i = 0; i < KEYS; i++) {
		if (found[i] != values[i])
			errx(1, "%s: key %u has a wrong value", way->name, i);
		found[i] = 0;
	}
}

/* Workers do what is left to do while nothing is measured. */
static void rest(void)
{
	usleep(300000);
}

static void measure_null(void)
{
	int fd = gomap_create(NULL);
	uint64_t begin = now();
	uint32_t i;

	for (i = 0; i < KEYS; i++)
		if (!ioctl(fd, _IO(GOMAP_IOCTL_TYPE, 0xff)))
			errx(1, "an unknown ioctl succeeded");
	tell("null-ioctl", "null", begin);
	close(fd);
}

static void measure(const struct way *way)
{
	int fd = way->create(way);

	must(fd, way->name);
	measure_one(way, "insert", fd, way->insert);
	rest();
	measure_one(way, "lookup", fd, way->lookup);
	check_found(way);
	measure_miss(way, fd);
	measure_batch(way, "lookup-batch", fd, way->lookup_batch);
	if (way->lookup_batch)
		check_found(way);
	measure_dump(way, fd);
	measure_one(way, "update", fd, way->insert);
	measure_one(way, "delete", fd, way->delete);
	close(fd);
	fd = way->create(way);
	must(fd, way->name);
	rest();
	measure_batch(way, "insert-batch", fd, way->insert_batch);
	rest();
	measure_batch(way, "update-batch", fd, way->insert_batch);
	measure_batch(way, "delete-batch", fd, way->delete_batch);
	close(fd);
	rest();
}

int main(void)
{
	uint32_t i;

	for (i = 0; i < KEYS; i++) {
		keys[i] = mix(i);
		values[i] = ~keys[i];
	}
	measure_null();
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		measure(&ways[i]);
	return 0;
}
