// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Scans: a buffer is filled with as many entries as it holds, and they are
 * given out one by one.
 */
#include <stdlib.h>

#include "internal.h"

/* Some hundred entries of common size make the call cheap for each of them. */
#define BUFFER_SIZE 65536

int gomap_scan_begin(struct gomap_scanner *scanner, int fd, uint32_t shard,
		     uint32_t shards)
{
	struct gomap_info info = { .size = sizeof(info) };
	int ret;

	ret = gomap_get_info(fd, &info);
	if (ret)
		return ret;
	*scanner = (struct gomap_scanner){
		.fd = fd,
		.has_records = info.map_flags &
			       (GOMAP_VAR_KEY | GOMAP_VAR_VALUE),
		.key_size = info.key_size,
		.value_size = info.value_size,
		.args.size = sizeof(scanner->args),
		.args.shard = shard,
		.args.shards = shards,
	};
	return 0;
}

static int set_buffer(struct gomap_scanner *scanner, size_t size)
{
	free(scanner->buffer);
	scanner->buffer = malloc(size);
	scanner->args.buffer = (uintptr_t)scanner->buffer;
	scanner->args.buffer_size = scanner->buffer ? size : 0;
	return scanner->buffer ? 0 : -ENOMEM;
}

static int fill(struct gomap_scanner *scanner)
{
	size_t size = BUFFER_SIZE;
	int ret;

	/* One entry may be larger than the buffer, and change meanwhile. */
	do {
		ret = 0;
		if (size > scanner->args.buffer_size)
			ret = set_buffer(scanner, size);
		if (!ret)
			ret = gomap_ioctl(scanner->fd, GOMAP_IOCTL_SCAN,
					  &scanner->args);
		size = scanner->args.used;
	} while (ret == -EMSGSIZE);
	scanner->next = scanner->buffer;
	scanner->left = ret ? 0 : scanner->args.count;
	return ret;
}

static void take_record(struct gomap_scanner *scanner,
			struct gomap_entry *entry)
{
	const struct gomap_record *record = scanner->next;

	entry->key = record->data;
	entry->key_len = record->key_len;
	entry->value = gomap_record_value(record);
	entry->value_len = record->value_len;
	scanner->next = gomap_record_next(record);
}

static void take_pair(struct gomap_scanner *scanner, struct gomap_entry *entry)
{
	const char *pair = scanner->next;

	entry->key = pair;
	entry->key_len = scanner->key_size;
	entry->value = pair + scanner->key_size;
	entry->value_len = scanner->value_size;
	scanner->next = pair + scanner->key_size + scanner->value_size;
}

int gomap_scan_next(struct gomap_scanner *scanner, struct gomap_entry *entry)
{
	int ret;

	while (!scanner->left) {
		if (scanner->args.done)
			return 0;
		ret = fill(scanner);
		if (ret)
			return ret;
	}
	scanner->left--;
	if (scanner->has_records)
		take_record(scanner, entry);
	else
		take_pair(scanner, entry);
	return 1;
}

void gomap_scan_end(struct gomap_scanner *scanner)
{
	free(scanner->buffer);
}
