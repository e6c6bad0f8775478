// What follows from the verdicts of a run: which tenants they affect, the parity, the gate.
#pragma once

#include "evidence/roster.h"
#include "evidence/run_header.h"
#include "verdict/judgement.h"

namespace cachewitness::verdict {

// Fills in the tenants' lists, the parity and the gate. Requires: `cells` and `findings` are whole.
void conclude(Judgement& judgement, const evidence::RunHeader& header, const evidence::Roster& roster,
              const evidence::RunFooter& footer);

// The order of findings: by environment, region, edge, tenant, asset, variant; edges in the manifest's order within an
// environment, which is that of its regions.
void sort_findings(std::vector<Verdict>& findings, const evidence::Roster& roster);

}  // namespace cachewitness::verdict
