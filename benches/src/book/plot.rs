//! A plot as SVG: for each work a line, for each peer a dot at its ratio to the raw driver, on a logarithmic scale.

use std::fmt::Write;

use super::measured::{Measured, title};

const COLORS: &[(&str, &str)] = &[
    ("nuages", "#d6336c"),
    ("diesel", "#1971c2"),
    ("diesel-async", "#0c8599"),
    ("sqlx", "#e8590c"),
    ("sea-orm", "#2f9e44"),
    ("toasty", "#7048e8"),
];

const LEFT: f64 = 150.0;
const WIDTH: f64 = 560.0;
const LINE: f64 = 22.0;
const TOP: f64 = 56.0;
/// The ends of the scale: half the raw driver's time, and 512 times it.
const LEAST: f64 = -1.0;
const MOST: f64 = 9.0;

/// Where a ratio stands.
fn x(ratio: f64) -> f64 {
    LEFT + (ratio.log2().clamp(LEAST, MOST) - LEAST) / (MOST - LEAST) * WIDTH
}

/// The plot of a database's results on held connections.
pub(crate) fn plot(database: &str, measured: &Measured) -> String {
    let raw = measured.peers().first().copied().unwrap_or_default();
    let time = |work, peer: &str| {
        measured
            .number(work, peer, "held", "median_us")
            .filter(|us| *us > 0.0)
    };
    let works: Vec<((&str, u64), f64)> = measured
        .works()
        .into_iter()
        .filter_map(|work| Some((work, time(work, raw)?)))
        .collect();
    let bottom = TOP + LINE * works.len() as f64;
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {:.0}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<title>Times on {database}, as ratios to {raw}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        LEFT + WIDTH + 30.0,
        bottom + 30.0,
    );
    legend(&mut svg, measured);
    scale(&mut svg, bottom);
    for (i, (work, base)) in works.iter().enumerate() {
        let y = TOP + LINE * (i as f64 + 0.5);
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\" fill=\"#343a40\">{}</text>\n\
             <line x1=\"{LEFT}\" y1=\"{y}\" x2=\"{:.0}\" y2=\"{y}\" stroke=\"#f1f3f5\"/>",
            LEFT - 10.0,
            y + 4.0,
            title(*work),
            LEFT + WIDTH,
        );
        // Ours last, so that it lies on top.
        for (peer, color) in COLORS.iter().rev() {
            if let Some(us) = time(*work, peer) {
                let radius = if *peer == "nuages" { 6.0 } else { 4.5 };
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{:.1}\" cy=\"{y}\" r=\"{radius}\" fill=\"{color}\" fill-opacity=\"0.85\">\
                     <title>{peer}: × {:.2}</title></circle>",
                    x(us / base),
                    us / base,
                );
            }
        }
    }
    svg += "</svg>\n";
    svg
}

fn legend(svg: &mut String, measured: &Measured) {
    let peers = measured.peers();
    let shown = COLORS.iter().filter(|(peer, _)| peers.contains(peer));
    for (i, (peer, color)) in shown.enumerate() {
        let left = LEFT + 95.0 * i as f64;
        let _ = writeln!(
            svg,
            "<circle cx=\"{left}\" cy=\"16\" r=\"5\" fill=\"{color}\"/>\
             <text x=\"{}\" y=\"20\" fill=\"#343a40\">{peer}</text>",
            left + 9.0,
        );
    }
}

fn scale(svg: &mut String, bottom: f64) {
    for power in -1..=9 {
        let ratio = 2_f64.powi(power);
        let (at, color) = (x(ratio), if power == 0 { "#495057" } else { "#ced4da" });
        let _ = writeln!(
            svg,
            "<line x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{bottom}\" stroke=\"{color}\"/>\
             <text x=\"{at:.1}\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#495057\">× {ratio}</text>",
            TOP - 8.0,
        );
    }
}
