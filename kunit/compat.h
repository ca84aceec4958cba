/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels that the tests build for, 6.12 to 7.2. */
#ifndef _GOMAP_KUNIT_COMPAT_H
#define _GOMAP_KUNIT_COMPAT_H

#include <linux/module.h>
#include <linux/version.h>

/* From 6.13 on a namespace is a string. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define GOMAP_KUNIT_IMPORT MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING)
#else
#define GOMAP_KUNIT_IMPORT MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING")
#endif

#endif /* _GOMAP_KUNIT_COMPAT_H */
