// SPDX-License-Identifier: MIT OR Apache-2.0
//! A layout and what its checks say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A layout and what its checks say.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Layout {
    pub(crate) cells: u64,
    pub(crate) registers: u64,
    pub(crate) width_um: f64,
    pub(crate) height_um: f64,
    pub(crate) wire_um: f64,
    /// Ports that no cell is connected to.
    pub loose_ports: u64,
    pub(crate) failed_routes: u64,
    /// Broken design rules.
    pub drc: BTreeMap<String, u64>,
    /// Differences between the layout and its netlist.
    pub lvs_errors: u64,
    /// Share of the rows that cells fill, as asked for.
    pub density: f64,
    /// Placements that were tried.
    pub attempts: usize,
    /// Of the last of them.
    pub seconds: f64,
}

impl Layout {
    /// Returns how much is wrong with it.
    pub fn faults(&self) -> u64 {
        self.failed_routes + self.drc.values().sum::<u64>() + self.lvs_errors
    }
}
