/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GOMAP_CONTROL_H
#define _GOMAP_CONTROL_H

int gomap_control_init(void);
void gomap_control_exit(void);

#endif /* _GOMAP_CONTROL_H */
