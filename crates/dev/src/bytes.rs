// SPDX-License-Identifier: MIT OR Apache-2.0
//! The picture of bytes against error, one staircase a rule, one panel a model.

use plotters::prelude::*;

use crate::picture::{Area, BLUE, Drawn, FONT, INK, ORANGE, VERMILION, legend, picture, plain};
use hwgen_bench::attention::Panel;
use hwgen_console::error::Error;

/// Errors that the picture shows, as shares of the outputs.
const ERRORS: [f64; 2] = [0.002, 0.2];
/// What its axis names.
const TICKS: [f64; 7] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];
const COLORS: [RGBColor; 3] = [VERMILION, ORANGE, BLUE];

/// Draws the fewest bytes that keep an error, the error in logarithms; `rules` names the fronts.
pub(crate) fn bytes(panels: &[Panel], rules: [&str; 3]) -> Result<String, Error> {
    let width = 440 * panels.len().max(2) as u32;
    picture((width, 430), |area| {
        let (head, body) = area.split_vertically(36);
        let [a, b, c] = rules;
        legend(&head, &[(a, COLORS[0]), (b, COLORS[1]), (c, COLORS[2])])?;
        for (area, panel) in body.split_evenly((1, panels.len())).iter().zip(panels) {
            draw(area, panel)?;
        }
        Ok(())
    })
}

fn draw(area: &Area<'_>, panel: &Panel) -> Drawn {
    let [low, high] = ERRORS;
    let xs = (low..high).log_scale().with_key_points(TICKS.to_vec());
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .margin_right(24)
        .caption(&panel.model, (FONT, 16).into_font().color(&INK))
        .x_label_area_size(46)
        .y_label_area_size(66)
        .build_cartesian_2d(xs, 0.0..1.0_f64)?;
    plain(&mut chart.configure_mesh())
        .y_labels(6)
        .x_label_formatter(&|x| format!("{} %", 100.0 * x))
        .y_label_formatter(&|y| format!("{:.0} %", 100.0 * y))
        .x_desc("error of the outputs, at most")
        .y_desc("bytes of K and V, of all at 12 bits")
        .draw()?;
    for (front, color) in panel.fronts.iter().zip(COLORS) {
        chart.draw_series(LineSeries::new(stairs(front), color.stroke_width(3)))?;
    }
    Ok(())
}

/// Returns the steps of a front within the picture: a setting holds until a better one begins.
fn stairs(front: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let [low, high] = ERRORS;
    let mut out: Vec<(f64, f64)> = Vec::new();
    for &(error, bytes) in front.iter().filter(|(error, _)| *error <= high) {
        let x = error.max(low);
        let before = out.last().map(|&(_, y)| (x, y));
        out.extend(before);
        out.push((x, bytes));
    }
    let last = out.last().map(|&(_, y)| (high, y));
    out.extend(last);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_front_is_drawn_as_steps_from_edge_to_edge() {
        let front = [(0.001, 0.9), (0.01, 0.5), (0.5, 0.1)];
        let steps = [(0.002, 0.9), (0.01, 0.9), (0.01, 0.5), (0.2, 0.5)];
        assert_eq!(stairs(&front), steps);
        assert_eq!(stairs(&[]), []);
    }

    #[test]
    fn the_same_figures_are_the_same_picture() {
        let panel = |model: &str| Panel {
            model: model.to_owned(),
            fronts: [0.9, 0.6, 0.5].map(|y| vec![(0.005, y), (0.05, y / 2.0)]),
        };
        let panels = [panel("one"), panel("other")];
        let rules = ["by head", "worst", "three"];
        let text = bytes(&panels, rules).expect("draws");
        assert_eq!(bytes(&panels, rules).expect("draws"), text);
        for words in ["one", "other", "by head", "0.5 %", "error of the outputs"] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
}
