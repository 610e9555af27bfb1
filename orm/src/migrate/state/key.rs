//! The key of a model: its app and its name, which compare without regard to the name's case, as in Django.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// An app and a model's name; printed `app.Name`.
#[derive(Debug, Clone)]
pub struct ModelKey {
    /// The app's label.
    pub app: String,
    /// The model's name as it was written.
    pub name: String,
}

impl ModelKey {
    /// A key of an app and a name.
    pub fn new(app: impl Into<String>, name: impl Into<String>) -> ModelKey {
        ModelKey {
            app: app.into(),
            name: name.into(),
        }
    }

    /// Reads `app.Name`.
    pub fn parse(text: &str) -> Option<ModelKey> {
        let (app, name) = text.split_once('.')?;
        let is_key = !app.is_empty() && !name.is_empty() && !name.contains('.');
        is_key.then(|| ModelKey::new(app, name))
    }

    /// The name in lower case: what tables and fragments of migration names are made of.
    pub fn lower_name(&self) -> String {
        self.name.to_lowercase()
    }

    fn lower(&self) -> impl Iterator<Item = char> {
        self.name.chars().flat_map(char::to_lowercase)
    }
}

impl fmt::Display for ModelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.app, self.name)
    }
}

impl PartialEq for ModelKey {
    fn eq(&self, other: &Self) -> bool {
        self.app == other.app && (self.name == other.name || self.lower().eq(other.lower()))
    }
}

impl Eq for ModelKey {}

impl Ord for ModelKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_name = || self.lower().cmp(other.lower());
        self.app.cmp(&other.app).then_with(by_name)
    }
}

impl PartialOrd for ModelKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for ModelKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.app.hash(state);
        self.lower().for_each(|letter| letter.hash(state));
    }
}
