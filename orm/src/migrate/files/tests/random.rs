//! Random migrations, from a seed.

use crate::meta::condition::{Condition, Expression, Lookup};
use crate::meta::kind::FieldKind;
use crate::meta::literal::{DefaultFunction, DefaultValue, Literal};
use crate::migrate::files::{LintAllowance, Migration, MigrationKey, Phase};
use crate::migrate::operation::*;
use crate::migrate::state::*;

pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        // Marsaglia's xorshift64*.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 16) % bound
    }

    fn one_in(&mut self, chance: u64) -> bool {
        self.below(chance) == 0
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        let at = usize::try_from(self.below(items.len() as u64)).unwrap();
        items[at].clone()
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Random) -> T) -> Option<T> {
        self.one_in(3).then(|| make(self))
    }

    fn many<T>(&mut self, from: u64, to: u64, mut make: impl FnMut(&mut Random) -> T) -> Vec<T> {
        let count = from + self.below(to - from + 1);
        (0..count).map(|_| make(self)).collect()
    }

    pub(super) fn name(&mut self) -> String {
        let name = self.pick(&[
            "id", "title", "or", "and", "not", "f", "fn", "value", "json", "year", "größe", "a1",
            "z",
        ]);
        format!(
            "{name}{}",
            if self.one_in(2) {
                String::new()
            } else {
                self.below(9).to_string()
            }
        )
    }

    fn text(&mut self) -> String {
        let pieces = [
            "",
            "a",
            "it's",
            "\"q\"",
            "\\",
            "\n",
            "\t",
            "\r\n",
            "é",
            "'''",
            "\"\"\"",
            "\u{1}",
            "\u{7f}",
            "# no comment",
            "=",
            "[x]",
            "\u{1F600}",
        ];
        self.many(0, 4, |random| random.pick(&pieces)).concat()
    }

    fn number(&mut self) -> i64 {
        let number = self.next().cast_signed();
        if self.one_in(4) {
            number
        } else {
            number % 1000
        }
    }

    fn literal(&mut self) -> Literal {
        match self.below(6) {
            0 => Literal::Bool(self.one_in(2)),
            1 => Literal::Int(self.number()),
            2 => Literal::Float(f64::from(i32::try_from(self.below(100_000)).unwrap()) / 64.0),
            3 => Literal::List(self.many(0, 2, |random| Literal::Text(random.text()))),
            4 => {
                let value = self.pick(&[
                    "null",
                    "[null, 1]",
                    "{}",
                    "{\"a\": null}",
                    "{\"fn\": \"now\"}",
                    "{\"b\": [1.5, \"x\"]}",
                    "[18446744073709551615, 1]",
                ]);
                Literal::from_json_value(&serde_json::from_str(value).unwrap()).unwrap()
            }
            _ => Literal::Text(self.text()),
        }
    }

    fn expression(&mut self, depth: u64) -> Expression {
        match self.below(if depth == 0 { 2 } else { 4 }) {
            0 => Expression::Field(self.name()),
            1 => Expression::Literal(self.literal()),
            2 => {
                let name = self.pick(&["lower", "year", "add", "coalesce", "now", "case", "month"]);
                Expression::function(name, self.many(0, 2, |random| random.expression(depth - 1)))
            }
            _ => Expression::Condition(Box::new(self.condition(depth - 1))),
        }
    }

    fn condition(&mut self, depth: u64) -> Condition {
        match self.below(if depth == 0 { 1 } else { 5 }) {
            0 | 1 => {
                let lookup = self.pick(&Lookup::ALL);
                Condition::compare(self.expression(depth), lookup, self.expression(depth))
            }
            2 => Condition::And(self.many(1, 3, |random| random.condition(depth - 1))),
            3 => Condition::Or(self.many(1, 3, |random| random.condition(depth - 1))),
            _ => Condition::Not(Box::new(self.condition(depth - 1))),
        }
    }

    fn default(&mut self, kind: FieldKind) -> DefaultValue {
        match self.below(4) {
            0 => DefaultValue::Function(self.pick(&[DefaultFunction::Now, DefaultFunction::Uuid4])),
            1 => DefaultValue::Rust("blog::default".to_owned()),
            _ => DefaultValue::Value(self.typed_literal(kind)),
        }
    }

    fn typed_literal(&mut self, kind: FieldKind) -> Literal {
        match kind {
            FieldKind::Boolean => Literal::Bool(self.one_in(2)),
            FieldKind::Float => {
                Literal::Float(f64::from(u32::try_from(self.below(9999)).unwrap()) / 8.0)
            }
            FieldKind::Decimal => Literal::Text(format!("-{}.50", self.below(99))),
            FieldKind::Binary => Literal::Text("aGFsbG8=".to_owned()),
            FieldKind::Json | FieldKind::ForeignKey => self.literal(),
            kind if kind.is_integer() => Literal::Int(self.number()),
            _ => Literal::Text(self.text()),
        }
    }

    fn key(&mut self) -> ModelKey {
        ModelKey::new(
            self.pick(&["blog", "shop"]),
            self.pick(&["Post", "Author", "BlogTag"]),
        )
    }

    pub(super) fn field(&mut self, name: String) -> FieldState {
        let kind = self.pick(&FieldKind::ALL);
        let mut field = if kind.is_relation() {
            FieldState::relation(name, kind, self.key())
        } else {
            FieldState::new(name, kind)
        };
        field.null = self.one_in(3);
        field.max_length = self
            .maybe(|random| u32::try_from(random.below(300)).unwrap())
            .or(field.max_length);
        field.column = self.maybe(Random::text);
        field.index = self.one_in(2);
        field.unique = self.one_in(2);
        field.auto_now = self.one_in(5);
        field.comment = self.maybe(Random::text);
        field.choices = self.many(0, 2, |random| random.literal());
        field.blank = self.one_in(3);
        field.help_text = self.maybe(Random::text);
        if !matches!(
            kind,
            FieldKind::Generated | FieldKind::CompositePrimaryKey | FieldKind::ManyToMany
        ) {
            field.default = self.maybe(|random| random.default(kind));
            field.db_default = self.maybe(|random| Expression::Literal(random.typed_literal(kind)));
        }
        if kind == FieldKind::CompositePrimaryKey {
            field.fields = self.many(1, 3, Random::name);
        }
        if kind == FieldKind::Generated {
            let mut output = FieldState::new("", FieldKind::Decimal);
            output.max_digits = self.maybe(|_| 9);
            let expression = self.expression(2);
            field.generated = Some(Box::new(GeneratedState {
                expression,
                output,
                stored: self.one_in(2),
            }));
        }
        let on_delete = self.on_delete();
        let (name, condition) = (
            self.maybe(Random::text),
            self.maybe(|random| random.condition(1)),
        );
        if let Some(relation) = &mut field.relation {
            relation.related_name = name;
            relation.limit_choices_to = condition;
            relation.db_constraint = self.one_in(2);
            if kind == FieldKind::ManyToMany {
                relation.symmetrical = self.maybe(|random| random.one_in(2));
                relation.through = self.maybe(Random::key);
                relation.through_fields = self.many(0, 2, Random::name);
            } else {
                relation.on_delete = Some(on_delete);
                relation.to_field = self.maybe(Random::name);
            }
        }
        field
    }

    fn on_delete(&mut self) -> OnDelete {
        if self.one_in(4) {
            OnDelete::Set(DefaultValue::Value(self.literal()))
        } else {
            self.pick(&OnDelete::WORDS).1
        }
    }

    fn index(&mut self, name: String) -> IndexState {
        let mut index = IndexState::new(name, &[]);
        if self.one_in(3) {
            index.expressions = self.many(1, 2, |random| random.expression(2));
        } else {
            index.fields = self.many(1, 2, |random| format!("-{}", random.name()));
        }
        index.condition = self.maybe(|random| random.condition(2));
        index.include = self.many(0, 2, Random::name);
        index.using = self.maybe(|_| "gin".to_owned());
        index
    }

    fn constraint(&mut self, name: String) -> ConstraintState {
        match self.below(3) {
            0 => ConstraintState::check(name, self.condition(3)),
            1 => {
                let mut unique = ConstraintState::unique(name, &["a", "b"]);
                unique.deferrable = self
                    .maybe(|random| random.pick(&[Deferrable::Deferred, Deferrable::Immediate]));
                unique.nulls_distinct = self.maybe(|random| random.one_in(2));
                unique.violation_error_message = self.maybe(Random::text);
                unique
            }
            _ => {
                let mut exclude = ConstraintState::new(ConstraintKind::Exclude, name);
                exclude.elements =
                    self.many(1, 2, |random| (random.expression(2), "&&".to_owned()));
                exclude.condition = self.maybe(|random| random.condition(1));
                exclude
            }
        }
    }

    fn options(&mut self) -> ModelOptions {
        let mut unique_together = self.many(0, 2, |random| random.many(1, 2, Random::name));
        unique_together.sort();
        unique_together.dedup();
        ModelOptions {
            ordering: self.many(0, 2, Random::name),
            managed: !self.one_in(4),
            proxy: self.one_in(4),
            bases: self.many(0, 1, Random::key),
            unique_together,
            comment: self.maybe(Random::text),
            get_latest_by: self.many(0, 2, Random::name),
            ..ModelOptions::default()
        }
    }

    fn named<T>(&mut self, mut make: impl FnMut(&mut Random, String) -> T) -> Vec<T> {
        let count = self.below(4);
        (0..count)
            .map(|n| make(self, format!("name_{n}")))
            .collect()
    }

    fn create_model(&mut self) -> CreateModel {
        CreateModel {
            model: "Post".to_owned(),
            table: self.maybe(Random::text),
            fields: self.named(Random::field),
            options: self.options(),
            indexes: self.named(Random::index),
            constraints: self.named(Random::constraint),
        }
    }

    fn sql(&mut self) -> SqlText {
        if self.one_in(3) {
            let names = crate::db::database_names();
            SqlText::ByBackend(names.map(|name| (name.to_owned(), self.text())).collect())
        } else {
            SqlText::Same(format!("UPDATE x\n{}", self.text()))
        }
    }

    fn operation(&mut self, depth: u64) -> Operation {
        let model = || "Post".to_owned();
        let operation = match self.below(if depth == 0 { 10 } else { 12 }) {
            0 | 1 => Operation::CreateModel(self.create_model()),
            2 => Operation::DeleteModel(DeleteModel { model: model() }),
            3 => {
                let name = self.name();
                let (field, preserve_default) = (self.field(name), self.one_in(2));
                Operation::AddField(AddField {
                    model: model(),
                    field,
                    preserve_default,
                })
            }
            4 => {
                let name = self.name();
                Operation::AlterField(AlterField::new(model(), self.field(name)))
            }
            5 => Operation::AddIndex(AddIndex {
                model: model(),
                index: self.index("i".to_owned()),
            }),
            6 => {
                let (constraint, not_valid) = (self.constraint("c".to_owned()), self.one_in(2));
                Operation::AddConstraint(AddConstraint {
                    model: model(),
                    constraint,
                    not_valid,
                })
            }
            7 => {
                let options = self.options().alterable();
                Operation::AlterModelOptions(AlterModelOptions {
                    model: model(),
                    options,
                })
            }
            8 => Operation::RunRust(RunRust {
                forward: self.text(),
                reverse: self.maybe(Random::text),
            }),
            9 => self.operation_of_phases(),
            10 => Operation::RunSql(RunSql {
                sql: self.sql(),
                reverse_sql: self.maybe(Random::sql),
                state_operations: self.many(0, 2, |random| random.operation(depth - 1)),
            }),
            _ => Operation::SeparateDatabaseAndState(SeparateDatabaseAndState {
                database_operations: self.many(0, 2, |random| random.operation(depth - 1)),
                state_operations: self.many(0, 2, |random| random.operation(depth - 1)),
            }),
        };
        if self.one_in(5) {
            Operation::Elidable(Box::new(operation))
        } else {
            operation
        }
    }

    fn operation_of_phases(&mut self) -> Operation {
        let model = "Post".to_owned();
        let set = |random: &mut Random| {
            let one = |random: &mut Random| (random.name(), random.expression(2));
            let mut set = random.many(1, 2, one);
            set.dedup_by(|one, other| one.0 == other.0);
            set
        };
        match self.below(3) {
            0 => Operation::KeepInStep(KeepInStep {
                model,
                field: self.name(),
                with: self.maybe(Random::name),
                default: Some(self.expression(1)),
            }),
            1 => Operation::Backfill(Backfill {
                model,
                set: set(self),
                condition: self.maybe(|random| random.condition(2)),
                reverse: self.maybe(set).unwrap_or_default(),
                batch_size: self.maybe(|_| 100),
            }),
            _ => Operation::RemoveTableAlias(TableAlias {
                model,
                field: self.maybe(Random::name),
                table: self.text(),
                columns: self.many(0, 3, Random::name),
            }),
        }
    }

    pub(super) fn migration(&mut self) -> Migration {
        let key =
            |random: &mut Random| MigrationKey::new("blog", format!("000{}_x", random.below(9)));
        Migration {
            app: "blog".to_owned(),
            name: "0002_y".to_owned(),
            dependencies: self.many(0, 2, key),
            run_before: self.many(0, 1, key),
            replaces: self.many(0, 1, key),
            initial: self.maybe(|random| random.one_in(2)),
            atomic: self.maybe(|random| random.one_in(2)),
            phase: self.maybe(|random| random.pick(&Phase::ALL)),
            allow: self.many(0, 1, |_| "data_loss".to_owned()),
            lint_allow: self.many(0, 2, |random| LintAllowance {
                code: "DS103".to_owned(),
                on: random.maybe(Random::text),
                reason: format!("because {}", random.text()),
            }),
            operations: self.many(0, 4, |random| random.operation(2)),
        }
    }

    pub(super) fn model(&mut self, name: &str) -> ModelState {
        let mut create = self.create_model();
        name.clone_into(&mut create.model);
        if create.options.proxy {
            create.table = None;
        }
        create.to_state("blog")
    }
}
