//! The plain SQL of leasing: databases made, rows deleted, everything dropped.

use std::any::Any;

use nuages::Result;
use nuages::driver::{Executor, Job, RowCursor, Statement};

use crate::Product;

/// Makes a database unless it is there.
pub(crate) async fn create_database(db: &dyn Executor, product: Product, name: &str) -> Result<()> {
    match product {
        Product::Sqlite => Ok(()),
        Product::MySql | Product::MariaDb => {
            db.batch(&format!(
                "CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4"
            ))
            .await
        }
        Product::Postgres => {
            let there = strings(
                db,
                &format!("SELECT datname::text FROM pg_database WHERE datname = '{name}'"),
            )
            .await?;
            if there.is_empty() {
                db.batch(&format!("CREATE DATABASE {name}")).await
            } else {
                Ok(())
            }
        }
    }
}

/// Deletes the rows of all tables, whatever points at what.
pub(crate) async fn delete_rows(db: &dyn Executor, product: Product) -> Result<()> {
    match product {
        Product::Sqlite => Ok(()),
        Product::Postgres => {
            let tables = strings(
                db,
                "SELECT quote_ident(tablename)::text FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
            )
            .await?;
            if tables.is_empty() {
                return Ok(());
            }
            db.batch(&format!(
                "TRUNCATE {} RESTART IDENTITY CASCADE",
                tables.join(", ")
            ))
            .await
        }
        Product::MySql | Product::MariaDb => {
            unchecked(db, "DELETE FROM ", "table_type = 'BASE TABLE'").await
        }
    }
}

/// Leaves an empty database.
///
/// # Errors
/// What the database said.
pub async fn drop_everything(db: &dyn Executor, product: Product) -> Result<()> {
    match product {
        Product::Sqlite => Ok(()),
        Product::Postgres => {
            let schemas = strings(
                db,
                "SELECT quote_ident(nspname)::text FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'",
            )
            .await?;
            let drops: String = schemas
                .iter()
                .map(|schema| format!("DROP SCHEMA {schema} CASCADE; "))
                .collect();
            db.batch(&format!("{drops}CREATE SCHEMA public")).await
        }
        Product::MySql | Product::MariaDb => {
            unchecked(db, "DROP VIEW ", "table_type = 'VIEW'").await?;
            unchecked(db, "DROP TABLE ", "table_type = 'BASE TABLE'").await?;
            unchecked(db, "DROP SEQUENCE ", "table_type = 'SEQUENCE'").await
        }
    }
}

/// Does the same to each table that `which` finds, on one connection that does not look at foreign keys.
async fn unchecked(db: &dyn Executor, verb: &str, which: &str) -> Result<()> {
    let tables = strings(
        db,
        &format!(
            "SELECT CONCAT('`', REPLACE(table_name, '`', '``'), '`') FROM information_schema.tables \
             WHERE table_schema = DATABASE() AND {which} ORDER BY table_name"
        ),
    )
    .await?;
    if tables.is_empty() {
        return Ok(());
    }
    let statements: String = tables
        .iter()
        .map(|table| format!("{verb}{table}; "))
        .collect();
    db.batch(&format!(
        "SET FOREIGN_KEY_CHECKS = 0; {statements}SET FOREIGN_KEY_CHECKS = 1"
    ))
    .await
}

/// The first column of a plain query, without its NULLs.
///
/// # Errors
/// What the database said, or that the column is not text.
pub async fn strings(db: &dyn Executor, sql: &str) -> Result<Vec<String>> {
    let query = Some(Statement::query(sql, Vec::new()));
    let job: Box<dyn Any> = db
        .run(Box::new(Strings {
            query,
            found: Vec::new(),
        }))
        .await?;
    Ok(job
        .downcast::<Strings>()
        .map(|job| job.found)
        .unwrap_or_default())
}

/// The job of [`strings`].
struct Strings {
    query: Option<Statement>,
    found: Vec<String>,
}

impl Job for Strings {
    fn wave(&mut self) -> Result<Vec<Statement>> {
        Ok(self.query.take().into_iter().collect())
    }

    fn row(&mut self, _statement: usize, row: &mut dyn RowCursor) -> Result<()> {
        self.found.extend(row.string(0)?);
        Ok(())
    }
}
