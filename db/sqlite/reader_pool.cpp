// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite/reader_pool.h"

#include "db/sqlite/migration.h"

namespace hearth::db::sqlite {
namespace {

constexpr std::size_t kReaders = 4;

}  // namespace

Result<std::unique_ptr<ReaderPool>> ReaderPool::open(const std::filesystem::path& file) {
  auto pool = std::make_unique<ReaderPool>();
  for (std::size_t i = 0; i < kReaders; ++i) {
    Result<Connection> connection = Connection::open(file, Connection::Access::kReader);
    if (!connection) return fail(std::move(connection).error());
    if (i == 0) HEARTH_TRY(checkSchema(*connection, migrations()));
    pool->m_readers.push_back(std::make_unique<Reader>(std::move(*connection)));
  }
  return pool;
}

ReaderPool::Loan ReaderPool::borrow() {
  const unsigned first = m_next.fetch_add(1, std::memory_order_relaxed);
  for (unsigned i = 0; i < m_readers.size(); ++i) {
    Reader& reader = *m_readers[(first + i) % m_readers.size()];
    std::unique_lock<std::mutex> lock(reader.mutex, std::try_to_lock);
    if (lock.owns_lock()) return {reader, std::move(lock)};
  }
  Reader& reader = *m_readers[first % m_readers.size()];
  return {reader, std::unique_lock<std::mutex>(reader.mutex)};
}

Result<Statement*> ReaderPool::Loan::statement(std::string_view sql) {
  const auto known = m_reader->statements.find(sql);
  if (known != m_reader->statements.end()) return &known->second;
  Result<Statement> prepared = m_reader->connection.prepare(sql);
  if (!prepared) return fail(std::move(prepared).error());
  return &m_reader->statements.emplace(sql, std::move(*prepared)).first->second;
}

}  // namespace hearth::db::sqlite
