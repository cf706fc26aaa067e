# Tell how Hookwatch is, and open its dashboard: sh state.sh [--no-browser]
#
# In: nothing. Out: a few lines for whoever asked, which a model may read too; nothing is changed.

here=${0%/*}
. "$here/places.sh"

ask() { # ask URL: print the status of the answer, and the answer
	set -- -q -s -g --connect-timeout 0.5 -m 3 -w '\n%{http_code}' "$1"
	[ -z "$is_here" ] || set -- "$@" --noproxy '*'
	token=${CLAUDE_PLUGIN_OPTION_TOKEN:-${HOOKWATCH_TOKEN-}}
	case $token in
	'' | *[!A-Za-z0-9._~-]*) curl "$@" ;;
	*) printf 'header = "Authorization: Bearer %s"\n' "$token" | curl "$@" -K - ;; # not for all to read
	esac
}

tell() { # tell NAME URL PATH
	answer=$(ask "$2$3")
	case ${answer##*
} in
	200) echo "$1: running at $2" ;;
	401) echo "$1: running at $2, but it wants a token: set the plugin's token, or HOOKWATCH_TOKEN" ;;
	000) echo "$1: does not answer at $2. In Hookwatch's folder, \`make start\` starts it" ;;
	*) echo "$1: not well at $2: ${answer%
*}" ;;
	esac
}

count_spooled() {
	set -- "$spool"/*.event
	[ -e "$1" ] || shift
	echo "Events waiting on disk until ingestd takes them: $#"
}

open_dashboard() {
	case ${answer##*
} in 200) ;; *) return ;; esac
	opener=
	if [ -d /System/Library ]; then
		opener=open # on Linux a program of that name is another
	elif [ -n "${DISPLAY-}${WAYLAND_DISPLAY-}" ]; then
		opener=xdg-open
	fi
	if [ -n "$opener" ] && command -v "$opener" >/dev/null; then
		"$opener" "$dashboard/" </dev/null >/dev/null 2>&1 &
		echo "Dashboard: $dashboard/ (opened in the browser)"
	else
		echo "Dashboard: $dashboard/"
	fi
}

tell ingestd "$url" /health
count_spooled
tell queryd "$dashboard" /api/health
[ "${1-}" = --no-browser ] || open_dashboard
exit 0
