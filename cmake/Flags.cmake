# Compiler flags for everything that is built here.

add_compile_options(-Wall -Wextra -Wshadow -Wstrict-prototypes -Wvla)
# Rows of tables that leave out their last fields.
add_compile_options(-Wno-missing-field-initializers)
# Clang speaks of each `omp simd` loop that stays scalar, as all do in a build without
# optimisation.
if(CMAKE_C_COMPILER_ID MATCHES Clang)
  add_compile_options(-Wno-pass-failed)
endif()
if(CVR_WERROR)
  add_compile_options(-Werror)
endif()

# NaN and infinity keep their meaning, so no -ffast-math; nobody reads errno or the
# floating-point flags after arithmetic.
add_compile_options(-fno-math-errno -fno-trapping-math)
# `#pragma omp simd' alone: no OpenMP runtime, no threads.
add_compile_options(-fopenmp-simd)
if(CVR_NATIVE)
  add_compile_options(-march=native)
endif()

if(CVR_COVERAGE)
  # Threads count together.
  add_compile_options(--coverage -fprofile-update=atomic -O1 -g)
  add_link_options(--coverage)
endif()

if(CVR_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "CVR_FUZZ needs clang: configure with -DCMAKE_C_COMPILER=clang")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
  if(NOT CVR_SANITIZE)
    set(CVR_SANITIZE address,undefined)
  endif()
endif()

# A defect that a sanitizer finds ends the program, so that the test fails.
if(CVR_SANITIZE)
  add_compile_options(-fsanitize=${CVR_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${CVR_SANITIZE})
endif()
