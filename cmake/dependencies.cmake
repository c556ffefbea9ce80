# Libraries of Debian that we build on. The archive is preferred where Debian ships one that works in a
# position-independent executable: start-up time is linking time.

function(cais_dependency name header library)
  find_path(${name}_INCLUDE ${header} REQUIRED)
  find_library(${name}_LIBRARY NAMES lib${library}.a ${library} REQUIRED)
  add_library(dependency::${name} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(dependency::${name} PROPERTIES
    IMPORTED_LOCATION ${${name}_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${${name}_INCLUDE})
endfunction()

find_package(Threads REQUIRED)

cais_dependency(argon2 argon2.h argon2)
set_property(TARGET dependency::argon2 PROPERTY INTERFACE_LINK_LIBRARIES Threads::Threads)
cais_dependency(isal isa-l/igzip_lib.h isal)
cais_dependency(unistring unicase.h unistring)
cais_dependency(idn2 idn2.h idn2)
set_property(TARGET dependency::idn2 PROPERTY INTERFACE_LINK_LIBRARIES dependency::unistring)
cais_dependency(psl libpsl.h psl)
set_property(TARGET dependency::psl PROPERTY INTERFACE_LINK_LIBRARIES dependency::idn2)
cais_dependency(zlib zlib.h z)
cais_dependency(zstd zstd.h zstd)
cais_dependency(brotli_common brotli/types.h brotlicommon)
cais_dependency(brotli_encoder brotli/encode.h brotlienc)
cais_dependency(brotli_decoder brotli/decode.h brotlidec)
set_property(TARGET dependency::brotli_encoder PROPERTY INTERFACE_LINK_LIBRARIES dependency::brotli_common)
set_property(TARGET dependency::brotli_decoder PROPERTY INTERFACE_LINK_LIBRARIES dependency::brotli_common)
# Statically it is ready a millisecond sooner, and nothing is mapped where nobody asks for TLS.
cais_dependency(crypto openssl/evp.h crypto)
cais_dependency(ssl openssl/ssl.h ssl)
set_property(TARGET dependency::ssl PROPERTY INTERFACE_LINK_LIBRARIES dependency::crypto ${CMAKE_DL_LIBS} Threads::Threads)

cais_dependency(cares ares.h cares)

# Header-only. Of fmt Debian has no archive, and its shared library brings the C++ library along, which every start would
# pay for.
find_path(FMT_INCLUDE fmt/core.h REQUIRED)
add_library(dependency::fmt INTERFACE IMPORTED GLOBAL)
target_include_directories(dependency::fmt SYSTEM INTERFACE ${FMT_INCLUDE})
target_compile_definitions(dependency::fmt INTERFACE FMT_HEADER_ONLY=1)
find_path(CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
add_library(dependency::cli11 INTERFACE IMPORTED GLOBAL)
target_include_directories(dependency::cli11 SYSTEM INTERFACE ${CLI11_INCLUDE})
find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)
add_library(dependency::tomlplusplus INTERFACE IMPORTED GLOBAL)
target_include_directories(dependency::tomlplusplus SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE})
cais_dependency(boost_json boost/json.hpp boost_json)
