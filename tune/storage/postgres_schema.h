// The tables on PostgreSQL: Optuna's, as its own library makes them there, and those of hone.
#pragma once

namespace hone::tune {

class PostgresConnection;

// Whether the tables are there, hone's as well. Throws StoreError where there are others than
// Optuna's in their place, or its schema is another one, or (`must_exist`) there are none.
bool schema_is_complete(PostgresConnection& database, bool must_exist);
// Makes what is missing. Nobody else does so at the same time.
void make_schema(PostgresConnection& database);
// What a database lacks that is only read: temporary tables of this session. stand_back() takes
// them away.
void stand_in(PostgresConnection& database);
void stand_back(PostgresConnection& database);

}  // namespace hone::tune
