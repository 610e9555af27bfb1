//! The state of the models that are compiled in.

use super::field_json::{typed_default, typed_expression};
use super::{
    ConstraintKind, ConstraintState, Deferrable, FieldState, GeneratedState, IndexState, ModelKey,
    ModelOptions, ModelState, OnDelete, ProjectState, RelationState,
};
use crate::error::{Error, Result};
use crate::meta::condition::{Condition, Expression};
use crate::meta::kind::FieldKind;
use crate::meta::literal::{DefaultFunction, DefaultValue, Literal};
use crate::meta::{
    self, ChoiceValue, ConstraintMeta, ConstraintMetaKind, DefaultMeta, FieldMeta, IndexMeta,
    MakeCondition, MakeExpression, ModelMeta, RelationMeta,
};
use crate::migrate::name;
use crate::schema;

impl ProjectState {
    /// The state of models.
    ///
    /// # Errors
    /// If two have one name, or a check, an index's condition, a default or a generated column of one cannot be
    /// written down; the message names the model and what it was.
    pub fn from_models<'a>(
        models: impl IntoIterator<Item = &'a ModelMeta>,
    ) -> Result<ProjectState> {
        let mut state = ProjectState::default();
        for meta in models {
            let model = ModelState::from_meta(meta).map_err(|error| error.context(meta.label()))?;
            state.add_model(model)?;
        }
        Ok(state)
    }

    /// The state of all models that are linked into the program.
    ///
    /// # Errors
    /// As [`ProjectState::from_models`].
    pub fn from_linked_models() -> Result<ProjectState> {
        ProjectState::from_models(meta::registry::models())
    }
}

impl ModelState {
    /// The state of a model.
    ///
    /// # Errors
    /// If a check, an index's condition, a default or a generated column of it cannot be written down.
    pub fn from_meta(meta: &ModelMeta) -> Result<ModelState> {
        if let Some(base) = meta.options.proxy {
            return proxy_state(meta, base.get());
        }
        // The place of a row in a sequence is no field of a state: `order_with_respect_to` says that it is there.
        let own = meta.fields.iter().filter(|field| {
            !field.options.order && !matches!(field.relation, Some(RelationMeta::Reverse(_)))
        });
        let ordering = texts(meta.options.ordering);
        let order_with_respect_to = meta.options.order_with_respect_to;
        let mut model = ModelState {
            table: Some(meta.table.to_owned()),
            options: ModelOptions {
                ordering: if order_with_respect_to.is_some() {
                    Vec::new()
                } else {
                    ordering
                },
                bases: parents(meta),
                order_with_respect_to: names(meta, order_with_respect_to.as_slice()).pop(),
                managed: meta.options.managed,
                unique_together: meta
                    .options
                    .unique_together
                    .iter()
                    .map(|set| names(meta, set))
                    .collect(),
                comment: owned(meta.options.comment),
                tablespace: owned(meta.options.tablespace),
                ..told(meta)
            },
            fields: composite_key(meta)
                .map(Ok)
                .into_iter()
                .chain(
                    own.map(|field| named("field", field.name, FieldState::from_meta(meta, field))),
                )
                .collect::<Result<_>>()?,
            ..ModelState::new(meta.app, meta.name)
        };
        model.canonicalize();
        for index in meta.options.indexes {
            let index = index_state(meta, &model, index)?;
            model.indexes.push(index);
        }
        for constraint in meta.options.constraints {
            model.constraints.push(constraint_state(meta, constraint)?);
        }
        Ok(model)
    }
}

/// The field of a key of several columns.
fn composite_key(meta: &ModelMeta) -> Option<FieldState> {
    let mut key = FieldState::new("pk", FieldKind::CompositePrimaryKey);
    let parts = meta.keys().map(|at| meta.fields[at].name.to_owned());
    key.fields = parts.collect();
    meta.has_composite_key().then_some(key)
}

/// The options that say how a model is spoken of.
fn told(meta: &ModelMeta) -> ModelOptions {
    ModelOptions {
        get_latest_by: texts(meta.options.get_latest_by),
        verbose_name: owned(meta.options.verbose_name),
        verbose_name_plural: owned(meta.options.verbose_name_plural),
        default_related_name: owned(meta.options.default_related_name),
        default_manager_name: owned(meta.options.default_manager_name),
        ..ModelOptions::default()
    }
}

/// The models that a model's row is a kind of.
fn parents(meta: &ModelMeta) -> Vec<ModelKey> {
    let parents = meta.fields.iter().filter_map(|field| match field.relation {
        Some(RelationMeta::ToOne(to_one)) if to_one.parent_link => Some(to_one.to.get()),
        _ => None,
    });
    parents.map(key).collect()
}

/// The state of a proxy: no fields, and of the options only what is its own.
fn proxy_state(meta: &ModelMeta, base: &ModelMeta) -> Result<ModelState> {
    for field in meta.fields.iter().filter(|field| field.is_column()) {
        let there = base.fields.iter().find(|other| other.name == field.name);
        if !there.is_some_and(|there| there.kind == field.kind && there.column == field.column) {
            return Err(Error::migration(format!(
                "`{}` of the proxy is no field of `{}`, or one of another type or column: a proxy has the fields of its base",
                field.name, base.name
            )));
        }
    }
    let own = |own: &'static [&'static str], base: &[&str]| {
        if own == base { Vec::new() } else { texts(own) }
    };
    Ok(ModelState {
        options: ModelOptions {
            ordering: own(meta.options.ordering, base.options.ordering),
            get_latest_by: own(meta.options.get_latest_by, base.options.get_latest_by),
            proxy: true,
            bases: vec![key(base)],
            ..told(meta)
        },
        ..ModelState::new(meta.app, meta.name)
    })
}

fn key(model: &ModelMeta) -> ModelKey {
    ModelKey::new(model.app, model.name)
}

impl FieldState {
    /// The state of a column or a many-to-many.
    fn from_meta(model: &ModelMeta, meta: &FieldMeta) -> Result<FieldState> {
        let options = &meta.options;
        let kind = if options.generated.is_some() {
            FieldKind::Generated
        } else {
            meta.kind
        };
        let mut field = FieldState::new(meta.name, kind);
        field.null = meta.null;
        field.primary_key = options.primary_key && !model.has_composite_key();
        field.unique |= options.unique;
        field.column = meta.column_given.then(|| meta.column.to_owned());
        field.index = options.index.unwrap_or(field.index);
        field.default = options
            .default
            .map(|default| default_value(meta.kind, default))
            .transpose()?;
        field.auto_now = options.auto_now;
        field.auto_now_add = options.auto_now_add;
        field.comment = owned(options.comment);
        field.tablespace = owned(options.tablespace);
        field.blank = options.blank;
        field.verbose_name = owned(options.verbose_name);
        field.help_text = owned(options.help_text);
        field.choices = options.choices.iter().map(choice).collect();
        if let Some(make) = options.db_default {
            field.db_default = Some(typed_expression(meta.kind, make()?)?);
        }
        match options.generated {
            Some((expression, stored)) => {
                let mut output = FieldState::new("", meta.kind);
                output.set_type(meta);
                let expression = expression()?;
                field.generated = Some(Box::new(GeneratedState {
                    expression,
                    output,
                    stored,
                }));
            }
            None => field.set_type(meta),
        }
        field.relation = meta
            .relation
            .as_ref()
            .map(relation_state)
            .transpose()?
            .flatten()
            .map(Box::new);
        refers_to_one_key(meta)?;
        if let Some(relation) = &mut field.relation {
            relation.related_name = owned(model.declared_related_name(meta));
            relation.related_query_name = owned(options.related_query_name);
            relation.limit_choices_to = options.limit_choices_to.map(|make| make()).transpose()?;
        }
        Ok(field)
    }

    /// The parameters of the column's type.
    fn set_type(&mut self, meta: &FieldMeta) {
        self.max_length = meta.options.max_length.or(self.max_length);
        self.max_digits = meta.options.max_digits;
        self.decimal_places = meta.options.decimal_places;
        self.collation = meta.options.collation.map(str::to_owned);
    }
}

/// A key of several fields cannot be referred to as a whole.
fn refers_to_one_key(meta: &FieldMeta) -> Result<()> {
    let (to, advice) = match meta.relation {
        Some(RelationMeta::ToOne(to_one)) if to_one.to_field.is_none() => {
            (to_one.to.get(), "name a unique field of it by `to_field`")
        }
        Some(RelationMeta::ManyToMany(many)) if many.through.is_none() => {
            (many.to.get(), "make the rows between a model of their own")
        }
        _ => return Ok(()),
    };
    if to.has_composite_key() {
        return Err(Error::migration(format!(
            "it leads to `{}`, whose key is several fields: {advice}",
            to.name
        )));
    }
    Ok(())
}

fn relation_state(meta: &RelationMeta) -> Result<Option<RelationState>> {
    Ok(match meta {
        RelationMeta::ToOne(to_one) => Some(RelationState {
            on_delete: Some(on_delete(to_one.on_delete)?),
            to_field: to_one.to_field.map(str::to_owned),
            db_constraint: to_one.db_constraint,
            parent_link: to_one.parent_link,
            ..RelationState::new(key(to_one.to.get()))
        }),
        RelationMeta::ManyToMany(many) => Some(RelationState {
            through: many.through.map(|through| key(through.get())),
            through_fields: many
                .through_fields
                .map(|(here, there)| texts(&[here, there]))
                .unwrap_or_default(),
            table: many.table.map(str::to_owned),
            symmetrical: Some(many.symmetrical),
            db_constraint: many.db_constraint,
            ..RelationState::new(key(many.to.get()))
        }),
        RelationMeta::Reverse(_) => None,
    })
}

fn on_delete(rule: meta::OnDelete) -> Result<OnDelete> {
    Ok(match rule {
        meta::OnDelete::Cascade => OnDelete::Cascade,
        meta::OnDelete::Protect => OnDelete::Protect,
        meta::OnDelete::Restrict => OnDelete::Restrict,
        meta::OnDelete::SetNull => OnDelete::SetNull,
        meta::OnDelete::SetDefault => OnDelete::SetDefault,
        meta::OnDelete::Set(value) => OnDelete::Set(DefaultValue::Value(value()?)),
        meta::OnDelete::DoNothing => OnDelete::DoNothing,
        meta::OnDelete::DbCascade => OnDelete::DbCascade,
        meta::OnDelete::DbSetNull => OnDelete::DbSetNull,
        meta::OnDelete::DbSetDefault => OnDelete::DbSetDefault,
    })
}

fn default_value(kind: FieldKind, default: DefaultMeta) -> Result<DefaultValue> {
    Ok(match default {
        DefaultMeta::Literal(value) => typed_default(kind, DefaultValue::Value(value()?))?,
        DefaultMeta::Now => DefaultValue::Function(DefaultFunction::Now),
        DefaultMeta::Uuid4 => DefaultValue::Function(DefaultFunction::Uuid4),
        DefaultMeta::Rust(path, _) => DefaultValue::Rust(path.to_owned()),
    })
}

fn choice(choice: &meta::Choice) -> Literal {
    let value = match choice.value {
        ChoiceValue::Text(text) => Literal::from(text),
        ChoiceValue::Int(number) => Literal::from(number),
    };
    Literal::List(vec![value, choice.label.into()])
}

fn index_state(meta: &ModelMeta, model: &ModelState, index: &IndexMeta) -> Result<IndexState> {
    let fields = names(meta, index.fields);
    let name = match index.name {
        Some(name) => name.to_owned(),
        None => {
            let columns: Vec<String> = fields
                .iter()
                .map(|term| signed_column(model, term))
                .collect::<Result<_>>()?;
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            name::option_index(&model.table(), &columns)
        }
    };
    Ok(IndexState {
        fields,
        condition: conditions("index", &name, index.condition)?,
        include: names(meta, index.include),
        opclasses: texts(index.opclasses),
        using: owned(index.using.filter(|using| *using != "btree")),
        tablespace: owned(index.tablespace),
        expressions: expressions("index", &name, index.expressions)?,
        ..IndexState::new(name, &[])
    })
}

fn constraint_state(meta: &ModelMeta, constraint: &ConstraintMeta) -> Result<ConstraintState> {
    let name = constraint.name;
    let (what, kind) = match constraint.kind {
        ConstraintMetaKind::Check => ("check", ConstraintKind::Check),
        ConstraintMetaKind::Unique => ("constraint", ConstraintKind::Unique),
        ConstraintMetaKind::Exclude => ("constraint", ConstraintKind::Exclude),
    };
    let element = |(make, operator): &(MakeExpression, &str)| {
        Ok((named(what, name, make())?, (*operator).to_owned()))
    };
    Ok(ConstraintState {
        condition: conditions(what, name, constraint.condition)?,
        fields: names(meta, constraint.fields),
        include: names(meta, constraint.include),
        opclasses: texts(constraint.opclasses),
        expressions: expressions(what, name, constraint.expressions)?,
        deferrable: constraint.deferrable.map(|deferrable| match deferrable {
            schema::Deferrable::Deferred => Deferrable::Deferred,
            schema::Deferrable::Immediate => Deferrable::Immediate,
        }),
        nulls_distinct: constraint.nulls_distinct,
        violation_error_code: owned(constraint.violation_error_code),
        violation_error_message: owned(constraint.violation_error_message),
        elements: constraint
            .elements
            .iter()
            .map(element)
            .collect::<Result<_>>()?,
        using: owned(constraint.using.filter(|using| *using != "gist")),
        ..ConstraintState::new(kind, name)
    })
}

fn conditions(what: &str, name: &str, make: Option<MakeCondition>) -> Result<Option<Condition>> {
    make.map(|make| named(what, name, make())).transpose()
}

fn expressions(what: &str, name: &str, makes: &[MakeExpression]) -> Result<Vec<Expression>> {
    let one = |make: &MakeExpression| named(what, name, make());
    makes.iter().map(one).collect()
}

/// The column of a term, with the `-` of a descending one.
fn signed_column(model: &ModelState, term: &str) -> Result<String> {
    Ok(match term.strip_prefix('-') {
        Some(name) => format!("-{}", model.expect_field(name)?.column()),
        None => model.expect_field(term)?.column(),
    })
}

/// Terms with the names of fields in them: `author_id` and `pk` are the fields that they mean.
fn names(meta: &ModelMeta, terms: &[&str]) -> Vec<String> {
    let name = |term: &&str| {
        let (sign, name) = term
            .strip_prefix('-')
            .map_or(("", *term), |name| ("-", name));
        let field = meta
            .position(name)
            .map_or(name, |position| meta.fields[position].name);
        format!("{sign}{field}")
    };
    terms.iter().map(name).collect()
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn named<T>(what: &str, name: &str, result: Result<T>) -> Result<T> {
    result.map_err(|error| error.context(format!("{what} `{name}`")))
}
