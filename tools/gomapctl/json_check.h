/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What json-c lets pass, and would change. Its strict mode can't be relied on:
 * 0.16 caps numbers and permits control characters in it, 0.18 refuses all
 * letters beyond ASCII, 0.19 permits them again.
 */
#ifndef _GOMAPCTL_JSON_CHECK_H
#define _GOMAPCTL_JSON_CHECK_H

#include <stddef.h>

/*
 * What is wrong with a JSON object of strings, integers and objects, NULL if
 * json-c can be trusted with it. *@nr_members is how many it has with those of
 * objects in it, twice if given twice. Pairs of \uHHHH become the character that
 * they stand for, so *@len may shrink: json-c up to 0.18 changes some.
 */
const char *json_flaw(char *text, size_t *len, size_t *nr_members);

#endif /* _GOMAPCTL_JSON_CHECK_H */
