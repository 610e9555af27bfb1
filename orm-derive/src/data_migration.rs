//! `#[data_migration("blog.fill_slugs")]`: a function that migrations call by name.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{FnArg, ItemFn, LitStr};

use crate::errors::Errors;
use crate::expand::in_scope;

/// The function as it stands, and its entry in the registry.
pub(crate) fn expand(
    attribute: &TokenStream,
    item: TokenStream,
    errors: &mut Errors,
) -> TokenStream {
    let name: Option<LitStr> = syn::parse2(attribute.clone()).ok();
    let name = name.filter(|name| is_name(&name.value()));
    let Some(name) = name else {
        errors.add(
            quote!(#attribute #item),
            "expected the name that migrations call it by: `#[data_migration(\"blog.fill_slugs\")]`",
        );
        return item;
    };
    let function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(_) => {
            errors.add(&item, "`#[data_migration]` stands on a function");
            return item;
        }
    };
    let signature = &function.sig;
    let is_plain = signature.asyncness.is_some()
        && signature.generics.params.is_empty()
        && signature.inputs.len() == 1
        && signature
            .inputs
            .iter()
            .all(|input| matches!(input, FnArg::Typed(_)));
    if !is_plain {
        errors.add(
            signature,
            "a data migration is `async fn name(moment: &DataMoment<'_>) -> nuages::Result<()>`",
        );
        return item;
    }
    let ident = &signature.ident;
    let entry = in_scope(
        &syn::parse_quote!(::nuages),
        &quote! {
            __n::inventory::submit! {
                __n::DataMigration { name: #name, function: |moment| ::std::boxed::Box::pin(#ident(moment)) }
            }
        },
    );
    quote!(#item #entry)
}

/// `app.function`
fn is_name(name: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    name.split_once('.')
        .is_some_and(|(app, function)| word(app) && word(function))
}
