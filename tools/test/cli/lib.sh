# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What cli tests are written with: `. "${0%/*}/lib.sh"`, then try and the checks below,
# then done_testing. Must never look at anything of a program but its status and output.
#
# $KJ_BIN has the sanitized programs, $KJ_SHIP the shipped ones, $KJ_TMP is a directory of
# this test's own that is removed afterwards.

: "${KJ_TOP:=$PWD}"
: "${KJ_BIN:=$KJ_TOP/${O:-out}/test}"
: "${KJ_SHIP:=$KJ_TOP/${O:-out}/ship}"
[ -n "${KJ_TMP:-}" ] || KJ_TMP=$(mktemp -d)
tests=0 failures=0 status=0

# ok NAME [WHY-NOT]: reports by the status of the command before it
ok() {
	local good=$?
	report $good "$1" "${2:-}"
}

# report STATUS NAME [WHY-NOT]
report() {
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
	else
		failures=$((failures + 1))
		echo "not ok $tests - $2"
		[ -z "${3:-}" ] || printf '%s\n' "$3" | sed 's/^/# /'
	fi
}

skip() {
	tests=$((tests + 1))
	echo "ok $tests # SKIP $1"
}

# try COMMAND...: run it; leaves $status, $KJ_TMP/out and $KJ_TMP/err
try() {
	status=0
	"$@" >"$KJ_TMP/out" 2>"$KJ_TMP/err" </dev/null || status=$?
	tried=$*
}

# own_run COMMAND...: run it as the only one: it sees a /run of its own, so no lock that another test may have
own_run() {
	# shellcheck disable=SC2016 # for that shell
	unshare -rm sh -c 'mount -t tmpfs none /run && exec "$@"' sh "$@"
}

# status_is N NAME
status_is() {
	[ "$status" -eq "$1" ]
	report $? "$2" "$tried: status $status, want $1; $(head -c 300 "$KJ_TMP/err")"
}

# one_line PATTERN NAME: stderr is one line that the shell pattern matches, stdout is empty
one_line() {
	local text why=
	text=$(cat "$KJ_TMP/err")
	# shellcheck disable=SC2254 # a pattern is what is wanted
	case $text in
	$1) ;;
	*) why="want: $1" ;;
	esac
	[ "$(wc -l <"$KJ_TMP/err")" -eq 1 ] || why="not one line"
	[ ! -s "$KJ_TMP/out" ] || why="stdout is not empty"
	[ -z "$why" ]
	report $? "$2" "$why
$text"
}

# key_is KEY VALUE NAME: stdout has the line KEY=VALUE, once
key_is() {
	[ "$(sed -n "s/^$1=//p" "$KJ_TMP/out")" = "$2" ]
	report $? "$3" "want $1=$2, got: $(grep "^$1=" "$KJ_TMP/out")"
}

done_testing() {
	echo "1..$tests"
	[ "$failures" -eq 0 ]
	exit
}
