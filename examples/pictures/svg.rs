//! A terminal's screen as an SVG picture.
//!
//! Runs of cells with one style become one `text` whose length is given, so that columns stay
//! aligned in any monospaced font; backgrounds become rectangles. Must not know whose screen it is.
use std::fmt::Write;
use vt100::{Cell, Color, Screen};

/// Width and height of one cell, in the picture's units: that of common fonts at 14 units.
const CELL: (f64, f64) = (8.43, 17.0);
/// Distance of the letters' foot from the cell's top.
const BASELINE: f64 = 13.0;
/// Space around the screen.
const MARGIN: f64 = 12.0;
/// Colours of the terminal that is drawn.
const FOREGROUND: &str = "#d5d9e0";
const BACKGROUND: &str = "#14171c";
const SIXTEEN: [&str; 16] = [
    "#2a2f38", "#d7504b", "#5aaa5a", "#c8961e", "#5a82dc", "#aa6eb4", "#3c96be", "#c5c9d0",
    "#5c6370", "#e06c66", "#7cc27c", "#dcb45a", "#82a0e6", "#c792d0", "#68b4d6", "#f0f2f5",
];

#[expect(
    clippy::struct_excessive_bools,
    reason = "a terminal's marks are independent of each other"
)]
#[derive(Clone, Debug, PartialEq)]
struct Style {
    foreground: String,
    background: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
}

/// Draws the screen.
pub(crate) fn draw(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let width = f64::from(columns) * CELL.0 + 2.0 * MARGIN;
    let height = f64::from(rows) * CELL.1 + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"DejaVu Sans Mono,Menlo,Consolas,monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            column = draw_run(&mut svg, screen, row, column, columns);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Draws the cells from `from` on that share one style; where the next run begins.
fn draw_run(svg: &mut String, screen: &Screen, row: u16, from: u16, columns: u16) -> u16 {
    let style = screen.cell(row, from).map(style);
    let mut text = String::new();
    let mut to = from;
    while to < columns {
        let Some(cell) = screen.cell(row, to) else { break };
        // a wide letter is a run of its own: fonts differ in how wide they make it
        let wide = cell.is_wide();
        if Some(self::style(cell)) != style || wide && to > from {
            break;
        }
        if !cell.is_wide_continuation() {
            text.push_str(if cell.has_contents() { cell.contents() } else { " " });
        }
        to += 1;
        if wide {
            to += 1;
            break;
        }
    }
    let to = to.max(from + 1).min(columns);
    let Some(style) = style else { return to };
    let (x, y) = (f64::from(from) * CELL.0 + MARGIN, f64::from(row) * CELL.1 + MARGIN);
    let width = f64::from(to - from) * CELL.0;
    if let Some(background) = &style.background {
        // writing to a string cannot fail
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{}\" fill=\"{background}\"/>",
            CELL.1
        );
    }
    if !text.trim().is_empty() {
        let mut marks = String::new();
        for (set, mark) in [
            (style.bold, " font-weight=\"bold\""),
            (style.italic, " font-style=\"italic\""),
            (style.underline, " text-decoration=\"underline\""),
            (style.dim, " opacity=\"0.6\""),
        ] {
            if set {
                marks.push_str(mark);
            }
        }
        let _ = writeln!(
            svg,
            "<text x=\"{x:.2}\" y=\"{:.2}\" textLength=\"{width:.2}\" fill=\"{}\" xml:space=\"preserve\"{marks}>{}</text>",
            y + BASELINE,
            style.foreground,
            escaped(&text)
        );
    }
    to
}

fn style(cell: &Cell) -> Style {
    let foreground = color(cell.fgcolor());
    let background = color(cell.bgcolor());
    let (foreground, background) = if cell.inverse() {
        let foreground = foreground.unwrap_or_else(|| FOREGROUND.to_owned());
        (background.unwrap_or_else(|| BACKGROUND.to_owned()), Some(foreground))
    } else {
        (foreground.unwrap_or_else(|| FOREGROUND.to_owned()), background)
    };
    Style {
        foreground,
        background,
        bold: cell.bold(),
        dim: cell.dim(),
        italic: cell.italic(),
        underline: cell.underline(),
    }
}

/// A colour as SVG writes it; `None` is the terminal's own.
fn color(color: Color) -> Option<String> {
    match color {
        Color::Default => None,
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Color::Idx(index @ 0..16) => SIXTEEN.get(usize::from(index)).map(|&text| text.to_owned()),
        Color::Idx(index @ 16..232) => {
            // a cube of six steps for each of red, green and blue
            let step = |place: u8| match (index - 16) / place % 6 {
                0 => 0,
                step => 55 + 40 * step,
            };
            Some(format!("#{:02x}{:02x}{:02x}", step(36), step(6), step(1)))
        }
        Color::Idx(index) => {
            let grey = 8 + 10 * (index - 232);
            Some(format!("#{grey:02x}{grey:02x}{grey:02x}"))
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
