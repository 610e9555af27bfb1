//! A diagram as DOT, for Graphviz.

use std::fmt::Write;

use super::{Diagram, Node};

pub(super) fn render(diagram: &Diagram) -> String {
    let direction = if diagram.is_of_models { "LR" } else { "TB" };
    let mut text = format!(
        "digraph migrate {{\n  rankdir={direction};\n  node [shape=plain, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n"
    );
    for (nth, group) in diagram.groups().into_iter().enumerate() {
        let _ = writeln!(
            text,
            "  subgraph cluster_{nth} {{\n    label={};",
            quoted(group)
        );
        for (at, node) in diagram.nodes.iter().enumerate() {
            if node.group == group {
                let name = quoted(&diagram.name(at));
                let _ = writeln!(text, "    {name} [label=<{}>];", label(node));
            }
        }
        text += "  }\n";
    }
    for edge in &diagram.edges {
        let ends = if edge.is_many { ", dir=both" } else { "" };
        let _ = writeln!(
            text,
            "  {} -> {} [label={}{ends}];",
            quoted(&diagram.name(edge.from)),
            quoted(&diagram.name(edge.to)),
            quoted(&edge.label),
        );
    }
    text + "}\n"
}

fn label(node: &Node) -> String {
    let mut html = format!(
        "<table border=\"0\" cellborder=\"1\" cellspacing=\"0\" cellpadding=\"4\"><tr><td colspan=\"2\"><b>{}</b></td></tr>",
        escaped(&node.title)
    );
    for (name, what) in &node.rows {
        let _ = write!(
            html,
            "<tr><td align=\"left\">{}</td><td align=\"left\">{}</td></tr>",
            escaped(name),
            escaped(what)
        );
    }
    html + "</table>"
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The text where markup may stand.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
