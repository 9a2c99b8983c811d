// The study file that version 0.1.0 wrote (tests/goldens/study_0.1.0.sql).
#pragma once

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <string>

#include "base/files.h"
#include "tests/test_paths.h"

inline void make_old_study(const std::string& path) {
  const std::string sql =
      hone::read_text_file(hone::test::goldens_dir() + "/study_0.1.0.sql", 1 << 20);
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &raw) == SQLITE_OK);
  REQUIRE(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(raw);
}
