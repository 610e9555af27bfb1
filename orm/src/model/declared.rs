//! What a model's declaration holds as code: conditions, expressions, defaults; turned into data when they are asked for.

use super::{IntoField, Model, StructField, ToOneField};
use crate::ast::Nulls;
use crate::error::{Error, Result};
use crate::meta::{
    Condition, Expression, FieldType, Literal, ManyToMany, ModelMeta, ModelOptions, ModelRef,
    OnDelete, Reverse, ReverseKind, ToOne,
};
use crate::query::{Expr, IntoOrdering, ModelPath, NotNull, OrderBy, Path, Q, Scope};
use crate::value::Value;

/// The path of a model that is its own root.
type Root<M> = <M as Model>::Path<M, NotNull>;

fn root<M: Model>() -> Root<M> {
    ModelPath::at(Path::root(M::meta(), Scope::fresh()))
}

/// The condition of a check, an index or a unique constraint.
///
/// # Errors
/// Where it speaks of more than literals and columns of one row.
pub fn condition<M: Model>(declared: impl FnOnce(Root<M>) -> Q<M>) -> Result<Condition> {
    declared(root::<M>()).into_predicate().to_condition()
}

/// The expression of a generated column or of a default that the database evaluates.
///
/// # Errors
/// Where it speaks of more than literals and columns of one row.
pub fn expression<M: Model, T: FieldType>(
    declared: impl FnOnce(Root<M>) -> Expr<M, T>,
) -> Result<Expression> {
    declared(root::<M>()).into_node().to_expression()
}

/// What an index is over: an expression, or one from the last to the first.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what an index is over",
    label = "expected an expression, `.asc()` or `.desc()` of one"
)]
pub trait IntoIndexPart<O> {
    /// The expression in its written form.
    ///
    /// # Errors
    /// Where it speaks of more than literals and columns of one row.
    fn into_expression(self) -> Result<Expression>;
}

impl<O, T: FieldType> IntoIndexPart<O> for Expr<O, T> {
    fn into_expression(self) -> Result<Expression> {
        self.into_node().to_expression()
    }
}

impl<O> IntoIndexPart<O> for OrderBy<O> {
    fn into_expression(self) -> Result<Expression> {
        let mut terms = self.into_terms();
        let term = terms.pop().filter(|term| term.nulls == Nulls::Native);
        let Some(term) = term else {
            return Err(Error::query(
                "an index has the database's own place for NULLs: leave `nulls_first` and `nulls_last` out",
            ));
        };
        let expression = term.node.to_expression()?;
        Ok(match term.descending {
            true => Expression::function("desc", vec![expression]),
            false => expression,
        })
    }
}

/// One of the expressions of an index or a unique constraint.
///
/// # Errors
/// Where it speaks of more than literals and columns of one row.
pub fn index_part<M: Model, P: IntoIndexPart<M>>(
    declared: impl FnOnce(Root<M>) -> P,
) -> Result<Expression> {
    declared(root::<M>()).into_expression()
}

/// A column of the row itself, by its field's name.
///
/// # Errors
/// Never; the derive has looked at the name.
pub fn own_field(name: &'static str) -> Result<Expression> {
    Ok(Expression::field(name))
}

/// A value as a field's: the declaration and the builder say it alike, so that a mistake is told once.
pub fn given<T>(value: impl IntoField<T>) -> T {
    value.into_field()
}

/// A default as data.
///
/// # Errors
/// Where it cannot be written down.
pub fn literal(value: &impl StructField) -> Result<Literal> {
    Literal::try_from(value.value()?)
}

/// What a default's function gives now.
///
/// # Errors
/// Where it cannot be stored.
pub fn default_value(value: &impl StructField) -> Result<Value> {
    value.value()
}

/// What the function of a key's default gives now.
///
/// # Errors
/// `NotSaved`, if it gives an object that is not in the database.
pub fn default_key<F: ToOneField>(key: Result<F>) -> Result<Value> {
    key?.column_value()
}

/// A value as an expression.
///
/// # Errors
/// Where it cannot be written down.
pub fn literal_expression(value: &impl StructField) -> Result<Expression> {
    literal(value).map(Expression::Literal)
}

/// A key to a model, for its metadata.
pub const fn to_one<M: Model>(on_delete: OnDelete) -> ToOne {
    ToOne::new(M::meta, on_delete)
}

/// A many-to-many to a model, for its metadata.
pub const fn to_many<M: Model>() -> ManyToMany {
    ManyToMany::new(M::meta)
}

/// The metadata of a proxy: what it declares, over the table of its base, in the base's order where it has none.
pub fn proxy<Base: Model>(own: &ModelMeta) -> ModelMeta {
    let base = &Base::meta().options;
    let given = |own: &'static [&'static str], base| if own.is_empty() { base } else { own };
    ModelMeta {
        table: Base::meta().table,
        options: ModelOptions {
            proxy: Some(ModelRef::Static(Base::meta)),
            ordering: given(own.options.ordering, base.ordering),
            get_latest_by: given(own.options.get_latest_by, base.get_latest_by),
            ..own.options
        },
        app: own.app,
        name: own.name,
        fields: own.fields,
    }
}

/// The reverse side of a relation of a model, for its metadata.
pub const fn reverse<M: Model>(field: &'static str, kind: ReverseKind) -> Reverse {
    Reverse::new(M::meta, field, kind)
}

/// A type whose values are of the present moment: what `auto_now` and `auto_now_add` are for.
#[diagnostic::on_unimplemented(
    message = "`auto_now` is not for a field of type `{Self}`",
    label = "expected `DateTime<Utc>`, `NaiveDate` or `NaiveTime`"
)]
pub trait FromNow: FieldType {
    /// The present moment.
    fn from_now() -> Self;
}

impl<T: FromNow + FieldType<Base = T>> FromNow for Option<T> {
    fn from_now() -> Self {
        Some(T::from_now())
    }
}

#[cfg(feature = "chrono")]
mod moments {
    use super::FromNow;
    use chrono::{DateTime, NaiveDate, NaiveTime, SubsecRound, Utc};

    impl FromNow for DateTime<Utc> {
        fn from_now() -> Self {
            // Columns hold microseconds: what is in memory is what will be read back.
            Utc::now().trunc_subsecs(6)
        }
    }

    impl FromNow for NaiveDate {
        fn from_now() -> Self {
            Utc::now().date_naive()
        }
    }

    impl FromNow for NaiveTime {
        fn from_now() -> Self {
            Utc::now().time().trunc_subsecs(6)
        }
    }
}
