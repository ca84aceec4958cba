// SPDX-License-Identifier: GPL-2.0-only
/*
 * For gomapctl_test.sh: what libgomap has and gomapctl doesn't use, on the real
 * device. Says what went wrong and exits with 1 if anything did.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gomap.h"

#define NR 10000
#define SHARDS 3

static int failures;

#define CHECK(condition) do {						\
	if (!(condition)) {						\
		printf("%s:%d: not %s\n", __func__, __LINE__, #condition); \
		failures++;						\
	}								\
} while (0)

static int create(uint32_t flags, uint32_t key_size, uint32_t value_size)
{
	struct gomap_create_args args = {
		.size = sizeof(args),
		.flags = flags,
		.key_size = key_size,
		.value_size = value_size,
		.max_entries = NR,
	};
	int fd = gomap_create(&args);

	if (fd >= 0)
		return fd;
	printf("no map: %s\n", strerror(-fd));
	exit(1);
}

static void test_one_key(void)
{
	int fd = create(GOMAP_VAR_VALUE, 4, 16);
	uint32_t key = 1;
	uint64_t long_len;
	size_t len = 16;
	char old[16];

	CHECK(gomap_swap(fd, &key, 4, "two", 3, old, &len) == -ENOENT);
	CHECK(gomap_lookup_or_insert(fd, &key, 4, "one", 3, old, &len) == 0);
	CHECK(gomap_lookup_or_insert(fd, &key, 4, "two", 3, old, &len) ==
	      -EEXIST);
	CHECK(len == 3 && !memcmp(old, "one", 3));
	len = 2;
	CHECK(gomap_lookup_or_insert(fd, &key, 4, "two", 3, old, &len) ==
	      -EMSGSIZE);
	CHECK(len == 3);
	len = 2;
	CHECK(gomap_swap(fd, &key, 4, "three", 5, old, &len) == -EMSGSIZE);
	CHECK(len == 3);
	/* Without a buffer it only tells how much is needed. */
	len = 0;
	CHECK(gomap_lookup(fd, &key, 4, NULL, &len) == -EMSGSIZE && len == 3);
	CHECK(gomap_lookup(fd, "none", 4, NULL, &len) == -ENOENT);
	len = 3;
	CHECK(gomap_swap(fd, &key, 4, "three", 5, old, &len) == 0);
	CHECK(len == 3 && !memcmp(old, "one", 3));
	CHECK(gomap_delete_equal(fd, &key, 4, "one", 3) == -ECANCELED);
	len = 4;
	CHECK(gomap_take(fd, &key, 4, old, &len) == -EMSGSIZE && len == 5);
	CHECK(gomap_contains(fd, &key, 4) == 1);
	CHECK(gomap_delete_equal(fd, &key, 4, "three", 5) == 0);
	CHECK(gomap_delete_equal(fd, &key, 4, "three", 5) == -ENOENT);
	/* A length of more than 32 bits must not look like a short one. */
	long_len = (1ULL << 32) + 4;
	if (sizeof(size_t) > 4)
		CHECK(gomap_delete(fd, &key, long_len) == -EINVAL);
	close(fd);
}

static void test_fetch_add(void)
{
	int fd = create(0, 4, 8);
	uint32_t key = 1;
	uint64_t old;

	CHECK(gomap_fetch_add(fd, &key, 4, 1, GOMAP_INSERT_EXISTING, &old) ==
	      -ENOENT);
	CHECK(gomap_fetch_add(fd, &key, 4, -1, GOMAP_INSERT_NEW, &old) == 0);
	CHECK(old == 0);
	CHECK(gomap_fetch_add(fd, &key, 4, 1, GOMAP_INSERT_NEW, NULL) ==
	      -EEXIST);
	CHECK(gomap_fetch_add(fd, &key, 4, 2, 0, NULL) == 0);
	CHECK(gomap_fetch_add(fd, &key, 4, 0, 0, &old) == 0 && old == 1);
	close(fd);

	fd = create(0, 4, 2);
	CHECK(gomap_fetch_add(fd, &key, 4, 1, 0, NULL) == -EINVAL);
	close(fd);
}

static uint32_t keys[NR + 1];
static uint64_t values[NR + 1];
static int32_t results[NR + 1];

static void test_batch(void)
{
	int fd = create(0, 4, 8);
	uint32_t done, i;

	for (i = 0; i <= NR; i++) {
		keys[i] = i;
		values[i] = 3 * i;
	}
	CHECK(gomap_insert_batch(fd, keys, values, NR + 1, 0, NULL, &done) ==
	      -ENOSPC);
	CHECK(done == NR);
	CHECK(gomap_insert_batch(fd, keys, values, NR + 1, 0, results, NULL) ==
	      0);
	CHECK(results[NR - 1] == 0 && results[NR] == -ENOSPC);
	memset(values, 0, sizeof(values));
	CHECK(gomap_lookup_batch(fd, keys, values, NR + 1, results, &done) ==
	      0);
	CHECK(done == NR + 1 && results[NR] == -ENOENT);
	for (i = 0; i < NR; i++)
		CHECK(results[i] == 0 && values[i] == 3 * i);
	CHECK(gomap_delete_batch(fd, keys + 1, NR, NULL, &done) == -ENOENT);
	CHECK(done == NR - 1);
	CHECK(gomap_delete_batch(fd, keys, 2, results, &done) == 0);
	CHECK(results[0] == 0 && results[1] == -ENOENT);
	CHECK(gomap_lookup_batch(fd, keys, values, 0, NULL, &done) == 0);
	CHECK(done == 0);
	close(fd);
}

/* Keys of 1 to 7 bytes, values of 0 to 199. */
static void make_records(struct gomap_records *records, char *buffer,
			 size_t size, size_t value_max)
{
	char key[16], value[200];
	uint32_t i;
	int len;

	gomap_records_init(records, buffer, size);
	memset(value, 'v', sizeof(value));
	for (i = 0; i < 1000; i++) {
		len = sprintf(key, "%u", i * i);
		CHECK(gomap_records_add(records, key, len, value,
					i % 200 % value_max) == 0);
	}
}

static void test_records(void)
{
	static char entry_buffer[1 << 18], key_buffer[1 << 16];
	static char value_buffer[1 << 18];
	int fd = create(GOMAP_VAR_KEY | GOMAP_VAR_VALUE, 8, 200);
	struct gomap_records entries, looked_up, names, rest;
	const struct gomap_record *record;
	uint32_t done, i;

	make_records(&entries, entry_buffer, sizeof(entry_buffer), 200);
	make_records(&names, key_buffer, sizeof(key_buffer), 1);
	CHECK(gomap_insert_records(fd, &entries, 0, NULL, &done) == 0);
	CHECK(done == 1000);
	CHECK(gomap_delete_records(fd, &names, results, &done) == 0);
	CHECK(done == 1000 && results[999] == 0);
	rest = gomap_records_rest(&entries, 10);
	CHECK(rest.count == 990);
	CHECK(gomap_insert_records(fd, &rest, 0, results, &done) == 0);
	CHECK(done == 990);

	gomap_records_init(&looked_up, value_buffer, sizeof(value_buffer));
	CHECK(gomap_lookup_records(fd, &names, &looked_up, results) == 0);
	CHECK(looked_up.count == 1000);
	record = looked_up.buffer;
	for (i = 0; i < looked_up.count; i++) {
		CHECK(results[i] == (i < 10 ? -ENOENT : 0));
		CHECK(record->value_len == (i < 10 ? 0 : i % 200));
		record = gomap_record_next(record);
	}
	CHECK((const char *)record == value_buffer + looked_up.used);

	gomap_records_init(&looked_up, value_buffer, 4096);
	CHECK(gomap_lookup_records(fd, &names, &looked_up, results) ==
	      -EMSGSIZE);
	CHECK(looked_up.count > 10 && looked_up.used <= 4096);
	rest = gomap_records_rest(&names, 2000);
	CHECK(rest.count == 0 && rest.used == 0);
	gomap_records_init(&rest, key_buffer, 16);
	CHECK(gomap_records_add(&rest, "123456789", 9, NULL, 0) == -EMSGSIZE);
	CHECK(gomap_records_add(&rest, "12345678", 8, NULL, 0) == 0);
	CHECK(gomap_records_add(&rest, "", 0, NULL, 0) == -EMSGSIZE);
	CHECK(gomap_records_add(&rest, "", SIZE_MAX, NULL, 0) == -E2BIG);
	close(fd);
}

/* Each shard counts its entries in @seen; how many those were. */
static unsigned int scan_shard(int fd, uint32_t shard, uint32_t shards,
			       unsigned char *seen)
{
	struct gomap_scanner scanner;
	struct gomap_entry entry;
	unsigned int nr = 0;
	uint32_t key;
	int ret;

	CHECK(gomap_scan_begin(&scanner, fd, shard, shards) == 0);
	while ((ret = gomap_scan_next(&scanner, &entry)) > 0) {
		memcpy(&key, entry.key, sizeof(key));
		CHECK(entry.key_len == 4 && entry.value_len == 8);
		CHECK(key < NR);
		seen[key % NR]++;
		nr++;
	}
	CHECK(ret == 0);
	CHECK(gomap_scan_next(&scanner, &entry) == 0);
	gomap_scan_end(&scanner);
	return nr;
}

static void test_scan(void)
{
	static unsigned char seen[NR];
	int fd = create(0, 4, 8);
	struct gomap_scanner scanner;
	struct gomap_entry entry;
	uint32_t i, nr = 0;

	CHECK(scan_shard(fd, 0, 0, seen) == 0);
	for (i = 0; i < NR; i++)
		keys[i] = i;
	CHECK(gomap_insert_batch(fd, keys, values, NR, 0, NULL, NULL) == 0);
	for (i = 0; i < SHARDS; i++)
		nr += scan_shard(fd, i, SHARDS, seen);
	CHECK(nr == NR);
	CHECK(scan_shard(fd, 0, 1, seen) == NR);
	for (i = 0; i < NR; i++)
		CHECK(seen[i] == 2);

	CHECK(gomap_scan_begin(&scanner, fd, 3, 3) == 0);
	CHECK(gomap_scan_next(&scanner, &entry) == -EINVAL);
	gomap_scan_end(&scanner);
	CHECK(gomap_scan_begin(&scanner, STDOUT_FILENO, 0, 1) < 0);
	close(fd);
}

/* The buffer grows to the largest entry there is. */
static void test_scan_large(void)
{
	int fd = create(GOMAP_VAR_VALUE, 4, GOMAP_VALUE_SIZE_MAX);
	char *value = calloc(1, GOMAP_VALUE_SIZE_MAX);
	struct gomap_scanner scanner;
	struct gomap_entry entry;
	size_t sum = 0;
	uint32_t key;

	for (key = 0; key <= 20; key++)
		CHECK(gomap_insert(fd, &key, 4, value, (size_t)1 << key, 0) ==
		      0);
	CHECK(gomap_scan_begin(&scanner, fd, 0, 1) == 0);
	while (gomap_scan_next(&scanner, &entry) > 0) {
		memcpy(&key, entry.key, sizeof(key));
		CHECK(entry.value_len == (size_t)1 << key);
		sum += entry.value_len;
	}
	CHECK(sum == 2 * (size_t)GOMAP_VALUE_SIZE_MAX - 1);
	gomap_scan_end(&scanner);
	free(value);
	close(fd);
}

static void test_whole(void)
{
	int fd = create(0, 4, 8);
	uint64_t len;

	for (len = 0; len < NR; len++)
		keys[len] = len;
	CHECK(gomap_insert_batch(fd, keys, values, NR, 0, NULL, NULL) == 0);
	CHECK(gomap_clear(fd) == 0);
	CHECK(gomap_len(fd, &len) == 0 && len == 0);
	CHECK(gomap_reserve(fd, NR) == 0);
	CHECK(gomap_reserve(fd, NR + 1) == -EINVAL);
	CHECK(gomap_reserve(fd, GOMAP_MAX_ENTRIES_MAX + 1) == -E2BIG);
	CHECK(gomap_shrink(fd) == 0);
	CHECK(gomap_freeze(fd) == 0);
	CHECK(gomap_freeze(fd) == 0);
	CHECK(gomap_clear(fd) == -EPERM);
	CHECK(gomap_insert_batch(fd, keys, values, 1, 0, results, NULL) == 0);
	CHECK(results[0] == -EPERM);
	close(fd);
	CHECK(gomap_clear(STDOUT_FILENO) < 0);
}

static void test_rights(void)
{
	struct gomap_info info = { .size = sizeof(info) }, next = info;
	int fd = create(0, 4, 8), reader, writer;
	uint32_t key = 1;
	uint64_t value = 2, len;

	reader = gomap_reopen(fd, O_RDONLY);
	writer = gomap_reopen(fd, O_WRONLY);
	CHECK(reader >= 0 && writer >= 0);
	CHECK(gomap_insert(writer, &key, 4, &value, 8, 0) == 0);
	CHECK(gomap_insert(reader, &key, 4, &value, 8, 0) == -EBADF);
	CHECK(gomap_len(reader, &len) == 0 && len == 1);
	CHECK(gomap_len(writer, &len) == -EBADF);
	CHECK(gomap_reopen(fd, O_RDWR) == -EINVAL);
	CHECK(gomap_get_info(writer, &info) == 0);
	CHECK(!(info.state & GOMAP_STATE_COUNTED) && info.entries == 0);
	next.id = info.id - 1;
	CHECK(gomap_next_info(&next) == 0);
	CHECK(next.id == info.id && next.entries == 1);
	next.id = UINT64_MAX;
	CHECK(gomap_next_info(&next) == -ENOENT);
	close(fd);
	close(reader);
	close(writer);
}

int main(void)
{
	test_rights();
	test_one_key();
	test_fetch_add();
	test_batch();
	test_records();
	test_scan();
	test_scan_large();
	test_whole();
	if (failures)
		printf("%d failures\n", failures);
	return failures > 0;
}
