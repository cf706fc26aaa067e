# Forward one Claude Code hook to ingestd: its body is on stdin. Sourced by the shell of the hook,
# with the arguments FORWARD.SH VIA URL SPOOL [later], or run as sh forward.sh VIA URL SPOOL.
#
# In: the body, and what no body carries, from the environment. Out: a POST to URL/events; failing
# that, or with `later`, a file in the folder SPOOL, which ingestd stores later. Prints nothing, exits 0, whatever
# happens: a word or another code of ours would show up in the session, and code 2 blocks a call.
#
# POSIX sh. A process costs 1 to 2 ms, so there are two: cat and curl; all else is builtin. A shell
# parses as far as it runs: where ingestd answers, that is the upper half of this file.

{ set +x; } 2>/dev/null
{ true 3<&0; } 2>/dev/null || exec </dev/null # closed, cat would read its own pipe, and never end
trap 'exit 0' 0 # also where the shell itself gives up: dash would exit with 2
exec >/dev/null 2>&1
[ -z "${ZSH_VERSION-}" ] || emulate sh

case ${1-} in
*/*) script=$1 && shift ;;
*) script=$0 ;;
esac
case $script in
*/*) beside=${script%/*} ;;
*) beside=. ;;
esac

ANSWER_S=0.3           # so long a hung ingestd delays the first hook; later ones see its file in the spool
REMOTE_ANSWER_S=2
MAX_EVENTS=10000
MAX_KB=262144          # of the whole spool, 256 MiB
PATIENCE_MS=10000      # so long ingestd has to empty a spool on its own machine
BETWEEN_TRIES_MS=3000  # of emptying it ourselves
LOCK_MS=60000          # so long one event may take to be sent

# What SHELLOPTS or `sh -eu` may have switched on; -a would export the body: an environment too long to run anything.
set +aefuvxC
unset -v body answer # else they stay exported if the caller exports such names
export LC_ALL=C      # bytes: bash would count and cut in characters; and curl reads no locale
IFS=' '
PATH=${PATH:-/usr/bin:/bin}
umask 077

task=${1-} url=${2-} spool=${3-} later=${4-}
url=${url%/} spool=${spool%/}

here=
place=${url#*://}
place=${place%%/*}
place=${place##*@}
case $place in
localhost | localhost:* | '[::1]' | '[::1]:'*) here=1 ;;
127.*) case ${place%:*} in *[!0-9.]*) ;; *) here=1 ;; esac ;;
esac
# Without TLS, reading its settings is a twentieth of what curl costs.
case $url in http:*) export OPENSSL_CONF=/dev/null ;; esac

# Run curl over stdin in place of this subshell; it prints the answer's status, 000 for none. An event
# without its time is stamped on arrival, for asking for the time would cost a process.
post() { # post SECONDS EVENT SENDER [FIRED_AT]
    set -- "$1" -H "X-Event-Id: $2" -H "X-Hookwatch-Sender: $3" ${4:+-H "X-Fired-At: $4"}
    seconds=$1
    shift
    set -- "$@" -q -s -g -o /dev/null -w '%{http_code}' --connect-timeout 0.3 -m "$seconds" \
        --proto =http,https -H 'Content-Type: application/json' -H Expect: \
        --data-binary @- --url "$url/events"
    [ -z "$here" ] || set -- "$@" --noproxy '*'
    if [ -r "$beside/curlrc" ]; then
        exec curl "$@" -K "$beside/curlrc"
    fi
    token=${CLAUDE_PLUGIN_OPTION_TOKEN:-${HOOKWATCH_TOKEN:-}}
    case $token in
    '' | *[!A-Za-z0-9._~-]*) exec curl "$@" ;;
    esac
    # Not as an argument: everybody on the machine can read those.
    exec curl "$@" -K /dev/fd/3 3<<TOKEN
header = "Authorization: Bearer $token"
TOKEN
}

# answer: the status, empty if there was no word at all.
send() {
    seconds=$ANSWER_S
    if [ -z "$here" ]; then
        seconds=$REMOTE_ANSWER_S
        # Claude Code gives its last event 1.5 s in all.
        case $body in *SessionEnd*) seconds=1 ;; esac
    elif [ "${#body}" -gt 1000000 ]; then
        seconds=$REMOTE_ANSWER_S
    fi
    if [ "${#body}" -lt 4096 ]; then
        # A here-document of this size fits into a pipe: no process of its own writes it.
        answer=$(
            post "$seconds" "$event" "$sender" <<BODY
$body
BODY
        )
    fi
    # No word: the shell found no room for a here-document, or there is no curl.
    [ -n "${answer:-}" ] || answer=$(printf '%s\n' "$body" | post "$seconds" "$event" "$sender")
}

if [ "$task" != :empty ]; then
    body=$(command cat)
    [ -n "$body" ] && [ -n "$url" ] && [ -n "$spool" ] || exit
    via=$task
    . "$beside/sender.sh"
    set -- "$spool"/*.event
    spooled=$#
    [ "$#" -ne 1 ] || [ -e "$1" ] || [ -L "$1" ] || spooled=0
    # Behind events that wait, even if ingestd answers by now: it keeps their order. A hung ingestd
    # costs one timeout in this way, and not one a hook.
    if [ "$spooled" -eq 0 ] && [ -n "$event" ] && [ -z "$later" ]; then
        send
        case ${answer:-} in 2??) exit ;; esac
    fi
fi

# From here on: ingestd did not take the event, or others wait before it.

# now: ms since the epoch; exact=1 where these ms are the clock's and not only its seconds.
read_clock() {
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

# event: an id of our own making. since: keeps the order in one second of a clock without ms.
name_event() {
    if [ -z "$event" ]; then
        part=${host%%[!0-9A-Za-z.-]*}
        event=$part-$now-$$-${RANDOM:-0}
    fi
    since=
    [ -z "$exact" ] || return
    read -r since rest </proc/uptime || since=$$
    since=0000000000${since%.*}${since#*.}
    since=.${since#"${since%??????????}"}
}

# oldest: when the first event that waits fired, as far as names tell.
find_oldest() {
    oldest=$now
    set -- "$spool"/[0-9]????????????[.-]*.event
    first=${1##*/}
    first=${first%%[.-]*}
    case $first in *[!0-9]*) ;; *) oldest=$first ;; esac
}

keep_or_send() {
    read_clock || { drop && return; }
    if [ -z "$event" ]; then
        name_event
        [ "$spooled" -gt 0 ] || [ -n "$later" ] || send
    else
        name_event
    fi
    took "${answer:-}" || keep
    find_oldest
    empty_in_background
}

# Return whether an event is finished: stored, or refused for what it is.
took() {
    case $1 in
    2??) ;;
    400 | 413) drop ;;
    *) return 1 ;;
    esac
}

# Write the event under a name that is not drained, then give it the name by which it is drained.
keep() {
    [ -d "$spool" ] || command mkdir -p "$spool"
    half=$spool/.$event
    if has_room &&
        printf '{"event_id":"%s","fired_at":%s,"sender":%s}\n%s' \
            "$event" "$now" "$sender" "$body" >"$half" &&
        command mv -f "$half" "$spool/$now$since-$event.event"; then
        return
    fi
    [ ! -e "$half" ] || command rm -f "$half"
    # Hooks of spool.sh do not count what waits: from here on they come this way.
    [ ! -e "$spool/.ready" ] || : >"$spool/.direct"
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
empty_in_background() {
    [ "$spooled" -gt 0 ] || [ -n "$later" ] || return
    patience=0
    [ -z "$here" ] || patience=$PATIENCE_MS
    [ "$((now - oldest))" -ge "$patience" ] || return
    tried=0
    read -r tried <"$spool/.tried"
    case $tried in '' | 0* | *[!0-9]*) tried=0 ;; esac
    [ "$((now - tried))" -ge "$BETWEEN_TRIES_MS" ] || [ "$tried" -gt "$now" ] || return
    # The one that is at it looks once more when it is done.
    if read -r holder since <"$spool/.lock/holder"; then
        [ "$((now - since))" -ge "$LOCK_MS" ] || ! kill -0 "$holder" || return
    fi
    command sh "$script" :empty "$url" "$spool" </dev/null &
}

empty() {
    trap '' 1 # it outlives the session
    while read_clock && take_lock; do
        skipped=0
        send_spooled
        worked=$?
        command rm -rf "$spool/.lock"
        # A hook that found the lock held has left its event to this process.
        set -- "$spool"/*.event
        left=$#
        [ -e "$1" ] || [ -L "$1" ] || left=0
        [ "$worked" -eq 0 ] && [ "$left" -gt "$skipped" ] || return
    done
}

# One at a time. A lock is stale when its process has ended, or has sent nothing for a minute.
take_lock() {
    if ! command mkdir "$spool/.lock"; then
        holder= since=
        read -r holder since <"$spool/.lock/holder"
        case $since in
        [1-9]????????????)
            kill -0 "$holder" && [ "$((now - since))" -lt "$LOCK_MS" ] && return 1
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
        skipped=$((skipped + 1))
        [ -f "$file" ] && [ ! -L "$file" ] && [ -r "$file" ] || continue
        read -r holder since <"$spool/.lock/holder"
        [ "$holder" = "$$" ] || return
        send_file <"$file"
        case $? in
        0) command rm -f "$file" && skipped=$((skipped - 1)) ;;
        1)
            read_clock
            printf '%s\n' "$now" >"$spool/.tried"
            return 1
            ;;
        esac
        read_clock
        printf '%s %s\n' "$$" "$now" >"$spool/.lock/holder"
    done
}

# Send the event that stdin holds as it was kept; 1 if it was not taken, 3 if it is none of ours.
send_file() {
    IFS= read -r line || return 3
    fired=
    case $line in
    *[[:cntrl:]]*) return 3 ;;
    '{"event_id":"'*'","fired_at":'[1-9]*',"sender":{'*'}}')
        fired=${line#*'"fired_at":'}
        fired=${fired%%,*}
        ;;
    '{"event_id":"'*'","sender":{'*'}}')
        # Of spool.sh, whose hook may still be at it; in a minute ingestd would have taken it.
        [ -n "$(command find "$file" -prune -mmin +1)" ] || return 3
        ;;
    *) return 3 ;;
    esac
    event=${line#'{"event_id":"'}
    event=${event%%\"*}
    sender=${line#*',"sender":'}
    took "$(post 30 "$event" "${sender%?}" "$fired")" || return 1
    # An ingestd that answers there, and watches here, would say so again.
    [ -n "$fired" ] || command rm -f "$spool/.ready"
}

case $task in
:empty) empty ;;
*) keep_or_send ;;
esac
exit 0
