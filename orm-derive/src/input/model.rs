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
    /// The model whose table it has.
    pub(crate) proxy: Option<Path>,
    pub(crate) order_with_respect_to: Option<LitStr>,
    /// The options that are text and nothing more, by their names.
    pub(crate) texts: Vec<(&'static str, LitStr)>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) uniques: Vec<Unique>,
    pub(crate) checks: Vec<Check>,
    pub(crate) exclusions: Vec<Exclusion>,
    pub(crate) unique_together: Vec<Vec<LitStr>>,
}

/// `index(fields = ["status", "-created_at"], name = "…", condition = |p| …)`
pub(crate) struct Index {
    pub(crate) fields: Vec<LitStr>,
    pub(crate) expressions: Vec<ExprClosure>,
    pub(crate) name: Option<LitStr>,
    pub(crate) condition: Option<ExprClosure>,
    pub(crate) include: Vec<LitStr>,
    pub(crate) opclasses: Vec<LitStr>,
    pub(crate) using: Option<LitStr>,
    pub(crate) tablespace: Option<LitStr>,
}

/// `unique(fields = ["author", "slug"], name = "…", condition = |p| …)`
pub(crate) struct Unique {
    pub(crate) fields: Vec<LitStr>,
    pub(crate) expressions: Vec<ExprClosure>,
    pub(crate) opclasses: Vec<LitStr>,
    pub(crate) include: Vec<LitStr>,
    pub(crate) nulls_distinct: Option<bool>,
    pub(crate) rules: Rules,
}

/// `check(name = "…", |p| …)`
pub(crate) struct Check {
    pub(crate) rules: Rules,
}

/// `exclude(name = "…", elements = [("room", "="), (|b| b.span(), "&&")])`
pub(crate) struct Exclusion {
    pub(crate) elements: Vec<(Element, LitStr)>,
    pub(crate) using: Option<LitStr>,
    pub(crate) include: Vec<LitStr>,
    pub(crate) rules: Rules,
}

/// What an exclusion compares: a field by its name, or an expression.
pub(crate) enum Element {
    Field(LitStr),
    Expression(ExprClosure),
}

/// What every constraint has.
#[derive(Clone)]
pub(crate) struct Rules {
    pub(crate) name: LitStr,
    pub(crate) condition: Option<ExprClosure>,
    /// `deferred` or `immediate`.
    pub(crate) deferrable: Option<Ident>,
    pub(crate) code: Option<LitStr>,
    pub(crate) message: Option<LitStr>,
}

/// The options of a model that are text and nothing more.
const TEXTS: [&str; 7] = [
    "comment",
    "renamed_from",
    "tablespace",
    "verbose_name",
    "verbose_name_plural",
    "default_related_name",
    "default_manager_name",
];

/// The field of the place that a row has by `order_with_respect_to`.
pub(crate) const ORDER: &str = "_order";

/// Options of Django's that a struct cannot have, and what to do in their place.
const REFUSED: [(&str, &str); 3] = [
    (
        "bases",
        "a row that is a kind of another model's leads to it: `#[field(primary_key, parent_link, on_delete = CASCADE)] place: OneToOne<Place>`",
    ),
    (
        "abstract",
        "a struct has no base: write the fields in each model",
    ),
    (
        "swappable",
        "a model is known when the program is compiled: a type alias can stand for one of several",
    ),
];

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

    /// Whether the field holds the place that a row has by `order_with_respect_to`.
    pub(crate) fn is_order(&self, field: &Field) -> bool {
        self.options.order_with_respect_to.is_some() && field.name == ORDER
    }

    /// The fields that are the primary key.
    pub(crate) fn primary_keys(&self) -> impl Iterator<Item = &Field> {
        self.fields
            .iter()
            .filter(|field| self.is_primary_key(field))
    }

    /// Whether several fields are the primary key together.
    pub(crate) fn has_composite_key(&self) -> bool {
        self.primary_keys().nth(1).is_some()
    }

    /// The primary key, or the first of the fields that are it together, if there is one.
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
        proxy: proxy(&mut options, errors),
        order_with_respect_to: options.text("order_with_respect_to", errors),
        texts: TEXTS
            .into_iter()
            .filter_map(|name| Some((name, options.text(name, errors)?)))
            .collect(),
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
        exclusions: options
            .lists("exclude", errors)
            .into_iter()
            .filter_map(|(at, list)| exclusion(&at, list, errors))
            .collect(),
        unique_together: unique_together(&mut options, errors),
    };
    for (name, why) in REFUSED {
        options.refuse(name, why, errors);
    }
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

/// `proxy = Post`: the model whose table it has.
fn proxy(options: &mut Options, errors: &mut Errors) -> Option<Path> {
    match options.expr("proxy", errors)?.1 {
        syn::Expr::Path(path) => Some(path.path),
        other => {
            errors.add(
                other,
                "`proxy` takes the model whose table it has: `proxy = Post`",
            );
            None
        }
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
        expressions: closures(&mut list, errors),
        name: list.text("name", errors),
        condition: closure(&mut list, errors),
        include: list.texts("include", errors),
        opclasses: list.texts("opclasses", errors),
        using: list.text("using", errors),
        tablespace: list.text("tablespace", errors),
    };
    list.finish("an index", errors);
    has_target(at, "an index", (&index.fields, &index.expressions), errors)?;
    let needs_name = index.condition.is_some()
        || !index.include.is_empty()
        || !index.opclasses.is_empty()
        || !index.expressions.is_empty();
    if index.name.is_none() && needs_name {
        errors.add(
            at,
            "an index with a condition, expressions, operator classes or included columns needs a name: `name = \"…\"`",
        );
    }
    Some(index)
}

/// Either fields or expressions, and not both.
fn has_target(
    at: &Ident,
    what: &str,
    (fields, expressions): (&[LitStr], &[ExprClosure]),
    errors: &mut Errors,
) -> Option<()> {
    if fields.is_empty() && expressions.is_empty() {
        errors.add(at, format!("{what} needs `fields = [\"…\"]`"));
        return None;
    }
    if !fields.is_empty() && !expressions.is_empty() {
        errors.add(at, format!("{what} is over `fields` or over `expressions`"));
        return None;
    }
    Some(())
}

fn unique(at: &Ident, mut list: Options, errors: &mut Errors) -> Option<Unique> {
    let what = "a unique constraint";
    let fields = list.texts("fields", errors);
    let expressions = closures(&mut list, errors);
    let opclasses = list.texts("opclasses", errors);
    let include = list.texts("include", errors);
    let nulls_distinct = list.flag("nulls_distinct", errors).map(|(_, value)| value);
    let rules = rules(at, what, &mut list, errors);
    list.finish(what, errors);
    has_target(at, what, (&fields, &expressions), errors)?;
    Some(Unique {
        fields,
        expressions,
        opclasses,
        include,
        nulls_distinct,
        rules: rules?,
    })
}

/// The name, the condition, and what is told of a violation.
fn rules(at: &Ident, what: &str, list: &mut Options, errors: &mut Errors) -> Option<Rules> {
    let condition = closure(list, errors);
    let deferrable = deferrable(list, errors);
    let code = list.text("violation_error_code", errors);
    let message = list.text("violation_error_message", errors);
    let Some(name) = list.text("name", errors) else {
        errors.add(
            at,
            format!("{what} needs a name, which violations report: `name = \"…\"`"),
        );
        return None;
    };
    Some(Rules {
        name,
        condition,
        deferrable,
        code,
        message,
    })
}

/// `deferrable = deferred` or `deferrable = immediate`.
fn deferrable(list: &mut Options, errors: &mut Errors) -> Option<Ident> {
    let (_, value) = list.expr("deferrable", errors)?;
    if let syn::Expr::Path(path) = &value
        && let Some(word) = path.path.get_ident()
        && (word == "deferred" || word == "immediate")
    {
        return Some(word.clone());
    }
    errors.add(value, "`deferrable` is `deferred` or `immediate`");
    None
}

fn check(at: &Ident, mut list: Options, errors: &mut Errors) -> Option<Check> {
    let bare = list.bare();
    let rules = rules(at, "a check", &mut list, errors);
    let condition = match bare {
        Some(syn::Expr::Closure(closure)) => Some(closure),
        Some(other) => {
            errors.add(
                other,
                "a check's condition is a closure over the row: `|p| p.view_count().gte(0)`",
            );
            return None;
        }
        None => None,
    };
    list.finish("a check", errors);
    let mut rules = rules?;
    rules.condition = condition.or(rules.condition);
    if rules.condition.is_none() {
        errors.add(
            at,
            "a check needs a name and a condition: `check(name = \"…\", |p| …)`",
        );
        return None;
    }
    Some(Check { rules })
}

fn exclusion(at: &Ident, mut list: Options, errors: &mut Errors) -> Option<Exclusion> {
    let what = "an exclusion constraint";
    let elements = match list.expr("elements", errors) {
        Some((_, syn::Expr::Array(array))) => {
            array.elems.iter().map(element).collect::<Option<Vec<_>>>()
        }
        _ => None,
    };
    let using = list.text("using", errors);
    let include = list.texts("include", errors);
    let rules = rules(at, what, &mut list, errors);
    list.finish(what, errors);
    if elements.as_ref().is_none_or(Vec::is_empty) {
        errors.add(
            at,
            "an exclusion constraint needs what is compared and how: `elements = [(\"room\", \"=\"), (|b| b.span(), \"&&\")]`",
        );
    }
    Some(Exclusion {
        elements: elements?,
        using,
        include,
        rules: rules?,
    })
}

/// `("room", "=")` or `(|b| b.span(), "&&")`.
fn element(value: &syn::Expr) -> Option<(Element, LitStr)> {
    let syn::Expr::Tuple(pair) = value else {
        return None;
    };
    let [what, operator] = [pair.elems.first()?, pair.elems.get(1)?];
    let element = match what {
        syn::Expr::Closure(closure) => Element::Expression(closure.clone()),
        other => Element::Field(super::attr::texts_of(other)?.pop()?),
    };
    Some((element, super::attr::texts_of(operator)?.pop()?))
}

/// `expressions = [|p| p.title().lower()]`, or one closure alone.
fn closures(list: &mut Options, errors: &mut Errors) -> Vec<ExprClosure> {
    let Some((_, value)) = list.expr("expressions", errors) else {
        return Vec::new();
    };
    let items: Vec<&syn::Expr> = match &value {
        syn::Expr::Array(array) => array.elems.iter().collect(),
        one => vec![one],
    };
    let closures = items.into_iter().map(|item| match item {
        syn::Expr::Closure(closure) => Some(closure.clone()),
        _ => None,
    });
    closures.collect::<Option<Vec<_>>>().unwrap_or_else(|| {
        errors.add(
            &value,
            "`expressions` takes closures over the row: `expressions = [|p| p.title().lower()]`",
        );
        Vec::new()
    })
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
