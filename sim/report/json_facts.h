/* SPDX-License-Identifier: Apache-2.0 */
/* Facts as members of the JSON object at hand: groups become objects. */
#ifndef MEMSIM_REPORT_JSON_FACTS_H
#define MEMSIM_REPORT_JSON_FACTS_H

#include "base/json_out.h"
#include "report/facts.h"

void json_facts(struct json_out *j, const struct facts *f);

#endif
