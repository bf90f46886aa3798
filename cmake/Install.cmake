# What `cmake --install` lays down: the libraries, their headers, a pkg-config file, a CMake
# package, the command, its manual pages and its completion for bash.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cvxrelu)

install(TARGETS cvxrelu_shared EXPORT shared)
install(TARGETS cvxrelu_static EXPORT static)
install(DIRECTORY include/cvxrelu DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(TARGET command)
  install(TARGETS command)
endif()
if(TARGET pages)
  install(DIRECTORY ${pages}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
  install(DIRECTORY ${pages}/completions
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion)
endif()

# The shared library needs nothing of its user; the static one asks for its own libraries,
# so it is a file of its own, read for the component `static` only.
install(EXPORT shared NAMESPACE cvxrelu:: DESTINATION ${package_dir}
        FILE cvxreluShared.cmake)
install(EXPORT static NAMESPACE cvxrelu:: DESTINATION ${package_dir}
        FILE cvxreluStatic.cmake)
configure_package_config_file(cmake/cvxreluConfig.cmake.in cvxreluConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(cvxreluConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/cvxreluConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/cvxreluConfigVersion.cmake
        DESTINATION ${package_dir})

# The pkg-config file finds its prefix from where it lies, so an installed tree can move.
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
set(pc_mpi "")
if(MPI_C_FOUND)
  list(JOIN MPI_C_LIBRARIES " " pc_mpi)
endif()
configure_file(cmake/cvxrelu.pc.in cvxrelu.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/cvxrelu.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
