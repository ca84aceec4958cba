/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that the benchmarks build for, 6.1 to 7.2.
 */
#ifndef _GOMAP_BENCH_COMPAT_H
#define _GOMAP_BENCH_COMPAT_H

#include <linux/module.h>
#include <linux/version.h>

/* Before 6.13: the name of a namespace was no string. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define BENCH_IMPORT_BPF MODULE_IMPORT_NS(BPF_INTERNAL)
#define BENCH_IMPORT_KUNIT MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING)
#else
#define BENCH_IMPORT_BPF MODULE_IMPORT_NS("BPF_INTERNAL")
#define BENCH_IMPORT_KUNIT MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING")
#endif

#endif /* _GOMAP_BENCH_COMPAT_H */
