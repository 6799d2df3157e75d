// SPDX-License-Identifier: GPL-3.0-or-later
#include "sandbox/vm_result.h"

#include <fstream>

#include "fuzz.h"
#include "outside.h"

using namespace hearth;

/// What a virtual machine left on its second disk, with small rooms so that an input reaches its entries.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kRoom = 64, kWritten = 64 << 10;
  const fuzz::Place place;
  std::ofstream(place.beside("disk"), std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  sandbox::RunSpec spec;
  spec.work = place.inside();
  spec.standardOutput = place.beside("output");
  spec.standardError = place.beside("error");
  const sandbox::RunEnd end =
      sandbox::takeVmResult(spec, {1 << 20, kRoom, kRoom, kWritten, size}, place.beside("disk"), {}, "");
  HEARTH_CHECK(end.exit == ExitKind::kOk || !end.reason.empty(), "a refusal says why");
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(place.inside())) {
    HEARTH_CHECK(!entry.is_symlink() && (entry.is_directory() || entry.is_regular_file()), "only files and folders");
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  HEARTH_CHECK(bytes <= kWritten, "no more than the task may write");
  HEARTH_CHECK(place.names() == 4, "nothing is made beside the task's folder");
  HEARTH_CHECK(std::filesystem::file_size(place.beside("output")) <= kRoom + 80, "streams keep to their room");
  return 0;
}
