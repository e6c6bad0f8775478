# Warnings, hardening and sanitizers: one interface target that every layer links.
add_library(cachewitness_compiler INTERFACE)
target_compile_options(cachewitness_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Werror=switch -Werror=return-type -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives of these two inside libstdc++ at -O2.
  target_compile_options(cachewitness_compiler INTERFACE -Wno-restrict -Wno-stringop-overflow)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  find_program(CACHEWITNESS_LLD ld.lld-19)  # a quarter of what binutils take for programs with sanitizers
  if(CACHEWITNESS_LLD)
    target_link_options(cachewitness_compiler INTERFACE -fuse-ld=lld-19)
  endif()
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(cachewitness_compiler INTERFACE _GLIBCXX_ASSERTIONS)
else()
  target_compile_options(cachewitness_compiler INTERFACE -fstack-protector-strong)
  target_compile_definitions(cachewitness_compiler INTERFACE _FORTIFY_SOURCE=2)
  target_link_options(cachewitness_compiler INTERFACE -Wl,-z,relro,-z,now)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(CACHEWITNESS_SANITIZE)
  target_compile_options(cachewitness_compiler INTERFACE
    -fsanitize=${CACHEWITNESS_SANITIZE} -fno-sanitize-recover=all
    # This one check opens a pipe to look at memory, and takes a process that is out of descriptors, which
    # tests bring about, for a bad pointer.
    -fno-sanitize=vptr)
  target_link_options(cachewitness_compiler INTERFACE -fsanitize=${CACHEWITNESS_SANITIZE})
endif()
