// SPDX-License-Identifier: GPL-2.0-only
/*
 * rhashtable with strings for keys: hashed by jhash(), compared by a function of
 * the user's, in objects of their own length from kmalloc().
 */
#include <linux/err.h>
#include <linux/jhash.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "loops.h"
#include "rhashtable.h"

#define VALUE_SIZE 8

struct object {
	struct rhash_head node;
	struct rcu_head rcu;
	u8 value[VALUE_SIZE];
	u8 len;
	char string[];
};

struct key {
	const char *string;
	size_t len;
};

static u32 hash_key(const void *data, u32 len, u32 seed)
{
	const struct key *key = data;

	return jhash(key->string, key->len, seed);
}

static u32 hash_object(const void *data, u32 len, u32 seed)
{
	const struct object *object = data;

	return jhash(object->string, object->len, seed);
}

static int compare(struct rhashtable_compare_arg *arg, const void *data)
{
	const struct object *object = data;
	const struct key *key = arg->key;

	return object->len != key->len ||
	       memcmp(object->string, key->string, key->len);
}

static const struct rhashtable_params params = {
	.head_offset = offsetof(struct object, node),
	.hashfn = hash_key,
	.obj_hashfn = hash_object,
	.obj_cmpfn = compare,
	.automatic_shrinking = true,
};

static __always_inline int string_lookup(void *map, const void *string,
					 size_t len, void *value)
{
	const struct key key = { string, len };
	struct object *object;

	rcu_read_lock();
	object = rhashtable_lookup(map, &key, params);
	if (object)
		memcpy(value, object->value, VALUE_SIZE);
	rcu_read_unlock();
	return object ? 0 : -ENOENT;
}

static __always_inline int insert(void *map, const void *string, size_t len,
				  const void *value, const gfp_t gfp)
{
	const struct key key = { string, len };
	struct object *object = kmalloc(struct_size(object, string, len), gfp);
	int ret;

	if (!object)
		return -ENOMEM;
	object->len = len;
	memcpy(object->string, string, len);
	memcpy(object->value, value, VALUE_SIZE);
	while ((ret = rhashtable_lookup_insert_key(map, &key, &object->node,
						   params)) == -EBUSY &&
	       gfpflags_allow_blocking(gfp))
		cond_resched();
	if (ret)
		kfree(object);
	return ret;
}

static __always_inline int string_insert(void *map, const void *string,
					 size_t len, const void *value)
{
	return insert(map, string, len, value, GFP_KERNEL);
}

static __always_inline int string_insert_atomic(void *map, const void *string,
						size_t len, const void *value)
{
	return insert(map, string, len, value, GFP_ATOMIC);
}

static __always_inline int string_update(void *map, const void *string,
					 size_t len, const void *value)
{
	const struct key key = { string, len };
	struct object *object;

	rcu_read_lock();
	object = rhashtable_lookup(map, &key, params);
	if (object)
		memcpy(object->value, value, VALUE_SIZE);
	rcu_read_unlock();
	return object ? 0 : -ENOENT;
}

static __always_inline int string_delete(void *map, const void *string,
					 size_t len)
{
	const struct key key = { string, len };
	struct object *object;
	int ret = -ENOENT;

	rcu_read_lock();
	object = rhashtable_lookup(map, &key, params);
	if (object)
		ret = rhashtable_remove_fast(map, &object->node, params);
	if (!ret)
		kfree_rcu(object, rcu);
	rcu_read_unlock();
	return ret;
}

BENCH_LOOPS(string, true, NULL);

static const struct bench_loops *loops(const struct bench_shape *shape)
{
	return shape->string && shape->value_size == VALUE_SIZE ?
	       &string_loops : NULL;
}

static void *create(const struct bench_peer *peer,
		    const struct bench_shape *shape, u32 size, bool reserve)
{
	struct rhashtable *table = kzalloc(sizeof(*table), GFP_KERNEL);
	struct rhashtable_params hinted = params;
	int ret;

	if (!table)
		return ERR_PTR(-ENOMEM);
	/* The hint has 16 bits. */
	if (reserve)
		hinted.nelem_hint = min_t(u32, size, U16_MAX);
	ret = rhashtable_init(table, &hinted);
	if (ret) {
		kfree(table);
		return ERR_PTR(ret);
	}
	return table;
}

static void free_object(void *object, void *unused)
{
	kfree(object);
}

static void destroy(void *map)
{
	rhashtable_free_and_destroy(map, free_object, NULL);
	kfree(map);
}

static void settle(void *map)
{
	bench_rhashtable_settle(map);
}

static u32 scan(void *map, void *buffer, size_t bytes)
{
	struct rhashtable_iter iter;
	struct object *object;
	u32 entries = 0;

	rhashtable_walk_enter(map, &iter);
	rhashtable_walk_start(&iter);
	while ((object = rhashtable_walk_next(&iter))) {
		/* It goes on in another table. */
		if (IS_ERR(object))
			continue;
		memcpy(buffer, object->string, object->len);
		memcpy(buffer + object->len, object->value, VALUE_SIZE);
		entries++;
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return entries;
}

const struct bench_peer bench_rhashtable_string = {
	.name = "rhashtable",
	.loops = loops,
	.create = create,
	.destroy = destroy,
	.settle = settle,
	.scan = scan,
};
