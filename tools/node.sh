# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# To be sourced by bash: puts the Node.js that tools/setup brought, where Debian's is too old, first
# in PATH.
node_home=${XDG_CACHE_HOME:-$HOME/.cache}/libbosh/node/bin
if [[ -x $node_home/node && :$PATH: != *:"$node_home":* ]]; then
    export PATH=$node_home:$PATH
fi
