//! The metadata of a model, as a static of `const` constructors.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Path, Type};

use crate::input::field::{Field, Form, Key, OnDelete, Reverse, Side};
use crate::input::model::Model;
use crate::input::types::is_named;

/// `static META: ModelMeta = …;`
pub(crate) fn expand(model: &Model) -> TokenStream {
    let options = &model.options;
    let (app, table) = (&options.app, &options.table);
    let name = crate::name::plain(&model.ident);
    let fields = model.fields.iter().map(|field| self::field(model, field));
    let options = model_options(model);
    quote! {
        static META: __n::ModelMeta = __n::ModelMeta {
            app: #app,
            name: #name,
            table: #table,
            fields: &[#(#fields),*],
            options: __n::ModelOptions { #options ..__n::ModelOptions::DEFAULT },
        };
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
    texts("ordering", &options.ordering);
    texts("get_latest_by", &options.get_latest_by);
    for (name, text) in [
        ("comment", &options.comment),
        ("renamed_from", &options.renamed_from),
    ] {
        if let Some(text) = text {
            let name = quote::format_ident!("{name}");
            tokens.extend(quote! { #name: __n::Some(#text), });
        }
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
    let index = |index: &crate::input::model::Index| {
        let fields = &index.fields;
        let mut tokens = quote!(__n::IndexMeta::new(&[#(#fields),*]));
        if let Some(name) = &index.name {
            tokens.extend(quote!(.named(#name)));
        }
        if let Some(condition) = &index.condition {
            tokens.extend(quote!(.only(|| __n::condition::<#ident>(#condition))));
        }
        if !index.include.is_empty() {
            let include = &index.include;
            tokens.extend(quote!(.include(&[#(#include),*])));
        }
        if let Some(using) = &index.using {
            tokens.extend(quote!(.using(#using)));
        }
        tokens
    };
    model.options.indexes.iter().map(index).collect()
}

fn constraints(model: &Model) -> Vec<TokenStream> {
    let ident = &model.ident;
    let checks = model.options.checks.iter().map(|check| {
        let (name, condition) = (&check.name, &check.condition);
        quote!(__n::ConstraintMeta::check(#name, || __n::condition::<#ident>(#condition)))
    });
    let uniques = model.options.uniques.iter().map(|unique| {
        let (name, fields) = (&unique.name, &unique.fields);
        match &unique.condition {
            Some(condition) => quote! {
                __n::ConstraintMeta::unique_where(#name, &[#(#fields),*], || __n::condition::<#ident>(#condition))
            },
            None => quote!(__n::ConstraintMeta::unique(#name, &[#(#fields),*])),
        }
    });
    checks.chain(uniques).collect()
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
    for (method, text) in [
        ("comment", &options.comment),
        ("collation", &options.collation),
        ("renamed_from", &options.renamed_from),
    ] {
        if let Some(text) = text {
            let method = quote::format_ident!("{method}");
            tokens.extend(quote!(.#method(#text)));
        }
    }
    if let Some((closure, stored)) = &options.generated {
        let ident = &model.ident;
        tokens.extend(quote!(.generated(|| __n::expression::<#ident, _>(#closure), #stored)));
    }
    tokens
}

/// Whether the database numbers it: the primary key `id: i64`, or what says `auto`.
pub(crate) fn is_auto(model: &Model, field: &Field) -> bool {
    let wanted = field
        .options
        .auto
        .unwrap_or(field.name == "id" && field.options.default.is_none());
    let is_integer = ["i64", "i32", "i16"]
        .iter()
        .any(|ty| is_named(&field.ty, ty));
    wanted && is_integer && model.is_primary_key(field)
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
                    quote!(.default_by(__n::DefaultMeta::Rust(#path)))
                }
            }
        }
        None => {
            let ty = literal_type(field);
            quote!(.default(|| __n::literal(&__n::given::<#ty>(#default))))
        }
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
