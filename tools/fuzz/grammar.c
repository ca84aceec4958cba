// SPDX-License-Identifier: GPL-2.0-only
/*
 * What calls are worth making. A new call is one that should work: it is made on
 * a map that earlier calls have created, with lengths that the map has. Then
 * some members get other values, from those at which something may change: the
 * limits of the ABI and of the module's own sizes, and one beside them.
 *
 * See grammar.h.
 */
#include <linux/gomap.h>
#include <string.h>

#include "grammar.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define PICK(random, array) ((array)[random_below(random, ARRAY_SIZE(array))])

enum {
	/* Where a call that should work has its things, in a window. */
	KEYS_AT = 0x1000,
	VALUES_AT = 0x100000,
	OTHER_AT = 0x300000,
	/* Keys that calls have in common: so many, or some more. */
	FEW_KEYS = 10,
	MANY_KEYS = 1000,
	/* A map of so many grows, and is not done before the next call. */
	BATCH_MAX = 300,
	LARGE_BATCH_MAX = 2000,
	/* Below it, every length is of another shape. */
	SMALL_SIZE = 24,
};

/* What a map looks like, as far as the program tells. */
struct shape {
	uint64_t flags;
	uint64_t key_size;
	uint64_t value_size;
};

/* Values */

static const uint64_t key_sizes[] = {
	1, 2, 4, 4, 8, 8, 8, 8, 16, 20, 40, 100, 120, 128, 129, 300, 4096,
};

static const uint64_t value_sizes[] = {
	0, 0, 1, 4, 4, 8, 8, 8, 8, 16, 64, 120, 128, 129, 200, 4096, 20000,
	1 << 20,
};

static const uint64_t odd_sizes[] = {
	0, 1, 7, 9, 127, 129, 4095, 4097, (1 << 20) + 1, 1U << 31, UINT32_MAX,
};

static const uint64_t entries[] = {
	1, 2, 7, 8, 52, 53, 104, 416, 1000, 5000, 1ULL << 31, (1ULL << 31) + 1,
	1ULL << 32, UINT64_MAX,
};

static const uint64_t bytes[] = {
	0, 1, 1024, 2048, 4096, 8192, 65536, 1 << 20, 1ULL << 63, UINT64_MAX,
};

static const char *const names[] = {
	"a", "a", "a", "b", "b", "c", "control", "-a", ".", "..", "a/b", "a b",
	"0._-Z", "\x80",
	"123456789012345678901234567890123456789012345678901234567890123",
	"1234567890123456789012345678901234567890123456789012345678901234",
};

static const char *const formats[] = {
	"u64", "str", "", "a b", "\x7f", "123456789012345",
	"1234567890123456",
};

static uint64_t any_number(struct random *random)
{
	static const uint64_t numbers[] = {
		0, 1, 2, 255, 65535, 65536, INT32_MAX, UINT32_MAX, UINT64_MAX,
		1ULL << 63,
	};

	return one_in(random, 3) ? random_u64(random) : PICK(random, numbers);
}

static uint64_t struct_size(struct random *random, const struct call *call)
{
	uint64_t size = kind_of(call)->arg_size;
	const uint64_t sizes[] = {
		0, 4, 8, size - 8, size - 1, size + 1, size + 8, 4096, 4097,
		UINT32_MAX,
	};

	return PICK(random, sizes);
}

static uint64_t beside(struct random *random, uint64_t length)
{
	const uint64_t lengths[] = {
		0, 1, length - 1, length + 1, length / 2, length * 2, 8, 127,
		128, 129, 4096, 4097, 16384, 1 << 20, UINT32_MAX,
	};

	return PICK(random, lengths);
}

/* Another value for a number, of which @now is one. */
static uint64_t odd_number(struct random *random, const struct call *call,
			   enum role role, uint64_t now)
{
	static const uint64_t modes[] = { 0, 0600, 0644, 0777, 01000 };
	static const uint64_t ids[] = { 0, 1000, 65534, UINT32_MAX };
	static const uint64_t shards[] = { 1, 2, 3, 8, 65536, 65537 };

	switch (role) {
	case ROLE_SIZE:
		return struct_size(random, call);
	case ROLE_FLAGS:
		return one_in(random, 5) ? 1U << random_below(random, 32) :
					   random_below(random, 4);
	case ROLE_KEY_SIZE:
	case ROLE_VALUE_SIZE:
		return PICK(random, odd_sizes);
	case ROLE_MAX_ENTRIES:
	case ROLE_ENTRIES:
		return PICK(random, entries);
	case ROLE_MAX_BYTES:
		return PICK(random, bytes);
	case ROLE_MODE:
		return PICK(random, modes);
	case ROLE_ID:
		return PICK(random, ids);
	case ROLE_LEN:
		return beside(random, now);
	case ROLE_COUNT:
		return one_in(random, 8) ? UINT32_MAX :
					   random_below(random, BATCH_MAX);
	case ROLE_OP:
		return random_below(random, 4);
	case ROLE_SHARDS:
		return PICK(random, shards);
	case ROLE_REPEAT:
		return 1 + random_below(random, one_in(random, 6) ? 300 : 10);
	case ROLE_SMALL:
		return random_below(random, 3);
	case ROLE_FAULT:
		return random_below(random, one_in(random, 4) ? 60 : 12);
	case ROLE_COMMAND:
		return _IO(GOMAP_IOCTL_TYPE, random_below(random, 0x12)) ^
		       (one_in(random, 3) ? 1U << random_below(random, 32) : 0);
	default:
		return any_number(random);
	}
}

static void set_text(union value *value, const char *text)
{
	size_t len = strlen(text);

	memset(value->text, 0, FUZZ_TEXT);
	memcpy(value->text, text, len < FUZZ_TEXT ? len : FUZZ_TEXT);
}

static void odd_bytes(struct random *random, unsigned char *bytes, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (one_in(random, 4))
			bytes[i] = one_in(random, 2) ? 0 : random_u64(random);
}

static void odd_pointer(struct random *random, struct pointer *pointer)
{
	static const int64_t ends[] = { -1, -4, -8, -16, -64, -100, -4096 };

	switch (random_below(random, 7)) {
	case 0:
		pointer->window = random_below(random, NR_WINDOWS);
		pointer->offset = 0;
		break;
	case 6:
		/* Where arguments are: one overwrites the other. */
		pointer->offset = random_below(random, KEYS_AT);
		break;
	case 1:
		/* What is there no longer fits, or only just. */
		pointer->window = WINDOW_EDGE;
		pointer->offset = PICK(random, ends);
		break;
	case 2:
		pointer->window = random_below(random, NR_WINDOWS);
		break;
	case 3:
		pointer->offset += random_below(random, 17) - 8;
		break;
	case 4:
		pointer->content.first = random_below(random, MANY_KEYS);
		break;
	default:
		pointer->content.count = random_below(random, BATCH_MAX);
		pointer->content.record = one_in(random, 2);
	}
}

static void odd_member(struct random *random, struct call *call,
		       unsigned int index)
{
	const struct member *member = &kind_of(call)->members[index];
	union value *value = &call->values[index];

	if (member->type == POINTER)
		odd_pointer(random, &value->pointer);
	else if (member->type == NUMBER)
		value->number = odd_number(random, call, member->role,
					   value->number);
	else if (member->role == ROLE_BYTES || one_in(random, 8))
		odd_bytes(random, value->text, member->size);
	else if (member->role == ROLE_FORMAT)
		set_text(value, PICK(random, formats));
	else
		set_text(value, PICK(random, names));
	/* The ABI has numbers of 32 bits. */
	if (member->type == NUMBER && member->size == 4)
		value->number = (uint32_t)value->number;
}

/* Any member, but a pointer half of the time: most of what a call does may fault. */
static unsigned int pick_member(struct random *random, const struct call *call,
				unsigned int nr)
{
	bool want_pointer = is_ioctl(call) && one_in(random, 2);
	unsigned int i;

	do {
		i = random_below(random, nr);
	} while (want_pointer && kind_of(call)->members[i].type != POINTER);
	return i;
}

static void make_odd(struct random *random, struct call *call)
{
	const struct call_kind *kind = kind_of(call);
	unsigned int nr = 0;

	while (nr < FUZZ_MEMBERS && kind->members[nr].name)
		nr++;
	if (nr)
		odd_member(random, call, pick_member(random, call, nr));
	if (one_in(random, 16) && kind->takes_fd)
		call->fd = random_below(random, FUZZ_FDS);
}

/* Calls that should work */

static struct shape find_shape(const struct program *program, unsigned int before,
			       int fd);

static struct shape named_shape(const struct program *program,
				unsigned int before, const unsigned char *name)
{
	struct call call;

	while (before--) {
		call = program->calls[before];
		if (call.name == CALL_CREATE &&
		    !memcmp(value_of(&call, "name")->text, name, FUZZ_TEXT))
			return find_shape(program, before + 1, call.gives);
	}
	return (struct shape){ 0, 8, 8 };
}

/* That of the map that descriptor @fd is of, when the call @before is made. */
static struct shape find_shape(const struct program *program, unsigned int before,
			       int fd)
{
	struct call call;

	while (before--) {
		call = program->calls[before];
		if (call.gives != fd || call.gives < 0)
			continue;
		if (call.name == CALL_DUP || call.name == CALL_REOPEN)
			return find_shape(program, before, call.fd);
		if (call.name == CALL_OPEN)
			return named_shape(program, before, call.values[0].text);
		return (struct shape){
			.flags = call.values[MEMBER_FLAGS].number,
			.key_size = value_of(&call, "key_size")->number,
			.value_size = value_of(&call, "value_size")->number,
		};
	}
	return (struct shape){ 0, 8, 8 };
}

/* A descriptor of a map, if there is one yet. */
static int pick_map(struct random *random, const struct program *program,
		    unsigned int before)
{
	int fds[FUZZ_CALLS];
	unsigned int nr = 0;

	while (before--)
		if (program->calls[before].gives > FUZZ_CONTROL_READ)
			fds[nr++] = program->calls[before].gives;
	return nr ? fds[random_below(random, nr)] : FUZZ_CONTROL_READ + 1;
}

static int new_fd(struct random *random)
{
	return FUZZ_CONTROL_READ + 1 +
	       random_below(random, FUZZ_FDS - FUZZ_CONTROL_READ - 1);
}

static bool has_records(const struct shape *shape)
{
	return shape->flags & (GOMAP_VAR_KEY | GOMAP_VAR_VALUE);
}

static uint32_t key_len(struct random *random, const struct shape *shape)
{
	if (!(shape->flags & GOMAP_VAR_KEY) || one_in(random, 8))
		return shape->key_size;
	return random_below(random, shape->key_size % 64 + 1);
}

static uint32_t value_len(struct random *random, const struct shape *shape)
{
	if (!(shape->flags & GOMAP_VAR_VALUE) || one_in(random, 8))
		return shape->value_size;
	return random_below(random, shape->value_size % 512 + 1);
}

static enum window good_window(struct random *random)
{
	static const enum window good[] = {
		WINDOW_RW, WINDOW_RW, WINDOW_RW, WINDOW_EDGE, WINDOW_SHARED,
		WINDOW_FLIP,
	};

	return PICK(random, good);
}

/* @size bytes at a place where they fit; @number is what they say. */
static void point(struct random *random, struct pointer *pointer,
		  int64_t offset, uint32_t size, uint64_t number)
{
	pointer->window = good_window(random);
	pointer->offset = pointer->window == WINDOW_EDGE ? -(int64_t)size :
							   offset;
	pointer->content = (struct content){
		.first = number, .count = 1, .size = size,
	};
}

static uint64_t some_key(struct random *random)
{
	return random_below(random, one_in(random, 4) ? MANY_KEYS : FEW_KEYS);
}

static void fill_create(struct random *random, struct call *call)
{
	call->gives = new_fd(random);
	call->fd = FUZZ_CONTROL;
	if (one_in(random, 2))
		call->values[MEMBER_FLAGS].number = random_below(random, 4);
	value_of(call, "key_size")->number =
		one_in(random, 3) ? 1 + random_below(random, SMALL_SIZE) :
				    PICK(random, key_sizes);
	value_of(call, "value_size")->number =
		one_in(random, 3) ? random_below(random, SMALL_SIZE) :
				    PICK(random, value_sizes);
	if (one_in(random, 4))
		value_of(call, "max_entries")->number =
			1 + random_below(random, 200);
	if (one_in(random, 4))
		value_of(call, "max_bytes")->number =
			1ULL << (10 + random_below(random, 10));
	if (one_in(random, 6))
		value_of(call, "reserve")->number = random_below(random, 200);
	if (one_in(random, 3)) {
		set_text(value_of(call, "name"), names[random_below(random, 6)]);
		value_of(call, "mode")->number = 0644;
	}
}

static bool has_other(struct random *random, struct call *call)
{
	switch (call->name) {
	case CALL_SWAP:
	case CALL_COMPARE_EXCHANGE:
		return true;
	case CALL_INSERT:
		if (!one_in(random, 6))
			return false;
		call->values[MEMBER_FLAGS].number = GOMAP_INSERT_NEW;
		return true;
	default:
		return false;
	}
}

static bool has_value(struct random *random, struct call *call)
{
	if (call->name == CALL_LOOKUP)
		return !one_in(random, 4);
	if (call->name != CALL_DELETE)
		return true;
	call->values[MEMBER_FLAGS].number = random_below(random, 2);
	return call->values[MEMBER_FLAGS].number & GOMAP_DELETE_EQUAL;
}

static void fill_op(struct random *random, struct call *call,
		    const struct shape *shape)
{
	uint32_t len = key_len(random, shape);

	point(random, &value_of(call, "key")->pointer, KEYS_AT, len,
	      some_key(random));
	value_of(call, "key_len")->number = len;
	if (one_in(random, 4))
		call->values[MEMBER_REPEAT].number =
			odd_number(random, call, ROLE_REPEAT, 1);
	if (call->name == CALL_INSERT)
		call->values[MEMBER_FLAGS].number = random_below(random, 3);
	if (has_value(random, call)) {
		len = value_len(random, shape);
		point(random, &value_of(call, "value")->pointer, VALUES_AT, len,
		      random_below(random, 3));
		value_of(call, "value_len")->number = len;
	}
	if (has_other(random, call)) {
		len = value_len(random, shape);
		point(random, &value_of(call, "other")->pointer, OTHER_AT, len,
		      random_below(random, 3));
		value_of(call, "other_len")->number = len;
	}
}

static void fill_add(struct random *random, struct call *call,
		     const struct shape *shape)
{
	uint32_t len = key_len(random, shape);

	call->values[MEMBER_FLAGS].number = random_below(random, 3);
	point(random, &value_of(call, "key")->pointer, KEYS_AT, len,
	      some_key(random));
	value_of(call, "key_len")->number = len;
	value_of(call, "delta")->number = any_number(random);
}

static void fill_scan(struct random *random, struct call *call,
		      const struct shape *shape)
{
	uint64_t size = (16 + shape->key_size + shape->value_size) *
			(1 + random_below(random, one_in(random, 3) ? 200 : 8));
	struct pointer *buffer = &value_of(call, "buffer")->pointer;

	size = size < 1 << 21 ? size : 1 << 21;
	point(random, buffer, VALUES_AT, size, 0);
	buffer->content.count = 0;
	value_of(call, "buffer_size")->number = size;
	if (one_in(random, 3)) {
		value_of(call, "shards")->number = 1 << random_below(random, 5);
		value_of(call, "shard")->number =
			random_below(random, value_of(call, "shards")->number);
	}
	/* To where the scan is done, or on from where it was. */
	if (one_in(random, 3))
		call->values[MEMBER_REPEAT].number = 5;
	call->values[MEMBER_AGAIN].number = one_in(random, 3);
}

static uint32_t record_size(uint32_t key, uint32_t value)
{
	return sizeof(struct gomap_record) + (key + value + 7) / 8 * 8;
}

static void fill_keys(struct random *random, struct call *call,
		      const struct shape *shape, uint32_t count, uint64_t op)
{
	struct pointer *keys = &value_of(call, "keys")->pointer;
	uint32_t key = key_len(random, shape), size = key, value = 0;

	if (has_records(shape)) {
		value = op == GOMAP_BATCH_INSERT ? value_len(random, shape) : 0;
		size = record_size(key, value);
		value_of(call, "keys_size")->number = size * count;
	}
	point(random, keys, KEYS_AT, size * count, some_key(random));
	keys->content.count = count;
	keys->content.size = key;
	keys->content.record = has_records(shape);
	keys->content.value_size = value;
}

static void fill_values(struct random *random, struct call *call,
			const struct shape *shape, uint32_t count, uint64_t op)
{
	struct pointer *values = &value_of(call, "values")->pointer;
	uint32_t size = shape->value_size;

	if (has_records(shape) ? op != GOMAP_BATCH_LOOKUP :
				 op == GOMAP_BATCH_DELETE)
		return;
	if (has_records(shape)) {
		size = record_size(0, size);
		value_of(call, "values_size")->number = size * count;
	}
	point(random, values, VALUES_AT, size * count, 0);
	values->content.count = op == GOMAP_BATCH_INSERT ? count : 0;
	values->content.size = size;
}

static void fill_batch(struct random *random, struct call *call,
		       const struct shape *shape)
{
	uint64_t op = random_below(random, 3);
	uint32_t most = (2 << 20) / (shape->key_size + shape->value_size + 16);
	uint32_t limit = one_in(random, 8) ? LARGE_BATCH_MAX : BATCH_MAX;
	uint32_t count;

	most = most < limit ? most + 1 : limit;
	count = 1 + random_below(random, one_in(random, 2) ? 6 : most);
	value_of(call, "op")->number = op;
	value_of(call, "count")->number = count;
	if (op == GOMAP_BATCH_INSERT)
		call->values[MEMBER_FLAGS].number = random_below(random, 3);
	fill_keys(random, call, shape, count, op);
	fill_values(random, call, shape, count, op);
	if (one_in(random, 2))
		point(random, &value_of(call, "results")->pointer, OTHER_AT,
		      4 * count, 0);
}

static void fill_raw(struct random *random, struct call *call)
{
	unsigned char *bytes = value_of(call, "bytes")->text;
	int i;

	for (i = 0; i < 4; i++)
		odd_bytes(random, bytes, FUZZ_TEXT);
	/* Without a good size it doesn't get far. */
	bytes[0] = 8 * random_below(random, 9);
	memset(bytes + 1, 0, 3);
	value_of(call, "command")->number = odd_number(random, call,
						       ROLE_COMMAND, 0);
	if (one_in(random, 4))
		call->fd = random_below(random, FUZZ_FDS);
}

static void fill_call(struct random *random, struct call *call,
		      const struct program *program, unsigned int at)
{
	int fd = pick_map(random, program, at);
	struct shape shape = find_shape(program, at, fd);
	int name;

	if (kind_of(call)->takes_fd)
		call->fd = fd;
	if (kind_of(call)->gives_fd)
		call->gives = new_fd(random);
	switch (call->name) {
	case CALL_CREATE:
		fill_create(random, call);
		break;
	case CALL_NEXT:
		call->fd = FUZZ_CONTROL;
		break;
	case CALL_REMOVE:
		call->fd = FUZZ_CONTROL;
		/* fallthrough */
	case CALL_OPEN:
	case CALL_SYSFS:
		name = find_member(kind_of(call), "name");
		set_text(&call->values[name], names[random_below(random, 6)]);
		if (call->name == CALL_OPEN)
			call->values[1].number = random_below(random, 3);
		break;
	case CALL_FETCH_ADD:
		fill_add(random, call, &shape);
		break;
	case CALL_SCAN:
		fill_scan(random, call, &shape);
		break;
	case CALL_BATCH:
		fill_batch(random, call, &shape);
		break;
	case CALL_RESERVE:
		value_of(call, "entries")->number = random_below(random, 2000);
		break;
	case CALL_RAW:
		fill_raw(random, call);
		break;
	default:
		if (kind_of(call)->arg_size == sizeof(struct gomap_op_args))
			fill_op(random, call, &shape);
	}
}

/* More of some, as of them there is more to try. */
static enum call_name pick_name(struct random *random)
{
	static const enum call_name often[] = {
		CALL_CREATE, CALL_INSERT, CALL_INSERT, CALL_INSERT, CALL_BATCH,
		CALL_BATCH, CALL_BATCH, CALL_SCAN, CALL_SCAN, CALL_LOOKUP,
		CALL_DELETE, CALL_SWAP, CALL_TAKE,
	};

	return one_in(random, 2) ? PICK(random, often) :
				   random_below(random, NR_CALLS);
}

static void insert_call(struct random *random, struct program *program,
			unsigned int at, enum call_name name)
{
	struct call *call = &program->calls[at];

	if (program->nr == FUZZ_CALLS)
		return;
	memmove(call + 1, call, (program->nr - at) * sizeof(*call));
	program->nr++;
	if (program->race_at > at)
		program->race_at++;
	init_call(call, name);
	fill_call(random, call, program, at);
	if (is_ioctl(call) && one_in(random, 8))
		call->values[MEMBER_FAULT].number =
			odd_number(random, call, ROLE_FAULT, 0);
	while (one_in(random, 4))
		make_odd(random, call);
}

/* Races */

static void pick_race(struct random *random, struct program *program)
{
	program->race = random_below(random, 1 << NR_RACES) &
			random_below(random, 1 << NR_RACES);
	program->race_at = random_below(random, program->nr + 1);
}

/* Programs */

void generate_program(struct random *random, struct program *program)
{
	unsigned int nr = 2 + random_below(random, FUZZ_CALLS / 2);

	memset(program, 0, sizeof(*program));
	insert_call(random, program, 0, CALL_CREATE);
	while (program->nr < nr)
		insert_call(random, program, program->nr, pick_name(random));
	if (one_in(random, 4))
		pick_race(random, program);
	bound_program(program);
}

/* The end of the other in the place of this one's. */
static void splice(struct random *random, struct program *program,
		   const struct program *other)
{
	unsigned int at = random_below(random, program->nr + 1);
	unsigned int from = random_below(random, other->nr + 1);

	while (at < FUZZ_CALLS && from < other->nr)
		program->calls[at++] = other->calls[from++];
	program->nr = at;
}

static void mutate_once(struct random *random, struct program *program,
			const struct program *other)
{
	unsigned int at = random_below(random, program->nr + 1);

	switch (random_below(random, 10)) {
	case 0:
		splice(random, program, other);
		break;
	case 1:
		pick_race(random, program);
		break;
	case 2:
		if (at < program->nr)
			remove_call(program, at);
		break;
	case 3:
	case 4:
	case 5:
		insert_call(random, program, at, pick_name(random));
		break;
	default:
		if (at < program->nr)
			make_odd(random, &program->calls[at]);
	}
}

void mutate_program(struct random *random, struct program *program,
		    const struct program *other)
{
	do {
		mutate_once(random, program, other);
	} while (!one_in(random, 3));
	/* It would take most of the time: it costs ten times as much. */
	if (!one_in(random, 4))
		program->race = 0;
	bound_program(program);
}
