# One library target a folder. A folder's headers are seen as "folder/name.h" and only by who links it: each library
# exports a directory that shows its own folder and nothing else, so that an include across the table below does not
# compile (tests/build tries it).

# Who may use whom, directly; what a layer may use is transitive. A folder of src/modules stands as `modules`.
set(CAIS_LAYER_base)
set(CAIS_LAYER_io base)
set(CAIS_LAYER_trace base)
set(CAIS_LAYER_uri base)
set(CAIS_LAYER_config base uri)
set(CAIS_LAYER_tls base io trace)
set(CAIS_LAYER_http base io uri trace)
set(CAIS_LAYER_http1 base io uri trace http tls)
set(CAIS_LAYER_http2 ${CAIS_LAYER_http1})
set(CAIS_LAYER_http3 ${CAIS_LAYER_http1})
set(CAIS_LAYER_websocket base io uri trace http)
set(CAIS_LAYER_client ${CAIS_LAYER_http1} http1 http2 http3 websocket)
set(CAIS_LAYER_acme ${CAIS_LAYER_client} client)
set(CAIS_LAYER_store ${CAIS_LAYER_client} client)
set(CAIS_LAYER_modules ${CAIS_LAYER_store} store config)
set(CAIS_LAYER_ftp base io uri trace http tls store)
set(CAIS_LAYER_sftp ${CAIS_LAYER_ftp})
set(CAIS_LAYER_server ${CAIS_LAYER_modules} acme modules ftp sftp)
set(CAIS_LAYER_cli ${CAIS_LAYER_server} server)

# cais_library(FOLDER [USES folder…] [LINKS target…]): the library of src/FOLDER, made of all its *.cpp.
function(cais_library folder)
  cmake_parse_arguments(arg "" "" "USES;LINKS" ${ARGN})
  string(REPLACE "/" "_" target "cais_${folder}")
  string(REGEX REPLACE "/.*" "" layer ${folder})
  if(NOT DEFINED CAIS_LAYER_${layer} AND NOT layer STREQUAL "base")
    message(FATAL_ERROR "src/${folder} is no layer of cmake/layers.cmake")
  endif()

  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(visibility PUBLIC)
  if(sources)
    add_library(${target} STATIC ${sources})
  else()  # headers only
    add_library(${target} INTERFACE)
    set(visibility INTERFACE)
  endif()

  set(shown ${CMAKE_BINARY_DIR}/include/${target})
  get_filename_component(parent ${folder} DIRECTORY)
  file(MAKE_DIRECTORY ${shown}/${parent})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${shown}/${folder} SYMBOLIC)
  target_include_directories(${target} ${visibility} ${shown})

  foreach(used IN LISTS arg_USES)
    string(REGEX REPLACE "/.*" "" used_layer ${used})
    if(NOT used_layer IN_LIST CAIS_LAYER_${layer})
      message(FATAL_ERROR "src/${folder} may not use src/${used}: see cmake/layers.cmake")
    endif()
    string(REPLACE "/" "_" used_target "cais_${used}")
    target_link_libraries(${target} ${visibility} ${used_target})
  endforeach()
  target_link_libraries(${target} ${visibility} ${arg_LINKS})
endfunction()
