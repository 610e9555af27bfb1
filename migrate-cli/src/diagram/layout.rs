//! Where boxes stand: in layers along the arrows, ordered so that few arrows cross.

use super::Diagram;

const GAP_X: usize = 40;
const GAP_Y: usize = 60;
const MARGIN: usize = 20;
/// The width of a letter and the height of a line, in pixels, of a monospaced font of 12.
pub(super) const LETTER: usize = 7;
pub(super) const LINE: usize = 18;

/// A box on the page.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rectangle {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// All boxes, and how large the page is.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) boxes: Vec<Rectangle>,
    pub(super) width: usize,
    pub(super) height: usize,
}

pub(super) fn place(diagram: &Diagram) -> Layout {
    let mut boxes: Vec<Rectangle> = diagram
        .nodes
        .iter()
        .map(|node| {
            let rows = node
                .rows
                .iter()
                .map(|(name, what)| name.chars().count() + what.chars().count() + 2);
            let title = node.title.chars().count().max(node.group.chars().count());
            let letters = rows.chain([title]).max().unwrap_or(0);
            Rectangle {
                width: letters * LETTER + 20,
                height: (node.rows.len() + 2) * LINE + 10,
                ..Rectangle::default()
            }
        })
        .collect();
    let layers = layers(diagram);
    let widths = layers.iter().map(|layer| width_of(layer, &boxes));
    let width = widths.max().unwrap_or(0);
    let mut y = MARGIN;
    for layer in &layers {
        let mut x = MARGIN + (width - width_of(layer, &boxes)) / 2;
        let height = layer.iter().map(|at| boxes[*at].height).max().unwrap_or(0);
        for at in layer {
            boxes[*at].x = x;
            boxes[*at].y = y;
            x += boxes[*at].width + GAP_X;
        }
        y += height + GAP_Y;
    }
    Layout {
        boxes,
        width: width + 2 * MARGIN,
        height: y,
    }
}

fn width_of(layer: &[usize], boxes: &[Rectangle]) -> usize {
    let boxes: usize = layer.iter().map(|at| boxes[*at].width).sum();
    boxes + GAP_X * layer.len().saturating_sub(1)
}

/// The boxes by layer: each below all that lead to it, but for arrows that close a circle.
fn layers(diagram: &Diagram) -> Vec<Vec<usize>> {
    let count = diagram.nodes.len();
    let edges = without_circles(diagram);
    let mut depth = vec![0; count];
    for _ in 0..count {
        let mut is_settled = true;
        for (from, to) in &edges {
            if depth[*to] <= depth[*from] {
                depth[*to] = depth[*from] + 1;
                is_settled = false;
            }
        }
        if is_settled {
            break;
        }
    }
    let deepest = depth.iter().copied().max().map_or(0, |deepest| deepest + 1);
    let mut layers = vec![Vec::new(); deepest];
    for (at, depth) in depth.iter().enumerate() {
        layers[*depth].push(at);
    }
    for _ in 0..4 {
        sort_by_neighbours(&mut layers, &edges);
    }
    layers
}

/// The arrows but those that lead back to a box on the way to them.
fn without_circles(diagram: &Diagram) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let mut next = vec![Vec::new(); diagram.nodes.len()];
    for edge in &diagram.edges {
        next[edge.from].push(edge.to);
    }
    let mut seen = vec![Seen::No; diagram.nodes.len()];
    let mut kept = Vec::new();
    for start in 0..diagram.nodes.len() {
        let mut stack = vec![(start, 0)];
        while let Some((at, nth)) = stack.pop() {
            if nth == 0 && seen[at] != Seen::No {
                continue;
            }
            seen[at] = Seen::Open;
            match next[at].get(nth) {
                None => seen[at] = Seen::Done,
                Some(to) => {
                    stack.push((at, nth + 1));
                    if seen[*to] != Seen::Open {
                        kept.push((at, *to));
                        stack.push((*to, 0));
                    }
                }
            }
        }
    }
    kept
}

/// Each box near the middle of those that lead to it.
fn sort_by_neighbours(layers: &mut [Vec<usize>], edges: &[(usize, usize)]) {
    let count = layers.iter().map(Vec::len).sum();
    let mut place = vec![0; count];
    for layer in layers.iter_mut() {
        let middle = |at: usize, place: &[usize]| {
            let near: Vec<usize> = edges
                .iter()
                .filter(|(_, to)| *to == at)
                .map(|(from, _)| place[*from])
                .collect();
            match near.len() {
                0 => usize::MAX,
                many => near.iter().sum::<usize>() * 100 / many,
            }
        };
        layer.sort_by_key(|at| middle(*at, &place));
        for (nth, at) in layer.iter().enumerate() {
            place[*at] = nth;
        }
    }
}
