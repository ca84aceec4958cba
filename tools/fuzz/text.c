// SPDX-License-Identifier: GPL-2.0-only
/*
 * See text.h.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static const char *const window_names[NR_WINDOWS] = {
	[WINDOW_NULL] = "null",	[WINDOW_RW] = "rw",
	[WINDOW_EDGE] = "edge",	[WINDOW_RO] = "ro",
	[WINDOW_SHARED] = "shared", [WINDOW_FLIP] = "flip",
	[WINDOW_NONE] = "none",	[WINDOW_KERNEL] = "kernel",
};

static const char *const race_names[NR_RACES] = {
	"same", "close", "last", "shared", "flip", "signal",
};

/* Printing */

static void print_number(uint64_t number, FILE *out)
{
	fprintf(out, number <= 9999 ? "%llu" : "%#llx",
		(unsigned long long)number);
}

static void print_text(const unsigned char *text, size_t size, FILE *out)
{
	size_t i;

	while (size && !text[size - 1])
		size--;
	putc('"', out);
	for (i = 0; i < size; i++)
		if (isprint(text[i]) && text[i] != '"' && text[i] != '\\')
			putc(text[i], out);
		else
			fprintf(out, "\\x%02x", text[i]);
	putc('"', out);
}

static void print_pointer(const struct pointer *pointer, FILE *out)
{
	const struct content *content = &pointer->content;

	fputs(window_names[pointer->window], out);
	if (pointer->offset) {
		putc(pointer->offset < 0 ? '-' : '+', out);
		print_number(llabs(pointer->offset), out);
	}
	if (!content->count)
		return;
	putc('{', out);
	print_number(content->first, out);
	fprintf(out, "*%u:%u", content->count, content->size);
	if (content->record)
		fprintf(out, ",%u", content->value_size);
	putc('}', out);
}

static void print_call(const struct call *call, FILE *out)
{
	const struct call_kind *kind = kind_of(call);
	const struct member *member;
	const union value *value;

	if (kind->gives_fd)
		fprintf(out, "d%d = ", call->gives);
	fputs(kind->name, out);
	if (kind->takes_fd)
		fprintf(out, " d%d", call->fd);
	for (member = kind->members; member->name; member++) {
		if (is_usual(call, member))
			continue;
		fprintf(out, " %s=", member->name);
		value = &call->values[member - kind->members];
		switch (member->type) {
		case NUMBER:
			if (member->role == ROLE_MODE)
				fprintf(out, "%#llo",
					(unsigned long long)value->number);
			else
				print_number(value->number, out);
			break;
		case POINTER:
			print_pointer(&value->pointer, out);
			break;
		case TEXT:
			print_text(value->text, member->size, out);
			break;
		}
	}
	putc('\n', out);
}

static void print_race(const struct program *program, FILE *out)
{
	int i;

	fputs("race", out);
	for (i = 0; i < NR_RACES; i++)
		if (program->race & 1 << i)
			fprintf(out, " %s", race_names[i]);
	putc('\n', out);
}

void program_print(const struct program *program, FILE *out)
{
	unsigned int i;

	for (i = 0; i < program->nr; i++) {
		if (program->race && program->race_at == i)
			print_race(program, out);
		print_call(&program->calls[i], out);
	}
}

/* Parsing: each takes what it knows from the text, or returns false. */

static bool take(const char **text, const char *what)
{
	size_t len = strlen(what);

	if (strncmp(*text, what, len))
		return false;
	*text += len;
	return true;
}

static void take_spaces(const char **text)
{
	while (**text == ' ')
		(*text)++;
}

static bool take_word(const char **text, char word[32])
{
	size_t len = 0;

	while (len < 31 && (isalnum((unsigned char)**text) || **text == '_'))
		word[len++] = *(*text)++;
	word[len] = '\0';
	return len;
}

static bool take_number(const char **text, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	*number = strtoull(*text, &end, 0);
	*text = end;
	return true;
}

static bool take_u32(const char **text, uint32_t *number)
{
	uint64_t wide;

	if (!take_number(text, &wide) || wide > UINT32_MAX)
		return false;
	*number = wide;
	return true;
}

static bool take_fd(const char **text, int *fd)
{
	if (**text != 'd' || (*text)[1] < '0' || (*text)[1] >= '0' + FUZZ_FDS)
		return false;
	*fd = (*text)[1] - '0';
	*text += 2;
	return true;
}

static bool take_text(const char **text, unsigned char *to, size_t size)
{
	unsigned int byte;
	size_t len = 0;

	if (!take(text, "\""))
		return false;
	while (**text != '"') {
		if (!**text || **text == '\n' || len == size)
			return false;
		if (take(text, "\\x")) {
			if (!isxdigit((unsigned char)**text) ||
			    sscanf(*text, "%2x", &byte) != 1)
				return false;
			*text += 2;
		} else {
			byte = *(*text)++;
		}
		to[len++] = byte;
	}
	return take(text, "\"");
}

static bool take_content(const char **text, struct content *content)
{
	if (!take_number(text, &content->first) || !take(text, "*") ||
	    !take_u32(text, &content->count) || !take(text, ":") ||
	    !take_u32(text, &content->size))
		return false;
	content->record = take(text, ",");
	if (content->record && !take_u32(text, &content->value_size))
		return false;
	return take(text, "}");
}

static bool take_pointer(const char **text, struct pointer *pointer)
{
	char word[32];
	uint64_t offset = 0;
	bool negative;
	int i;

	if (!take_word(text, word))
		return false;
	for (i = 0; i < NR_WINDOWS && strcmp(word, window_names[i]); i++)
		;
	if (i == NR_WINDOWS)
		return false;
	memset(pointer, 0, sizeof(*pointer));
	pointer->window = i;
	negative = take(text, "-");
	if ((negative || take(text, "+")) && !take_number(text, &offset))
		return false;
	pointer->offset = negative ? -offset : offset;
	return !take(text, "{") || take_content(text, &pointer->content);
}

static bool take_member(const char **text, struct call *call)
{
	char word[32];
	union value *value;
	int i;

	if (!take_word(text, word) || !take(text, "="))
		return false;
	i = find_member(kind_of(call), word);
	if (i < 0)
		return false;
	value = &call->values[i];
	switch (kind_of(call)->members[i].type) {
	case NUMBER:
		return take_number(text, &value->number);
	case POINTER:
		return take_pointer(text, &value->pointer);
	default:
		return take_text(text, value->text,
				 kind_of(call)->members[i].size);
	}
}

static bool take_call(const char **text, struct call *call)
{
	int gives = FUZZ_NO_FD, name;
	char word[32];

	if (take_fd(text, &gives) && !take(text, " = "))
		return false;
	if (!take_word(text, word))
		return false;
	for (name = 0; name < NR_CALLS; name++)
		if (!strcmp(word, call_kinds[name].name))
			break;
	if (name == NR_CALLS)
		return false;
	if (call_kinds[name].gives_fd ? gives < 0 : gives >= 0)
		return false;
	init_call(call, name);
	call->gives = gives;
	take_spaces(text);
	if (call_kinds[name].takes_fd && !take_fd(text, &call->fd))
		return false;
	for (take_spaces(text); **text && **text != '\n'; take_spaces(text))
		if (!take_member(text, call))
			return false;
	return true;
}

static bool take_race(const char **text, struct program *program)
{
	char word[32];
	int i;

	program->race_at = program->nr;
	for (take_spaces(text); take_word(text, word); take_spaces(text)) {
		for (i = 0; i < NR_RACES && strcmp(word, race_names[i]); i++)
			;
		if (i == NR_RACES)
			return false;
		program->race |= 1 << i;
	}
	return program->race;
}

static bool take_line(const char **text, struct program *program)
{
	if (**text == '#')
		*text += strcspn(*text, "\n");
	if (!**text || **text == '\n')
		return true;
	if (take(text, "race "))
		return !program->race && take_race(text, program);
	if (program->nr == FUZZ_CALLS)
		return false;
	return take_call(text, &program->calls[program->nr++]);
}

bool program_parse(const char *text, const char *name, struct program *program)
{
	unsigned int line = 0;

	memset(program, 0, sizeof(*program));
	while (*text) {
		line++;
		if (!take_line(&text, program) || (*text && *text != '\n')) {
			fprintf(stderr, "fuzz: %s:%u: what is \"%.*s\"?\n",
				name, line, (int)strcspn(text, "\n"), text);
			return false;
		}
		take(&text, "\n");
	}
	bound_program(program);
	return true;
}
