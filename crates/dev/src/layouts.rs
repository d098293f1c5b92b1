// SPDX-License-Identifier: MIT OR Apache-2.0
//! The picture of what layouts give of memories: a row per layout, a dot per memory.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::picture::{
    Area, BLUE, Drawn, FONT, GREEN, INK, ORANGE, VERMILION, legend, picture, plain,
};
use hwgen_bench::dram::Measured;
use hwgen_console::error::Error;

/// Pixels of a row, and of the words before it.
const ROW: u32 = 30;
const WORDS: u32 = 400;

/// Draws wanted bytes as a share of peak, the mean of all works.
pub(crate) fn layouts(measured: &Measured) -> Result<String, Error> {
    let height = 50 + ROW * measured.layouts.len() as u32 + 66;
    picture((960, height), |area| draw(area, measured))
}

fn draw(area: &Area<'_>, measured: &Measured) -> Drawn {
    let colors = [VERMILION, ORANGE, BLUE, GREEN];
    let (head, body) = area.split_vertically(42);
    let names = measured.devices.iter().copied();
    legend(&head, &names.zip(colors).collect::<Vec<_>>())?;
    let rows = measured.layouts.len() as f64;
    let mut chart = ChartBuilder::on(&body)
        .margin(8)
        .margin_right(24)
        .x_label_area_size(46)
        .y_label_area_size(WORDS)
        .build_cartesian_2d(0.0..100.0, 0.0..rows)?;
    plain(&mut chart.configure_mesh())
        .disable_y_mesh()
        .disable_y_axis()
        .y_labels(0)
        .x_labels(11)
        .x_label_formatter(&|x| format!("{x:.0} %"))
        .x_desc("wanted bytes as a share of peak, mean of the three works, ideal reader")
        .draw()?;
    let words = (FONT, 14).into_font().color(&INK);
    let words = words.pos(Pos::new(HPos::Right, VPos::Center));
    for (i, line) in measured.layouts.iter().enumerate() {
        // The first layout stands at the top.
        let y = rows - i as f64 - 0.5;
        chart.draw_series(std::iter::once(
            EmptyElement::at((0.0, y)) + Text::new(line.what.to_owned(), (-10, 0), words.clone()),
        ))?;
        let ends = [(0.0, y), (100.0, y)];
        chart.draw_series(LineSeries::new(ends, crate::picture::GRID.stroke_width(1)))?;
        for (useful, color) in line.useful.iter().zip(colors) {
            let Some(shares) = useful else { continue };
            let mean = 100.0 * shares.iter().sum::<f64>() / shares.len() as f64;
            let dot = Circle::new((mean, y), 6, color.filled());
            chart.draw_series(std::iter::once(dot))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hwgen_bench::dram::Line;

    use super::*;

    #[test]
    fn the_same_figures_are_the_same_picture() {
        let line = |what, share| Line {
            what,
            useful: vec![Some([share; 3]), None],
        };
        let measured = Measured {
            reader: Vec::new(),
            devices: vec!["DDR4-2400", "HBM2"],
            layouts: vec![line("tight", 0.9), line("in pages", 0.5)],
            windows: Vec::new(),
            holes: Vec::new(),
            rules: Vec::new(),
        };
        let text = layouts(&measured).expect("draws");
        assert_eq!(layouts(&measured).expect("draws"), text);
        for words in ["DDR4-2400", "tight", "in pages", "share of peak"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert_eq!(text.matches("<circle").count(), 2);
    }
}
