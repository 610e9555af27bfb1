//! The typestate builder of a model.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Type};

use super::meta::is_auto;
use crate::input::field::{Field, Form, Key};
use crate::input::model::Model;
use crate::input::types::in_option;

/// What becomes of a field in the builder.
enum Setting<'a> {
    /// It must be set.
    Required,
    /// It may be set; else it is this.
    Default(&'a syn::Expr),
    /// It may be set; else this is done.
    Optional(TokenStream),
    /// It cannot be set; it is this.
    Fixed(TokenStream),
    /// It is a foreign key that must be set.
    RequiredKey(&'a Key),
    /// It is a foreign key that may be set; else this.
    OptionalKey(&'a Key, Option<TokenStream>),
}

/// The builder's structs, setters and `build`.
pub(crate) fn expand(model: &Model) -> TokenStream {
    let (vis, ident) = (&model.vis, &model.ident);
    let (builder, values) = (
        format_ident!("{ident}Builder"),
        format_ident!("{ident}Values"),
    );
    let settings: Vec<_> = model
        .fields
        .iter()
        .map(|field| (field, setting(model, field)))
        .collect();
    let required: Vec<&Field> = settings
        .iter()
        .filter(|(_, setting)| setting.is_required())
        .map(|(field, _)| *field)
        .collect();
    let states: Vec<Ident> = (0..required.len()).map(state).collect();
    let names = required.iter().map(|field| &field.ident);
    let stored = settings.iter().filter_map(|(field, setting)| {
        let (ident, ty) = (&field.ident, setting.stored(field)?);
        Some(quote!(#ident: __n::Option<#ty>))
    });
    let setters = settings
        .iter()
        .filter_map(|(field, setting)| setter(&builder, field, setting, &required));
    let built = settings.iter().map(|(field, setting)| {
        let (ident, value) = (&field.ident, setting.built(field));
        quote!(#ident: #value)
    });
    let all = nested(&states);
    quote! {
        mod required { #(pub enum #names {})* }
        #[derive(::core::default::Default)]
        #vis struct #values { #(#stored),* }
        #vis struct #builder<#(#states),*>(#values, __n::PhantomData<fn() -> #all>);
        impl<#(#states),*> #builder<#(#states),*> { #(#setters)* }
        impl<#(#states),*> __n::Builder for #builder<#(#states),*> {
            type Model = #ident;
            type State = #all;
            fn build(self) -> __n::Result<#ident> where #all: __n::AllSet {
                __n::Ok(#ident { #(#built),* })
            }
        }
    }
}

/// The type of a builder of which nothing is set, and the builder.
pub(crate) fn empty(model: &Model) -> (TokenStream, TokenStream) {
    let ident = &model.ident;
    let builder = format_ident!("{ident}Builder");
    let fields = model.fields.iter();
    let required = fields.filter(|field| setting(model, field).is_required());
    let missing = required.map(|field| {
        let ident = &field.ident;
        quote!(__n::Missing<required::#ident>)
    });
    (
        quote!(#builder<#(#missing),*>),
        quote!(#builder(::core::default::Default::default(), __n::PhantomData)),
    )
}

/// `(a, (b, (c, ())))`
fn nested(states: &[Ident]) -> TokenStream {
    let states = states.iter();
    states.rfold(quote!(()), |rest, first| quote!((#first, #rest)))
}

/// The type parameter of a required field's state.
fn state(position: usize) -> Ident {
    format_ident!("__{position}")
}

fn setting<'a>(model: &Model, field: &'a Field) -> Setting<'a> {
    let options = &field.options;
    let to_field = to_field(field);
    let key = match &field.form {
        Form::ManyToMany(_) | Form::Reverse(_) => {
            return Setting::Fixed(quote!(::core::default::Default::default()));
        }
        Form::Key(key) => Some(key),
        Form::Plain | Form::Deferred(_) => None,
    };
    let default = match (&options.default, &options.db_default) {
        (Some(default), _) => Some(default),
        (None, Some(syn::Expr::Closure(_))) | (None, None) => None,
        (None, Some(literal)) => Some(literal),
    };
    if let Some(key) = key {
        let default = default.map(|default| converted(key, default, &to_field));
        return match default {
            None if !key.null => Setting::RequiredKey(key),
            default => Setting::OptionalKey(key, default),
        };
    }
    let unset = quote!(.unwrap_or_default());
    if options.generated.is_some() || model.is_order(field) {
        return Setting::Fixed(quote!(::core::default::Default::default()));
    }
    if options.auto_now || options.auto_now_add {
        let moment = quote_spanned!(field.ty.span()=> __n::FromNow::from_now());
        return Setting::Fixed(moment);
    }
    if let Some(default) = default {
        return Setting::Default(default);
    }
    let is_null = in_option(field.value_type()).is_some();
    match &field.form {
        Form::Deferred(_) if is_null => {
            Setting::Optional(quote!(.unwrap_or(__n::Deferred::Read(__n::None))))
        }
        _ if is_null || is_auto(model, field) => Setting::Optional(unset),
        _ => Setting::Required,
    }
}

/// What is given for a key as the field's value, or why it is none.
pub(super) fn converted(key: &Key, value: &syn::Expr, to_field: &TokenStream) -> TokenStream {
    if key.null {
        quote!(__n::IntoOptionalKey::into_optional_key(#value, #to_field))
    } else {
        quote!(__n::IntoForeignKey::into_foreign_key(#value, #to_field))
    }
}

pub(super) fn to_field(field: &Field) -> TokenStream {
    match &field.options.to_field {
        Some(name) => quote!(__n::Some(#name)),
        None => quote!(__n::None),
    }
}

impl Setting<'_> {
    fn is_required(&self) -> bool {
        matches!(self, Setting::Required | Setting::RequiredKey(_))
    }

    /// The type that the builder holds.
    fn stored(&self, field: &Field) -> Option<TokenStream> {
        let ty = &field.ty;
        match self {
            Setting::Fixed(_) => None,
            Setting::Required | Setting::Default(_) | Setting::Optional(_) => Some(quote!(#ty)),
            Setting::RequiredKey(_) | Setting::OptionalKey(..) => Some(quote!(__n::Result<#ty>)),
        }
    }

    /// The field's value in `build`.
    fn built(&self, field: &Field) -> TokenStream {
        let (ident, ty) = (&field.ident, &field.ty);
        match self {
            Setting::Fixed(value) => value.clone(),
            Setting::Required => quote!(__n::required(self.0.#ident)?),
            Setting::RequiredKey(_) => quote!(__n::required(self.0.#ident)??),
            Setting::Default(default) => {
                quote!(self.0.#ident.unwrap_or_else(|| __n::given::<#ty>(#default)))
            }
            Setting::Optional(otherwise) => quote!(self.0.#ident #otherwise),
            Setting::OptionalKey(_, None) => quote!(__n::optional_key(self.0.#ident)?),
            Setting::OptionalKey(_, Some(default)) => {
                quote!(self.0.#ident.unwrap_or_else(|| #default)?)
            }
        }
    }
}

fn setter(
    builder: &Ident,
    field: &Field,
    setting: &Setting<'_>,
    required: &[&Field],
) -> Option<TokenStream> {
    let (vis, ident, to_field) = (&field.vis, &field.ident, to_field(field));
    let (takes, value, form) = match setting {
        Setting::Fixed(_) => return None,
        Setting::Required | Setting::Default(_) | Setting::Optional(_) => {
            let ty = &field.ty;
            (
                quote!(__n::IntoField<#ty>),
                quote!(value.into_field()),
                false,
            )
        }
        Setting::RequiredKey(key) => required_key(key, &to_field),
        Setting::OptionalKey(key, _) => optional_key(key, &to_field),
    };
    let body = quote!(self.0.#ident = __n::Some(#value););
    let form = form.then(|| quote!(<__F>));
    if !setting.is_required() {
        return Some(quote! {
            #vis fn #ident #form(mut self, value: impl #takes) -> Self { #body self }
        });
    }
    let after = required.iter().enumerate().map(|(at, other)| {
        let state = state(at);
        if other.name == field.name {
            quote!(__n::Set)
        } else {
            quote!(#state)
        }
    });
    Some(quote! {
        #vis fn #ident #form(mut self, value: impl #takes) -> #builder<#(#after),*> {
            #body
            #builder(self.0, __n::PhantomData)
        }
    })
}

/// What the setter of a key takes, what it makes of it, and that this has a form.
fn required_key(key: &Key, to_field: &TokenStream) -> (TokenStream, TokenStream, bool) {
    let (to, key_type) = (&key.to, key_type(key));
    (
        quote!(__n::IntoForeignKey<#to, #key_type, __F>),
        quote!(value.into_foreign_key(#to_field)),
        true,
    )
}

/// The same of a key that may be left out: NULL or not, it has a default then.
fn optional_key(key: &Key, to_field: &TokenStream) -> (TokenStream, TokenStream, bool) {
    if !key.null {
        return required_key(key, to_field);
    }
    let (to, key_type) = (&key.to, key_type(key));
    (
        quote!(__n::IntoOptionalKey<#to, #key_type, __F>),
        quote!(value.into_optional_key(#to_field)),
        true,
    )
}

fn key_type(key: &Key) -> TokenStream {
    match &key.key {
        Some(ty) => quote!(#ty),
        None => primary_key_of(&key.to),
    }
}

fn primary_key_of(model: &Type) -> TokenStream {
    quote!(<#model as __n::Model>::Key)
}
