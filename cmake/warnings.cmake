# The warnings every file of the project is built with: link to bosh_warnings.
add_library(bosh_warnings INTERFACE)
target_compile_options(bosh_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wvla -Wcast-qual -Wpointer-arith -Wwrite-strings
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes;-Wmissing-prototypes;-Wold-style-definition>
  $<$<BOOL:${BOSH_WERROR}>:-Werror>)
