/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all tests of gomap's devices share. The ioctls are called as they are,
 * without a library between, since the ABI is what the tests are about.
 *
 * Every helper that makes a system call returns what it returned, or -errno, so
 * that a refusal reads EXPECT_EQ(-EEXIST, map_insert(...)).
 */
#ifndef GOMAP_TEST_H
#define GOMAP_TEST_H

#include <kselftest_harness.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include <linux/capability.h>
#include <linux/gomap.h>

/*
 * How long a test may take: forever, nearly, as seconds become minutes where the machine is
 * emulated and its kernel looks for bugs.
 */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 1200

#define DEV_DIR "/dev/gomap/"
#define CONTROL DEV_DIR "control"

/* The names that tests give to maps; cleaning up is removing these. */
#define NAME "selftest"
#define NAME_2 "selftest.2"
#define NODE "/dev/gomap/selftest"

/* Anybody who is neither root nor a friend of root. */
#define SOME_UID 1000
#define OTHER_UID 1001

static inline int result(int ret)
{
	return ret < 0 ? -errno : ret;
}

/* Opened once a process, so that it is still there after privileges were dropped. */
static inline int control(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = result(open(CONTROL, O_RDWR | O_CLOEXEC));
	return fd;
}

static inline __u64 user_ptr(const void *p)
{
	return (uintptr_t)p;
}

/* Arguments of an unnamed map without limit, to be altered by the test. */
static inline struct gomap_create_args map_args(__u32 flags, __u32 key_size, __u32 value_size)
{
	return (struct gomap_create_args){
		.size = sizeof(struct gomap_create_args),
		.flags = flags,
		.key_size = key_size,
		.value_size = value_size,
	};
}

/* Arguments of a map from u64 to u64 with that name, for its maker alone. */
static inline struct gomap_create_args named_args(const char *name)
{
	struct gomap_create_args args = map_args(0, sizeof(__u64), sizeof(__u64));

	args.mode = 0600;
	args.uid = geteuid();
	args.gid = getegid();
	memcpy(args.name, name, strnlen(name, sizeof(args.name) - 1));
	return args;
}

static inline int map_create_by(int control, struct gomap_create_args args)
{
	return result(ioctl(control, GOMAP_IOCTL_CREATE, &args));
}

static inline int map_create(struct gomap_create_args args)
{
	return map_create_by(control(), args);
}

static inline int map_remove_by(int control, const char *name)
{
	struct gomap_remove_args args = { .size = sizeof(args) };

	memcpy(args.name, name, strnlen(name, sizeof(args.name) - 1));
	return result(ioctl(control, GOMAP_IOCTL_REMOVE, &args));
}

static inline int map_remove(const char *name)
{
	return map_remove_by(control(), name);
}

static inline void remove_test_maps(void)
{
	map_remove(NAME);
	map_remove(NAME_2);
}

static inline bool exists(const char *path)
{
	struct stat status;

	return !lstat(path, &status);
}

static inline int map_open(const char *node, int flags)
{
	return result(open(node, flags | O_CLOEXEC));
}

static inline struct gomap_op_args op_args(const void *key, __u32 key_len, const void *value,
					   __u32 value_len)
{
	return (struct gomap_op_args){
		.size = sizeof(struct gomap_op_args),
		.key = user_ptr(key),
		.key_len = key_len,
		.value = user_ptr(value),
		.value_len = value_len,
	};
}

/* Only the effective ids and capabilities change, so root can come back. */
static inline int become(uid_t uid)
{
	if (seteuid(0) || setegid(0) || (uid && setegid(uid)))
		return -errno;
	return result(seteuid(uid));
}

static inline int set_capability(int cap, bool on)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -errno;
	if (on)
		data[CAP_TO_INDEX(cap)].effective |= CAP_TO_MASK(cap);
	else
		data[CAP_TO_INDEX(cap)].effective &= ~CAP_TO_MASK(cap);
	return result(syscall(SYS_capset, &header, data));
}

static inline int map_op(int map, unsigned int cmd, struct gomap_op_args *args)
{
	return result(ioctl(map, cmd, args));
}

static inline int map_insert(int map, const void *key, __u32 key_len, const void *value,
			     __u32 value_len, __u32 flags)
{
	struct gomap_op_args args = op_args(key, key_len, value, value_len);

	args.flags = flags;
	return map_op(map, GOMAP_IOCTL_INSERT, &args);
}

/* @value_len: room at @value; then what the kernel wrote there. */
static inline int map_lookup(int map, const void *key, __u32 key_len, void *value,
			     __u32 *value_len)
{
	struct gomap_op_args args = op_args(key, key_len, value, *value_len);
	int ret = map_op(map, GOMAP_IOCTL_LOOKUP, &args);

	*value_len = args.value_len;
	return ret;
}

/* 0 if the key is there, -ENOENT if it isn't. */
static inline int map_has(int map, const void *key, __u32 key_len)
{
	__u32 none = 0;

	return map_lookup(map, key, key_len, NULL, &none);
}

static inline int map_delete(int map, const void *key, __u32 key_len)
{
	struct gomap_op_args args = op_args(key, key_len, NULL, 0);

	return map_op(map, GOMAP_IOCTL_DELETE, &args);
}

static inline int map_info(int map, struct gomap_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return result(ioctl(map, GOMAP_IOCTL_INFO, info));
}

/* Entries that the map says it has, or -errno. */
static inline long long map_entries(int map)
{
	struct gomap_info info;
	int ret = map_info(map, &info);

	return ret ? ret : (long long)info.entries;
}

/* Whether nothing moves in the map; then @info tells of it. */
static inline bool map_is_settled(int map, struct gomap_info *info)
{
	return !map_info(map, info) && !(info->state & GOMAP_STATE_GROWING);
}

/* The most entries that Go gives to a table: 6.5 a bucket, but 8 to a single one. */
static inline __u64 entries_for(__u64 buckets)
{
	return buckets == 1 ? 8 : 13 * (buckets / 2);
}

/* As many as a map has that was given so many entries and settled. */
static inline __u64 buckets_for(__u64 entries)
{
	__u64 buckets = 1;

	while (entries_for(buckets) < entries)
		buckets *= 2;
	return buckets;
}

/* On a map as a whole: clear, freeze, reserve, shrink. */
static inline int map_whole(int map, unsigned int cmd, __u64 entries)
{
	struct gomap_map_args args = { .size = sizeof(args), .entries = entries };

	return result(ioctl(map, cmd, &args));
}

static inline struct gomap_scan_args scan_args(void *buffer, __u32 buffer_size)
{
	return (struct gomap_scan_args){
		.size = sizeof(struct gomap_scan_args),
		.buffer = user_ptr(buffer),
		.buffer_size = buffer_size,
	};
}

static inline int map_scan(int map, struct gomap_scan_args *args)
{
	return result(ioctl(map, GOMAP_IOCTL_SCAN, args));
}

static inline int map_batch(int map, struct gomap_batch_args *args)
{
	return result(ioctl(map, GOMAP_IOCTL_BATCH, args));
}

/* The same for maps from u64 to u64. */

static inline int u64_insert(int map, __u64 key, __u64 value, __u32 flags)
{
	return map_insert(map, &key, sizeof(key), &value, sizeof(value), flags);
}

static inline int u64_lookup(int map, __u64 key, __u64 *value)
{
	__u32 len = sizeof(*value);

	return map_lookup(map, &key, sizeof(key), value, &len);
}

/* The key's value, or 0 if it has none: for tests that give no key the value 0. */
static inline __u64 u64_value(int map, __u64 key)
{
	__u64 value = 0;

	return u64_lookup(map, key, &value) ? 0 : value;
}

static inline int u64_delete(int map, __u64 key)
{
	return map_delete(map, &key, sizeof(key));
}

static inline int u64_fetch_add(int map, __u64 key, __u64 delta, __u64 *old, __u32 flags)
{
	struct gomap_add_args args = {
		.size = sizeof(args),
		.flags = flags,
		.key = user_ptr(&key),
		.key_len = sizeof(key),
		.delta = delta,
	};
	int ret = result(ioctl(map, GOMAP_IOCTL_FETCH_ADD, &args));

	*old = args.old;
	return ret;
}

/* Keys and values for maps of every kind */

/* What a map is made of, for tests that do the same with many. */
struct shape {
	__u32 flags;
	__u32 key_size;
	__u32 value_size;
};

/* One key or value with its length. */
struct bytes {
	__u32 len;
	unsigned char *data;
};

/*
 * The @number-th of many different keys, or values. Those of variable length
 * have different lengths too, and the number comes first in them; the number 0
 * of a variable length is the empty key or value.
 */
static inline void fill(struct bytes *bytes, __u32 number, __u32 size, bool variable, __u32 salt)
{
	__u32 length = size;

	if (variable)
		length = number ? 4 + number * 7 % (size - 4) : 0;
	bytes->len = length;
	for (__u32 i = 0; i < length; i++)
		bytes->data[i] = i < 4 ? number >> 8 * i : (number + salt) * 31 + i;
}

static inline void fill_key(struct bytes *key, const struct shape *shape, __u32 number)
{
	fill(key, number, shape->key_size, shape->flags & GOMAP_VAR_KEY, 0);
}

static inline void fill_value(struct bytes *value, const struct shape *shape, __u32 number)
{
	fill(value, number, shape->value_size, shape->flags & GOMAP_VAR_VALUE, 77);
}

/* Which key that is, if it is one of fill_key(). */
static inline __u32 number_of(const void *key, __u32 len)
{
	const unsigned char *bytes = key;
	__u32 number = 0;

	for (__u32 i = 0; i < len && i < 4; i++)
		number |= (__u32)bytes[i] << 8 * i;
	return number;
}

static inline int shape_create(const struct shape *shape)
{
	return map_create(map_args(shape->flags, shape->key_size, shape->value_size));
}

/* How entries lie in buffers that hold several: as records, or one after the other. */
static inline bool has_records(const struct shape *shape)
{
	return shape->flags & (GOMAP_VAR_KEY | GOMAP_VAR_VALUE);
}

static inline size_t record_size(__u32 key_len, __u32 value_len)
{
	return (sizeof(struct gomap_record) + (size_t)key_len + value_len + 7) / 8 * 8;
}

/*
 * Memory with nothing behind it: @size bytes, readable and writable, right
 * before a page that may not be touched.
 */
static inline void *guarded(size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t room = (size + page - 1) / page * page;
	char *mem = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);

	if (mem == MAP_FAILED || mprotect(mem + room, page, PROT_NONE))
		abort();
	return mem + room - size;
}

/* @size bytes with the content of @from, which may be read only. */
static inline void *read_only(const void *from, size_t size)
{
	char *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		abort();
	memcpy(mem, from, size);
	if (mprotect(mem, size, PROT_READ))
		abort();
	return mem;
}

static inline int send_fd(int socket, int fd)
{
	char byte = 0, control_buf[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control_buf,
		.msg_controllen = sizeof(control_buf),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return result(sendmsg(socket, &msg, 0));
}

static inline int receive_fd(int socket)
{
	char byte, control_buf[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control_buf,
		.msg_controllen = sizeof(control_buf),
	};
	int fd;

	if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	if (!CMSG_FIRSTHDR(&msg))
		return -ENODATA;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* How a forked child ended: its exit status, or minus the signal that killed it. */
static inline int child_end(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -EINVAL;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* A number from the environment, or the one that is usual. */
static inline __u64 wish(const char *name, __u64 usual)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : usual;
}

/* For how long a test may try its luck. */
static inline __u64 wish_seconds(void)
{
	return wish("GOMAP_SECONDS", 2);
}

static inline double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/*
 * What a worker does, or is done after a grace period, is done a moment later; where a machine is
 * emulated, busy, and its kernel looks for bugs, that may be a long moment. Only a test that fails
 * waits to the end.
 */
enum { PATIENCE = 300 };	/* seconds */

/* Whether @condition, which is tried again and again, comes true. */
#define eventually(condition)						\
({									\
	double end_ = now() + PATIENCE;					\
	bool true_;							\
									\
	while (!(true_ = (condition)) && now() < end_)			\
		usleep(1000);						\
	true_;								\
})

/* A different one each time unless the environment asks for an old one again. */
static inline __u64 random_seed(void)
{
	struct timespec now;
	__u64 seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = wish("GOMAP_SEED", (__u64)now.tv_sec * 1000000000 + now.tv_nsec + getpid());
	ksft_print_msg("again with GOMAP_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

/* splitmix64: the next number of the sequence that begins with *@state. */
static inline __u64 next_random(__u64 *state)
{
	__u64 z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Several threads */

enum { THREADS = 4 };

struct worker {
	int map;
	int number;
	bool *stop;
	pthread_t thread;
	pthread_barrier_t *start;
	int turns;		/* how often it has asked whether to stop */
	long long result;	/* what the thread counted, or -errno */
};

static inline void spawn(struct worker workers[static THREADS], int map, bool *stop,
			 pthread_barrier_t *start, void *(*run)(void *))
{
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){
			.map = map, .number = i, .stop = stop, .start = start,
		};
		if (pthread_create(&workers[i].thread, NULL, run, &workers[i]))
			abort();
	}
}

/* The sum of what the threads counted, or the first -errno. */
static inline long long join(struct worker workers[static THREADS])
{
	long long sum = 0;

	for (int i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		if (sum >= 0)
			sum = workers[i].result < 0 ? workers[i].result : sum + workers[i].result;
	}
	return sum;
}

static inline bool stopped(struct worker *me)
{
	__atomic_fetch_add(&me->turns, 1, __ATOMIC_RELAXED);
	return __atomic_load_n(me->stop, __ATOMIC_RELAXED);
}

/* Whether each is at work: what a thread does at once another may not have begun. */
static inline bool all_work(const struct worker workers[static THREADS])
{
	for (int i = 0; i < THREADS; i++)
		if (__atomic_load_n(&workers[i].turns, __ATOMIC_RELAXED) < 2)
			return false;
	return true;
}

/* Signals */

static inline void ignore_signal(int signal)
{
	(void)signal;
}

/* A signal every @usec microseconds, or no more, that ends what can be ended. */
static inline void tick(long usec)
{
	struct sigaction action = { .sa_handler = ignore_signal };
	struct itimerval timer = {
		.it_interval.tv_usec = usec,
		.it_value.tv_usec = usec,
	};

	if (sigaction(SIGALRM, &action, NULL) || setitimer(ITIMER_REAL, &timer, NULL))
		abort();
}

/* The module's parameters, which limit what there may be. */

static inline int parameter_write(const char *name, const char *text)
{
	char path[96];
	int fd, ret;

	snprintf(path, sizeof(path), "/sys/module/gomap/parameters/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = result(write(fd, text, strlen(text)));
	close(fd);
	return ret < 0 ? ret : 0;
}

static inline int parameter_set(const char *name, __u64 value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return parameter_write(name, text);
}

/* The value in force; 0 if there is no such parameter. */
static inline __u64 parameter(const char *name)
{
	unsigned long long value = 0;
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/gomap/parameters/%s", name);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%llu", &value) != 1)
		value = 0;
	fclose(file);
	return value;
}

/* Memory that a program could have, in bytes, or -1. */
static inline long long memory_available(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	long long kib = -1;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %lld kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib < 0 ? -1 : kib * 1024;
}

/*
 * The module. The system call is made directly: rmmod looks at the use count
 * first, and then the kernel would not be asked.
 */

static inline int module_unload(void)
{
	return result(syscall(SYS_delete_module, "gomap", O_NONBLOCK));
}

/* A map whose last descriptor was closed goes a moment later, in a worker. */
static inline int module_unload_soon(void)
{
	int ret;

	eventually((ret = module_unload()) != -EWOULDBLOCK);
	return ret;
}

/* GOMAP_KO in the environment says where it is. */
static inline int module_load_with(const char *parameters)
{
	const char *path = getenv("GOMAP_KO");
	int fd = open(path ? path : "gomap.ko", O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = result(syscall(SYS_finit_module, fd, parameters, 0));
	close(fd);
	return ret;
}

static inline int module_load(void)
{
	return module_load_with("");
}

#endif /* GOMAP_TEST_H */
