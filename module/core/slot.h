/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys and values in slots: layout, and copies that may race.
 *
 * A reader copies out of a slot that a writer may be changing, and finds out
 * afterwards (bucket.h). So both sides go word by word with READ_ONCE() and
 * WRITE_ONCE(): what the reader gets may be torn between words, but the
 * compiler can neither read twice nor invent a store. Keys and values are
 * zero-padded to whole words in the slot; the last word of a caller's buffer
 * is never read or written beyond its length.
 *
 * The word is 8 bytes, or 4 in maps whose key and value have 4 at most.
 */
#ifndef _GOMAP_SLOT_H
#define _GOMAP_SLOT_H

#include <asm/barrier.h>
#include <linux/align.h>
#include <linux/compiler.h>
#include <linux/string.h>
#include <linux/types.h>
#include "../compat.h"

static inline u32 gomap_slot_word(u32 key_size, u32 value_size)
{
	return key_size <= 4 && value_size <= 4 ? 4 : 8;
}

/* Up to seven bytes. */
static __always_inline u64 gomap_short_word(const u8 *data, size_t len)
{
	u64 word = 0;

	switch (len) {
	case 7:
		word |= (u64)data[6] << 48;
		fallthrough;
	case 6:
		word |= (u64)data[5] << 40;
		fallthrough;
	case 5:
		word |= (u64)data[4] << 32;
		fallthrough;
	case 4:
		return word | get_unaligned_le32(data);
	case 3:
		word |= (u64)data[2] << 16;
		fallthrough;
	case 2:
		return word | get_unaligned_le16(data);
	case 1:
		return *data;
	}
	return 0;
}

/* The @left bytes at @data, padded to a word with zeros. */
static __always_inline u64 gomap_partial_u64(const void *data, size_t left)
{
	u64 word = 0;

	/* The most frequent one, without a call. */
	if (left == 4)
		memcpy(&word, data, 4);
	else
		memcpy(&word, data, left);
	return word;
}

static __always_inline u32 gomap_partial_u32(const void *data, size_t left)
{
	u32 word = 0;

	if (left == 4)
		memcpy(&word, data, 4);
	else
		memcpy(&word, data, left);
	return word;
}

/* Of keys in entries. memcmp() is a call, and in many kernels goes byte by byte. */
static __always_inline bool gomap_bytes_equal(const u8 *a, const u8 *b,
					      size_t len)
{
	if (len < 8)
		return gomap_short_word(a, len) == gomap_short_word(b, len);
	for (; len > 8; len -= 8, a += 8, b += 8)
		if (get_unaligned((const u64 *)a) !=
		    get_unaligned((const u64 *)b))
			return false;
	/* The last word, which may reach back into the one before. */
	a += len;
	b += len;
	return get_unaligned((const u64 *)(a - 8)) ==
	       get_unaligned((const u64 *)(b - 8));
}

static __always_inline bool gomap_slot_equal(const void *slot, const void *data,
					     size_t len, u32 word_size)
{
	const u64 *word = slot;

	for (; len >= 8; len -= 8, data += 8)
		if (READ_ONCE(*word++) != get_unaligned((const u64 *)data))
			return false;
	if (!len)
		return true;
	if (word_size == 4)
		return READ_ONCE(*(const u32 *)slot) ==
		       gomap_partial_u32(data, len);
	return READ_ONCE(*word) == gomap_partial_u64(data, len);
}

static __always_inline void gomap_slot_read(void *data, const void *slot,
					    size_t len, u32 word_size)
{
	const u64 *word = slot;
	u64 last;
	u32 only;

	for (; len >= 8; len -= 8, data += 8)
		put_unaligned(READ_ONCE(*word++), (u64 *)data);
	if (!len)
		return;
	if (word_size == 4) {
		only = READ_ONCE(*(const u32 *)slot);
		memcpy(data, &only, len);
	} else {
		last = READ_ONCE(*word);
		memcpy(data, &last, len);
	}
}

static __always_inline void gomap_slot_write(void *slot, const void *data,
					     size_t len, u32 word_size)
{
	u64 *word = slot;

	for (; len >= 8; len -= 8, data += 8)
		WRITE_ONCE(*word++, get_unaligned((const u64 *)data));
	if (!len)
		return;
	if (word_size == 4)
		WRITE_ONCE(*(u32 *)slot, gomap_partial_u32(data, len));
	else
		WRITE_ONCE(*word, gomap_partial_u64(data, len));
}

/*
 * A value of up to a word is overwritten by one store, so a reader has one value or
 * the other. The store is a release (J) and the load an acquire (I): a reader that
 * sees the value sees what its writer saw. What follows the value in the word is
 * zero.
 */

static __always_inline bool gomap_is_one_word(size_t len, u32 word_size)
{
	return len && len <= word_size;
}

static __always_inline void gomap_word_write(void *slot, const void *data,
					     size_t len, u32 word_size)
{
	u64 word;

	if (word_size == 4) {
		/* (J), pairs with (I) */
		smp_store_release((u32 *)slot, gomap_partial_u32(data, len));
		return;
	}
	word = len == 8 ? get_unaligned((const u64 *)data) :
			  gomap_partial_u64(data, len);
	/* (J), pairs with (I) */
	smp_store_release((u64 *)slot, word);
}

static __always_inline void gomap_word_read(void *data, const void *slot,
					    size_t len, u32 word_size)
{
	u32 u32_word;
	u64 u64_word;

	if (word_size == 4) {
		/* (I), pairs with (J) */
		u32_word = smp_load_acquire((const u32 *)slot);
		memcpy(data, &u32_word, len);
	} else {
		/* (I), pairs with (J) */
		u64_word = smp_load_acquire((const u64 *)slot);
		memcpy(data, &u64_word, len);
	}
}

/* The value at @slot, of any length. */
static __always_inline void gomap_value_copy(void *data, const void *slot,
					     size_t len, u32 word_size)
{
	if (gomap_is_one_word(len, word_size))
		gomap_word_read(data, slot, len, word_size);
	else
		gomap_slot_read(data, slot, len, word_size);
}

static inline void gomap_slot_zero(void *slot, size_t stride, u32 word_size)
{
	void *end = slot + stride;

	for (; slot < end; slot += word_size) {
		if (word_size == 4)
			WRITE_ONCE(*(u32 *)slot, 0);
		else
			WRITE_ONCE(*(u64 *)slot, 0);
	}
}

/* From a slot whose chain is locked. */
static inline void gomap_slot_copy(void *to, const void *from, size_t stride,
				   u32 word_size)
{
	const void *end = from + stride;

	for (; from < end; from += word_size, to += word_size) {
		if (word_size == 4)
			WRITE_ONCE(*(u32 *)to, *(const u32 *)from);
		else
			WRITE_ONCE(*(u64 *)to, *(const u64 *)from);
	}
}

#endif /* _GOMAP_SLOT_H */
