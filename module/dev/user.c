// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's budget, the users' budgets and numbers of maps, and the
 * parameters that limit them. See user.h.
 *
 * A user exists as long as one of its maps does. An XArray finds it by number.
 * A user without a reference is about to be erased there, and can't be found
 * any more: lookup_user() takes a reference under the lock of the array, and
 * release_user() takes that lock before it frees the user. Another user may
 * have its place by then. No charge is lost: a user without reference has
 * none.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <linux/xarray.h>
#include "../core/budget.h"
#include "user.h"

/*
 * A limit in bytes. @given is the parameter, 0 for the default, under the lock
 * of the parameters. @bytes is in force; budgets read it at any time.
 */
struct limit {
	unsigned long given;
	unsigned long bytes;
};

static struct limit module_limit;
static struct limit user_limit;

/*
 * The default is half of the memory, as in tmpfs: a map isn't swapped out, and
 * the OOM killer doesn't free it. A user gets half of that: one user leaves as
 * much to all other users as it takes.
 */
static void apply_limits(void)
{
	unsigned long bytes = module_limit.given;

	if (!bytes)
		bytes = totalram_pages() / 2 * PAGE_SIZE;
	WRITE_ONCE(module_limit.bytes, bytes);
	WRITE_ONCE(user_limit.bytes, user_limit.given ?: bytes / 2);
}

static int set_limit(const char *text, const struct kernel_param *param)
{
	struct limit *limit = param->arg;
	int ret = kstrtoul(text, 0, &limit->given);

	if (!ret)
		apply_limits();
	return ret;
}

static int get_limit(char *buffer, const struct kernel_param *param)
{
	const struct limit *limit = param->arg;

	return scnprintf(buffer, PAGE_SIZE, "%lu\n", limit->bytes);
}

static const struct kernel_param_ops limit_ops = {
	.set = set_limit,
	.get = get_limit,
};

module_param_cb(max_bytes, &limit_ops, &module_limit, 0644);
__MODULE_PARM_TYPE(max_bytes, "ulong");
MODULE_PARM_DESC(max_bytes, "bytes that all maps together may take (default 0: half of the memory)");

module_param_cb(max_user_bytes, &limit_ops, &user_limit, 0644);
__MODULE_PARM_TYPE(max_user_bytes, "ulong");
MODULE_PARM_DESC(max_user_bytes, "bytes that a user's maps may take (default 0: half of max_bytes)");

/* sysfs may write it while we read it. */
static unsigned int max_user_maps = 1024;
module_param(max_user_maps, uint, 0644);
MODULE_PARM_DESC(max_user_maps, "how many maps a user may have (default 1024)");

struct gomap_user {
	/* Its references are references to the user. */
	struct gomap_budget budget;
	u32 id;
	/* Raised under @users_lock. */
	atomic_t nr_maps;
};

static struct gomap_budget module_budget;

/* Held to find or make a user, and to count a map. */
static DEFINE_MUTEX(users_lock);
static DEFINE_XARRAY(users);

/*
 * The user to count the caller's maps for, as a number of the initial
 * namespace.
 */
static u32 current_id(void)
{
	struct user_namespace *ns = current_user_ns();
	kuid_t uid = current_uid();

	for (; ns != &init_user_ns; ns = ns->parent)
		uid = ns->owner;
	return __kuid_val(uid);
}

static void release_user(struct gomap_budget *budget)
{
	struct gomap_user *user = container_of(budget, struct gomap_user,
					       budget);

	/* Unless a new user of that number has taken its place. */
	xa_cmpxchg(&users, user->id, user, NULL, 0);
	gomap_budget_exit(budget);
	kfree(user);
}

static struct gomap_user *lookup_user(u32 id)
{
	struct gomap_user *user;

	xa_lock(&users);
	user = xa_load(&users, id);
	if (user && !refcount_inc_not_zero(&user->budget.refs))
		user = NULL;
	xa_unlock(&users);
	return user;
}

static struct gomap_user *make_user(u32 id)
{
	struct gomap_user *user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!user)
		return ERR_PTR(-ENOMEM);
	user->id = id;
	gomap_budget_init(&user->budget, &module_budget, &user_limit.bytes,
			  -EDQUOT);
	user->budget.release = release_user;
	ret = gomap_budget_add_stock(&user->budget, GFP_KERNEL_ACCOUNT);
	if (!ret)
		ret = xa_err(xa_store(&users, id, user, GFP_KERNEL_ACCOUNT));
	if (ret) {
		gomap_budget_put(&user->budget);
		return ERR_PTR(ret);
	}
	return user;
}

static bool count_map(struct gomap_user *user)
{
	lockdep_assert_held(&users_lock);
	if (atomic_read(&user->nr_maps) >= READ_ONCE(max_user_maps))
		return false;
	atomic_inc(&user->nr_maps);
	return true;
}

static struct gomap_user *add_map_locked(u32 id)
{
	struct gomap_user *user = lookup_user(id) ?: make_user(id);

	if (IS_ERR(user) || count_map(user))
		return user;
	gomap_budget_put(&user->budget);
	return ERR_PTR(-EDQUOT);
}

/**
 * gomap_user_add_map - count one more map for the user of the caller
 *
 * Context: Process context, may sleep.
 *
 * Return: the user, with a reference, for gomap_user_remove_map(); NULL if the
 * caller isn't limited; or an ERR_PTR of -EDQUOT if the user has as many maps
 * as permitted, or -ENOMEM.
 */
struct gomap_user *gomap_user_add_map(void)
{
	struct gomap_user *user;

	/* The lack of it is no offence to be audited. */
	if (ns_capable_noaudit(&init_user_ns, CAP_SYS_RESOURCE))
		return NULL;
	mutex_lock(&users_lock);
	user = add_map_locked(current_id());
	mutex_unlock(&users_lock);
	return user;
}

/**
 * gomap_user_remove_map - uncount a map that is gone, or was never made
 * @user: the user, from gomap_user_add_map(), or NULL
 *
 * Context: Process context.
 */
void gomap_user_remove_map(struct gomap_user *user)
{
	if (!user)
		return;
	atomic_dec(&user->nr_maps);
	gomap_budget_put(&user->budget);
}

/**
 * gomap_user_budget - the budget for the maps of a user
 * @user: the user, from gomap_user_add_map(), or NULL
 *
 * Context: Any.
 *
 * Return: the budget; the module's for NULL. It exists as long as @user does,
 * or a reference to it.
 */
struct gomap_budget *gomap_user_budget(struct gomap_user *user)
{
	return user ? &user->budget : &module_budget;
}

int gomap_users_init(void)
{
	/*
	 * If built in, the parameters were read before memory could be
	 * counted.
	 */
	kernel_param_lock(THIS_MODULE);
	apply_limits();
	kernel_param_unlock(THIS_MODULE);
	gomap_budget_init(&module_budget, NULL, &module_limit.bytes, -ENOMEM);
	return gomap_budget_add_stock(&module_budget, GFP_KERNEL);
}

/* All maps are gone, and their memory is freed. */
void gomap_users_exit(void)
{
	WARN_ON_ONCE(!xa_empty(&users));
	xa_destroy(&users);
	gomap_budget_exit(&module_budget);
}
