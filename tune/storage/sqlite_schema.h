// The tables: Optuna's, word for word, and those that only hone has.
#pragma once

#include "tune/storage/sqlite_connection.h"

namespace hone::tune {

// For a file that is to be written: makes the tables in an empty one, or checks that it is a study
// database that this version may write to, adds what older versions did not have, and switches to
// the write-ahead log. Throws StoreError.
void prepare_schema(SqliteConnection& database);

// For a file that is only read, which nothing is written to: throws StoreError unless it holds
// studies that this version can read. True: it has all tables of hone's.
bool check_schema(SqliteConnection& database);
// Gives a file that lacks some of them temporary tables and views in their place; stand_back()
// takes these away.
void stand_in(SqliteConnection& database);
void stand_back(SqliteConnection& database);

}  // namespace hone::tune
