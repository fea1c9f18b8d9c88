/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker's rules: which command keeps which distance from which, at least.  From
 * JESD235B (HBM2, HBM2E), JESD238 (HBM3, HBM3E), JESD79-5 (DDR5), JESD209-5 (LPDDR5X),
 * JESD250 (GDDR6), as Ramulator 2.1 and DRAMSys quote them; HBM4 as HBM3.
 *
 * A precharge that a command brings with it starts nRTP after RDA, nCWL + nBL + nWR after
 * WRA, and nRAS after ACT: hence nRAS + nRP wherever nRC stands.  A refreshed bank counts
 * as an activated one in the window of nFAW; JESD79-5 alone speaks of ACT only.
 */
#include "dramcheck/sheet.h"

#define ACT BIT(ACT)
#define PREpb BIT(PREpb)
#define PREab BIT(PREab)
#define READS (BIT(RD) | BIT(RDA))
#define WRITES (BIT(WR) | BIT(WRA))
#define REFab BIT(REFab)
#define REFpb BIT(REFpb)

#define HBM_NEW (HBM3 | HBM3E | HBM4)
#define HBM (HBM2 | HBM2E | HBM_NEW)
#define WRITTEN "nCWL + nBL + nWR" /* from a write to the end of its recovery */
#define CYCLE "max(nRC, nRAS + nRP)"

const struct check_rule check_rules[] = {
	/* column commands */
	{ ALL, SCOPE_PC, READS, READS, 1, "max(nBL, nCCDS)" },
	{ ALL, SCOPE_PC, WRITES, WRITES, 1, "max(nBL, nCCDS)" },
	{ HBM_NEW, SCOPE_PC, READS, WRITES, 1, "nRTW" },
	{ HBM2 | HBM2E | LEGACY | LPDDR5X, SCOPE_PC, READS, WRITES, 1, "nCL + nBL + 2 - nCWL" },
	{ DDR5, SCOPE_PC, READS, WRITES, 1, "nCL + nBL + 4 - nCWL" },
	{ GDDR6, SCOPE_PC, READS, WRITES, 1, "nCL + 1" },
	{ ALL, SCOPE_PC, WRITES, READS, 1, "nCWL + nBL + nWTRS" },
	{ HBM_NEW, SCOPE_SID, READS, READS, 1, "nCCDS" },
	{ HBM_NEW, SCOPE_SID, WRITES, WRITES, 1, "nCCDS" },
	{ HBM, SCOPE_SIBLING, READS, READS, 1, "nCCDR" },
	{ ALL, SCOPE_BG, READS, READS, 1, "nCCDL" },
	{ ALL & ~DDR5, SCOPE_BG, WRITES, WRITES, 1, "nCCDL" },
	{ DDR5, SCOPE_BG, WRITES, WRITES, 1, "nCCDLWR" },
	{ ALL & ~LPDDR5X, SCOPE_BG, WRITES, READS, 1, "nCWL + nBL + nWTRL" },
	{ LPDDR5X, SCOPE_BG, WRITES, READS, 1, "nCWL + nCCDL + nWTRL" },
	{ LPDDR5X, SCOPE_BG, READS, WRITES, 1, "nCL + nCCDL + 2 - nCWL" },
	{ ALL, SCOPE_BANK, ACT, READS, 1, "nRCDRD" },
	{ ALL, SCOPE_BANK, ACT, WRITES, 1, "nRCDWR" },
	{ ALL, SCOPE_BANK, BIT(WR), BIT(RDA), 1, WRITTEN " - nRTP" },

	/* precharges */
	{ ALL, SCOPE_PC, READS, PREab, 1, "nRTP" },
	{ ALL, SCOPE_PC, WRITES, PREab, 1, WRITTEN },
	{ ALL, SCOPE_BANK, BIT(RD), PREpb, 1, "nRTP" },
	{ ALL, SCOPE_BANK, BIT(WR), PREpb, 1, WRITTEN },
	{ ALL, SCOPE_PC, ACT, PREab, 1, "nRAS" },
	{ ALL, SCOPE_BANK, ACT, PREpb, 1, "nRAS" },
	{ HBM_NEW | DDR5 | LPDDR5X | GDDR6, SCOPE_PC, PREpb | PREab, PREpb | PREab, 1, "nPPD" },

	/* activations */
	{ ALL, SCOPE_PC, ACT, ACT, 1, "nRRDS" },
	{ ALL, SCOPE_BG, ACT, ACT, 1, "nRRDL" },
	{ ALL & ~DDR5, SCOPE_PC, ACT | REFpb, ACT | REFpb, 4, "nFAW" },
	{ DDR5, SCOPE_PC, ACT, ACT, 4, "nFAW" },
	{ ALL, SCOPE_BANK, ACT, ACT, 1, CYCLE },
	{ ALL, SCOPE_BANK, PREpb, ACT, 1, "nRP" },
	{ ALL & ~LPDDR5X, SCOPE_PC, PREab, ACT, 1, "nRP" },
	{ LPDDR5X, SCOPE_PC, PREab, ACT, 1, "nRPab" },
	{ ALL, SCOPE_BANK, BIT(RDA), ACT | REFpb, 1, "nRTP + nRP" },
	{ ALL, SCOPE_BANK, BIT(WRA), ACT | REFpb, 1, WRITTEN " + nRP" },

	/* refreshes of all banks */
	{ ALL, SCOPE_PC, ACT, REFab, 1, CYCLE },
	{ ALL, SCOPE_PC, PREpb, REFab, 1, "nRP" },
	{ ALL & ~LPDDR5X, SCOPE_PC, PREab, REFab | REFpb, 1, "nRP" },
	{ LPDDR5X, SCOPE_PC, PREab, REFab | REFpb, 1, "nRPab" },
	{ ALL, SCOPE_PC, BIT(RDA), REFab, 1, "nRTP + nRP" },
	{ ALL, SCOPE_PC, BIT(WRA), REFab, 1, WRITTEN " + nRP" },
	{ ALL, SCOPE_PC, REFab, ACT | PREab | PREpb | REFpb | REFab, 1, "nRFC" },

	/* refreshes of single banks */
	{ ALL, SCOPE_BANK, PREpb, REFpb, 1, "nRP" },
	{ ALL, SCOPE_BANK, ACT, REFpb, 1, CYCLE },
	{ ALL & ~DDR5, SCOPE_PC, ACT, REFpb, 1, "nRRDS" },
	{ ALL & ~DDR5, SCOPE_BG, ACT, REFpb, 1, "nRRDL" },
	{ DDR5, SCOPE_PC, ACT, REFpb, 1, "nRRDL" }, /* it reaches every bank group */
	{ ALL, SCOPE_PC, REFpb, REFab | PREab, 1, "nRFCpb" },
	{ ALL & ~(DDR5 | LPDDR5X), SCOPE_PC, REFpb, REFpb, 1, "nRREFD" },
	{ DDR5, SCOPE_PC, REFpb, REFpb, 1, "nRFCpb" },
	{ LPDDR5X, SCOPE_PC, REFpb, REFpb, 1, "nPBR2PBR" },
	{ ALL, SCOPE_PC, REFpb, ACT, 1, "nRREFD" },
	{ ALL, SCOPE_BANK, REFpb, ACT | REFpb | PREpb, 1, "nRFCpb" },
};
const size_t n_check_rules = ARRAY_SIZE(check_rules);
