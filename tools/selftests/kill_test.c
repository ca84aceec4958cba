// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients that are killed in the middle of what they do. Whatever moment it is,
 * the map is whole afterwards, and others go on using it.
 */
#include "gomap_test.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>

#include <linux/userfaultfd.h>

enum {
	CLIENTS = 3,
	MAKERS = 25,		/* of maps, killed one after the other */
	STABLE = 64,		/* keys that are there all the time; then others follow */
	KEYS = 1000,
};

/*
 * A value that tells which key it belongs to and whether it is in one piece: the
 * first word is random, and the others follow from it and the key.
 */
struct record {
	__u64 words[12];
};

static void make_record(struct record *record, __u32 key, __u64 nonce)
{
	__u64 state = nonce ^ key;

	record->words[0] = nonce;
	for (size_t i = 1; i < ARRAY_SIZE(record->words); i++)
		record->words[i] = next_random(&state);
}

static bool is_record_of(const struct record *record, __u32 key)
{
	struct record right;

	make_record(&right, key, record->words[0]);
	return !memcmp(&right, record, sizeof(right));
}

/* What children who will be killed count, so that somebody knows that they lived. */
struct counts {
	unsigned int acts;
	unsigned int unloads;	/* tried */
};

static struct counts *make_counts(void)
{
	return mmap(NULL, sizeof(struct counts), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

FIXTURE(kill) {
	__u64 seed;
	/* Those that may be alive, or 0. */
	pid_t unloader;
	pid_t clients[CLIENTS];
};

FIXTURE_VARIANT(kill) {
	__u32 flags;
	__u32 key_size;
	__u32 value_size;
};

FIXTURE_VARIANT_ADD(kill, in_slots) { 0, 4, sizeof(struct record) };
FIXTURE_VARIANT_ADD(kill, entries) { GOMAP_VAR_VALUE, 4, sizeof(struct record) };
FIXTURE_VARIANT_ADD(kill, set) { 0, 4, 0 };

static int put(int map, const FIXTURE_VARIANT(kill) *variant, __u32 key, __u64 nonce, __u32 flags)
{
	struct record record;

	make_record(&record, key, nonce);
	return map_insert(map, &key, sizeof(key), &record, variant->value_size, flags);
}

/* 0 if the key is there with a whole value of its own, -EBADMSG if with another. */
static int get(int map, const FIXTURE_VARIANT(kill) *variant, __u32 key)
{
	struct record record;
	__u32 len = variant->value_size;
	int ret = map_lookup(map, &key, sizeof(key), &record, &len);

	if (ret)
		return ret;
	if (len != variant->value_size || (len && !is_record_of(&record, key)))
		return -EBADMSG;
	return 0;
}

/* How many entries a scan delivers if they are whole and all stable ones among them, or -errno. */
static long long scan_all(int map, const FIXTURE_VARIANT(kill) *variant)
{
	const __u32 pair_size = 4 + variant->value_size;
	char buffer[4096];
	struct gomap_scan_args args = scan_args(buffer, sizeof(buffer));
	long long entries = 0, stable = 0;

	do {
		int ret = map_scan(map, &args);
		char *at = buffer;

		if (ret)
			return ret;
		for (__u32 i = 0; i < args.count; i++) {
			char *pair = variant->flags ? at + sizeof(struct gomap_record) : at;
			struct record record;
			__u32 key;

			memcpy(&key, pair, 4);
			memcpy(&record, pair + 4, variant->value_size);
			if (key >= KEYS || (variant->value_size && !is_record_of(&record, key)))
				return -EBADMSG;
			stable += key < STABLE;
			at += variant->flags ? record_size(4, variant->value_size) : pair_size;
		}
		entries += args.count;
	} while (!args.done);
	return stable == STABLE ? entries : -ENODATA;
}

/* A map with the stable keys, or -errno. */
static int start(const FIXTURE_VARIANT(kill) *variant)
{
	int map = map_create(map_args(variant->flags, variant->key_size, variant->value_size));

	for (__u32 key = 0; key < STABLE; key++) {
		int ret = map < 0 ? map : put(map, variant, key, key, GOMAP_INSERT_NEW);

		if (ret)
			return ret;
	}
	return map;
}

FIXTURE_SETUP(kill)
{
	self->seed = random_seed();
}

/* How it ended. No child is killed twice: its number may be another's by then. */
static int kill_child(pid_t *child)
{
	pid_t pid = *child;

	*child = 0;
	kill(pid, SIGKILL);
	return child_end(pid);
}

/* A test that is broken off leaves clients that go on, and what they made. */
FIXTURE_TEARDOWN(kill)
{
	for (int i = 0; i < CLIENTS; i++)
		if (self->clients[i] > 0)
			kill_child(&self->clients[i]);
	if (self->unloader > 0)
		kill_child(&self->unloader);
	remove_test_maps();
}

/* A client's life. It ends by itself only if it sees something wrong. */

struct client {
	const FIXTURE_VARIANT(kill) *variant;
	int map;
	__u64 seed;
};

#define INSIST(right) insist(right, #right, __LINE__)

static void insist(bool right, const char *what, int line)
{
	if (right)
		return;
	dprintf(STDERR_FILENO, "# a client, line %d: not %s; the last error was %s\n", line, what,
		strerror(errno));
	_exit(1);
}

static __u32 stable_key(struct client *me)
{
	return next_random(&me->seed) % STABLE;
}

static __u32 other_key(struct client *me)
{
	return STABLE + next_random(&me->seed) % (KEYS - STABLE);
}

static void update_stable(struct client *me)
{
	INSIST(!put(me->map, me->variant, stable_key(me), me->seed, GOMAP_INSERT_EXISTING));
}

static void look_up(struct client *me)
{
	int ret = get(me->map, me->variant, other_key(me));

	INSIST(!ret || ret == -ENOENT);
	INSIST(!get(me->map, me->variant, stable_key(me)));
}

static void insert(struct client *me)
{
	INSIST(!put(me->map, me->variant, other_key(me), me->seed, 0));
}

static void delete(struct client *me)
{
	__u32 key = other_key(me);
	int ret = map_delete(me->map, &key, sizeof(key));

	INSIST(!ret || ret == -ENOENT);
}

static void swap_stable(struct client *me)
{
	__u32 key = stable_key(me), size = me->variant->value_size;
	struct record new, old;
	struct gomap_op_args args = op_args(&key, sizeof(key), &new, size);

	args.other = user_ptr(&old);
	args.other_len = size;
	make_record(&new, key, me->seed);
	INSIST(!map_op(me->map, GOMAP_IOCTL_SWAP, &args));
	INSIST(!size || is_record_of(&old, key));
}

static void take(struct client *me)
{
	__u32 key = other_key(me), size = me->variant->value_size;
	struct record record;
	struct gomap_op_args args = op_args(&key, sizeof(key), &record, size);
	int ret = map_op(me->map, GOMAP_IOCTL_TAKE, &args);

	INSIST(!ret || ret == -ENOENT);
	INSIST(ret || !size || is_record_of(&record, key));
}

/* Keys, and values as they lie beside them or, of variable length, between them. */
static void batch(struct client *me, __u32 op)
{
	enum { NUMBER = 50 };
	const __u32 size = me->variant->value_size;
	const bool records = me->variant->flags, insert = op == GOMAP_BATCH_INSERT;
	char keys[NUMBER * (sizeof(struct gomap_record) + sizeof(struct record) + 8)] = {};
	char values[NUMBER * (sizeof(struct gomap_record) + sizeof(struct record))];
	__s32 results[NUMBER];
	struct gomap_batch_args args = {
		.size = sizeof(args),
		.op = op,
		.count = NUMBER,
		.keys = user_ptr(keys),
		.values = size && op != GOMAP_BATCH_DELETE ? user_ptr(values) : 0,
		.results = user_ptr(results),
	};
	char *at = keys;

	for (int i = 0; i < NUMBER; i++) {
		__u32 key = other_key(me);
		struct gomap_record head = { .key_len = 4, .value_len = insert ? size : 0 };
		struct record record;

		make_record(&record, key, me->seed);
		if (records) {
			memcpy(at, &head, sizeof(head));
			memcpy(at + sizeof(head), &key, 4);
			memcpy(at + sizeof(head) + 4, &record, head.value_len);
			at += record_size(4, head.value_len);
		} else {
			memcpy(at, &key, 4);
			memcpy(values + i * size, &record, size);
			at += 4;
		}
	}
	if (records) {
		args.keys_size = at - keys;
		args.values = op == GOMAP_BATCH_LOOKUP ? user_ptr(values) : 0;
		args.values_size = op == GOMAP_BATCH_LOOKUP ? sizeof(values) : 0;
	}
	INSIST(!map_batch(me->map, &args));
	INSIST(args.done == NUMBER);
	for (int i = 0; i < NUMBER; i++)
		INSIST(!results[i] || (results[i] == -ENOENT && !insert));
}

static void insert_many(struct client *me)
{
	batch(me, GOMAP_BATCH_INSERT);
}

static void look_up_many(struct client *me)
{
	batch(me, GOMAP_BATCH_LOOKUP);
}

static void delete_many(struct client *me)
{
	batch(me, GOMAP_BATCH_DELETE);
}

static void scan(struct client *me)
{
	INSIST(scan_all(me->map, me->variant) >= STABLE);
}

static void resize(struct client *me)
{
	INSIST(!map_whole(me->map, GOMAP_IOCTL_RESERVE, next_random(&me->seed) % (2 * KEYS)));
	INSIST(!map_whole(me->map, GOMAP_IOCTL_SHRINK, 0));
}

/* A map that nobody else knows. */
static void use_own_map(struct client *me)
{
	int map = map_create(map_args(GOMAP_VAR_KEY, 100, 8));
	__u64 old;

	INSIST(map >= 0);
	for (__u64 key = 0; key < 30; key++)
		INSIST(!u64_insert(map, key, key, GOMAP_INSERT_NEW));
	INSIST(!u64_fetch_add(map, 1, 1, &old, 0) && old == 1);
	INSIST(!map_whole(map, GOMAP_IOCTL_CLEAR, 0));
	INSIST(!map_entries(map));
	INSIST(!map_whole(map, GOMAP_IOCTL_RESERVE, me->seed % KEYS));
	close(map);
}

/* One that all clients make, fill and remove, and of which they leave what they leave. */
static void use_named_map(struct client *me)
{
	int map = map_create(named_args(NAME)), ret;
	long long entries;

	INSIST(map >= 0 || map == -EEXIST);
	close(map);
	map = map_open(NODE, O_RDWR);
	INSIST(map >= 0 || map == -ENOENT || map == -ENXIO);
	if (map >= 0) {
		for (__u64 key = 0; key < 30; key++)
			INSIST(!u64_insert(map, key, me->seed, 0));
		entries = map_entries(map);
		INSIST(entries >= 0 && entries <= 30);
		INSIST(!map_whole(map, GOMAP_IOCTL_CLEAR, 0));
		close(map);
	}
	ret = map_remove(NAME);
	INSIST(!ret || ret == -ENOENT);
}

static void live(struct client *me, struct counts *counts)
{
	static void (*const acts[])(struct client *me) = {
		insert, insert, insert, delete, look_up, look_up, update_stable, swap_stable, take,
		insert_many, look_up_many, delete_many, scan, resize, use_own_map, use_named_map,
	};

	for (;; __atomic_add_fetch(&counts->acts, 1, __ATOMIC_RELAXED))
		acts[next_random(&me->seed) % ARRAY_SIZE(acts)](me);
}

/* A life is short most of the time: 16 ms at most, a millisecond on the average. */
static void wait_a_moment(__u64 *seed)
{
	__u64 limit = 1 << next_random(seed) % 15;

	usleep(next_random(seed) % limit);
}

/* Ends by itself only if it was allowed to unload the module, or told something strange. */
static void try_to_unload(struct counts *counts)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (module_unload() == -EWOULDBLOCK) {
		counts->unloads++;
		usleep(300);
	}
	_exit(1);
}

/* Nodes beside that of the control device. */
static int count_nodes(void)
{
	DIR *dir = opendir(DEV_DIR);
	struct dirent *entry;
	int nodes = 0;

	while (dir && (entry = readdir(dir)))
		nodes += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return nodes - 1;
}

static unsigned int wish_rounds(void)
{
	return wish("GOMAP_ROUNDS", 100);
}

/*
 * A new map in each round, so that the clients die at any stage of its growth,
 * and the module stays until the last of them is gone, but no longer. For as long
 * as is wished, and that many rounds at least, which a slow machine has time for, too.
 */
TEST_F_TIMEOUT(kill, map_is_whole_after_every_kill_and_nothing_else_is_left,
	       TEST_TIMEOUT_DEFAULT + wish_seconds() + wish_rounds())
{
	struct counts *counts = make_counts();
	const unsigned int least = wish_rounds();
	double end = now() + wish_seconds();
	int map = start(variant);
	unsigned int rounds;

	ASSERT_LE(0, map);
	self->unloader = fork();
	ASSERT_LE(0, self->unloader);
	if (!self->unloader)
		try_to_unload(counts);
	for (rounds = 0; rounds < least || now() < end; rounds++) {
		int next;

		for (int i = 0; i < CLIENTS; i++) {
			struct client client = { variant, map, next_random(&self->seed) };

			self->clients[i] = fork();
			ASSERT_LE(0, self->clients[i]);
			if (!self->clients[i]) {
				prctl(PR_SET_PDEATHSIG, SIGKILL);
				live(&client, counts);
			}
		}
		for (int i = 0; i < CLIENTS; i++) {
			wait_a_moment(&self->seed);
			ASSERT_EQ(-SIGKILL, kill_child(&self->clients[i]));
		}

		for (__u32 key = 0; key < STABLE; key++) {
			ASSERT_EQ(0, get(map, variant, key)) {
				TH_LOG("round %u, key %u", rounds, key);
			}
		}
		ASSERT_EQ(scan_all(map, variant), map_entries(map));
		map_remove(NAME);
		ASSERT_EQ(0, count_nodes());
		next = start(variant);
		ASSERT_LE(0, next);
		close(map);
		map = next;
	}
	EXPECT_EQ(-SIGKILL, kill_child(&self->unloader));
	EXPECT_LT(0, counts->unloads);
	EXPECT_LT(0, counts->acts);
	TH_LOG("%u rounds, %u clients killed after %u acts, %u times tried to unload", rounds,
	       rounds * CLIENTS, counts->acts, counts->unloads);

	close(map);
	close(control());
	EXPECT_EQ(0, module_unload_soon());
	EXPECT_EQ(0, module_load());
}

/* Maps, which are made and removed until the client is killed */

static void make_and_remove(const char *name, struct counts *counts)
{
	for (;; __atomic_add_fetch(&counts->acts, 1, __ATOMIC_RELAXED)) {
		int named = map_create(named_args(name));
		int unnamed = map_create(map_args(GOMAP_VAR_KEY, 100, 8));

		if (named < 0 || unnamed < 0)
			_exit(1);
		for (__u64 key = 0; key < 30; key++)
			if (u64_insert(named, key, key, 0) || u64_insert(unnamed, key, key, 0))
				_exit(2);
		close(named);
		close(unnamed);
		if (map_remove(name))
			_exit(3);
	}
}

/* Until it has made and removed some, however long that takes, and is in the middle of more. */
static bool wait_for_maker(const struct counts *counts, __u64 *seed)
{
	unsigned int acts = __atomic_load_n(&counts->acts, __ATOMIC_RELAXED);
	double begin = now();

	if (!eventually(__atomic_load_n(&counts->acts, __ATOMIC_RELAXED) != acts))
		return false;
	usleep(next_random(seed) % (__u64)((now() - begin) * 1000000 + 1));
	return true;
}

TEST(a_killed_maker_leaves_its_map_whole_or_none)
{
	struct counts *counts = make_counts();
	__u64 seed = random_seed();

	ASSERT_LE(0, control());
	for (int round = 0; round < MAKERS; round++) {
		pid_t client = fork();
		int map, left;

		ASSERT_LE(0, client);
		if (!client)
			make_and_remove(NAME, counts);
		EXPECT_TRUE(wait_for_maker(counts, &seed));
		kill(client, SIGKILL);
		EXPECT_EQ(-SIGKILL, child_end(client));

		left = map_remove(NAME);
		EXPECT_TRUE(left == 0 || left == -ENOENT);
		EXPECT_EQ(-ENOENT, map_open(NODE, O_RDWR));
		map = map_create(named_args(NAME));
		EXPECT_LE(0, map);
		EXPECT_EQ(0, map_entries(map));
		EXPECT_EQ(0, map_remove(NAME));
		close(map);
	}
}

/*
 * Held up in the middle of an ioctl, at a key or value that isn't in memory yet.
 * It is when the client blocks that nobody else may have to wait for it.
 */
FIXTURE(fault) {
	int map;
	pid_t client;
	int uffd;	/* the client's: says when it is held up */
};

FIXTURE_VARIANT(fault) {
	unsigned int cmd;
	bool at_key;	/* otherwise at the value */
	__u32 value_size;
};

FIXTURE_VARIANT_ADD(fault, insert_at_key) { GOMAP_IOCTL_INSERT, true, 8 };
FIXTURE_VARIANT_ADD(fault, insert_at_value) { GOMAP_IOCTL_INSERT, false, 8 };
FIXTURE_VARIANT_ADD(fault, insert_at_large_value) { GOMAP_IOCTL_INSERT, false, 3000 };
FIXTURE_VARIANT_ADD(fault, lookup_at_key) { GOMAP_IOCTL_LOOKUP, true, 8 };
FIXTURE_VARIANT_ADD(fault, lookup_at_value) { GOMAP_IOCTL_LOOKUP, false, 8 };
FIXTURE_VARIANT_ADD(fault, lookup_at_large_value) { GOMAP_IOCTL_LOOKUP, false, 3000 };
FIXTURE_VARIANT_ADD(fault, delete_at_key) { GOMAP_IOCTL_DELETE, true, 8 };

/* A descriptor that answers for the page at @page, or -errno. */
static int watch_page(void *page, size_t size)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { .start = user_ptr(page), .len = size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = result(syscall(SYS_userfaultfd, O_NONBLOCK | O_CLOEXEC));

	if (fd < 0)
		return fd;
	if (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		return -errno;
	return fd;
}

/* The client: one ioctl whose key or value is on a page that never comes. */
static void be_held_up(int map, const FIXTURE_VARIANT(fault) *variant, int socket)
{
	static char value[4096];
	const size_t size = sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int uffd = watch_page(page, size);
	__u32 key = 1;
	struct gomap_op_args args = op_args(variant->at_key ? page : &key, sizeof(key),
					    variant->at_key ? value : page, variant->value_size);

	if (uffd < 0)
		_exit(-uffd);
	if (variant->cmd == GOMAP_IOCTL_DELETE) {
		args.value = 0;
		args.value_len = 0;
	}
	send_fd(socket, uffd);
	map_op(map, variant->cmd, &args);
	_exit(0);
}

FIXTURE_SETUP(fault)
{
	struct pollfd held_up = { .events = POLLIN };
	int sockets[2];
	char value[4096];

	self->map = map_create(map_args(0, 4, variant->value_size));
	ASSERT_LE(0, self->map);
	memset(value, 'a', sizeof(value));
	for (__u32 key = 0; key < 5; key++) {
		ASSERT_EQ(0, map_insert(self->map, &key, 4, value, variant->value_size, 0));
	}

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	self->client = fork();
	ASSERT_LE(0, self->client);
	if (!self->client) {
		close(sockets[0]);
		be_held_up(self->map, variant, sockets[1]);
	}
	close(sockets[1]);
	self->uffd = receive_fd(sockets[0]);
	if (self->uffd < 0)
		SKIP(return, "userfaultfd: %s", strerror(child_end(self->client)));
	held_up.fd = self->uffd;
	ASSERT_EQ(1, poll(&held_up, 1, PATIENCE * 1000));
}

FIXTURE_TEARDOWN(fault)
{
	kill(self->client, SIGKILL);
}

TEST_F(fault, client_held_up_holds_up_nobody)
{
	char value[4096];
	__u32 len = sizeof(value);

	memset(value, 'b', sizeof(value));
	for (__u32 key = 0; key < 5; key++)
		EXPECT_EQ(0, map_insert(self->map, &key, 4, value, variant->value_size, 0));
	for (__u32 key = 5; key < 1000; key++)
		EXPECT_EQ(0, map_insert(self->map, &key, 4, value, variant->value_size, 0));
	for (__u32 key = 0; key < 1000; key++) {
		len = sizeof(value);
		EXPECT_EQ(0, map_lookup(self->map, &key, 4, value, &len));
	}
	for (__u32 key = 0; key < 1000; key++)
		EXPECT_EQ(0, map_delete(self->map, &key, 4));
	EXPECT_EQ(0, map_entries(self->map));
}

TEST_F(fault, client_killed_there_has_changed_nothing)
{
	char value[4096], old[4096];
	__u32 len = sizeof(value);

	kill(self->client, SIGKILL);
	EXPECT_EQ(-SIGKILL, child_end(self->client));
	EXPECT_EQ(5, map_entries(self->map));
	memset(old, 'a', sizeof(old));
	for (__u32 key = 0; key < 5; key++) {
		len = sizeof(value);
		EXPECT_EQ(0, map_lookup(self->map, &key, 4, value, &len));
		EXPECT_EQ(0, memcmp(value, old, len));
		EXPECT_EQ(0, map_delete(self->map, &key, 4));
	}
}

TEST_HARNESS_MAIN
