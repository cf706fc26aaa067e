# Hand a hook of the plugin to the forwarder: sh hook.sh, with the hook's body on stdin.
#
# In: the body. Out: the same to forward.sh, with the address and the spool that `places.sh` finds.
# The plugin is a copy somewhere in Claude Code's folder and knows nothing else.

here=${0%/*}
. "$here/places.sh"
exec sh "$here/forward.sh" plugin "$url" "$spool"
