// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin for QEMU that counts instructions: whenever the guest comes to a
 * certain no-operation (see marker.h), it writes to a file how many instructions
 * have been executed so far.
 *
 * The clock of a machine with -icount doesn't do: with QEMU 7.2 it goes on by
 * one, two or three for an instruction of x86, depending on its surroundings.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "insn.h"
#include "marker.h"
#include "plugin.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 1;

static const unsigned char marker[] = BENCH_MARK;
static uint64_t count;
static FILE *out;

static void tell(unsigned int vcpu, void *data)
{
	fprintf(out, "%llu\n", (unsigned long long)count);
	fflush(out);
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, insns = qemu_plugin_tb_n_insns(tb);
	struct qemu_plugin_insn *insn;

	for (i = 0; i < insns; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		/* Each turn would count, but a processor counts one. */
		if (!insn_repeats(insn))
			qemu_plugin_register_vcpu_insn_exec_inline(insn,
								   QEMU_PLUGIN_INLINE_ADD_U64,
								   &count, 1);
		if (insn_is(insn, marker))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, tell,
							       QEMU_PLUGIN_CB_NO_REGS,
							       NULL);
	}
}

/* The argument is out=FILE. */
EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
			       const struct qemu_info *info, int argc,
			       char **argv)
{
	if (argc != 1 || strncmp(argv[0], "out=", 4))
		return -1;
	out = fopen(argv[0] + 4, "w");
	if (!out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	return 0;
}
