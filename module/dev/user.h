/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits: bytes of all maps, bytes of a user's maps, number of a user's maps.
 *
 * A map counts for its maker until it is gone. It is one of max_user_maps. The
 * memory for its entries, its tables and its name is charged to the user's
 * budget, no matter which process inserts. The user is the real user of the
 * caller. In a user namespace it is the owner of the outermost one: its users
 * cost the owner nothing, so they can't have a limit each.
 *
 * A charge to a user is also a charge to the module. If the maker has
 * CAP_SYS_RESOURCE in the initial namespace, the map is charged to the module
 * only, and not counted.
 */
#ifndef _GOMAP_USER_H
#define _GOMAP_USER_H

struct gomap_budget;
struct gomap_user;

struct gomap_user *gomap_user_add_map(void);
void gomap_user_remove_map(struct gomap_user *user);
struct gomap_budget *gomap_user_budget(struct gomap_user *user);

int gomap_users_init(void);
void gomap_users_exit(void);

#endif /* _GOMAP_USER_H */
