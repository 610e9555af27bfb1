//! The implementation of `Model`: tables from a field's position to the field.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::{builder, in_scope, meta, path};
use crate::input::field::{Field, Form, Side};
use crate::input::model::Model;

/// All that the derive writes for a model.
pub(crate) fn expand(model: &Model) -> TokenStream {
    let (declared, meta) = meta::expand(model);
    let parts = [
        declared,
        path::expand(model),
        builder::expand(model),
        implementation(model, &meta),
    ];
    let related = model
        .fields
        .iter()
        .filter_map(|field| path::related(model, field));
    let ident = &model.ident;
    in_scope(
        &model.options.library,
        &quote! {
            #(#parts)*
            impl __n::Output for #ident {
                fn read_from(row: &mut __n::RowReader<'_>) -> __n::Result<Self> { row.model() }
            }
            __n::inventory::submit! { __n::Registered(<#ident as __n::Model>::meta) }
            #(#related)*
        },
    )
}

fn implementation(model: &Model, meta: &TokenStream) -> TokenStream {
    let ident = &model.ident;
    let (path, relations) = (
        format_ident!("{ident}Path"),
        format_ident!("{ident}Relations"),
    );
    let (builder, empty) = builder::empty(model);
    let (key, key_value) = primary_key(model);
    let accesses = model.fields.iter().map(|field| {
        let name = &field.ident;
        quote_spanned!(field.ty.span()=> __n::Access::new(|m| &m.#name, |m| &mut m.#name))
    });
    let fields = model.fields.iter().enumerate();
    let decoded = fields.map(|(at, field)| decoded(at, field));
    quote! {
        static ACCESSES: &[__n::Access<#ident>] = &[
            #(#accesses),*
        ];
        impl __n::Model for #ident {
            type Key = #key;
            type Path<__O: 'static, __N: __n::Nullability> = #path<__O, __N>;
            type Builder = #builder;
            type Relations = #relations;
            fn meta() -> &'static __n::ModelMeta { #meta }
            fn accesses() -> &'static [__n::Access<Self>] { ACCESSES }
            fn builder() -> Self::Builder { #empty }
            fn key(&self) -> Self::Key { #key_value }
            fn decode(row: &mut __n::RowReader<'_>) -> __n::Result<Self> {
                __n::Ok(#ident { #(#decoded),* })
            }
        }
    }
}

/// The primary key's type and value: tuples, where several fields are it together.
fn primary_key(model: &Model) -> (TokenStream, TokenStream) {
    let (mut types, mut values): (Vec<_>, Vec<_>) = model.primary_keys().map(key_part).unzip();
    match (types.len(), types.pop(), values.pop()) {
        (1, Some(ty), Some(value)) => (ty, value),
        (_, Some(ty), Some(value)) => (quote!((#(#types,)* #ty)), quote!((#(#values,)* #value))),
        // A mistake that was told already; what it is here does not matter.
        _ => (quote!(i64), quote!(0)),
    }
}

fn key_part(field: &Field) -> (TokenStream, TokenStream) {
    let (ident, ty) = (&field.ident, &field.ty);
    match field.form {
        Form::Key(_) => (
            meta::key_type(field),
            quote!(::core::clone::Clone::clone(self.#ident.key())),
        ),
        _ => (
            quote!(#ty),
            quote!(::core::clone::Clone::clone(&self.#ident)),
        ),
    }
}

fn decoded(at: usize, field: &Field) -> TokenStream {
    let (ident, at) = (&field.ident, Literal::usize_unsuffixed(at));
    let value = match &field.form {
        Form::Plain => {
            let ty = &field.ty;
            quote_spanned!(ty.span()=> row.field::<__n::Plain<#ty>>()?)
        }
        Form::Deferred(_) => quote!(row.deferred(#at)?),
        Form::Key(key) if key.null => quote!(row.optional_foreign_key(#at)?),
        Form::Key(_) => quote!(row.foreign_key(#at)?),
        Form::ManyToMany(_) => quote!(row.many_to_many(#at)),
        Form::Reverse(reverse) => match reverse.side {
            Side::HasMany => quote!(row.has_many(#at)),
            Side::HasOne => quote!(row.has_one(#at)?),
            Side::ManyToMany => quote!(row.many_to_many(#at)),
        },
    };
    quote!(#ident: #value)
}
