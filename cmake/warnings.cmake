# The warnings every file of the project is built with: link to bosh_warnings. clang alone suspects
# strings in arrays that take two lines.
add_library(bosh_warnings INTERFACE)
target_compile_options(bosh_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wvla -Wcast-qual -Wpointer-arith -Wwrite-strings
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes;-Wmissing-prototypes;-Wold-style-definition>
  $<$<C_COMPILER_ID:Clang>:-Wno-string-concatenation>
  $<$<BOOL:${BOSH_WERROR}>:-Werror>)
