// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a call, and judging what it returns. See execute.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/gomap.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "execute.h"
#include "fault.h"
#include "memory.h"

static int real_fd(int fd)
{
	return FIRST_FD + fd;
}

static uint64_t number_of(const struct call *call, const char *name)
{
	return call->values[find_member(kind_of(call), name)].number;
}

/* Arguments */

static void put_member(unsigned char *argument, const struct member *member,
		       const union value *value)
{
	uint64_t number = value->number;

	switch (member->type) {
	case POINTER:
		number = pointer_address(&value->pointer);
		/* fallthrough */
	case NUMBER:
		/* Little-endian, as all the machines that we have. */
		memcpy(argument + member->offset, &number, member->size);
		break;
	case TEXT:
		memcpy(argument + member->offset, value->text, member->size);
		break;
	}
}

/*
 * As far as there is memory. Last of all, for it may lie where content does; and
 * with zeros behind it, where a larger structure would go on.
 */
static void put_argument(const struct call *call)
{
	const struct call_kind *kind = kind_of(call);
	unsigned char argument[4096 + 64] = {};
	const struct member *member;
	unsigned char *to;
	size_t room, size = kind->arg_size;

	to = pointer_memory(&call->values[MEMBER_AT].pointer, &room);
	if (!to)
		return;
	for (member = kind->members; member->name; member++)
		if (member->offset != SIZE_MAX)
			put_member(argument, member,
				   &call->values[member - kind->members]);
	if (call->name != CALL_RAW &&
	    call->values[MEMBER_SIZE].number > kind->arg_size) {
		size = call->values[MEMBER_SIZE].number;
		if (size > sizeof(argument))
			size = sizeof(argument);
		argument[size - 1] = call->values[MEMBER_TAIL].number;
	}
	memcpy(to, argument, size < room ? size : room);
}

/* Errnos */

static bool always_possible(int error)
{
	switch (error) {
	case ENOTTY:
	case EINVAL:
	case E2BIG:
	case EOPNOTSUPP:
	case EFAULT:
	case EBADF:
		return true;
	}
	return false;
}

/* Those that the header ties to a flag, or to an operation of batch. */
static bool has_reason(const struct call *call, int error)
{
	uint64_t flags = call->values[MEMBER_FLAGS].number;
	bool insert = call->name == CALL_INSERT ||
		      call->name == CALL_FETCH_ADD ||
		      (call->name == CALL_BATCH &&
		       number_of(call, "op") == GOMAP_BATCH_INSERT);

	/* Who knows what they are in an argument that was there already? */
	if (call->values[MEMBER_AGAIN].number)
		return true;
	if (insert && error == EEXIST)
		return flags & GOMAP_INSERT_NEW;
	if (insert && error == ENOENT)
		return flags & GOMAP_INSERT_EXISTING;
	if (call->name == CALL_DELETE && error == ECANCELED)
		return flags & GOMAP_DELETE_EQUAL;
	return true;
}

static bool documented(const struct call *call, int error)
{
	const int *errnos = kind_of(call)->errnos;
	int i;

	if (always_possible(error))
		return true;
	for (i = 0; i < FUZZ_ERRNOS; i++)
		if (errnos[i] == error)
			return call->name == CALL_RAW ||
			       has_reason(call, error);
	return false;
}

static void judge(const struct call *call, int ret, int error)
{
	if (ret > 0 && !kind_of(call)->gives_fd && call->name != CALL_RAW)
		complain("%s returned %d", kind_of(call)->name, ret);
	/* Other types than ours are everybody's. */
	if (call->name == CALL_RAW &&
	    _IOC_TYPE(number_of(call, "command")) != GOMAP_IOCTL_TYPE)
		return;
	if (ret < 0 && !documented(call, error))
		complain("%s failed with %s", kind_of(call)->name,
			 strerrorname_np(error));
}

/* Calls */

static void give_fd(const struct call *call, int fd)
{
	if (fd < 0)
		return;
	if (call->gives >= 0)
		dup2(fd, real_fd(call->gives));
	close(fd);
}

static void make_ioctl(const struct call *call, unsigned int iteration,
		       struct edges *edges, bool racing)
{
	const struct member *member = kind_of(call)->members;
	const struct pointer *at = &call->values[MEMBER_AT].pointer;
	unsigned int command = kind_of(call)->command;
	int ret, error;

	for (; member->name; member++)
		if (member->type == POINTER)
			pointer_fill(&call->values[member -
						   kind_of(call)->members].pointer,
				     iteration);
	if (!call->values[MEMBER_AGAIN].number)
		put_argument(call);
	if (call->name == CALL_RAW)
		command = number_of(call, "command");
	if (call->values[MEMBER_FAULT].number)
		memory_prepare();
	if (edges)
		coverage_begin();
	fault_begin(call->values[MEMBER_FAULT].number);
	ret = ioctl(real_fd(call->fd), command, pointer_address(at));
	error = errno;
	fault_end();
	if (edges)
		coverage_end(edges);
	if (!racing)
		judge(call, ret, error);
	if (command == GOMAP_IOCTL_CREATE || command == GOMAP_IOCTL_REOPEN)
		give_fd(call, ret);
}

/* A name that would lead out of the directory isn't opened. */
static bool path_of(const struct call *call, const char *dir, char path[128])
{
	const char *name = (const char *)call->values[0].text;

	if (!*name || *name == '.' || memchr(name, '/', GOMAP_NAME_LEN))
		return false;
	snprintf(path, 128, "%s/%.*s", dir, GOMAP_NAME_LEN, name);
	return true;
}

static void read_all(int fd)
{
	char buffer[4096];

	while (fd >= 0 && read(fd, buffer, sizeof(buffer)) > 0)
		;
	if (fd >= 0)
		close(fd);
}

static void open_map(const struct call *call)
{
	char path[128];

	if (path_of(call, "/dev/gomap", path))
		give_fd(call, open(path, (call->values[1].number % 3) |
				   O_CLOEXEC));
}

static void read_fdinfo(const struct call *call)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", real_fd(call->fd));
	read_all(open(path, O_RDONLY | O_CLOEXEC));
}

static void read_sysfs(const struct call *call)
{
	struct dirent *entry;
	char path[128];
	DIR *dir;

	if (!path_of(call, "/sys/class/gomap", path))
		return;
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (entry->d_type == DT_REG)
			read_all(openat(dirfd(dir), entry->d_name,
					O_RDONLY | O_CLOEXEC));
	if (dir)
		closedir(dir);
}

static void read_and_write(int fd)
{
	char buffer[16] = {};

	if (read(fd, buffer, sizeof(buffer)) >= 0)
		complain("read didn't fail");
	if (write(fd, buffer, sizeof(buffer)) >= 0)
		complain("write didn't fail");
	if (lseek(fd, 1, SEEK_SET) >= 0)
		complain("lseek didn't fail");
	if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED)
		complain("mmap didn't fail");
}

static void set_parameter(const char *name, uint64_t value)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/module/gomap/parameters/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	dprintf(fd, "%llu", (unsigned long long)value);
	close(fd);
}

static void make_other_call(const struct call *call)
{
	switch (call->name) {
	case CALL_OPEN:
		open_map(call);
		break;
	case CALL_DUP:
		dup2(real_fd(call->fd), real_fd(call->gives));
		break;
	case CALL_CLOSE:
		close(real_fd(call->fd));
		break;
	case CALL_FDINFO:
		read_fdinfo(call);
		break;
	case CALL_SYSFS:
		read_sysfs(call);
		break;
	case CALL_READ:
		read_and_write(real_fd(call->fd));
		break;
	case CALL_FSUID:
		setfsuid(call->values[0].number);
		break;
	case CALL_LIMIT:
		set_parameter("max_maps", call->values[0].number);
		set_parameter("max_map_entries", call->values[1].number);
		set_parameter("max_bytes", call->values[2].number);
		break;
	default:
		break;
	}
}

void make_call(const struct call *call, struct edges *edges, bool racing)
{
	uint64_t i;

	if (is_ioctl(call)) {
		for (i = 0; i < call->values[MEMBER_REPEAT].number; i++)
			make_ioctl(call, i, edges, racing);
		return;
	}
	if (edges)
		coverage_begin();
	make_other_call(call);
	if (edges)
		coverage_end(edges);
}
