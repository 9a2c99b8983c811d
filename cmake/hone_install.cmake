# hone::hone, install(), the package files for find_package(hone) and pkg-config, and the build-tree export.
#
# Only fmt is seen by programs that use hone: its other dependencies are private to the libraries.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(libraries GLOBAL PROPERTY HONE_LIBRARIES)
add_library(hone INTERFACE)
add_library(hone::hone ALIAS hone)
target_link_libraries(hone INTERFACE ${libraries})

if(NOT HONE_INSTALL)
  return()
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/hone)
install(TARGETS hone ${libraries} EXPORT hone_targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT hone_libraries
  NAMELINK_COMPONENT hone_libraries)

# What hone.h, the report's headers and those for authors of devices reach is public; every other header stays inside.
function(hone_public_headers result)
  set(queue ${ARGN})
  set(seen "")
  while(queue)
    list(POP_FRONT queue header)
    if(header IN_LIST seen)
      continue()
    endif()
    list(APPEND seen ${header})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${header})
    file(STRINGS ${PROJECT_SOURCE_DIR}/${header} lines REGEX "^#include \"")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^#include \"([^\"]+)\".*" "\\1" included "${line}")
      list(APPEND queue ${included})
    endforeach()
  endwhile()
  set(${result} ${seen} PARENT_SCOPE)
endfunction()

hone_public_headers(headers hone.h apps/report/report.h apps/report/inside.h
  kernels/plugin.h kernels/any_verb.h)
foreach(header IN LISTS headers)
  cmake_path(GET header PARENT_PATH folder)
  install(FILES ${PROJECT_SOURCE_DIR}/${header} DESTINATION include/hone/${folder} COMPONENT hone_libraries)
endforeach()

install(EXPORT hone_targets NAMESPACE hone:: DESTINATION ${package} COMPONENT hone_libraries)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/honeConfig.cmake.in
  ${PROJECT_BINARY_DIR}/honeConfig.cmake INSTALL_DESTINATION ${package})
# 0.x: a new minor version may break users, a new patch may not.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/honeConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/honeConfig.cmake ${PROJECT_BINARY_DIR}/honeConfigVersion.cmake
  DESTINATION ${package} COMPONENT hone_libraries)

# find_package(hone) with hone_DIR set to the build folder.
export(EXPORT hone_targets NAMESPACE hone:: FILE ${PROJECT_BINARY_DIR}/hone_targets.cmake)

list(TRANSFORM libraries PREPEND "-l" OUTPUT_VARIABLE HONE_PC_LIBRARIES)
list(JOIN HONE_PC_LIBRARIES " " HONE_PC_LIBRARIES)
file(RELATIVE_PATH HONE_PC_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${PROJECT_SOURCE_DIR}/cmake/hone.pc.in ${PROJECT_BINARY_DIR}/hone.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/hone.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
  COMPONENT hone_libraries)
