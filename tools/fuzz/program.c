// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kinds of calls, as uapi/linux/gomap.h has them. See program.h.
 */
#include <errno.h>
#include <linux/gomap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

#define NOWHERE SIZE_MAX
/* No structure is larger. */
#define ARGUMENT_SPACING 0xc0
#define PLACE(_struct, _member) \
	.offset = offsetof(struct _struct, _member), \
	.size = sizeof(((struct _struct *)0)->_member)
#define NUM(_struct, _member, _role) \
	{ #_member, NUMBER, _role, PLACE(_struct, _member) }
#define PTR(_struct, _member) \
	{ #_member, POINTER, ROLE_POINTER, PLACE(_struct, _member) }
#define TXT(_struct, _member, _role) \
	{ #_member, TEXT, _role, PLACE(_struct, _member) }

/*
 * Beside the argument: where it is; how often the call is made, each time with
 * other keys; a byte behind the structure if @size is larger; whether the
 * argument is left as it is there, as the kernel has left it: so a scan goes on;
 * and which of the kernel's chances to fail does.
 */
#define MEMBERS(...) \
	.members = { \
		{ "at", POINTER, ROLE_POINTER, NOWHERE, 0 }, \
		{ "repeat", NUMBER, ROLE_REPEAT, NOWHERE, 0, .usual = 1 }, \
		{ "tail", NUMBER, ROLE_SMALL, NOWHERE, 0 }, \
		{ "again", NUMBER, ROLE_SMALL, NOWHERE, 0 }, \
		{ "fault", NUMBER, ROLE_FAULT, NOWHERE, 0 }, \
		__VA_ARGS__ \
	}
#define IOCTL(_name, _command, _struct, ...) \
	.name = _name, .command = GOMAP_IOCTL_ ## _command, \
	.takes_fd = true, .arg_size = sizeof(struct _struct), \
	MEMBERS({ "size", NUMBER, ROLE_SIZE, PLACE(_struct, size), \
		  .usual = sizeof(struct _struct) }, \
		NUM(_struct, flags, ROLE_FLAGS), __VA_ARGS__)
#define OP(_name, _command) \
	IOCTL(_name, _command, gomap_op_args, \
	      PTR(gomap_op_args, key), PTR(gomap_op_args, value), \
	      NUM(gomap_op_args, key_len, ROLE_LEN), \
	      NUM(gomap_op_args, value_len, ROLE_LEN), \
	      PTR(gomap_op_args, other), \
	      NUM(gomap_op_args, other_len, ROLE_LEN), \
	      NUM(gomap_op_args, __reserved, ROLE_ZERO))
#define WHOLE(_name, _command) \
	IOCTL(_name, _command, gomap_map_args, \
	      NUM(gomap_map_args, entries, ROLE_ENTRIES))

const struct call_kind call_kinds[NR_CALLS] = {
	[CALL_CREATE] = {
		IOCTL("create", CREATE, gomap_create_args,
		      NUM(gomap_create_args, key_size, ROLE_KEY_SIZE),
		      NUM(gomap_create_args, value_size, ROLE_VALUE_SIZE),
		      NUM(gomap_create_args, max_entries, ROLE_MAX_ENTRIES),
		      NUM(gomap_create_args, max_bytes, ROLE_MAX_BYTES),
		      NUM(gomap_create_args, reserve, ROLE_ENTRIES),
		      NUM(gomap_create_args, mode, ROLE_MODE),
		      NUM(gomap_create_args, uid, ROLE_ID),
		      NUM(gomap_create_args, gid, ROLE_ID),
		      NUM(gomap_create_args, __reserved, ROLE_ZERO),
		      TXT(gomap_create_args, name, ROLE_NAME),
		      TXT(gomap_create_args, key_format, ROLE_FORMAT),
		      TXT(gomap_create_args, value_format, ROLE_FORMAT)),
		.gives_fd = true,
		.errnos = { EPERM, EEXIST, ENOMEM, EFBIG, ENOSPC, EMFILE,
			    ENFILE },
	},
	[CALL_REMOVE] = {
		IOCTL("remove", REMOVE, gomap_remove_args,
		      TXT(gomap_remove_args, name, ROLE_NAME)),
		.errnos = { EPERM, ENOENT },
	},
	[CALL_INFO] = { IOCTL("info", INFO, gomap_info,
			      NUM(gomap_info, maker, ROLE_ANY)) },
	[CALL_LOOKUP] = {
		OP("lookup", LOOKUP),
		.errnos = { ENOENT, EMSGSIZE, ENOMEM },
	},
	[CALL_INSERT] = {
		OP("insert", INSERT),
		.errnos = { EPERM, EEXIST, ENOENT, ENOSPC, EMSGSIZE, ENOMEM,
			    EFBIG },
	},
	[CALL_DELETE] = {
		OP("delete", DELETE),
		.errnos = { EPERM, ENOENT, ECANCELED, ENOMEM },
	},
	[CALL_SWAP] = {
		OP("swap", SWAP),
		.errnos = { EPERM, ENOENT, EMSGSIZE, ENOMEM, EFBIG },
	},
	[CALL_TAKE] = {
		OP("take", TAKE),
		.errnos = { EPERM, ENOENT, EMSGSIZE, ENOMEM },
	},
	[CALL_COMPARE_EXCHANGE] = {
		OP("compare_exchange", COMPARE_EXCHANGE),
		.errnos = { EPERM, ENOENT, ECANCELED, ENOMEM, EFBIG },
	},
	[CALL_FETCH_ADD] = {
		IOCTL("fetch_add", FETCH_ADD, gomap_add_args,
		      PTR(gomap_add_args, key),
		      NUM(gomap_add_args, key_len, ROLE_LEN),
		      NUM(gomap_add_args, __reserved, ROLE_ZERO),
		      NUM(gomap_add_args, delta, ROLE_ANY)),
		.errnos = { EPERM, EEXIST, ENOENT, ENOSPC, ENOMEM, EFBIG },
	},
	[CALL_SCAN] = {
		IOCTL("scan", SCAN, gomap_scan_args,
		      PTR(gomap_scan_args, buffer),
		      NUM(gomap_scan_args, buffer_size, ROLE_LEN),
		      NUM(gomap_scan_args, shard, ROLE_SMALL),
		      NUM(gomap_scan_args, shards, ROLE_SHARDS),
		      { "cursor", NUMBER, ROLE_ANY,
			offsetof(struct gomap_scan_args, cursor), 8 },
		      { "cursor1", NUMBER, ROLE_ANY,
			offsetof(struct gomap_scan_args, cursor[1]), 8 }),
		.errnos = { EMSGSIZE, ENOMEM },
	},
	[CALL_BATCH] = {
		IOCTL("batch", BATCH, gomap_batch_args,
		      NUM(gomap_batch_args, op, ROLE_OP),
		      NUM(gomap_batch_args, count, ROLE_COUNT),
		      NUM(gomap_batch_args, __reserved, ROLE_ZERO),
		      PTR(gomap_batch_args, keys),
		      NUM(gomap_batch_args, keys_size, ROLE_LEN),
		      PTR(gomap_batch_args, values),
		      NUM(gomap_batch_args, values_size, ROLE_LEN),
		      PTR(gomap_batch_args, results)),
		.errnos = { EPERM, EEXIST, ENOENT, ENOSPC, EMSGSIZE, ENOMEM,
			    EFBIG },
	},
	[CALL_REOPEN] = {
		IOCTL("reopen", REOPEN, gomap_reopen_args,
		      NUM(gomap_reopen_args, mode, ROLE_SMALL),
		      NUM(gomap_reopen_args, __reserved, ROLE_ZERO)),
		.gives_fd = true,
		.errnos = { ENOMEM, EMFILE, ENFILE },
	},
	[CALL_NEXT] = {
		IOCTL("next", NEXT, gomap_info,
		      NUM(gomap_info, id, ROLE_SMALL)),
		.errnos = { ENOENT },
	},
	[CALL_CLEAR] = { WHOLE("clear", CLEAR), .errnos = { EPERM } },
	[CALL_FREEZE] = { WHOLE("freeze", FREEZE), .errnos = { EACCES } },
	[CALL_RESERVE] = { WHOLE("reserve", RESERVE),
			   .errnos = { EPERM, EACCES, ENOMEM, EFBIG } },
	[CALL_SHRINK] = { WHOLE("shrink", SHRINK), .errnos = { EACCES } },
	/* Any bytes under any number. */
	[CALL_RAW] = {
		.name = "raw",
		.takes_fd = true,
		.arg_size = FUZZ_TEXT,
		MEMBERS({ "command", NUMBER, ROLE_COMMAND, NOWHERE, 0 },
			{ "bytes", TEXT, ROLE_BYTES, 0, FUZZ_TEXT }),
		.errnos = { EPERM, EACCES, ENOENT, EEXIST, ECANCELED, EMSGSIZE,
			    ENOMEM, ENOSPC, EFBIG, EMFILE, ENFILE },
	},

	/* What is no ioctl. */
	[CALL_OPEN] = {
		.name = "open",
		.gives_fd = true,
		.members = {
			{ "name", TEXT, ROLE_NAME, NOWHERE, GOMAP_NAME_LEN },
			{ "mode", NUMBER, ROLE_SMALL, NOWHERE, 0 },
		},
	},
	[CALL_DUP] = { .name = "dup", .gives_fd = true, .takes_fd = true },
	[CALL_CLOSE] = { .name = "close", .takes_fd = true },
	[CALL_FDINFO] = { .name = "fdinfo", .takes_fd = true },
	[CALL_SYSFS] = {
		.name = "sysfs",
		.members = {
			{ "name", TEXT, ROLE_NAME, NOWHERE, GOMAP_NAME_LEN },
		},
	},
	/* read(), write(), lseek() and mmap(), which are all refused. */
	[CALL_READ] = { .name = "read", .takes_fd = true },
	/* Another user, without root's capabilities over files. */
	[CALL_FSUID] = {
		.name = "fsuid",
		.members = {
			{ "uid", NUMBER, ROLE_ID, NOWHERE, 0 },
		},
	},
	/* The module's parameters that bound what users may take. */
	[CALL_LIMIT] = {
		.name = "limit",
		.members = {
			{ "maps", NUMBER, ROLE_SMALL, NOWHERE, 0,
			  .usual = 65536 },
			{ "entries", NUMBER, ROLE_MAX_ENTRIES, NOWHERE, 0 },
			{ "bytes", NUMBER, ROLE_MAX_BYTES, NOWHERE, 0 },
		},
	},
};

int find_member(const struct call_kind *kind, const char *name)
{
	int i;

	for (i = 0; i < FUZZ_MEMBERS && kind->members[i].name; i++)
		if (!strcmp(kind->members[i].name, name))
			return i;
	return -1;
}

union value *value_of(struct call *call, const char *name)
{
	int i = find_member(kind_of(call), name);

	if (i < 0) {
		fprintf(stderr, "fuzz: %s has no %s\n", kind_of(call)->name,
			name);
		abort();
	}
	return &call->values[i];
}

void init_call(struct call *call, enum call_name name)
{
	const struct member *member;

	memset(call, 0, sizeof(*call));
	call->name = name;
	call->fd = FUZZ_NO_FD;
	call->gives = FUZZ_NO_FD;
	for (member = kind_of(call)->members; member->name; member++)
		if (member->type == NUMBER)
			call->values[member - kind_of(call)->members].number =
				member->usual;
	/* Each at a place of its own, so that others don't come between. */
	if (is_ioctl(call))
		call->values[MEMBER_AT].pointer = (struct pointer){
			.window = WINDOW_RW, .offset = name * ARGUMENT_SPACING,
		};
}

static bool same_content(const struct content *a, const struct content *b)
{
	return a->first == b->first && a->count == b->count &&
	       a->size == b->size && a->value_size == b->value_size &&
	       a->record == b->record;
}

bool is_usual(const struct call *call, const struct member *member)
{
	size_t index = member - kind_of(call)->members;
	const union value *value = &call->values[index];
	const union value *other;
	struct call usual;

	init_call(&usual, call->name);
	other = &usual.values[index];
	switch (member->type) {
	case NUMBER:
		return value->number == other->number;
	case POINTER:
		return value->pointer.window == other->pointer.window &&
		       value->pointer.offset == other->pointer.offset &&
		       same_content(&value->pointer.content,
				    &other->pointer.content);
	default:
		return !memcmp(value->text, other->text, FUZZ_TEXT);
	}
}

/* What is within bounds stays as it is: a program is bounded more than once. */
static void bound_number(uint64_t *number, uint64_t most)
{
	if (*number > most || !*number)
		*number = 1 + *number % most;
}

/* Some cost a copy of a megabyte each time, or a grace period. */
static uint64_t most_repeats(const struct call *call, bool racing)
{
	const struct member *member;

	switch (call->name) {
	case CALL_RAW:
	case CALL_CREATE:
	case CALL_CLEAR:
	case CALL_FREEZE:
	case CALL_RESERVE:
	case CALL_SHRINK:
		return 3;
	default:
		break;
	}
	for (member = kind_of(call)->members; member->name; member++)
		if ((member->role == ROLE_LEN || member->role == ROLE_COUNT) &&
		    call->values[member - kind_of(call)->members].number >
		    (member->role == ROLE_LEN ? 8192 : 16))
			return 3;
	/* A race is run many times. */
	return racing ? 8 : 400;
}

/* More keys than that only where they soon end. */
static void bound_count(struct call *call)
{
	const struct pointer *keys = &value_of(call, "keys")->pointer;
	uint64_t *count = &value_of(call, "count")->number;

	switch (keys->window) {
	case WINDOW_NULL:
	case WINDOW_NONE:
	case WINDOW_KERNEL:
		return;
	case WINDOW_EDGE:
		if (keys->offset > -16384)
			return;
		/* fallthrough */
	default:
		if (*count > 2048)
			*count %= 2048;
	}
}

/* What the text of a program has no words for is forgotten (text.h). */
static void bound_content(struct content *content)
{
	if (!content->count)
		*content = (struct content){};
	if (!content->record)
		content->value_size = 0;
}

static void bound_call(struct call *call, bool racing, bool signals)
{
	const struct member *member;

	if (!is_ioctl(call))
		return;
	for (member = kind_of(call)->members; member->name; member++)
		if (member->type == POINTER)
			bound_content(&call->values[member - kind_of(call)->members]
				      .pointer.content);
	if (call->name == CALL_BATCH)
		bound_count(call);
	/* What a signal puts on the stack is a copy that can fail: deadly. */
	if (signals)
		call->values[MEMBER_FAULT].number = 0;
	bound_number(&call->values[MEMBER_REPEAT].number,
		     most_repeats(call, racing));
}

void bound_program(struct program *program)
{
	unsigned int i;
	bool racing;

	for (i = 0; i < program->nr; i++) {
		racing = program->race && i >= program->race_at;
		bound_call(&program->calls[i], racing,
			   racing && program->race & RACE_SIGNAL);
	}
	if (program->race_at >= program->nr)
		program->race = 0;
	if (!program->race)
		program->race_at = 0;
}

void remove_call(struct program *program, unsigned int index)
{
	memmove(&program->calls[index], &program->calls[index + 1],
		(program->nr - index - 1) * sizeof(*program->calls));
	program->nr--;
	if (program->race_at > index)
		program->race_at--;
}
