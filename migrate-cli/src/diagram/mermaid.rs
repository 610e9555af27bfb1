//! A diagram as Mermaid: a flow chart of migrations, an entity-relationship diagram of models.

use std::fmt::Write;

use super::Diagram;

pub(super) fn render(diagram: &Diagram) -> String {
    if diagram.is_of_models {
        return entities(diagram);
    }
    let mut text = "flowchart TD\n".to_owned();
    for group in diagram.groups() {
        let _ = writeln!(text, "  subgraph {}[\"{group}\"]", word(group));
        for (at, node) in diagram.nodes.iter().enumerate() {
            if node.group == group {
                let _ = writeln!(text, "    {}[\"{}\"]", word(&diagram.name(at)), node.title);
            }
        }
        text += "  end\n";
    }
    for edge in &diagram.edges {
        let (from, to) = (word(&diagram.name(edge.from)), word(&diagram.name(edge.to)));
        let _ = match edge.label.as_str() {
            "" => writeln!(text, "  {from} --> {to}"),
            label => writeln!(text, "  {from} -- {label} --> {to}"),
        };
    }
    text
}

fn entities(diagram: &Diagram) -> String {
    let mut text = "erDiagram\n".to_owned();
    for (at, node) in diagram.nodes.iter().enumerate() {
        let _ = writeln!(
            text,
            "  {}[\"{}\"] {{",
            word(&diagram.name(at)),
            diagram.name(at)
        );
        for (name, what) in &node.rows {
            let (kind, rest) = what.split_once(' ').unwrap_or((what, ""));
            let key = if rest.split(' ').any(|word| word == "PK") {
                " PK"
            } else if rest.contains("->") {
                " FK"
            } else {
                ""
            };
            let _ = writeln!(text, "    {} {}{key}", word(kind), word(name));
        }
        text += "  }\n";
    }
    for edge in &diagram.edges {
        let ends = if edge.is_many { "}o--o{" } else { "}o--||" };
        let _ = writeln!(
            text,
            "  {} {ends} {} : {}",
            word(&diagram.name(edge.from)),
            word(&diagram.name(edge.to)),
            word(&edge.label)
        );
    }
    text
}

/// The text as one word of Mermaid's.
fn word(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect()
}
