# Say where things are, for the plugin's own scripts, which source this.
#
# In: the plugin's options and the HOOKWATCH_* settings, from the environment. Out: `url` of ingestd,
# `dashboard`, `data`, the folder that ingestd has for its own, and `spool` in it; `is_here`, whether
# that is a server of this machine. What is not set is as the daemons have it.

address() { # address HOST PORT: of a server on this machine, bound to HOST
	case $1 in
	0.0.0.0 | :: | '') address=http://127.0.0.1:$2 ;;
	*:*) address=http://[$1]:$2 ;;
	*) address=http://$1:$2 ;;
	esac
}

find_url() {
	url=${CLAUDE_PLUGIN_OPTION_SERVER_URL-}
	url=${url%/}
	is_here=
	[ -z "$url" ] || return 0
	is_here=1
	address "${HOOKWATCH_INGEST_HOST-}" "${HOOKWATCH_INGEST_PORT:-4000}"
	url=$address
}

find_dashboard() {
	port=${HOOKWATCH_QUERY_PORT:-4001}
	address "${HOOKWATCH_QUERY_HOST-}" "$port"
	dashboard=$address
	[ -z "$is_here" ] || return 0
	dashboard=${url%:*[0-9]}
	dashboard=$dashboard:$port
}

find_data() {
	data=${HOOKWATCH_DATA-}
	[ -z "$data" ] || return 0
	if [ -d /System/Library ]; then
		data="$HOME/Library/Application Support/hookwatch"
	elif [ -n "${LOCALAPPDATA-}" ] && [ "${OS-}" = Windows_NT ]; then
		data=$LOCALAPPDATA/hookwatch
	else
		data=${XDG_DATA_HOME:-$HOME/.local/share}/hookwatch
	fi
}

# An ingestd elsewhere has a spool of its own here: the one of this machine would take it else.
find_spool() {
	spool=$data/spool
	place=${url#*://}
	place=${place%%/*}
	case $place in
	localhost | localhost:* | 127.* | '[::1]'*) return ;;
	esac
	spool=$spool-
	while [ -n "$place" ]; do
		after=${place#?}
		char=${place%"$after"}
		place=$after
		case $char in
		[A-Za-z0-9.-]) spool=$spool$char ;;
		*) spool=$spool- ;;
		esac
	done
}

find_url
find_dashboard
find_data
find_spool
