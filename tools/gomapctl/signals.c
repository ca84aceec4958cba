// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "gomapctl.h"
#include "signals.h"

static sigset_t caught;

/* Those that stop the program, or continue it, or mean nothing to it. */
static bool ends_nothing(int signal)
{
	static const int harmless[] = {
		SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(harmless); i++)
		if (harmless[i] == signal)
			return true;
	return false;
}

static void catch_signal(int signal, void (*handler)(int signal))
{
	const struct sigaction catch = {
		.sa_handler = handler,
		.sa_flags = SA_RESETHAND,
	};
	struct sigaction old;

	if (ends_nothing(signal) || sigaction(signal, NULL, &old) ||
	    old.sa_handler != SIG_DFL)
		return;
	/* Of SIGKILL, SIGSTOP, and those that libc has for itself, it fails. */
	if (!sigaction(signal, &catch, NULL))
		sigaddset(&caught, signal);
}

void signals_catch(void (*handler)(int signal))
{
	int i;

	sigemptyset(&caught);
	for (i = 1; i <= SIGRTMAX; i++)
		catch_signal(i, handler);
}

void signals_release(void)
{
	int i;

	for (i = 1; i <= SIGRTMAX; i++)
		if (sigismember(&caught, i) == 1)
			signal(i, SIG_DFL);
	sigemptyset(&caught);
}
