// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's rhashtable, as its users use it: keys hashed by jhash2(), objects
 * in a slab cache of their own, one object for each key, freed by kfree_rcu(),
 * no hint of how many there will be, shrinking switched on.
 *
 * The parameters are constants in each instance, which is what makes rhashtable
 * fast. An update stores into the object that it finds, as users do, though a
 * reader may then see half of it.
 */
#include <linux/err.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "loops.h"
#include "rhashtable.h"

/* The key, and then the value. */
struct object {
	struct rhash_head node;
	struct rcu_head rcu;
	u8 data[];
};

struct map {
	struct rhashtable table;
	struct kmem_cache *objects;
	u32 key_size;
	u32 value_size;
};

#define PARAMS(key) ((struct rhashtable_params) {			\
	.key_len = key,							\
	.key_offset = offsetof(struct object, data),			\
	.head_offset = offsetof(struct object, node),			\
	.automatic_shrinking = true,					\
})

static __always_inline int lookup(struct map *m, const void *key, void *value,
				  const u32 key_size, const u32 value_size)
{
	struct object *object;

	rcu_read_lock();
	object = rhashtable_lookup(&m->table, key, PARAMS(key_size));
	if (object)
		memcpy(value, object->data + key_size, value_size);
	rcu_read_unlock();
	return object ? 0 : -ENOENT;
}

static __always_inline int insert(struct map *m, const void *key,
				  const void *value, const u32 key_size,
				  const u32 value_size, const gfp_t gfp)
{
	struct object *object = kmem_cache_alloc(m->objects, gfp);
	int ret;

	if (!object)
		return -ENOMEM;
	memcpy(object->data, key, key_size);
	memcpy(object->data + key_size, value, value_size);
	/* It refuses while it falls behind in growing; there is no more to do. */
	while ((ret = rhashtable_lookup_insert_fast(&m->table, &object->node,
						    PARAMS(key_size))) == -EBUSY &&
	       gfpflags_allow_blocking(gfp))
		cond_resched();
	if (ret)
		kmem_cache_free(m->objects, object);
	return ret;
}

static __always_inline int update(struct map *m, const void *key,
				  const void *value, const u32 key_size,
				  const u32 value_size)
{
	struct object *object;

	rcu_read_lock();
	object = rhashtable_lookup(&m->table, key, PARAMS(key_size));
	if (object)
		memcpy(object->data + key_size, value, value_size);
	rcu_read_unlock();
	return object ? 0 : -ENOENT;
}

static __always_inline int delete(struct map *m, const void *key,
				  const u32 key_size)
{
	struct object *object;
	int ret = -ENOENT;

	rcu_read_lock();
	object = rhashtable_lookup(&m->table, key, PARAMS(key_size));
	if (object)
		ret = rhashtable_remove_fast(&m->table, &object->node,
					     PARAMS(key_size));
	if (!ret)
		kfree_rcu(object, rcu);
	rcu_read_unlock();
	return ret;
}

#define INSTANCE(name, key_size, value_size)				\
static __always_inline int name##_lookup(void *map, const void *key,	\
					 size_t len, void *value)	\
{									\
	return lookup(map, key, value, key_size, value_size);		\
}									\
									\
static __always_inline int name##_insert(void *map, const void *key,	\
					 size_t len, const void *value)	\
{									\
	return insert(map, key, value, key_size, value_size,		\
		      GFP_KERNEL);					\
}									\
									\
static __always_inline int name##_insert_atomic(void *map,		\
						const void *key,	\
						size_t len,		\
						const void *value)	\
{									\
	return insert(map, key, value, key_size, value_size,		\
		      GFP_ATOMIC);					\
}									\
									\
static __always_inline int name##_update(void *map, const void *key,	\
					 size_t len, const void *value)	\
{									\
	return update(map, key, value, key_size, value_size);		\
}									\
									\
static __always_inline int name##_delete(void *map, const void *key,	\
					 size_t len)			\
{									\
	return delete(map, key, key_size);				\
}									\
									\
BENCH_LOOPS(name, false, NULL)

INSTANCE(pair_4_4, 4, 4);
INSTANCE(pair_8_8, 8, 8);
INSTANCE(pair_16_64, 16, 64);
INSTANCE(pair_32_8, 32, 8);

static struct instance {
	u32 key_size;
	u32 value_size;
	const struct bench_loops *loops;
	struct kmem_cache *objects;
} instances[] = {
	{ 4, 4, &pair_4_4_loops },
	{ 8, 8, &pair_8_8_loops },
	{ 16, 64, &pair_16_64_loops },
	{ 32, 8, &pair_32_8_loops },
};

static struct instance *find_instance(const struct bench_shape *shape)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(instances); i++)
		if (!shape->string &&
		    shape->key_size == instances[i].key_size &&
		    shape->value_size == instances[i].value_size)
			return &instances[i];
	return NULL;
}

static const struct bench_loops *loops(const struct bench_shape *shape)
{
	struct instance *instance = find_instance(shape);

	return instance ? instance->loops : NULL;
}

/* Kept for good: nobody can wait for kfree_rcu() on all kernels. */
static struct kmem_cache *get_cache(const struct bench_shape *shape)
{
	struct instance *instance = find_instance(shape);

	if (!instance->objects)
		instance->objects = kmem_cache_create("gomap_bench_object",
						      sizeof(struct object) +
						      shape->key_size +
						      shape->value_size,
						      8, 0, NULL);
	return instance->objects;
}

static void *create(const struct bench_peer *peer,
		    const struct bench_shape *shape, u32 size, bool reserve)
{
	struct rhashtable_params params = PARAMS(shape->key_size);
	struct kmem_cache *objects = get_cache(shape);
	struct map *m;
	int ret;

	if (!objects)
		return ERR_PTR(-ENOMEM);
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return ERR_PTR(-ENOMEM);
	m->objects = objects;
	m->key_size = shape->key_size;
	m->value_size = shape->value_size;
	/* The hint has 16 bits. */
	if (reserve)
		params.nelem_hint = min_t(u32, size, U16_MAX);
	ret = rhashtable_init(&m->table, &params);
	if (ret) {
		kfree(m);
		return ERR_PTR(ret);
	}
	return m;
}

static void free_object(void *object, void *objects)
{
	kmem_cache_free(objects, object);
}

static void destroy(void *map)
{
	struct map *m = map;

	rhashtable_free_and_destroy(&m->table, free_object, m->objects);
	kfree(m);
}

static void settle(void *map)
{
	struct map *m = map;

	bench_rhashtable_settle(&m->table);
}

static u32 scan(void *map, void *buffer, size_t bytes)
{
	struct rhashtable_iter iter;
	struct map *m = map;
	u32 entry = m->key_size + m->value_size, entries = 0;
	struct object *object;
	size_t used = 0;

	rhashtable_walk_enter(&m->table, &iter);
	rhashtable_walk_start(&iter);
	while ((object = rhashtable_walk_next(&iter))) {
		/* It goes on in another table. */
		if (IS_ERR(object))
			continue;
		if (used + entry > bytes)
			used = 0;
		memcpy(buffer + used, object->data, entry);
		used += entry;
		entries++;
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return entries;
}

const struct bench_peer bench_rhashtable = {
	.name = "rhashtable",
	.loops = loops,
	.create = create,
	.destroy = destroy,
	.settle = settle,
	.scan = scan,
};
