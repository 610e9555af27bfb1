//! A model: the struct, its fields and its options.

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput, ExprClosure, Fields, Ident, LitStr, Path, Visibility, parse_quote};

use super::attr::Options;
use super::field::Field;
use crate::errors::Errors;
use crate::name;

/// A model as declared.
pub(crate) struct Model {
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) fields: Vec<Field>,
    pub(crate) options: ModelOptions,
}

/// The options of a model.
pub(crate) struct ModelOptions {
    /// Where `nuages` is.
    pub(crate) library: Path,
    pub(crate) app: String,
    pub(crate) table: String,
    pub(crate) ordering: Vec<LitStr>,
    pub(crate) get_latest_by: Vec<LitStr>,
    pub(crate) managed: bool,
    pub(crate) comment: Option<LitStr>,
    pub(crate) renamed_from: Option<LitStr>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) uniques: Vec<Unique>,
    pub(crate) checks: Vec<Check>,
    pub(crate) unique_together: Vec<Vec<LitStr>>,
}

/// `index(fields = ["status", "-created_at"], name = "…", condition = |p| …)`
pub(crate) struct Index {
    pub(crate) fields: Vec<LitStr>,
    pub(crate) name: Option<LitStr>,
    pub(crate) condition: Option<ExprClosure>,
    pub(crate) include: Vec<LitStr>,
    pub(crate) using: Option<LitStr>,
}

/// `unique(fields = ["author", "slug"], name = "…", condition = |p| …)`
pub(crate) struct Unique {
    pub(crate) fields: Vec<LitStr>,
    pub(crate) name: LitStr,
    pub(crate) condition: Option<ExprClosure>,
}

/// `check(name = "…", |p| …)`
pub(crate) struct Check {
    pub(crate) name: LitStr,
    pub(crate) condition: ExprClosure,
}

impl Model {
    /// Reads a model; `None` if nothing can be made of it.
    pub(crate) fn read(input: TokenStream, errors: &mut Errors) -> Option<Model> {
        let input: DeriveInput = errors.take(syn::parse2(input))?;
        let fields = named_fields(&input, "Model", "a model is", errors)?;
        let fields = fields
            .iter()
            .filter_map(|field| Field::read(field, errors))
            .collect();
        Some(Model {
            options: model_options(&input, errors),
            vis: input.vis,
            ident: input.ident,
            fields,
        })
    }

    /// The field of a name, or of a key's column, or `pk`.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| {
            field.name == name
                || (matches!(field.form, super::field::Form::Key(_)) && field.key_name() == name)
                || (name == "pk" && self.is_primary_key(field))
        })
    }

    /// Whether the field is the primary key: the one that says so, else `id`.
    pub(crate) fn is_primary_key(&self, field: &Field) -> bool {
        if field.options.primary_key.is_some() {
            return true;
        }
        field.name == "id"
            && field.is_column()
            && self
                .fields
                .iter()
                .all(|it| it.options.primary_key.is_none())
    }

    /// The primary key, if there is one.
    pub(crate) fn primary_key(&self) -> Option<&Field> {
        self.fields.iter().find(|field| self.is_primary_key(field))
    }
}

/// The fields of a struct with named fields and without parameters.
pub(crate) fn named_fields<'a>(
    input: &'a DeriveInput,
    derive: &str,
    what: &str,
    errors: &mut Errors,
) -> Option<&'a syn::punctuated::Punctuated<syn::Field, syn::Token![,]>> {
    if !input.generics.params.is_empty() {
        errors.add(
            &input.generics,
            format!("{what} a struct without type parameters and lifetimes"),
        );
        return None;
    }
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(&fields.named),
            _ => {
                errors.add(
                    &input.ident,
                    format!(
                        "{what} a struct with named fields: `struct {} {{ … }}`",
                        input.ident
                    ),
                );
                None
            }
        },
        _ => {
            errors.add(
                &input.ident,
                format!("`#[derive({derive})]` is for structs: {what} a struct with named fields"),
            );
            None
        }
    }
}

fn model_options(input: &DeriveInput, errors: &mut Errors) -> ModelOptions {
    let mut options = Options::of(&input.attrs, "model", errors);
    let app = options
        .text("app", errors)
        .map_or_else(default_app, |app| app.value());
    let lower = name::plain(&input.ident).to_lowercase();
    let read = ModelOptions {
        library: library(&mut options, errors),
        table: options
            .text("table", errors)
            .map_or_else(|| format!("{app}_{lower}"), |table| table.value()),
        app,
        ordering: options.texts("ordering", errors),
        get_latest_by: options.texts("get_latest_by", errors),
        managed: options
            .flag("managed", errors)
            .is_none_or(|(_, managed)| managed),
        comment: options.text("comment", errors),
        renamed_from: options.text("renamed_from", errors),
        indexes: options
            .lists("index", errors)
            .into_iter()
            .filter_map(|(at, list)| index(&at, list, errors))
            .collect(),
        uniques: options
            .lists("unique", errors)
            .into_iter()
            .filter_map(|(at, list)| unique(&at, list, errors))
            .collect(),
        checks: options
            .lists("check", errors)
            .into_iter()
            .filter_map(|(at, list)| check(&at, list, errors))
            .collect(),
        unique_together: unique_together(&mut options, errors),
    };
    options.finish("a model", errors);
    read
}

/// `crate = path`: where the library is, if not at `::nuages`.
pub(crate) fn library(options: &mut Options, errors: &mut Errors) -> Path {
    match options.expr("crate", errors) {
        Some((_, syn::Expr::Path(path))) => path.path,
        Some((_, other)) => {
            errors.add(
                other,
                "`crate` takes the path of the library: `crate = my::nuages`",
            );
            parse_quote!(::nuages)
        }
        None => parse_quote!(::nuages),
    }
}

/// The package's name, which is the app's where none is given.
fn default_app() -> String {
    std::env::var("CARGO_PKG_NAME")
        .unwrap_or_default()
        .replace('-', "_")
}

fn index(at: &Ident, mut list: Options, errors: &mut Errors) -> Option<Index> {
    let index = Index {
        fields: list.texts("fields", errors),
        name: list.text("name", errors),
        condition: closure(&mut list, errors),
        include: list.texts("include", errors),
        using: list.text("using", errors),
    };
    list.finish("an index", errors);
    if index.fields.is_empty() {
        errors.add(at, "an index needs `fields = [\"…\"]`");
        return None;
    }
    if index.name.is_none() && (index.condition.is_some() || !index.include.is_empty()) {
        errors.add(
            at,
            "an index with a condition or included columns needs a name: `name = \"…\"`",
        );
    }
    Some(index)
}

fn unique(at: &Ident, mut list: Options, errors: &mut Errors) -> Option<Unique> {
    let fields = list.texts("fields", errors);
    let name = list.text("name", errors);
    let condition = closure(&mut list, errors);
    list.finish("a unique constraint", errors);
    if fields.is_empty() {
        errors.add(at, "a unique constraint needs `fields = [\"…\"]`");
        return None;
    }
    let Some(name) = name else {
        errors.add(
            at,
            "a unique constraint needs a name, which violations report: `name = \"…\"`",
        );
        return None;
    };
    Some(Unique {
        fields,
        name,
        condition,
    })
}

fn check(at: &Ident, mut list: Options, errors: &mut Errors) -> Option<Check> {
    let name = list.text("name", errors);
    let condition = match list.bare() {
        Some(syn::Expr::Closure(closure)) => Some(closure),
        Some(other) => {
            errors.add(
                other,
                "a check's condition is a closure over the row: `|p| p.view_count().gte(0)`",
            );
            return None;
        }
        None => closure(&mut list, errors),
    };
    list.finish("a check", errors);
    let (Some(name), Some(condition)) = (name, condition) else {
        errors.add(
            at,
            "a check needs a name and a condition: `check(name = \"…\", |p| …)`",
        );
        return None;
    };
    Some(Check { name, condition })
}

fn closure(list: &mut Options, errors: &mut Errors) -> Option<ExprClosure> {
    match list.expr("condition", errors)?.1 {
        syn::Expr::Closure(closure) => Some(closure),
        other => {
            errors.add(
                other,
                "a condition is a closure over the row: `condition = |p| p.status().eq(…)`",
            );
            None
        }
    }
}

/// `unique_together = [["a", "b"], ["c", "d"]]`, or one set alone.
fn unique_together(options: &mut Options, errors: &mut Errors) -> Vec<Vec<LitStr>> {
    let Some((_, value)) = options.expr("unique_together", errors) else {
        return Vec::new();
    };
    if let Some(set) = super::attr::texts_of(&value) {
        return vec![set];
    }
    let sets = match &value {
        syn::Expr::Array(array) => array.elems.iter().map(super::attr::texts_of).collect(),
        syn::Expr::Tuple(tuple) => tuple.elems.iter().map(super::attr::texts_of).collect(),
        _ => None,
    };
    sets.unwrap_or_else(|| {
        errors.add(
            value,
            "`unique_together` takes sets of fields: `unique_together = [[\"author\", \"slug\"]]`",
        );
        Vec::new()
    })
}
