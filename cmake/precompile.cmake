# precompile_for(TARGET more headers...)
#
# With CACHEWITNESS_PRECOMPILE, which the sanitizers' preset sets: parsing the standard library is a third of an
# unoptimised build. The other presets build without, so that a file that misses an include still fails.
function(precompile_for target)
  if(CACHEWITNESS_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE
      <algorithm> <chrono> <deque> <expected> <functional> <map> <memory> <optional> <set> <span> <string>
      <string_view> <unordered_map> <utility> <variant> <vector> <fmt/format.h> ${ARGN})
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)  # for ccache
  endif()
endfunction()
