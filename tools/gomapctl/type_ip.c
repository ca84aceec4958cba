// SPDX-License-Identifier: GPL-2.0-only
/*
 * ipv4 and ipv6, in network byte order. They differ only in size.
 */
#include <arpa/inet.h>
#include <string.h>

#include "type_class.h"

static int family(const struct type *type)
{
	return type->size == sizeof(struct in_addr) ? AF_INET : AF_INET6;
}

bool ip_parse(const struct type *type, const char *text, size_t len,
	      struct datum *datum)
{
	datum->len = type->size;
	return strlen(text) == len &&
	       inet_pton(family(type), text, datum->bytes) == 1;
}

const char *ip_hint(const char *text, size_t len)
{
	if (memchr(text, '/', len))
		return "a prefix is many addresses, and a map finds each by itself";
	return NULL;
}

void ip_print(const struct type *type, const struct datum *datum, FILE *out)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family(type), datum->bytes, text, sizeof(text));
	fputs(text, out);
}
