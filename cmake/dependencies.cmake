# What the project links to; docs/dependencies.md says why.
find_package(EXPAT REQUIRED)

# mbedTLS 2.28 ships neither a .pc file nor a CMake package.
find_path(MBEDCRYPTO_INCLUDE_DIR mbedtls/sha256.h REQUIRED)
find_library(MBEDCRYPTO_LIBRARY mbedcrypto REQUIRED)
add_library(bosh_mbedcrypto INTERFACE)
target_include_directories(bosh_mbedcrypto SYSTEM INTERFACE ${MBEDCRYPTO_INCLUDE_DIR})
target_link_libraries(bosh_mbedcrypto INTERFACE ${MBEDCRYPTO_LIBRARY})

find_package(PkgConfig)
if(BOSH_WITH_CURL)
  find_package(CURL 7.80 REQUIRED)
  if(BOSH_WITH_GLIB)
    pkg_check_modules(GLIB REQUIRED IMPORTED_TARGET glib-2.0)
  endif()
  if(BOSH_WITH_STROPHE)
    pkg_check_modules(STROPHE REQUIRED IMPORTED_TARGET libstrophe)
  endif()
endif()
