// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>

#include "base/check.h"

namespace hearth::fuzz {

/// A folder for one input of a decoder that writes files: it may write below `inside`, and nowhere beside it.
class Place {
 public:
  Place() {
    std::string name = (std::filesystem::temp_directory_path() / "hearth-fuzz-XXXXXX").string();
    HEARTH_CHECK(::mkdtemp(name.data()) != nullptr, "there is a folder for temporary files");
    m_path = name;
    std::filesystem::create_directory(inside());
  }
  ~Place() {
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::filesystem::path inside() const { return m_path / "inside"; }
  std::filesystem::path beside(const char* name) const { return m_path / name; }
  /// How many names there are beside each other.
  std::ptrdiff_t names() const {
    return std::distance(std::filesystem::directory_iterator(m_path), std::filesystem::directory_iterator());
  }

 private:
  std::filesystem::path m_path;
};

}  // namespace hearth::fuzz
