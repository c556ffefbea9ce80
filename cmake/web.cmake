# cais_web(TARGET NAME NAMESPACE namespace STYLE file [SCRIPT file] [IMAGES] [FORM]): the style and script of a page that the
# program writes itself. esbuild takes the types off and makes them small; a generated source of TARGET defines
# NAME_style, NAME_script and NAME_policy, a Content-Security-Policy that admits exactly these two, by their hashes.
# IMAGES: the style holds pictures (data: URLs). FORM: the page has a form that leads to its own origin.

find_program(ESBUILD esbuild)
find_program(PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(PYTHON python3)
if(NOT ESBUILD OR NOT PYTHON)
  message(FATAL_ERROR "esbuild and python3 are needed for the pages of web/. Run `script/setup`, or: apt-get install esbuild python3")
endif()

function(cais_web target name)
  cmake_parse_arguments(arg "IMAGES;FORM" "NAMESPACE;STYLE;SCRIPT" "" ${ARGN})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${name}_page.cpp)
  set(arguments --esbuild ${ESBUILD} --name ${name} --namespace ${arg_NAMESPACE} --style ${CMAKE_SOURCE_DIR}/${arg_STYLE} --output ${output})
  if(arg_SCRIPT)
    list(APPEND arguments --script ${CMAKE_SOURCE_DIR}/${arg_SCRIPT})
  endif()
  if(arg_IMAGES)
    list(APPEND arguments --images)
  endif()
  if(arg_FORM)
    list(APPEND arguments --form)
  endif()
  file(GLOB_RECURSE parts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/*.ts ${CMAKE_SOURCE_DIR}/web/*.css ${CMAKE_SOURCE_DIR}/web/*.svg)
  add_custom_command(OUTPUT ${output}
    COMMAND ${PYTHON} ${CMAKE_SOURCE_DIR}/cmake/embed_page.py ${arguments}
    DEPENDS ${CMAKE_SOURCE_DIR}/cmake/embed_page.py ${parts}
    COMMENT "Making the ${name} page" VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
