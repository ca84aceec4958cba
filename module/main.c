// SPDX-License-Identifier: GPL-2.0-only
/*
 * gomap: Go's map as a kernel object. Starts and stops the parts.
 */
#include <linux/module.h>
#include "core/map.h"

static int __init gomap_init(void)
{
	return gomap_core_init();
}

static void __exit gomap_exit(void)
{
	gomap_core_exit();
}

module_init(gomap_init);
module_exit(gomap_exit);

MODULE_DESCRIPTION("Go's map as a kernel object");
MODULE_AUTHOR("The gomap developers");
MODULE_LICENSE("GPL");
