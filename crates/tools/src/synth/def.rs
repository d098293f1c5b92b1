// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reads size, cells and wires out of a DEF file.

use crate::synth::layout::Layout;

/// Returns what the file says, or nothing if a section is missing.
pub(super) fn read(text: &str) -> Option<Layout> {
    let units: f64 = line(text, "UNITS DISTANCE MICRONS")?.parse().ok()?;
    let die: Vec<f64> = text
        .lines()
        .find(|l| l.starts_with("DIEAREA"))?
        .split_whitespace()
        .filter_map(|t| t.parse().ok())
        .collect();
    let &[left, low, right, high] = die.as_slice() else {
        return None;
    };
    let mut layout = Layout {
        width_um: (right - left) / units,
        height_um: (high - low) / units,
        ..Layout::default()
    };
    let components = section(text, "COMPONENTS")?;
    for component in components.split("\n- ").skip(1) {
        let kind = component.split_whitespace().nth(1)?;
        if kind.starts_with("FILL") {
            continue;
        }
        layout.cells += 1;
        layout.registers += u64::from(kind.starts_with("DFF"));
    }
    for net in section(text, "NETS")?.split("\n- ").skip(1) {
        let (pins, wires) = net.split_once('+').unwrap_or((net, ""));
        let (ports, ends) = (pins.matches("( PIN ").count(), pins.matches("( ").count());
        if ports > 0 && ports == ends {
            layout.loose_ports += 1;
        }
        layout.wire_um += length(wires) / units;
    }
    Some(layout)
}

fn line<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let rest = text.lines().find_map(|l| l.strip_prefix(start))?;
    rest.split_whitespace().next()
}

fn section<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("\n{name} "))?;
    Some(rest.split_once(&format!("\nEND {name}"))?.0)
}

/// Adds up the way from point to point; `*` stands for the coordinate before.
fn length(wires: &str) -> f64 {
    let mut sum = 0.0;
    let mut last: Option<(f64, f64)> = None;
    let mut words = wires.split_whitespace();
    while let Some(word) = words.next() {
        match word {
            // A wire begins anew on its layer.
            "ROUTED" | "NEW" => last = None,
            "(" => {
                let (Some(x), Some(y)) = (words.next(), words.next()) else {
                    break;
                };
                let value = |word: &str, before: Option<f64>| word.parse().ok().or(before);
                let point = (value(x, last.map(|p| p.0)), value(y, last.map(|p| p.1)));
                let (Some(x), Some(y)) = point else { continue };
                if let Some((a, b)) = last {
                    sum += (x - a).abs() + (y - b).abs();
                }
                last = Some((x, y));
            }
            _ => {}
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "VERSION 5.6 ;
UNITS DISTANCE MICRONS 100 ;
DIEAREA ( -100 0 ) ( 900 500 ) ;
COMPONENTS 3 ;
- A_1 INVX1 + PLACED ( 0 0 ) N ;
- B_1 DFFPOSX1 + PLACED ( 0 0 ) N ;
- F_1 FILL + PLACED ( 0 0 ) N ;
END COMPONENTS
NETS 2 ;
- n1
  ( A_1 Y )
  ( B_1 D )
+ ROUTED metal1 ( 0 100 ) M2_M1
  NEW metal2 ( 0 100 ) ( * 300 ) ( 50 * ) M2_M1 ;
- in
  ( PIN in )
;
END NETS
";

    #[test]
    fn cells_wires_and_size_are_read() {
        let layout = read(TEXT).expect("reads");
        assert_eq!((layout.cells, layout.registers), (2, 1));
        assert!((layout.width_um - 10.0).abs() < 1e-9 && (layout.height_um - 5.0).abs() < 1e-9);
        assert!((layout.wire_um - 2.5).abs() < 1e-9, "{}", layout.wire_um);
        assert_eq!(layout.loose_ports, 1);
        let cut = &TEXT[..TEXT.len() - 9];
        assert!(read(cut).is_none(), "a file that was cut off is no layout");
    }
}
