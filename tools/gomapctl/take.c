// SPDX-License-Identifier: GPL-2.0-only
/*
 * take: an entry leaves its map for one caller. If its value can't be handed
 * over, because the disk is full or the reader is gone, it is put back.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "gomapctl.h"
#include "map.h"
#include "output.h"
#include "signals.h"

static int noted;

static void note(int signal)
{
	__atomic_store_n(&noted, signal, __ATOMIC_RELAXED);
}

static int noted_signal(void)
{
	return __atomic_load_n(&noted, __ATOMIC_RELAXED);
}

static void print_value(const struct map *map, FILE *out)
{
	if (output_json) {
		output_line(type_to_json(&map->value_type, &map->value), out);
	} else if (!map_is_set(map)) {
		type_print(&map->value_type, &map->value, out);
		putc('\n', out);
	}
}

/* In memory, so that there is one write, which a signal can end. */
static char *value_text(const struct map *map, size_t *len)
{
	char *text = NULL;
	FILE *out;

	out = open_memstream(&text, len);
	if (!out)
		return NULL;
	print_value(map, out);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

static int write_out(const char *text, size_t len)
{
	ssize_t done;

	while (len) {
		if (noted_signal())
			return noted_signal() == SIGPIPE ? -EPIPE : -EINTR;
		done = write(STDOUT_FILENO, text, len);
		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0) {
			text += done;
			len -= done;
		}
	}
	return 0;
}

static int hand_over(const struct map *map)
{
	size_t len;
	char *text = value_text(map, &len);
	int err;

	if (!text)
		return -ENOMEM;
	err = write_out(text, len);
	free(text);
	return err;
}

/* Someone may have inserted the key meanwhile, and that one stays. */
static int put_back(const struct map *map, int why)
{
	int err;

	err = gomap_insert(map->fd, map->key.bytes, map->key.len,
			   map->value.bytes, map->value.len, GOMAP_INSERT_NEW);
	if (!err)
		return fail("cannot write the value: %s: the entry is back in map '%s'",
			    strerror(-why), map->name);
	if (map_is_set(map) && err == -EEXIST)
		return fail("cannot write the answer: %s: the key is in set '%s' again",
			    strerror(-why), map->name);
	fail("cannot write the value: %s, nor put it back in map '%s': %s: it is in the next line",
	     strerror(-why), map->name, strerror(-err));
	type_print(&map->value_type, &map->value, stderr);
	putc('\n', stderr);
	return EXIT_ERROR;
}

static int take_entry(struct map *map)
{
	int err;

	map->value.len = map->value_type.size;
	err = gomap_take(map->fd, map->key.bytes, map->key.len,
			 map->value.bytes, &map->value.len);
	if (err == -ENOENT)
		return EXIT_NO;
	if (err)
		return fail_operation("take", map, err);
	err = hand_over(map);
	return err ? put_back(map, err) : EXIT_DONE;
}

static int take(struct map *map, int argc, char **argv)
{
	int status;

	(void)argc;
	status = map_parse_key(map, argv[0]);
	if (status)
		return status;
	if (fflush(stdout))
		return EXIT_ERROR;

	note(0);
	signals_catch(note);
	status = take_entry(map);
	signals_release();
	if (noted_signal())
		raise(noted_signal());
	return status;
}

int do_take(int argc, char **argv)
{
	return map_run(argc, argv, O_RDWR, take);
}
