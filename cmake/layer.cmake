# add_layer(NAME USES other layers... LIBRARIES third-party targets...)
#
# One static target a layer. Sources are written as `#include "base/result.h"`; the include root that
# makes this spelling work holds this layer alone (a symbolic link in the build tree), so a layer that
# includes one it does not USE fails with "No such file". tools/tidy.py checks the same table for
# system libraries, which no include root can hide.
function(add_layer name)
  cmake_parse_arguments(ARG "" "" "USES;LIBRARIES" ${ARGN})
  set(directory ${CMAKE_SOURCE_DIR}/src/${name})
  set(root ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${directory} ${root}/${name} SYMBOLIC)

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${directory}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${directory}/*_test.cpp)
  # A header that a source of its name includes before all else (tidy sees to that) is known to stand alone once this
  # is built, without a precompiled header; what is left for the verification of header sets are the others.
  file(GLOB_RECURSE headers RELATIVE ${directory} CONFIGURE_DEPENDS ${directory}/*.h)
  set(lone_headers "")
  foreach(header IN LISTS headers)
    string(REGEX REPLACE "\\.h$" "" stem ${directory}/${header})
    if(NOT EXISTS ${stem}.cpp AND NOT EXISTS ${stem}_test.cpp)
      list(APPEND lone_headers ${root}/${name}/${header})
    endif()
  endforeach()

  if(NOT sources)  # a layer of interfaces only
    set(sources ${CMAKE_BINARY_DIR}/include/${name}_headers_only.cpp)
    file(CONFIGURE OUTPUT ${sources} CONTENT "")
  endif()

  set(target cachewitness_${name})
  add_library(${target} STATIC ${sources})
  add_library(cachewitness::${name} ALIAS ${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${root} FILES ${lone_headers})
  target_include_directories(${target} PUBLIC ${root})
  set(layers ${ARG_USES})
  list(TRANSFORM layers PREPEND cachewitness_)
  target_link_libraries(${target} PUBLIC cachewitness_compiler ${layers} PRIVATE ${ARG_LIBRARIES})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX VERIFY_INTERFACE_HEADER_SETS ON)
  precompile_for(${target})

  if(CACHEWITNESS_SANITIZE)
    # Counting allocations replaces operator new, which is the sanitizers' own.
    list(FILTER tests EXCLUDE REGEX "allocation_test\\.cpp$")
  endif()
  if(BUILD_TESTING AND tests)
    add_layer_test(${name} ${tests})
  endif()
endfunction()

# Unit tests stand beside the code: src/<layer>/**/*_test.cpp become one program a layer.
function(add_layer_test name)
  add_executable(${name}_test ${ARGN})
  target_link_libraries(${name}_test PRIVATE cachewitness_${name} cachewitness_test_support GTest::gmock_main)
  precompile_for(${name}_test)
  target_compile_definitions(${name}_test PRIVATE CACHEWITNESS_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120 LABELS unit)
endfunction()
