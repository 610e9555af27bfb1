//! The works on MySQL and MariaDB.

use diesel::connection::DefaultLoadingMode as Streaming;
use diesel::mysql::{Mysql as Backend, MysqlConnection as Connection};

#[path = "works.rs"]
mod works;

pub use works::Diesel;
