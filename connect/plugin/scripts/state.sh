# Show whether Hookwatch is running, and open its dashboard: sh state.sh [--no-browser]
#
# Prints a few lines for the user, which a model may read too. Read-only.

here=${0%/*}
. "$here/places.sh"

fetch() { # fetch URL: print the response body, and its status on the last line
	set -- -q -s -g --connect-timeout 0.5 -m 3 -w '\n%{http_code}' "$1"
	[ -z "$is_here" ] || set -- "$@" --noproxy '*'
	token=${CLAUDE_PLUGIN_OPTION_TOKEN:-${HOOKWATCH_TOKEN-}}
	case $token in
	'' | *[!A-Za-z0-9._~-]*) curl "$@" ;;
	*) printf 'header = "Authorization: Bearer %s"\n' "$token" | curl "$@" -K - ;; # other users can read arguments
	esac
}

report() { # report NAME URL PATH
	answer=$(fetch "$2$3")
	case ${answer##*
} in
	200) echo "$1: running at $2" ;;
	401) echo "$1: running at $2, but it needs a token. Set the plugin's token, or HOOKWATCH_TOKEN" ;;
	000) echo "$1: not running at $2. Start it with \`hookwatch up\`, or \`make start\` in a checkout" ;;
	*) echo "$1: failing at $2: ${answer%
*}" ;;
	esac
}

count_spooled() {
	set -- "$spool"/*.event
	[ -e "$1" ] || shift
	echo "Events waiting on disk for ingestd: $#"
}

open_dashboard() {
	case ${answer##*
} in 200) ;; *) return ;; esac
	opener=
	if [ -d /System/Library ]; then
		opener=open # on Linux, `open` is another program
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

report ingestd "$url" /health
count_spooled
report queryd "$dashboard" /api/health
[ "${1-}" = --no-browser ] || open_dashboard
exit 0
