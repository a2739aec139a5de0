# What `cmake --install` puts where: libike with its headers, CMake package and pkg-config file; the
# tools (tools/CMakeLists.txt) with man pages, completions and schemas.
include(CMakePackageConfigHelpers)

install(TARGETS ike ike_flags EXPORT ikeTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY libike/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/libike FILES_MATCHING PATTERN "*.hpp"
        PATTERN "crypto/openssl" EXCLUDE)
install(FILES ${PROJECT_BINARY_DIR}/generated/libike/base/version.hpp
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/libike/base)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ike)
install(EXPORT ikeTargets NAMESPACE ike:: DESTINATION ${package_dir})
configure_package_config_file(cmake/ikeConfig.cmake.in ikeConfig.cmake INSTALL_DESTINATION ${package_dir})
# Before 1.0 a new minor version may change any interface.
write_basic_package_version_file(ikeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ikeConfig.cmake ${PROJECT_BINARY_DIR}/ikeConfigVersion.cmake
        DESTINATION ${package_dir})

# The prefix is found from where the file lies, so that a staged or moved tree serves too.
file(RELATIVE_PATH PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/libike.pc.in libike.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/libike.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

foreach(section 1 5)
  file(GLOB pages CONFIGURE_DEPENDS man/*.${section})
  install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
file(GLOB bash CONFIGURE_DEPENDS tools/completions/bash/*)
file(GLOB zsh CONFIGURE_DEPENDS tools/completions/zsh/*)
file(GLOB fish CONFIGURE_DEPENDS tools/completions/fish/*)
install(FILES ${bash} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${zsh} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${fish} DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
file(GLOB schemas CONFIGURE_DEPENDS tools/schemas/*.json)
install(FILES ${schemas} DESTINATION ${CMAKE_INSTALL_DATADIR}/ike-toolkit)
