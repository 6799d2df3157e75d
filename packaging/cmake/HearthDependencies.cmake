# SPDX-License-Identifier: GPL-3.0-or-later
# The libraries that Hearth stands on (docs/dependencies.md), each under one target name.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(spdlog REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(ZLIB REQUIRED)

add_library(hearth_json INTERFACE)
target_link_libraries(hearth_json INTERFACE Boost::json)

add_library(hearth_log INTERFACE)
target_link_libraries(hearth_log INTERFACE spdlog::spdlog)

add_library(hearth_toml INTERFACE)
target_link_libraries(hearth_toml INTERFACE tomlplusplus::tomlplusplus)

add_library(hearth_cli11 INTERFACE)  # header only, in the compiler's default path

pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
add_library(hearth_seccomp INTERFACE)
target_link_libraries(hearth_seccomp INTERFACE PkgConfig::SECCOMP)

pkg_check_modules(QRENCODE REQUIRED IMPORTED_TARGET libqrencode)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
add_library(hearth_systemd INTERFACE)
target_link_libraries(hearth_systemd INTERFACE PkgConfig::SYSTEMD)

find_package(LibArchive REQUIRED)
add_library(hearth_archive INTERFACE)
target_link_libraries(hearth_archive INTERFACE LibArchive::LibArchive)

# Only what has windows stands on Qt: a server is built without it.
find_package(Qt6 6.4 QUIET COMPONENTS Core DBus Gui LinguistTools Network Svg Widgets Charts Test)
set(HEARTH_GUI "${Qt6_FOUND}")
