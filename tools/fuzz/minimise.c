// SPDX-License-Identifier: GPL-2.0-only
/*
 * See minimise.h.
 */
#include <string.h>

#include "execute.h"
#include "minimise.h"

/* In a race, not every time. */
static bool reaches(const struct program *program, const struct edges *wanted)
{
	int tries = program->race ? 3 : 1;
	struct edges edges;
	bool all = false;

	edges_init(&edges);
	while (!all && tries--) {
		edges_clear(&edges);
		execute_or_exit(program, tries, &edges);
		all = !edges_new(wanted, &edges);
	}
	edges_free(&edges);
	return all;
}

/* @program becomes @smaller, if that does as well. */
static bool try(struct program *program, struct program *smaller,
		const struct edges *wanted)
{
	bound_program(smaller);
	if (!reaches(smaller, wanted))
		return false;
	*program = *smaller;
	return true;
}

static void leave_calls(struct program *program, const struct edges *wanted)
{
	static struct program smaller;
	unsigned int i = program->nr;

	while (i-- && program->nr > 1) {
		smaller = *program;
		remove_call(&smaller, i);
		try(program, &smaller, wanted);
	}
}

static void end_races(struct program *program, const struct edges *wanted)
{
	static struct program smaller;
	int i;

	for (i = 0; i < NR_RACES; i++) {
		smaller = *program;
		smaller.race &= ~(1 << i);
		if (smaller.race != program->race)
			try(program, &smaller, wanted);
	}
}

static void simplify_member(struct program *program, unsigned int i,
			    const struct member *member,
			    const struct edges *wanted)
{
	static struct program smaller;
	size_t index = member - kind_of(&program->calls[i])->members;
	union value *value = &smaller.calls[i].values[index];
	struct call usual;

	if (is_usual(&program->calls[i], member))
		return;
	smaller = *program;
	init_call(&usual, program->calls[i].name);
	*value = usual.values[index];
	if (try(program, &smaller, wanted) || member->type != POINTER)
		return;
	smaller = *program;
	memset(&value->pointer.content, 0, sizeof(value->pointer.content));
	if (program->calls[i].values[index].pointer.content.count)
		try(program, &smaller, wanted);
	if (program->calls[i].values[index].pointer.window == WINDOW_RW)
		return;
	smaller = *program;
	value->pointer.window = WINDOW_RW;
	try(program, &smaller, wanted);
}

void minimise(struct program *program, const struct edges *wanted,
	      bool thorough)
{
	const struct member *member;
	unsigned int i;

	if (thorough)
		end_races(program, wanted);
	leave_calls(program, wanted);
	if (!thorough)
		return;
	for (i = 0; i < program->nr; i++)
		for (member = kind_of(&program->calls[i])->members;
		     member->name; member++)
			simplify_member(program, i, member, wanted);
}
