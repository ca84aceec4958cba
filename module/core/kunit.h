/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests in kunit/ need of core: its functions, and allocations that
 * fail on demand. Nothing of it is in a kernel that has no KUnit, or one that
 * can't do it.
 */
#ifndef _GOMAP_KUNIT_H
#define _GOMAP_KUNIT_H

#include "../compat.h"

#if IS_ENABLED(CONFIG_KUNIT) && GOMAP_KUNIT_CAN_STUB
#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#else
#define EXPORT_SYMBOL_IF_KUNIT(...)
#define KUNIT_STATIC_STUB_REDIRECT(...) do { } while (0)
#endif

#endif /* _GOMAP_KUNIT_H */
