//! The order in which the rows of several models can be deleted.

/// An order in which every model comes after those that refer to it, and whether there is one: where models refer to
/// each other in a circle, the rest comes in the reverse order of its discovery.
///
/// `before` holds pairs of models by number: the first must be gone before the second.
pub(super) fn order(count: usize, before: &[(usize, usize)]) -> (Vec<usize>, bool) {
    let mut ordered = Vec::with_capacity(count);
    // What was found last depends on what was found before it, as a rule.
    let mut left: Vec<usize> = (0..count).rev().collect();
    while !left.is_empty() {
        let free = left.iter().position(|model| {
            before
                .iter()
                .all(|(first, second)| second != model || first == model || !left.contains(first))
        });
        match free {
            Some(at) => ordered.push(left.remove(at)),
            None => {
                ordered.append(&mut left);
                return (ordered, false);
            }
        }
    }
    (ordered, true)
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn what_refers_comes_first() {
        assert_eq!(order(3, &[(1, 0), (2, 1)]), (vec![2, 1, 0], true));
        assert_eq!(order(3, &[(1, 0), (2, 0), (1, 2)]), (vec![1, 2, 0], true));
        assert_eq!(order(1, &[(0, 0)]), (vec![0], true));
    }

    #[test]
    fn a_circle_is_told() {
        assert_eq!(order(3, &[(0, 1), (1, 0), (2, 0)]), (vec![2, 1, 0], false));
    }
}
