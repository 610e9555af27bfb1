//! A projection: a struct that a query's expressions are read into.

use proc_macro2::TokenStream;
use syn::{DeriveInput, Field, Ident, Path, Visibility};

use super::attr::Options;
use super::model::{library, named_fields};
use crate::errors::Errors;

/// A struct as declared.
pub(crate) struct Projection {
    pub(crate) library: Path,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) fields: Vec<Field>,
}

impl Projection {
    /// Reads a struct; `None` if nothing can be made of it.
    pub(crate) fn read(input: TokenStream, errors: &mut Errors) -> Option<Projection> {
        let input: DeriveInput = errors.take(syn::parse2(input))?;
        let fields = named_fields(&input, "Projection", "a projection is", errors)?;
        if fields.is_empty() {
            errors.add(&input.ident, "a projection needs at least one field");
            return None;
        }
        let fields = fields.iter().cloned().collect();
        let mut options = Options::of(&input.attrs, "projection", errors);
        let library = library(&mut options, errors);
        options.finish("a projection", errors);
        Some(Projection {
            library,
            vis: input.vis,
            ident: input.ident,
            fields,
        })
    }
}
