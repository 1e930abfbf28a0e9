# expat and mbedTLS from pinned source, for targets that have no packages. A source is looked for in
#   BOSH_EXPAT_SOURCE, BOSH_MBEDTLS_SOURCE   unpacked trees of your own
#   BOSH_SOURCE_CACHE                        the tarballs that `tools/setup --for wasm` brings
# and must be the one that cmake/sources/sources.sha256 names, unless the tree is your own. It is
# copied before the patches are applied.
set(BOSH_EXPAT_SOURCE "" CACHE PATH "An unpacked source tree of expat")
set(BOSH_MBEDTLS_SOURCE "" CACHE PATH "An unpacked source tree of mbedTLS 2.28")
if(DEFINED ENV{XDG_CACHE_HOME})
  set(cache "$ENV{XDG_CACHE_HOME}")
else()
  set(cache "$ENV{HOME}/.cache")
endif()
set(BOSH_SOURCE_CACHE "${cache}/libbosh/sources" CACHE PATH "Where tarballs of sources are")
find_program(PATCH patch REQUIRED)
set(bosh_sources ${CMAKE_CURRENT_LIST_DIR}/sources)

# bosh_unpack(NAME TREE): the tarball of NAME, checked and unpacked into the directory TREE.
function(bosh_unpack name tree)
  file(STRINGS ${bosh_sources}/sources.sha256 pin REGEX "  ${name}_")
  string(REGEX MATCH "^([0-9a-f]+)  (.*)$" pin "${pin}")
  set(expected ${CMAKE_MATCH_1})
  set(tarball ${BOSH_SOURCE_CACHE}/${CMAKE_MATCH_2})
  string(TOUPPER ${name} variable)
  if(NOT EXISTS ${tarball})
    message(FATAL_ERROR "${tarball} is missing: run `tools/setup --for wasm`, "
      "or give a source tree with -DBOSH_${variable}_SOURCE=DIRECTORY")
  endif()
  file(SHA256 ${tarball} actual)
  if(NOT actual STREQUAL expected)
    message(FATAL_ERROR "${tarball} has the SHA-256 ${actual}, expected was ${expected}")
  endif()
  file(ARCHIVE_EXTRACT INPUT ${tarball} DESTINATION ${tree}.new)
  file(GLOB top ${tree}.new/*)
  file(RENAME ${top} ${tree})
  file(REMOVE_RECURSE ${tree}.new)
endfunction()

# bosh_source(NAME DIRECTORIES...): copies these directories of the source of NAME into the build
# tree, with cmake/sources/NAME-*.patch applied; ${NAME}_tree is where they are.
function(bosh_source name)
  string(TOUPPER ${name} variable)
  set(from ${BOSH_${variable}_SOURCE})
  set(tree ${CMAKE_BINARY_DIR}/sources/${name})
  file(GLOB patches ${bosh_sources}/${name}-*.patch)
  set(stamp "${from}")
  foreach(file ${patches} ${bosh_sources}/sources.sha256)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(SHA256 ${file} sum)
    string(APPEND stamp " ${sum}")
  endforeach()
  set(${name}_tree ${tree} PARENT_SCOPE)
  if(EXISTS ${tree}.stamp)
    file(READ ${tree}.stamp made_from)
    if(made_from STREQUAL stamp)
      return()
    endif()
  endif()

  file(REMOVE_RECURSE ${tree} ${tree}.stamp ${tree}.unpacked ${tree}.unpacked.new)
  if(NOT from)
    bosh_unpack(${name} ${tree}.unpacked)
    set(from ${tree}.unpacked)
  endif()
  foreach(directory ${ARGN})
    get_filename_component(parent ${tree}/${directory} DIRECTORY)
    file(COPY ${from}/${directory} DESTINATION ${parent})
  endforeach()
  file(REMOVE_RECURSE ${tree}.unpacked)
  foreach(patch ${patches})
    execute_process(COMMAND ${PATCH} --strip=1 --batch --input=${patch}
      WORKING_DIRECTORY ${tree} OUTPUT_VARIABLE said RESULT_VARIABLE failed)
    if(failed)
      message(FATAL_ERROR "${patch} does not fit ${from}:\n${said}")
    endif()
  endforeach()
  file(WRITE ${tree}.stamp "${stamp}")
endfunction()

# Tests compare the built-in parser with expat.
if(BOSH_XML STREQUAL expat OR BOSH_BUILD_TESTS)
  bosh_source(expat expat/lib)
  add_library(bosh_expat STATIC
    ${expat_tree}/expat/lib/xmlparse.c ${expat_tree}/expat/lib/xmlrole.c
    ${expat_tree}/expat/lib/xmltok.c)
  target_include_directories(bosh_expat
    SYSTEM PUBLIC ${expat_tree}/expat/lib PRIVATE ${bosh_sources})
  add_library(EXPAT::EXPAT ALIAS bosh_expat)
endif()

# Tests have a server's half of SCRAM, by mbedTLS.
if(BOSH_HASHES STREQUAL mbedtls OR BOSH_BUILD_TESTS)
  bosh_source(mbedtls library include)
  add_library(bosh_mbedcrypto STATIC)
  foreach(file base64 constant_time md platform_util sha1 sha256 sha512)
    target_sources(bosh_mbedcrypto PRIVATE ${mbedtls_tree}/library/${file}.c)
  endforeach()
  target_include_directories(bosh_mbedcrypto SYSTEM PUBLIC ${mbedtls_tree}/include ${bosh_sources})
  target_compile_definitions(bosh_mbedcrypto PUBLIC MBEDTLS_CONFIG_FILE="mbedtls_config.h")
endif()
