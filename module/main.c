// SPDX-License-Identifier: GPL-2.0-only
/*
 * gomap: Go's map as a kernel object. Starts and stops the parts.
 */
#include <linux/module.h>
#include "core/map.h"
#include "dev/control.h"
#include "dev/node.h"
#include "dev/user.h"

static int __init gomap_init(void)
{
	int ret;

	ret = gomap_users_init();
	if (ret)
		return ret;
	ret = gomap_core_init();
	if (ret)
		goto err_users_exit;
	ret = gomap_nodes_init();
	if (ret)
		goto err_core_exit;
	ret = gomap_control_init();
	if (ret)
		goto err_nodes_exit;
	return 0;

err_nodes_exit:
	gomap_nodes_exit();
err_core_exit:
	gomap_core_exit();
err_users_exit:
	gomap_users_exit();
	return ret;
}

/* No user's map exists any more: each holds the module. */
static void __exit gomap_exit(void)
{
	gomap_control_exit();
	gomap_nodes_exit();
	gomap_core_exit();
	gomap_users_exit();
}

module_init(gomap_init);
module_exit(gomap_exit);

MODULE_DESCRIPTION("Go's map as a kernel object");
MODULE_AUTHOR("The gomap developers");
MODULE_LICENSE("GPL");
