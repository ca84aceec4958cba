// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Records: keys and values that vary in length, one after the other in a
 * buffer.
 */
#include <string.h>

#include "internal.h"

void gomap_records_init(struct gomap_records *records, void *buffer,
			size_t size)
{
	*records = (struct gomap_records){ .buffer = buffer, .size = size };
}

int gomap_records_add(struct gomap_records *records, const void *key,
		      size_t key_len, const void *value, size_t value_len)
{
	struct gomap_record *record = (void *)((char *)records->buffer +
					       records->used);
	struct gomap_record head = {
		.key_len = abi_len(key_len),
		.value_len = abi_len(value_len),
	};
	size_t data, padded;

	/* No map takes these; it also keeps the sum below from overflowing. */
	if (key_len > GOMAP_KEY_SIZE_MAX || value_len > GOMAP_VALUE_SIZE_MAX)
		return -E2BIG;
	padded = gomap_record_size(&head);
	if (padded > records->size - records->used)
		return -EMSGSIZE;

	*record = head;
	data = key_len + value_len;
	if (key_len)
		memcpy(record->data, key, key_len);
	if (value_len)
		memcpy(record->data + key_len, value, value_len);
	memset(record->data + data, 0, padded - sizeof(*record) - data);
	records->used += padded;
	records->count++;
	return 0;
}

struct gomap_records gomap_records_rest(const struct gomap_records *records,
					uint32_t nr)
{
	const struct gomap_record *record = records->buffer;
	struct gomap_records rest = *records;
	size_t skipped;

	while (nr-- && rest.count) {
		rest.count--;
		record = gomap_record_next(record);
	}
	skipped = (const char *)record - (const char *)records->buffer;
	rest.buffer = (void *)record;
	rest.size -= skipped;
	rest.used -= skipped;
	return rest;
}
