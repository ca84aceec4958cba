# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# bash completion for gomapctl: commands, names of maps, types and keywords.

_gomapctl_types='u8 u16 u32 u64 s8 s16 s32 s64 str bytes: ipv4 ipv6 mac'
_gomapctl_commands='create insert lookup delete add cas take len show stat list
	dump save load clear reserve shrink freeze remove batch help version'

# What may stand in place N, the command's name being in place 0.
_gomapctl_words()
{
	local command=$1 place=$2 before=$3

	case $command:$place in
	help:1)
		echo "$_gomapctl_commands" ;;
	batch:*)
		echo '-f --force' ;;
	create:1 | list:* | version:* | help:*)
		;;
	create:*)
		case $before in
		key)
			echo "$_gomapctl_types" ;;
		value)
			echo "$_gomapctl_types none" ;;
		max | max_bytes | reserve | mode | owner)
			;;
		*)
			echo 'key value max max_bytes reserve mode owner' ;;
		esac ;;
	*:1)
		ls /sys/class/gomap 2>/dev/null ;;
	dump:2 | save:3)
		echo raw ;;
	load:[3-9])
		case $before in
		comments | key | value)
			;;
		separator)
			echo blanks ;;
		*)
			echo 'comments separator key value raw' ;;
		esac ;;
	insert:[34])
		echo 'new existing' ;;
	delete:3)
		echo if ;;
	esac
}

# Does a file stand in place N?
_gomapctl_is_file()
{
	local command=$1 place=$2 current=$3

	case $command:$place in
	load:2 | save:2)
		;;
	batch:[1-9])
		[[ $current != -* ]] ;;
	*)
		false ;;
	esac
}

_gomapctl()
{
	local current=${COMP_WORDS[COMP_CWORD]}
	local before=${COMP_WORDS[COMP_CWORD - 1]}
	local i=1 command words

	while [[ $i -lt $COMP_CWORD && ${COMP_WORDS[i]} == -* ]]; do
		((i++))
	done
	command=${COMP_WORDS[i]}

	if [[ $i -lt $COMP_CWORD ]]; then
		words=$(_gomapctl_words "$command" $((COMP_CWORD - i)) "$before")
		[[ $current != -* ]] || words+=' --json --pretty --help'
		[[ $command$current != create-* ]] || words+=' --if-absent'
	elif [[ $current == -* ]]; then
		words='--json --pretty --help --version'
	else
		words=$_gomapctl_commands
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")

	if _gomapctl_is_file "$command" $((COMP_CWORD - i)) "$current"; then
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
	elif [[ ${COMPREPLY[0]-} == *: ]]; then
		compopt -o nospace
	fi
}

complete -F _gomapctl gomapctl
