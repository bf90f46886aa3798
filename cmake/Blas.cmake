# BLAS and LAPACK: the system's OpenBLAS, or that of the Python package scipy-openblas32, whose
# names have a prefix and which goes into wheels. Sets blas_needs.

if(CVR_SCIPY_OPENBLAS)
  set(names ${CMAKE_CURRENT_BINARY_DIR}/scipy_openblas.h)
  set(lines "")
  foreach(header cblas.h lapacke.h)
    file(READ ${CVR_SCIPY_OPENBLAS}/include/${header} text)
    string(REGEX MATCHALL "scipy_(cblas|openblas|LAPACKE)_[A-Za-z0-9_]+" found "${text}")
    list(REMOVE_DUPLICATES found)
    foreach(name ${found})
      string(REPLACE "scipy_" "" plain ${name})
      string(APPEND lines "#define ${plain} ${name}\n")
    endforeach()
  endforeach()
  file(CONFIGURE OUTPUT ${names} CONTENT "${lines}" @ONLY)
  add_library(scipy_openblas SHARED IMPORTED)
  set_target_properties(
    scipy_openblas PROPERTIES
    IMPORTED_LOCATION ${CVR_SCIPY_OPENBLAS}/lib/libscipy_openblas.so
    INTERFACE_INCLUDE_DIRECTORIES ${CVR_SCIPY_OPENBLAS}/include
    INTERFACE_COMPILE_OPTIONS
    "SHELL:-include ${names};SHELL:-include ${CMAKE_CURRENT_SOURCE_DIR}/python/portable.h")
  set(blas_needs scipy_openblas)
else()
  pkg_check_modules(OPENBLAS REQUIRED IMPORTED_TARGET openblas)
  pkg_check_modules(LAPACKE REQUIRED IMPORTED_TARGET lapacke)
  set(blas_needs PkgConfig::OPENBLAS PkgConfig::LAPACKE)
endif()
