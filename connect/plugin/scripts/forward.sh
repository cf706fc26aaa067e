# Forward one Claude Code hook to ingestd: sh forward.sh VIA URL SPOOL, with the hook's body on stdin.
#
# In: the body, and what no body carries, from the environment. Out: a POST to URL/events; failing
# that, a file in the folder SPOOL, which ingestd stores later. Prints nothing, exits 0, whatever
# happens: a word or another code of ours would show up in the session, and code 2 blocks a call.
#
# POSIX sh. A process costs 1 to 2 ms, so there are three: cat, date, curl; all else is builtin.

{ set +x; } 2>/dev/null
{ true 3<&0; } 2>/dev/null || exec </dev/null # closed, cat would read its own pipe, and never end
trap 'exit 0' 0 # also where the shell itself gives up: dash would exit with 2

MAX_EVENTS=10000
MAX_KB=262144          # of the whole spool, 256 MiB
PATIENCE_MS=10000      # so long ingestd has to empty a spool on its own machine
BETWEEN_TRIES_MS=3000  # of emptying it ourselves
FDINFO=/proc/self/fdinfo

main() {
    # What SHELLOPTS or `sh -eu` may have switched on; -a would export the body: an environment too long to run anything.
    set +aefuvxC
    unset -v body answer # else they stay exported if the caller exports such names
    LC_ALL=C             # bytes: bash would count and cut in characters
    IFS=' '
    PATH=${PATH:-/usr/bin:/bin}
    umask 077
    url=${2%/} spool=${3%/}
    body=$(command cat)
    [ -n "$body" ] && [ -n "$url" ] && [ -n "$spool" ] || return
    tell_time || { drop && return; }
    name_event
    describe_sender "${1:-}"
    find_spooled
    # Behind events that wait, even if ingestd answers by now: it keeps their order. A hung ingestd
    # costs one timeout in this way, and not one a hook.
    if [ "$spooled" -gt 0 ]; then
        keep
    else
        send_or_keep
    fi
    empty_if_nobody_does
}

# now: ms since the epoch; exact=1 where these ms are the clock's and not only its seconds.
tell_time() {
    exact=1
    now=${EPOCHREALTIME:-}
    if [ -n "$now" ] && [ "$now" != "${EPOCHREALTIME:-}" ]; then # bash 5: it moves, an inherited one does not
        now=${now%[.,]*}${now#*[.,]}
        now=${now%???}
        return
    fi
    if [ ! -d /proc/self ] && [ -x /bin/zsh ]; then # macOS: its date knows no ms
        now=$(/bin/zsh -fc 'zmodload zsh/datetime && printf "%.6f" $EPOCHREALTIME')
        now=${now%.*}${now#*.}
        now=${now%???}
        case $now in *[!0-9]* | '') ;; ?????????????) return ;; esac
    fi
    set -- $(command date '+%s %3N')
    case ${2:-} in
    [0-9][0-9][0-9]) now=$1$2 ;;
    *) now=${1:-}000 exact= ;;
    esac
    [ "$now" != 000 ]
}

# event: an id that no other firing has. In one second of a clock without ms, it keeps the order too.
name_event() {
    event=
    read -r event </proc/sys/kernel/random/uuid
    read -r host </proc/sys/kernel/hostname || host=${HOSTNAME:-$(command uname -n)}
    case $event in
    '' | *[!0-9a-f-]*)
        part=${host%%[!0-9A-Za-z.-]*}
        event=$part-$now-$$-${RANDOM:-0}
        ;;
    esac
    [ -z "$exact" ] || return
    since=
    read -r since rest </proc/uptime || since=$$
    since=0000000000${since%.*}${since#*.}
    event=${since#"${since%??????????}"}-$event
}

# sender: JSON of what the environment contains; what is missing is left out.
describe_sender() {
    quote "$1"
    sender={\"via\":$quoted
    add project_dir "${CLAUDE_PROJECT_DIR:-}"
    version=${AI_AGENT:-} # claude-code_2-1-330_harness
    case $version in
    claude-code_[0-9]*)
        version=${version#claude-code_}
        IFS=-
        set -f
        set -- ${version%%_*}
        IFS=.
        version="$*"
        IFS=' '
        set +f
        add client_version "$version"
        ;;
    esac
    add entrypoint "${CLAUDE_CODE_ENTRYPOINT:-}"
    case ${CLAUDE_CODE_SESSION_ATTENDED:-} in
    1) sender=$sender,\"attended\":true ;;
    0) sender=$sender,\"attended\":false ;;
    esac
    case ${CLAUDE_PID:-} in
    '' | 0* | *[!0-9]* | ??????????*) ;;
    *)
        sender=$sender,\"pid\":$CLAUDE_PID
        name_pid_domain
        add pid_domain "$pid_domain"
        ;;
    esac
    add host "$host"
    add user "${USER:-${LOGNAME:-}}"
    sender=$sender}
}

# pid_domain: where that pid means this process, spelt as in Claude Code's own registry: a container may
# have the host's name and other pids. Empty where there are no pid namespaces (macOS).
name_pid_domain() {
    pid_domain=
    [ -e /proc/self/ns/pid ] || return
    namespace=
    while IFS=: read -r key value; do
        [ "$key" != ino ] || namespace=${value##*[!0-9]}
    done 4</proc/self/ns/pid <"$FDINFO/4"
    if [ -z "$namespace" ]; then
        # Before Linux 5.14 that costs a process: once a session, which keeps its pid.
        case $body in *'"SessionStart"'*) ;; *) return ;; esac
        namespace=$(command readlink /proc/self/ns/pid)
        namespace=${namespace%]}
        namespace=${namespace##*[!0-9]}
    fi
    [ -n "$namespace" ] || return
    machine=
    read -r machine </etc/machine-id
    case $machine in *[!0-9a-f]*) machine= ;; esac
    pid_domain=linux:$machine:pid:[$namespace]
}

add() {
    [ -n "$2" ] && [ "${#2}" -le 4096 ] || return
    quote "$2"
    sender=$sender,\"$1\":$quoted
}

# quoted: a text as a JSON string. No control character is left in it, so it can be a header's value.
quote() {
    quoted=\"
    text=$1
    while :; do
        plain=${text%%[\"\\[:cntrl:]]*}
        quoted=$quoted$plain
        text=${text#"$plain"}
        [ -n "$text" ] || break
        after=${text#?}
        char=${text%"$after"}
        text=$after
        case $char in
        [\"\\]) quoted=$quoted\\$char ;;
        *) quoted=$quoted$(printf '\\u%04x' "'$char") ;;
        esac
    done
    quoted=$quoted\"
}

# spooled: how many events wait; oldest: when the first of them fired.
find_spooled() {
    set -- "$spool"/*.event
    spooled=$#
    oldest=$now
    if [ "$#" -eq 1 ] && [ ! -e "$1" ] && [ ! -L "$1" ]; then
        spooled=0
        return
    fi
    oldest=${1##*/}
    oldest=${oldest%%-*}
    case $oldest in ?????????????) ;; *) oldest=$now ;; esac
    case $oldest in *[!0-9]*) oldest=$now ;; esac
}

send_or_keep() {
    seconds=2
    if [ "${#body}" -lt 4096 ]; then
        # Claude Code gives its last event 1.5 s in all.
        case $body in *SessionEnd*) seconds=1 ;; esac
        # A here-document of this size fits into a pipe: no process of its own writes it.
        answer=$(
            post "$seconds" "$event" "$now" "$sender" <<BODY
$body
BODY
        )
    fi
    # No word at all: the shell found no room for a here-document, or there is no curl.
    [ -n "${answer:-}" ] || answer=$(printf '%s\n' "$body" | post "$seconds" "$event" "$now" "$sender")
    took "$answer" || keep
}

# Run curl over stdin in place of this subshell; it prints the answer's status, 000 for none.
post() {
    set -- -q -s -g -o /dev/null -w '%{http_code}' --connect-timeout 0.3 -m "$1" \
        --proto =http,https -H 'Content-Type: application/json' -H Expect: -H "X-Event-Id: $2" \
        -H "X-Fired-At: $3" -H "X-Hookwatch-Sender: $4" --data-binary @- --url "$url/events"
    is_here && set -- "$@" --noproxy '*'
    token=${CLAUDE_PLUGIN_OPTION_TOKEN:-${HOOKWATCH_TOKEN:-}}
    if [ -r "$beside/curlrc" ]; then
        exec curl "$@" -K "$beside/curlrc"
    fi
    case $token in
    '' | *[!A-Za-z0-9._~-]*) exec curl "$@" ;;
    esac
    # Not as an argument: everybody on the machine can read those.
    exec curl "$@" -K /dev/fd/3 3<<TOKEN
header = "Authorization: Bearer $token"
TOKEN
}

# Return whether an event is finished: stored, or refused for what it is.
took() {
    case $1 in
    2??) ;;
    400 | 413) drop ;;
    *) return 1 ;;
    esac
}

is_here() {
    place=${url#*://}
    place=${place%%/*}
    place=${place##*@}
    case $place in
    localhost | localhost:* | '[::1]' | '[::1]:'*) return 0 ;;
    127.*) ;;
    *) return 1 ;;
    esac
    case ${place%:*} in *[!0-9.]*) return 1 ;; esac
}

# Write the event under a name that is not drained, then give it the name by which it is drained.
keep() {
    [ -d "$spool" ] || command mkdir -p "$spool"
    half=$spool/.$event
    if has_room &&
        printf '{"event_id":"%s","fired_at":%s,"sender":%s}\n%s' \
            "$event" "$now" "$sender" "$body" >"$half" &&
        command mv -f "$half" "$spool/$now-$event.event"; then
        return
    fi
    [ ! -e "$half" ] || command rm -f "$half"
    drop
}

has_room() {
    [ "$spooled" -lt "$MAX_EVENTS" ] || return
    kb=$((${#body} / 1024))
    if [ "$spooled" -ge 8 ]; then
        set -- $(command du -sk "$spool")
        case ${1:-x} in [1-9]*) kb=$((kb + ${1%%[!0-9]*})) ;; esac
    fi
    [ "$kb" -lt "$MAX_KB" ]
}

# Count an event that is lost, as one byte: in the spool, else where this user may write.
drop() {
    [ -d "$spool" ] && printf . >>"$spool/.dropped" && return
    who=${USER:-${LOGNAME:-user}}
    case $who in *[!0-9A-Za-z._-]*) who=user ;; esac
    for folder in "${XDG_RUNTIME_DIR:-}" "${TMPDIR:-/tmp}"; do
        [ -d "$folder" ] || continue
        folder=$folder/hookwatch-$who
        [ -d "$folder" ] || command mkdir -m 700 "$folder"
        # In a folder that all may write, another user may have made that name, to trick us.
        [ -d "$folder" ] && [ ! -L "$folder" ] && [ -O "$folder" ] &&
            printf . >>"$folder/dropped" && return
    done
}

# Empty the spool in the background, where ingestd does not: it is on another machine, or it keeps
# its data elsewhere. Else nothing would ever be sent again, for new events wait behind the spooled.
empty_if_nobody_does() {
    [ "$spooled" -gt 0 ] || return
    patience=0
    is_here && patience=$PATIENCE_MS
    [ "$((now - oldest))" -ge "$patience" ] || return
    tried=0
    read -r tried <"$spool/.tried"
    case $tried in '' | 0* | *[!0-9]*) tried=0 ;; esac
    [ "$((now - tried))" -ge "$BETWEEN_TRIES_MS" ] || [ "$tried" -gt "$now" ] || return
    command sh "$0" :empty "$url" "$spool" </dev/null &
}

empty() {
    trap '' 1 # it outlives the session
    LC_ALL=C
    umask 077
    url=$2 spool=$3
    while tell_time && take_lock; do
        sent=0
        send_spooled
        worked=$?
        command rm -rf "$spool/.lock"
        # Once more: a hook may have come too late for this round and too early for a lock of its own.
        [ "$worked" -eq 0 ] && [ "$sent" -gt 0 ] || return
    done
}

# One at a time. A lock is stale when its process has ended, or has sent nothing for a minute.
take_lock() {
    if ! command mkdir "$spool/.lock"; then
        holder= since=
        read -r holder since <"$spool/.lock/holder"
        case $since in
        [1-9]????????????)
            kill -0 "$holder" && [ "$((now - since))" -lt 60000 ] && return 1
            ;;
        *) [ -n "$(command find "$spool/.lock" -prune -mmin +1)" ] || return ;;
        esac
        # The first to rename it owns it; a second one finds nothing to rename.
        command mv "$spool/.lock" "$spool/.lock-$$" && command rm -rf "$spool/.lock-$$"
        command mkdir "$spool/.lock" || return
    fi
    printf '%s %s\n' "$$" "$now" >"$spool/.lock/holder"
}

# Send what waits, the oldest first; fail at the first that is not taken.
send_spooled() {
    for file in "$spool"/*.event; do
        [ -f "$file" ] && [ ! -L "$file" ] && [ -r "$file" ] || continue
        read -r holder since <"$spool/.lock/holder"
        [ "$holder" = "$$" ] || return
        send_file <"$file"
        case $? in
        0) command rm -f "$file" && sent=$((sent + 1)) ;;
        1)
            tell_time
            printf '%s\n' "$now" >"$spool/.tried"
            return 1
            ;;
        esac
        tell_time
        printf '%s %s\n' "$$" "$now" >"$spool/.lock/holder"
    done
}

# Send the event that stdin holds as it was kept; 1 if it was not taken, 3 if it is none of ours.
send_file() {
    IFS= read -r line || return 3
    case $line in
    *[[:cntrl:]]*) return 3 ;;
    '{"event_id":"'*'","fired_at":'[1-9]*',"sender":{'*'}}') ;;
    *) return 3 ;;
    esac
    event=${line#'{"event_id":"'}
    event=${event%%\"*}
    fired=${line#*'"fired_at":'}
    fired=${fired%%,*}
    sender=${line#*',"sender":'}
    took "$(post 30 "$event" "$fired" "${sender%?}")" || return 1
}

case $0 in
*/*) beside=${0%/*} ;;
*) beside=. ;;
esac
case ${1:-} in
:empty) empty "$@" >/dev/null 2>&1 ;;
*) main "$@" >/dev/null 2>&1 ;;
esac
exit 0
