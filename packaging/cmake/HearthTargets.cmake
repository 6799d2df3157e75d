# SPDX-License-Identifier: GPL-3.0-or-later
# One folder is one target. A folder's headers are reached as "<prefix>/<header>.h", and only by targets that link
# it: each target has an include root of its own that holds nothing but a link to its folder, so an include
# against the direction of ARCHITECTURE.md does not compile.
set(HEARTH_ROOTS "${CMAKE_SOURCE_DIR}/build/roots")

# hearth_root(<out> <prefix> <folder>): the include root that maps <prefix>/ to <folder>.
function(hearth_root out prefix folder)
  string(REPLACE "/" "-" name "${prefix}")
  set(root "${HEARTH_ROOTS}/${name}")
  get_filename_component(parent "${root}/${prefix}" DIRECTORY)
  file(MAKE_DIRECTORY "${parent}")
  if(NOT IS_SYMLINK "${root}/${prefix}")
    file(CREATE_LINK "${folder}" "${root}/${prefix}" SYMBOLIC)
  endif()
  set(${out} "${root}" PARENT_SCOPE)
endfunction()

# hearth_library(<target> PREFIX <prefix> [RECURSE] [EXCLUDE <regex>] [PUBLIC <libs>] [PRIVATE <libs>])
# builds the .cpp files of the current folder (RECURSE: and of those below it).
function(hearth_library target)
  cmake_parse_arguments(A "RECURSE" "PREFIX;EXCLUDE" "PUBLIC;PRIVATE" ${ARGN})
  hearth_root(root "${A_PREFIX}" "${CMAKE_CURRENT_SOURCE_DIR}")
  set(mode GLOB)
  if(A_RECURSE)
    set(mode GLOB_RECURSE)
  endif()
  file(${mode} sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  file(${mode} headers CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}/*.h")
  if(A_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${A_EXCLUDE}")
    list(FILTER headers EXCLUDE REGEX "${A_EXCLUDE}")
  endif()
  list(TRANSFORM headers PREPEND "${root}/${A_PREFIX}/")
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(${target} PUBLIC ${A_PUBLIC} PRIVATE ${A_PRIVATE} hearth_options)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
    target_link_libraries(${target} INTERFACE ${A_PUBLIC})
  endif()
  target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS "${root}" FILES ${headers})
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
endfunction()

# hearth_program(<target> SOURCES <files> LIBS <libs>): an executable under bin/.
function(hearth_program target)
  cmake_parse_arguments(A "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${target} ${A_SOURCES})
  target_link_libraries(${target} PRIVATE ${A_LIBS} hearth_options)
endfunction()
