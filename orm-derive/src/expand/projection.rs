//! A projection's `select`, and how it is read from a row.

use proc_macro2::TokenStream;
use quote::quote;

use super::in_scope;
use crate::input::projection::Projection;

/// All that the derive writes for a projection.
pub(crate) fn expand(projection: &Projection) -> TokenStream {
    let (vis, ident) = (&projection.vis, &projection.ident);
    let names: Vec<_> = projection
        .fields
        .iter()
        .flat_map(|field| &field.ident)
        .collect();
    let types = projection.fields.iter().map(|field| &field.ty);
    let doc = "The expressions of its fields, in their order: for `values`.";
    in_scope(
        &projection.library,
        &quote! {
            impl #ident {
                #[doc = #doc]
                #vis fn select<__O>(#(#names: impl __n::Selection<__O, Row = #types>),*) -> __n::Selected<__O, Self> {
                    __n::Selected::new([#(__n::Selection::into_nodes(#names)),*].concat())
                }
            }
            impl __n::Output for #ident {
                fn read_from(row: &mut __n::RowReader<'_>) -> __n::Result<Self> {
                    __n::Ok(#ident { #(#names: __n::Output::read_from(row)?),* })
                }
            }
        },
    )
}
