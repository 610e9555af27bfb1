//! A diagram as SVG.

use std::fmt::Write;

use super::dot::escaped;
use super::layout::{LINE, Rectangle, place};
use super::{Diagram, Edge, Node};

/// The colours of the apps, in turn.
const COLOURS: [&str; 8] = [
    "#dbeafe", "#dcfce7", "#fef3c7", "#fce7f3", "#ede9fe", "#cffafe", "#ffedd5", "#e5e7eb",
];

pub(super) fn render(diagram: &Diagram) -> String {
    let layout = place(diagram);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" font-family=\"monospace\" font-size=\"12\">\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\" fill=\"#555\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        w = layout.width,
        h = layout.height,
    );
    for edge in &diagram.edges {
        arrow(&mut text, edge, &layout.boxes);
    }
    let groups = diagram.groups();
    for (node, rectangle) in diagram.nodes.iter().zip(&layout.boxes) {
        let nth = groups.iter().position(|group| *group == node.group);
        let colour = COLOURS[nth.unwrap_or(0) % COLOURS.len()];
        draw(&mut text, node, *rectangle, colour);
    }
    text + "</svg>\n"
}

fn draw(text: &mut String, node: &Node, at: Rectangle, colour: &str) {
    let Rectangle {
        x,
        y,
        width,
        height,
    } = at;
    let _ = writeln!(
        text,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\" fill=\"{colour}\" stroke=\"#555\"/>"
    );
    let left = x + 10;
    let mut line = |nth: usize, style: &str, words: &str| {
        let base = y + LINE * (nth + 1) - 3;
        let _ = writeln!(
            text,
            "<text x=\"{left}\" y=\"{base}\"{style}>{}</text>",
            escaped(words)
        );
    };
    line(0, " fill=\"#666\"", &node.group);
    line(1, " font-weight=\"bold\"", &node.title);
    for (nth, (name, what)) in node.rows.iter().enumerate() {
        line(nth + 2, "", &format!("{name}  {what}"));
    }
}

/// From the lower edge of one box to the upper edge of the other; beside them where it leads up again.
fn arrow(text: &mut String, edge: &Edge, boxes: &[Rectangle]) {
    let (from, to) = (boxes[edge.from], boxes[edge.to]);
    let start = if edge.is_many {
        " marker-start=\"url(#arrow)\""
    } else {
        ""
    };
    let path = if from.y < to.y {
        let (x, y) = (from.x + from.width / 2, from.y + from.height);
        let (end_x, end_y) = (to.x + to.width / 2, to.y);
        let middle = y.midpoint(end_y);
        format!("M{x} {y}C{x} {middle} {end_x} {middle} {end_x} {end_y}")
    } else {
        let (x, y) = (from.x + from.width, from.y + from.height / 2);
        let (end_x, end_y) = (to.x + to.width, to.y + LINE);
        let beside = x.max(end_x) + 30;
        format!("M{x} {y}C{beside} {y} {beside} {end_y} {end_x} {end_y}")
    };
    let _ = writeln!(
        text,
        "<path d=\"{path}\" fill=\"none\" stroke=\"#555\" marker-end=\"url(#arrow)\"{start}><title>{}</title></path>",
        escaped(&edge.label)
    );
}
