# Say who sends a hook, for forward.sh and spool.sh, which source this.
#
# In: `via`, and the environment. Out: `event`, an id that no other firing has, empty where the system
# gives none; `host`; and `sender`, JSON of what no body carries; what is missing is left out.

FDINFO=/proc/self/fdinfo

describe_sender() {
    quote "$via"
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
        # Before Linux 5.14 that costs a process: once a session, which keeps its pid, if the body is known.
        case ${body-'"SessionStart"'} in *'"SessionStart"'*) ;; *) return ;; esac
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
    text=$1 quoted=\"
    while :; do
        case $text in
        *[\"\\[:cntrl:]]*) ;;
        *) break ;;
        esac
        plain=${text%%[\"\\[:cntrl:]]*}
        text=${text#"$plain"}
        after=${text#?}
        char=${text%"$after"}
        text=$after
        case $char in
        [\"\\]) quoted=$quoted$plain\\$char ;;
        *) quoted=$quoted$plain$(printf '\\u%04x' "'$char") ;;
        esac
    done
    quoted=$quoted$text\"
}

event=
read -r event </proc/sys/kernel/random/uuid
case $event in *[!0-9a-f-]*) event= ;; esac
read -r host </proc/sys/kernel/hostname || host=${HOSTNAME:-$(command uname -n)}
describe_sender
