// SPDX-License-Identifier: GPL-2.0-only
/*
 * See coverage.h, and Documentation/dev-tools/kcov.rst of the kernel.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kcov.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "coverage.h"

/* Several times the edges of the module. */
#define SLOTS 0x8000u
/* Blocks of one call: more are not noted. */
#define TRACE_WORDS ((size_t)1 << 18)

static unsigned long *trace;
static struct edges blocks;

/* Sets of edges: tables with open addressing, 0 where a slot is empty. */

void edges_init(struct edges *edges)
{
	edges->table = calloc(SLOTS, sizeof(*edges->table));
	edges->used = calloc(SLOTS, sizeof(*edges->used));
	if (!edges->table || !edges->used)
		err(1, "calloc");
	edges->nr = 0;
}

void edges_free(struct edges *edges)
{
	free(edges->table);
	free(edges->used);
}

void edges_clear(struct edges *edges)
{
	while (edges->nr)
		edges->table[edges->used[--edges->nr]] = 0;
}

static uint32_t edge_slot(const struct edges *edges, uint64_t edge)
{
	uint32_t slot = (edge * 0x9e3779b97f4a7c15) >> 40 & (SLOTS - 1);

	while (edges->table[slot] && edges->table[slot] != edge)
		slot = (slot + 1) & (SLOTS - 1);
	return slot;
}

bool edges_have(const struct edges *edges, uint64_t edge)
{
	return edges->table[edge_slot(edges, edge)];
}

void edges_add(struct edges *edges, uint64_t edge)
{
	uint32_t slot = edge_slot(edges, edge);

	if (edges->table[slot] || edges->nr == SLOTS - 1)
		return;
	edges->table[slot] = edge;
	edges->used[edges->nr++] = slot;
}

static uint64_t edges_at(const struct edges *edges, unsigned int i)
{
	return edges->table[edges->used[i]];
}

unsigned int edges_new(const struct edges *edges, const struct edges *known)
{
	unsigned int i, nr = 0;

	for (i = 0; i < edges->nr; i++)
		nr += !edges_have(known, edges_at(edges, i));
	return nr;
}

void edges_add_all(struct edges *edges, const struct edges *more)
{
	unsigned int i;

	for (i = 0; i < more->nr; i++)
		edges_add(edges, edges_at(more, i));
}

void edges_subtract(struct edges *to, const struct edges *from,
		    const struct edges *known)
{
	unsigned int i;

	edges_clear(to);
	for (i = 0; i < from->nr; i++)
		if (!edges_have(known, edges_at(from, i)))
			edges_add(to, edges_at(from, i));
}

uint64_t *edges_list(const struct edges *edges)
{
	uint64_t *list = calloc(edges->nr + 1, sizeof(*list));
	unsigned int i;

	if (!list)
		err(1, "calloc");
	for (i = 0; i < edges->nr; i++)
		list[i] = edges_at(edges, i);
	return list;
}

void edges_intersect(struct edges *edges, const struct edges *others)
{
	struct edges both;
	unsigned int i;

	edges_init(&both);
	for (i = 0; i < edges->nr; i++)
		if (edges_have(others, edges_at(edges, i)))
			edges_add(&both, edges_at(edges, i));
	edges_free(edges);
	*edges = both;
}

/* KCOV: word 0 of the trace is the number of those that follow. */

bool coverage_init(void)
{
	int fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (ioctl(fd, KCOV_INIT_TRACE, TRACE_WORDS))
		err(1, "KCOV_INIT_TRACE");
	trace = mmap(NULL, TRACE_WORDS * sizeof(*trace), PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	if (trace == MAP_FAILED)
		err(1, "mmap of kcov");
	if (ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		err(1, "KCOV_ENABLE");
	edges_init(&blocks);
	return true;
}

void coverage_begin(void)
{
	if (trace)
		__atomic_store_n(&trace[0], 0, __ATOMIC_RELAXED);
}

void coverage_end(struct edges *edges)
{
	uint64_t last = 0;
	unsigned long i, nr;

	if (!trace)
		return;
	nr = __atomic_load_n(&trace[0], __ATOMIC_RELAXED);
	for (i = 1; i <= nr; i++) {
		edges_add(&blocks, trace[i]);
		/* Modules are within 2 GiB. */
		edges_add(edges, last << 32 | (uint32_t)trace[i]);
		last = (uint32_t)trace[i];
	}
	__atomic_store_n(&trace[0], 0, __ATOMIC_RELAXED);
}

unsigned int coverage_blocks(void)
{
	return blocks.nr;
}

/* Functions of the module */

struct function {
	unsigned long address;
	char name[128];
	bool reached;
};

static int by_address(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/* All of its text, as /proc/kallsyms has it, in the order of addresses. */
static struct function *read_functions(size_t *nr)
{
	struct function *functions = NULL, function = {};
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[256], type, module[64];

	*nr = 0;
	if (!file)
		err(1, "/proc/kallsyms");
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx %c %127s [%63[^]]]", &function.address,
			   &type, function.name, module) != 4 ||
		    strcmp(module, "gomap") || (type | 0x20) != 't')
			continue;
		functions = reallocarray(functions, *nr + 1, sizeof(function));
		if (!functions)
			err(1, "reallocarray");
		functions[(*nr)++] = function;
	}
	fclose(file);
	if (*nr)
		qsort(functions, *nr, sizeof(function), by_address);
	return functions;
}

static void mark_reached(struct function *functions, size_t nr, uint64_t block)
{
	size_t i = nr;

	while (i && functions[i - 1].address > block)
		i--;
	if (i)
		functions[i - 1].reached = true;
}

/* What the compiler has put in front of, behind or out of functions. */
static bool is_auxiliary(const char *name)
{
	return strstr(name, ".cold") || !strncmp(name, "__pfx_", 6) ||
	       !strncmp(name, "_sub_", 5);
}

void coverage_print_unreached(void)
{
	struct function *functions;
	unsigned int i;
	size_t j, nr;

	if (!trace)
		return;
	functions = read_functions(&nr);
	for (i = 0; i < blocks.nr; i++)
		mark_reached(functions, nr, edges_at(&blocks, i));
	printf("fuzz: functions that no call reached:");
	for (j = 0; j < nr; j++)
		if (!functions[j].reached && !is_auxiliary(functions[j].name))
			printf(" %s", functions[j].name);
	putchar('\n');
	free(functions);
}
