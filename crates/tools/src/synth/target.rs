// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be synthesised for: cell libraries, FPGAs, and plain gates.
//!
//! Holds what a flow must know about a library and the library does not say. No library is shipped.

/// One thing to synthesise for.
#[derive(Debug, Clone)]
pub struct Target {
    /// Name, as `--target` takes it.
    pub name: String,
    /// What it is, in a line.
    pub about: &'static str,
    /// Clock period that is aimed at unless the user says otherwise.
    pub period_ns: f64,
    /// How it is synthesised for.
    pub kind: Kind,
}

impl Target {
    /// Tells whether memories are cells of the target; elsewhere they are the user's to choose.
    pub fn has_memories(&self) -> bool {
        matches!(self.kind, Kind::Ecp5 | Kind::Ice40)
    }

    /// Tells whether the target has multipliers that synthesis maps `*` to; the HX8K has none.
    pub fn has_multipliers(&self) -> bool {
        matches!(self.kind, Kind::Ecp5)
    }
}

/// How a target is synthesised for.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Standard cells, from liberty files.
    Cells(Cells),
    /// Lattice ECP5, placed and routed by nextpnr.
    Ecp5,
    /// Lattice iCE40, placed and routed by nextpnr.
    Ice40,
    /// Yosys' own gates: counts, no area, no time.
    Generic,
}

/// A library of standard cells.
#[derive(Debug, Clone)]
pub struct Cells {
    /// Cell that drives the inputs and every net that the mapper sizes for.
    pub driving_cell: String,
    /// Load of every output in fF.
    pub load_ff: f64,
    /// Patterns of cells that no mapper may use.
    pub dont_use: &'static [&'static str],
    /// Where the operating system's package puts the liberty file, if there is one.
    pub installed: &'static [&'static str],
    /// Where the files are to be had, and under which licence.
    pub published: &'static str,
    /// Whether the library's internal energies can be believed.
    pub power: bool,
}

const OSU018: &str = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";

/// Returns every target that has a name of its own, the default first.
pub fn all() -> Vec<Target> {
    let cells = |driving_cell: &str, load_ff, dont_use, published| Cells {
        driving_cell: driving_cell.to_owned(),
        load_ff,
        dont_use,
        installed: &[],
        published,
        power: true,
    };
    let osu018 = Cells {
        installed: &[OSU018],
        // Taken at their word, its tables make a flip-flop burn milliwatts.
        power: false,
        ..cells(
            "INVX4",
            30.0,
            &[],
            "Debian package qflow-tech-osu018 (apt-get install qflow-tech-osu018)",
        )
    };
    let sky130hd = cells(
        "sky130_fd_sc_hd__inv_2",
        17.0,
        &["*lpflow*", "*probe*", "*edfx*"],
        "sky130_fd_sc_hd__tt_025C_1v80.lib of github.com/google/skywater-pdk, or \
         examples/sky130hd_tt.lib.gz of OpenSTA; Apache-2.0",
    );
    let sg13g2 = cells(
        "sg13g2_inv_2",
        15.0,
        &[],
        "sg13g2_stdcell_typ_1p20V_25C.lib of github.com/IHP-GmbH/IHP-Open-PDK; Apache-2.0",
    );
    let gf180 = cells(
        "gf180mcu_fd_sc_mcu7t5v0__inv_4",
        30.0,
        &[],
        "gf180mcu_fd_sc_mcu7t5v0__tt_025C_5v00.lib of github.com/google/gf180mcu-pdk; Apache-2.0",
    );
    let asap7 = cells(
        "INVx2_ASAP7_75t_R",
        2.0,
        &["*x1p*", "*xp*", "SDF*", "ICG*"],
        "asap7sc7p5t_{SIMPLE,INVBUF,AO,OA,SEQ}_RVT_TT*.lib of \
         github.com/The-OpenROAD-Project/asap7sc7p5t_28, five files; BSD-3-Clause",
    );
    let target = |name: &str, about, period_ns, kind| Target {
        name: name.to_owned(),
        about,
        period_ns,
        kind,
    };
    let c = Kind::Cells;
    vec![
        target("osu018", "OSU 180 nm", 2.857, c(osu018)),
        target(
            "sky130hd",
            "SkyWater 130 nm, high density",
            4.0,
            c(sky130hd),
        ),
        target("sg13g2", "IHP 130 nm", 3.0, c(sg13g2)),
        target(
            "gf180",
            "GlobalFoundries 180 nm, 7 tracks, 5 V",
            8.0,
            c(gf180),
        ),
        target("asap7", "ASAP7, predictive 7 nm", 0.5, c(asap7)),
        target("ecp5", "Lattice ECP5-85, with nextpnr", 8.0, Kind::Ecp5),
        target(
            "ice40",
            "Lattice iCE40 HX8K, with nextpnr",
            12.0,
            Kind::Ice40,
        ),
        target("generic", "gates of Yosys: counts only", 4.0, Kind::Generic),
    ]
}

/// Returns the target called `name`.
pub fn find(name: &str) -> Option<Target> {
    all().into_iter().find(|t| t.name == name)
}

/// Returns a library that only the user knows.
pub fn foreign(name: &str, driving_cell: &str) -> Target {
    Target {
        name: name.to_owned(),
        about: "library of the user",
        period_ns: 4.0,
        kind: Kind::Cells(Cells {
            driving_cell: driving_cell.to_owned(),
            load_ff: 20.0,
            dont_use: &[],
            installed: &[],
            published: "",
            power: true,
        }),
    }
}

/// Tells whether `name` matches `pattern`, in which `*` stands for anything.
pub fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name, want) in [
            ("*xp*", "INVxp5_A", true),
            ("*xp*", "INVx2_A", false),
            ("SDF*", "SDFHx1", true),
            ("SDF*", "XSDF", false),
            ("*a*b", "xaxb", true),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(pattern, name), want, "{pattern} {name}");
        }
    }
}
