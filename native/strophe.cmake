# The libstrophe adapter: bosh::strophe.
add_library(bosh_strophe STATIC ${CMAKE_CURRENT_LIST_DIR}/strophe.c)
target_include_directories(bosh_strophe PUBLIC
  $<BUILD_INTERFACE:${CMAKE_CURRENT_LIST_DIR}/include> $<INSTALL_INTERFACE:include>)
target_link_libraries(bosh_strophe PUBLIC bosh PkgConfig::STROPHE PRIVATE $<BUILD_INTERFACE:bosh_warnings>)
set_target_properties(bosh_strophe PROPERTIES
  OUTPUT_NAME bosh-strophe C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
add_library(bosh::strophe ALIAS bosh_strophe)
