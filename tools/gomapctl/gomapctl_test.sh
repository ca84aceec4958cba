#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash # busybox
#
# gomapctl_test.sh - runs gomapctl against the real device. It and foreign_maps
# have to be in PATH.
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
		"usage: gomapctl lookup NAME KEY" lookup m
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

	gomapctl help >/dev/full 2>"$dir/err"
	[ $? -eq 2 ] && grep -q '^gomapctl: cannot write the output: ' "$dir/err"
	report "output that can't be written is an error"
}

test_create()
{
	local usage='usage: gomapctl create NAME key TYPE value TYPE [max N] [reserve N] [mode OCTAL] [owner U:G]'
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
		shown=$(printf %s "$name" | tr '\n' '?')
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
		"len nomap" "show nomap" "load nomap"; do
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
	round_trip u32 8 010 8
	round_trip ipv4 '"192.0.2.1"' 192.0.2.1
	round_trip ipv6 '"2001:db8::1"' 2001:DB8:0::1 2001:db8::1
	round_trip mac '"00:11:22:aa:bb:ff"' 00:11:22:AA:bb:ff 00:11:22:aa:bb:ff
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
	round_trip str '{"hex":"ff00"}' '\xff\x00'
	round_trip str '{"hex":"eda080"}' '\xed\xa0\x80'

	bad_datum u8 '0 to 255' 256 300 -1 '' x 1x ' 1' +1 0x 08 1.0
	bad_datum u16 '0 to 65535' 65536 -1
	bad_datum u32 '0 to 4294967295' 4294967296
	bad_datum u64 '0 to 18446744073709551615' 18446744073709551616
	bad_datum s8 '-128 to 127' 128 -129 - --1
	bad_datum s16 '-32768 to 32767' 32768 -32769
	bad_datum s32 '-2147483648 to 2147483647' 2147483648 -2147483649
	bad_datum s64 '-9223372036854775808 to 9223372036854775807' \
		9223372036854775808 -9223372036854775809
	bad_datum ipv4 '0.0.0.0 to 255.255.255.255' 1.2.3 1.2.3.256 ::1
	bad_datum ipv6 ':: to ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' \
		1.2.3.4 g::
	bad_datum mac '00:00:00:00:00:00 to ff:ff:ff:ff:ff:ff' \
		0:1:2:3:4:5 00-11-22-33-44-55 00:11:22:33:44:55:66
	bad_datum bytes:2 '4 hexadecimal digits' 00 000 000000 000g
	# shellcheck disable=SC1003
	bad_datum str:3 '0 to 3 bytes, \ only in \\ \t \n \r \xHH' \
		four '\x1' '\q' 'a\'

	gomapctl create m key str value u8
	long=$(printf %064d 0)
	refused "a long argument is cut" \
		"key '$long...' is not a str: 0 to 4096 bytes, \\ only in \\\\ \\t \\n \\r \\xHH" \
		lookup m "$(printf %04097d 0)"
	done_by "the longest key" insert m "$(printf %04096d 0)" 1
	refused "a newline in an argument" "value '1?2' is not a u8: 0 to 255" \
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
	[ "$(gomapctl -j show fruit | without_bytes)" = '{"name":"fruit","key":"str:64","value":"u64","entries":0,"max_entries":1000,"reserve":0,"buckets":0,"overflow_buckets":0,"load_factor":0.00,"bytes":B,"longest_chain":0,"growing":false,"frozen":false}' ]
	report "show -j of an empty map"
	gomapctl insert fruit apple 5
	gomapctl insert fruit banana 3
	[ "$(gomapctl -j show fruit | without_bytes)" = '{"name":"fruit","key":"str:64","value":"u64","entries":2,"max_entries":1000,"reserve":0,"buckets":1,"overflow_buckets":0,"load_factor":2.00,"bytes":B,"longest_chain":1,"growing":false,"frozen":false}' ]
	report "show -j"
	[ "$(gomapctl show fruit | without_bytes)" = \
"name              fruit
key               str:64
value             u64
entries           2
max_entries       1000
reserve           0
buckets           1
overflow_buckets  0
load_factor       2.00
bytes             B
longest_chain     1
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
gomapctl: stdin:3: no TAB between key and value
gomapctl: stdin:4: key '' is not a u64: 0 to 18446744073709551615
gomapctl: stdin:5: value 'a\\' is not a str: 0 to 1048576 bytes, \\ only in \\\\ \\t \\n \\r \\xHH" \
		'x\tex\n10\tten\n11\n\telf\n12\ta\\\n13\tend\n' m
	expect "a good line among bad ones" 0 ten '' lookup m 10
	expect "a good line after bad ones" 0 end '' lookup m 13

	expect_load "bad JSON lines" 2 "loaded 0, bad 7" \
"gomapctl: stdin:1: not JSON (continue), which { begins: a key's own is written \\x7b
gomapctl: stdin:2: no member \"key\"
gomapctl: stdin:3: no member \"value\"
gomapctl: stdin:4: key '-1' is not a u64: 0 to 18446744073709551615
gomapctl: stdin:5: value '5' is not a str: 0 to 1048576 bytes, \\ only in \\\\ \\t \\n \\r \\xHH
gomapctl: stdin:6: other members than \"key\" and \"value\"
gomapctl: stdin:7: key 'null' is not a u64: 0 to 18446744073709551615" \
		'{\n{"value":"x"}\n{"key":1}\n{"key":-1,"value":""}\n{"key":1,"value":5}\n{"key":1,"value":"x","ttl":1}\n{"key":null,"value":""}\n' m

	seq 1000 1029 | sed "s/^/x/;s/\$/${tab}v/" >"$dir/bad"
	gomapctl -j load m "$dir/bad" >"$dir/out" 2>"$dir/err"
	[ $? -eq 2 ] && [ "$(wc -l <"$dir/err")" -eq 21 ] &&
		[ "$(tail -1 "$dir/err")" = \
		  "gomapctl: $dir/bad: 10 more bad lines" ]
	report "only the first 20 bad lines are shown"
	[ "$(cat "$dir/out")" = '{"loaded":0,"bad":30}' ]
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
gomapctl: map 'full' is full, with its max of 2 entries: delete some first" \
		'1\nx\n2\n3\n4\n' full
	gomapctl remove full

	seq 1 100000 | sed "s/\(.*\)/word\1${tab}\1/" >"$dir/many"
	gomapctl create m key str:32 value u32
	expect "load of 100,000 lines" 0 "loaded 100000, bad 0" '' \
		load m "$dir/many"
	expect "their number" 0 100000 '' len m
	expect "the last of them" 0 100000 '' lookup m word100000
	expect "one too many" 1 '' '' lookup m word100001
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
	compare "len with permission only to write" 0 1 ''
	as_nobody "gomapctl show mine"
	compare "show without permission" 2 '' \
		"gomapctl: no permission for map 'mine': ask its owner, or run as root"
	as_nobody "gomapctl list" && awk '{ print $1, $4 }' "$dir/out" >"$dir/list"
	[ "$(cat "$dir/list")" = \
"name entries
drop 1
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
test_create
test_entries
test_types
test_foreign
test_show
test_load
test_permissions
if [ "$loaded" ]; then
	rmmod gomap
	report "the module unloads"
fi

rm -r "$dir"
echo "1..$((passed + failed))"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
