// SPDX-License-Identifier: GPL-2.0-only
/*
 * See memory.h.
 */
#include <err.h>
#include <linux/gomap.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"

/* What memory_scribble() changes: the arguments and the first keys. */
#define SCRIBBLED 0x2000

#define SPACING ((uint64_t)16 << 20)
#define BASE ((uint64_t)0x200000000)

static int file;
static unsigned char *view;

/* The edge is seen from its end, which is that of ordinary memory. */
static enum window shown_by(enum window window)
{
	return window == WINDOW_EDGE ? WINDOW_RW : window;
}

static uint64_t window_address(enum window window)
{
	return BASE + window * SPACING;
}

static int64_t window_offset(const struct pointer *pointer)
{
	return pointer->offset +
	       (pointer->window == WINDOW_EDGE ? WINDOW_SIZE : 0);
}

static void map_window(enum window window, int protection)
{
	if (mmap((void *)window_address(window), WINDOW_SIZE, protection,
		 MAP_SHARED | MAP_FIXED, file, window * WINDOW_SIZE) ==
	    MAP_FAILED)
		err(1, "mmap");
}

void memory_init(void)
{
	file = memfd_create("fuzz", MFD_CLOEXEC);
	if (file < 0)
		err(1, "memfd_create");
	memory_reset();
	view = mmap(NULL, NR_WINDOWS * WINDOW_SIZE, PROT_READ | PROT_WRITE,
		    MAP_SHARED, file, 0);
	if (view == MAP_FAILED)
		err(1, "mmap");
}

void memory_reset(void)
{
	if (ftruncate(file, 0) || ftruncate(file, NR_WINDOWS * WINDOW_SIZE))
		err(1, "ftruncate");
	map_window(WINDOW_RW, PROT_READ | PROT_WRITE);
	map_window(WINDOW_RO, PROT_READ);
	map_window(WINDOW_SHARED, PROT_READ | PROT_WRITE);
	map_window(WINDOW_FLIP, PROT_READ | PROT_WRITE);
}

uint64_t pointer_address(const struct pointer *pointer)
{
	switch (pointer->window) {
	case WINDOW_NULL:
		return pointer->offset;
	case WINDOW_KERNEL:
		return 0xffff888000000000 + pointer->offset;
	default:
		return window_address(shown_by(pointer->window)) +
		       window_offset(pointer);
	}
}

unsigned char *pointer_memory(const struct pointer *pointer, size_t *room)
{
	int64_t offset = window_offset(pointer);

	switch (pointer->window) {
	case WINDOW_NULL:
	case WINDOW_NONE:
	case WINDOW_KERNEL:
		return NULL;
	default:
		if (offset < 0 || offset >= WINDOW_SIZE)
			return NULL;
		*room = WINDOW_SIZE - offset;
		return view + shown_by(pointer->window) * WINDOW_SIZE + offset;
	}
}

void memory_prepare(void)
{
	size_t node = (size_t)64 * getpagesize(), offset;

	for (offset = 0; offset < NR_WINDOWS * WINDOW_SIZE; offset += node)
		__atomic_load_n(&view[offset], __ATOMIC_RELAXED);
}

static void put_number(unsigned char *to, uint64_t number, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		to[i] = number >> 8 * (i % 8);
}

/* As many bytes as fit; where the next one begins. */
static size_t put_item(unsigned char *to, size_t room, uint64_t number,
		       const struct content *content)
{
	struct gomap_record record = {
		.key_len = content->size,
		.value_len = content->value_size,
	};
	size_t size = content->size, len = size + content->value_size;

	if (!content->record) {
		put_number(to, number, size < room ? size : room);
		return size;
	}
	size = sizeof(record) + (len + 7) / 8 * 8;
	if (size > room)
		return room;
	memcpy(to, &record, sizeof(record));
	put_number(to + sizeof(record), number, record.key_len);
	put_number(to + sizeof(record) + record.key_len, number,
		   record.value_len);
	memset(to + sizeof(record) + len, 0, size - sizeof(record) - len);
	return size;
}

void pointer_fill(const struct pointer *pointer, unsigned int iteration)
{
	const struct content *content = &pointer->content;
	uint64_t first = content->first + (uint64_t)iteration * content->count;
	unsigned char *to;
	size_t room, used;
	uint32_t i;

	to = pointer_memory(pointer, &room);
	for (i = 0; to && i < content->count && room; i++) {
		used = put_item(to, room, first + i, content);
		if (!used)
			return;
		used = used < room ? used : room;
		to += used;
		room -= used;
	}
}

/*
 * Only the lower half of 32-bit words: a count that becomes a million would
 * keep a call busy for long, and a pointer changed there doesn't reach us.
 */
void memory_scribble(uint64_t random)
{
	size_t offset = random % SCRIBBLED & ~(size_t)2;
	unsigned char *byte = view + WINDOW_SHARED * WINDOW_SIZE + offset;

	__atomic_xor_fetch(byte, 1 << (random >> 32) % 8, __ATOMIC_RELAXED);
	if (random >> 63)
		__atomic_store_n(byte, random >> 40, __ATOMIC_RELAXED);
}

void memory_flip(uint64_t random)
{
	uint64_t address = window_address(WINDOW_FLIP);

	switch (random % 4) {
	case 0:
		munmap((void *)address, WINDOW_SIZE);
		break;
	case 1:
		/* From the second page on. */
		munmap((void *)(address + getpagesize()),
		       WINDOW_SIZE - getpagesize());
		break;
	case 2:
		mprotect((void *)address, WINDOW_SIZE, PROT_READ);
		break;
	default:
		map_window(WINDOW_FLIP, PROT_READ | PROT_WRITE);
	}
}
