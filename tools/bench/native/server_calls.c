// SPDX-License-Identifier: GPL-2.0-only
/*
 * server_calls SERVER SOCKET ROUND measures memcached or redis, at the other end of
 * a Unix socket, with one client that waits for each reply. Keys and values are 8
 * printable characters, for memcached's protocol. A batch is one message.
 *
 * Prints "8,8,KEYS,SERVER,ROUND,OPERATION,NANOSECONDS,OPERATIONS"; the time is the
 * clock's on the wall, as the server has its part in it. Leaves the server empty.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "keys.h"

#define BATCH 256
#define KEYS (40 * BATCH)
#define TEXT_MAX (64 * BATCH)

static char keys[3][KEYS][9];
#define INSERTED 0
#define LOOKED_UP 1
#define ABSENT 2

/*
 * What is written or read in one call: a head, for each key the same with '@' for
 * the key and '#' for the value, which is the key backwards; and a tail.
 */
struct text {
	const char *head;
	const char *each;
	const char *tail;
};

struct operation {
	const char *name;
	struct text request;
	struct text reply;
	int keys;
	int batch;
};

static const struct operation memcached[] = {
	{ "insert", { "", "set @ 0 0 8\r\n#\r\n", "" }, { "", "STORED\r\n", "" }, INSERTED, 1 },
	{ "hit", { "get ", "@", "\r\n" }, { "", "VALUE @ 0 8\r\n#\r\n", "END\r\n" }, LOOKED_UP, 1 },
	{ "miss", { "get ", "@", "\r\n" }, { "END\r\n", "", "" }, ABSENT, 1 },
	{ "delete", { "", "delete @\r\n", "" }, { "", "DELETED\r\n", "" }, LOOKED_UP, 1 },
	{ "insert-batch", { "", "set @ 0 0 8\r\n#\r\n", "" }, { "", "STORED\r\n", "" },
	  INSERTED, BATCH },
	{ "lookup-batch", { "get", " @", "\r\n" }, { "", "VALUE @ 0 8\r\n#\r\n", "END\r\n" },
	  LOOKED_UP, BATCH },
	{ "delete-batch", { "", "delete @\r\n", "" }, { "", "DELETED\r\n", "" }, LOOKED_UP, BATCH },
	{}
};

static const struct operation redis[] = {
	{ "insert", { "*3\r\n$3\r\nSET\r\n", "$8\r\n@\r\n$8\r\n#\r\n", "" }, { "+OK\r\n", "", "" },
	  INSERTED, 1 },
	{ "hit", { "*2\r\n$3\r\nGET\r\n", "$8\r\n@\r\n", "" }, { "", "$8\r\n#\r\n", "" },
	  LOOKED_UP, 1 },
	{ "miss", { "*2\r\n$3\r\nGET\r\n", "$8\r\n@\r\n", "" }, { "$-1\r\n", "", "" }, ABSENT, 1 },
	{ "delete", { "*2\r\n$3\r\nDEL\r\n", "$8\r\n@\r\n", "" }, { ":1\r\n", "", "" },
	  LOOKED_UP, 1 },
	{ "insert-batch", { "*513\r\n$4\r\nMSET\r\n", "$8\r\n@\r\n$8\r\n#\r\n", "" },
	  { "+OK\r\n", "", "" }, INSERTED, BATCH },
	{ "lookup-batch", { "*257\r\n$4\r\nMGET\r\n", "$8\r\n@\r\n", "" },
	  { "*256\r\n", "$8\r\n#\r\n", "" }, LOOKED_UP, BATCH },
	{ "delete-batch", { "*257\r\n$3\r\nDEL\r\n", "$8\r\n@\r\n", "" }, { ":256\r\n", "", "" },
	  LOOKED_UP, BATCH },
	{}
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void make_key(char *key, uint64_t number)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyz-_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	int i;

	number = mix(number);
	for (i = 0; i < 8; i++, number /= 64)
		key[i] = letters[number % 64];
}

static char *put(char *to, const char *from, const char *key)
{
	int i;

	for (; *from; from++) {
		if (*from != '@' && *from != '#') {
			*to++ = *from;
			continue;
		}
		for (i = 0; i < 8; i++)
			*to++ = key[*from == '@' ? i : 7 - i];
	}
	return to;
}

static size_t compose(char *buffer, const struct text *text,
		      const char (*key)[9], int count)
{
	char *to = put(buffer, text->head, NULL);

	while (count--)
		to = put(to, text->each, *key++);
	return put(to, text->tail, NULL) - buffer;
}

/* An error is shorter than what should come; so it's looked for at once. */
static void call(int socket, const struct operation *operation,
		 const char (*key)[9])
{
	static char request[TEXT_MAX], wanted[TEXT_MAX], reply[TEXT_MAX];
	size_t size = compose(request, &operation->request, key, operation->batch);
	ssize_t got;

	if (write(socket, request, size) != (ssize_t)size)
		err(1, "write");
	size = compose(wanted, &operation->reply, key, operation->batch);
	for (char *next = wanted; size; size -= got, next += got) {
		got = read(socket, reply, size);
		if (got <= 0)
			err(1, "read");
		if (memcmp(reply, next, got))
			errx(1, "%s: %.*s", operation->name, (int)got, reply);
	}
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), tries = 1000;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	while (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		/* The server has just been started. */
		if (!tries--)
			err(1, "%s", path);
		usleep(10000);
	}
	return fd;
}

int main(int argc, char *argv[])
{
	uint64_t numbers[KEYS], begin, i;
	const struct operation *operation;
	int fd;

	if (argc != 4)
		errx(2, "usage: server_calls SERVER SOCKET ROUND");
	for (i = 0; i < KEYS; i++)
		numbers[i] = i;
	shuffle(numbers, KEYS);
	for (i = 0; i < KEYS; i++) {
		make_key(keys[INSERTED][i], i);
		make_key(keys[LOOKED_UP][i], numbers[i]);
		make_key(keys[ABSENT][i], KEYS + i);
	}
	fd = connect_to(argv[2]);
	operation = strcmp(argv[1], "redis") ? memcached : redis;
	for (; operation->name; operation++) {
		begin = now();
		for (i = 0; i < KEYS; i += operation->batch)
			call(fd, operation, &keys[operation->keys][i]);
		printf("8,8,%u,%s,%s,%s,%lu,%u\n", KEYS, argv[1], argv[3],
		       operation->name, now() - begin, KEYS);
	}
	return 0;
}
