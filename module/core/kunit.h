/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests in kunit/ need of core: its functions, and allocations that
 * fail on demand. In a kernel without KUnit it is nothing, and so in 6.1, whose
 * KUnit can do neither.
 */
#ifndef _GOMAP_KUNIT_H
#define _GOMAP_KUNIT_H

#if IS_ENABLED(CONFIG_KUNIT) && __has_include(<kunit/static_stub.h>)
#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#else
#define KUNIT_STATIC_STUB_REDIRECT(function, args...) do { } while (0)
#define EXPORT_SYMBOL_IF_KUNIT(symbol)
#endif

#endif /* _GOMAP_KUNIT_H */
