# OpenBLAS with its C interface (Debian: libopenblas-dev). Gives OpenBLAS_INCLUDE_DIR,
# OpenBLAS_SONAME (the name by which the library is loaded) and the target OpenBLAS::OpenBLAS.
#
# The package files of OpenBLAS are not asked: Debian 13's name a library that is not there. pkg-config
# gives hints, and what is found is a file that exists.
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(PC_OpenBLAS QUIET openblas)
endif()
# Debian keeps a build for each kind of threads; hone calls it from threads of its own, so pthread's goes first.
set(OpenBLAS_BUILDS openblas-pthread openblas-openmp openblas-serial openblas)
find_path(OpenBLAS_INCLUDE_DIR cblas.h HINTS ${PC_OpenBLAS_INCLUDE_DIRS} ${PC_OpenBLAS_INCLUDEDIR}
  PATH_SUFFIXES ${OpenBLAS_BUILDS})
find_library(OpenBLAS_LIBRARY openblas HINTS ${PC_OpenBLAS_LIBRARY_DIRS} ${PC_OpenBLAS_LIBDIR}
  PATH_SUFFIXES ${OpenBLAS_BUILDS})
if(PC_OpenBLAS_VERSION)
  set(OpenBLAS_VERSION ${PC_OpenBLAS_VERSION})
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenBLAS REQUIRED_VARS OpenBLAS_LIBRARY OpenBLAS_INCLUDE_DIR
  VERSION_VAR OpenBLAS_VERSION)
mark_as_advanced(OpenBLAS_LIBRARY OpenBLAS_INCLUDE_DIR)
if(OpenBLAS_FOUND)
  set(OpenBLAS_SONAME ${OpenBLAS_LIBRARY})
  if(CMAKE_OBJDUMP)
    execute_process(COMMAND ${CMAKE_OBJDUMP} -p ${OpenBLAS_LIBRARY} OUTPUT_VARIABLE headers ERROR_QUIET)
    if(headers MATCHES "SONAME +([^ \n]+)")
      set(OpenBLAS_SONAME ${CMAKE_MATCH_1})
    endif()
  endif()
endif()
if(OpenBLAS_FOUND AND NOT TARGET OpenBLAS::OpenBLAS)
  add_library(OpenBLAS::OpenBLAS UNKNOWN IMPORTED)
  set_target_properties(OpenBLAS::OpenBLAS PROPERTIES
    IMPORTED_LOCATION "${OpenBLAS_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${OpenBLAS_INCLUDE_DIR}")
endif()
