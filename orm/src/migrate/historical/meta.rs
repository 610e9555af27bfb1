//! States as metadata, so that the one query engine serves historical models too.
//!
//! Metadata is `'static`, and historical models lead to each other: they are leaked, all those of a moment once. A
//! data migration runs once in the life of a process, so that this is bounded.

use std::sync::OnceLock;

use crate::error::{Error, Result};
use crate::meta::model::Siblings;
use crate::meta::{
    Expression, FieldKind, FieldMeta, FieldOptions, MakeExpression, ManyToMany, ModelMeta,
    ModelOptions, ModelRef, OnDelete, RelationMeta, ToOne,
};
use crate::migrate::state::{FieldState, ModelKey, ModelState, ORDER, ProjectState};

/// The models of a state that have tables, as metadata.
///
/// # Errors
/// Where a relation leads nowhere.
pub(crate) fn metas_of(state: &ProjectState) -> Result<&'static [&'static ModelMeta]> {
    let siblings: &'static OnceLock<&'static [&'static ModelMeta]> =
        Box::leak(Box::new(OnceLock::new()));
    let cells: Vec<(ModelKey, &'static OnceLock<&'static ModelMeta>)> = state
        .models
        .values()
        .map(|model| (model.key(), &*Box::leak(Box::new(OnceLock::new()))))
        .collect();
    let mut metas: Vec<&'static ModelMeta> = Vec::with_capacity(cells.len());
    for (model, (_, cell)) in state.models.values().zip(&cells) {
        let meta: &'static ModelMeta =
            Box::leak(Box::new(meta_of(state, model, &cells, siblings)?));
        metas.push(cell.get_or_init(|| meta));
    }
    Ok(siblings.get_or_init(|| Vec::leak(metas)))
}

type Cells = [(ModelKey, &'static OnceLock<&'static ModelMeta>)];

fn meta_of(
    state: &ProjectState,
    model: &ModelState,
    cells: &Cells,
    siblings: &'static OnceLock<&'static [&'static ModelMeta]>,
) -> Result<ModelMeta> {
    // A proxy has no fields of its own: its rows are those of the model beneath it.
    let base = state.concrete(model);
    let mut fields = Vec::with_capacity(base.fields.len());
    for field in base
        .fields
        .iter()
        .filter(|field| field.kind != FieldKind::CompositePrimaryKey)
    {
        fields.push(field_of(state, base, field, cells)?);
    }
    let sequence = base.options.order_with_respect_to.as_ref();
    let mut ordering: Vec<&'static str> = model
        .options
        .ordering
        .iter()
        .map(|name| leak(name))
        .collect();
    if sequence.is_some() {
        fields.push(FieldMeta::of::<i32>(ORDER).order());
        if ordering.is_empty() {
            ordering.push(ORDER);
        }
    }
    Ok(ModelMeta {
        app: leak(&model.app),
        name: leak(&model.name),
        table: leak(&state.table_of(model)),
        fields: Vec::leak(fields),
        options: ModelOptions {
            ordering: Vec::leak(ordering),
            order_with_respect_to: sequence.map(|name| leak(name)),
            proxy: match model.options.bases.first() {
                Some(base) if model.options.proxy => Some(reference(state, cells, base)?),
                _ => None,
            },
            siblings: Siblings::Moment(siblings),
            ..ModelOptions::DEFAULT
        },
    })
}

fn field_of(
    state: &ProjectState,
    model: &ModelState,
    field: &FieldState,
    cells: &Cells,
) -> Result<FieldMeta> {
    let column = if field.has_column() {
        field.column()
    } else {
        String::new()
    };
    let kind = field
        .generated
        .as_ref()
        .map_or(field.kind, |generated| generated.output.kind);
    Ok(FieldMeta {
        name: leak(&field.name),
        column: leak(&column),
        column_given: field.column.is_some(),
        kind,
        null: field.null,
        relation: relation_of(state, model, field, cells)?,
        options: FieldOptions {
            primary_key: field.primary_key
                || model
                    .fields
                    .iter()
                    .any(|key| key.fields.contains(&field.name)),
            decimal_places: field.decimal_places,
            auto_now: field.auto_now,
            auto_now_add: field.auto_now_add,
            generated: field
                .generated
                .as_ref()
                .map(|generated| (computed_there as MakeExpression, generated.stored)),
            ..FieldOptions::DEFAULT
        },
    })
}

fn relation_of(
    state: &ProjectState,
    model: &ModelState,
    field: &FieldState,
    cells: &Cells,
) -> Result<Option<RelationMeta>> {
    let Some(relation) = &field.relation else {
        return Ok(None);
    };
    let reference = |key: &ModelKey| reference(state, cells, key);
    let to = reference(&relation.to)?;
    let related_name = relation
        .related_query_name
        .as_ref()
        .or(relation.related_name.as_ref())
        .map(|name| leak(name));
    Ok(Some(match field.kind {
        FieldKind::ManyToMany => RelationMeta::ManyToMany(ManyToMany {
            to,
            through: relation.through.as_ref().map(reference).transpose()?,
            through_fields: match &relation.through_fields[..] {
                [source, target] => Some((leak(source), leak(target))),
                _ => None,
            },
            table: model.through_table(field).map(|table| leak(&table)),
            symmetrical: model.is_symmetrical(field),
            db_constraint: relation.db_constraint,
            related_name,
        }),
        _ => RelationMeta::ToOne(ToOne {
            to,
            to_field: relation.to_field.as_ref().map(|name| leak(name)),
            // What becomes of referring rows is the database's affair here: there are no hooks in history.
            on_delete: OnDelete::DoNothing,
            related_name,
            db_constraint: relation.db_constraint,
            parent_link: relation.parent_link,
        }),
    }))
}

fn reference(state: &ProjectState, cells: &Cells, key: &ModelKey) -> Result<ModelRef> {
    let model = state.expect(key)?.key();
    let cell = cells
        .iter()
        .find(|(known, _)| *known == model)
        .map(|(_, cell)| *cell);
    cell.map(ModelRef::Late)
        .ok_or_else(|| Error::migration(format!("`{key}` is no model")))
}

/// What a generated column of history is computed from: its database knows, and nobody asks here.
fn computed_there() -> Result<Expression> {
    Err(Error::migration(
        "what a generated column of a past moment was computed from is the database's knowledge",
    ))
}

fn leak(text: &str) -> &'static str {
    String::leak(text.to_owned())
}
