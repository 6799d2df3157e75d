// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/digest.h"
#include "server/runtime/runtime.h"

namespace hearth::bench {

/// Dispatcher, runtime and SQLite store of a project in `folder`, without HTTP: hosts that answer each reply with the
/// next sync at once. A folder that had one before goes on with its batch. Its callbacks run on the runtime's thread.
/// Ends the benchmark when something fails.
class CoreLife {
 public:
  struct Options {
    std::size_t hosts = 100;
    std::uint32_t tasksPerSync = 10;
  };
  CoreLife(const std::filesystem::path& folder, Options options);
  ~CoreLife();
  CoreLife(const CoreLife&) = delete;
  CoreLife& operator=(const CoreLife&) = delete;

  /// Full durable lives a second (leased, returned, certified).
  double tasksPerSecond(std::chrono::seconds time);

  /// What every task returns.
  static const ResultReport& report();

 private:
  struct Host;
  void submit();
  void enrol(std::size_t number);
  void sync(Host& host);
  void onReply(Host& host, server::ReplyBody reply);

  const Options m_options;
  std::vector<std::unique_ptr<Host>> m_hosts;
  std::atomic<bool> m_running{false};
  std::atomic<std::uint64_t> m_certified{0};
  std::atomic<std::size_t> m_underWay{0};
  std::unique_ptr<server::Runtime> m_runtime;  // last: its thread ends before what its callbacks use
};

/// How often a second the disk of `folder` makes 4 KiB of a preallocated file durable (fdatasync).
double preallocatedSyncsPerSecond(const std::filesystem::path& folder, std::chrono::milliseconds time);

/// A new folder on the disk of `parent`, removed by the destructor.
class BenchFolder {
 public:
  explicit BenchFolder(const std::filesystem::path& parent);
  ~BenchFolder();
  BenchFolder(const BenchFolder&) = delete;
  BenchFolder& operator=(const BenchFolder&) = delete;
  const std::filesystem::path& path() const { return m_path; }

 private:
  std::filesystem::path m_path;
};

}  // namespace hearth::bench
