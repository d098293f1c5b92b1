// SPDX-License-Identifier: MIT OR Apache-2.0
//! K and V behind a DRAM: layouts on the DRAM model, the vector reader beside an ideal one, and what
//! refinement by token costs in accesses.

mod places;
mod reader;
mod refine;
mod study;
mod traffic;
mod works;

use std::path::PathBuf;

use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_golden::memory::choice::Device;
use serde::Serialize;

pub use reader::Reader;
pub use refine::{Holes, Rules};
pub use study::{Line, Window};
use works::{Sources, fed_by};

/// Devices whose reader is simulated; one with 32 channels takes too long to build.
const SIMULATED: [Device; 3] = [Device::Ddr4, Device::Lpddr5, Device::Hbm2];

/// What to measure.
#[derive(Debug)]
pub struct Plan {
    /// The trace, unless it is the one that ships with the program.
    pub trace: Option<PathBuf>,
    /// Tensors of decoders, unless they are those that ship with the program.
    pub tensors: Vec<PathBuf>,
    /// Rows of the trace, 1 to 64.
    pub rows: usize,
    /// Beats in flight per channel, unless they are those that are chosen.
    pub beats: Option<u32>,
    /// Only DDR4, and only decoders by token on the reader.
    pub small: bool,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// The reader beside an ideal one.
    pub reader: Vec<Reader>,
    /// The devices of the lines and windows, in their order.
    pub devices: Vec<&'static str>,
    /// Layouts behind an ideal reader.
    pub layouts: Vec<Line>,
    /// Accesses in flight.
    pub windows: Vec<Window>,
    /// Time of some vectors against that of all.
    pub holes: Vec<Holes>,
    /// What rules take of decoders.
    pub rules: Vec<Rules>,
}

/// Measures all of it.
pub fn measure(plan: &Plan) -> Result<Measured, Error> {
    let mut measured = model(plan)?;
    let sources = plan.sources()?;
    let small = &SIMULATED[..1];
    for &device in if plan.small { small } else { &SIMULATED[..] } {
        let tokens = fed_by(device).0;
        let works = if plan.small {
            vec![sources.decode(tokens)?]
        } else {
            sources.works(tokens)?
        };
        for work in works {
            stop::stopped()?;
            measured
                .reader
                .push(reader::measure(device, &work, plan.beats)?);
        }
    }
    Ok(measured)
}

/// Measures what needs no simulator: all but the reader.
pub fn model(plan: &Plan) -> Result<Measured, Error> {
    let sources = plan.sources()?;
    let devices = if plan.small {
        &Device::ALL[..1]
    } else {
        &Device::ALL[..]
    };
    Ok(Measured {
        reader: Vec::new(),
        devices: devices.iter().map(|d| d.name()).collect(),
        layouts: study::layouts(&sources, devices)?,
        windows: study::windows(&sources, devices)?,
        holes: refine::holes(devices)?,
        rules: refine::rules(&plan.tensors, devices)?,
    })
}

impl Plan {
    fn sources(&self) -> Result<Sources, Error> {
        let rows = if self.small {
            self.rows.min(2)
        } else {
            self.rows
        };
        Sources::read(self.trace.as_deref(), &self.tensors, rows)
    }
}

const READER: &str = "**The vector reader** as chosen for each memory, simulated, beside an ideal reader of the \
same vectors, which makes each access once and has room for any number, and beside one of as many bytes \
one behind the other. The last column is the share of the bytes read that nobody wanted.";
const LAYOUTS: &str = "**Layouts** behind an ideal reader. Each line says how it departs from what is chosen: \
a port and a piece of the address space for each bus, heads without gaps, K by plane.";
const WINDOWS: &str = "**Accesses in flight**, decoders by token: cycles of an ideal reader with room for any \
number, as a share of those with so many in flight over all channels.";
const HOLES: &str = "**Rows with holes**: a share of the vectors of a plane, drawn, 48 heads of 512 keys. The first \
figure is the accesses and the second the time, in per cent of those of all vectors.";
const RULES: &str = "**Refinement** of the planes of K behind the first on decoders: the share of their vectors that \
rule `token` asks for, that of the accesses which hold them, the share of the second plane that rule \
`head` asks for, and the unit that hwgen chooses.";

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn whole(share: f64) -> String {
    format!("{:.0}", 100.0 * share)
}

impl Measured {
    /// Returns the tables in Markdown.
    pub fn table(&self) -> String {
        let parts = [
            (READER, self.of_readers()),
            (LAYOUTS, self.of_layouts()),
            (WINDOWS, self.of_windows()),
            (HOLES, self.of_holes()),
            (RULES, self.of_rules()),
        ];
        let parts = parts.map(|(words, table)| format!("{words}\n\n{table}"));
        parts.join("\n")
    }

    fn of_readers(&self) -> String {
        let mut out = String::from(
            "| reader | work | V by | cycles | of ideal | of packed | accesses | of ideal's | row hits | not \
             wanted |\n|---|---|---|--:|--:|--:|--:|--:|--:|--:|\n",
        );
        for r in &self.reader {
            let [channels, bits] = r.ports;
            let cycles = r.cycles as f64;
            out.push_str(&format!(
                "| {}, {channels} x {bits} bits | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
                r.device,
                r.work,
                if r.v_by_token { "token" } else { "plane" },
                r.cycles,
                percent(r.ideal / cycles),
                percent(r.packed / cycles),
                r.accesses[0],
                percent(r.accesses[0] as f64 / r.accesses[1] as f64),
                percent(r.row_hits),
                percent(r.wasted),
            ));
        }
        out
    }

    /// Begins a table with a column per device.
    fn by_device(&self, first: &str) -> String {
        let columns = self.devices.join(" | ");
        let rule = "--:|".repeat(self.devices.len());
        format!("| {first} | {columns} |\n|---|{rule}\n")
    }

    fn of_layouts(&self) -> String {
        let mut out = self.by_device("wanted bytes, per cent of peak: trace / by head / by token");
        for line in &self.layouts {
            let cell = |useful: &Option<[f64; 3]>| {
                useful.map_or("-".to_owned(), |u| u.map(whole).join(" / "))
            };
            let cells: Vec<String> = line.useful.iter().map(cell).collect();
            out.push_str(&format!("| {} | {} |\n", line.what, cells.join(" | ")));
        }
        out
    }

    fn of_windows(&self) -> String {
        let mut out = self.by_device("accesses in flight, all channels");
        for window in &self.windows {
            let cells: Vec<String> = window.share.iter().map(|&s| percent(s)).collect();
            out.push_str(&format!(
                "| {} | {} |\n",
                window.accesses,
                cells.join(" | ")
            ));
        }
        out
    }

    fn of_holes(&self) -> String {
        let shares = refine::SHARES.map(|s| format!("{s} %")).join(" | ");
        let rule = "--:|".repeat(refine::SHARES.len());
        let first = "accesses / time, per cent of those of all keys";
        let mut out = format!("| {first} | {shares} |\n|---|{rule}\n");
        for line in &self.holes {
            let cell = |s: &[f64; 2]| s.map(whole).join(" / ");
            let cells: Vec<String> = line.shares.iter().map(cell).collect();
            let (device, vector) = (line.device, line.vector);
            out.push_str(&format!(
                "| {device}, vectors of {vector} bytes | {} |\n",
                cells.join(" | ")
            ));
        }
        out
    }

    fn of_rules(&self) -> String {
        let mut out = String::from(
            "| decoder | memory | vectors, by token | accesses, by token | by head | unit |\n\
             |---|---|--:|--:|--:|---|\n",
        );
        for r in &self.rules {
            out.push_str(&format!(
                "| {}, heads of {} | {} | {} | {} | {} | {} |\n",
                r.model,
                r.elements,
                r.device,
                percent(r.token[0]),
                percent(r.token[1]),
                percent(r.head),
                r.unit,
            ));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The measurements that need no simulator, on what ships with the program.
    #[test]
    fn what_the_model_says_of_ddr4() {
        let plan = Plan {
            trace: None,
            tensors: Vec::new(),
            rows: 2,
            beats: None,
            small: true,
        };
        let found = model(&plan).expect("measures");
        let useful = |at: usize| found.layouts[at].useful[0].expect("has one bus");
        // Values of three planes of 32 bytes waste half of an access each, or a quarter together.
        assert!(useful(1)[2] > useful(0)[2], "{:?}", found.layouts);
        // One read at a time waits for each.
        let last = found.windows.last().expect("is there").share[0];
        assert!(found.windows[0].share[0] <= last && last > 0.95, "{last}");
        // Sixteen vectors of 4 bytes are an access of 64: of a quarter of them 1 - 0.75^16 is 99 %.
        let quarter = found.holes[0].shares[2][0];
        assert!((quarter - 0.99).abs() < 0.01, "{quarter}");
        let table = found.table();
        for words in ["| as chosen, V by token |", "| 512 |", "vectors of 4 bytes"] {
            assert!(table.contains(words), "{words}: {table}");
        }
    }
}
