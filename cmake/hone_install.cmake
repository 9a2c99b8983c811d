# install(), the package files for find_package(hone), and the build-tree export.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS hone hone_base hone_kernels hone_tensor hone_optim hone_nn hone_tune hone_tune_training
  EXPORT hone_targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(folder kernels tensor optim nn tune)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} DESTINATION include/hone FILES_MATCHING PATTERN "*.h")
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/hone.h DESTINATION include/hone)
install(EXPORT hone_targets NAMESPACE hone:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hone)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/honeConfig.cmake.in
  ${PROJECT_BINARY_DIR}/honeConfig.cmake INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hone)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/honeConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/honeConfig.cmake ${PROJECT_BINARY_DIR}/honeConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hone)
export(EXPORT hone_targets NAMESPACE hone:: FILE ${PROJECT_BINARY_DIR}/honeTargets.cmake)
