//! Whether branches of migrations may be joined: which of their operations touch the same thing.
//!
//! Every operation writes some things (a model, a field, an index, an option) and reads others. Two operations of
//! different branches commute if neither writes what the other reads or writes; then it does not matter which branch
//! comes first. SQL is looked through for the names of tables and columns; of a Rust function nothing is known, so it
//! commutes with the creation of models alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::meta::condition::Condition;
use crate::migrate::files::{Migration, MigrationKey};
use crate::migrate::operation::{Operation, RunSql, SqlText};
use crate::migrate::state::{FieldState, ModelKey, ModelState, ProjectState, default_table};

/// Two operations of different branches that touch the same thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Clash {
    /// The migration of the one branch, and its operation in words.
    pub one: (MigrationKey, String),
    /// The migration of the other branch, and its operation in words.
    pub other: (MigrationKey, String),
    /// What both touch, in words.
    pub about: String,
}

/// A thing that operations read or write.
#[derive(Debug, Clone, PartialEq)]
enum Thing {
    /// Whether a model is there, its name and its table.
    Model(ModelKey),
    Field(ModelKey, String),
    /// An index or a constraint.
    Part(ModelKey, String),
    Option(ModelKey, &'static str),
    /// Whatever the words of some SQL name.
    Sql(String),
    /// Whatever a function of the program does.
    Function(String),
}

/// What one operation has to do with.
#[derive(Debug, Default)]
struct Touched {
    writes: Vec<Thing>,
    reads: Vec<Thing>,
}

/// An operation where it stands.
struct Placed<'a> {
    migration: &'a Migration,
    operation: &'a Operation,
    touched: Touched,
}

/// The operations of different branches that do not commute; `states` have the tables of the models.
pub fn clashes(branches: &[Vec<&Migration>], states: &[ProjectState]) -> Vec<Clash> {
    let tables: BTreeMap<ModelKey, String> = states
        .iter()
        .flat_map(|state| {
            let table = |model: &Arc<ModelState>| (model.key(), state.table_of(model));
            state.models.values().map(table).collect::<Vec<_>>()
        })
        .collect();
    let placed: Vec<Vec<Placed<'_>>> = branches.iter().map(|branch| place(branch)).collect();
    let mut clashes = Vec::new();
    for (at, branch) in placed.iter().enumerate() {
        for other_branch in &placed[at + 1..] {
            for one in branch {
                for other in other_branch {
                    if let Some(about) = shared(&one.touched, &other.touched, &tables) {
                        clashes.push(Clash {
                            one: one.named(),
                            other: other.named(),
                            about,
                        });
                    }
                }
            }
        }
    }
    clashes
}

fn place<'a>(branch: &[&'a Migration]) -> Vec<Placed<'a>> {
    let of_migration = |migration: &&'a Migration| {
        let migration = *migration;
        migration.operations.iter().map(move |operation| {
            let mut touched = Touched::default();
            touched.add(operation, &migration.app);
            Placed {
                migration,
                operation,
                touched,
            }
        })
    };
    branch.iter().flat_map(of_migration).collect()
}

impl Placed<'_> {
    fn named(&self) -> (MigrationKey, String) {
        (self.migration.key(), self.operation.describe())
    }
}

/// What one writes and the other reads or writes, in words.
fn shared(one: &Touched, other: &Touched, tables: &BTreeMap<ModelKey, String>) -> Option<String> {
    let all = |touched: &'_ Touched| -> Vec<Thing> {
        touched
            .writes
            .iter()
            .chain(&touched.reads)
            .cloned()
            .collect()
    };
    let meets = |writes: &[Thing], others: &[Thing]| {
        let pairs = writes
            .iter()
            .flat_map(|thing| others.iter().map(move |other| (thing, other)));
        pairs
            .filter_map(|(thing, other)| thing.meets(other, tables))
            .next()
    };
    meets(&one.writes, &all(other)).or_else(|| meets(&other.writes, &all(one)))
}

impl Thing {
    /// What the two have in common, in words; `self` is written.
    fn meets(&self, other: &Thing, tables: &BTreeMap<ModelKey, String>) -> Option<String> {
        let table = |key: &ModelKey| {
            let default = || default_table(&key.app, &key.name);
            tables.get(key).cloned().unwrap_or_else(default)
        };
        match (self, other) {
            (Thing::Function(name), _) | (_, Thing::Function(name)) => {
                let of_new =
                    |thing: &Thing| matches!(thing, Thing::Model(key) if !tables.contains_key(key));
                let is_known = of_new(self) || of_new(other);
                (!is_known).then(|| {
                    format!("what the function `{name}` does, which only its author knows")
                })
            }
            (Thing::Sql(one), Thing::Sql(two)) => {
                let mut names = tables.values();
                let common = names.find(|table| has_word(one, table) && has_word(two, table))?;
                Some(format!("the table `{common}` (both are SQL)"))
            }
            (Thing::Sql(sql), thing) | (thing, Thing::Sql(sql)) => {
                let key = thing.model()?;
                let is_named = match thing {
                    Thing::Field(_, name) => {
                        has_word(sql, name) || has_word(sql, &format!("{name}_id"))
                    }
                    Thing::Part(..) | Thing::Option(..) => false,
                    _ => true,
                };
                (is_named && has_word(sql, &table(key)))
                    .then(|| format!("{}, which the SQL names", thing.words()))
            }
            (Thing::Model(one), thing) | (thing, Thing::Model(one)) => {
                (thing.model() == Some(one)).then(|| thing.words())
            }
            (one, other) => (one == other).then(|| one.words()),
        }
    }

    fn model(&self) -> Option<&ModelKey> {
        match self {
            Thing::Model(key)
            | Thing::Field(key, _)
            | Thing::Part(key, _)
            | Thing::Option(key, _) => Some(key),
            Thing::Sql(_) | Thing::Function(_) => None,
        }
    }

    fn words(&self) -> String {
        match self {
            Thing::Model(key) => format!("the model {key}"),
            Thing::Field(key, name) => format!("the field {key}.{name}"),
            Thing::Part(key, name) => format!("`{name}` of {key}"),
            Thing::Option(key, name) => format!("the {name} of {key}"),
            Thing::Sql(_) => "SQL".to_owned(),
            Thing::Function(name) => format!("the function `{name}`"),
        }
    }
}

/// Whether a name stands in a text as a word, in whatever case.
fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.split(|letter: char| !is_letter(letter))
        .any(|found| found.eq_ignore_ascii_case(word))
}

impl Touched {
    fn add(&mut self, operation: &Operation, app: &str) {
        use Operation as Op;
        let key = |model: &str| ModelKey::new(app, model);
        match operation {
            Op::CreateModel(op) => {
                self.writes.push(Thing::Model(key(&op.model)));
                self.reads
                    .extend(op.options.bases.iter().cloned().map(Thing::Model));
                op.fields.iter().for_each(|field| self.read_target(field));
            }
            Op::DeleteModel(op) => self.writes.push(Thing::Model(key(&op.model))),
            Op::RenameModel(op) => {
                let names = [&op.old_name, &op.new_name];
                self.writes
                    .extend(names.map(|name| Thing::Model(key(name))));
            }
            Op::AddField(op) => self.write_field(key(&op.model), &op.field),
            Op::AlterField(op) => self.write_field(key(&op.model), &op.field),
            Op::RemoveField(op) => self
                .writes
                .push(Thing::Field(key(&op.model), op.name.clone())),
            Op::RenameField(op) => {
                let names = [&op.old_name, &op.new_name];
                self.writes
                    .extend(names.map(|name| Thing::Field(key(&op.model), name.clone())));
            }
            Op::RunSql(RunSql {
                sql,
                state_operations,
                ..
            }) => {
                self.writes.push(Thing::Sql(all_text(sql)));
                self.add_all(state_operations, app);
            }
            Op::RunRust(op) => self.writes.push(Thing::Function(op.forward.clone())),
            Op::SeparateDatabaseAndState(op) => {
                self.add_all(&op.database_operations, app);
                self.add_all(&op.state_operations, app);
            }
            Op::CreateExtension(_) => {}
            Op::Elidable(inner) => self.add(inner, app),
            other => self.add_part(other, app),
        }
    }

    fn add_all(&mut self, operations: &[Operation], app: &str) {
        operations
            .iter()
            .for_each(|operation| self.add(operation, app));
    }

    /// Indexes, constraints and options.
    fn add_part(&mut self, operation: &Operation, app: &str) {
        use Operation as Op;
        let Some(model) = operation.model() else {
            return;
        };
        let key = ModelKey::new(app, model);
        let part = |name: &str| Thing::Part(key.clone(), name.to_owned());
        let option = |name: &'static str| Thing::Option(key.clone(), name);
        let field = |name: &str| {
            let name = name.trim_start_matches('-');
            Thing::Field(
                key.clone(),
                name.strip_suffix("_id").unwrap_or(name).to_owned(),
            )
        };
        self.reads.push(Thing::Option(key.clone(), "existence"));
        match operation {
            Op::AddIndex(op) => {
                self.writes.push(part(&op.index.name));
                let fields = op.index.referenced_fields();
                self.reads.extend(fields.iter().map(|name| field(name)));
            }
            Op::RemoveIndex(op) => self.writes.push(part(&op.name)),
            Op::RenameIndex(op) => self.writes.extend([part(&op.old_name), part(&op.new_name)]),
            Op::AddConstraint(op) => {
                self.writes.push(part(&op.constraint.name));
                let fields = op.constraint.referenced_fields();
                self.reads.extend(fields.iter().map(|name| field(name)));
            }
            Op::AlterConstraint(op) => self.writes.push(part(&op.constraint.name)),
            Op::RemoveConstraint(op) => self.writes.push(part(&op.name)),
            Op::ValidateConstraint(op) => self.writes.push(part(&op.name)),
            Op::AlterModelTable(_) => self.writes.push(Thing::Model(key)),
            Op::AlterModelTableComment(_) => self.writes.push(option("comment")),
            Op::AlterModelOptions(_) => self.writes.push(option("options")),
            Op::AlterUniqueTogether(op) => {
                self.writes.push(option("unique_together"));
                let names = op.unique_together.iter().flatten();
                self.reads.extend(names.map(|name| field(name)));
            }
            Op::AlterOrderWithRespectTo(_) => self.writes.push(option("order_with_respect_to")),
            Op::KeepInStep(op) | Op::StopKeepingInStep(op) => {
                self.writes.push(field(&op.field));
                self.writes.extend(op.with.as_deref().map(field));
            }
            Op::Backfill(op) => {
                let set = op.set.iter().chain(&op.reverse);
                self.writes.extend(set.clone().map(|(name, _)| field(name)));
                let read = set.flat_map(|(_, expression)| expression.fields());
                self.reads.extend(read.map(field));
                let read = op.condition.iter().flat_map(Condition::fields);
                self.reads.extend(read.map(field));
            }
            Op::AddTableAlias(_) | Op::RemoveTableAlias(_) => self.reads.push(Thing::Model(key)),
            _ => {}
        }
    }

    fn write_field(&mut self, key: ModelKey, field: &FieldState) {
        self.read_target(field);
        self.writes.push(Thing::Field(key, field.name.clone()));
    }

    fn read_target(&mut self, field: &FieldState) {
        let Some(relation) = &field.relation else {
            return;
        };
        // Another branch may well add fields to the model; that it is there under this name is what is read.
        self.reads
            .push(Thing::Option(relation.to.clone(), "existence"));
        self.reads.extend(
            relation
                .through
                .iter()
                .map(|through| Thing::Option(through.clone(), "existence")),
        );
        if let Some(to_field) = &relation.to_field {
            self.reads
                .push(Thing::Field(relation.to.clone(), to_field.clone()));
        }
    }
}

fn all_text(sql: &SqlText) -> String {
    match sql {
        SqlText::Same(sql) => sql.clone(),
        SqlText::ByBackend(texts) => {
            let texts: Vec<&str> = texts.iter().map(|(_, sql)| sql.as_str()).collect();
            texts.join("\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clashing(ours: &str, theirs: &str) -> Option<String> {
        let read = |name: &str, operation: &str| {
            let text = format!(
                "format = 1\napp = \"blog\"\nname = \"{name}\"\ndependencies = []\n[[operations]]\n{operation}\n"
            );
            Migration::parse(name, &text).unwrap()
        };
        let (ours, theirs) = (read("0002_ours", ours), read("0002_theirs", theirs));
        let post = r#"{"models": [{"app": "blog", "name": "Post", "table": "blog_post", "fields": [
            {"name": "id", "type": "big_auto", "primary_key": true}, {"name": "title", "type": "text"}]}]}"#;
        let state = ProjectState::from_json_text(post).unwrap();
        let clashes = clashes(&[vec![&ours], vec![&theirs]], &[state]);
        clashes.into_iter().next().map(|clash| clash.about)
    }

    const ADD: &str = "op = \"add_field\"\nmodel = \"Post\"\nfield = { name = \"body\", type = \"text\", null = true }";
    const ALTER: &str = "op = \"alter_field\"\nmodel = \"Post\"\nfield = { name = \"title\", type = \"char\", max_length = 9 }";
    const CREATE: &str = "op = \"create_model\"\nmodel = \"Tag\"\ntable = \"blog_tag\"\nfields = [{ name = \"id\", type = \"big_auto\", primary_key = true }]";
    const DELETE: &str = "op = \"delete_model\"\nmodel = \"Post\"";
    const INDEX: &str = "op = \"add_index\"\nmodel = \"Post\"\nindex = { name = \"title_idx\", fields = [\"-title\"] }";

    #[test]
    fn branches_commute_unless_they_touch_one_thing() {
        assert_eq!(clashing(ADD, ALTER), None);
        assert_eq!(clashing(ADD, CREATE), None);
        assert_eq!(clashing(INDEX, ADD), None);
        assert_eq!(
            clashing(INDEX, ALTER).as_deref(),
            Some("the field blog.Post.title")
        );
        assert_eq!(
            clashing(ALTER, ALTER).as_deref(),
            Some("the field blog.Post.title")
        );
        assert_eq!(
            clashing(ADD, DELETE).as_deref(),
            Some("the field blog.Post.body")
        );
        assert!(clashing(INDEX, DELETE).is_some());
    }

    #[test]
    fn sql_is_known_by_its_words_and_functions_not_at_all() {
        let sql = "op = \"run_sql\"\nsql = \"UPDATE blog_post SET title = ''\"\nreverse_sql = \"\"";
        let other =
            "op = \"run_sql\"\nsql = \"UPDATE accounts_user SET title = ''\"\nreverse_sql = \"\"";
        let function = "op = \"run_rust\"\nforward = \"blog.fill\"";
        assert!(clashing(sql, ALTER).is_some_and(|about| about.contains("blog.Post.title")));
        assert_eq!(clashing(sql, ADD), None);
        assert_eq!(clashing(other, ALTER), None);
        assert!(clashing(sql, sql).is_some());
        assert!(clashing(function, ADD).is_some_and(|about| about.contains("blog.fill")));
        assert_eq!(clashing(function, CREATE), None);
    }
}
