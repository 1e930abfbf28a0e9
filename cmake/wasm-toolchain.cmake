# Emscripten as Debian ships it (3.1.6), with what it lacks: everything that has to be set for it is
# set here and in the build tree, nothing in the user's environment.
find_program(EMCC emcc REQUIRED)
get_filename_component(EMSCRIPTEN_ROOT_PATH ${EMCC} REALPATH)
get_filename_component(EMSCRIPTEN_ROOT_PATH ${EMSCRIPTEN_ROOT_PATH} DIRECTORY)
if(NOT EXISTS ${EMSCRIPTEN_ROOT_PATH}/emcc.py) # /usr/bin/emcc is a script that calls this one
  set(EMSCRIPTEN_ROOT_PATH /usr/share/emscripten)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/node.cmake)
if(NOT NODE)
  message(FATAL_ERROR "Node.js is needed: tools/setup --for wasm installs it")
endif()
# Not the emulator that emcmake would choose: newer versions of Node refuse its options.
set(CMAKE_CROSSCOMPILING_EMULATOR ${NODE})
include(${EMSCRIPTEN_ROOT_PATH}/cmake/Modules/Platform/Emscripten.cmake)

# Optimised links need acorn, which only Debian's own node finds where Debian has put it.
if(EXISTS ${EMSCRIPTEN_ROOT_PATH}/.emscripten)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/emscripten-config CONTENT [[
exec(open('@EMSCRIPTEN_ROOT_PATH@/.emscripten').read())
NODE_JS = ['/usr/bin/env', 'NODE_PATH=/usr/share/nodejs', '@NODE@']
]] @ONLY)
  set(CMAKE_C_FLAGS_INIT "--em-config ${CMAKE_BINARY_DIR}/emscripten-config")
endif()
set(CMAKE_C_FLAGS_MINSIZEREL "-Oz -DNDEBUG" CACHE STRING "Flags of the smallest build")
