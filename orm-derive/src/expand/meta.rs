//! The metadata of a model, as a static of `const` constructors.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, Ident, LitStr, Path, Type};

use crate::input::field::{Field, Form, Key, OnDelete, Reverse, Side};
use crate::input::model::{Element, Index, Model, ORDER, Rules};
use crate::input::types::is_named;

/// `static META: ModelMeta = …;`, and `meta()` that gives it. A proxy's table is known when the program runs.
pub(crate) fn expand(model: &Model) -> (TokenStream, TokenStream) {
    let options = &model.options;
    let (app, table) = (&options.app, &options.table);
    let name = crate::name::plain(&model.ident);
    let fields = model.fields.iter().map(|field| self::field(model, field));
    let options = model_options(model);
    let meta = quote! {
        __n::ModelMeta {
            app: #app,
            name: #name,
            table: #table,
            fields: &[#(#fields),*],
            options: __n::ModelOptions { #options ..__n::ModelOptions::DEFAULT },
        }
    };
    match &model.options.proxy {
        None => (quote!(static META: __n::ModelMeta = #meta;), quote!(&META)),
        Some(base) => (
            quote! {
                static OWN: __n::ModelMeta = #meta;
                static META: __n::OnceLock<__n::ModelMeta> = __n::OnceLock::new();
            },
            quote!(META.get_or_init(|| __n::proxy::<#base>(&OWN))),
        ),
    }
}

fn model_options(model: &Model) -> TokenStream {
    let options = &model.options;
    let mut tokens = TokenStream::new();
    let mut texts = |name: &str, texts: &[syn::LitStr]| {
        if !texts.is_empty() {
            let name = quote::format_ident!("{name}");
            tokens.extend(quote! { #name: &[#(#texts),*], });
        }
    };
    let by = options.order_with_respect_to.as_ref();
    match by.map(|by| LitStr::new(ORDER, by.span())) {
        None => texts("ordering", &options.ordering),
        Some(order) => texts("ordering", &[order]),
    }
    texts("get_latest_by", &options.get_latest_by);
    tokens.extend(by.map(|by| quote! { order_with_respect_to: __n::Some(#by), }));
    for (name, text) in &options.texts {
        let name = quote::format_ident!("{name}");
        tokens.extend(quote! { #name: __n::Some(#text), });
    }
    if !options.managed {
        tokens.extend(quote! { managed: false, });
    }
    if !options.unique_together.is_empty() {
        let sets = options
            .unique_together
            .iter()
            .map(|set| quote!(&[#(#set),*]));
        tokens.extend(quote! { unique_together: &[#(#sets),*], });
    }
    let indexes = indexes(model);
    if !indexes.is_empty() {
        tokens.extend(quote! { indexes: &[#(#indexes),*], });
    }
    let constraints = constraints(model);
    if !constraints.is_empty() {
        tokens.extend(quote! { constraints: &[#(#constraints),*], });
    }
    quote! {
        #tokens
        package: ::core::env!("CARGO_PKG_NAME"),
        manifest_dir: ::core::env!("CARGO_MANIFEST_DIR"),
    }
}

fn indexes(model: &Model) -> Vec<TokenStream> {
    let ident = &model.ident;
    let index = |index: &Index| {
        let fields = &index.fields;
        let mut tokens = quote!(__n::IndexMeta::new(&[#(#fields),*]));
        tokens.extend(text("named", index.name.as_ref()));
        tokens.extend(index.condition.as_ref().map(|it| only(ident, it)));
        tokens.extend(list("include", &index.include));
        tokens.extend(list("opclasses", &index.opclasses));
        tokens.extend(text("using", index.using.as_ref()));
        tokens.extend(text("tablespace", index.tablespace.as_ref()));
        tokens.extend(expressions(ident, &index.expressions));
        tokens
    };
    model.options.indexes.iter().map(index).collect()
}

fn constraints(model: &Model) -> Vec<TokenStream> {
    let ident = &model.ident;
    let options = &model.options;
    let checks = options.checks.iter().map(|check| {
        let name = &check.rules.name;
        let condition = check
            .rules
            .condition
            .as_ref()
            .map(|it| condition(ident, it));
        let rest = rules(
            ident,
            &Rules {
                condition: None,
                ..check.rules.clone()
            },
        );
        quote!(__n::ConstraintMeta::check(#name, #condition) #rest)
    });
    let uniques = options.uniques.iter().map(|unique| {
        let (name, fields) = (&unique.rules.name, &unique.fields);
        let mut tokens = quote!(__n::ConstraintMeta::unique(#name, &[#(#fields),*]));
        tokens.extend(rules(ident, &unique.rules));
        tokens.extend(list("include", &unique.include));
        tokens.extend(list("opclasses", &unique.opclasses));
        tokens.extend(unique.nulls_distinct.map(|it| quote!(.nulls_distinct(#it))));
        tokens.extend(expressions(ident, &unique.expressions));
        tokens
    });
    let exclusions = options.exclusions.iter().map(|exclusion| {
        let name = &exclusion.rules.name;
        let elements = exclusion.elements.iter().map(|(element, operator)| {
            let make = match element {
                Element::Field(field) => quote!(|| __n::own_field(#field)),
                Element::Expression(closure) => {
                    quote!(|| __n::expression::<#ident, _>(#closure))
                }
            };
            quote!((#make, #operator))
        });
        let mut tokens = quote!(__n::ConstraintMeta::exclude(#name, &[#(#elements),*]));
        tokens.extend(rules(ident, &exclusion.rules));
        tokens.extend(list("include", &exclusion.include));
        tokens.extend(text("using", exclusion.using.as_ref()));
        tokens
    });
    checks.chain(uniques).chain(exclusions).collect()
}

/// What every constraint may have.
fn rules(ident: &Ident, rules: &Rules) -> TokenStream {
    let mut tokens = TokenStream::new();
    tokens.extend(rules.condition.as_ref().map(|it| only(ident, it)));
    tokens.extend(rules.deferrable.as_ref().map(|word| quote!(.#word())));
    tokens.extend(text("violation_error_code", rules.code.as_ref()));
    tokens.extend(text("violation_error_message", rules.message.as_ref()));
    tokens
}

fn condition(ident: &Ident, closure: &ExprClosure) -> TokenStream {
    quote!(|| __n::condition::<#ident>(#closure))
}

fn only(ident: &Ident, closure: &ExprClosure) -> TokenStream {
    let condition = condition(ident, closure);
    quote!(.only(#condition))
}

fn expressions(ident: &Ident, closures: &[ExprClosure]) -> Option<TokenStream> {
    let makes = closures
        .iter()
        .map(|closure| quote!(|| __n::index_part::<#ident, _>(#closure)));
    (!closures.is_empty()).then(|| quote!(.expressions(&[#(#makes),*])))
}

fn text(method: &str, text: Option<&LitStr>) -> Option<TokenStream> {
    let method = quote::format_ident!("{method}");
    text.map(|text| quote!(.#method(#text)))
}

fn list(method: &str, texts: &[LitStr]) -> Option<TokenStream> {
    let method = quote::format_ident!("{method}");
    (!texts.is_empty()).then(|| quote!(.#method(&[#(#texts),*])))
}

fn field(model: &Model, field: &Field) -> TokenStream {
    let (name, ty) = (&field.name, field.value_type());
    let base = match &field.form {
        Form::Plain | Form::Deferred(_) => {
            quote_spanned!(ty.span()=> __n::field::<__n::Plain<#ty>>(#name))
        }
        Form::Key(key) => self::key(field, key),
        Form::ManyToMany(to) => many_to_many(model, field, to),
        Form::Reverse(reverse) => self::reverse(field, reverse),
    };
    let options = field_options(model, field);
    quote!(#base #options)
}

fn key(field: &Field, key: &Key) -> TokenStream {
    let (name, column) = (&field.name, field.key_name());
    let target = &key.to;
    let on_delete = match &field.options.on_delete {
        Some(OnDelete::Rule(rule)) => {
            let rule = quote::format_ident!("{rule}");
            quote!(#rule)
        }
        Some(OnDelete::Set(value)) => {
            let key = key_type(field);
            quote!(Set(|| __n::literal(&__n::given::<#key>(#value))))
        }
        None => quote!(DoNothing),
    };
    let mut to = quote!(__n::to_one::<#target>(__n::OnDelete::#on_delete));
    if let Some(target) = &field.options.to_field {
        to.extend(quote!(.to_field(#target)));
    }
    if let Some(related) = &field.options.related_name {
        to.extend(quote!(.related_name(#related)));
    }
    if !field.options.db_constraint {
        to.extend(quote!(.without_constraint()));
    }
    if field.options.parent_link {
        to.extend(quote!(.parent_link()));
    }
    let constructor = if key.one_to_one {
        quote!(one_to_one)
    } else {
        quote!(foreign_key)
    };
    let nullable = key.null.then(|| quote!(.nullable()));
    quote!(__n::FieldMeta::#constructor(#name, #column, #to) #nullable)
}

/// The type of a foreign key's key.
pub(crate) fn key_type(field: &Field) -> TokenStream {
    let ty = &field.ty;
    quote!(<#ty as __n::ToOneField>::Key)
}

fn many_to_many(model: &Model, field: &Field, to: &Type) -> TokenStream {
    let (name, options) = (&field.name, &field.options);
    let mut many = quote!(__n::to_many::<#to>());
    if let Some(through) = &options.through {
        many.extend(quote!(.through(<#through as __n::Model>::meta)));
    }
    if let Some((here, there)) = &options.through_fields {
        many.extend(quote!(.through_fields(#here, #there)));
    }
    if let Some(table) = &options.table {
        many.extend(quote!(.table(#table)));
    }
    if let Some(related) = &options.related_name {
        many.extend(quote!(.related_name(#related)));
    }
    if !options.db_constraint {
        many.extend(quote!(.without_constraint()));
    }
    let to_self = is_named(to, &model.ident.to_string());
    if options.symmetrical.unwrap_or(to_self) {
        many.extend(quote!(.symmetrical()));
    }
    quote!(__n::FieldMeta::many_to_many(#name, #many))
}

fn reverse(field: &Field, reverse: &Reverse) -> TokenStream {
    let (name, from) = (&field.name, &reverse.from);
    let relation = reverse
        .field
        .as_ref()
        .map(crate::name::plain)
        .unwrap_or_default();
    let kind = quote::format_ident!("{}", reverse.side.as_str());
    quote! {
        __n::FieldMeta::reverse(#name, __n::reverse::<#from>(#relation, __n::ReverseKind::#kind))
    }
}

fn field_options(model: &Model, field: &Field) -> TokenStream {
    let options = &field.options;
    let mut tokens = TokenStream::new();
    if let Some(kind) = options.text_kind {
        let kind = quote::format_ident!("{}", crate::name::label(kind));
        tokens.extend(quote!(.as_kind(__n::FieldKind::#kind)));
    }
    if is_auto(model, field) {
        tokens.extend(quote!(.auto_key()));
    } else if model.is_primary_key(field) {
        tokens.extend(quote!(.primary_key()));
    }
    if let Some(column) = &options.column {
        tokens.extend(quote!(.in_column(#column)));
    }
    if let Some(length) = options.max_length.map(Literal::u32_unsuffixed) {
        tokens.extend(quote!(.max_length(#length)));
    }
    if let Some((digits, places)) = options.digits {
        let (digits, places) = (
            Literal::u32_unsuffixed(digits),
            Literal::u32_unsuffixed(places),
        );
        tokens.extend(quote!(.digits(#digits, #places)));
    }
    if options.unique {
        tokens.extend(quote!(.unique()));
    }
    if let Some(index) = options.index {
        tokens.extend(quote!(.indexed(#index)));
    }
    if let Some(default) = &options.default {
        tokens.extend(self::default(field, default));
    }
    if let Some(default) = &options.db_default {
        let default = db_default(model, field, default);
        tokens.extend(quote!(.db_default(#default)));
    }
    if matches!(field.form, Form::Deferred(_)) {
        tokens.extend(quote!(.deferred()));
    }
    if options.auto_now {
        tokens.extend(quote!(.auto_now()));
    }
    if options.auto_now_add {
        tokens.extend(quote!(.auto_now_add()));
    }
    tokens.extend(text("collation", options.collation.as_ref()));
    for (method, value) in &options.texts {
        tokens.extend(text(method, Some(value)));
    }
    if options.blank {
        tokens.extend(quote!(.blank()));
    }
    if let (Some(closure), Form::Key(Key { to, .. }) | Form::ManyToMany(to)) =
        (&options.limit_choices_to, &field.form)
    {
        tokens.extend(quote!(.limit_choices_to(|| __n::condition::<#to>(#closure))));
    }
    if model.is_order(field) {
        tokens.extend(quote!(.order()));
    }
    if let Some((closure, stored)) = &options.generated {
        let ident = &model.ident;
        tokens.extend(quote!(.generated(|| __n::expression::<#ident, _>(#closure), #stored)));
    }
    tokens
}

/// Whether the database numbers it: the primary key `id: i64`, or what says `auto`.
pub(crate) fn is_auto(model: &Model, field: &Field) -> bool {
    let is_integer = ["i64", "i32", "i16"]
        .iter()
        .any(|ty| is_named(&field.ty, ty));
    let by_convention = field.name == "id" && field.options.default.is_none() && is_integer;
    field.options.auto.unwrap_or(by_convention)
        && model.is_primary_key(field)
        && !model.has_composite_key()
}

/// A default as metadata: a function is its path, anything else its value.
fn default(field: &Field, default: &Expr) -> TokenStream {
    match called(default) {
        Some(path) => {
            let words: Vec<String> = path
                .segments
                .iter()
                .map(|it| it.ident.to_string())
                .collect();
            match &words[..] {
                [.., clock, now] if clock == "Utc" && now == "now" => {
                    quote!(.default_by(__n::DefaultMeta::Now))
                }
                [.., uuid, new] if uuid == "Uuid" && new == "new_v4" => {
                    quote!(.default_by(__n::DefaultMeta::Uuid4))
                }
                words => {
                    let path = words.join("::");
                    let value = computed(field, default);
                    quote!(.default_by(__n::DefaultMeta::Rust(#path, || #value)))
                }
            }
        }
        None => {
            let ty = literal_type(field);
            quote!(.default(|| __n::literal(&__n::given::<#ty>(#default))))
        }
    }
}

/// What the function of a default gives, as a value.
fn computed(field: &Field, default: &Expr) -> TokenStream {
    let ty = &field.ty;
    match &field.form {
        Form::Key(key) => {
            let key = super::builder::converted(key, default, &super::builder::to_field(field));
            quote!(__n::default_key::<#ty>(#key))
        }
        _ => quote!(__n::default_value(&__n::given::<#ty>(#default))),
    }
}

/// The path of a function that is called without arguments.
fn called(default: &Expr) -> Option<&Path> {
    let Expr::Call(call) = default else {
        return None;
    };
    let Expr::Path(path) = &*call.func else {
        return None;
    };
    call.args.is_empty().then_some(&path.path)
}

/// The type that a default of the field has.
fn literal_type(field: &Field) -> TokenStream {
    match &field.form {
        Form::Key(_) => key_type(field),
        _ => {
            let ty = &field.ty;
            quote!(#ty)
        }
    }
}

fn db_default(model: &Model, field: &Field, default: &Expr) -> TokenStream {
    let ident = &model.ident;
    match default {
        Expr::Closure(closure) => quote!(|| __n::expression::<#ident, _>(#closure)),
        value => {
            let ty = literal_type(field);
            quote!(|| __n::literal_expression(&__n::given::<#ty>(#value)))
        }
    }
}

impl Side {
    /// The check that `#[related]` passes.
    pub(crate) fn check(self) -> TokenStream {
        match self {
            Side::HasMany => quote!(check_has_many),
            Side::HasOne => quote!(check_has_one),
            Side::ManyToMany => quote!(check_many_to_many),
        }
    }
}
