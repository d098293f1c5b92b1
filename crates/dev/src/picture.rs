// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures of the documents, as SVG: the same figures give the same bytes.

use std::error::Error as Cause;

use hwgen_bench::topk::Curve;
use hwgen_golden::topk::Variant;
use hwgen_verif::topk::QueryResult;
use plotters::chart::MeshStyle;
use plotters::coord::Shift;
use plotters::coord::ranged1d::Ranged;
use plotters::prelude::*;
use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use hwgen_console::error::Error;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn = Result<(), Box<dyn Cause>>;

// Colours of Okabe and Ito, which readers with any kind of colour vision can tell apart.
pub(super) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(super) const ORANGE: RGBColor = RGBColor(230, 159, 0);
pub(super) const GREEN: RGBColor = RGBColor(0, 158, 115);
pub(super) const VERMILION: RGBColor = RGBColor(213, 94, 0);
pub(super) const PURPLE: RGBColor = RGBColor(170, 80, 135);
pub(super) const INK: RGBColor = RGBColor(40, 40, 40);
pub(super) const GRID: RGBColor = RGBColor(222, 222, 222);

pub(super) const FONT: &str = "sans-serif";

/// Draws when each query fills the engine, is selected from, and drains.
pub(crate) fn timeline(queries: &[QueryResult]) -> Result<String, Error> {
    picture((880, 66 + 44 * queries.len() as u32 + 40), |area| {
        draw_timeline(area, queries)
    })
}

/// Draws latency against the length of a query, both in logarithms.
pub(crate) fn latency(curves: &[Curve]) -> Result<String, Error> {
    picture((880, 460), |area| draw_latency(area, curves))
}

/// Draws on a white canvas of so many pixels.
pub(super) fn picture(
    size: (u32, u32),
    draw: impl Fn(&Area<'_>) -> Drawn,
) -> Result<String, Error> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        area.fill(&WHITE)
            .map_err(Into::into)
            .and_then(|()| draw(&area))
            .and_then(|()| Ok(area.present()?))
            .map_err(|e| Error::input(format!("cannot draw the picture ({e})")))?;
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

fn draw_timeline(area: &Area<'_>, queries: &[QueryResult]) -> Drawn {
    let first = queries.first().map_or(0, |q| q.first_in);
    let end = queries.last().map_or(1, |q| q.last_out + 1 - first);
    // Behind the last bar its length is written.
    let end = (end + 10).div_ceil(10) * 10;
    let rows = queries.len() as f64;
    let (head, body) = area.split_vertically(36);
    legend(
        &head,
        &[
            ("fill: keys stream in, digit 1 is counted", BLUE),
            ("select: further digits", ORANGE),
            ("drain: survivors stream out", GREEN),
        ],
    )?;
    let mut chart = ChartBuilder::on(&body)
        .margin(8)
        .margin_right(24)
        .x_label_area_size(44)
        .y_label_area_size(72)
        .build_cartesian_2d(0.0..end as f64, 0.0..rows)?;
    let ticks: Vec<f64> = (0..=end / 10).map(|t| (t * 10) as f64).collect();
    plain(&mut chart.configure_mesh())
        .disable_y_mesh()
        .disable_y_axis()
        .y_labels(0)
        .x_labels(ticks.len())
        .x_label_formatter(&|x| format!("{x:.0}"))
        .x_desc("cycles since the first beat of the first query")
        .draw()?;
    let words = |color| (FONT, 13).into_font().color(color);
    let left = words(&INK).pos(Pos::new(HPos::Right, VPos::Center));
    let middle = |color| words(color).pos(Pos::new(HPos::Center, VPos::Center));
    for (i, q) in queries.iter().enumerate() {
        // The first query stands at the top.
        let (low, high) = (rows - i as f64 - 0.86, rows - i as f64 - 0.14);
        let centre = f64::midpoint(low, high);
        chart.draw_series(std::iter::once(
            EmptyElement::at((0.0, centre))
                + Text::new(format!("query {i}"), (-8, 0), left.clone()),
        ))?;
        // A cycle is as wide as its number: the bar of cycles a to b ends where b + 1 begins.
        let bars = [
            (q.first_in, q.last_in + 1, BLUE, &WHITE),
            (q.last_in + 1, q.first_out, ORANGE, &BLACK),
            (q.first_out, q.last_out + 1, GREEN, &WHITE),
        ];
        for (from, to, color, ink) in bars {
            let (a, b) = (from - first, to.max(from) - first);
            let bar = Rectangle::new([(a as f64, low), (b as f64, high)], color.filled());
            chart.draw_series(std::iter::once(bar))?;
            let at = (f64::midpoint(a as f64, b as f64), centre);
            let label = Text::new(format!("{}", b - a), (0, 0), middle(ink));
            chart.draw_series(std::iter::once(EmptyElement::at(at) + label))?;
        }
        let at = ((q.last_out + 1 - first) as f64, centre);
        let total = format!("{} cycles", q.last_out + 1 - q.first_in);
        let right = words(&INK).pos(Pos::new(HPos::Left, VPos::Center));
        chart.draw_series(std::iter::once(
            EmptyElement::at(at) + Text::new(total, (7, 0), right),
        ))?;
    }
    Ok(())
}

/// Gives a chart the lines and letters that all of them have.
pub(super) fn plain<'m, 'a, 'b, X, Y, D>(
    mesh: &'m mut MeshStyle<'a, 'b, X, Y, D>,
) -> &'m mut MeshStyle<'a, 'b, X, Y, D>
where
    X: Ranged,
    Y: Ranged,
    D: DrawingBackend,
{
    mesh.light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK)
        .label_style((FONT, 14).into_font().color(&INK))
        .axis_desc_style((FONT, 15).into_font().color(&INK))
}

/// Draws swatches with their meanings in a row.
pub(super) fn legend(area: &Area<'_>, entries: &[(&str, RGBColor)]) -> Drawn {
    let style = (FONT, 14).into_font().color(&INK);
    let style = style.pos(Pos::new(HPos::Left, VPos::Center));
    let mut x = 80;
    for (text, color) in entries {
        area.draw(&Rectangle::new([(x, 14), (x + 14, 28)], color.filled()))?;
        area.draw(&Text::new(*text, (x + 20, 21), style.clone()))?;
        // There is no font to measure with; a letter is about seven pixels wide.
        x += 44 + 7 * text.len() as i32;
    }
    Ok(())
}

fn draw_latency(area: &Area<'_>, curves: &[Curve]) -> Drawn {
    let points = || curves.iter().flat_map(|c| &c.points);
    let ns: Vec<f64> = curves
        .first()
        .map_or(Vec::new(), |c| c.points.iter().map(|&(n, _)| n).collect());
    let (least, most) = (
        ns.first().copied().unwrap_or(1.0),
        ns.last().copied().unwrap_or(2.0),
    );
    let top = points().map(|&(_, c)| c).fold(1.0, f64::max);
    let decades = (2..=6).map(|e| 10_f64.powi(e));
    let decades: Vec<f64> = decades.filter(|&d| d < top * 1.5).collect();
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_top(20)
        // Each curve is named at its end.
        .margin_right(236)
        .x_label_area_size(46)
        .y_label_area_size(78)
        .build_cartesian_2d(
            (least * 0.9..most * 1.08).log_scale().with_key_points(ns),
            (20.0..top * 1.5).log_scale().with_key_points(decades),
        )?;
    plain(&mut chart.configure_mesh())
        .x_labels(12)
        .y_labels(12)
        .x_label_formatter(&|n| format!("{n:.0}"))
        .y_label_formatter(&|c| thousands(*c as u64))
        .x_desc("keys of a query, n (16 lanes, 12-bit keys, k = n / 4)")
        .y_desc("cycles, first beat in to last beat out")
        .draw()?;
    for curve in curves {
        let (color, points) = (color(curve.variant), &curve.points);
        chart.draw_series(LineSeries::new(
            points.iter().copied(),
            color.stroke_width(3),
        ))?;
        let dot = |&p: &(f64, f64)| Circle::new(p, 4, color.filled());
        chart.draw_series(points.iter().map(dot))?;
        let Some(&end) = points.last() else { continue };
        let style = (FONT, 14).into_font().transform(FontTransform::None);
        let style = style.color(&color).pos(Pos::new(HPos::Left, VPos::Center));
        let text = format!(
            "{}{}: {}",
            curve.variant,
            curve.label,
            thousands(end.1.round() as u64)
        );
        // Drawn on the whole area, since the chart would cut it off at its border.
        let (x, y) = chart.backend_coord(&end);
        area.draw(&Text::new(text, (x + 12, y), style))?;
    }
    Ok(())
}

fn color(variant: Variant) -> RGBColor {
    match variant {
        Variant::Radix => BLUE,
        Variant::Stream => GREEN,
        Variant::Quickselect => VERMILION,
        Variant::Batcher => PURPLE,
    }
}

/// Writes a number with commas.
pub(super) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, d) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(d);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_figures_are_the_same_picture() {
        let query = |at: u64| QueryResult {
            first_in: at,
            last_in: at + 15,
            first_out: at + 60,
            last_out: at + 70,
            indices: Vec::new(),
            keys: Vec::new(),
            threshold: 0,
            count: 0,
        };
        let queries = [query(3), query(20)];
        let first = timeline(&queries).expect("draws");
        assert_eq!(timeline(&queries).expect("draws"), first);
        for words in ["query 0", "query 1", "71 cycles", "cycles since"] {
            assert!(first.contains(words), "{words}: {first}");
        }
        assert!(first.ends_with("</svg>\n"));
        let curve = Curve {
            variant: Variant::Radix,
            label: ", any keys",
            points: vec![(64.0, 35.0), (2048.0, 1407.0)],
        };
        let text = latency(&[curve]).expect("draws");
        assert!(text.contains("radix, any keys: 1,407"), "{text}");
    }
}
