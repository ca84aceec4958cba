#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash # busybox
#
# gomapctl_test.sh - runs gomapctl against the real device. It and foreign_maps
# have to be in PATH.
#
# If libgomap_test is in PATH, too, it is run.
#
# Needs root, and gomap.ko in this directory unless the module is loaded. What
# it says is TAP, and at the end "N passed, N failed". Needs no more than
# busybox.

dir=$(mktemp -d)
passed=0
failed=0
tab=$(printf '\t')
newline='
'

# report NAME: of what the last command did, $? of it being 0 if that was right
report()
{
	if [ $? -eq 0 ]; then
		passed=$((passed + 1))
		printf 'ok %d - %s\n' $((passed + failed)) "$1"
	else
		failed=$((failed + 1))
		printf 'not ok %d - %s\n' $((passed + failed)) "$1"
	fi
}

# differs WHAT IS SHOULD: say so if it does
differs()
{
	[ "$2" = "$3" ] || printf "# %s '%s', not '%s'\n" "$1" "$2" "$3"
}

# compare NAME STATUS OUT ERR: what is in $dir/out and $dir/err, after $status
compare()
{
	local out err

	out=$(cat "$dir/out")
	err=$(cat "$dir/err")
	[ "$status" = "$2" ] && [ "$out" = "$3" ] && [ "$err" = "$4" ]
	report "$1"
	differs status "$status" "$2"
	differs output "$out" "$3"
	differs error "$err" "$4"
}

# expect NAME STATUS OUT ERR ARGUMENT...: gomapctl, with no input
expect()
{
	local name="$1" exit="$2" out="$3" err="$4"

	shift 4
	gomapctl "$@" </dev/null >"$dir/out" 2>"$dir/err"
	status=$?
	compare "$name" "$exit" "$out" "$err"
}

# expect_load NAME STATUS OUT ERR TEXT MAP: load of TEXT, as printf(1) has it
expect_load()
{
	# shellcheck disable=SC2059 # the text is a format
	printf "$5" | gomapctl load "$6" >"$dir/out" 2>"$dir/err"
	status=$?
	compare "$1" "$2" "$3" "$4"
}

# expect_batch NAME STATUS OUT ERR TEXT [-f]: batch of TEXT, as printf(1) has it
expect_batch()
{
	# shellcheck disable=SC2059 # the text is a format
	printf "$5" | gomapctl batch ${6+"$6"} - >"$dir/out" 2>"$dir/err"
	status=$?
	compare "$1" "$2" "$3" "$4"
}

# done_by NAME ARGUMENT...: exit 0, and not a word
done_by()
{
	local name="$1"

	shift
	expect "$name" 0 '' '' "$@"
}

# refused NAME ERR ARGUMENT...: exit 2, and the one line
refused()
{
	local name="$1" line="$2"

	shift 2
	expect "$name" 2 '' "gomapctl: $line" "$@"
}

# A bare machine has no users; the tests take two.
make_users()
{
	mkdir -p /etc
	echo root:x:0:0:root:/:/bin/sh >/etc/passwd
	echo nobody:x:65534:65534:nobody:/:/bin/sh >>/etc/passwd
	echo root:x:0: >/etc/group
}

# as_nobody COMMAND: for compare
as_nobody()
{
	chmod 755 "$dir"
	chmod 666 "$dir/out" "$dir/err"
	su -s /bin/sh nobody -c "PATH=$PATH; $1" </dev/null \
		>"$dir/out" 2>"$dir/err"
	status=$?
}

test_unloaded()
{
	local line="the gomap module is not loaded: run 'modprobe gomap'"
	refused "create without the module" "$line" create m key u8 value u8
	refused "remove without the module" "$line" remove m
	refused "lookup without the module" "$line" lookup m 1
	refused "list without the module" "$line" list
	refused "show without the module" "$line" show m
}

test_grammar()
{
	local usage='usage: gomapctl [-j|--json] [-p|--pretty] COMMAND ...'
	local command

	refused "no command" "$usage, see 'gomapctl help'"
	refused "unknown command" \
		"unknown command 'frob': 'gomapctl help' lists them" frob
	refused "unknown short option" \
		"bad option '-x': 'gomapctl help' lists them" -jx list
	refused "unknown long option" \
		"bad option '--xml': 'gomapctl help' lists them" --xml list
	refused "lookup without a key" \
		"usage: gomapctl lookup NAME KEY|-" lookup m
	refused "too many words" "usage: gomapctl len NAME" len m n
	refused "list of something" "usage: gomapctl list" list m
	refused "help for an unknown command" \
		"unknown command 'frob': 'gomapctl help' lists them" help frob

	gomapctl version | grep -q '^gomapctl [0-9]*\.[0-9]*\.[0-9]*$'
	report "version"
	[ "$(gomapctl -V)" = "$(gomapctl version)" ] &&
		[ "$(gomapctl --version)" = "$(gomapctl version)" ]
	report "-V and --version are version"
	[ "$(gomapctl -h)" = "$(gomapctl help)" ] &&
		[ "$(gomapctl --help)" = "$(gomapctl help)" ]
	report "-h and --help are help"
	for command in $(gomapctl help | sed -n 's/^  \([a-z]*\).*/\1/p'); do
		gomapctl "$command" -h | grep -q " $command" &&
			[ "$(gomapctl help "$command")" = \
			  "$(gomapctl "$command" --help)" ]
		report "help of $command"
	done

	gomapctl -j version | grep -q '^{"version":"[0-9]*\.[0-9]*\.[0-9]*"}$' &&
		[ "$(gomapctl -j -V)" = "$(gomapctl version -j)" ]
	report "version as JSON"

	gomapctl help >/dev/full 2>"$dir/err"
	[ $? -eq 2 ] && grep -q '^gomapctl: cannot write the output: ' "$dir/err"
	report "output that can't be written is an error"
}

# meant WORD COMMAND: who says the one is told of the other
meant()
{
	refused "'$1' is not unknown altogether" \
		"unknown command '$1': did you mean $2?" "$1" m
}

test_options()
{
	local word

	for word in get:lookup has:lookup set:insert put:insert del:delete \
		rm:delete pop:take incr:add ls:list count:len drop:remove \
		lookpu:lookup looup:lookup delte:delete delette:delete dmup:dump \
		lits:list Dump:dump res:reserve; do
		meant "${word%:*}" "${word#*:}"
	done
	for word in x li frob getx lookuplookup ''; do
		refused "'$word' is unknown" \
			"unknown command '$word': 'gomapctl help' lists them" "$word"
	done
	refused "help for 'get'" "unknown command 'get': did you mean lookup?" \
		help get

	gomapctl create m key str value str
	gomapctl insert m a x
	expect "-j behind a name" 0 '[{"key":"a","value":"x"}]' '' dump m -j
	expect "--json behind a name" 0 '1' '' len m --json
	[ "$(gomapctl show m -p)" = "$(gomapctl -p show m)" ]
	report "-p behind a name"
	expect "-j behind a key" 0 '"x"' '' lookup m a -j
	expect "-j before a key" 0 '"x"' '' lookup m -j a
	expect "-j before and -p behind a key" 0 '"x"' '' -j lookup m a -p
	[ "$(gomapctl dump m --help)" = "$(gomapctl help dump)" ]
	report "--help behind a name"
	refused "a bad option behind a name" \
		"bad option '-x': 'gomapctl help' lists them" dump m -x
	refused "a bad option among others" \
		"bad option '-x': 'gomapctl help' lists them" dump m -jx
	refused "-f behind a name" \
		"option '-f' is for batch alone: gomapctl batch -f FILE" clear m -f
	expect "the map is as it was" 0 1 '' len m
	for word in -h -j -1 - -- --help; do
		done_by "insert of '$word' as it is" insert m "$word" "$word"
		[ "$word" = - ] || expect "lookup of '$word'" 0 "$word" '' \
			lookup m "$word"
		done_by "cas of '$word'" cas m "$word" "$word" "-V"
	done
	expect "-- before a key" 0 -V '' lookup m -- -j
	expect "-- before a name" 0 -V '' lookup -- m -j
	expect "-- before a number" 0 -V '' lookup m -- -1
	(cd "$dir" && gomapctl save m -- -j >"$dir/out" 2>"$dir/err")
	status=$?
	compare "-- before a file" 0 'saved 7' ''
	[ "$(wc -l <"$dir/-j")" -eq 7 ]
	report "that file"
	(cd "$dir" && gomapctl save -j m -- -j >"$dir/out" 2>"$dir/err")
	status=$?
	compare "-j, and -- before a file" 0 '{"saved":7}' ''
	gomapctl remove m

	gomapctl create n key s32 value s32
	expect "negative numbers" 0 -7 '' add n -5 -7
	expect "-j behind negative numbers" 0 -14 '' add n -5 -7 -j
	gomapctl remove n
	printf 'frob\n' >"$dir/batch"
	refused "-f behind a file" \
		"$dir/batch:1: unknown command 'frob': 'gomapctl help' lists them" \
		batch "$dir/batch" -f
}

test_create()
{
	local usage='usage: gomapctl create [--if-absent] NAME key TYPE value TYPE [max N] [max_bytes N] [reserve N] [mode OCTAL] [owner U:G]'
	local types='u8 u16 u32 u64 s8 s16 s32 s64 str[:MAX] bytes:N ipv4 ipv6 mac'
	local name shown type max mode owner

	done_by "create" create m key u8 value u8
	refused "create what exists" \
		"map 'm' exists already: take another name, or remove it first" \
		create m key u8 value u8
	done_by "remove" remove m
	refused "remove what doesn't exist" \
		"there is no map 'm': 'gomapctl list' shows those there are" \
		remove m
	done_by "create with everything" create m max 10 reserve 5 mode 640 \
		owner 1:2 value str:10 key ipv4
	[ "$(stat -c '%a %u %g' /dev/gomap/m)" = "640 1 2" ]
	report "mode and owner of the node"
	gomapctl remove m
	done_by "create with an owner by name" create m key u8 value u8 \
		owner root:root
	[ "$(stat -c '%a %u %g' /dev/gomap/m)" = "600 0 0" ]
	report "mode and owner unless given"
	gomapctl remove m

	for name in '' .m -- a/b ../m control 'a b' "m${newline}x" \
		"$(printf %064d 0)"; do
		[ "$name" = -- ] && name=--m
		shown=$(printf %s "$name" | sed ':a;N;$!ba;s/\n/\\n/')
		refused "name '$shown'" \
			"'$shown' is no map name: 1 to 63 of A-Z a-z 0-9 _ - ., not -*, .* or control" \
			create -- "$name" key u8 value u8
	done
	done_by "longest name" create "$(printf %063d 0)" key u8 value u8
	done_by "its removal" remove "$(printf %063d 0)"

	refused "no value" "$usage" create m key u8 max 1 reserve
	refused "no type" "$usage" create m key u8 value
	refused "unknown keyword" "$usage" create m key u8 value u8 maximum 3
	refused "twice" "'key' is given twice" create m key u8 value u8 key u8
	refused "unknown key type" \
		"key type 'u7' is not one of $types, MAX and N 1 to 4096" \
		create m key u7 value u8
	refused "unknown value type" \
		"value type 'int' is not one of $types none, MAX and N 1 to 1048576" \
		create m key u8 value int
	for type in str:0 str:4097 str: str:x bytes bytes:0 bytes:4097 u8:1; do
		refused "key type $type" \
			"key type '$type' is not one of $types, MAX and N 1 to 4096" \
			create m key "$type" value u8
	done
	refused "key type none" \
		"only a value can be 'none': a map without values is a set" \
		create m key none value u8
	for max in 0 -1 2147483649 many; do
		refused "max $max" \
			"max '$max' is not a number of entries: 1 to 2147483648" \
			create m key u8 value u8 max $max
	done
	for max in 0 -1 18446744073709551616 1M; do
		refused "max_bytes $max" \
			"max_bytes '$max' is not a number of bytes: 1 to 18446744073709551615" \
			create m key u8 value u8 max_bytes $max
	done
	refused "reserve" \
		"reserve '-1' is not a number of entries: 0 to 2147483648" \
		create m key u8 value u8 reserve -1
	refused "reserve over max" "reserve 11 is more than max 10" \
		create m key u8 value u8 max 10 reserve 11
	for mode in 1000 8 rw -1; do
		refused "mode $mode" \
			"mode '$mode' is not a file mode: 0 to 0777, octal" \
			create m key u8 value u8 mode $mode
	done
	for owner in root : nosuchuser:root 0:4294967295 0:; do
		refused "owner $owner" \
			"owner '$owner' is not USER:GROUP, names or numbers that exist here" \
			create m key u8 value u8 owner $owner
	done
}

test_if_absent()
{
	local i pids=

	done_by "create if absent" create --if-absent m key str value u32 max 5
	done_by "create if absent, of what is there" create m key str value u32 \
		mode 600 --if-absent
	[ "$(field m max_entries)" = 5 ]
	report "it is as it was"
	refused "create without that" \
		"map 'm' exists already: take another name, or remove it first" \
		create m key str value u32
	done_by "a size that is the usual one" create m key str:4096 value u32 \
		--if-absent
	refused "another type of keys" \
		"map 'm' exists with key type str, not str:5: take another name, or remove it" \
		create --if-absent m key str:5 value u32
	refused "another type of values" \
		"map 'm' exists with value type u32, not s32: take another name, or remove it" \
		create --if-absent m key str value s32
	refused "a set" \
		"map 'm' exists with value type u32, not none: take another name, or remove it" \
		create --if-absent m key str value none
	expect_batch "--if-absent is for one line" 2 '' \
		"gomapctl: stdin:2: map 'm' exists already: take another name, or remove it first" \
		'create --if-absent m key str value u32\ncreate m key str value u32\n'
	refused "--if-absent of another command" \
		"option '--if-absent' is for create alone: gomapctl create --if-absent NAME ..." \
		remove --if-absent m
	gomapctl remove m

	for i in 1 2 3 4 5 6 7 8; do
		gomapctl create --if-absent m key u8 value u8 &
		pids="$pids $!"
	done
	for i in $pids; do
		wait "$i"
		report "create if absent, with others at the same time"
	done
	as_nobody "gomapctl create --if-absent m key u8 value u8"
	compare "create if absent, of what may not be opened" 2 '' \
		"gomapctl: no permission for map 'm': ask its owner, or run as root"
	gomapctl remove m
	gomapctl create m key u8 value u8 mode 644
	as_nobody "gomapctl create --if-absent m key u8 value u8"
	compare "create if absent, of what may be read" 0 '' ''
	gomapctl remove m
}

test_entries()
{
	local command

	gomapctl create fruit key str:64 value u64
	done_by "insert" insert fruit apple 5
	done_by "insert another" insert fruit banana 3
	expect "lookup" 0 5 '' lookup fruit apple
	expect "lookup -j" 0 5 '' -j lookup fruit apple
	expect "lookup of what is absent" 1 '' '' lookup fruit cherry
	expect "len" 0 2 '' len fruit
	expect "len -j" 0 2 '' len -j fruit
	done_by "insert over it" insert fruit apple 6
	expect "the new value" 0 6 '' lookup fruit apple
	expect "new, but there" 1 '' '' insert fruit apple 7 new
	expect "existing, but absent" 1 '' '' insert fruit cherry 7 existing
	done_by "new" insert fruit cherry 7 new
	done_by "existing" insert fruit apple 8 existing
	expect "the value of existing" 0 8 '' lookup fruit apple
	done_by "delete" delete fruit apple
	expect "delete of what is absent" 1 '' '' delete fruit apple
	expect "len after that" 0 2 '' len fruit

	refused "insert without a value" \
		"map 'fruit' needs a VALUE with the key, of type u64" \
		insert fruit apple
	refused "insert with a wrong word" \
		"'now' is neither 'new' nor 'existing'" insert fruit apple 1 now
	for command in "insert nomap 1 1" "lookup nomap 1" "delete nomap 1" \
		"len nomap" "show nomap" "load nomap" "add nomap 1 1" \
		"cas nomap 1 1 1" "take nomap 1" "dump nomap" \
		"save nomap $dir/none" "clear nomap" "freeze nomap" \
		"reserve nomap 1" "shrink nomap" "stat nomap"; do
		# shellcheck disable=SC2086 # it is several words
		refused "${command%% *} where there is no map" \
			"there is no map 'nomap': 'gomapctl list' shows those there are" \
			$command
	done
	gomapctl remove fruit

	gomapctl create set key mac value none
	done_by "insert into a set" insert set 00:11:22:aa:bb:ff
	expect "lookup in a set" 0 '' '' lookup set 00:11:22:AA:BB:FF
	expect "lookup -j in a set" 0 null '' -j lookup set 00:11:22:aa:bb:ff
	expect "new in a set" 1 '' '' insert set 00:11:22:aa:bb:ff new
	done_by "new in a set" insert set 00:11:22:aa:bb:00 new
	refused "a value in a set" \
		"'1' is neither 'new' nor 'existing', and a set takes no VALUE" \
		insert set 00:11:22:aa:bb:ff 1
	refused "two words too many" "usage: gomapctl insert NAME KEY VALUE [new|existing]" \
		insert set 00:11:22:aa:bb:ff new new
	gomapctl remove set

	gomapctl create full key u8 value u8 max 2
	gomapctl insert full 1 1
	gomapctl insert full 2 1
	refused "a full map" \
		"map 'full' is full, with its max of 2 entries: delete some first" \
		insert full 3 1
	done_by "insert over it in a full map" insert full 2 2
	gomapctl remove full

	refused "a map of more than max_bytes" \
		"map 'tight' takes more than max_bytes 100: reserve less, or permit more" \
		create tight key u8 value str max_bytes 100
	done_by "max_bytes" create tight key u8 value str max_bytes 10000
	[ "$(gomapctl show tight | awk '$1 == "max_bytes" { print $2 }')" = 10000 ]
	report "max_bytes is shown"
	done_by "what has room" insert tight 1 "$(printf %04000d 1)"
	refused "what has none" \
		"map 'tight' is at its max_bytes of 10000: delete some first" \
		insert tight 2 "$(printf %08000d 2)"
	expect "what was there" 0 1 '' len tight
	gomapctl remove tight
}

# type TYPE JSON DATUM [SHOWN]: DATUM comes back, as a key and as a value
round_trip()
{
	gomapctl create m key "$1" value "$1"
	gomapctl insert m "$3" "$3"
	expect "$1 '$3'" 0 "${4-$3}" '' lookup m "$3"
	expect "$1 '$3' as JSON" 0 "$2" '' -j lookup m "$3"
	gomapctl remove m
}

# bad_datum TYPE ACCEPTED DATUM...: refused, as a key and as a value
bad_datum()
{
	local type="$1" accepted="$2" article=a datum line

	shift 2
	case $type in
	s[1-9]* | ipv*) article=an ;;
	esac
	gomapctl create k key "$type" value u8
	gomapctl create v key u8 value "$type"
	for datum; do
		line="'$datum' is not $article $type: $accepted"
		refused "$type key '$datum'" "key $line" lookup k "$datum"
		refused "$type value '$datum'" "value $line" insert v 1 "$datum"
	done
	gomapctl remove k
	gomapctl remove v
}

test_types()
{
	local long

	round_trip u8 0 0
	round_trip u8 255 255
	round_trip u16 65535 0xffff 65535
	round_trip u32 4294967295 4294967295
	round_trip u64 18446744073709551615 18446744073709551615
	round_trip s8 -128 -128
	round_trip s16 -32768 -0x8000 -32768
	round_trip s32 2147483647 2147483647
	round_trip s64 -9223372036854775808 -9223372036854775808
	round_trip s64 9223372036854775807 9223372036854775807
	round_trip u32 10 010 10
	round_trip u32 8 08 8
	round_trip u32 8 0o10 8
	round_trip u32 10 0b1010 10
	round_trip s32 -10 -010 -10
	round_trip s32 -8 -0O10 -8
	round_trip ipv4 '"192.0.2.1"' 192.0.2.1
	round_trip ipv6 '"2001:db8::1"' 2001:DB8:0::1 2001:db8::1
	round_trip mac '"00:11:22:aa:bb:ff"' 00:11:22:AA:bb:ff 00:11:22:aa:bb:ff
	round_trip mac '"00:11:22:aa:bb:ff"' 00-11-22-AA-bb-ff 00:11:22:aa:bb:ff
	round_trip mac '"00:11:22:aa:bb:ff"' 0011.22aa.BBFF 00:11:22:aa:bb:ff
	round_trip mac '"00:11:22:aa:bb:ff"' 001122AABBFF 00:11:22:aa:bb:ff
	round_trip bytes:1 '"0f"' 0F 0f
	round_trip bytes:20 '"000102030405060708090a0b0c0d0e0f10111213"' \
		000102030405060708090a0b0c0d0e0f10111213
	round_trip str '"plain"' plain
	round_trip str '""' ''
	round_trip str:5 '"fiver"' fiver
	round_trip str '"a/b \"c\""' 'a/b "c"'
	round_trip str '"café"' 'caf\xc3\xa9' café
	# shellcheck disable=SC1003 # a backslash is what it should be
	round_trip str '"a\tb\nc\\"' 'a\tb\nc\\'
	round_trip str '"\r\u0000"' '\r\x00'
	# What terminals obey, and what lets text look like another one.
	round_trip str '"\u009bm\u007f"' '\xc2\x9bm\x7f'
	round_trip str '"a\u202eb\u2066\ufeff"' 'a\xe2\x80\xaeb\xe2\x81\xa6\xef\xbb\xbf'
	round_trip str '"é€‐😀"' é€‐😀
	round_trip str '{"hex":"ff00"}' '\xff\x00'
	round_trip str '{"hex":"eda080"}' '\xed\xa0\x80'

	bad_datum u8 '0 to 255' 256 300 -1 '' x 1x ' 1' +1 0x 0b2 0o8 0x0x1 1.0
	bad_datum u16 '0 to 65535' 65536 -1
	bad_datum u32 '0 to 4294967295' 4294967296
	bad_datum u64 '0 to 18446744073709551615' 18446744073709551616
	bad_datum s8 '-128 to 127' 128 -129 -x --1
	bad_datum s16 '-32768 to 32767' 32768 -32769
	bad_datum s32 '-2147483648 to 2147483647' 2147483648 -2147483649
	bad_datum s64 '-9223372036854775808 to 9223372036854775807' \
		9223372036854775808 -9223372036854775809
	bad_datum ipv4 '0.0.0.0 to 255.255.255.255' 1.2.3 1.2.3.256 ::1
	bad_datum ipv6 ':: to ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' \
		1.2.3.4 g::
	bad_datum mac '00:00:00:00:00:00 to ff:ff:ff:ff:ff:ff' \
		0:1:2:3:4:5 00:11-22-33-44-55 00:11:22:33:44:55:66 \
		0011.2233:4455 00112.23344.55 00112233445 001122.334455 00.11.22.33.44
	bad_datum ipv4 'a prefix is many addresses, and a map finds each by itself' \
		192.0.2.0/24 192.0.2.1/32
	bad_datum ipv6 'a prefix is many addresses, and a map finds each by itself' \
		2001:db8::/32
	bad_datum bytes:2 '4 hexadecimal digits' 00 000 000000 000g
	# shellcheck disable=SC1003
	bad_datum str:3 '0 to 3 bytes, \ only in \\ \t \n \r \xHH' \
		four '\x1' '\q' 'a\'

	gomapctl create m key str value u8
	long=$(printf %064d 0)
	refused "a long argument is cut" \
		"key '$long...' is not a str: 0 to 4096 bytes, \\ only in \\\\ \\t \\n \\r \\xHH" \
		lookup m "$(printf %04097d 0)"
	long=$(printf '%063dé' 0)
	refused "but not within a character" \
		"key '$(printf %063d 0)...' is not a str: 0 to 4096 bytes, \\ only in \\\\ \\t \\n \\r \\xHH" \
		lookup m "$long$(printf %04097d 0)"
	refused "what a terminal obeys in an argument" \
		"value '\\xc2\\x9b\\xe2\\x80\\xae\\xffé\\x1b' is not a u8: 0 to 255" \
		insert m key "$(printf '\302\233\342\200\256\377é\033')"
	done_by "the longest key" insert m "$(printf %04096d 0)" 1
	refused "a newline in an argument" "value '1\\n2' is not a u8: 0 to 255" \
		insert m key "$(printf '1\n2')"
	gomapctl remove m
}

# Memory differs between kernels.
without_bytes()
{
	sed -e 's/"bytes":[ 0-9]*/"bytes":B/' -e 's/^\(bytes *\) [0-9]*$/\1 B/'
}

test_foreign()
{
	local name

	command -v foreign_maps >/dev/null || {
		echo "# skipped: foreign_maps is not in PATH"
		return
	}
	foreign_maps
	report "maps without formats that gomapctl knows"
	[ "$(gomapctl list | awk 'NR > 1 { print $1, $2, $3 }')" = \
"plain bytes:4 bytes:3
plain-set bytes:4 none
unfitting bytes:0-4 bytes:4
unknown bytes:2 u64
varying bytes:0-8 bytes:0-1048576" ]
	report "list of them"

	done_by "insert into plain" insert plain 01020304 0a0b0c
	expect "lookup in plain" 0 0a0b0c '' lookup plain 01020304
	expect "lookup -j in plain" 0 '"0a0b0c"' '' -j lookup plain 01020304
	refused "a key of another length in plain" \
		"key '0102' is not a bytes:4: 8 hexadecimal digits" \
		lookup plain 0102
	done_by "insert into plain-set" insert plain-set 01020304
	expect "lookup in plain-set" 0 '' '' lookup plain-set 01020304
	done_by "insert into varying" insert varying 0102 0a0b0c0d0e0f
	expect "lookup in varying" 0 0a0b0c0d0e0f '' lookup varying 0102
	done_by "the empty key and value of varying" insert varying '' ''
	expect "lookup of the empty key" 0 '' '' lookup varying ''
	refused "half a byte in varying" \
		"key '010' is not a bytes:0-8: an even number, 0 to 16 hexadecimal digits" \
		lookup varying 010
	done_by "insert into unknown" insert unknown 0102 5
	expect "lookup in unknown" 0 5 '' lookup unknown 0102
	for name in plain plain-set unfitting unknown varying; do
		gomapctl remove $name
	done
}

test_show()
{
	expect "list of nothing" 0 '' '' list
	expect "list -j of nothing" 0 '[]' '' -j list

	gomapctl create fruit key str:64 value u64 max 1000
	[ "$(gomapctl -j show fruit | without_bytes)" = '{"name":"fruit","key":"str:64","value":"u64","entries":0,"max_entries":1000,"max_bytes":0,"reserve":0,"buckets":0,"overflow_buckets":0,"load_factor":0.00,"bytes":B,"longest_chain":0,"long_chains":0,"growing":false,"frozen":false}' ]
	report "show -j of an empty map"
	gomapctl insert fruit apple 5
	gomapctl insert fruit banana 3
	[ "$(gomapctl -j show fruit | without_bytes)" = '{"name":"fruit","key":"str:64","value":"u64","entries":2,"max_entries":1000,"max_bytes":0,"reserve":0,"buckets":1,"overflow_buckets":0,"load_factor":2.00,"bytes":B,"longest_chain":1,"long_chains":0,"growing":false,"frozen":false}' ]
	report "show -j"
	[ "$(gomapctl show fruit | without_bytes)" = \
"name              fruit
key               str:64
value             u64
entries           2
max_entries       1000
max_bytes         0
reserve           0
buckets           1
overflow_buckets  0
load_factor       2.00
bytes             B
longest_chain     1
long_chains       0
growing           false
frozen            false" ]
	report "show"
	[ "$(gomapctl -p show fruit | head -3)" = \
'{
  "name": "fruit",
  "key": "str:64",' ]
	report "show -p"

	gomapctl create deny key ipv4 value none
	gomapctl list | awk 'NR > 1 { print $1, $2, $3, $4, $5 }' >"$dir/out"
	[ "$(cat "$dir/out")" = \
"deny ipv4 none 0 0
fruit str:64 u64 2 1000" ]
	report "list"
	[ "$(gomapctl list | awk 'NR == 1 { print $1, $2, $3, $4, $5, $6 }')" \
		= "name key value entries max_entries bytes" ]
	report "list has a heading"
	[ "$(gomapctl -j list)" = \
	  "[$(gomapctl -j show deny),$(gomapctl -j show fruit)]" ]
	report "list -j is an array of what show -j shows"
	gomapctl remove fruit
	gomapctl remove deny
}

test_load()
{
	gomapctl create m key u64 value str
	expect_load "load" 0 "loaded 2, bad 0" '' '1\tone\n2\ttwo\n' m
	expect "what was loaded" 0 two '' lookup m 2
	expect_load "load of nothing" 0 "loaded 0, bad 0" '' '' m
	expect_load "no newline at the end" 0 "loaded 1, bad 0" '' '3\tthree' m
	expect "the line without it" 0 three '' lookup m 3
	expect_load "the first TAB separates" 0 "loaded 1, bad 0" '' \
		'4\tfo\tur\n' m
	expect "a value with a TAB" 0 'fo\tur' '' lookup m 4
	expect_load "escapes" 0 "loaded 1, bad 0" '' '5\tfi\\nve\n' m
	expect "a value with a newline" 0 'fi\nve' '' lookup m 5
	expect_load "JSON lines among others" 0 "loaded 3, bad 0" '' \
		'{"key": 6, "value": "a/\\tb"}\n7\tx\n{"value":{"hex":"ff"},"key":"8"}\n' m
	expect "a value from JSON" 0 'a/\tb' '' lookup m 6
	expect "a value in hex from JSON" 0 '\xff' '' lookup m 8

	expect_load "bad lines" 2 "loaded 2, bad 4" \
"gomapctl: stdin:1: key 'x' is not a u64: 0 to 18446744073709551615
gomapctl: stdin:3: no TAB between key and value: 'separator' says if something else is
gomapctl: stdin:4: key '' is not a u64: 0 to 18446744073709551615
gomapctl: stdin:5: value 'a\\' is not a str: 0 to 1048576 bytes, \\ only in \\\\ \\t \\n \\r \\xHH" \
		'x\tex\n10\tten\n11\n\telf\n12\ta\\\n13\tend\n' m
	expect "a good line among bad ones" 0 ten '' lookup m 10
	expect "a good line after bad ones" 0 end '' lookup m 13

	expect_load "bad JSON lines" 2 "loaded 0, bad 7" \
"gomapctl: stdin:1: not JSON (a string without end), which { begins: a key's own is written \\x7b
gomapctl: stdin:2: no member \"key\"
gomapctl: stdin:3: no member \"value\"
gomapctl: stdin:4: key '-1' is not a u64: 0 to 18446744073709551615
gomapctl: stdin:5: value 5 is no string, as JSON has a str
gomapctl: stdin:6: other members than \"key\" and \"value\"
gomapctl: stdin:7: key null is no integer, as JSON has a u64" \
		'{"\n{"value":"x"}\n{"key":1}\n{"key":-1,"value":""}\n{"key":1,"value":5}\n{"key":1,"value":"x","ttl":1}\n{"key":null,"value":""}\n' m

	seq 1000 1029 | sed "s/^/x/;s/\$/${tab}v/" >"$dir/bad"
	gomapctl -j load m "$dir/bad" >"$dir/out" 2>"$dir/err"
	[ $? -eq 2 ] && [ "$(wc -l <"$dir/err")" -eq 21 ] &&
		[ "$(tail -1 "$dir/err")" = \
		  "gomapctl: $dir/bad: 10 more bad lines" ]
	report "only the first 20 bad lines are shown"
	[ "$(cat "$dir/out")" = '{"loaded":0,"new":0,"replaced":0,"bad":30,"blank":0,"comments":0,"crs":0,"boms":0}' ]
	report "load -j"
	refused "load of no file" \
		"cannot open $dir/none: No such file or directory" \
		load m "$dir/none"
	expect "load of a directory" 2 'loaded 0, bad 0' \
		"gomapctl: cannot read $dir: Is a directory" load m "$dir"
	gomapctl remove m

	gomapctl create set key str value none
	expect_load "load into a set" 0 "loaded 3, bad 0" '' \
		'apple\n{"key":"{pear"}\n\\x7bfig\n' set
	expect "a key that begins with {" 0 '' '' lookup set '{pear'
	expect "another one" 0 '' '' lookup set '{fig'
	expect_load "bad lines for a set" 2 "loaded 0, bad 2" \
"gomapctl: stdin:1: a set has no values, and a TAB in a key is written \\t
gomapctl: stdin:2: other members than \"key\"" \
		'apple\t5\n{"key":"x","value":"y"}\n' set
	gomapctl remove set

	gomapctl create full key u8 value none max 2
	expect_load "load until the map is full" 2 "loaded 2, bad 1" \
"gomapctl: stdin:2: key 'x' is not a u8: 0 to 255
gomapctl: stdin:4: map 'full' is full, with its max of 2 entries: delete some first" \
		'1\nx\n2\n3\n4\n' full
	gomapctl remove full
}

# A line of JSON is what RFC 8259 has, whatever json-c makes of others.
test_load_json()
{
	bad()
	{
		# Not by echo: some shells' takes backslashes for escapes.
		printf "gomapctl: stdin:%s: not JSON (%s), which { begins: a key's own is written %s\n" \
			"$1" "$2" '\x7b'
	}

	gomapctl create m key str value u64
	expect_load "half of a surrogate pair" 2 "loaded 1, bad 5" \
"$(for line in 1 2 3 4 6; do bad $line 'half of a surrogate pair'; done)" \
'{"key":"caf\\udce9","value":1}
{"key":"caf\\udce8","value":2}
{"key":"caf\\ud83d","value":3}
{"key":"caf\\ud83d\\u0041","value":4}
{"key":"caf\\u00e9\\ud83d\\ude00\\ud836\\udc00","value":5}
{"key":"\\ud83d\\ud83d\\ude00","value":6}
' m
	expect "both halves" 0 'café😀𝠀	5' '' dump m
	gomapctl clear m

	expect_load "numbers beyond 64 bits" 2 "loaded 2, bad 5" \
"$(bad 1 'neither a string nor an integer of 64 bits')
$(bad 2 'neither a string nor an integer of 64 bits')
gomapctl: stdin:3: value '-1' is not a u64: 0 to 18446744073709551615
gomapctl: stdin:4: value '18446744073709551616' is not a u64: 0 to 18446744073709551615
$(bad 5 'neither a string nor an integer of 64 bits')" \
'{"key":"x","value":18446744073709551616}
{"key":"x","value":-9223372036854775809}
{"key":"x","value":-1}
{"key":"x","value":"18446744073709551616"}
{"key":"x","value":010}
{"key":"y","value":18446744073709551615}
{"key":"z","value":"010"}
' m
	expect "the highest number" 0 18446744073709551615 '' lookup m y
	expect "a string of digits" 0 10 '' lookup m z
	gomapctl clear m

	expect_load "what json-c lets pass" 2 "loaded 0, bad 17" \
"gomapctl: stdin:1: a member is given twice
gomapctl: stdin:2: a member is given twice
$(bad 3 'more after its end')
$(bad 4 'more after its end')
$(bad 5 'a control character in a string')
$(bad 6 'a control character in a string')
$(bad 7 'an escape in the name of a member')
$(bad 8 'a comma too many')
$(bad 9 'neither a string nor an integer of 64 bits')
$(bad 10 'neither a string nor an integer of 64 bits')
$(bad 11 'neither a string nor an integer of 64 bits')
$(bad 12 'neither a string nor an integer of 64 bits')
$(bad 13 "an escape that JSON hasn't")
$(bad 14 '\u without four digits')
$(bad 15 'a string without end')
$(bad 16 'not UTF-8')
gomapctl: stdin:17: value true is no integer, as JSON has a u64" \
'{"key":"x","key":"y","value":1}
{"key":{"hex":"ff","hex":"fe"},"value":1}
{"key":"x","value":1}\000
{"key":"x","value":1} {}
{"key":"a	b","value":1}
{"key":"a\001b","value":1}
{"key\\u0000x":"x","value":1}
{"key":"x","value":1,}
{"key":"x","value":NaN}
{"key":"x","value":/**/1}
{"key":"x","value":TRUE}
{'"'key'"':"x","value":1}
{"key":"\\x41","value":1}
{"key":"\\u00g0","value":1}
{"key":"x
{"key":"\377","value":1}
{"key":"x","value":true}
' m
	expect_load "blanks between tokens" 0 "loaded 1, bad 0" '' \
		'{ "key" :\t"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000" , "value":1\r}  \n' m
	expect "all escapes" 0 '"\\/\x08\x0c\n\r\t\x00	1' '' dump m
	gomapctl remove m

	gomapctl create m key bytes:2 value mac
	expect_load "numbers for what is written in digits" 2 "loaded 1, bad 2" \
"gomapctl: stdin:1: key 1234 is no string, as JSON has a bytes:2
gomapctl: stdin:2: value { \"hex\": \"00\" } is no string, as JSON has a mac" \
'{"key":1234,"value":"00:00:00:00:00:00"}
{"key":"1234","value":{"hex":"00"}}
{"key":"1234","value":"00:00:00:00:00:00"}
' m
	gomapctl remove m
}

# What editors and other programs write, and gomapctl doesn't.
test_load_foreign()
{
	gomapctl create set key str value none
	expect_load "BOM, CRs and blank lines" 0 \
		"loaded 2, bad 0, blank lines 2, CRs dropped 3, BOM dropped 1" '' \
		'\357\273\277apple\r\n\n\r\npear\r\n' set
	expect "a key without BOM and CR" 0 '' '' lookup set apple
	expect "another one" 0 '' '' lookup set pear
	gomapctl insert set ''
	gomapctl insert set '[{'
	gomapctl insert set "$(printf '\357\273\277x\\r')"
	gomapctl dump set | sort >"$dir/a"
	gomapctl dump set >"$dir/b"
	gomapctl clear set
	expect "load of a dump of such keys" 0 "loaded 5, bad 0" '' \
		load set "$dir/b"
	gomapctl dump set | sort | cmp -s - "$dir/a" &&
		grep -qxF '{"key":""}' "$dir/a" && grep -qxF '\x5b{' "$dir/a"
	report "such keys are as they were"

	gomapctl -j dump set >"$dir/b"
	expect "load of dump -j" 2 "loaded 0, bad 0" \
		"gomapctl: $dir/b is a JSON array: load what 'save -j' writes, or \"jq -c '.[]'\" of it" \
		load set "$dir/b"
	gomapctl -p dump set >"$dir/b"
	expect "load of dump -p" 2 "loaded 0, bad 0" \
		"gomapctl: $dir/b is a JSON array: load what 'save -j' writes, or \"jq -c '.[]'\" of it" \
		load set "$dir/b"
	expect_load "load of JSON over several lines" 2 "loaded 0, bad 0" \
		"gomapctl: stdin is JSON over several lines: load what 'jq -c .' makes of it" \
		'{\n"key": 1\n}\n' set
	expect_load "load of UTF-16" 2 "loaded 0, bad 0" \
		"gomapctl: stdin is UTF-16: 'iconv -f UTF-16 -t UTF-8' makes text for load of it" \
		'\377\376a\000\n\000' set
	expect_load "load of gzip" 2 "loaded 0, bad 0" \
		"gomapctl: stdin is compressed: load what 'zcat' writes" \
		'\037\213\010\000' set
	expect_load "a NUL byte in a line" 2 "loaded 0, bad 1" \
		"gomapctl: stdin:1: a NUL byte: write it \\x00, in a str" \
		'a\000b\n' set
	expect "nothing of all that is there" 0 5 '' len set
	gomapctl remove set

	gomapctl create m key u8 value u8
	expect_load "what can't be seen in a bad line" 2 "loaded 0, bad 2" \
"gomapctl: stdin:1: key '1\\r' is not a u8: 0 to 255
gomapctl: stdin:2: value ' ' is not a u8: 0 to 255" \
		'1\r\t1\n1\t \n' m
	expect_load "a key twice" 0 "loaded 3 (1 new, 2 replaced), bad 0" '' \
		'1\t1\n1\t2\n1\t3\n' m
	expect_load "new keys among others" 0 \
		"loaded 5 (2 new, 3 replaced), bad 0" '' \
		'1\t1\n2\t2\n1\t3\n3\t4\n3\t5\n' m
	expect "the last value" 0 5 '' lookup m 3
	printf '1\t1\n4\t1\n\nx\n' | gomapctl load -j m >"$dir/out" 2>/dev/null
	[ "$(cat "$dir/out")" = '{"loaded":2,"new":1,"replaced":1,"bad":1,"blank":1,"comments":0,"crs":0,"boms":0}' ]
	report "load -j with all of them"
	gomapctl clear m

	# 6 * 2 and 64 KiB.
	awk 'BEGIN { printf "1\t1\n2\t%065546d\n3\t%0100000d\n4\t1\n", 1, 1 }' >"$dir/long"
	expect "load of a long line" 2 "loaded 2, bad 0" \
		"gomapctl: $dir/long:3: a line of more than 65548 bytes, the most for a key and a value of map 'm'" \
		load m "$dir/long"
	(
		printf '5\t'
		head -c 300000000 /dev/zero
	) | gomapctl load m >"$dir/out" 2>"$dir/err"
	status=$?
	compare "load of a line without end" 2 "loaded 0, bad 0" \
		"gomapctl: stdin:1: a line of more than 65548 bytes, the most for a key and a value of map 'm'"
	expect "what is before long lines" 0 2 '' len m
	gomapctl remove m
}

# expect_format NAME STATUS OUT ERR TEXT MAP WORD...: load with words of a format
expect_format()
{
	local name="$1" exit="$2" out="$3" err="$4" text="$5" map="$6"

	shift 6
	# shellcheck disable=SC2059 # the text is a format
	printf "$text" | gomapctl load "$map" - "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	compare "$name" "$exit" "$out" "$err"
}

test_load_format()
{
	local usage='usage: gomapctl load NAME [FILE [comments TEXT] [separator C] [key N] [value N] [raw]]'

	gomapctl create m key str value str
	expect_format "comments" 0 "loaded 1, bad 0, comments 2" '' \
		'# x\ty\n \t# z\n#\\x23\t#1\n' m comments '# '
	expect "what is no comment" 0 '#1' '' lookup m '##'
	gomapctl clear m
	expect_format "blanks" 0 "loaded 2, bad 0, blank lines 1, comments 1" '' \
		'  127.0.0.1 \t localhost  me \n \t \n#\nx{ y\n' m \
		comments '#' separator blanks
	expect "all that follows the key" 0 'localhost  me' '' lookup m 127.0.0.1
	expect "a key with {" 0 y '' lookup m 'x{'
	gomapctl clear m
	expect_format "columns" 2 "loaded 2, bad 1" \
		"gomapctl: stdin:2: fewer columns than 'key' and 'value' name" \
		'root:x:0:0::/root\nbin:x\n{a:x:1\n' m separator : value 1 key 3
	expect "the key of the third column" 0 '{a' '' lookup m 1
	gomapctl clear m
	expect_format "the value after the key's column" 0 "loaded 1, bad 0" '' \
		'a,b,c,d\n' m separator , key 2
	expect "what follows" 0 c,d '' lookup m b
	expect_format "no separator" 2 "loaded 0, bad 1" \
		"gomapctl: stdin:1: no separator between key and value" \
		'a\tb\n' m separator ,
	gomapctl clear m
	expect_format "raw text" 0 "loaded 3, bad 0, CRs dropped 1" '' \
		'C:\\temp\\new\tD:\\x\n{"key\\d":1}\t~ \\.php$\n\\x41\t\\\r\n' m raw
	expect "a Windows path" 0 'D:\\x' '' lookup m 'C:\\temp\\new'
	expect "a pattern of nginx" 0 '"~ \\.php$"' '' -j lookup m '{"key\\d":1}'
	gomapctl dump m raw | sort >"$dir/a"
	expect "save of raw text" 0 "saved 3" '' save m "$dir/raw" raw
	gomapctl clear m
	expect "load of that" 0 "loaded 3, bad 0" '' load m "$dir/raw" raw
	gomapctl save m - raw | sort | cmp -s - "$dir/a" &&
		grep -qxF "C:\\temp\\new${tab}D:\\x" "$dir/a" &&
		grep -qxF "{\"key\\d\":1}${tab}~ \\.php\$" "$dir/a"
	report "raw text is as it was"
	refused "raw JSON" "'raw' is for text: leave out -j and -p" -j dump m raw
	refused "dump of something else" "usage: gomapctl dump NAME [raw]" dump m row
	refused "save of something else" \
		"usage: gomapctl save NAME [FILE [raw]]" save m "$dir/raw" row
	for word in 'a\nb c' 'a b\nc' 'a\tb c' 'a b\r' '\xef\xbb\xbfa b'; do
		gomapctl create odd key str value str
		# shellcheck disable=SC2086 # it is two words
		gomapctl insert odd $word
		refused "$word as raw text" \
			"an entry of map 'odd' fits no line of raw text: leave out 'raw'" \
			save odd "$dir/raw" raw
		gomapctl remove odd
	done
	[ "$(wc -l <"$dir/raw")" -eq 3 ]
	report "the file stays then"
	gomapctl create odd key u32 value u32
	gomapctl insert odd 10 10
	expect "a number can't be a newline" 0 "10${tab}10" '' dump odd raw
	gomapctl remove odd
	expect "no escape" 0 '\\' '' lookup m '\\x41'
	gomapctl remove m

	gomapctl create set key str value none
	expect_format "a column of a set" 0 "loaded 2, bad 0" '' \
		'1 a x\n2 b\n' set separator blanks key 2
	expect "a key from a column" 0 '' '' lookup set b
	expect_format "a line of several columns for a set" 2 "loaded 1, bad 1" \
		"gomapctl: stdin:2: a set has no values: 'key' says which column to take" \
		'x y\n1,2\n' set separator ,
	refused "a value for a set" "a set has no values: leave out 'value'" \
		load set - value 1
	refused "a long separator" "separator '::' is neither one byte nor 'blanks'" \
		load set - separator ::
	for word in 0 x 1000001; do
		refused "column $word" \
			"key '$word' is not a number of a column: 1 to 1000000" \
			load set - key $word
	done
	refused "comments of nothing" \
		"comments '' is nothing that a line begins with" \
		load set - comments ''
	refused "raw twice" "'raw' is given twice" load set - raw raw
	refused "another word" "$usage" load set - column 1
	refused "a word alone" "$usage" load set - key
	gomapctl remove set
}

# The lines before the one that finds no memory are in the map.
test_load_no_memory()
{
	local group="$dir/cgroups" loaded

	mkdir "$group"
	if ! mount -t cgroup2 none "$group" ||
	   ! echo +memory >"$group/cgroup.subtree_control" ||
	   ! mkdir "$group/small"; then
		echo "# skipped: no memory cgroups of version 2"
		umount "$group"
		return
	fi
	sh -c "echo \$\$ >'$group/small/cgroup.procs' &&
	       gomapctl create m key u32 value none"
	seq 1 300000 >"$dir/many"
	echo 2M >"$group/small/memory.max"
	gomapctl load m "$dir/many" >"$dir/out" 2>"$dir/err"
	status=$?
	loaded=$(gomapctl len m)
	compare "load without memory" 2 "loaded $loaded, bad 0" \
		"gomapctl: $dir/many:$((loaded + 1)): no memory to insert: $loaded lines before it are in map 'm'"
	[ "$loaded" -gt 0 ]
	report "some were loaded"
	gomapctl remove m
	rmdir "$group/small"
	umount "$group"
	rmdir "$group"
}

# Letters beyond ASCII, in keys and values, however json-c sees them.
test_json_letters()
{
	gomapctl create m key str value str
	awk 'BEGIN {
		for (i = 0; i < 3000; i++)
			printf "%dé€😀\\x%02x%s\t\\xc3\\xa9𝠀%d\n", i, i % 32,
				i % 3 ? "" : "\\xff", i
	}' >"$dir/letters"
	expect "load of letters" 0 "loaded 3000, bad 0" '' load m "$dir/letters"
	gomapctl dump m | sort >"$dir/a"
	gomapctl -j save m >"$dir/letters"
	gomapctl clear m
	expect "load of letters as JSON" 0 "loaded 3000, bad 0" '' \
		load m "$dir/letters"
	gomapctl dump m | sort | cmp -s - "$dir/a"
	report "all letters are as they were"
	gomapctl remove m
}

test_add()
{
	local type

	gomapctl create m key str value u32
	expect "add to an absent key" 0 5 '' add m a 5
	expect "add" 0 12 '' add m a 7
	expect "add a negative number" 0 2 '' add m a -10
	expect "add in another base" 0 18 '' add m a 0x10
	expect "add nothing" 0 18 '' add m a 0
	expect "add -j" 0 19 '' -j add m a 1
	expect "what was added" 0 19 '' lookup m a
	expect "add below 0" 0 4294967295 '' add m a -20
	expect "add beyond the end" 0 0 '' add m a 1
	expect "add the most" 0 4294967295 '' add m a 4294967295
	expect "add the least" 0 0 '' add m a -4294967295
	for type in x '' - 4294967296 -4294967296 1.5 '1 '; do
		refused "add '$type'" \
			"'$type' is not a number to add: -4294967295 to 4294967295" \
			add m a "$type"
	done
	expect "add without a number" 0 1 '' add m one
	expect "add without a number, again" 0 2 '' add m one
	refused "add without a key" "usage: gomapctl add NAME KEY|- [N]" add m
	gomapctl remove m

	gomapctl create m key u8 value s64
	expect "add to an s64" 0 -5 '' add m 1 -5
	expect "add -j to an s64" 0 -7 '' -j add m 1 -2
	gomapctl insert m 1 9223372036854775807
	expect "an s64 wraps around" 0 -9223372036854775808 '' add m 1 1
	refused "add too much to an s64" \
		"'18446744073709551616' is not a number to add: -18446744073709551615 to 18446744073709551615" \
		add m 1 18446744073709551616
	refused "add to a bad key" "key 'x' is not a u8: 0 to 255" add m x 1
	gomapctl remove m
	gomapctl create m key u8 value s32
	gomapctl insert m 1 2147483647
	expect "an s32 wraps around" 0 -2147483648 '' add m 1 1
	gomapctl remove m
	gomapctl create m key u8 value u64
	expect "a u64 wraps around" 0 18446744073709551615 '' add m 1 -1
	gomapctl remove m
	for type in u8 u16 s8 s16 str bytes:4 bytes:8 ipv4 mac none; do
		gomapctl create m key u8 value $type
		refused "add to values of type $type" \
			"map 'm' has values of type $type: add needs u32, u64, s32 or s64" \
			add m 1 1
		gomapctl remove m
	done
	gomapctl create m key u8 value u32 max 1
	gomapctl insert m 1 1
	refused "add a key to a full map" \
		"map 'm' is full, with its max of 1 entries: delete some first" \
		add m 2 1
	expect "add to a key of a full map" 0 2 '' add m 1 1
	gomapctl remove m
}

test_cas()
{
	gomapctl create m key str value str
	gomapctl insert m a one
	done_by "cas" cas m a one two
	expect "what cas made of it" 0 two '' lookup m a
	expect "cas of what differs" 1 '' '' cas m a one three
	expect "cas of what is absent" 1 '' '' cas m b one two
	expect "cas of what is absent, as if empty" 1 '' '' cas m b '' two
	expect "nothing changed" 0 two '' lookup m a
	expect "nothing came" 0 1 '' len m
	done_by "cas to the same" cas m a two two
	done_by "cas to nothing" cas m a two ''
	done_by "cas from nothing" cas m a '' 'th\nree'
	refused "cas without a new value" \
		"usage: gomapctl cas NAME KEY OLD NEW" cas m a one
	gomapctl remove m

	gomapctl create m key u8 value u8
	refused "cas from a bad value" "value '256' is not a u8: 0 to 255" \
		cas m 1 256 1
	refused "cas to a bad value" "value 'x' is not a u8: 0 to 255" \
		cas m 1 1 x
	gomapctl remove m
	gomapctl create m key u8 value none
	refused "cas in a set" "map 'm' is a set: it has no values to compare" \
		cas m 1 1 1
	gomapctl remove m
}

test_delete_if()
{
	local words

	gomapctl create m key str value s32
	gomapctl insert m a 5
	gomapctl insert m -h -7
	expect "delete if it has another value" 1 '' '' delete m a if 6
	expect "delete if, of what is absent" 1 '' '' delete m b if 5
	expect "nothing is deleted" 0 2 '' len m
	done_by "delete if it has the value" delete m a if 5
	done_by "delete if it has a negative value" delete m -h if -7
	expect "both are deleted" 0 0 '' len m
	refused "delete if it has a bad value" \
		"value 'x' is not an s32: -2147483648 to 2147483647" delete m a if x
	for words in "a if" "a when 5" "a 5"; do
		# shellcheck disable=SC2086 # it is several words
		refused "delete $words" \
			"usage: gomapctl delete NAME KEY|- [if VALUE]" delete m $words
	done
	refused "delete of many keys if" \
		"'if' needs a KEY of its own, and '-' stands for many" \
		delete m - if 5
	gomapctl insert m a 5
	gomapctl freeze m
	refused "delete if, in a frozen map" \
		"map 'm' is frozen: it can only be read" delete m a if 5
	gomapctl remove m
	gomapctl create m key str value str
	gomapctl insert m k -h
	done_by "delete if the value is like an option" delete m k if -h
	gomapctl remove m
	gomapctl create m key u8 value none
	refused "delete if, in a set" \
		"map 'm' is a set: it has no values to compare" delete m 1 if 1
	gomapctl remove m

	# The example of the man page.
	gomapctl create leases key str value u32
	printf '%s\t%d\n' "it's" 5 old 6 new 7 >"$dir/leases"
	gomapctl load leases "$dir/leases" >/dev/null 2>&1
	gomapctl dump leases | awk -F'\t' -v now=7 '$2 < now {
		gsub(/\47/, "&&", $1)
		printf "delete leases \47%s\47 if %s\n", $1, $2 }' >"$dir/sweep"
	gomapctl insert leases old 9
	expect "a sweep" 1 '' '' batch "$dir/sweep"
	[ "$(gomapctl dump leases | sort | tr '\t\n' '=,')" = "new=7,old=9," ]
	report "it leaves what was renewed"
	gomapctl remove leases
}

test_take()
{
	gomapctl create m key str value str
	gomapctl insert m a 'o\tne'
	gomapctl insert m b two
	gomapctl insert m c '\xc2\x9bm'
	expect "take" 0 'o\tne' '' take m a
	expect "take of what is absent" 1 '' '' take m a
	expect "take -j" 0 '"two"' '' -j take m b
	expect "take -j of a command to terminals" 0 '"\u009bm"' '' -j take m c
	expect "nothing is left" 0 0 '' len m
	refused "take without a key" "usage: gomapctl take NAME KEY" take m
	gomapctl remove m
	gomapctl create m key u8 value none
	gomapctl insert m 1
	gomapctl insert m 2
	expect "take from a set" 0 '' '' take m 1
	expect "take -j from a set" 0 null '' -j take m 2
	expect "take from an empty set" 1 '' '' take m 1
	gomapctl remove m
}

# expect_keys NAME STATUS OUT ERR TEXT ARGUMENT...: with TEXT as input, as printf(1) has it
expect_keys()
{
	local name="$1" exit="$2" out="$3" err="$4" text="$5"

	shift 5
	# shellcheck disable=SC2059 # the text is a format
	printf "$text" | gomapctl "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	compare "$name" "$exit" "$out" "$err"
}

# many_keys KEY VALUE TYPE...: lookups, deletes and adds of 10,000 keys, every other of which is there
many_keys()
{
	local type="$1 $2"

	gomapctl create m key "$1" value "$2"
	seq 2 2 10000 | awk -v "set=$2" '{ print $1 (set == "none" ? "" : "\t" $1) }' |
		gomapctl load m >/dev/null 2>&1
	seq 1 10000 >"$dir/many"
	awk -v "set=$2" '{
		if ($1 % 2) print "absent\t" $1
		else print "present\t" $1 (set == "none" ? "" : "\t" $1)
	}' "$dir/many" >"$dir/answers"
	gomapctl lookup m - <"$dir/many" >"$dir/out" 2>"$dir/err"
	[ $? -eq 1 ] && cmp -s "$dir/out" "$dir/answers" && [ ! -s "$dir/err" ]
	report "lookup of many keys, $type"
	sed 's/present\(\t[0-9]*\).*/deleted\1/' "$dir/answers" >"$dir/deleted"
	gomapctl delete m - <"$dir/many" >"$dir/out" 2>"$dir/err"
	[ $? -eq 1 ] && cmp -s "$dir/out" "$dir/deleted" && [ ! -s "$dir/err" ] &&
		[ "$(gomapctl len m)" = 0 ]
	report "delete of many keys, $type"
	sed -n 's/^present\t//p' "$dir/answers" | gomapctl load m >/dev/null 2>&1
	[ "$(gomapctl len m)" = 5000 ]
	report "answers are what load takes, $type"
	gomapctl remove m
}

test_many_keys()
{
	local big key tries

	gomapctl create set key str value none
	gomapctl insert set a
	gomapctl insert set 't\tn\n'
	gomapctl insert set '{brace'
	gomapctl insert set -
	expect_keys "lookup of keys in a set" 1 \
"present${tab}a
absent${tab}b
present${tab}t\\tn\\n
present${tab}\\x7bbrace
present${tab}-
absent${tab}" '' 'a\nb\nt\\tn\\n\n\\x7bbrace\n\\x2d\n\n' lookup set -
	expect_keys "all are there" 0 "present${tab}a${newline}present${tab}a" '' \
		'a\na' lookup set -
	expect_keys "no keys" 0 '' '' '' lookup set -
	expect_keys "lookup -j of keys" 1 \
'{"answer":"present","key":"a"}
{"answer":"absent","key":"b"}
{"answer":"absent","key":{"hex":"ff"}}
{"answer":"absent","key":"\u202e"}' '' 'a\nb\n\\xff\n\342\200\256' lookup set - -j
	expect_keys "bad keys among others" 2 \
"present${tab}a
absent${tab}b" \
"gomapctl: stdin:2: a key and no value, and a TAB in a key is written \\t
gomapctl: stdin:3: not a key: one that begins with { is written \\x7b
gomapctl: stdin:4: key 'a\\q' is not a str: 0 to 4096 bytes, \\ only in \\\\ \\t \\n \\r \\xHH" \
		'a\na\tb\n{"key":"a"}\na\\q\nb\n' lookup set -
	expect "the key -" 0 '' '' lookup set '\x2d'
	expect_keys "delete of keys" 1 \
		"deleted${tab}a${newline}absent${tab}a${newline}deleted${tab}-" '' \
		'a\na\n\\x2d\n' delete set -
	expect "what is left" 0 2 '' len set
	gomapctl freeze set
	expect_keys "delete of keys of a frozen map" 2 '' \
		"gomapctl: stdin:1: map 'set' is frozen: it can only be read" \
		'a\n' delete set -
	gomapctl remove set

	gomapctl create hits key str value u32 max 3
	expect_keys "add to keys" 0 \
"added${tab}a${tab}1
added${tab}b${tab}5
added${tab}a${tab}0" '' 'a\nb\t5\na\t-1' add hits -
	expect_keys "add a number to keys" 0 \
"added${tab}a${tab}7
added${tab}b${tab}6" '' 'a\nb\t1\n' add hits - 7
	expect_keys "add -j" 0 '{"answer":"added","key":"a","value":8}' '' 'a\n' \
		add -j hits -
	expect_keys "bad numbers" 2 "added${tab}a${tab}9" \
"gomapctl: stdin:1: 'x' is not a number to add: -4294967295 to 4294967295
gomapctl: stdin:2: '' is not a number to add: -4294967295 to 4294967295
gomapctl: stdin:3: '1' is not a number to add: -4294967295 to 4294967295" \
		'a\tx\na\t\na\t1\0001\na\n' add hits -
	expect_keys "a bad number for all keys" 2 '' \
		"gomapctl: 'x' is not a number to add: -4294967295 to 4294967295" \
		'a\n' add hits - x
	expect_keys "add until the map is full" 2 "added${tab}c${tab}1" \
		"gomapctl: stdin:2: map 'hits' is full, with its max of 3 entries: delete some first" \
		'c\nd\na\n' add hits -
	expect "nothing after that" 0 9 '' lookup hits a
	expect_keys "lookup of values" 1 \
		"present${tab}a${tab}9${newline}absent${tab}x" '' 'a\nx\n' \
		lookup hits -
	expect_keys "lookup -j of values" 0 \
		'{"answer":"present","key":"a","value":9}' '' 'a' -j lookup hits -
	echo a | gomapctl lookup hits - >/dev/full 2>"$dir/err"
	[ $? -eq 2 ] && grep -q '^gomapctl: cannot write the output: ' "$dir/err"
	report "answers that can't be written"
	gomapctl lookup hits - <"$dir" >"$dir/out" 2>"$dir/err"
	status=$?
	compare "keys from a directory" 2 '' \
		"gomapctl: cannot read stdin: Is a directory"
	expect_batch "keys from where a batch comes from" 2 '' \
		"gomapctl: stdin:1: the commands come from standard input: give a FILE" \
		'lookup hits -\n'

	mkfifo "$dir/keys"
	gomapctl lookup hits - <"$dir/keys" >"$dir/out" 2>"$dir/err" &
	exec 3>"$dir/keys"
	for key in a b; do
		echo $key >&3
		tries=0
		until grep -q "$key" "$dir/out" || [ $((tries += 1)) -gt 600 ]; do
			sleep 0.1
		done
		grep -q "^present${tab}$key${tab}" "$dir/out"
		report "an answer while more keys may come, for $key"
	done
	exec 3>&-
	wait $!
	report "the end of the keys"
	rm "$dir/keys"
	gomapctl remove hits

	many_keys u32 u32
	many_keys u64 none
	many_keys str str
	many_keys str none
	many_keys u16 str
	many_keys str:5 u16

	# Values that need several calls.
	gomapctl create m key u8 value str
	big=$(printf %0100000d 0)
	for key in 1 2 3 4 5 6; do
		gomapctl insert m $key "$key$big"
	done
	seq 0 7 | gomapctl lookup m - >"$dir/out"
	[ $? -eq 1 ] && [ "$(cut -c 1-10 "$dir/out" | tr '\t' ' ')" = \
"absent 0
present 1 
present 2 
present 3 
present 4 
present 5 
present 6 
absent 7" ] && [ "$(wc -c <"$dir/out")" -eq $((18 + 6 * 100012)) ]
	report "lookup of long values"
	gomapctl remove m
}

# await_absent MAP KEY: until somebody has taken it
await_absent()
{
	local tries=0

	while gomapctl lookup "$1" "$2" >/dev/null; do
		[ $((tries += 1)) -lt 600 ] || return 1
		sleep 0.1
	done
}

# begin_take: a take of key big in map m, which waits for the reader of descriptor 3
begin_take()
{
	gomapctl take m big >"$dir/fifo" 2>"$dir/taken" &
	taker=$!
	exec 3<"$dir/fifo"
	await_absent m big
}

# What is taken and not handed over is put back.
test_take_back()
{
	local big signal taker

	big=$(printf %0100000d 5)
	mkfifo "$dir/fifo"
	gomapctl create m key str value str
	gomapctl insert m a one
	gomapctl take m a >/dev/full 2>"$dir/err"
	status=$?
	: >"$dir/out"
	compare "take onto a full disk" 2 '' \
		"gomapctl: cannot write the value: No space left on device: the entry is back in map 'm'"
	expect "the entry is there" 0 one '' lookup m a
	gomapctl take m a >&- 2>"$dir/err"
	[ $? -eq 2 ] && [ "$(gomapctl lookup m a)" = one ]
	report "take without an output"
	printf 'take m a\ntake m a\n' | gomapctl batch -f - >/dev/full 2>"$dir/err"
	[ $? -eq 2 ] && [ "$(wc -l <"$dir/err")" -eq 2 ] &&
		[ "$(gomapctl lookup m a)" = one ]
	report "takes in a batch onto a full disk"
	! (ulimit -f 0; gomapctl take m a >"$dir/limited" 2>/dev/null) &&
		[ "$(gomapctl lookup m a)" = one ]
	report "take beyond a limit of the size of files"

	gomapctl insert m big "$big"
	begin_take
	exec 3<&-
	wait "$taker"
	status=$?
	[ $status -ne 0 ] && [ "$(gomapctl lookup m big)" = "$big" ]
	report "take into a pipe whose reader goes"
	# A shell's job in the background ignores SIGINT and SIGQUIT.
	for signal in HUP TERM USR1 ALRM; do
		begin_take
		kill -$signal "$taker"
		wait "$taker"
		status=$?
		exec 3<&-
		[ $status -gt 128 ] && [ "$(gomapctl lookup m big)" = "$big" ]
		report "SIG$signal ends a take, and the entry is back"
	done

	begin_take
	gomapctl insert m big other
	exec 3<&-
	wait "$taker"
	expect "who comes meanwhile stays" 0 other '' lookup m big
	[ "$(wc -l <"$dir/taken")" -eq 2 ] &&
		[ "$(tail -n 1 "$dir/taken")" = "$big" ] &&
		grep -q "^gomapctl: cannot write the value: Broken pipe, nor put it back in map 'm': File exists: it is in the next line$" \
			"$dir/taken"
	report "the value is on standard error"
	gomapctl insert m big "$big"
	begin_take
	(cat <&3; echo end) >"$dir/out"
	exec 3<&-
	wait "$taker" && [ "$(cat "$dir/out")" = "$big${newline}end" ]
	report "take into a slow pipe"
	expect "that one is gone" 1 '' '' lookup m big
	gomapctl remove m

	gomapctl create m key u8 value none
	gomapctl insert m 1
	gomapctl -j take m 1 >/dev/full 2>"$dir/err"
	[ $? -eq 2 ] && gomapctl lookup m 1
	report "take -j from a set onto a full disk"
	gomapctl remove m
	rm "$dir/fifo"
}

# Keys and values with all that has to be escaped, and some that hasn't.
make_odd()
{
	gomapctl create odd key str value str
	gomapctl insert odd '{brace' '{value'
	gomapctl insert odd '{' ''
	gomapctl insert odd '' 'empty key'
	gomapctl insert odd 't\tn\nr\r' '\\ \x00\x7f\x1b'
	gomapctl insert odd '\xff\xfe' '\xed\xa0\x80'
	gomapctl insert odd 'café #"'\''' ' blank '
	gomapctl insert odd '-x' '\x7b\x22'
}

test_dump()
{
	gomapctl create m key str value u32
	expect "dump of nothing" 0 '' '' dump m
	expect "dump -j of nothing" 0 '[]' '' -j dump m
	expect "dump -p of nothing" 0 '[]' '' -p dump m
	gomapctl insert m a 1
	expect "dump" 0 "a${tab}1" '' dump m
	expect "dump -j" 0 '[{"key":"a","value":1}]' '' -j dump m
	expect "dump -p" 0 '[
  {
    "key": "a",
    "value": 1
  }
]' '' -p dump m
	gomapctl insert m '{b' 2
	gomapctl dump m | sort >"$dir/out"
	[ "$(cat "$dir/out")" = "\\x7bb${tab}2${newline}a${tab}1" ]
	report "dump of two entries"
	gomapctl -j dump m >"$dir/out"
	grep -qxF -e '[{"key":"a","value":1},{"key":"{b","value":2}]' \
		-e '[{"key":"{b","value":2},{"key":"a","value":1}]' "$dir/out"
	report "dump -j of two entries"
	[ "$(gomapctl -p dump m | wc -l)" -eq 10 ]
	report "dump -p of two entries"
	gomapctl dump m >/dev/full 2>"$dir/err"
	[ $? -eq 2 ] && grep -q '^gomapctl: cannot write the output: ' "$dir/err"
	report "a dump that can't be written is an error"
	gomapctl remove m

	gomapctl create m key ipv4 value none
	gomapctl insert m 192.0.2.1
	expect "dump of a set" 0 192.0.2.1 '' dump m
	expect "dump -j of a set" 0 '[{"key":"192.0.2.1"}]' '' -j dump m
	gomapctl remove m
	gomapctl create m key bytes:2 value bytes:3
	gomapctl insert m 7b00 0a0b0c
	expect "dump of bytes" 0 "7b00${tab}0a0b0c" '' dump m
	gomapctl remove m

	make_odd
	gomapctl create again key str value str
	gomapctl dump odd | gomapctl load again >"$dir/out" 2>"$dir/err"
	status=$?
	compare "load of a dump" 0 "loaded 7, bad 0" ''
	gomapctl dump odd | sort >"$dir/odd"
	gomapctl dump again | sort | cmp -s - "$dir/odd"
	report "all is as it was"
	[ "$(wc -l <"$dir/odd")" -eq 7 ] &&
		grep -qxF "\\x7bbrace${tab}{value" "$dir/odd" &&
		grep -qxF "\\x7b${tab}" "$dir/odd" &&
		grep -qxF "${tab}empty key" "$dir/odd" &&
		grep -qxF "t\\tn\\nr\\r${tab}\\\\ \\x00\\x7f\\x1b" "$dir/odd" &&
		grep -qxF "\\xff\\xfe${tab}\\xed\\xa0\\x80" "$dir/odd" &&
		grep -qxF "café #\"'${tab} blank " "$dir/odd" &&
		grep -qxF -e "-x${tab}{\"" "$dir/odd"
	report "what the dump looks like"
	gomapctl clear again
	gomapctl -j save odd | gomapctl load again >"$dir/out" 2>"$dir/err"
	status=$?
	compare "load of JSON lines" 0 "loaded 7, bad 0" ''
	gomapctl dump again | sort | cmp -s - "$dir/odd"
	report "all is as it was after that"
	gomapctl -j dump odd | grep -qF '{"key":{"hex":"fffe"},"value":{"hex":"eda080"}}'
	report "dump -j of what isn't UTF-8"
	gomapctl remove odd
	gomapctl remove again

	# A scan has to make room for the last one of these.
	gomapctl create m key u8 value str
	printf '%d\t%0*d\n' 1 1 0 2 30000 0 3 65520 0 4 500000 0 >"$dir/long"
	expect "load of long values" 0 "loaded 4, bad 0" '' load m "$dir/long"
	[ "$(gomapctl dump m | wc -c)" -eq $((4 * 3 + 1 + 30000 + 65520 + 500000)) ]
	report "dump of long values"
	gomapctl remove m
}

test_save()
{
	local file="$dir/saved"

	make_odd
	expect "save" 0 "saved 7" '' save odd "$file"
	gomapctl dump odd | cmp -s - "$file"
	report "what was saved"
	gomapctl save odd | cmp -s - "$file"
	report "save without a file"
	gomapctl save odd - | cmp -s - "$file"
	report "save to standard output"
	gomapctl create again key str value str
	expect "load of what was saved" 0 "loaded 7, bad 0" '' load again "$file"
	gomapctl dump odd | sort >"$dir/a"
	gomapctl dump again | sort | cmp -s - "$dir/a"
	report "all is as it was when it was saved"
	gomapctl remove again
	expect "save -j" 0 '{"saved":7}' '' -j save odd "$file"
	[ "$(grep -c '^{"key":.*,"value":.*}$' "$file")" -eq 7 ]
	report "save -j saves JSON"
	expect "save -p" 0 "{${newline}  \"saved\": 7${newline}}" '' \
		-p save odd "$file"
	[ "$(grep -c '^{"key":.*,"value":.*}$' "$file")" -eq 7 ]
	report "save -p saves lines, too"

	chmod 640 "$file"
	chown 1:2 "$file"
	ln -s saved "$dir/link"
	expect "save over a link to a file" 0 "saved 7" '' save odd "$dir/link"
	[ -L "$dir/link" ] && [ "$(stat -c '%a %u %g' "$file")" = "640 1 2" ]
	report "link, mode and owner stay"
	rm "$dir/link"
	expect "save into a device" 0 "saved 7" '' save odd /dev/null
	[ -c /dev/null ]
	report "the device stays"
	refused "save into a full device" \
		"cannot write /dev/full: No space left on device" \
		save odd /dev/full
	refused "save where nothing is" \
		"cannot write $dir/no/file: No such file or directory" \
		save odd "$dir/no/file"
	refused "save into a directory" "cannot write $dir: Is a directory" \
		save odd "$dir"
	refused "save of no map" \
		"there is no map 'nomap': 'gomapctl list' shows those there are" \
		save nomap "$file"
	[ "$(wc -l <"$file")" -eq 7 ] && [ "$(echo "$dir"/saved*)" = "$file" ]
	report "the file stays, alone"
	gomapctl remove odd
	rm "$file"
}

# interrupt_save SIGNAL: a save that the signal comes in the middle of
interrupt_save()
{
	local signal=$1 tries=0 saver

	while [ $((tries += 1)) -le 20 ]; do
		echo old >"$dir/kept"
		gomapctl -j save m "$dir/kept" >/dev/null 2>&1 &
		saver=$!
		set -- "$dir"/kept.*
		until [ -e "$1" ] || ! kill -0 $saver; do
			set -- "$dir"/kept.*
		done 2>/dev/null
		kill -"$signal" $saver 2>/dev/null
		wait $saver
		[ $? -le 128 ] || return 0
	done
	return 1
}

# Whatever comes in between, the old contents stay, and nothing else does.
test_save_interrupted()
{
	local line signal

	seq 1 100000 >"$dir/many"
	gomapctl create m key u32 value none mode 644
	gomapctl load m "$dir/many" >/dev/null 2>&1
	for signal in HUP TERM USR1 USR2 ALRM PIPE SEGV; do
		interrupt_save $signal 2>/dev/null &&
			[ "$(cat "$dir/kept") $(echo "$dir"/kept*)" = "old $dir/kept" ]
		report "SIG$signal ends a save, and leaves nothing"
	done
	(ulimit -f 8; gomapctl save m "$dir/kept") >"$dir/out" 2>"$dir/err"
	status=$?
	compare "save beyond a limit of the size of files" 2 '' \
		"gomapctl: cannot write $dir/kept: File too large"
	[ "$(cat "$dir/kept") $(echo "$dir"/kept*)" = "old $dir/kept" ]
	report "that leaves nothing, too"

	line="'gomapctl save NAME - >FILE' writes into it"
	touch "$dir/bound"
	if mount -o bind "$dir/kept" "$dir/bound"; then
		refused "save over a file that is mounted" \
			"cannot replace $dir/bound: Device or resource busy: $line" \
			save m "$dir/bound"
		[ "$(cat "$dir/kept") $(echo "$dir"/bound*)" = "old $dir/bound" ]
		report "that changes nothing"
		umount "$dir/bound"
	fi
	mkdir "$dir/closed"
	touch "$dir/closed/file"
	chmod 666 "$dir/closed/file"
	as_nobody "gomapctl save m $dir/closed/file"
	compare "save over a file in a directory that can't be written" 2 '' \
		"gomapctl: cannot replace $dir/closed/file: Permission denied: $line"
	as_nobody "gomapctl save m - >$dir/closed/file && wc -l <$dir/closed/file"
	compare "what the message says to do" 0 100000 ''
	as_nobody "gomapctl save m $dir/closed/other"
	compare "save of a new file there" 2 '' \
		"gomapctl: cannot write $dir/closed/other: Permission denied"
	gomapctl remove m
	rm -r "$dir/kept" "$dir/bound" "$dir/closed"
}

# The message of a frozen map, for whatever would change it.
test_freeze()
{
	local command

	gomapctl create m key u8 value u32
	gomapctl insert m 1 1
	done_by "freeze" freeze m
	done_by "freeze again" freeze m
	for command in "insert m 1 2" "insert m 2 1 new" "insert m 1 1 existing" \
		"delete m 1" "add m 1 1" "cas m 1 1 2" "take m 1" "clear m"; do
		# shellcheck disable=SC2086 # it is several words
		refused "$command in a frozen map" \
			"map 'm' is frozen: it can only be read" $command
	done
	expect_load "load into a frozen map" 2 "loaded 0, bad 0" \
		"gomapctl: stdin:1: map 'm' is frozen: it can only be read" \
		'2\t2\n3\t3\n' m
	expect "lookup in a frozen map" 0 1 '' lookup m 1
	expect "dump of a frozen map" 0 "1${tab}1" '' dump m
	[ "$(gomapctl show m | tail -1)" = "frozen            true" ]
	report "show of a frozen map"
	gomapctl -j show m | grep -q '"frozen":true}$'
	report "show -j of a frozen map"
	[ "$(gomapctl stat m | tail -1)" = "state             frozen" ]
	report "stat of a frozen map"
	done_by "a frozen map can be removed" remove m
}

# field NAME FIELD: of show
field()
{
	gomapctl show "$1" | sed -n "s/^$2 *//p"
}

test_whole()
{
	local bytes

	gomapctl create m key u32 value u32 max 2000
	seq 1 1000 | sed "s/\$/${tab}7/" | gomapctl load m >/dev/null 2>&1
	done_by "clear" clear m
	expect "len of what was cleared" 0 0 '' len m
	expect "dump of what was cleared" 0 '' '' dump m
	done_by "clear of nothing" clear m
	done_by "a cleared map takes entries" insert m 1 1

	done_by "reserve" reserve m 2000
	[ "$(field m reserve)" = 2000 ] && [ "$(field m buckets)" = 512 ]
	report "what reserve did"
	bytes=$(field m bytes)
	done_by "shrink to what is reserved" shrink m
	done_by "reserve less" reserve m 0
	done_by "shrink" shrink m
	[ "$(field m reserve)" = 0 ] && [ "$(field m bytes)" -lt "$bytes" ]
	report "what shrink did"
	refused "reserve more than max" \
		"reserve 2001 is more than max 2000 of map 'm'" reserve m 2001
	for bytes in x -1 2147483649; do
		refused "reserve '$bytes'" \
			"reserve '$bytes' is not a number of entries: 0 to 2147483648" \
			reserve m $bytes
	done
	refused "reserve without a number" "usage: gomapctl reserve NAME N" \
		reserve m
	gomapctl remove m
}

test_stat()
{
	gomapctl create m key u32 value u32
	expect "stat -j of an empty map" 0 '{"name":"m","entries":0,"buckets":0,"load_factor":0.00,"overflow_percent":0.00,"bytes_per_entry":0.00,"longest_chain":0,"long_chains":0,"state":"steady"}' '' -j stat m
	gomapctl insert m 1 1
	gomapctl insert m 2 1
	[ "$(gomapctl stat m | sed 's/^\(bytes_per_entry *\) [0-9.]*$/\1 B/')" = \
"name              m
entries           2
buckets           1
load_factor       2.00
overflow_percent  0.00
bytes_per_entry   B
longest_chain     1
long_chains       0
state             steady" ]
	report "stat"
	[ "$(gomapctl stat m | sed -n 's/^bytes_per_entry *//p')" = \
	  "$(awk "BEGIN { printf \"%.2f\", $(field m bytes) / 2 }")" ]
	report "bytes per entry"
	gomapctl remove m
}

test_batch()
{
	local i line

	expect_batch "batch" 0 "3${newline}2" '' \
		'create m key str value u32\ninsert m a 1\nadd m a 2\ninsert m "a b" 2\nlen m\n'
	expect_batch "batch of nothing" 0 '' '' ''
	expect_batch "blanks, comments and quotes" 0 "2${newline}2${newline}1" '' \
		"# nothing\n\n \t \n lookup  m\t'a b' # the end\r\nlookup m \"a b\"\ninsert m \"'#\" 1\nlookup m '''#'"
	expect_batch "quotes and # in a word" 0 "1${newline}2${newline}3" '' \
		"add m /it's 1\nadd m '/it''s' 1\nadd m \"/it's\" 1 # it's\n"
	expect_batch "a URL" 0 "7${newline}7" '' \
		"add m http://h/'a'?q=\"b\"#c 7\nlookup m \"http://h/'a'?q=\"\"b\"\"#c\"\n"
	expect_batch "quotes alone" 0 "1${newline}2${newline}1${newline}2" '' \
		"add m '''' 1\nadd m \"'\" 1\nadd m \"\"\"\" 1\nadd m '\"' 1\n"
	for line in "/it's" "http://h/'a'?q=\"b\"#c" "'" '"'; do
		gomapctl delete m "$line"
	done
	for line in "'" "'a" "'a'b" "'a''" "''a" '"a' "'''"; do
		printf 'len m %s\n' "$line" >"$dir/batch"
		refused "bad quotes: $line" \
			"$dir/batch:1: a word in quotes must end with its quote: write one inside twice" \
			batch "$dir/batch"
	done
	# What the man page says quotes any text.
	printf '%s\n' "it's" 'a "b" c' '#x' "''" "'" '' '\' 'C:\new' '-j' '(x) $' \
		'e ' >"$dir/paths"
	gomapctl create q key str value u32
	sed -e 's/\\/&&/g' -e "s/'/''/g" -e "s/.*/add q '&' 1/" "$dir/paths" |
		gomapctl batch - >"$dir/out" 2>"$dir/err"
	status=$?
	compare "any text in quotes" 0 "$(sed 's/.*/1/' "$dir/paths")" ''
	gomapctl dump q | sed "s/${tab}1\$//" | sort >"$dir/out"
	sed 's/\\/&&/g' "$dir/paths" | sort | cmp -s - "$dir/out"
	report "all of them are what they were"
	gomapctl remove q
	expect_batch "an empty word" 0 "5" '' "add m '' 5\n"
	expect_batch "options of a line" 0 \
		"{\"loaded\":0,\"new\":0,\"replaced\":0,\"bad\":0,\"blank\":0,\"comments\":0,\"crs\":0,\"boms\":0}${newline}4" '' \
		'\n-j load m /dev/null\nlen m\n'
	expect_batch "the answer no" 1 4 '' 'lookup m no\nlen m\n'
	expect_batch "an error" 2 4 \
		"gomapctl: stdin:2: there is no map 'x': 'gomapctl list' shows those there are" \
		'len m\nlen x\nlen m\n'
	expect_batch "errors, and -f" 2 "4${newline}4" \
"gomapctl: stdin:2: there is no map 'x': 'gomapctl list' shows those there are
gomapctl: stdin:3: unknown command 'frob': 'gomapctl help' lists them
gomapctl: stdin:4: usage: gomapctl len NAME
gomapctl: stdin:5: usage: gomapctl [-j|--json] [-p|--pretty] COMMAND ..., see 'gomapctl help'" \
		'len m\nlen x\nfrob\nlen\n-j\nlookup m no\nlen m\n' -f
	expect_batch "and --force" 2 4 \
		"gomapctl: stdin:1: a word in quotes must end with its quote: write one inside twice" \
		'len "m\nlen m\n' --force
	expect_batch "a NUL byte" 2 '' \
		"gomapctl: stdin:1: a NUL byte: write it \\x00, in a str" \
		'len m\0\n'
	expect_batch "a batch in a batch" 2 '' \
		"gomapctl: stdin:1: a batch in a batch: give it its own gomapctl" \
		"batch $dir/batch\n"
	expect_batch "load from where the batch comes from" 2 '' \
		"gomapctl: stdin:1: the commands come from standard input: give a FILE" \
		"load m\nx\t1\n"

	printf 'x\t1\ny\tz\n' >"$dir/lines"
	printf 'len m\nload m\nlen m\nload m %s\n' "$dir/lines" >"$dir/batch"
	gomapctl batch "$dir/batch" <"$dir/lines" >"$dir/out" 2>"$dir/err"
	status=$?
	compare "places in a batch and in a file" 2 \
		"4${newline}loaded 1, bad 1" \
		"gomapctl: $dir/batch:2: stdin:2: value 'z' is not a u32: 0 to 4294967295"
	gomapctl batch -f "$dir/batch" <"$dir/lines" >"$dir/out" 2>"$dir/err"
	status=$?
	compare "loads of a batch" 2 \
"5
loaded 1 (0 new, 1 replaced), bad 1
5
loaded 1 (0 new, 1 replaced), bad 1" \
"gomapctl: $dir/batch:2: stdin:2: value 'z' is not a u32: 0 to 4294967295
gomapctl: $dir/batch:4: $dir/lines:2: value 'z' is not a u32: 0 to 4294967295"

	echo frob >"$dir/a${newline}b"
	refused "a newline in the name of a batch" \
		"$dir/a\\nb:1: unknown command 'frob': 'gomapctl help' lists them" \
		batch "$dir/a${newline}b"

	refused "batch of no file" \
		"cannot open $dir/none: No such file or directory" \
		batch "$dir/none"
	refused "batch of a directory" "cannot read $dir: Is a directory" \
		batch "$dir"
	refused "batch without a file" "usage: gomapctl batch [-f|--force] FILE" \
		batch
	refused "-f without batch" \
		"option '-f' is for batch alone: gomapctl batch -f FILE" -f list
	refused "-f for another command" \
		"option '--force' is for batch alone: gomapctl batch -f FILE" \
		clear --force m
	echo "len m" | gomapctl batch - >/dev/full 2>"$dir/err"
	[ $? -eq 2 ] && grep -q '^gomapctl: cannot write the output: ' "$dir/err"
	report "output of a batch that can't be written"

	# Another map of that name, or of other permissions, is noticed.
	expect_batch "a map that is removed and made again" 0 \
		"1${newline}7" '' \
		'create n key u8 value u8\ninsert n 1 1\nlookup n 1\nremove n\ncreate n key str value u32\ninsert n 1 7\nlookup n 1\nremove n\n'
	gomapctl create n key u8 value u8
	gomapctl insert n 1 1
	mkfifo "$dir/fifo"
	gomapctl batch "$dir/fifo" >"$dir/out" 2>"$dir/err" &
	exec 3>"$dir/fifo"
	echo 'lookup n 1' >&3
	until [ -s "$dir/out" ]; do sleep 0.1; done
	gomapctl remove n
	gomapctl create n key str value u32
	gomapctl insert n 1 7
	echo 'lookup n 1' >&3
	exec 3>&-
	wait $!
	status=$?
	compare "a map that somebody else makes again" 0 "1${newline}7" ''
	rm "$dir/fifo"
	gomapctl remove n
	for i in $(seq 1 20); do
		echo "create n$i key u8 value u8"
		echo "insert n$i 1 $i"
	done >"$dir/batch"
	for i in $(seq 1 20) $(seq 1 20); do
		echo "lookup n$i 1"
	done >>"$dir/batch"
	seq 1 20 | sed 's/^/remove n/' >>"$dir/batch"
	expect "more maps than stay open" 0 "$(seq 1 20; seq 1 20)" '' \
		batch "$dir/batch"

	gomapctl clear m
	seq 1 2000 | sed 's/.*/insert m &word &/' >"$dir/batch"
	done_by "batch of 2,000 lines" batch "$dir/batch"
	expect "what they did" 0 2000 '' len m
	gomapctl remove m
}

# Those that came before their pipe did are not kept waiting for it.
test_slow_load()
{
	gomapctl create m key u8 value none
	(
		echo 1
		tries=0
		until [ "$(gomapctl len m)" = 1 ] || [ $((tries += 1)) -gt 60 ]; do sleep 1; done
		gomapctl len m >"$dir/slow"
		echo 2
	) | gomapctl load m >"$dir/out" 2>"$dir/err"
	status=$?
	compare "load from a slow pipe" 0 "loaded 2, bad 0" ''
	[ "$(cat "$dir/slow")" = 1 ]
	report "the first line is loaded before the second is written"
	gomapctl remove m
}

# load_and_dump NAME KEY VALUE MAX: 100,000 lines in $dir/many, and one too many
load_and_dump()
{
	gomapctl create m key "$2" value "$3" max "$4"
	expect "load of 100,000 lines, $1" 0 "loaded 100000, bad 0" '' \
		load m "$dir/many"
	expect "their number, $1" 0 100000 '' len m
	sort "$dir/many" >"$dir/sorted"
	gomapctl dump m | sort | cmp -s - "$dir/sorted"
	report "dump of what was loaded, $1"
	echo "{\"key\":0$([ "$3" = none ] || echo ',"value":0')}" >>"$dir/many"
	gomapctl clear m
	expect "load of one too many, $1" 2 "loaded 100000, bad 0" \
		"gomapctl: $dir/many:100001: map 'm' is full, with its max of 100000 entries: delete some first" \
		load m "$dir/many"
	gomapctl remove m
}

test_large_load()
{
	seq 1 100000 | sed "s/.*/word&${tab}&/" >"$dir/many"
	gomapctl create m key str:32 value u32
	expect "load of 100,000 lines" 0 "loaded 100000, bad 0" '' \
		load m "$dir/many"
	expect "their number" 0 100000 '' len m
	expect "the last of them" 0 100000 '' lookup m word100000
	expect "one too many" 1 '' '' lookup m word100001
	sort "$dir/many" >"$dir/sorted"
	gomapctl dump m | sort | cmp -s - "$dir/sorted"
	report "dump of what was loaded"
	[ "$(gomapctl -j dump m | tr '}' '\n' | grep -c '{"key":"word[0-9]*","value":[0-9]*$')" -eq 100000 ]
	report "dump -j of what was loaded"
	gomapctl remove m

	seq 1 100000 | sed "s/\$/${tab}5/" >"$dir/many"
	load_and_dump "of numbers" u64 u32 100000
	seq 1 100000 >"$dir/many"
	load_and_dump "of a set" u32 none 100000

	# Bad lines around the one at which it ends, and at the edges of tiles.
	seq 1 10000 | sed 's/^4096$/x/;s/^8192$/y/' >"$dir/many"
	gomapctl create m key u32 value none max 9000
	expect "load until the map is full, with bad lines" 2 "loaded 9000, bad 2" \
"gomapctl: $dir/many:4096: key 'x' is not a u32: 0 to 4294967295
gomapctl: $dir/many:8192: key 'y' is not a u32: 0 to 4294967295
gomapctl: $dir/many:9003: map 'm' is full, with its max of 9000 entries: delete some first" \
		load m "$dir/many"
	gomapctl remove m

	# A full map takes new values for the keys that it has.
	gomapctl create m key u8 value str:9 max 2
	expect_load "load of keys that are there into a full map" 2 \
		"loaded 4 (2 new, 2 replaced), bad 0" \
		"gomapctl: stdin:5: map 'm' is full, with its max of 2 entries: delete some first" \
		'1\ta\n2\tb\n2\tc\n1\td\n3\te\n1\tf\n' m
	expect "the last one loaded" 0 d '' lookup m 1
	gomapctl remove m
}

test_library()
{
	command -v libgomap_test >/dev/null || {
		echo "# skipped: libgomap_test is not in PATH"
		return
	}
	libgomap_test | sed 's/^/# /'
	libgomap_test >/dev/null
	report "the library"
}

# A container has neither the nodes nor, perhaps, sysfs.
test_hidden()
{
	local hidden="is hidden: give this container the node"

	gomapctl create m key u8 value u8
	mount -t tmpfs none /dev/gomap || {
		echo "# skipped: /dev/gomap can't be hidden"
		return
	}
	refused "lookup without nodes" \
		"gomap is loaded, but /dev/gomap/m $hidden" lookup m 1
	refused "lookup without nodes where there is no map" \
		"there is no map 'n': 'gomapctl list' shows those there are" \
		lookup n 1
	refused "create without nodes" \
		"gomap is loaded, but /dev/gomap/control $hidden" \
		create n key u8 value u8
	refused "create if absent without nodes" \
		"gomap is loaded, but /dev/gomap/m $hidden" \
		create --if-absent m key u8 value u8
	expect "list without nodes" 0 "name  key  value  entries  max_entries  bytes
m     -    -      -        -            -" '' list
	mount -t tmpfs none /sys
	refused "lookup without nodes and sysfs" \
		"gomap is loaded, but /dev/gomap/n $hidden" lookup n 1
	refused "list without sysfs" \
		"gomap is loaded, but /sys/class/gomap is hidden: mount sysfs on /sys" \
		list
	umount /sys
	touch /dev/gomap/control
	refused "lookup without the node of a map" \
		"gomap is loaded, but /dev/gomap/m $hidden" lookup m 1
	umount /dev/gomap
	gomapctl remove m
}

test_permissions()
{
	local name

	gomapctl create mine key u8 value u8
	gomapctl create ours key u8 value u8 mode 644
	gomapctl create drop key u8 value u8 mode 622
	gomapctl insert ours 1 2

	as_nobody "gomapctl create m key u8 value u8"
	compare "create without permission" 2 '' \
		"gomapctl: no permission for /dev/gomap/control: run as root or in its group"
	chmod 666 /dev/gomap/control
	echo 0 >/sys/module/gomap/parameters/max_user_maps
	as_nobody "gomapctl create m key u8 value u8"
	compare "create beyond the limits of a user" 2 '' \
		"gomapctl: you are at max_user_maps or max_user_bytes: remove a map first"
	echo 1024 >/sys/module/gomap/parameters/max_user_maps
	as_nobody "gomapctl create theirs key u8 value str"
	compare "create within the limits of a user" 0 '' ''
	echo 10000 >/sys/module/gomap/parameters/max_user_bytes
	refused "insert beyond the limits of the maker" \
		"the maker of map 'theirs' is at max_user_bytes: remove a map, or raise it" \
		insert theirs 1 "$(printf %08000d 2)"
	echo 0 >/sys/module/gomap/parameters/max_user_bytes
	done_by "insert within them" insert theirs 1 "$(printf %08000d 2)"
	gomapctl remove theirs
	chmod 600 /dev/gomap/control
	as_nobody "gomapctl remove mine"
	compare "remove without permission" 2 '' \
		"gomapctl: no permission for /dev/gomap/control: run as root or in its group"
	as_nobody "gomapctl lookup mine 1"
	compare "lookup without permission" 2 '' \
		"gomapctl: no permission for map 'mine': ask its owner, or run as root"
	as_nobody "gomapctl lookup ours 1"
	compare "lookup with permission" 0 2 ''
	as_nobody "gomapctl insert ours 1 1"
	compare "insert with permission only to read" 2 '' \
		"gomapctl: no permission for map 'ours': ask its owner, or run as root"
	as_nobody "gomapctl insert drop 1 1"
	compare "insert with permission only to write" 0 '' ''
	as_nobody "gomapctl len drop"
	compare "len with permission only to write" 2 '' \
		"gomapctl: no permission for map 'drop': ask its owner, or run as root"
	as_nobody "gomapctl stat drop"
	compare "stat with permission only to write" 2 '' \
		"gomapctl: no permission for map 'drop': ask its owner, or run as root"
	as_nobody "gomapctl show drop | grep -cE '^(name|entries|buckets|bytes|growing) '"
	compare "show with permission only to write has no counts" 0 1 ''
	for command in freeze shrink 'reserve 10'; do
		# shellcheck disable=SC2086 # reserve has an argument
		set -- $command
		as_nobody "gomapctl $1 drop $2"
		compare "$1 of a map of others" 2 '' \
			"gomapctl: no permission to $1 map 'drop': ask its maker, or run as root"
	done
	as_nobody "gomapctl show mine"
	compare "show without permission" 2 '' \
		"gomapctl: no permission for map 'mine': ask its owner, or run as root"
	as_nobody "gomapctl dump drop"
	compare "dump with permission only to write" 2 '' \
		"gomapctl: no permission for map 'drop': ask its owner, or run as root"
	as_nobody "gomapctl take drop 1"
	compare "take with permission only to write" 2 '' \
		"gomapctl: no permission for map 'drop': ask its owner, or run as root"
	as_nobody "gomapctl cas drop 1 1 1"
	compare "cas with permission only to write" 0 '' ''
	as_nobody "gomapctl dump ours"
	compare "dump with permission" 0 "1${tab}2" ''
	as_nobody "gomapctl freeze ours"
	compare "freeze with permission only to read" 2 '' \
		"gomapctl: no permission for map 'ours': ask its owner, or run as root"
	as_nobody "gomapctl list" && awk '{ print $1, $4 }' "$dir/out" >"$dir/list"
	[ "$(cat "$dir/list")" = \
"name entries
drop -
mine -
ours 1" ]
	report "list without permission for one of the maps"

	chmod 666 /dev/gomap/control
	as_nobody "gomapctl remove mine"
	compare "remove somebody else's map" 2 '' \
		"gomapctl: map 'mine' is somebody else's: only root may remove it"
	as_nobody "gomapctl create m key u8 value u8 owner 0:0"
	compare "create for somebody else" 2 '' \
		"gomapctl: only root may give map 'm' to owner 0:0"
	as_nobody "gomapctl create m key u8 value u8 && gomapctl remove m"
	compare "create and remove one's own map" 0 '' ''
	chmod 600 /dev/gomap/control
	for name in mine ours drop; do
		gomapctl remove $name
	done
}

loaded=
if [ ! -e /dev/gomap/control ]; then
	test_unloaded
	insmod gomap.ko || exit 2
	loaded=y
fi
[ -e /etc/passwd ] || make_users
test_grammar
test_options
test_create
test_if_absent
test_entries
test_types
test_foreign
test_show
test_load
test_load_json
test_json_letters
test_load_foreign
test_load_format
test_load_no_memory
test_slow_load
test_large_load
test_add
test_cas
test_delete_if
test_take
test_many_keys
test_take_back
test_dump
test_save
test_save_interrupted
test_freeze
test_whole
test_stat
test_batch
test_library
test_hidden
test_permissions
if [ "$loaded" ]; then
	rmmod gomap
	report "the module unloads"
fi

rm -r "$dir"
echo "1..$((passed + failed))"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
