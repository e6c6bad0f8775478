# precompile_for(TARGET)
#
# With CACHEWITNESS_PRECOMPILE, which the sanitizers' presets set: parsing the standard library is a third of an
# unoptimised build. The other presets build without, so that a file that misses an include still fails.
# Two headers serve all targets, one what is compiled for libraries (-fPIC) and one what is compiled for programs
# (-fPIE): compilers refuse a header that was precompiled for the other.
if(CACHEWITNESS_PRECOMPILE)
  set(precompiled_headers
    <algorithm> <chrono> <deque> <expected> <functional> <map> <memory> <optional> <set> <span> <string>
    <string_view> <unordered_map> <utility> <variant> <vector> <fmt/format.h>)
  # What some targets are compiled with and these headers look at, all have to be compiled with.
  target_link_libraries(cachewitness_compiler INTERFACE fmt::fmt)
  target_compile_options(cachewitness_compiler INTERFACE -pthread)  # of re2's, as pkg-config has it
  target_compile_options(cachewitness_compiler INTERFACE  # for ccache
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess> "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")

  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled_for_libraries.cpp CONTENT "")
  add_library(precompiled_for_libraries OBJECT ${CMAKE_BINARY_DIR}/precompiled_for_libraries.cpp)
  target_link_libraries(precompiled_for_libraries PRIVATE cachewitness_compiler)
  target_precompile_headers(precompiled_for_libraries PRIVATE ${precompiled_headers})
  if(BUILD_TESTING)
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled_for_programs.cpp CONTENT "int main() {}\n")
    add_executable(precompiled_for_programs ${CMAKE_BINARY_DIR}/precompiled_for_programs.cpp)
    target_link_libraries(precompiled_for_programs PRIVATE cachewitness_compiler GTest::gmock)
    target_precompile_headers(precompiled_for_programs PRIVATE ${precompiled_headers} <gmock/gmock.h>)
  endif()
endif()

function(precompile_for target)
  if(CACHEWITNESS_PRECOMPILE)
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "EXECUTABLE")
      target_precompile_headers(${target} REUSE_FROM precompiled_for_programs)
    else()
      target_precompile_headers(${target} REUSE_FROM precompiled_for_libraries)
    endif()
  endif()
endfunction()
