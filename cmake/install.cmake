# What `cmake --install` lays down: the program, libcachewitness with its headers, what find_package(Cachewitness) and
# pkg-config read, completion for bash, the manual page, the SDKs and the skills.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS cachewitness RUNTIME COMPONENT program)
install(TARGETS libcachewitness EXPORT CachewitnessTargets
  LIBRARY COMPONENT library NAMELINK_COMPONENT development FILE_SET HEADERS COMPONENT development)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/Cachewitness)
install(EXPORT CachewitnessTargets NAMESPACE Cachewitness:: DESTINATION ${package_directory} COMPONENT development)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/CachewitnessConfig.cmake.in
  ${CMAKE_BINARY_DIR}/CachewitnessConfig.cmake INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/CachewitnessConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/CachewitnessConfig.cmake ${CMAKE_BINARY_DIR}/CachewitnessConfigVersion.cmake
  DESTINATION ${package_directory} COMPONENT development)
file(RELATIVE_PATH libdir_to_includedir ${CMAKE_INSTALL_FULL_LIBDIR} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
configure_file(${CMAKE_CURRENT_LIST_DIR}/cachewitness.pc.in ${CMAKE_BINARY_DIR}/cachewitness.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/cachewitness.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
install(FILES completions/cachewitness.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME cachewitness COMPONENT program)
install(FILES docs/man/cachewitness.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
install(DIRECTORY schemas skills DESTINATION ${CMAKE_INSTALL_DATADIR}/cachewitness COMPONENT program)
install(DIRECTORY sdk/python/cachewitness DESTINATION ${CMAKE_INSTALL_DATADIR}/cachewitness/python
  COMPONENT development PATTERN __pycache__ EXCLUDE)
install(DIRECTORY sdk/go/cachewitness DESTINATION ${CMAKE_INSTALL_DATADIR}/cachewitness/go COMPONENT development)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
