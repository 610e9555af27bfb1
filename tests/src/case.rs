//! Cases, and what a case is given.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use nuages::Database;
use nuages::sql::Features;

use crate::Product;
use crate::suite::PATIENCE;

/// What a case ends with; `?` takes any error. A failed assertion ends it too.
pub type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// What a case is given: a database that nobody else uses meanwhile.
#[derive(Debug)]
pub struct Given {
    /// A pool of connections of its own.
    pub db: Database,
    /// The database's URL, for cases that want a second pool, other options, or a subprocess.
    pub url: String,
    /// For choosing what is expected, never for skipping.
    pub product: Product,
}

/// A set of tables that cases share: made once for a database, emptied between its cases.
#[derive(Clone, Copy)]
pub struct Tables {
    /// Names the set.
    pub name: &'static str,
    /// Makes the tables in an empty database.
    pub create: fn(Database) -> BoxFuture<'static, Outcome>,
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tables({})", self.name)
    }
}

/// A behaviour, written once for all databases.
#[derive(Debug, Clone)]
pub struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: fn(Given) -> BoxFuture<'static, Outcome>,
    pub(crate) tables: Option<&'static Tables>,
    pub(crate) requires: Vec<Requirement>,
    pub(crate) once: bool,
    pub(crate) patience: Duration,
}

/// What a database must be able to do for a case to be run on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Requirement {
    pub(crate) feature: &'static str,
    pub(crate) is_met: fn(&Features) -> bool,
}

impl Case {
    /// A case that begins with an empty database; the macro [`cases!`](crate::cases) is shorter.
    pub fn new(name: &'static str, run: fn(Given) -> BoxFuture<'static, Outcome>) -> Self {
        Case {
            name,
            run,
            tables: None,
            requires: Vec::new(),
            once: false,
            patience: PATIENCE,
        }
    }

    /// The case may take longer than others before it counts as stuck, say because it builds something.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The case is the same on every database, so it is run on one.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// The case begins with these tables, without rows, and does not change them. Keys may go on counting.
    #[must_use]
    pub fn on(mut self, tables: &'static Tables) -> Self {
        self.tables = Some(tables);
        self
    }

    /// The case is shown as ignored, with the feature's name, where the database has no such feature.
    #[must_use]
    pub fn requires(mut self, feature: &'static str, is_met: fn(&Features) -> bool) -> Self {
        self.requires.push(Requirement { feature, is_met });
        self
    }
}

/// Cases of one subject.
#[derive(Debug)]
pub struct Area {
    pub(crate) name: &'static str,
    pub(crate) cases: Vec<Case>,
}

impl Area {
    /// An area; its name stands in the names of its trials.
    pub fn new(name: &'static str, cases: Vec<Case>) -> Self {
        Area { name, cases }
    }
}

/// A list of cases from the names of their functions, each with what [`Case`] lets one add: `a_case.on(&BLOG)`.
#[macro_export]
macro_rules! cases {
    ($($name:ident $(. $option:ident ($($argument:expr),*))*),* $(,)?) => {
        vec![$($crate::Case::new(stringify!($name), |given| Box::pin($name(given)))$(.$option($($argument),*))*),*]
    };
}
