// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients that are killed in the middle of what they do. Whatever moment it is,
 * the map is whole afterwards, and others go on using it.
 */
#include "gomap_test.h"

#include <poll.h>
#include <signal.h>

#include <linux/userfaultfd.h>

enum {
	CLIENTS = 3,
	ROUNDS = 25,
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

FIXTURE(kill) {
	__u64 seed;
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

FIXTURE_TEARDOWN(kill)
{
}

/*
 * A client's life. It ends by itself only if it sees something wrong. Since it
 * inserts more than it deletes the map grows meanwhile.
 */
static void live(int map, const FIXTURE_VARIANT(kill) *variant, __u64 seed)
{
	for (;;) {
		__u64 random = next_random(&seed);
		__u32 key = STABLE + (random >> 8) % (KEYS - STABLE);
		int ret;

		switch (random & 7) {
		case 0:
			ret = put(map, variant, key % STABLE, random, GOMAP_INSERT_EXISTING);
			if (ret)
				_exit(1);
			break;
		case 1:
			if (get(map, variant, key % STABLE))
				_exit(2);
			break;
		case 2:
			ret = get(map, variant, key);
			if (ret && ret != -ENOENT)
				_exit(3);
			break;
		case 3:
		case 4:
			ret = map_delete(map, &key, sizeof(key));
			if (ret && ret != -ENOENT)
				_exit(4);
			break;
		default:
			if (put(map, variant, key, random, 0))
				_exit(5);
		}
	}
}

/* A new map in each round, so that the clients die at any stage of its growth. */
TEST_F(kill, map_is_whole_after_every_kill)
{
	for (int round = 0; round < ROUNDS; round++) {
		int map = start(variant);
		pid_t clients[CLIENTS];
		long long found = 0;

		ASSERT_LE(0, map);
		for (int i = 0; i < CLIENTS; i++) {
			__u64 seed = next_random(&self->seed);

			clients[i] = fork();
			ASSERT_LE(0, clients[i]);
			if (!clients[i])
				live(map, variant, seed);
		}
		for (int i = 0; i < CLIENTS; i++) {
			usleep(next_random(&self->seed) % 10000);
			kill(clients[i], SIGKILL);
			ASSERT_EQ(-SIGKILL, child_end(clients[i]));
		}

		for (__u32 key = 0; key < KEYS; key++) {
			int ret = get(map, variant, key);

			ASSERT_TRUE(!ret || (ret == -ENOENT && key >= STABLE)) {
				TH_LOG("round %d, key %u: %d", round, key, ret);
			}
			found += !ret;
		}
		ASSERT_EQ(found, map_entries(map));
		close(map);
	}
}

/* Maps, which are made and removed until the client is killed */

static void make_and_remove(const char *name)
{
	for (;;) {
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

TEST(a_killed_maker_leaves_its_map_whole_or_none)
{
	__u64 seed = random_seed();

	ASSERT_LE(0, control());
	for (int round = 0; round < ROUNDS; round++) {
		pid_t client = fork();
		int map, left;

		ASSERT_LE(0, client);
		if (!client)
			make_and_remove(NAME);
		usleep(next_random(&seed) % 10000);
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
	ASSERT_EQ(1, poll(&held_up, 1, 10000));
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
