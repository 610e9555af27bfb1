//! From what was declared to tokens: data and implementations of one line, never logic.
//!
//! All of it stands in one `const _: () = { … };`, and names the library by one alias.

pub(crate) mod builder;
pub(crate) mod choices;
pub(crate) mod meta;
pub(crate) mod model;
pub(crate) mod path;
pub(crate) mod projection;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

/// The items in a scope of their own, where `__n` is what expansions stand on.
pub(crate) fn in_scope(library: &Path, items: &TokenStream) -> TokenStream {
    quote! {
        #[allow(nonstandard_style, dead_code, private_interfaces, private_bounds)]
        #[allow(missing_docs, missing_debug_implementations, unreachable_pub, clippy::all)]
        const _: () = {
            use #library::__derive as __n;
            #items
        };
    }
}
