# NODE: the Node.js that tools/setup brought where Debian's is too old, or else the one in PATH.
if(DEFINED ENV{XDG_CACHE_HOME})
  set(cache_home $ENV{XDG_CACHE_HOME})
else()
  set(cache_home $ENV{HOME}/.cache)
endif()
find_program(NODE NAMES node nodejs HINTS ${cache_home}/libbosh/node/bin)
