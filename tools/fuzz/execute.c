// SPDX-License-Identifier: GPL-2.0-only
/*
 * See execute.h.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/gomap.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "execute.h"
#include "fault.h"
#include "memory.h"
#include "text.h"

enum {
	/*
	 * A race: from the beginning; and in each round, the calls that race,
	 * but not once more when so much time has passed.
	 */
	ROUNDS = 2,
	LOOPS = 8,
	ROUND_MS = 50,
	/* A program takes milliseconds; emulated and in a race, seconds. */
	PATIENCE_SECONDS = 120,
};

static char complaint[256];
static bool verbose;

void complain(const char *format, ...)
{
	va_list arguments;

	if (*complaint)
		return;
	va_start(arguments, format);
	vsnprintf(complaint, sizeof(complaint), format, arguments);
	va_end(arguments);
}

/* Hangs */

static const struct program *running;
static uint64_t since;

static uint64_t now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * UINT64_C(1000) + time.tv_nsec / 1000000;
}

/* A thread, as one that hangs in the kernel gets no signal. */
static void *watch(void *data)
{
	(void)data;
	for (;;) {
		sleep(1);
		/* It may have been reset after we had the time. */
		if (!running ||
		    now_ms() <= __atomic_load_n(&since, __ATOMIC_RELAXED) +
				PATIENCE_SECONDS * 1000)
			continue;
		printf("fuzz: FAILED: no end after %d seconds:\n",
		       PATIENCE_SECONDS);
		program_print(running, stdout);
		fflush(stdout);
		_exit(1);
	}
}

/* What is left of a program */

/* A warning sets a bit; that the module isn't of the kernel's tree has set one before. */
static unsigned long read_taint(void)
{
	static int fd = -1;
	char text[32] = {};

	if (fd < 0)
		fd = open("/proc/sys/kernel/tainted", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, text, sizeof(text) - 1, 0) <= 0)
		err(1, "/proc/sys/kernel/tainted");
	return strtoul(text, NULL, 10);
}

static int open_control(int flags)
{
	int fd = open("/dev/gomap/control", flags | O_CLOEXEC);

	if (fd < 0)
		err(1, "/dev/gomap/control");
	return fd;
}

static void remove_map(int control, const char *name)
{
	struct gomap_remove_args args = { .size = sizeof(args) };

	snprintf(args.name, sizeof(args.name), "%.*s", GOMAP_NAME_LEN - 1, name);
	if (ioctl(control, GOMAP_IOCTL_REMOVE, &args))
		complain("%s can't be removed: %m", name);
}

static void remove_maps(void)
{
	DIR *dir = opendir("/sys/class/gomap");
	int control = open_control(O_RDWR);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.')
			remove_map(control, entry->d_name);
	if (dir)
		closedir(dir);
	close(control);
}

static bool has_call(const struct program *program, enum call_name name)
{
	unsigned int i;

	for (i = 0; i < program->nr; i++)
		if (program->calls[i].name == name)
			return true;
	return false;
}

static void set_up(void)
{
	int fd;

	memory_reset();
	fd = open_control(O_RDWR);
	dup2(fd, FIRST_FD + FUZZ_CONTROL);
	close(fd);
	fd = open_control(O_RDONLY);
	dup2(fd, FIRST_FD + FUZZ_CONTROL_READ);
	close(fd);
}

static void clean_up(const struct program *program)
{
	struct call limit;

	setfsuid(0);
	close_range(FIRST_FD, ~0U, 0);
	if (has_call(program, CALL_LIMIT)) {
		init_call(&limit, CALL_LIMIT);
		make_call(&limit, NULL, true);
	}
	remove_maps();
}

static void make_calls(const struct program *program, unsigned int from,
		       unsigned int to, struct edges *edges)
{
	unsigned int i;

	for (i = from; i < to; i++)
		make_call(&program->calls[i], edges, program->race);
}

static void execute_alone(const struct program *program, struct edges *edges)
{
	set_up();
	make_calls(program, 0, program->nr, edges);
	setfsuid(0);
	audit_maps();
	clean_up(program);
}

static void execute_race(const struct program *program, uint64_t seed,
			 struct edges *edges)
{
	uint64_t end;
	int i;

	set_up();
	make_calls(program, 0, program->race_at, edges);
	races_begin(program, seed);
	end = now_ms() + ROUND_MS;
	for (i = 0; i < LOOPS && (!i || now_ms() < end); i++)
		make_calls(program, program->race_at, program->nr, edges);
	races_end();
	setfsuid(0);
	audit_maps();
	clean_up(program);
}

void execute_init(bool show_all)
{
	pthread_t watcher;

	verbose = show_all;
	memory_init();
	fault_init();
	read_taint();
	if (pthread_create(&watcher, NULL, watch, NULL))
		errx(1, "pthread_create");
}

/* Not to be lost when the kernel dies. */
static void show(const struct program *program)
{
	if (!verbose)
		return;
	fputs("fuzz: executes\n", stderr);
	program_print(program, stderr);
	fflush(stderr);
}

const char *execute(const struct program *program, uint64_t seed,
		    struct edges *edges)
{
	unsigned long taint = read_taint();
	int i;

	show(program);
	*complaint = '\0';
	__atomic_store_n(&since, now_ms(), __ATOMIC_RELAXED);
	running = program;
	if (program->race)
		for (i = 0; i < ROUNDS; i++)
			execute_race(program, seed + i, edges);
	else
		execute_alone(program, edges);
	running = NULL;
	if (read_taint() != taint)
		complain("the kernel has warned");
	return *complaint ? complaint : NULL;
}

void execute_or_exit(const struct program *program, uint64_t seed,
		     struct edges *edges)
{
	const char *what = execute(program, seed, edges);

	if (!what)
		return;
	printf("fuzz: FAILED: %s:\n", what);
	program_print(program, stdout);
	exit(1);
}
