//! The typed path to a model, and the relations that it declares.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use crate::input::field::{Field, Form, Side};
use crate::input::model::Model;

/// The path's struct with an accessor for each field, and the struct of relations.
pub(crate) fn expand(model: &Model) -> TokenStream {
    let (vis, ident) = (&model.vis, &model.ident);
    let (path, relations) = (
        format_ident!("{ident}Path"),
        format_ident!("{ident}Relations"),
    );
    let fields = model.fields.iter().enumerate();
    let accessors = fields.map(|(at, field)| accessor(model, at, field));
    let declared = model
        .fields
        .iter()
        .filter_map(|field| relation(model, field));
    let to_fields = model.fields.iter().filter_map(to_field);
    quote! {
        #vis struct #path<__O, __N>(__n::Path, __n::PhantomData<fn() -> (__O, __N)>);
        impl<__O, __N: __n::Nullability> __n::ModelPath for #path<__O, __N> {
            type Target = #ident;
            type Root = __O;
            type State = __N;
            fn at(path: __n::Path) -> Self { #path(path, __n::PhantomData) }
            fn path(&self) -> &__n::Path { &self.0 }
        }
        impl<__O: 'static, __N: __n::Nullability> #path<__O, __N> { #(#accessors)* }
        #vis struct #relations;
        impl #relations { #(#declared)* }
        #(#to_fields)*
    }
}

fn accessor(model: &Model, at: usize, field: &Field) -> TokenStream {
    let (vis, ident, at) = (&field.vis, &field.ident, Literal::usize_unsuffixed(at));
    let to = |to: &Type, state: TokenStream| {
        quote! {
            #vis fn #ident(&self) -> <#to as __n::Model>::Path<__O, #state> {
                __n::ModelPath::at(self.0.field(#at))
            }
        }
    };
    let value = |ident: &syn::Ident, ty: TokenStream| {
        quote_spanned! {field.ty.span()=>
            #vis fn #ident(&self) -> #ty { __n::Expr::at(&self.0, #at) }
        }
    };
    match &field.form {
        Form::Plain | Form::Deferred(_) => {
            let ty = field.value_type();
            let column = quote_spanned!(ty.span()=> __n::Column<__O, __N, #ty>);
            value(ident, column)
        }
        Form::Key(key) => {
            let (ty, state) = (
                &field.ty,
                if key.null {
                    quote!(__N::OrNull)
                } else {
                    quote!(__N)
                },
            );
            let relation = to(&key.to, state);
            if model.fields.iter().any(|it| it.name == field.key_name()) {
                return relation; // two of one name: a mistake that was told already
            }
            let key = format_ident!("{}", field.key_name(), span = field.span());
            let key = value(&key, quote!(__n::KeyColumn<__O, __N, #ty>));
            quote!(#relation #key)
        }
        Form::ManyToMany(target) => to(target, quote!(__n::Many)),
        Form::Reverse(reverse) => match reverse.side {
            Side::HasOne => to(&reverse.from, quote!(__N::OrNull)),
            Side::HasMany | Side::ManyToMany => to(&reverse.from, quote!(__n::Many)),
        },
    }
}

/// What `#[related]` of another model finds.
fn relation(model: &Model, field: &Field) -> Option<TokenStream> {
    let (to, kind) = match &field.form {
        Form::Key(key) if key.one_to_one => (&key.to, quote!(OneToOneOf)),
        Form::Key(key) => (&key.to, quote!(ForeignKeyOf)),
        Form::ManyToMany(to) => (to, quote!(ManyToManyOf)),
        Form::Plain | Form::Deferred(_) | Form::Reverse(_) => return None,
    };
    let (vis, own, ident) = (&model.vis, &model.ident, &field.ident);
    Some(quote! {
        #vis const #ident: __n::#kind<#own, #to> = __n::#kind::RELATION;
    })
}

/// Checks `#[related(Post::author)]`: a relation of that name, of the right kind, to this model.
pub(crate) fn related(model: &Model, field: &Field) -> Option<TokenStream> {
    let Form::Reverse(reverse) = &field.form else {
        return None;
    };
    let (own, from, relation) = (&model.ident, &reverse.from, reverse.field.as_ref()?);
    let check = reverse.side.check();
    Some(quote_spanned! {relation.span()=>
        const _: () = __n::#check::<#own, _>(&<#from as __n::Model>::Relations::#relation);
    })
}

/// Checks `to_field`: a field of that name there, of the key's type.
fn to_field(field: &Field) -> Option<TokenStream> {
    let (Form::Key(key), Some(name)) = (&field.form, &field.options.to_field) else {
        return None;
    };
    let (to, target) = (
        &key.to,
        format_ident!("{}", name.value(), span = name.span()),
    );
    let path = quote!(<#to as __n::Model>::Path<#to, __n::NotNull>);
    let key = super::meta::key_type(field);
    Some(quote! {
        const _: fn(&#path) -> __n::Expr<#to, #key> = <#path>::#target;
    })
}
