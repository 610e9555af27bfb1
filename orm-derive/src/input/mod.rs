//! From tokens to what was declared; nothing is generated here.

pub(crate) mod attr;
pub(crate) mod choices;
pub(crate) mod field;
pub(crate) mod model;
pub(crate) mod projection;
pub(crate) mod types;

use proc_macro2::{Group, Ident, TokenStream, TokenTree};

/// The tokens with the type's name in the place of `Self`: what is generated stands in other types' `impl`s.
pub(crate) fn without_self(tokens: TokenStream, name: &Ident) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Ident(ident) if ident == "Self" => {
                let mut name = name.clone();
                name.set_span(ident.span());
                TokenTree::Ident(name)
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), without_self(group.stream(), name));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            token => token,
        })
        .collect()
}
