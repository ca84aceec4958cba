// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF_MAP_TYPE_HASH through its operations, as a BPF program's helpers call
 * them: with migration disabled, in an RCU read-side section. The calls go
 * through map->ops, as those of a program do that the JIT doesn't specialise.
 *
 * The map comes from kern_sys_bpf(), which is for modules: it gives the current
 * process a descriptor, from which bpf_map_get() gets the map.
 */
#include <linux/bpf.h>
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include "compat.h"
#include "loops.h"

/* No header declares it. */
int kern_sys_bpf(int cmd, union bpf_attr *attr, unsigned int size);

BENCH_IMPORT_BPF;

static __always_inline void enter(void)
{
	migrate_disable();
	rcu_read_lock();
}

static __always_inline void leave(void)
{
	rcu_read_unlock();
	migrate_enable();
}

static __always_inline int bpf_key_lookup(void *map, const void *key,
					  size_t len, void *value)
{
	struct bpf_map *m = map;
	void *found;

	enter();
	found = m->ops->map_lookup_elem(m, (void *)key);
	if (found)
		memcpy(value, found, m->value_size);
	leave();
	return found ? 0 : -ENOENT;
}

/*
 * Elements come from a list that an interrupt refills, which the processor sends
 * itself. UML has none, and waits for the next tick: here it doesn't have to.
 */
static noinline bool refill(void)
{
	unsigned long flags;

	if (!IS_ENABLED(CONFIG_UML))
		return false;
	local_irq_save(flags);
	irq_work_run();
	local_irq_restore(flags);
	return true;
}

static __always_inline int write(struct bpf_map *m, const void *key,
				 const void *value, u64 flags)
{
	int ret;

	enter();
	ret = m->ops->map_update_elem(m, (void *)key, (void *)value, flags);
	if (ret == -ENOMEM && refill())
		ret = m->ops->map_update_elem(m, (void *)key, (void *)value,
					      flags);
	leave();
	return ret;
}

static __always_inline int bpf_key_insert(void *map, const void *key,
					  size_t len, const void *value)
{
	return write(map, key, value, BPF_ANY);
}

/* It never sleeps. */
#define bpf_key_insert_atomic bpf_key_insert

static __always_inline int bpf_key_update(void *map, const void *key,
					  size_t len, const void *value)
{
	return write(map, key, value, BPF_EXIST);
}

static __always_inline int bpf_key_delete(void *map, const void *key,
					  size_t len)
{
	struct bpf_map *m = map;
	int ret;

	enter();
	ret = m->ops->map_delete_elem(m, (void *)key);
	leave();
	return ret;
}

BENCH_LOOPS(bpf_key, false, NULL);

static const struct bench_loops *loops(const struct bench_shape *shape)
{
	return shape->string ? NULL : &bpf_key_loops;
}

/* It can't grow: @size is its capacity whether anything is to be reserved or not. */
static void *create(const struct bench_peer *peer,
		    const struct bench_shape *shape, u32 size, bool reserve)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_HASH,
		.key_size = shape->key_size,
		.value_size = shape->value_size,
		.max_entries = size,
		.map_flags = peer->flags,
	};
	struct bpf_map *map;
	int fd;

	fd = kern_sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
	if (fd < 0)
		return ERR_PTR(fd);
	map = bpf_map_get(fd);
	close_fd(fd);
	return map;
}

static void destroy(void *map)
{
	bpf_map_put(map);
}

static void settle(void *map)
{
}

struct copy {
	u8 *buffer;
	size_t bytes;
	size_t used;
};

static u64 copy_entry(u64 map, u64 key, u64 value, u64 context, u64 unused)
{
	struct bpf_map *m = (struct bpf_map *)map;
	struct copy *copy = (struct copy *)context;

	if (copy->used + m->key_size + m->value_size > copy->bytes)
		copy->used = 0;
	memcpy(copy->buffer + copy->used, (void *)key, m->key_size);
	copy->used += m->key_size;
	memcpy(copy->buffer + copy->used, (void *)value, m->value_size);
	copy->used += m->value_size;
	return 0;
}

/* As bpf_for_each_map_elem(), the fastest walk there is inside the kernel. */
static u32 scan(void *map, void *buffer, size_t bytes)
{
	struct copy copy = { .buffer = buffer, .bytes = bytes };
	struct bpf_map *m = map;
	int entries;

	migrate_disable();
	entries = m->ops->map_for_each_callback(m, copy_entry, &copy, 0);
	migrate_enable();
	return entries;
}

const struct bench_peer bench_bpf = {
	.name = "bpf",
	.loops = loops,
	.create = create,
	.destroy = destroy,
	.settle = settle,
	.scan = scan,
};

const struct bench_peer bench_bpf_no_prealloc = {
	.name = "bpf-no-prealloc",
	.flags = BPF_F_NO_PREALLOC,
	.loops = loops,
	.create = create,
	.destroy = destroy,
	.settle = settle,
	.scan = scan,
};
