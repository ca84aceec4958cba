// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin for QEMU that records which cache lines of the kernel each CPU stores
 * to, and where the code is that does so.
 *
 * A CPU that comes to one marker (see marker.h) is recorded until it comes there
 * again. When any CPU comes to the other one, all that was recorded is written to
 * a file, a line "CPU,INSTRUCTION,CACHE LINE,STORES" each, addresses in
 * hexadecimal, and then a line "end"; and is forgotten.
 *
 * CPUs run at the same time, hence each has a table of its own. They must not be
 * recorded any more when all is written.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "insn.h"
#include "marker.h"
#include "plugin.h"

#define EXPORT __attribute__((visibility("default")))

#define CPUS_MAX 64
#define CELLS (1u << 17)
#define LINE_SHIFT 6

struct cell {
	uint64_t pc;
	uint64_t line;
	uint64_t stores;
};

struct cpu {
	int recorded;
	uint32_t used;
	/* The cell of the last store. */
	struct cell *last;
	struct cell *cells;
} __attribute__((aligned(64)));

EXPORT int qemu_plugin_version = 1;

static const unsigned char toggle_marker[] = BENCH_MARK;
static const unsigned char tell_marker[] = BENCH_MARK_LINES;
static struct cpu cpus[CPUS_MAX];
static FILE *out;

static void die(const char *why)
{
	fprintf(stderr, "lines.so: %s\n", why);
	exit(1);
}

static struct cell *find_cell(struct cpu *cpu, uint64_t pc, uint64_t line)
{
	uint64_t hash = (pc * 31 + line) * 0x9e3779b97f4a7c15;
	uint32_t at = hash >> 40;
	struct cell *cell;

	for (;; at++) {
		cell = &cpu->cells[at % CELLS];
		if (cell->pc == pc && cell->line == line)
			return cell;
		if (!cell->pc)
			break;
	}
	if (++cpu->used > CELLS / 2)
		die("a CPU has stored to too many cache lines");
	cell->pc = pc;
	cell->line = line;
	return cell;
}

static void store(unsigned int number, qemu_plugin_meminfo_t info,
		  uint64_t address, void *pc)
{
	struct cpu *cpu = &cpus[number];

	/* In spite of what they are registered for, callbacks see loads, too. */
	if (!cpu->recorded || !qemu_plugin_mem_is_store(info))
		return;
	cpu->last = find_cell(cpu, (uint64_t)pc, address >> LINE_SHIFT);
	cpu->last->stores++;
}

/* The turns of one instruction are one store to a line. */
static void store_repeatedly(unsigned int number, qemu_plugin_meminfo_t info,
			     uint64_t address, void *pc)
{
	const struct cell *last = cpus[number].last;

	if (!last || last->pc != (uint64_t)pc ||
	    last->line != address >> LINE_SHIFT)
		store(number, info, address, pc);
}

static void toggle(unsigned int number, void *data)
{
	struct cpu *cpu = &cpus[number];

	if (!cpu->cells)
		cpu->cells = calloc(CELLS, sizeof(*cpu->cells));
	if (!cpu->cells)
		die("no memory");
	cpu->recorded = !cpu->recorded;
	cpu->last = NULL;
}

static void tell_cpu(unsigned int number)
{
	struct cpu *cpu = &cpus[number];
	const struct cell *cell;
	uint32_t i;

	if (!cpu->cells)
		return;
	for (i = 0; i < CELLS; i++) {
		cell = &cpu->cells[i];
		if (cell->pc)
			fprintf(out, "%u,%llx,%llx,%llu\n", number,
				(unsigned long long)cell->pc,
				(unsigned long long)cell->line << LINE_SHIFT,
				(unsigned long long)cell->stores);
	}
	memset(cpu->cells, 0, CELLS * sizeof(*cpu->cells));
	cpu->used = 0;
}

static void tell(unsigned int number, void *data)
{
	unsigned int i;

	for (i = 0; i < CPUS_MAX; i++)
		tell_cpu(i);
	fprintf(out, "end\n");
	fflush(out);
}

static void translate_insn(struct qemu_plugin_insn *insn)
{
	uint64_t pc = qemu_plugin_insn_vaddr(insn);

	if (insn_is(insn, toggle_marker))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, toggle,
						       QEMU_PLUGIN_CB_NO_REGS,
						       NULL);
	if (insn_is(insn, tell_marker))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, tell,
						       QEMU_PLUGIN_CB_NO_REGS,
						       NULL);
	/* The kernel has the upper half of all addresses. */
	if (pc >> 63)
		qemu_plugin_register_vcpu_mem_cb(insn,
						 insn_repeats(insn) ?
						 store_repeatedly : store,
						 QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_W,
						 (void *)pc);
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, insns = qemu_plugin_tb_n_insns(tb);

	for (i = 0; i < insns; i++)
		translate_insn(qemu_plugin_tb_get_insn(tb, i));
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
