# SPDX-License-Identifier: Apache-2.0
"""What memsim-plot draws, one module a kind; `style` is what figures have in common."""
