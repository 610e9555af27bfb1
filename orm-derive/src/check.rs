//! The rules across the fields of a model, and the names that its options speak of.

use std::collections::HashMap;

use syn::{Ident, LitStr};

use crate::errors::{Errors, suggestion};
use crate::input::field::{Field, Form};
use crate::input::model::{Element, Model, ORDER};
use crate::input::types::{in_option, is_named, name_of};

/// The types of fields that no database numbers.
const NOT_NUMBERED: [&str; 15] = [
    "String",
    "Uuid",
    "Decimal",
    "bool",
    "f32",
    "f64",
    "u8",
    "u16",
    "u32",
    "u64",
    "i8",
    "NaiveDate",
    "NaiveTime",
    "DateTime",
    "IpAddr",
];

/// Tells every rule that a model breaks.
pub(crate) fn model(model: &Model, errors: &mut Errors) {
    primary_key(model, errors);
    columns(model, errors);
    for field in &model.fields {
        options_of(model, field, errors);
    }
    names(model, errors);
    order(model, errors);
    proxy(model, errors);
}

/// `order_with_respect_to` needs the field of the places, and leaves no other order.
fn order(model: &Model, errors: &mut Errors) {
    let Some(by) = &model.options.order_with_respect_to else {
        return;
    };
    known(model, by, true, errors);
    match model.fields.iter().find(|field| field.name == ORDER) {
        None => errors.add(
            by,
            format!(
                "the place of a row is a column `{ORDER}`, which `order_with_respect_to` keeps: add `pub {ORDER}: i32`"
            ),
        ),
        Some(field) if !is_named(&field.ty, "i32") => {
            errors.add(&field.ty, "the place of a row is an `i32`");
        }
        Some(_) => {}
    }
    if let Some(ordering) = model.options.ordering.first() {
        errors.add(
            ordering,
            "`order_with_respect_to` is the order of the rows: leave `ordering` out",
        );
    }
}

/// A proxy has what its base has, and nothing of its own that would be in a database.
fn proxy(model: &Model, errors: &mut Errors) {
    let options = &model.options;
    if options.proxy.is_none() {
        return;
    }
    for field in &model.fields {
        if matches!(field.form, Form::ManyToMany(_)) {
            errors.add(
                field,
                "the rows between are those of the base: leave this field out of the proxy",
            );
        }
    }
    let has_parts = !options.indexes.is_empty()
        || !options.uniques.is_empty()
        || !options.checks.is_empty()
        || !options.exclusions.is_empty()
        || !options.unique_together.is_empty()
        || options.order_with_respect_to.is_some();
    if has_parts {
        errors.add(
            &model.ident,
            "a proxy has the table of its base: declare indexes, constraints and `order_with_respect_to` there",
        );
    }
}

fn primary_key(model: &Model, errors: &mut Errors) {
    if model.has_composite_key() {
        composite_key(model, errors);
    }
    if model.primary_key().is_none() {
        errors.add(
            &model.ident,
            format!(
                "`{}` needs a primary key: add `pub id: i64`, or mark a field with `#[field(primary_key)]`",
                model.ident
            ),
        );
    }
    for field in model.primary_keys() {
        if in_option(&field.ty).is_some() {
            errors.add(
                &field.ty,
                "a primary key is never NULL: leave the `Option` out",
            );
        } else if matches!(field.form, Form::Deferred(_)) {
            errors.add(
                &field.ty,
                "a primary key is always read: leave the `Deferred` out",
            );
        }
    }
}

/// Several fields are the key together.
fn composite_key(model: &Model, errors: &mut Errors) {
    if let Some(sixth) = model.primary_keys().nth(5) {
        errors.add(sixth, "at most five fields are a key together");
    }
    for field in &model.fields {
        if field.name == "pk" {
            errors.add(
                field,
                "`pk` is what the key of several fields is called: rename this one",
            );
        }
        if matches!(field.form, Form::ManyToMany(_)) {
            errors.add(
                field,
                "the rows between would need a key to this model, and its key is several fields: make the rows between a model of their own",
            );
        }
        if model.is_primary_key(field) && field.options.auto == Some(true) {
            errors.add(
                field,
                "the database numbers no key of several fields: leave `auto` out",
            );
        }
        if model.is_primary_key(field) && field.options.generated.is_some() {
            errors.add(field, "a part of the key is given, not computed");
        }
    }
}

/// No two columns, and no two names in Rust, may be the same.
fn columns(model: &Model, errors: &mut Errors) {
    let mut names: HashMap<String, &Ident> = HashMap::new();
    for field in &model.fields {
        if field.name.contains("__") {
            errors.add(
                field,
                "`__` in a name would be a step of a lookup: `author__name`",
            );
        }
        names.insert(field.name.clone(), &field.ident);
    }
    let mut columns: HashMap<String, &Ident> = HashMap::new();
    for field in &model.fields {
        if matches!(field.form, Form::Key(_))
            && let Some(other) = names.get(&field.key_name())
        {
            errors.add(
                *other,
                format!(
                    "`{other}` is what the key of `{}` is called: rename one of the two, or leave `{other}` out (`{}.key()` reads it)",
                    field.name, field.name
                ),
            );
            continue;
        }
        if let Some(column) = field.column()
            && let Some(other) = columns.insert(column.clone(), &field.ident)
        {
            errors.add(
                field,
                format!("column `{column}` is that of `{other}` already"),
            );
        }
    }
}

fn options_of(model: &Model, field: &Field, errors: &mut Errors) {
    let options = &field.options;
    let inner = in_option(field.value_type()).unwrap_or(field.value_type());
    let is_text = is_named(inner, "String");
    if (options.text_kind.is_some() || options.collation.is_some())
        && !is_text
        && matches!(field.form, Form::Plain | Form::Deferred(_))
    {
        errors.add(
            &field.ty,
            "`slug`, `email`, `url` and `collation` are for text: `String`",
        );
    }
    if is_named(inner, "Decimal") && options.digits.is_none() && field.is_column() {
        errors.add(
            field,
            format!(
                "`{}` needs `#[field(max_digits = 10, decimal_places = 2)]`",
                field.name
            ),
        );
    }
    let auto = [
        options.default.is_some(),
        options.auto_now,
        options.auto_now_add,
        options.generated.is_some(),
    ];
    if auto.into_iter().filter(|it| *it).count() > 1 {
        errors.add(
            field,
            "`default`, `auto_now`, `auto_now_add` and `generated` exclude each other",
        );
    }
    // Of a user's own type, its kind says later whether it is an integer.
    let is_no_key = NOT_NUMBERED.iter().any(|name| is_named(inner, name));
    if options.auto == Some(true) && (is_no_key || !model.is_primary_key(field)) {
        errors.add(
            field,
            "`auto` is for a primary key of type `i64`, `i32` or `i16`, or of your own type over one of them",
        );
    }
    if let Form::ManyToMany(to) = &field.form {
        let to_self = name_of(to).is_some_and(|name| model.ident == name);
        if options.symmetrical.is_some() && !to_self {
            errors.add(
                field,
                "`symmetrical` is for a relation of a model to itself",
            );
        }
    }
}

/// The names that the model's options speak of must be its fields.
fn names(model: &Model, errors: &mut Errors) {
    let options = &model.options;
    for term in options.ordering.iter().chain(&options.get_latest_by) {
        if term.value() != "?" {
            known(model, term, false, errors);
        }
    }
    let sets = options
        .indexes
        .iter()
        .flat_map(|it| it.fields.iter().chain(&it.include));
    let uniques = options.uniques.iter();
    let sets = sets.chain(uniques.flat_map(|it| it.fields.iter().chain(&it.include)));
    let exclusions = options.exclusions.iter();
    let compared = exclusions.flat_map(|it| {
        let fields = it.elements.iter().filter_map(|(element, _)| match element {
            Element::Field(field) => Some(field),
            Element::Expression(_) => None,
        });
        fields.chain(&it.include)
    });
    let sets = sets.chain(compared);
    for term in sets.chain(options.unique_together.iter().flatten()) {
        known(model, term, true, errors);
    }
    let mut taken: HashMap<String, ()> = HashMap::new();
    let named = options
        .indexes
        .iter()
        .filter_map(|index| index.name.as_ref());
    let named = named.chain(options.uniques.iter().map(|unique| &unique.rules.name));
    let named = named.chain(options.exclusions.iter().map(|it| &it.rules.name));
    for name in named.chain(options.checks.iter().map(|check| &check.rules.name)) {
        if taken.insert(name.value(), ()).is_some() {
            errors.add(
                name,
                format!("the name `{}` is taken already", name.value()),
            );
        }
    }
}

/// A term's field must be there, and be a column where only columns can stand.
fn known(model: &Model, term: &LitStr, columns_only: bool, errors: &mut Errors) {
    let text = term.value();
    let path = text.strip_prefix('-').unwrap_or(&text);
    let (name, follows) = match path.split_once("__") {
        Some((name, _)) => (name, true),
        None => (path, false),
    };
    match model.field(name) {
        None => {
            let hint = suggestion(name, model.fields.iter().map(|field| field.name.as_str()));
            errors.add(
                term,
                format!("no field `{name}` on `{}`{hint}", model.ident),
            );
        }
        Some(field) if columns_only && (follows || !field.is_column()) => {
            errors.add(
                term,
                format!(
                    "`{path}` is no column of `{}`: only its own columns can stand here",
                    model.ident
                ),
            );
        }
        Some(_) => {}
    }
}
