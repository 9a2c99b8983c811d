// The tables: Optuna's, word for word, and those that only hone has.
#pragma once

#include "tune/storage/sqlite_db.h"

namespace hone::tune {

// Makes the tables in an empty file, or checks that the file is a study database that this version
// may write to. Then switches to the write-ahead log. Throws Error(storage).
void prepare_schema(Database& database);

}  // namespace hone::tune
