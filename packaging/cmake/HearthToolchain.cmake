# SPDX-License-Identifier: GPL-3.0-or-later
# Warnings, sanitizers, compiler cache and linker: what every target of Hearth is built with.
find_program(HEARTH_CCACHE ccache)
if(HEARTH_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER "${HEARTH_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${HEARTH_CCACHE}")
endif()

add_library(hearth_options INTERFACE)
target_compile_options(hearth_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
    -Wcast-align -Woverloaded-virtual -Wconversion -Wno-sign-conversion -Wnull-dereference>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports false positives of these from inside std::variant and std::string.
  target_compile_options(hearth_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized -Wno-null-dereference -Wno-restrict>)
endif()
if(HEARTH_WERROR)
  target_compile_options(hearth_options INTERFACE -Werror)
endif()
if(HEARTH_SANITIZE)
  target_compile_options(hearth_options INTERFACE -fsanitize=${HEARTH_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(hearth_options INTERFACE -fsanitize=${HEARTH_SANITIZE})
endif()

find_program(HEARTH_MOLD mold)
if(HEARTH_MOLD)
  target_link_options(hearth_options INTERFACE -fuse-ld=mold)
endif()
