// SPDX-License-Identifier: MIT OR Apache-2.0
//! The picture "area by module": a bar a variant, its modules side by side.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::picture::{Area, Drawn, FONT, INK, picture, plain, thousands};
use hwgen_console::error::Error;
use hwgen_tools::synth::report::Node;

/// Share of its bar below which a module has no colour of its own.
const SMALL: f64 = 0.015;
/// Share of a module's own logic below which it only wires others together.
const CONTAINER: f64 = 0.2;
/// Levels below the engine that are opened at most.
const DEPTH: usize = 3;
const OTHERS: &str = "others";

// Colours of Okabe and Ito, then others that are light or dark enough to be told from them; the
// name stands in every segment that has room for it.
const COLORS: [RGBColor; 14] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(213, 94, 0),
    RGBColor(86, 180, 233),
    RGBColor(170, 80, 135),
    RGBColor(240, 228, 66),
    RGBColor(60, 60, 110),
    RGBColor(150, 210, 180),
    RGBColor(120, 72, 30),
    RGBColor(230, 170, 200),
    RGBColor(120, 130, 50),
    RGBColor(20, 85, 90),
    RGBColor(215, 195, 160),
];
const GREY: RGBColor = RGBColor(190, 190, 190);

const WIDTH: u32 = 920;
const BAR: u32 = 46;
/// Columns and lines of the legend, in pixels.
const COLUMN: i32 = 220;
const LINE: i32 = 22;

/// A variant and the parts of its area.
pub(crate) struct Bar {
    /// Name of the variant.
    pub(crate) label: String,
    /// Module and area, as they stand in the tree.
    parts: Vec<(String, f64)>,
}

impl Bar {
    /// Cuts the tree of an engine's top into modules.
    pub(crate) fn new(label: &str, tree: &Node) -> Self {
        // Gates without a library have no area: they are counted.
        let size = if tree.area > 0.0 {
            |n: &Node| n.area
        } else {
            |n: &Node| n.cells as f64
        };
        let mut bar = Self {
            label: label.to_owned(),
            parts: Vec::new(),
        };
        // The rendered top only ties the engine to its parameters.
        let engine = tree.below.iter().max_by(|a, b| size(a).total_cmp(&size(b)));
        let name = engine.map_or(&tree.module, |e| &e.module).clone();
        let inside: f64 = tree.below.iter().map(|n| size(n) * n.count as f64).sum();
        bar.add(&name, size(tree) - inside);
        for node in &tree.below {
            bar.open(node, node.count as f64, 0, &size);
        }
        bar
    }

    fn open(&mut self, node: &Node, times: f64, depth: usize, size: &impl Fn(&Node) -> f64) {
        let inside: f64 = node.below.iter().map(|n| size(n) * n.count as f64).sum();
        let own = size(node) - inside;
        if depth > 0 && (depth >= DEPTH || own > CONTAINER * size(node)) {
            return self.add(&node.module, times * size(node));
        }
        self.add(&node.module, times * own);
        for below in &node.below {
            self.open(below, times * below.count as f64, depth + 1, size);
        }
    }

    fn add(&mut self, module: &str, area: f64) {
        match self.parts.iter_mut().find(|(m, _)| m == module) {
            Some((_, sum)) => *sum += area,
            None => self.parts.push((module.to_owned(), area)),
        }
    }

    fn total(&self) -> f64 {
        self.parts.iter().map(|(_, a)| a).sum()
    }

    fn of(&self, module: &str) -> f64 {
        let part = self.parts.iter().find(|(m, _)| m == module);
        part.map_or(0.0, |(_, a)| *a)
    }
}

/// Modules with a colour, the largest first, and those without.
fn shared_out(bars: &[Bar]) -> (Vec<&str>, Vec<&str>) {
    let mut modules: Vec<&str> = Vec::new();
    for (module, area) in bars.iter().flat_map(|b| &b.parts) {
        if *area > 0.0 && !modules.contains(&module.as_str()) {
            modules.push(module);
        }
    }
    let sum = |m: &str| bars.iter().map(|b| b.of(m)).sum::<f64>();
    modules.sort_by(|a, b| sum(b).total_cmp(&sum(a)).then(a.cmp(b)));
    let large = |m: &&str| bars.iter().any(|b| b.of(m) >= SMALL * b.total());
    let (mut large, mut rest): (Vec<&str>, Vec<&str>) = modules.into_iter().partition(large);
    rest.splice(0..0, large.drain(COLORS.len().min(large.len())..));
    (large, rest)
}

/// Draws the bars; `unit` says what they count.
pub(crate) fn area(bars: &[Bar], unit: &str) -> Result<String, Error> {
    let (large, rest) = shared_out(bars);
    let lines = large.len().div_ceil((WIDTH as i32 / COLUMN) as usize);
    let lines = lines + wrapped(&rest).len();
    let chart = 20 + BAR * bars.len() as u32 + 52;
    let height = chart + (lines as i32 * LINE) as u32 + 16;
    picture((WIDTH, height), |canvas| {
        let (above, below) = canvas.split_vertically(chart);
        draw_bars(&above, bars, &large, unit)?;
        draw_legend(&below, &large, &rest)
    })
}

fn draw_bars(canvas: &Area<'_>, bars: &[Bar], large: &[&str], unit: &str) -> Drawn {
    let rows = bars.len() as f64;
    let most = bars.iter().map(Bar::total).fold(1.0, f64::max);
    // Behind the longest bar its total is written.
    let end = most * 1.13;
    let mut chart = ChartBuilder::on(canvas)
        .margin(8)
        .x_label_area_size(44)
        .y_label_area_size(92)
        .build_cartesian_2d(0.0..end, 0.0..rows)?;
    plain(&mut chart.configure_mesh())
        .disable_y_mesh()
        .disable_y_axis()
        .y_labels(0)
        .x_labels(8)
        .x_label_formatter(&|x| thousands(x.round() as u64))
        .x_desc(unit)
        .draw()?;
    let words = |color| (FONT, 13).into_font().color(color);
    let at = |h| Pos::new(h, VPos::Center);
    let pixels = f64::from(WIDTH - 108) / end;
    for (i, bar) in bars.iter().enumerate() {
        let (low, high) = (rows - i as f64 - 0.86, rows - i as f64 - 0.14);
        let centre = f64::midpoint(low, high);
        let name = Text::new(bar.label.clone(), (-8, 0), words(&INK).pos(at(HPos::Right)));
        chart.draw_series(std::iter::once(EmptyElement::at((0.0, centre)) + name))?;
        let mut from = 0.0;
        let coloured: f64 = large.iter().map(|m| bar.of(m)).sum();
        let parts = large.iter().zip(COLORS);
        let parts = parts.map(|(m, c)| (short(m).to_owned(), bar.of(m), c));
        let others = (OTHERS.to_owned(), bar.total() - coloured, GREY);
        for (name, size, color) in parts.chain([others]) {
            if size <= 0.0 {
                continue;
            }
            let corners = [(from, low), (from + size, high)];
            chart.draw_series([
                Rectangle::new(corners, color.filled()),
                Rectangle::new(corners, WHITE.stroke_width(1)),
            ])?;
            // There is no font to measure with; a letter is about seven pixels wide.
            if size * pixels > 7.0 * name.len() as f64 + 8.0 {
                let middle = (from + size / 2.0, centre);
                let text = Text::new(name, (0, 0), words(ink(color)).pos(at(HPos::Center)));
                chart.draw_series(std::iter::once(EmptyElement::at(middle) + text))?;
            }
            from += size;
        }
        let total = thousands(bar.total().round() as u64);
        let total = Text::new(total, (7, 0), words(&INK).pos(at(HPos::Left)));
        chart.draw_series(std::iter::once(EmptyElement::at((from, centre)) + total))?;
    }
    Ok(())
}

fn draw_legend(canvas: &Area<'_>, large: &[&str], rest: &[&str]) -> Drawn {
    let style = (FONT, 14).into_font().color(&INK);
    let style = style.pos(Pos::new(HPos::Left, VPos::Center));
    let columns = (WIDTH as i32 / COLUMN) as usize;
    for (i, (module, color)) in large.iter().zip(COLORS).enumerate() {
        let x = 24 + (i % columns) as i32 * COLUMN;
        let y = (i / columns) as i32 * LINE;
        swatch(canvas, (x, y), color)?;
        canvas.draw(&Text::new(*module, (x + 20, y + 11), style.clone()))?;
    }
    let first = large.len().div_ceil(columns);
    for (i, line) in wrapped(rest).into_iter().enumerate() {
        let y = (first + i) as i32 * LINE;
        if i == 0 {
            swatch(canvas, (24, y), GREY)?;
        }
        canvas.draw(&Text::new(line, (44, y + 11), style.clone()))?;
    }
    Ok(())
}

fn swatch(canvas: &Area<'_>, (x, y): (i32, i32), color: RGBColor) -> Drawn {
    let corners = [(x, y + 4), (x + 14, y + 18)];
    Ok(canvas.draw(&Rectangle::new(corners, color.filled()))?)
}

/// Lays the names of what has no colour in lines that fit.
fn wrapped(rest: &[&str]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (i, name) in rest.iter().enumerate() {
        let word = format!("{name}{}", if i + 1 < rest.len() { "," } else { "" });
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < 110 => line.push_str(&format!(" {word}")),
            Some(_) => lines.push(word),
            None => lines.push(format!("{OTHERS}: {word}")),
        }
    }
    lines
}

/// Leaves out what all names begin with.
fn short(module: &str) -> &str {
    let name = module.strip_prefix("hg_").unwrap_or(module);
    name.strip_prefix("topk_").unwrap_or(name)
}

/// Returns the ink that can be read on a colour.
fn ink(RGBColor(r, g, b): RGBColor) -> &'static RGBColor {
    let light = 0.3 * f64::from(r) + 0.59 * f64::from(g) + 0.11 * f64::from(b);
    if light > 130.0 { &BLACK } else { &WHITE }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An instance whose area is `own` and that of what it holds.
    fn node(module: &str, count: u64, own: f64, below: Vec<Node>) -> Node {
        let inside: f64 = below.iter().map(|n| n.area * n.count as f64).sum();
        Node {
            module: module.to_owned(),
            count,
            area: own + inside,
            below,
            ..Node::default()
        }
    }

    fn bars() -> Vec<Bar> {
        let drain = node(
            "hg_topk_drain",
            1,
            300.0,
            vec![node("hg_compact", 1, 100.0, Vec::new())],
        );
        let scans = node("hg_topk_scan", 2, 150.0, Vec::new());
        let tiny = node("hg_tiny & <odd>", 1, 2.0, Vec::new());
        let engine = node("hg_topk_radix", 1, 50.0, vec![drain, scans, tiny]);
        let radix = node("hg_bench_topk_radix", 1, 8.0, vec![engine]);
        let sort = node("hg_topk_sort", 1, 900.0, Vec::new());
        let frame = node("hg_topk_frame", 1, 10.0, vec![sort]);
        let engine = node("hg_topk_batcher", 1, 90.0, vec![frame]);
        let batcher = node("hg_bench_topk_batcher", 1, 0.0, vec![engine]);
        vec![Bar::new("radix", &radix), Bar::new("batcher", &batcher)]
    }

    #[test]
    fn a_bar_is_the_whole_area_and_opens_what_only_wires() {
        let bars = bars();
        let totals: Vec<f64> = bars.iter().map(Bar::total).collect();
        assert_eq!(totals, [760.0, 1000.0]);
        let of = |bar: usize, module: &str| bars[bar].of(module).round() as u64;
        // The top's own logic is the engine's; a drain is one part, with what it holds.
        assert_eq!(of(0, "hg_topk_radix"), 58);
        assert_eq!((of(0, "hg_topk_drain"), of(0, "hg_compact")), (400, 0));
        assert_eq!(of(0, "hg_topk_scan"), 300);
        assert_eq!((of(1, "hg_topk_frame"), of(1, "hg_topk_sort")), (10, 900));
    }

    #[test]
    fn the_picture_is_svg_that_names_every_module_and_draws_to_scale() {
        let bars = bars();
        let text = area(&bars, "area in um2").expect("draws");
        assert_eq!(area(&bars, "area in um2").expect("draws"), text);
        let svg = roxmltree::Document::parse(&text).expect("is XML");
        assert!(svg.root_element().has_tag_name("svg"));
        let words: Vec<&str> = svg
            .descendants()
            .filter(|n| n.has_tag_name("text"))
            .filter_map(|n| n.text().map(str::trim))
            .collect();
        for (module, _) in bars.iter().flat_map(|b| &b.parts) {
            let named = words.iter().any(|w| w.contains(module.as_str()));
            assert!(named, "{module}: {words:?}");
        }
        for want in ["radix", "batcher", "760", "1,000", "area in um2", "sort"] {
            assert!(words.contains(&want), "{want}: {words:?}");
        }
        // The sorter of 900 is as wide as three times both scans.
        let width = |color: RGBColor| {
            let RGBColor(r, g, b) = color;
            let fill = format!("#{r:02X}{g:02X}{b:02X}");
            let boxes = svg
                .descendants()
                .filter(|n| n.attribute("fill") == Some(&fill));
            let widths = boxes.filter_map(|n| n.attribute("width")?.parse::<f64>().ok());
            widths.fold(0.0, f64::max)
        };
        let (sort, scans) = (width(COLORS[0]), width(COLORS[2]));
        assert!((sort / scans - 3.0).abs() < 0.05, "{sort} {scans}");
    }

    #[test]
    fn more_modules_than_colours_are_still_named() {
        let parts = (0..40).map(|i| node(&format!("hg_part_{i}"), 1, 10.0, Vec::new()));
        let engine = node("hg_engine", 1, 0.0, parts.collect());
        let bar = Bar::new("x", &node("hg_top", 1, 0.0, vec![engine]));
        let text = area(&[bar], "cells").expect("draws");
        for i in 0..40 {
            assert!(text.contains(&format!("hg_part_{i}")), "{i}");
        }
    }
}
