// SPDX-License-Identifier: MIT OR Apache-2.0
//! The picture of speed-up against density, one line an engine.

use plotters::prelude::*;
use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::picture::{Area, BLUE, Drawn, FONT, GREEN, ORANGE, PURPLE, VERMILION, picture, plain};
use hwgen_bench::figs::Curve;
use hwgen_console::error::Error;

/// Draws speed-up over the dense array against density, both in logarithms.
pub(crate) fn speedup(lines: &[Curve]) -> Result<String, Error> {
    picture((880, 440), |area| draw(area, lines))
}

fn draw(area: &Area<'_>, lines: &[Curve]) -> Drawn {
    let points = || lines.iter().flat_map(|l| &l.points);
    let sparsest = points().map(|&(d, _)| 1.0 / d).fold(1.0, f64::max);
    let top = points().map(|&(_, s)| s).fold(1.0, f64::max);
    let doublings = |to: f64| -> Vec<f64> {
        let all = (0..8).map(|e| f64::from(1 << e));
        all.filter(|x| *x <= to * 1.01).collect()
    };
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_top(20)
        // Each line is named at its end.
        .margin_right(250)
        .x_label_area_size(46)
        .y_label_area_size(66)
        .build_cartesian_2d(
            (0.95..sparsest * 1.05)
                .log_scale()
                .with_key_points(doublings(sparsest)),
            (0.8..top * 1.2)
                .log_scale()
                .with_key_points(doublings(top * 1.2)),
        )?;
    plain(&mut chart.configure_mesh())
        .x_label_formatter(&|x| format!("1/{x:.0}"))
        .y_label_formatter(&|s| format!("{s:.0}x"))
        .x_desc("density of the weights (384 tokens by 768 by 3072, 1024 multipliers)")
        .y_desc("speed-up over the dense array")
        .draw()?;
    let colors = [VERMILION, PURPLE, ORANGE, GREEN, BLUE];
    // Lines that end at the same height are named one below the other.
    let mut named: Vec<i32> = Vec::new();
    for (i, (line, color)) in lines.iter().zip(colors).enumerate() {
        // Lines lie on one another: the later, the thinner.
        let width = 3 + 2 * (lines.len() - 1 - i) as u32;
        let spots = || line.points.iter().map(|&(d, s)| (1.0 / d, s));
        chart.draw_series(LineSeries::new(spots(), color.stroke_width(width)))?;
        chart.draw_series(spots().map(|p| Circle::new(p, 4, color.filled())))?;
        let Some(end) = spots().next_back() else {
            continue;
        };
        let style = (FONT, 14).into_font().transform(FontTransform::None);
        let style = style.color(&color).pos(Pos::new(HPos::Left, VPos::Center));
        let text = format!("{}{}: {:.2}x", line.variant, line.label, end.1);
        let (x, mut y) = chart.backend_coord(&end);
        while named.iter().any(|other| (other - y).abs() < 16) {
            y += 4;
        }
        named.push(y);
        // Drawn on the whole area, since the chart would cut it off at its border.
        area.draw(&Text::new(text, (x + 12, y), style))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hwgen_golden::figs::Variant;

    use super::*;

    #[test]
    fn the_same_figures_are_the_same_picture() {
        let line = |variant, s| Curve {
            variant,
            label: " here".to_owned(),
            points: vec![(1.0, 1.0), (0.5, s), (0.25, s * s)],
        };
        let lines = [line(Variant::Figs, 2.0), line(Variant::Stc24, 1.5)];
        let text = speedup(&lines).expect("draws");
        assert_eq!(speedup(&lines).expect("draws"), text);
        for words in [
            "figs here: 4.00x",
            "stc24 here: 2.25x",
            "1/4",
            "speed-up over",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
}
