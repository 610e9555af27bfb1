//! Databases lent to cases, a few for each server, cleaned between them.
//!
//! Making a database costs up to seconds, so they stay: `nuages_test_0`, `nuages_test_1`, … A lock on a file, which the
//! system lets go of when a process dies, says that this process has the database; so several suites run side by side.
//! SQLite needs none of this: each case has a new file.

use std::fs::{File, OpenOptions};
use std::sync::Mutex;

use nuages::Database;
use tempfile::TempDir;
use url::Url;

use crate::{Given, Product, Server, Tables, sql};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// More databases than a machine runs trials at once.
const MOST_PLACES: u32 = 256;

/// The databases of one server.
#[derive(Debug)]
pub(crate) struct Places {
    product: Product,
    server: Server,
    free: Mutex<Vec<Place>>,
}

/// A database that this process has.
#[derive(Debug)]
struct Place {
    url: String,
    /// The tables in it, if they are as they were made.
    tables: Option<&'static str>,
    hold: Hold,
}

/// What keeps the database ours; never read, only dropped.
#[derive(Debug)]
#[expect(dead_code, reason = "dropping it is its use")]
enum Hold {
    Locked(File),
    Folder(TempDir),
}

/// A database lent to one case.
#[derive(Debug)]
pub(crate) struct Lease<'p> {
    places: &'p Places,
    place: Place,
    tables: Option<&'static str>,
}

impl Places {
    pub(crate) fn new(product: Product, server: Server) -> Self {
        Places {
            product,
            server,
            free: Mutex::default(),
        }
    }

    pub(crate) fn product(&self) -> Product {
        self.product
    }

    /// Whether there is no server to have databases on.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self.server, Server::Absent(_))
    }

    /// Lends a database with these tables and no rows, or without any table.
    pub(crate) async fn lease(&self, tables: Option<&'static Tables>) -> Result<Lease<'_>> {
        let wanted = tables.map(|tables| tables.name);
        let mut place = match self.take_free(wanted) {
            Some(place) => place,
            None => self.make().await?,
        };
        let db = Database::connect(&place.url).await?;
        if wanted.is_some() && place.tables == wanted {
            sql::delete_rows(&db, self.product).await?;
        } else {
            sql::drop_everything(&db, self.product).await?;
            if let Some(tables) = tables {
                (tables.create)(db.clone()).await?;
            }
        }
        db.close();
        // Until the case has ended well, nobody knows what it did to the tables.
        place.tables = None;
        Ok(Lease {
            places: self,
            place,
            tables: wanted,
        })
    }

    /// A free place, rather one that has the wanted tables.
    fn take_free(&self, wanted: Option<&'static str>) -> Option<Place> {
        let mut free = self.free.lock().ok()?;
        let fitting = free.iter().position(|place| place.tables == wanted);
        match fitting {
            Some(at) => Some(free.swap_remove(at)),
            None => free.pop(),
        }
    }

    async fn make(&self) -> Result<Place> {
        let Server::At(server) = &self.server else {
            return Err("there is no server".into());
        };
        if self.product == Product::Sqlite {
            let folder = tempfile::tempdir()?;
            let url = format!("sqlite://{}", folder.path().join("test.db").display());
            return Ok(Place {
                url,
                tables: None,
                hold: Hold::Folder(folder),
            });
        }
        let (number, lock) = self.lock_a_number()?;
        let name = format!("nuages_test_{number}");
        let db = Database::connect(server).await?;
        sql::create_database(&db, self.product, &name).await?;
        db.close();
        let mut url = Url::parse(server)?;
        url.set_path(&name);
        Ok(Place {
            url: url.into(),
            tables: None,
            hold: Hold::Locked(lock),
        })
    }

    /// The first number whose lock is free. A lock file that another user made counts as taken.
    fn lock_a_number(&self) -> Result<(u32, File)> {
        for number in 0..MOST_PLACES {
            let path = std::env::temp_dir()
                .join(format!("nuages-test-{}-{number}.lock", self.product.name()));
            let Ok(file) = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(path)
            else {
                continue;
            };
            if file.try_lock().is_ok() {
                return Ok((number, file));
            }
        }
        Err(format!("all of the {MOST_PLACES} databases for tests are taken").into())
    }
}

impl Lease<'_> {
    /// What the case is given.
    pub(crate) async fn open(&self) -> Result<Given> {
        let db = Database::connect(&self.place.url).await?;
        Ok(Given {
            db,
            url: self.place.url.clone(),
            product: self.places.product,
        })
    }

    /// Gives the database back after a case that ended well. One that did not keeps its lock until the suite ends, since
    /// what the case left running may still use it.
    pub(crate) fn give_back(mut self) {
        if let Hold::Folder(_) = self.place.hold {
            return;
        }
        self.place.tables = self.tables;
        if let Ok(mut free) = self.places.free.lock() {
            free.push(self.place);
        }
    }
}
