/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults: of the chances to fail that the kernel has in a call (an allocation, a
 * copy from or to user memory), one fails. See fail-nth in
 * Documentation/fault-injection of the kernel; without it, none does.
 */
#ifndef _FUZZ_FAULT_H
#define _FUZZ_FAULT_H

void fault_init(void);
/* The @nth from now on, of this thread; 0: none. */
void fault_begin(unsigned int nth);
void fault_end(void);

#endif /* _FUZZ_FAULT_H */
