//! The keys of the rows of a result, gathered for those that relate to them.

use std::collections::HashMap;

use crate::value::{Value, ValueKey};

/// One key a row. As a rule they are integers, which take a quarter of the room of values.
#[derive(Debug)]
pub(super) enum OwnerKeys {
    /// All are integers.
    Ints(Vec<i64>),
    /// Some are not.
    Values(Vec<Value>),
}

impl OwnerKeys {
    /// None, with room for so many.
    pub(super) fn with_capacity(rows: usize) -> Self {
        OwnerKeys::Ints(Vec::with_capacity(rows))
    }

    /// Adds the key of the next row.
    pub(super) fn push(&mut self, key: Value) {
        match (&mut *self, key) {
            (OwnerKeys::Ints(keys), Value::Int(key)) => keys.push(key),
            (OwnerKeys::Values(keys), key) => keys.push(key),
            (OwnerKeys::Ints(keys), key) => {
                let mut values: Vec<Value> = keys.iter().copied().map(Value::Int).collect();
                values.push(key);
                *self = OwnerKeys::Values(values);
            }
        }
    }

    /// The key of a row.
    pub(super) fn get(&self, row: usize) -> Option<Value> {
        match self {
            OwnerKeys::Ints(keys) => keys.get(row).copied().map(Value::Int),
            OwnerKeys::Values(keys) => keys.get(row).cloned(),
        }
    }

    /// How many rows there are.
    fn count(&self) -> usize {
        match self {
            OwnerKeys::Ints(keys) => keys.len(),
            OwnerKeys::Values(keys) => keys.len(),
        }
    }

    fn values(&self) -> impl Iterator<Item = Value> + '_ {
        (0..self.count()).filter_map(|row| self.get(row))
    }

    /// The keys that are not NULL, each once.
    pub(super) fn distinct(&self) -> Vec<Value> {
        let mut groups = KeyGroups::default();
        let mut distinct = Vec::new();
        for key in self.values().filter(|key| !key.is_null()) {
            let known = groups.count();
            if groups.number(&key) == known {
                distinct.push(key);
            }
        }
        distinct
    }

    /// For each row the number of its key among the different ones, and how to find the number of a key.
    pub(super) fn groups(&self) -> (Vec<u32>, KeyGroups) {
        let mut groups = KeyGroups::default();
        let of_row = self.values().map(|key| groups.number(&key)).collect();
        (of_row, groups)
    }
}

impl FromIterator<Value> for OwnerKeys {
    fn from_iter<I: IntoIterator<Item = Value>>(keys: I) -> Self {
        let keys = keys.into_iter();
        let mut gathered = OwnerKeys::with_capacity(keys.size_hint().0);
        keys.for_each(|key| gathered.push(key));
        gathered
    }
}

impl Default for OwnerKeys {
    fn default() -> Self {
        OwnerKeys::Ints(Vec::new())
    }
}

/// Different keys, numbered in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct KeyGroups {
    ints: HashMap<i64, u32>,
    others: HashMap<ValueKey, u32>,
    /// The one that was asked for last: rows of one owner often follow each other.
    last: Option<(i64, u32)>,
}

impl KeyGroups {
    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.ints.len() + self.others.len()).unwrap_or(u32::MAX)
    }

    /// The number of a key, which is added if it is new.
    fn number(&mut self, key: &Value) -> u32 {
        let next = self.count();
        match key {
            Value::Int(key) => *self.ints.entry(*key).or_insert(next),
            key => *self.others.entry(ValueKey(key.clone())).or_insert(next),
        }
    }

    /// The number of a key that is there.
    pub(super) fn find(&mut self, key: Value) -> Option<u32> {
        let Value::Int(int) = key else {
            return self.others.get(&ValueKey(key)).copied();
        };
        if let Some((last, number)) = self.last
            && last == int
        {
            return Some(number);
        }
        let number = *self.ints.get(&int)?;
        self.last = Some((int, number));
        Some(number)
    }
}
