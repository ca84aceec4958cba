/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as one line of text, and back. A backslash is written \\, TAB,
 * newline and carriage return \t, \n and \r, other control characters, those
 * that change the direction of text, and whatever isn't UTF-8 \xHH; everything
 * else stands for itself.
 */
#ifndef _GOMAPCTL_TEXT_H
#define _GOMAPCTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

void text_print(const unsigned char *bytes, size_t len, FILE *out);
/* A byte escaped that needs it, or that must not stand for itself there. */
void text_print_escape(unsigned char byte, FILE *out);

/* For messages: the same, but a backslash stands for itself. */
void text_show(const char *text, size_t len, FILE *out);
/* Those characters of JSON, which has \uHHHH for them; a newline stays. */
void text_print_json(const char *text, size_t len, FILE *out);
/* How much of @text fits into @max bytes, without half of a character. */
size_t text_cut(const char *text, size_t len, size_t max);

/*
 * The reverse. @bytes has room for *@nr_bytes, which is set to how many there
 * are. Any byte may be written \xHH, and only a backslash has to be escaped.
 * False if there are more bytes than room, or another escape than those above:
 * to guess what it means would be to change somebody's data.
 */
bool text_parse(const char *text, size_t len, unsigned char *bytes,
		size_t *nr_bytes);

bool text_is_utf8(const unsigned char *bytes, size_t len);

#endif /* _GOMAPCTL_TEXT_H */
