//! Reading JSON strictly: a key that nothing asked for is an error that names the nearest one, and every error says
//! where it is.
//!
//! Migration files go the same way: TOML becomes JSON's values first, and a [`Fault`]'s path leads back to its line.

use std::fmt;

use serde_json::{Map, Value};

use crate::error::{Error, suggestion};

/// What is wrong in a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The way to it from the outermost value, innermost step first.
    steps: Vec<Step>,
    /// What is wrong.
    pub(crate) message: String,
}

/// One step into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into an object.
    Key(String),
    /// Into a list.
    Index(usize),
}

/// A value read, or what is wrong with it.
pub(crate) type Parsed<T> = Result<T, Fault>;

impl Fault {
    /// A fault of the value that is being read.
    pub(crate) fn new(message: impl Into<String>) -> Fault {
        Fault {
            steps: Vec::new(),
            message: message.into(),
        }
    }

    /// The fault as seen from the object around it.
    pub(crate) fn at_key(mut self, key: &str) -> Fault {
        self.steps.push(Step::Key(key.to_owned()));
        self
    }

    /// The fault as seen from the list around it.
    pub(crate) fn at_index(mut self, index: usize) -> Fault {
        self.steps.push(Step::Index(index));
        self
    }

    /// The way to it, from the outermost value inwards.
    pub(crate) fn path(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().rev()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, step) in self.path().enumerate() {
            match step {
                Step::Key(key) if n == 0 => write!(f, "{key}")?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        if !self.steps.is_empty() {
            write!(f, ": ")?;
        }
        write!(f, "{}", self.message)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Error::migration(fault.to_string())
    }
}

/// An object that is being read key by key.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    map: &'a Map<String, Value>,
    what: &'static str,
    asked: Vec<&'static str>,
}

impl<'a> Object<'a> {
    /// Begins to read an object; `what` is what it describes, with its article (`a field`).
    pub(crate) fn new(value: &'a Value, what: &'static str) -> Parsed<Object<'a>> {
        match value {
            Value::Object(map) => Ok(Object {
                map,
                what,
                asked: Vec::new(),
            }),
            other => Err(expected(what, other)),
        }
    }

    /// Says more exactly what the object turned out to be.
    pub(crate) fn describe(&mut self, what: &'static str) {
        self.what = what;
    }

    /// The value of a key, read by a function; none if the key is not there.
    pub(crate) fn get<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&'a Value) -> Parsed<T>,
    ) -> Parsed<Option<T>> {
        self.asked.push(key);
        match self.map.get(key) {
            None => Ok(None),
            Some(Value::Null) => {
                Err(Fault::new(format!("`{key}` is null; leave the key out instead")).at_key(key))
            }
            Some(value) => read(value).map(Some).map_err(|fault| fault.at_key(key)),
        }
    }

    /// The value of a key that must be there.
    pub(crate) fn required<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&'a Value) -> Parsed<T>,
    ) -> Parsed<T> {
        self.get(key, read)?.ok_or_else(|| self.missing(key))
    }

    /// A key that is not there, or that somebody wrote otherwise.
    fn missing(&self, key: &'static str) -> Fault {
        let is_meant = |written: &&String| {
            !self.asked.contains(&written.as_str()) && 0.8 <= strsim::jaro_winkler(written, key)
        };
        match self.map.keys().find(is_meant) {
            None => Fault::new(format!("{} needs the key `{key}`", self.what)),
            Some(written) => {
                let hint = suggestion(written, [key]);
                Fault::new(format!("{} has no key `{written}`{hint}", self.what)).at_key(written)
            }
        }
    }

    /// The list of a key; empty if the key is not there.
    pub(crate) fn list<T>(
        &mut self,
        key: &'static str,
        read: impl FnMut(&'a Value) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        Ok(self
            .get(key, |value| list(value, read))?
            .unwrap_or_default())
    }

    /// The texts of a key; empty if the key is not there.
    pub(crate) fn texts(&mut self, key: &'static str) -> Parsed<Vec<String>> {
        self.list(key, text)
    }

    /// The text of a key.
    pub(crate) fn text(&mut self, key: &'static str) -> Parsed<Option<String>> {
        self.get(key, text)
    }

    /// The boolean of a key, or what it is by default.
    pub(crate) fn flag(&mut self, key: &'static str, default: bool) -> Parsed<bool> {
        Ok(self.get(key, boolean)?.unwrap_or(default))
    }

    /// The length of a key.
    pub(crate) fn length(&mut self, key: &'static str) -> Parsed<Option<u32>> {
        self.get(key, |value| {
            let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
            number.ok_or_else(|| expected("a whole number that is not negative", value))
        })
    }

    /// Ends the reading: any key that was not asked for is an error.
    pub(crate) fn finish(self) -> Parsed<()> {
        let unknown = self
            .map
            .keys()
            .find(|key| !self.asked.contains(&key.as_str()));
        unknown.map_or(Ok(()), |key| {
            let hint = suggestion(key, self.asked.iter().copied());
            Err(Fault::new(format!("{} has no key `{key}`{hint}", self.what)).at_key(key))
        })
    }
}

/// Reads text.
pub(crate) fn text(value: &Value) -> Parsed<String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| expected("text", value))
}

/// Reads `true` or `false`.
pub(crate) fn boolean(value: &Value) -> Parsed<bool> {
    value
        .as_bool()
        .ok_or_else(|| expected("true or false", value))
}

/// Reads a list.
pub(crate) fn list<'a, T>(
    value: &'a Value,
    mut read: impl FnMut(&'a Value) -> Parsed<T>,
) -> Parsed<Vec<T>> {
    let items = value.as_array().ok_or_else(|| expected("a list", value))?;
    let read_item = |(index, item)| read(item).map_err(|fault: Fault| fault.at_index(index));
    items.iter().enumerate().map(read_item).collect()
}

/// The fault of finding one thing where another was expected.
pub(crate) fn expected(what: &str, found: &Value) -> Fault {
    let found = match found {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    };
    Fault::new(format!("expected {what}, found {found}"))
}

/// An object that is being written key by key, in order, without what is at its default.
#[derive(Debug, Default)]
pub(crate) struct Writer(Map<String, Value>);

impl Writer {
    /// Writes a value.
    pub(crate) fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    /// Writes a value if there is one.
    pub(crate) fn some(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    /// Writes a boolean where it is not the default.
    pub(crate) fn flag(&mut self, key: &str, value: bool, default: bool) {
        if value != default {
            self.put(key, value);
        }
    }

    /// Writes a list unless it is empty.
    pub(crate) fn list<T>(&mut self, key: &str, items: &[T], write: impl Fn(&T) -> Value) {
        if !items.is_empty() {
            self.put(key, items.iter().map(write).collect::<Vec<Value>>());
        }
    }

    /// Writes a list of texts unless it is empty.
    pub(crate) fn texts(&mut self, key: &str, texts: &[String]) {
        self.list(key, texts, |text| Value::from(text.as_str()));
    }

    /// The object, unless nothing was written.
    pub(crate) fn non_empty(self) -> Option<Value> {
        (!self.0.is_empty()).then_some(Value::Object(self.0))
    }

    /// The object.
    pub(crate) fn finish(self) -> Value {
        Value::Object(self.0)
    }
}
