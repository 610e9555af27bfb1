//! Prepared statements by their text, so many and no more: the one used longest ago makes room.

use std::collections::HashMap;
use std::sync::Arc;

/// The prepared statements of one connection.
#[derive(Debug)]
pub struct PreparedStatements<H> {
    by_text: HashMap<Arc<str>, Entry<H>>,
    capacity: usize,
    clock: u64,
}

#[derive(Debug)]
struct Entry<H> {
    handle: H,
    used: u64,
}

impl<H> PreparedStatements<H> {
    /// Keeps up to `capacity` statements.
    pub fn new(capacity: usize) -> Self {
        PreparedStatements {
            by_text: HashMap::new(),
            capacity,
            clock: 0,
        }
    }

    /// The handle of a statement, if it is kept.
    pub fn get(&mut self, sql: &str) -> Option<&H> {
        self.clock += 1;
        let entry = self.by_text.get_mut(sql)?;
        entry.used = self.clock;
        Some(&entry.handle)
    }

    /// Keeps a handle and gives back those that it displaces: the former one of the text, and the one used longest ago.
    pub fn insert(&mut self, sql: Arc<str>, handle: H) -> Vec<H> {
        self.clock += 1;
        let used = self.clock;
        let former = self.by_text.insert(sql, Entry { handle, used });
        let mut displaced: Vec<H> = former.map(|entry| entry.handle).into_iter().collect();
        if self.capacity < self.by_text.len() {
            let oldest = self.by_text.iter().min_by_key(|(_, entry)| entry.used);
            if let Some(sql) = oldest.map(|(sql, _)| sql.clone()) {
                displaced.extend(self.by_text.remove(&sql).map(|entry| entry.handle));
            }
        }
        displaced
    }

    /// Forgets a statement and gives its handle back.
    pub fn remove(&mut self, sql: &str) -> Option<H> {
        self.by_text.remove(sql).map(|entry| entry.handle)
    }
}

#[cfg(test)]
mod tests {
    use super::PreparedStatements;

    #[test]
    fn the_one_used_longest_ago_makes_room() {
        let mut statements = PreparedStatements::new(2);
        assert!(statements.insert("a".into(), 1).is_empty());
        assert!(statements.insert("b".into(), 2).is_empty());
        assert_eq!(statements.get("a"), Some(&1));
        assert_eq!(statements.insert("c".into(), 3), [2]);
        assert_eq!(statements.insert("c".into(), 4), [3]);
        assert_eq!(statements.get("b"), None);
        assert_eq!(statements.remove("a"), Some(1));
    }
}
