//! A migration as JSON's values: what lies between TOML and the types.

use md5::{Digest, Md5};
use serde_json::Value;

use super::{FORMAT, LintAllowance, Migration, MigrationKey, Phase};
use crate::meta::json::{Fault, Object, Parsed, Writer, boolean, expected, text};
use crate::migrate::operation::Operation;

impl MigrationKey {
    pub(super) fn from_json(value: &Value) -> Parsed<MigrationKey> {
        MigrationKey::parse(&text(value)?)
            .ok_or_else(|| expected("`app.name` of a migration", value))
    }

    pub(super) fn to_json(&self) -> Value {
        Value::from(self.to_string())
    }
}

impl LintAllowance {
    fn from_json(value: &Value) -> Parsed<LintAllowance> {
        let mut object = Object::new(value, "an entry of `lint_allow`")?;
        let allowance = LintAllowance {
            code: object.required("code", text)?,
            on: object.text("on")?,
            reason: object.required("reason", reason)?,
        };
        object.finish()?;
        Ok(allowance)
    }

    fn to_json(&self) -> Value {
        let mut writer = Writer::default();
        writer.put("code", self.code.as_str());
        writer.some("on", self.on.as_deref());
        writer.put("reason", self.reason.as_str());
        writer.finish()
    }
}

fn reason(value: &Value) -> Parsed<String> {
    let reason = text(value)?;
    if reason.trim().is_empty() {
        return Err(expected("a reason in words", value));
    }
    Ok(reason)
}

impl Migration {
    /// Reads the keys of a file.
    pub(super) fn from_json(value: &Value) -> Parsed<Migration> {
        let mut object = Object::new(value, "a migration")?;
        object.required("format", check_format)?;
        let migration = Migration {
            app: object.required("app", text)?,
            name: object.required("name", text)?,
            dependencies: object.list("dependencies", MigrationKey::from_json)?,
            run_before: object.list("run_before", MigrationKey::from_json)?,
            replaces: object.list("replaces", MigrationKey::from_json)?,
            initial: object.get("initial", boolean)?,
            atomic: object.get("atomic", boolean)?,
            phase: object.get("phase", Phase::from_json)?,
            allow: object.texts("allow")?,
            lint_allow: object.list("lint_allow", LintAllowance::from_json)?,
            operations: object.list("operations", Operation::from_json)?,
        };
        object.finish()?;
        Ok(migration)
    }

    /// The keys that stand before the operations, in order, without those at their defaults.
    pub(super) fn head_to_json(&self) -> Writer {
        let mut writer = Writer::default();
        writer.put("app", self.app.as_str());
        writer.put("name", self.name.as_str());
        writer.list("dependencies", &self.dependencies, MigrationKey::to_json);
        writer.list("run_before", &self.run_before, MigrationKey::to_json);
        writer.list("replaces", &self.replaces, MigrationKey::to_json);
        writer.some("initial", self.initial);
        writer.some("atomic", self.atomic);
        writer.some("phase", self.phase.map(Phase::word));
        writer.texts("allow", &self.allow);
        writer.list("lint_allow", &self.lint_allow, LintAllowance::to_json);
        writer
    }

    /// A hash of what the migration does: it stays when comments, consent or the order of keys change, and becomes
    /// another when an operation does. History keeps it, so that a file that was changed after it ran is noticed.
    pub fn meaning_hash(&self) -> String {
        let mut writer = Writer::default();
        writer.list("operations", &self.operations, Operation::to_json);
        writer.flag("atomic", self.is_atomic(), true);
        let digest = Md5::digest(writer.finish().to_string().as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn check_format(value: &Value) -> Parsed<()> {
    match value.as_i64() {
        Some(FORMAT) => Ok(()),
        Some(newer) if FORMAT < newer => Err(Fault::new(format!(
            "format {newer} was written by a newer migrate; update it"
        ))),
        _ => Err(expected(&format!("the format {FORMAT}"), value)),
    }
}
