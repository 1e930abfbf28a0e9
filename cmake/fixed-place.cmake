# WebAssembly and firmware are never loaded at another place, so -fPIC would only cost.
set(CMAKE_C_COMPILE_OPTIONS_PIC "")
