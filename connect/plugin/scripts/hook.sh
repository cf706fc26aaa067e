# Hand a hook of the plugin to the forwarder. Sourced by the shell of the hook, with the argument
# HOOK.SH and the hook's body on stdin.
#
# In: the body. Out: the same to forward.sh, with the address and the spool that `places.sh` finds.
# The plugin is a copy somewhere in Claude Code's folder and knows nothing else.

here=${1%/*}
. "$here/places.sh"
set -- "$here/forward.sh" plugin "$url" "$spool"
. "$1"
