#!/bin/sh
# Stand between Claude Code and a status line: sh statusline.sh URL STATE_DIR [COMMAND]
#
# In: Claude Code's JSON on stdin. Out: what COMMAND makes of it, its output and exit code untouched,
# for this process becomes COMMAND; without one, a line of our own. Beside that the JSON goes to
# URL/status-line, in a background process: when something changed, at most once a second a session.
# When that fails nothing is kept, for an old status is worth nothing.
#
# Needs sh alone to draw, and curl to send. Runs in dash, bash and busybox.

# What changed is known by a checksum without the session's age, which grows while nothing happens.
checksum() {
	# Lines are joined first: JSON may break one between a key and its value.
	sed -e ':join' -e '$!{N' -e 'b join' -e '}' \
		-e 's/"total_duration_ms"[[:space:]]*:[[:space:]]*[0-9]*//' "$1" | cksum
}

post() {
	case $url in
	http://127.* | http://localhost[:/]* | http://\[::1\]*) proxy='*' ;;
	*) proxy=${no_proxy-${NO_PROXY-}} ;;
	esac
	set -- -q -s -f -o /dev/null --connect-timeout 0.3 --max-time 2 --noproxy "$proxy" \
		-H 'Content-Type: application/json' -H 'Expect:' --data-binary "@$1" "$url/status-line"
	[ ! -r "$here/curlrc" ] || set -- "$@" -K "$here/curlrc"
	curl "$@"
}

# One sender a session holds the lock. It sends the newest it finds, rests a second, and looks again:
# so the last of a burst is sent too, and a tap that finds the lock held may go.
send_newest() {
	mkdir "$held" || is_left_behind || return 1
	echo "$$" >"$held/pid"
	while [ -r "$new" ]; do
		mv -f "$new" "$taken"
		now=$(checksum "$taken")
		was=
		[ ! -r "$sent" ] || read -r was <"$sent"
		[ "$now" != "$was" ] || continue
		! post "$taken" || echo "$now" >"$sent"
		sleep 1
	done
	rm -rf "$taken" "$held"
}

# Take over a lock whose holder was killed; without a pid it is being made this very moment, or its
# maker was killed before it wrote one, which a minute shows.
is_left_behind() {
	holder=
	[ ! -r "$held/pid" ] || read -r holder <"$held/pid"
	if [ -n "$holder" ]; then
		! kill -0 "$holder" || return 1
	else
		[ -n "$(find "$held" -prune -mmin +1)" ] || return 1
	fi
	rm -rf "$held"
	mkdir "$held"
}

send() { # send URL STATE_DIR SESSION
	url=$1 state=$2 new=$2/$3.new taken=$2/$3.taken sent=$2/$3.sent held=$2/$3.lock
	here=${0%/*}
	[ "$here" != "$0" ] || here=.
	umask 077
	# With a session's first, the files of sessions of old go.
	[ -r "$sent" ] || find "$state" -mindepth 1 -mtime +1 -exec rm -rf {} +
	# What came between the holder's last look and its release would be left lying.
	while [ -r "$new" ]; do
		send_newest || return
	done
}

# The client kills a status line it no longer waits for, and all of its process group. The sender is
# in a group of its own: by setsid, or, where there is none (macOS), by a shell with job control.
start_sender() {
	if command -v setsid >/dev/null; then
		(setsid sh "$0" --send "$hw_url" "$hw_state" "$hw_session" &)
	else
		(
			set -m
			sh "$0" --send "$hw_url" "$hw_state" "$hw_session" &
		)
	fi
} </dev/null >/dev/null 2>&1

# Everything below finds a key of the JSON by its name in quotes and the colon behind it: a quote inside
# a string has a backslash before it, and a string that is a value has no colon behind it.

after() { # after TEXT KEY FIRST: what follows FIRST, with which the key's value starts; fails without one
	hw_value=$1
	while :; do
		case $hw_value in
		*"\"$2\""*) hw_value=${hw_value#*"\"$2\""} ;;
		*) return 1 ;;
		esac
		skip_space
		case $hw_value in
		:*) hw_value=${hw_value#:} ;;
		*) continue ;;
		esac
		skip_space
		case $hw_value in
		"$3"*) break ;;
		esac
	done
	hw_value=${hw_value#"$3"}
}

skip_space() {
	hw_space=${hw_value%%[![:space:]]*}
	hw_value=${hw_value#"$hw_space"}
}

object() { # object TEXT KEY: what follows the brace that the key's value starts with
	after "$1" "$2" '{'
}

text() { # text TEXT KEY: the string that is the key's value
	after "$1" "$2" '"' || return 1
	hw_value=${hw_value%%\"*}
	[ -n "$hw_value" ]
}

number() { # number TEXT KEY: the number that is the key's value
	after "$1" "$2" '' || return 1
	hw_value=${hw_value%%[!0-9.eE+-]*}
	case $hw_value in
	[0-9]*) ;;
	*) return 1 ;;
	esac
}

find_session() {
	text "$hw_input" session_id || return 1
	hw_session=$hw_value
	case $hw_session in
	*[!0-9A-Za-z_-]*) return 1 ;; # it becomes the name of a file
	esac
	[ ${#hw_session} -le 100 ]
}

# Keep the JSON where both COMMAND and the sender can read it; without such a place nothing is sent.
keep_body() {
	[ -n "$hw_url" ] && [ -n "$hw_state" ] && find_session || return
	hw_body=$hw_state/in.$$
	(
		umask 077
		[ -d "$hw_state" ] || mkdir -p "$hw_state"
		printf '%s' "$hw_input" >"$hw_body"
	) 2>/dev/null
}

say() {
	[ -z "$said" ] || said="$said · "
	said=$said$1
}

say_model() {
	object "$hw_input" model || return
	model=$hw_value
	text "$model" display_name || text "$model" id || return
	say "$hw_value"
}

say_context() {
	object "$hw_input" context_window || return
	context=$hw_value
	number "$context" used_percentage || return
	used=$(printf '%.0f' "$hw_value") of=
	! number "$context" context_window_size || of=$hw_value
	case $of in
	*[!0-9]* | ?????????? | '' | ? | ?? | ???) of= ;;
	*000000) of=" of ${of%000000}M" ;;
	*) of=" of ${of%???}k" ;;
	esac
	say "context $used %$of"
}

say_cost() {
	object "$hw_input" cost && number "$hw_value" total_cost_usd || return
	say "\$$(printf '%.2f' "$hw_value")"
}

say_project() {
	object "$hw_input" workspace || return
	places=$hw_value
	text "$places" project_dir || text "$places" current_dir || return
	name=${hw_value%[/\\]}
	name=${name##*[/\\]}
	[ -n "$name" ] || return
	branch=
	! text "$places" current_dir || find_branch "$hw_value"
	say "$name${branch:+ ($branch)}"
}

find_branch() { # find_branch FOLDER: read by hand, for a git of thousands of files takes its time
	folder=$1
	while [ -n "$folder" ] && [ ! -e "$folder/.git" ]; do
		case $folder in
		/*/*) folder=${folder%/*} ;;
		*) return ;;
		esac
	done
	git=$folder/.git head=
	if [ -f "$git" ]; then # a worktree's says where its own is
		read -r git <"$git" || :
		git=${git#gitdir: }
		case $git in
		/*) ;;
		*) git=$folder/$git ;;
		esac
	fi
	[ ! -r "$git/HEAD" ] || read -r head <"$git/HEAD" || :
	case $head in
	'ref: refs/heads/.invalid') ;;
	'ref: refs/heads/'*) branch=${head#ref: refs/heads/} ;;
	'' | ref:*) ;;
	*) branch=${head%"${head#???????}"} ;;
	esac
}

draw() {
	LC_ALL=C # a decimal comma would be no number to printf
	export LC_ALL
	said=
	say_model
	say_context
	say_cost
	say_project
	printf '%s\n' "$said"
}

if [ "${1-}" = --send ]; then
	shift
	send "$@"
	exit
fi

# COMMAND gets the environment as it is: a variable of it that we set would be another there. So what
# is set before COMMAND runs has names that no user exports.
hw_url=${1-} hw_state=${2-} hw_command=${3-}
hw_input=$(cat && echo .) # the dot keeps the last newline, which the shell would take away
hw_input=${hw_input%.}
if keep_body; then
	exec <"$hw_body"
	# Here and not in the sender's own time, so that the last of a burst is the newest.
	mv -f "$hw_body" "$hw_state/$hw_session.new" 2>/dev/null && start_sender
	[ -n "$hw_command" ] && exec /bin/sh -c "$hw_command"
elif [ -n "$hw_command" ]; then
	exec 3>&2 2>/dev/null # what this shell would say of it is not COMMAND's
	printf '%s' "$hw_input" | /bin/sh -c "$hw_command" 2>&3 3>&-
	exit
fi
draw
