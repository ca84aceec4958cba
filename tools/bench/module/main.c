// SPDX-License-Identifier: GPL-2.0-only
/*
 * Benchmarks of gomap and its peers inside the kernel.
 *
 * Whoever writes "PEER SIZE KEY VALUE OPERATION[,OPERATION]..." to
 * /sys/kernel/debug/gomap_bench gets one round of measurements, which takes as
 * long as the write; KEY is a number of bytes, or "str". The file then reads as
 * what that round has found, a line "OPERATION,NANOSECONDS,OPERATIONS" each. The
 * order of rounds is user space's affair, as is what follows from the figures.
 *
 * The module stays until the machine goes down: see peer_rhashtable.c.
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "data.h"
#include "life.h"
#include "peer.h"

static DEFINE_MUTEX(lock);
static struct bench_data data;
static struct bench_time times[BENCH_OPERATIONS];
static unsigned long reported;

static int parse_operations(char *names, unsigned long *wanted)
{
	char *name;
	int i;

	while ((name = strsep(&names, ","))) {
		i = match_string(bench_operation_names, BENCH_OPERATIONS, name);
		if (i < 0)
			return i;
		*wanted |= BIT(i);
	}
	return 0;
}

static int run(const char *request)
{
	char name[32], key[8], operations[320];
	struct bench_shape shape = {};
	const struct bench_peer *peer;
	unsigned long wanted = 0;
	u32 size;
	int ret;

	if (sscanf(request, "%31s %u %7s %u %319s", name, &size, key,
		   &shape.value_size, operations) != 5 || !size ||
	    shape.value_size > BENCH_VALUE_MAX)
		return -EINVAL;
	shape.string = !strcmp(key, "str");
	if (shape.string)
		shape.key_size = BENCH_STRING_MAX;
	else if (kstrtou32(key, 10, &shape.key_size))
		return -EINVAL;
	memset(times, 0, sizeof(times));
	reported = 0;
	ret = parse_operations(operations, &wanted);
	if (ret)
		return ret;
	peer = bench_peer_find(name, &shape);
	if (!peer)
		return bench_peer_exists(name) ? 0 : -EINVAL;
	ret = bench_data_fill(&data, &shape, size);
	if (ret)
		return ret;
	reported = wanted;
	return bench_live(peer, &data, wanted, times);
}

static ssize_t bench_write(struct file *file, const char __user *buffer,
			   size_t count, loff_t *position)
{
	char request[400];
	int ret;

	if (count >= sizeof(request))
		return -EINVAL;
	if (copy_from_user(request, buffer, count))
		return -EFAULT;
	request[count] = '\0';
	mutex_lock(&lock);
	ret = run(request);
	mutex_unlock(&lock);
	return ret ?: count;
}

static int show(struct seq_file *seq, void *unused)
{
	u32 i;

	mutex_lock(&lock);
	for (i = 0; i < BENCH_OPERATIONS; i++)
		if (times[i].operations && reported & BIT(i))
			seq_printf(seq, "%s,%llu,%llu\n",
				   bench_operation_names[i], times[i].ns,
				   times[i].operations);
	mutex_unlock(&lock);
	return 0;
}

static int bench_open(struct inode *inode, struct file *file)
{
	return single_open(file, show, NULL);
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = bench_open,
	.read = seq_read,
	.write = bench_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int __init gomap_bench_init(void)
{
	debugfs_create_file("gomap_bench", 0600, NULL, NULL, &operations);
	return 0;
}
module_init(gomap_bench_init);

MODULE_DESCRIPTION("Benchmarks of gomap and its peers");
MODULE_AUTHOR("The gomap developers");
MODULE_LICENSE("GPL");
