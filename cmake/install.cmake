# `cmake --install`: libraries, headers, a CMake package and a pkg-config file.
include(CMakePackageConfigHelpers)

set(bosh_targets bosh bosh_ext bosh-http1)
if(BOSH_HASHES STREQUAL mbedtls)
  list(APPEND bosh_targets bosh_mbedcrypto)
endif()
set_target_properties(bosh_ext PROPERTIES EXPORT_NAME ext)
set_target_properties(bosh-http1 PROPERTIES EXPORT_NAME http1)
install(FILES http1/include/bosh/http1.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bosh)
if(BOSH_WITH_CURL)
  list(APPEND bosh_targets bosh-curl)
  set_target_properties(bosh-curl PROPERTIES EXPORT_NAME curl)
  install(FILES native/include/bosh/curl.h native/include/bosh/journal.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bosh)
  if(BOSH_WITH_GLIB)
    list(APPEND bosh_targets bosh-glib)
    set_target_properties(bosh-glib PROPERTIES EXPORT_NAME glib)
    install(FILES native/include/bosh/glib.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bosh)
  endif()
  if(BOSH_WITH_STROPHE)
    list(APPEND bosh_targets bosh_strophe)
    set_target_properties(bosh_strophe PROPERTIES EXPORT_NAME strophe)
    install(FILES native/include/bosh/strophe.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bosh)
  endif()
endif()

install(TARGETS ${bosh_targets} EXPORT bosh-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY core/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT bosh-targets NAMESPACE bosh:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bosh)
configure_package_config_file(cmake/bosh-config.cmake.in ${CMAKE_BINARY_DIR}/bosh-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bosh)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/bosh-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/bosh-config.cmake ${CMAKE_BINARY_DIR}/bosh-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bosh)

# The prefix is found from where the file lies, so `cmake --install --prefix` may name another.
file(RELATIVE_PATH bosh_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})

# pkg_config_file(NAME DESCRIPTION REQUIRES LIBRARIES): NAME.pc of the library NAME.
function(pkg_config_file name description requires libraries)
  configure_file(cmake/pkg-config.pc.in ${name}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

set(requires)
if(BOSH_XML STREQUAL expat)
  set(requires expat)
endif()
set(libraries)
if(BOSH_HASHES STREQUAL mbedtls)
  set(libraries -lmbedcrypto)
endif()
pkg_config_file(bosh "XMPP over BOSH (XEP-0124, XEP-0206) for client programs"
  "${requires}" "${libraries}")
pkg_config_file(bosh-ext "Rosters, rooms, archives and the like for libbosh" bosh "")
pkg_config_file(bosh-http1 "libbosh over byte streams of the program" bosh "")
if(BOSH_WITH_CURL)
  pkg_config_file(bosh-curl "libbosh over libcurl" "bosh libcurl openssl" -pthread)
  if(BOSH_WITH_GLIB)
    pkg_config_file(bosh-glib "libbosh in a GLib main loop" "bosh-curl glib-2.0" "")
  endif()
  if(BOSH_WITH_STROPHE)
    pkg_config_file(bosh-strophe "libstrophe's stanzas on libbosh" "bosh libstrophe" "")
  endif()
endif()
