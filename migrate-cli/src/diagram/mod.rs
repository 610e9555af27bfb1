//! Boxes and arrows: what `graph` and `erd` draw, as DOT, Mermaid, SVG or JSON.
//!
//! A [`Diagram`] is plain data; each format is one function from it to text.

mod dot;
mod layout;
mod mermaid;
mod svg;

use std::path::Path;

use serde_json::{Value, json};

use crate::args::Format;
use crate::failure::{Failure, Result};
use crate::print;

/// What is drawn.
#[derive(Debug, Default)]
pub(crate) struct Diagram {
    /// The boxes.
    pub(crate) nodes: Vec<Node>,
    /// The arrows.
    pub(crate) edges: Vec<Edge>,
    /// Whether it shows models, which Mermaid has a form of its own for.
    pub(crate) is_of_models: bool,
}

/// A box.
#[derive(Debug)]
pub(crate) struct Node {
    /// The app that it belongs to.
    pub(crate) group: String,
    /// Its name within the app.
    pub(crate) title: String,
    /// What stands in it: a name and what is said of it.
    pub(crate) rows: Vec<(String, String)>,
}

/// An arrow between two boxes, by their places.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// What stands at it.
    pub(crate) label: String,
    /// Whether it leads from many to many.
    pub(crate) is_many: bool,
}

impl Diagram {
    fn name(&self, at: usize) -> String {
        let node = &self.nodes[at];
        format!("{}.{}", node.group, node.title)
    }

    /// The apps, each once, in the order of the boxes.
    fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = Vec::new();
        for node in &self.nodes {
            if !groups.contains(&node.group.as_str()) {
                groups.push(&node.group);
            }
        }
        groups
    }

    fn to_json(&self) -> Value {
        let node = |node: &Node| {
            let rows = node.rows.iter();
            let rows: Vec<Value> = rows
                .map(|(name, what)| json!({"name": name, "what": what}))
                .collect();
            json!({"app": node.group, "name": node.title, "rows": rows})
        };
        let edge = |edge: &Edge| {
            json!({
                "from": self.name(edge.from),
                "to": self.name(edge.to),
                "label": edge.label,
                "many_to_many": edge.is_many,
            })
        };
        json!({
            "nodes": self.nodes.iter().map(node).collect::<Vec<Value>>(),
            "edges": self.edges.iter().map(edge).collect::<Vec<Value>>(),
        })
    }

    /// Writes it in a format, into a file or to the standard output.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn write(&self, format: Format, out: Option<&Path>) -> Result<()> {
        let text = match format {
            Format::Json => format!("{:#}\n", self.to_json()),
            Format::Mermaid => mermaid::render(self),
            Format::Svg => svg::render(self),
            // The others are refused before anything is drawn.
            Format::Text | Format::Dot | Format::Github | Format::Sarif => dot::render(self),
        };
        match out {
            None => print::line(text.trim_end()),
            Some(path) => std::fs::write(path, text).map_err(|error| {
                Failure::error(format!("cannot write {}: {error}", path.display()))
            })?,
        }
        Ok(())
    }
}
