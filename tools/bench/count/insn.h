/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Questions that both plugins ask of an instruction.
 */
#ifndef _GOMAP_BENCH_INSN_H
#define _GOMAP_BENCH_INSN_H

#include <string.h>
#include "plugin.h"

/* Both markers have as many bytes. */
#define MARKER_SIZE 7

static int insn_is(const struct qemu_plugin_insn *insn,
		   const unsigned char *marker)
{
	return qemu_plugin_insn_size(insn) == MARKER_SIZE &&
	       !memcmp(qemu_plugin_insn_data(insn), marker, MARKER_SIZE);
}

/*
 * One that repeats itself is one instruction to a processor, and in QEMU as many
 * as it takes turns.
 */
static int insn_repeats(const struct qemu_plugin_insn *insn)
{
	const unsigned char *byte = qemu_plugin_insn_data(insn);
	const unsigned char *end = byte + qemu_plugin_insn_size(insn);
	int prefixed = 0;

	for (; byte < end; byte++) {
		switch (*byte) {
		case 0xf2:
		case 0xf3:
			prefixed = 1;
			break;
		case 0x66:
		case 0x48:
			break;
		/* movs, stos */
		case 0xa4:
		case 0xa5:
		case 0xaa:
		case 0xab:
			return prefixed;
		default:
			return 0;
		}
	}
	return 0;
}

#endif /* _GOMAP_BENCH_INSN_H */
