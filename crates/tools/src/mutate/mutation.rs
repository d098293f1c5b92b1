// SPDX-License-Identifier: MIT OR Apache-2.0
//! One mutation as Yosys lists it, and what it is in words.

/// A single change of one bit at a pin of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mutation {
    /// Number that selects it, from 1.
    pub number: u64,
    /// Module that holds the cell.
    pub module: String,
    mode: String,
    cell: String,
    pub port: String,
    bit: String,
    control: Option<String>,
    wire: Option<String>,
    /// `file:line` of the cell, or of the wire where the cell has none.
    pub place: String,
}

impl Mutation {
    /// Reads the lines that `mutate -list` has written.
    pub(crate) fn list(text: &str) -> Option<Vec<Self>> {
        let lines = text.lines().filter(|l| !l.trim().is_empty());
        lines.map(Self::parse).collect()
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        words.next().filter(|w| *w == "mutate")?;
        let (mut found, mut sources) = (std::collections::BTreeMap::new(), Vec::new());
        let mut number = None;
        while let Some(option) = words.next() {
            let value = words.next()?;
            match option {
                "-ctrl" => {
                    words.next();
                    number = words.next()?.parse().ok();
                }
                "-src" => sources.extend(value.split('|').filter_map(place)),
                _ => drop(found.insert(option, value.to_owned())),
            }
        }
        let wire = found.remove("-wire");
        let wire_bit = found.remove("-wirebit");
        Some(Self {
            number: number?,
            module: found.remove("-module")?,
            mode: found.remove("-mode")?,
            cell: found.remove("-cell")?,
            port: found.remove("-port")?,
            bit: found.remove("-portbit")?,
            control: found.remove("-ctrlbit"),
            wire: wire.map(|w| format!("{w}[{}]", wire_bit.unwrap_or_default())),
            // The last is the cell's own.
            place: sources.pop().unwrap_or_else(|| "?".to_owned()),
        })
    }

    /// Returns the command that makes it in `module`, for good.
    pub(crate) fn command(&self, module: &str) -> String {
        let Self {
            mode,
            cell,
            port,
            bit,
            ..
        } = self;
        let control = self.control.as_ref();
        let control = control.map_or(String::new(), |c| format!(" -ctrlbit {c}"));
        format!(
            "mutate -mode {mode} -module {module} -cell {cell} -port {port} -portbit {bit}{control}"
        )
    }

    /// Tells whether it touches the clock of a register, which proofs do not look at.
    pub(crate) fn of_a_clock(&self) -> bool {
        self.port.ends_with("CLK")
    }

    /// Says what it does.
    pub(crate) fn words(&self) -> String {
        let what = match (self.mode.as_str(), &self.control) {
            ("inv", _) => "inverted".to_owned(),
            ("const0", _) => "stuck at 0".to_owned(),
            ("const1", _) => "stuck at 1".to_owned(),
            ("cnot0", Some(bit)) => format!("inverted while bit {bit} of it is 0"),
            ("cnot1", Some(bit)) => format!("inverted while bit {bit} of it is 1"),
            (other, _) => other.to_owned(),
        };
        let wire = self.wire.as_ref();
        let wire = wire.map_or(String::new(), |w| format!(" ({w})"));
        format!(
            "{}, {} bit {}{wire}: {what}",
            kind(&self.cell),
            self.port,
            self.bit
        )
    }
}

/// Returns `file:line`, unless Yosys made the cell up and says line 0.
fn place(source: &str) -> Option<String> {
    let (file, rest) = source.rsplit_once(':')?;
    let line = rest.split('.').next()?;
    (line != "0").then(|| format!("{file}:{line}"))
}

/// Says what a cell is, from the name that Yosys gives it: `$add$file.sv:98$123`.
fn kind(cell: &str) -> String {
    let Some(name) = cell.strip_prefix('$') else {
        return format!("instance {cell}");
    };
    let name = name.split('$').next().unwrap_or(name);
    match name {
        "procdff" => "register",
        "procmux" => "multiplexer of if or case",
        "ternary" => "multiplexer of ?:",
        "memrd" => "memory read",
        "memwr" => "memory write",
        other => return format!("operator {other}"),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "mutate -ctrl mutation_i 8 5 -mode cnot0 -module a -cell $procdff$12 \
        -port Q -portbit 4 -ctrlbit 5 -wire count_q -wirebit 95 -src x.sv:56.28-56.35 \
        -src x.sv:108.5-113.8";

    #[test]
    fn a_line_is_read_and_said_in_words() {
        let all = Mutation::list(&format!("{LINE}\n\n")).expect("reads");
        assert_eq!(all.len(), 1);
        let m = &all[0];
        assert_eq!((m.number, m.place.as_str()), (5, "x.sv:108"));
        assert_eq!(
            m.words(),
            "register, Q bit 4 (count_q[95]): inverted while bit 5 of it is 0"
        );
        assert_eq!(
            m.command("gate"),
            "mutate -mode cnot0 -module gate -cell $procdff$12 -port Q -portbit 4 -ctrlbit 5"
        );
    }

    #[test]
    fn a_cell_without_a_line_is_placed_by_its_wire() {
        let line = LINE.replace("x.sv:108.5-113.8", "x.sv:0.0-0.0");
        assert_eq!(Mutation::list(&line).expect("reads")[0].place, "x.sv:56");
    }

    #[test]
    fn what_is_no_list_is_refused() {
        assert!(Mutation::list("mutate -ctrl mutation_i 8").is_none());
        assert!(Mutation::list("ERROR: no").is_none());
    }
}
