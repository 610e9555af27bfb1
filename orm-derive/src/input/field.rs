//! A field of a model: what it is, by its type, and its options.

use syn::{Expr, ExprClosure, Field as SynField, Ident, LitStr, Path, Type, Visibility};

use super::attr::{Options, texts_of};
use super::types::{in_option, inside, is_named, last_segment, name_of};
use crate::errors::{Errors, suggestion};
use crate::name;

/// A field as declared.
pub(crate) struct Field {
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    /// The name without `r#`.
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) form: Form,
    pub(crate) options: FieldOptions,
}

/// What a field is, by its type.
pub(crate) enum Form {
    /// A column of the type itself.
    Plain,
    /// A column that a query may leave unread.
    Deferred(Type),
    /// A foreign key or one-to-one.
    Key(Key),
    /// A many-to-many that this model declares.
    ManyToMany(Type),
    /// The other side of a relation.
    Reverse(Reverse),
}

/// A foreign key or one-to-one.
pub(crate) struct Key {
    pub(crate) to: Type,
    /// The key's type, where it is written.
    pub(crate) key: Option<Type>,
    pub(crate) null: bool,
    pub(crate) one_to_one: bool,
}

/// The other side of a relation: `#[related(Post::author)]`.
pub(crate) struct Reverse {
    pub(crate) side: Side,
    pub(crate) from: Type,
    /// The relation's name on the other model; absent after a mistake.
    pub(crate) field: Option<Ident>,
}

/// What the other side of a relation may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    HasMany,
    HasOne,
    ManyToMany,
}

impl Side {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Side::HasMany => "HasMany",
            Side::HasOne => "HasOne",
            Side::ManyToMany => "ManyToMany",
        }
    }
}

/// The options of a field; each is there only where it has a meaning.
#[derive(Default)]
pub(crate) struct FieldOptions {
    pub(crate) primary_key: Option<Ident>,
    pub(crate) auto: Option<bool>,
    pub(crate) unique: bool,
    pub(crate) index: Option<bool>,
    pub(crate) column: Option<LitStr>,
    pub(crate) max_length: Option<u32>,
    pub(crate) digits: Option<(u32, u32)>,
    pub(crate) text_kind: Option<&'static str>,
    pub(crate) default: Option<Expr>,
    pub(crate) db_default: Option<Expr>,
    pub(crate) auto_now: bool,
    pub(crate) auto_now_add: bool,
    pub(crate) collation: Option<LitStr>,
    /// The options that are text and nothing more, by their names.
    pub(crate) texts: Vec<(&'static str, LitStr)>,
    pub(crate) blank: bool,
    pub(crate) limit_choices_to: Option<ExprClosure>,
    pub(crate) generated: Option<(ExprClosure, bool)>,
    pub(crate) on_delete: Option<OnDelete>,
    pub(crate) related_name: Option<LitStr>,
    pub(crate) to_field: Option<LitStr>,
    pub(crate) db_constraint: bool,
    pub(crate) parent_link: bool,
    pub(crate) through: Option<Path>,
    pub(crate) through_fields: Option<(LitStr, LitStr)>,
    pub(crate) table: Option<LitStr>,
    pub(crate) symmetrical: Option<bool>,
}

/// What becomes of the row when what it points to is deleted.
pub(crate) enum OnDelete {
    /// By the name of the variant.
    Rule(&'static str),
    /// Set to a value.
    Set(Box<Expr>),
}

const RULES: [(&str, &str); 9] = [
    ("CASCADE", "Cascade"),
    ("PROTECT", "Protect"),
    ("RESTRICT", "Restrict"),
    ("SET_NULL", "SetNull"),
    ("SET_DEFAULT", "SetDefault"),
    ("DO_NOTHING", "DoNothing"),
    ("DB_CASCADE", "DbCascade"),
    ("DB_SET_NULL", "DbSetNull"),
    ("DB_SET_DEFAULT", "DbSetDefault"),
];

const TEXT_KINDS: [&str; 3] = ["slug", "email", "url"];

impl Field {
    /// Reads a field; `None` if it has no name.
    pub(crate) fn read(field: &SynField, errors: &mut Errors) -> Option<Field> {
        let ident = field.ident.clone()?;
        let mut options = Options::of(&field.attrs, "field", errors);
        let form = form(field, &ident, errors);
        let options = match &form {
            Form::Plain | Form::Deferred(_) => column_options(&mut options, errors),
            Form::Key(key) => key_options(&mut options, key, &ident, errors),
            Form::ManyToMany(_) => many_options(&mut options, errors),
            Form::Reverse(_) => FieldOptions::default(),
        }
        .finish(options, &form, errors);
        Some(Field {
            vis: field.vis.clone(),
            name: name::plain(&ident),
            ident,
            ty: field.ty.clone(),
            form,
            options,
        })
    }

    /// Whether it is a column of the table.
    pub(crate) fn is_column(&self) -> bool {
        !matches!(self.form, Form::ManyToMany(_) | Form::Reverse(_))
    }

    /// The column's name.
    pub(crate) fn column(&self) -> Option<String> {
        self.is_column()
            .then(|| match (&self.options.column, &self.form) {
                (Some(column), _) => column.value(),
                (None, Form::Key(_)) => self.key_name(),
                (None, _) => self.name.clone(),
            })
    }

    /// The name of a key's column in Rust: `author_id`.
    pub(crate) fn key_name(&self) -> String {
        format!("{}_id", self.name)
    }

    /// The type of the column's values.
    pub(crate) fn value_type(&self) -> &Type {
        match &self.form {
            Form::Deferred(inner) => inner,
            _ => &self.ty,
        }
    }
}

impl FieldOptions {
    fn finish(self, options: Options, form: &Form, errors: &mut Errors) -> FieldOptions {
        let what = match form {
            Form::Plain | Form::Deferred(_) => "a column",
            Form::Key(key) if key.one_to_one => "a OneToOne",
            Form::Key(_) => "a ForeignKey",
            Form::ManyToMany(_) => "a ManyToMany",
            Form::Reverse(_) => "a reverse side (they belong to the relation on the other model)",
        };
        options.finish(what, errors);
        self
    }
}

/// What the field is, by the last name of its type.
fn form(field: &SynField, ident: &Ident, errors: &mut Errors) -> Form {
    let related = related(field, errors);
    let has_related = field.attrs.iter().any(|it| it.path().is_ident("related"));
    let side = [Side::HasMany, Side::HasOne, Side::ManyToMany]
        .into_iter()
        .find_map(|side| Some((side, inside(&field.ty, side.as_str())?)));
    if let Some((side, to)) = side {
        if !has_related && side == Side::ManyToMany {
            return Form::ManyToMany(to.clone());
        }
        if !has_related {
            let to_name = name_of(to).unwrap_or_default();
            errors.add(
                ident,
                format!(
                    "`{ident}` needs `#[related({to_name}::…)]`: the relation on `{to_name}` that it is the other side of"
                ),
            );
        }
        let field = related.and_then(|(model, field)| {
            check_related(ident, side, to, &model, errors).then_some(field)
        });
        let from = to.clone();
        return Form::Reverse(Reverse { side, from, field });
    }
    if has_related {
        errors.add(
            ident,
            "`#[related]` is for `HasMany`, `HasOne` and `ManyToMany`: the sides of a relation that have no column",
        );
    }
    if let Some(inner) = in_option(&field.ty)
        && ["HasMany", "HasOne", "ManyToMany"]
            .iter()
            .any(|name| is_named(inner, name))
    {
        errors.add(
            &field.ty,
            "a side without a column is never NULL: leave the `Option` out",
        );
    }
    if let Some(inner) = inside(&field.ty, "Deferred") {
        return Form::Deferred(inner.clone());
    }
    key(&field.ty).map_or(Form::Plain, Form::Key)
}

/// The foreign key or one-to-one that a type is.
fn key(ty: &Type) -> Option<Key> {
    let (null, ty) = match in_option(ty) {
        Some(inner) => (true, inner),
        None => (false, ty),
    };
    let (name, args) = last_segment(ty)?;
    let one_to_one = name == "OneToOne";
    if !one_to_one && name != "ForeignKey" {
        return None;
    }
    Some(Key {
        to: (*args.first()?).clone(),
        key: args.get(1).map(|ty| (*ty).clone()),
        null,
        one_to_one,
    })
}

/// The model and the relation of `#[related(Post::author)]`.
fn related(field: &SynField, errors: &mut Errors) -> Option<(Path, Ident)> {
    let attribute = field
        .attrs
        .iter()
        .find(|it| it.path().is_ident("related"))?;
    let mut model: Path = match attribute.parse_args() {
        Ok(path) => path,
        Err(_) => {
            errors.add(
                attribute,
                "expected a relation of the other model: `#[related(Post::author)]`",
            );
            return None;
        }
    };
    let relation = model.segments.pop()?.into_value().ident;
    if model.segments.pop_punct().is_none() {
        errors.add(
            &relation,
            format!("expected a model before it: `#[related(Post::{relation})]`"),
        );
        return None;
    }
    Some((model, relation))
}

/// Whether `#[related]` names the model that the field holds.
fn check_related(ident: &Ident, side: Side, to: &Type, model: &Path, errors: &mut Errors) -> bool {
    let held = name_of(to).unwrap_or_default();
    let named = model.segments.last().map(|it| it.ident.to_string());
    let agrees = named.as_ref() == Some(&held);
    if !agrees {
        errors.add(
            model,
            format!(
                "`{ident}` is a `{}<{held}>`, so `#[related]` must name a relation of `{held}`",
                side.as_str()
            ),
        );
    }
    agrees
}

/// The options of a column that is no key.
fn column_options(options: &mut Options, errors: &mut Errors) -> FieldOptions {
    let mut read = FieldOptions {
        max_length: options
            .number("max_length", errors)
            .map(|(_, length)| length),
        auto: options.flag("auto", errors).map(|(_, auto)| auto),
        auto_now: options.word("auto_now", errors).is_some(),
        auto_now_add: options.word("auto_now_add", errors).is_some(),
        collation: options.text("collation", errors),
        text_kind: text_kind(options, errors),
        ..shared_options(options, errors)
    };
    let digits = options.number("max_digits", errors);
    let places = options.number("decimal_places", errors);
    read.digits = match (digits, places) {
        (Some((_, digits)), Some((at, places))) if digits < places => {
            errors.add(
                at,
                "`decimal_places` cannot be more than `max_digits`, which counts all digits",
            );
            None
        }
        (Some((_, digits)), Some((_, places))) => Some((digits, places)),
        (Some((at, _)), None) => {
            errors.add(at, "`max_digits` needs `decimal_places` beside it");
            None
        }
        (None, Some((at, _))) => {
            errors.add(at, "`decimal_places` needs `max_digits` beside it");
            None
        }
        (None, None) => None,
    };
    let generated = options.expr("generated", errors);
    let stored = options.flag("stored", errors);
    read.generated = match (generated, &stored) {
        (Some((_, Expr::Closure(closure))), _) => {
            Some((closure, stored.is_none_or(|(_, stored)| stored)))
        }
        (Some((_, other)), _) => {
            errors.add(
                other,
                "`generated` takes a closure over the row: `generated = |p| p.price() * p.count()`",
            );
            None
        }
        (None, Some((at, _))) => {
            errors.add(at, "`stored` belongs to `generated = |p| …`");
            None
        }
        (None, None) => None,
    };
    read
}

/// The options of every column.
fn shared_options(options: &mut Options, errors: &mut Errors) -> FieldOptions {
    FieldOptions {
        primary_key: options.word("primary_key", errors),
        unique: options.word("unique", errors).is_some(),
        index: options.flag("index", errors).map(|(_, index)| index),
        column: options.text("column", errors),
        default: options.expr("default", errors).map(|(_, value)| value),
        db_default: options.expr("db_default", errors).map(|(_, value)| value),
        texts: texts(
            &[
                "comment",
                "renamed_from",
                "tablespace",
                "verbose_name",
                "help_text",
            ],
            options,
            errors,
        ),
        blank: options.word("blank", errors).is_some(),
        db_constraint: true,
        ..FieldOptions::default()
    }
}

/// The options of these names that are text.
fn texts(
    names: &[&'static str],
    options: &mut Options,
    errors: &mut Errors,
) -> Vec<(&'static str, LitStr)> {
    let text = |name: &&'static str| Some((*name, options.text(name, errors)?));
    names.iter().filter_map(text).collect()
}

/// What relations have beside their kind's options.
fn relation_options(read: &mut FieldOptions, options: &mut Options, errors: &mut Errors) {
    read.texts
        .extend(texts(&["related_query_name"], options, errors));
    read.db_constraint = options
        .flag("db_constraint", errors)
        .is_none_or(|(_, holds)| holds);
    match options.expr("limit_choices_to", errors) {
        Some((_, Expr::Closure(closure))) => read.limit_choices_to = Some(closure),
        Some((_, other)) => errors.add(
            other,
            "`limit_choices_to` takes a closure over the related row: `limit_choices_to = |a| a.active().eq(true)`",
        ),
        None => {}
    }
}

/// `slug`, `email`, `url`, or one of them behind `kind =`.
fn text_kind(options: &mut Options, errors: &mut Errors) -> Option<&'static str> {
    let mut found = None;
    for kind in TEXT_KINDS {
        if options.word(kind, errors).is_some() {
            found = Some(kind);
        }
    }
    let Some((_, value)) = options.expr("kind", errors) else {
        return found;
    };
    let word = match &value {
        Expr::Path(path) => path.path.get_ident().map(Ident::to_string),
        _ => None,
    }
    .unwrap_or_default();
    let known = TEXT_KINDS.into_iter().find(|kind| *kind == word);
    if known.is_none() {
        let hint = suggestion(&word, TEXT_KINDS);
        errors.add(value, format!("unknown kind of text `{word}`{hint}"));
    }
    known
}

fn key_options(
    options: &mut Options,
    key: &Key,
    ident: &Ident,
    errors: &mut Errors,
) -> FieldOptions {
    let mut read = FieldOptions {
        related_name: options.text("related_name", errors),
        to_field: options.text("to_field", errors),
        ..shared_options(options, errors)
    };
    relation_options(&mut read, options, errors);
    if let Some(at) = options.word("parent_link", errors) {
        read.parent_link = true;
        if !key.one_to_one || key.null {
            errors.add(
                at,
                "`parent_link` leads to the row that this one is a kind of: it is for a `OneToOne` that is not an `Option`",
            );
        }
    }
    match options.expr("on_delete", errors) {
        Some((_, rule)) => read.on_delete = on_delete(&rule, key, read.default.is_some(), errors),
        None => errors.add(
            ident,
            format!(
                "`{ident}` needs `#[field(on_delete = …)]`: what becomes of this row when the `{}` that it points to is deleted? CASCADE, PROTECT, RESTRICT, SET_NULL, SET_DEFAULT, SET(value), DO_NOTHING, DB_CASCADE, DB_SET_NULL or DB_SET_DEFAULT",
                name_of(&key.to).unwrap_or_default()
            ),
        ),
    }
    read
}

fn on_delete(rule: &Expr, key: &Key, has_default: bool, errors: &mut Errors) -> Option<OnDelete> {
    if let Expr::Call(call) = rule
        && matches!(&*call.func, Expr::Path(path) if path.path.is_ident("SET"))
        && let Some(value) = call.args.first()
    {
        return Some(OnDelete::Set(Box::new(value.clone())));
    }
    let word = match rule {
        Expr::Path(path) => path.path.get_ident().map(Ident::to_string),
        _ => None,
    }
    .unwrap_or_default();
    let Some((_, variant)) = RULES.into_iter().find(|(name, _)| *name == word) else {
        let known = RULES.iter().map(|(name, _)| *name).chain(["SET(value)"]);
        let hint = suggestion(&word, known);
        errors.add(rule, format!("unknown rule of `on_delete`{hint}"));
        return None;
    };
    if variant.ends_with("SetNull") && !key.null {
        errors.add(
            rule,
            format!("`{word}` needs a key that may be NULL: `Option<ForeignKey<…>>`"),
        );
    }
    if variant == "SetDefault" && !has_default {
        errors.add(rule, format!("`{word}` needs a `default`"));
    }
    Some(OnDelete::Rule(variant))
}

fn many_options(options: &mut Options, errors: &mut Errors) -> FieldOptions {
    let mut read = FieldOptions {
        related_name: options.text("related_name", errors),
        table: options.text("table", errors),
        texts: texts(
            &["renamed_from", "verbose_name", "help_text"],
            options,
            errors,
        ),
        blank: options.word("blank", errors).is_some(),
        symmetrical: options.flag("symmetrical", errors).map(|(_, value)| value),
        ..FieldOptions::default()
    };
    relation_options(&mut read, options, errors);
    if let Some((_, through)) = options.expr("through", errors) {
        match through {
            Expr::Path(path) => read.through = Some(path.path),
            other => errors.add(
                other,
                "`through` takes the model of the rows between: `through = Membership`",
            ),
        }
    }
    if let Some((_, fields)) = options.expr("through_fields", errors) {
        match texts_of(&fields).as_deref() {
            Some([here, there]) => read.through_fields = Some((here.clone(), there.clone())),
            _ => errors.add(&fields, "`through_fields` takes the field that leads here and the one that leads there: `through_fields = (\"group\", \"person\")`"),
        }
        if read.through.is_none() {
            errors.add(&fields, "`through_fields` belongs to `through = …`");
        }
    }
    if let (Some(table), Some(_)) = (&read.table, &read.through) {
        errors.add(
            table,
            "the table of the rows between is that of the `through` model",
        );
    }
    read
}

impl quote::ToTokens for Field {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        self.ident.to_tokens(tokens);
    }
}

impl Field {
    /// Where it stands.
    pub(crate) fn span(&self) -> proc_macro2::Span {
        self.ident.span()
    }
}
