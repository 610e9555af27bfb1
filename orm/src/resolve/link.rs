//! The tables between: how a many-to-many gets from one side to the other.

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::meta::{FieldMeta, ManyToMany, ModelMeta, RelationMeta};

/// The table between the two sides of a many-to-many, seen from the model that declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManyToManyLink {
    /// The table between.
    pub table: Cow<'static, str>,
    /// The column there that leads to the model that declares it.
    pub source: Cow<'static, str>,
    /// The column of that model that it holds.
    pub source_key: &'static str,
    /// The column there that leads to the other model.
    pub target: Cow<'static, str>,
    /// The column of the other model that it holds.
    pub target_key: &'static str,
}

/// The table between for a many-to-many of a model.
///
/// # Errors
/// Where the `through` model has no foreign key, or several, to one of the sides and `through_fields` does not say which.
pub fn many_to_many_link(
    owner: &'static ModelMeta,
    field: &FieldMeta,
    relation: &ManyToMany,
) -> Result<ManyToManyLink> {
    let to = relation.to.get();
    if let Some(through) = relation.through {
        return through_link(owner, field, relation, through.get());
    }
    let table = relation.table.map_or_else(
        || Cow::Owned(format!("{}_{}", owner.table, field.name)),
        Cow::Borrowed,
    );
    let (source, target) = if to.is(owner) {
        let name = owner.name.to_lowercase();
        (format!("from_{name}_id"), format!("to_{name}_id"))
    } else {
        (
            format!("{}_id", owner.name.to_lowercase()),
            format!("{}_id", to.name.to_lowercase()),
        )
    };
    Ok(ManyToManyLink {
        table,
        source: source.into(),
        source_key: owner.primary_key().column,
        target: target.into(),
        target_key: to.primary_key().column,
    })
}

fn through_link(
    owner: &'static ModelMeta,
    field: &FieldMeta,
    relation: &ManyToMany,
    through: &'static ModelMeta,
) -> Result<ManyToManyLink> {
    let to = relation.to.get();
    let side = |model: &ModelMeta, named: Option<&str>, nth: usize| {
        let keys = through.fields.iter().filter(|key| match key.relation {
            Some(RelationMeta::ToOne(to_one)) => {
                to_one.to.get().is(model) && named.is_none_or(|name| key.name == name)
            }
            _ => false,
        });
        keys.clone()
            .nth(nth)
            .or_else(|| keys.clone().next())
            .ok_or_else(|| {
                Error::query(format!(
                    "`{}.{}` goes through {}, which has no foreign key to {}{}",
                    owner.name,
                    field.name,
                    through.name,
                    model.name,
                    named
                        .map(|name| format!(" named `{name}`"))
                        .unwrap_or_default(),
                ))
            })
    };
    let (source_name, target_name) = match relation.through_fields {
        Some((source, target)) => (Some(source), Some(target)),
        None => (None, None),
    };
    let source = side(owner, source_name, 0)?;
    // Of a relation to itself the second key leads to the other side.
    let target = side(
        to,
        target_name,
        usize::from(to.is(owner) && target_name.is_none()),
    )?;
    let key = |field: &'static FieldMeta| match field.relation {
        Some(RelationMeta::ToOne(to_one)) => to_one.target().column,
        _ => field.column,
    };
    Ok(ManyToManyLink {
        table: Cow::Borrowed(through.table),
        source: Cow::Borrowed(source.column),
        source_key: key(source),
        target: Cow::Borrowed(target.column),
        target_key: key(target),
    })
}

impl ManyToManyLink {
    /// The same table, seen from the other side.
    #[must_use]
    pub fn reversed(self) -> ManyToManyLink {
        ManyToManyLink {
            table: self.table,
            source: self.target,
            source_key: self.target_key,
            target: self.source,
            target_key: self.source_key,
        }
    }
}
