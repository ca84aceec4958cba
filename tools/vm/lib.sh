# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts beside this file share: sourced, never run.
# shellcheck shell=bash disable=SC2034 # they use the variables

vm=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/gomap
export LC_ALL=C

# Standard output carries results (a directory, a command's output); people read standard error.
say() { echo "$*" >&2; }
die() { say "${0##*/}: $*"; exit 125; }

# usage: once DIR FUNCTION
# Makes sure that DIR exists, as FUNCTION fills it. FUNCTION works in an empty directory that takes
# its name only when complete: a build that is killed leaves nothing that looks like a result.
# Others who want the same DIR wait for the first.
once() {
	[ ! -d "$1" ] || return 0
	mkdir -p "${1%/*}"
	(
		flock 9
		[ ! -d "$1" ] || exit 0
		rm -rf "$1.part"
		mkdir "$1.part"
		(set -e; cd "$1.part"; "$2" "$1")
		mv "$1.part" "$1"
	) 9>"$1.lock"
}

# Before anything is fetched: package lists older than a day name packages that the mirror may no
# longer have. Without a network, what there is has to do.
fresh_lists() {
	[ "$(find /var/lib/apt/lists/partial -maxdepth 0 -mtime -1 2>/dev/null)" ] || "$vm/need" -u || :
}

# Prints a word so that any shell reads it back as it is.
quote() { echo "'${1//\'/\'\\\'\'}'"; }
