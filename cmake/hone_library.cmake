# hone_library(<name> SOURCES ... [PUBLIC ...] [PRIVATE ...])
#
# One shared library per layer, target hone_<name> with the alias hone::<name>. Every public header is
# included by its path from the repository root ("tensor/tensor.h"); installed, they live in include/hone.
function(hone_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  set(target hone_${name})
  add_library(${target} SHARED ${ARG_SOURCES})
  add_library(hone::${name} ALIAS ${target})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/hone>)
  target_link_libraries(${target} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  # A 0.x release may break what programs were linked against, so the minor number is part of the name.
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${name} VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    INSTALL_RPATH "$ORIGIN")
  hone_options(${target})
  set_property(GLOBAL APPEND PROPERTY HONE_LIBRARIES ${target})
endfunction()

# A symbol that is nowhere is an error of the library that lacks it: a backend without one of the verbs.
# The sanitizers' own symbols come with the program.
function(hone_all_defined target)
  if(NOT HONE_SANITIZE)
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
endfunction()

# hone_plugin(<name> <sources>...): a device in a library of its own, libhone_<name>.so (kernels/plugin.h).
function(hone_plugin name)
  add_library(hone_${name} MODULE ${ARGN})
  target_link_libraries(hone_${name} PRIVATE hone::kernels)
  set_target_properties(hone_${name} PROPERTIES INSTALL_RPATH "$ORIGIN")
  hone_all_defined(hone_${name})
  hone_options(hone_${name})
endfunction()

# Warnings, sanitizers and the flags that determinism needs, for every target of the project.
function(hone_options target)
  set(warnings -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wold-style-cast)
  target_compile_options(${target} PRIVATE
    # nvcc's own code of the host side would not pass all of them.
    "$<$<COMPILE_LANGUAGE:CXX>:${warnings}>"
    # No contraction: a * b + c gives the same bits in every function and at every optimisation level.
    $<IF:$<COMPILE_LANGUAGE:CUDA>,-Xcompiler=-ffp-contract=off,-ffp-contract=off>
    # GCC 12 sees overlaps in std::string that cannot be (its bug 105651).
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<COMPILE_LANGUAGE:CXX>>:-Wno-restrict>)
  if(HONE_WERROR)
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
  endif()
  if(HONE_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  if(HONE_SANITIZE)
    # Clang has no macro of its own for each of them.
    target_compile_definitions(${target} PRIVATE HONE_SANITIZED)
    target_compile_options(${target} PRIVATE -fsanitize=${HONE_SANITIZE} -fno-sanitize-recover=all
      -fno-omit-frame-pointer
      # GCC takes values that the sanitizers' checks go around for uninitialised.
      $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    target_link_options(${target} PRIVATE -fsanitize=${HONE_SANITIZE})
  endif()
endfunction()

# hone_install_program(<target>...): programs find the libraries beside them, wherever the tree is moved.
function(hone_install_program)
  foreach(target ${ARGN})
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
    if(HONE_INSTALL)
      install(TARGETS ${target} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT hone_programs)
    endif()
  endforeach()
endfunction()
