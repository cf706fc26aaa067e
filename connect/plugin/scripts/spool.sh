# Write one Claude Code hook into the spool, from which ingestd takes it within milliseconds: its body is
# on stdin. Sourced by the shell of the hook, with the arguments SPOOL.SH VIA URL SPOOL.
#
# In: the body, and what no body carries, from the environment. Out: a file in the folder SPOOL, with no
# word to ingestd, so a hook costs the same whether it is up, hung or down. An event's time is that of
# its file. The name starts with the pid of this shell, which orders what one tick of the clock brought.
# Where no ingestd watches the folder (`.ready`), or it has no room (`.direct`), forward.sh does all; for
# an ingestd elsewhere it writes the file, and one process in the background sends what waits.
# Prints nothing, exits 0, whatever happens.
#
# POSIX sh. One process: cat.

{ set +x; } 2>/dev/null
{ true 3<&0; } 2>/dev/null || exec </dev/null # closed, cat would read its own pipe, and never end
trap 'exit 0' 0
exec >/dev/null 2>&1
[ -z "${ZSH_VERSION-}" ] || emulate sh

MANY=64 # waiting events from which on forward.sh is run, to have them stored

script=${1-} via=${2-} url=${3-} spool=${4-}
spool=${spool%/}
beside=${script%/*}

forward() {
    later=
    place=${url#*://}
    place=${place%%/*}
    case ${place##*@} in
    localhost | localhost:* | '[::1]' | '[::1]:'* | 127.*) ;;
    *) later=later ;;
    esac
    set -- "$beside/forward.sh" "$via" "$url" "$spool" "$later"
    . "$1"
}

set +aefuvxC
unset -v body # the body is in no variable
[ -e "$spool/.ready" ] && [ ! -e "$spool/.direct" ] || forward
LC_ALL=C
IFS=' '
PATH=${PATH:-/usr/bin:/bin}
umask 077
. "$beside/sender.sh"
[ -n "$event" ] || forward
case $event in
0*) # one in sixteen, for counting takes ms where many wait
    set -- "$spool"/*.event
    [ "$#" -lt "$MANY" ] || forward
    ;;
esac
file=$spool/$$-$event.event
{ printf '{"event_id":"%s","sender":%s}\n' "$event" "$sender" && command cat; } >"$file" && exit
# The disk is full, and what cat read is lost. The next hooks go another way.
command rm -f "$file"
printf . >>"$spool/.dropped"
: >"$spool/.direct"
