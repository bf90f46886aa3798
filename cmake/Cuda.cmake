# The plug-in for GPUs, libcvxrelu_cuda.so: by nvcc alone, from one file. The library is not
# linked with it, nor it with cuBLAS and cuSOLVER, which it loads (docs/gpu.md).
set(CVR_CUDA_ARCHITECTURES "80;90" CACHE STRING "Kinds of GPUs to build the plug-in for")
find_program(CVR_NVCC nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH PATH_SUFFIXES bin)
if(NOT CVR_NVCC)
  message(FATAL_ERROR "CVR_CUDA needs nvcc: set CUDA_HOME or CVR_NVCC to it (docs/gpu.md)")
endif()
get_filename_component(cuda_folder ${CVR_NVCC} DIRECTORY)
get_filename_component(cuda_folder ${cuda_folder} DIRECTORY)

# Code for each, and for the last one also what later ones are compiled from.
set(cuda_code "")
foreach(kind ${CVR_CUDA_ARCHITECTURES})
  list(APPEND cuda_code -gencode arch=compute_${kind},code=sm_${kind})
endforeach()
list(GET CVR_CUDA_ARCHITECTURES -1 kind)
list(APPEND cuda_code -gencode arch=compute_${kind},code=compute_${kind})

set(cuda_plugin ${CMAKE_CURRENT_BINARY_DIR}/libcvxrelu_cuda.so)
file(GLOB_RECURSE cuda_needs CONFIGURE_DEPENDS src/*.h src/*.inc src/*.def src/cuda/*)
add_custom_command(
  OUTPUT ${cuda_plugin}
  COMMAND ${CVR_NVCC} -std=c++17 --extended-lambda -O3 ${cuda_code} -shared -cudart static
          -Xcompiler -fPIC,-fvisibility=hidden -L ${cuda_folder}/lib -L ${cuda_folder}/lib64
          -I ${CMAKE_CURRENT_SOURCE_DIR}/include -I ${CMAKE_CURRENT_SOURCE_DIR}/src
          -I ${CMAKE_CURRENT_BINARY_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/src/cuda/cuda.cu -ldl
          -o ${cuda_plugin}
  DEPENDS ${cuda_needs}
  COMMENT "The plug-in for GPUs"
  VERBATIM)
add_custom_target(cuda_plugin ALL DEPENDS ${cuda_plugin})
install(FILES ${cuda_plugin} DESTINATION ${CMAKE_INSTALL_LIBDIR})
