// SPDX-License-Identifier: GPL-3.0-or-later
// The schema's steps: every past version is taken to the present one with all that it holds.
#include "db/sqlite/migration.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>

#include <catch2/catch.hpp>

#include "db/sqlite/connection.h"
#include "support/store_backends.h"
#include "support/store_sample.h"
#include "support/store_text.h"

using namespace hearth;
using namespace hearth::tests;
using db::sqlite::Connection;
using db::sqlite::Migration;

namespace {

const std::filesystem::path kFixtures = std::filesystem::path(HEARTH_SOURCE_DIR) / "tests/store/fixtures";

/// The fixture of the schema after step `number`: what firstSample() left in it, as SQL text.
std::filesystem::path fixtureOf(int number) {
  char name[16];
  std::snprintf(name, sizeof name, "%04d.sql", number);
  return kFixtures / name;
}

std::string textOfFile(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

Connection openConnection(const std::filesystem::path& file) {
  return must(Connection::open(file, Connection::Access::kWriter));
}

/// Every object of the schema with its text, spaces made one.
std::map<std::string, std::string> schemaOf(const std::filesystem::path& file) {
  Connection connection = openConnection(file);
  auto statement = must(connection.prepare("SELECT name, coalesce(sql, '') FROM sqlite_schema"));
  using Row = std::pair<std::string, std::string>;
  std::map<std::string, std::string> schema;
  for (const Row& row :
       must(db::sqlite::readAll<Row>(statement, [](db::sqlite::Statement&s, Row&r) { s.columns(r.first, r.second); })))
    schema.insert(row);
  return schema;
}

void execute(const std::filesystem::path& file, const char* sql) { must(openConnection(file).run(sql)); }

}  // namespace

TEST_CASE("each past schema version is migrated with all that it holds") {
  SqliteBackend fresh;
  fresh.close();
  MemoryBackend reference;
  applyOne(reference.store(), firstSample());
  const std::string expected = textOf(reference.store(), reference.read());
  for (const Migration& step : db::sqlite::migrations()) {
    INFO("fixture " << fixtureOf(step.number) << ": a new step brings the dump of a database made by it");
    REQUIRE(std::filesystem::exists(fixtureOf(step.number)));
    const StoreFolder folder;
    execute(folder / "hearth.db", textOfFile(fixtureOf(step.number)).c_str());
    {
      const auto store = must(db::openSqliteStore(folder / "hearth.db"));
      const auto read = must(db::openSqliteReadStore(folder / "hearth.db"));
      CHECK(textOf(*store, *read) == expected);
      const BatchInsert next = sampleBatch(1'000, 1, 5);
      applyOne(*store, {next});
      CHECK(must(read->batch({1'000}))->plan == next.plan);
    }
    CHECK(schemaOf(folder / "hearth.db") == schemaOf(fresh.file()));
  }
}

TEST_CASE("migrating again changes nothing") {
  SqliteBackend backend;
  applyOne(backend.store(), firstSample());
  const std::string before = textOf(backend.store(), backend.read());
  backend.reopen();
  CHECK(textOf(backend.store(), backend.read()) == before);
  backend.close();
  Connection connection = openConnection(backend.file());
  CHECK(must(connection.number("SELECT count(*) FROM schema_migration")) ==
        static_cast<std::int64_t>(db::sqlite::migrations().size()));
  CHECK(must(connection.number("PRAGMA application_id")) == 0x48525448);
}

TEST_CASE("a database with a newer schema is refused and left as it is") {
  SqliteBackend backend;
  backend.close();
  execute(backend.file(), "INSERT INTO schema_migration VALUES (9999, 'later', 'x', 0)");
  const auto store = db::openSqliteStore(backend.file());
  REQUIRE_FALSE(store);
  CHECK(store.error().code == ErrorCode::kUnsupported);
  CHECK(store.error().message.find("newer than this program") != std::string::npos);
  CHECK(store.error().hint.find("newer version") != std::string::npos);
  const auto read = db::openSqliteReadStore(backend.file());
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ErrorCode::kUnsupported);
}

TEST_CASE("a database that was made by another text of a step is refused") {
  SqliteBackend backend;
  backend.close();
  execute(backend.file(), "UPDATE schema_migration SET checksum = 'another' WHERE number = 1");
  const auto store = db::openSqliteStore(backend.file());
  REQUIRE_FALSE(store);
  CHECK(store.error().code == ErrorCode::kIntegrity);
  CHECK(store.error().message.find("schema step 1 (initial)") != std::string::npos);
  CHECK_FALSE(store.error().hint.empty());
}

TEST_CASE("a database of another program is refused and left as it is") {
  const StoreFolder folder;
  execute(folder / "hearth.db", "CREATE TABLE photos (id INTEGER PRIMARY KEY)");
  const auto store = db::openSqliteStore(folder / "hearth.db");
  REQUIRE_FALSE(store);
  CHECK(store.error().code == ErrorCode::kInvalid);
  CHECK(store.error().message.find("another program") != std::string::npos);
  CHECK(schemaOf(folder / "hearth.db").size() == 1);
  CHECK(must(openConnection(folder / "hearth.db").text("PRAGMA journal_mode")) == "delete");
}

TEST_CASE("steps are taken one by one, and one that fails leaves those before it") {
  const StoreFolder folder;
  Connection connection = openConnection(folder / "steps.db");
  const Migration first{1, "first", "a", "CREATE TABLE one (x INTEGER)"};
  const Migration second{2, "second", "b", "CREATE TABLE two (x INTEGER); INSERT INTO one VALUES (7)"};
  const Migration broken{3, "broken", "c", "CREATE TABLE three (x INTEGER); CREATE TABLE one (y INTEGER)"};

  const Migration upToFirst[] = {first};
  must(db::sqlite::migrate(connection, upToFirst));
  const Migration upToBroken[] = {first, second, broken};
  const auto failed = db::sqlite::migrate(connection, upToBroken);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message.find("schema step 3 (broken)") != std::string::npos);
  CHECK(must(connection.number("SELECT max(number) FROM schema_migration")) == 2);
  CHECK(must(connection.number("SELECT x FROM one")) == 7);
  CHECK_FALSE(connection.number("SELECT count(*) FROM three"));

  const Migration upToSecond[] = {first, second};
  must(db::sqlite::checkSchema(connection, upToSecond));
  CHECK_FALSE(db::sqlite::checkSchema(connection, upToFirst));
  const Migration repaired[] = {first, second, {3, "broken", "d", "CREATE TABLE three (x INTEGER)"}};
  CHECK_FALSE(db::sqlite::checkSchema(connection, repaired));
  must(db::sqlite::migrate(connection, repaired));
  must(db::sqlite::checkSchema(connection, repaired));
}

/// `test_store "[fixture]"` writes the database of which `sqlite3 FILE .dump` makes the fixture of a new step.
TEST_CASE("write the sample database to HEARTH_FIXTURE_DATABASE", "[.fixture]") {
  const char* file = std::getenv("HEARTH_FIXTURE_DATABASE");
  REQUIRE(file != nullptr);
  applyOne(*must(db::openSqliteStore(file)), firstSample());
}
