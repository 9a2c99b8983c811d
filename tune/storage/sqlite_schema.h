// The tables: Optuna's, word for word, and those that only hone has.
#pragma once

#include "tune/storage/sqlite_connection.h"

namespace hone::tune {

// Makes the tables in an empty file, or checks that the file is a study database that this version
// may write to, adds what older versions did not have, and switches to the write-ahead log. A file
// that is open for reading gets what it lacks as temporary tables and views. Throws StoreError.
void prepare_schema(SqliteConnection& database);

}  // namespace hone::tune
