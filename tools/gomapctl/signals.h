/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The signals that end the program, caught while there is something to put in
 * order first.
 */
#ifndef _GOMAPCTL_SIGNALS_H
#define _GOMAPCTL_SIGNALS_H

/*
 * Have @handler called for each, the first time, which also ends a system call.
 * A signal that is ignored, by nohup say, stays so.
 */
void signals_catch(void (*handler)(int signal));
void signals_release(void);

#endif /* _GOMAPCTL_SIGNALS_H */
