// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite/record_codec.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace hearth::db::sqlite {
namespace {

constexpr std::uint8_t kVersion = 1;

class Writer {
 public:
  explicit Writer(Bytes& out) : m_out(out) { m_out.assign(1, kVersion); }

  void number(std::uint64_t value) {
    constexpr std::size_t kLongest = 10;  // of 64 bits, 7 a byte
    std::array<std::uint8_t, kLongest> bytes;
    std::size_t size = 0;
    for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<std::uint8_t>(value | 0x80);
    bytes[size++] = static_cast<std::uint8_t>(value);
    m_out.insert(m_out.end(), bytes.data(), bytes.data() + size);
  }
  /// Small negative numbers stay short.
  void signedNumber(std::int64_t value) {
    number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void text(std::string_view value) {
    number(value.size());
    m_out.insert(m_out.end(), value.begin(), value.end());
  }
  void digest(const Digest& value) { m_out.insert(m_out.end(), value.bytes.begin(), value.bytes.end()); }
  /// Most streams are empty: one byte then.
  void digestOrNone(const Digest& value) {
    const bool some = value != Digest{};
    number(some ? 1 : 0);
    if (some) digest(value);
  }

 private:
  Bytes& m_out;
};

/// Reads what Writer wrote; anything else makes it not ok, and every later value empty.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : m_rest(bytes) { m_ok = number() == kVersion; }

  bool atEnd() const { return m_ok && m_rest.empty(); }
  bool ok() const { return m_ok; }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (m_rest.empty()) break;
      const std::uint8_t byte = m_rest.front();
      m_rest = m_rest.subspan(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    m_ok = false;
    return 0;
  }
  std::int64_t signedNumber() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  template <typename E>
  E enumeration(E last) {
    const std::uint64_t value = number();
    if (value > static_cast<std::uint64_t>(last)) m_ok = false;
    return m_ok ? static_cast<E>(value) : E{};
  }
  bool flag() { return enumeration(std::uint8_t{1}) != 0; }
  std::string text() {
    const std::span<const std::uint8_t> data = take(number());
    return {data.begin(), data.end()};
  }
  Digest digest() {
    Digest value;
    const std::span<const std::uint8_t> data = take(value.bytes.size());
    std::copy(data.begin(), data.end(), value.bytes.begin());
    return value;
  }
  Digest digestOrNone() { return flag() ? digest() : Digest{}; }
  /// How many elements follow: never more than there are bytes.
  std::size_t count() {
    const std::uint64_t value = number();
    if (value > m_rest.size()) m_ok = false;
    return m_ok ? static_cast<std::size_t>(value) : 0;
  }

 private:
  std::span<const std::uint8_t> take(std::uint64_t size) {
    if (size > m_rest.size()) m_ok = false;
    if (!m_ok) return {};
    const auto taken = m_rest.first(static_cast<std::size_t>(size));
    m_rest = m_rest.subspan(taken.size());
    return taken;
  }

  std::span<const std::uint8_t> m_rest;
  bool m_ok = true;
};

}  // namespace

void encode(const ResultReport& report, Bytes& out) {
  if (report == ResultReport{}) {
    out.clear();
    return;
  }
  Writer writer(out);
  writer.number(static_cast<std::uint64_t>(report.exit));
  writer.signedNumber(report.exitCode);
  writer.text(report.reason);
  writer.signedNumber(report.usage.wall.micros);
  writer.signedNumber(report.usage.processor.micros);
  writer.number(report.usage.memoryPeakBytes);
  writer.digestOrNone(report.standardOutput);
  writer.digestOrNone(report.standardError);
  writer.number(report.outputs.size());
  for (const FileRef& file : report.outputs) {
    writer.text(file.path);
    writer.digest(file.digest);
    writer.number(file.size);
    writer.number(file.executable ? 1 : 0);
  }
}

std::optional<ResultReport> decodeReport(std::span<const std::uint8_t> bytes) {
  ResultReport report;
  if (bytes.empty()) return report;
  Reader reader(bytes);
  report.exit = reader.enumeration(ExitKind::kHostFailed);
  report.exitCode = static_cast<std::int32_t>(reader.signedNumber());
  report.reason = reader.text();
  report.usage.wall.micros = reader.signedNumber();
  report.usage.processor.micros = reader.signedNumber();
  report.usage.memoryPeakBytes = reader.number();
  report.standardOutput = reader.digestOrNone();
  report.standardError = reader.digestOrNone();
  for (std::size_t left = reader.count(); left > 0 && reader.ok(); --left) {
    FileRef& file = report.outputs.emplace_back();
    file.path = reader.text();
    file.digest = reader.digest();
    file.size = reader.number();
    file.executable = reader.flag();
  }
  if (!reader.atEnd()) return std::nullopt;
  return report;
}

void encode(const PackageSignature& signature, Bytes& out) {
  Writer writer(out);
  writer.text(signature.signer);
  writer.text(signature.signature);
  writer.number(signature.approvals.size());
  for (const KeyApproval& approval : signature.approvals) {
    writer.number(static_cast<std::uint64_t>(approval.role));
    writer.text(approval.key);
    writer.text(approval.account);
    writer.signedNumber(approval.expires.micros);
    writer.text(approval.signer);
    writer.text(approval.signature);
  }
}

std::optional<PackageSignature> decodeSignature(std::span<const std::uint8_t> bytes) {
  Reader reader(bytes);
  PackageSignature signature;
  signature.signer = reader.text();
  signature.signature = reader.text();
  for (std::size_t left = reader.count(); left > 0 && reader.ok(); --left) {
    KeyApproval& approval = signature.approvals.emplace_back();
    approval.role = reader.enumeration(KeyApproval::Role::kAccount);
    approval.key = reader.text();
    approval.account = reader.text();
    approval.expires.micros = reader.signedNumber();
    approval.signer = reader.text();
    approval.signature = reader.text();
  }
  if (!reader.atEnd()) return std::nullopt;
  return signature;
}

void encode(const std::vector<Gpu>& gpus, Bytes& out) {
  if (gpus.empty()) {
    out.clear();
    return;
  }
  Writer writer(out);
  writer.number(gpus.size());
  for (const Gpu& gpu : gpus) {
    writer.text(gpu.name);
    writer.number(gpu.memoryBytes);
    writer.number(gpu.apis.size());
    for (const DeviceApi api : gpu.apis) writer.number(static_cast<std::uint64_t>(api));
  }
}

std::optional<std::vector<Gpu>> decodeGpus(std::span<const std::uint8_t> bytes) {
  std::vector<Gpu> gpus;
  if (bytes.empty()) return gpus;
  Reader reader(bytes);
  for (std::size_t left = reader.count(); left > 0 && reader.ok(); --left) {
    Gpu& gpu = gpus.emplace_back();
    gpu.name = reader.text();
    gpu.memoryBytes = reader.number();
    for (std::size_t apis = reader.count(); apis > 0 && reader.ok(); --apis) {
      gpu.apis.push_back(reader.enumeration(DeviceApi::kCuda));
    }
  }
  if (!reader.atEnd()) return std::nullopt;
  return gpus;
}

}  // namespace hearth::db::sqlite
