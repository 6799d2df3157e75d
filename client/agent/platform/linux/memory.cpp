// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/platform/memory.h"

#include <cstddef>
#include <cstdint>

#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace hearth::agent {
namespace {

constexpr int kHeaps = 2;

bool hasRelocatedText(const struct dl_phdr_info& object) {
  for (std::size_t i = 0; i < object.dlpi_phnum; ++i) {
    const auto& part = object.dlpi_phdr[i];
    if (part.p_type != PT_DYNAMIC) continue;
    const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + part.p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_TEXTREL) return true;
      if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0) return true;
    }
  }
  return false;
}

/// Called while the loader holds its lock: no library comes or goes meanwhile. What cannot be written is as in its file
/// and is read from there again.
int dropPages(struct dl_phdr_info* object, std::size_t, void*) {
  if (hasRelocatedText(*object)) return 0;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (std::size_t i = 0; i < object->dlpi_phnum; ++i) {
    const auto& part = object->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_W) != 0) continue;
    const std::uintptr_t start = (object->dlpi_addr + part.p_vaddr) / page * page;
    const std::uintptr_t end = object->dlpi_addr + part.p_vaddr + part.p_filesz;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): where the loader says that it lies
    (void)::madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void keepHeapSmall() { ::mallopt(M_ARENA_MAX, kHeaps); }

void giveMemoryBack() {
  ::malloc_trim(0);
  ::dl_iterate_phdr(dropPages, nullptr);
}

}  // namespace hearth::agent
