/* SPDX-License-Identifier: Apache-2.0 */
/* A sweep's table as a SQLite database, where memsim was built with SQLite. */
#ifndef MEMSIM_SWEEP_DB_H
#define MEMSIM_SWEEP_DB_H

#include "sweep/table.h"

extern const struct table_writer db_writer; /* one table, "points" */

#endif
