/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs: what is executed, changed and kept.
 *
 * A program is a sequence of calls. A call has a kind, a descriptor that it is
 * made on, maybe one that it gives, and a value for each member of its argument.
 * Nothing in it is an address or depends on the run before: pointers name a
 * window of memory and an offset (memory.h), descriptors are numbers from 0.
 */
#ifndef _FUZZ_PROGRAM_H
#define _FUZZ_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FUZZ_CALLS = 24,
	FUZZ_MEMBERS = 20,
	FUZZ_TEXT = 64,
	/* Descriptors; the first two are control, for both and for reading. */
	FUZZ_CONTROL = 0,
	FUZZ_CONTROL_READ = 1,
	FUZZ_FDS = 8,
	/* A call that needs no descriptor, or gives none. */
	FUZZ_NO_FD = -1,
};

/* Where pointers lead. */
enum window {
	WINDOW_NULL,
	WINDOW_RW,	/* ordinary memory */
	WINDOW_EDGE,	/* the end of it, before an unmapped page */
	WINDOW_RO,	/* may only be read */
	WINDOW_SHARED,	/* written by another thread meanwhile, in a race */
	WINDOW_FLIP,	/* unmapped and mapped meanwhile, in a race */
	WINDOW_NONE,	/* not mapped */
	WINDOW_KERNEL,	/* not ours to touch */
	NR_WINDOWS
};

/*
 * What is written to the memory before the call: @count times the number
 * @first, the next, and so on, each as @size bytes; or, if @record, a struct
 * gomap_record with a key of @size bytes and a value of @value_size.
 */
struct content {
	uint64_t first;
	uint32_t count;
	uint32_t size;
	uint32_t value_size;
	bool record;
};

struct pointer {
	enum window window;
	int64_t offset;
	struct content content;
};

union value {
	uint64_t number;
	struct pointer pointer;
	unsigned char text[FUZZ_TEXT];
};

enum member_type { NUMBER, POINTER, TEXT };

/* What a member means: which values are worth trying (grammar.c). */
enum role {
	ROLE_ANY, ROLE_SIZE, ROLE_FLAGS, ROLE_ZERO, ROLE_KEY_SIZE,
	ROLE_VALUE_SIZE, ROLE_MAX_ENTRIES, ROLE_ENTRIES, ROLE_MODE, ROLE_ID,
	ROLE_NAME, ROLE_FORMAT, ROLE_LEN, ROLE_COUNT, ROLE_OP, ROLE_SHARDS,
	ROLE_POINTER, ROLE_REPEAT, ROLE_COMMAND, ROLE_BYTES, ROLE_SMALL,
	ROLE_FAULT, ROLE_MAX_BYTES,
};

struct member {
	const char *name;
	enum member_type type;
	enum role role;
	/* Where it is in the argument; SIZE_MAX: it isn't. */
	size_t offset;
	size_t size;
	uint64_t usual;
};

enum {
	/* Of call_kind->errnos, beside those that every ioctl may have. */
	FUZZ_ERRNOS = 12,
	/* What all ioctls have first: see call_kinds. */
	MEMBER_AT = 0,
	MEMBER_REPEAT,
	MEMBER_TAIL,
	MEMBER_AGAIN,
	MEMBER_FAULT,
	MEMBER_SIZE,
	MEMBER_FLAGS,
};

struct call_kind {
	const char *name;
	unsigned int command;
	size_t arg_size;
	bool gives_fd;
	bool takes_fd;
	struct member members[FUZZ_MEMBERS];
	int errnos[FUZZ_ERRNOS];
};

/* In the order of the table of call_kinds. */
enum call_name {
	CALL_CREATE, CALL_REMOVE, CALL_INFO, CALL_LOOKUP, CALL_INSERT,
	CALL_DELETE, CALL_SWAP, CALL_TAKE, CALL_COMPARE_EXCHANGE,
	CALL_FETCH_ADD, CALL_SCAN, CALL_BATCH, CALL_CLEAR, CALL_FREEZE,
	CALL_RESERVE, CALL_SHRINK, CALL_REOPEN, CALL_NEXT, CALL_RAW,
	CALL_OPEN, CALL_DUP, CALL_CLOSE, CALL_FDINFO, CALL_SYSFS, CALL_READ,
	CALL_FSUID, CALL_LIMIT, NR_CALLS
};

extern const struct call_kind call_kinds[NR_CALLS];

struct call {
	enum call_name name;
	int fd;
	int gives;
	union value values[FUZZ_MEMBERS];
};

/* What goes on beside the calls from @race_at on. */
enum race {
	RACE_SAME = 1 << 0,	/* another thread makes the same calls */
	RACE_CLOSE = 1 << 1,	/* descriptors are closed and opened again */
	RACE_LAST = 1 << 2,	/* descriptors are closed for good */
	RACE_SHARED = 1 << 3,	/* WINDOW_SHARED is overwritten */
	RACE_FLIP = 1 << 4,	/* WINDOW_FLIP is unmapped, and read-only */
	RACE_SIGNAL = 1 << 5,	/* signals come */
	NR_RACES = 6
};

struct program {
	unsigned int race;
	unsigned int race_at;
	unsigned int nr;
	struct call calls[FUZZ_CALLS];
};

static inline const struct call_kind *kind_of(const struct call *call)
{
	return &call_kinds[call->name];
}

static inline bool is_ioctl(const struct call *call)
{
	return call->name <= CALL_RAW;
}

/* The index of the member of that name, or -1. */
int find_member(const struct call_kind *kind, const char *name);
/* The value of a member that the kind has. */
union value *value_of(struct call *call, const char *name);
/* A call with the usual value in each member. */
void init_call(struct call *call, enum call_name name);
bool is_usual(const struct call *call, const struct member *member);
/*
 * Keeps what a program can take in bounds: time, and memory. Everything that is
 * executed has been through here.
 */
void bound_program(struct program *program);
void remove_call(struct program *program, unsigned int index);

#endif /* _FUZZ_PROGRAM_H */
