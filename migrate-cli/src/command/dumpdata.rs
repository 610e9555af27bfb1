//! `migrate dumpdata`: rows as JSON.

use std::fs::File;
use std::io::{BufWriter, Write};

use nuages::fixture;
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::{Setting, fixture_models};
use crate::args::DumpArgs;
use crate::failure::{Failure, Result};
use crate::print;

pub(super) async fn run(setting: &Setting<'_>, args: &DumpArgs) -> Result<u8> {
    let database = setting.connect().await?;
    let models = fixture_models(setting, &database).await?;
    let models = models.only(&args.labels)?.except(&args.exclude)?;
    let rows = match &args.output {
        None => {
            let mut out = Objects::new(anstream::stdout().lock(), args.indent);
            let rows = fixture::dump(&database, &models, |object| out.push(&object)).await?;
            out.end()?;
            rows
        }
        Some(path) => {
            // Written beside its place, so that a dump that fails leaves no half of one there.
            let part = path.with_extension("part");
            let fault = |error| Failure::error(format!("{}: {error}", print::path(path)));
            let file = File::create(&part).map_err(fault)?;
            let mut out = Objects::new(BufWriter::new(file), args.indent);
            let rows = fixture::dump(&database, &models, |object| out.push(&object)).await;
            let rows = rows.and_then(|rows| out.end().map(|()| rows));
            if rows.is_err() {
                // The error says more than that of a file that stays.
                let _ = std::fs::remove_file(&part);
            } else {
                std::fs::rename(&part, path).map_err(fault)?;
            }
            rows?
        }
    };
    if args.output.is_some() {
        print::note(format!("Wrote {rows} objects"));
    }
    Ok(0)
}

/// A list of objects, written one by one.
struct Objects<W> {
    out: W,
    indent: Option<usize>,
    is_empty: bool,
}

impl<W: Write> Objects<W> {
    fn new(out: W, indent: Option<usize>) -> Self {
        Objects {
            out,
            indent,
            is_empty: true,
        }
    }

    fn push(&mut self, object: &Value) -> nuages::Result<()> {
        self.try_push(object).map_err(nuages::Error::user)
    }

    fn try_push(&mut self, object: &Value) -> std::io::Result<()> {
        let before = match (self.is_empty, self.indent) {
            (true, Some(_)) => "[\n",
            (true, None) => "[",
            (false, Some(_)) => ",\n",
            (false, None) => ", ",
        };
        self.is_empty = false;
        self.out.write_all(before.as_bytes())?;
        match self.indent {
            None => serde_json::to_writer(&mut self.out, object)?,
            Some(width) => {
                let indent = " ".repeat(width);
                let formatter = PrettyFormatter::with_indent(indent.as_bytes());
                object.serialize(&mut Serializer::with_formatter(&mut self.out, formatter))?;
            }
        }
        Ok(())
    }

    fn end(&mut self) -> nuages::Result<()> {
        let close = match (self.is_empty, self.indent) {
            (true, _) => "[]\n",
            (false, Some(_)) => "\n]\n",
            (false, None) => "]\n",
        };
        let written = self.out.write_all(close.as_bytes());
        written
            .and_then(|()| self.out.flush())
            .map_err(nuages::Error::user)
    }
}
