# The compiler, its warnings, and the sanitizers that a preset asks for.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

option(CAIS_WERROR "Treat warnings as errors" ON)
option(CAIS_LTO "Optimise at link time" OFF)
option(CAIS_TESTS "Build the tests" ON)
option(CAIS_FUZZ "Build the fuzz targets" OFF)
set(CAIS_PROFILE "" CACHE STRING "A profile that guides the optimiser, or `record` for a program that writes one")
set(CAIS_SANITIZER "" CACHE STRING "What -fsanitize= gets: address,undefined or thread")

# g++ before 14 miscompiles ordinary coroutines: temporaries in an awaiting expression are destroyed twice or too early.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR
    "cais cannot be built with g++ ${CMAKE_CXX_COMPILER_VERSION}: before version 14 it miscompiles coroutines "
    "(use after free in correct programs). Use clang 19: `script/setup`, then `cmake --preset release`.")
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "cais needs clang 19 or newer, this is ${CMAKE_CXX_COMPILER_VERSION}. Run `script/setup`, then `cmake --preset release`.")
endif()

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -fno-omit-frame-pointer")
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g1 -DNDEBUG")
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual
                    -Wimplicit-fallthrough -Wunused -Wextra-semi -Wdangling -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
if(CAIS_WERROR)
  add_compile_options(-Werror)
endif()
add_compile_options(-fstack-protector-strong -fno-plt)
add_link_options(-fuse-ld=lld -Wl,-z,relro,-z,now -Wl,--as-needed)

if(CAIS_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # so that libFuzzer sees which ways were taken inside the libraries
endif()
if(CAIS_SANITIZER)
  add_compile_options(-fsanitize=${CAIS_SANITIZER} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CAIS_SANITIZER})
  if(CAIS_SANITIZER MATCHES "undefined")
    # Its look at an object's type opens a pipe, and takes the want of a descriptor for a wrong type: tests that take all
    # descriptors away would fail for it.
    add_compile_options(-fno-sanitize=vptr)
  endif()
else()
  add_compile_options($<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
  # What is linked is what start-up pays: the C++ library goes in statically.
  add_link_options(-static-libstdc++ -static-libgcc)
endif()
if(CAIS_LTO)
  add_compile_options(-flto=thin)
  add_link_options(-flto=thin -Wl,--gc-sections -Wl,--icf=safe)
  add_compile_options(-ffunction-sections -fdata-sections)
endif()
# A profile that does not fit a function any more is not used for it; that is no mistake. It knows functions of one file
# alone by the file's name without its folders, so that it fits every checkout and holds no path.
if(CAIS_PROFILE)
  add_compile_options("SHELL:-mllvm -static-func-full-module-prefix=false")
endif()
if(CAIS_PROFILE STREQUAL "record")
  add_compile_options(-fprofile-generate -fprofile-update=atomic)
  add_link_options(-fprofile-generate)
elseif(CAIS_PROFILE AND EXISTS "${CAIS_PROFILE}" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 20)
  # Without it, or with a compiler that may not read what clang 19 wrote, the program is as right and a little slower.
  add_compile_options(-fprofile-use=${CAIS_PROFILE} -Wno-profile-instr-out-of-date -Wno-profile-instr-unprofiled
                      -Wno-backend-plugin)
  add_link_options(-fprofile-use=${CAIS_PROFILE})
endif()
