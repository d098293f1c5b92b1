// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cycle promises of the variants. They are exact and asserted against the RTL.
