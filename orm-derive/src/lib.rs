//! The derives of `nuages`.

mod check;
mod data_migration;
mod errors;
mod expand;
mod input;
mod migrations;
mod name;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;

use errors::Errors;

/// Embeds a folder of migrations, named from the package's root, as `MIGRATIONS`, and registers it with the program:
/// `nuages::migrations!("migrations");`.
#[proc_macro]
pub fn migrations(input: TokenStream) -> TokenStream {
    migrations::expand(input.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes a model of a struct with named fields.
///
/// Options of the model stand in `#[model(…)]`: `app`, `table`, `ordering`, `index(fields = […], name, condition, include,
/// using)`, `unique(fields = […], name, condition)`, `check(name, |p| …)`, `unique_together`, `managed`, `renamed_from`,
/// `comment`, `get_latest_by`; those of a field in `#[field(…)]`; a reverse side names its relation by
/// `#[related(Post::author)]`. The book's chapter on models has them all.
#[proc_macro_derive(Model, attributes(model, field, related))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    expansion(input.into(), model).into()
}

/// Makes an enum a field type with counted values.
///
/// Text is stored, the variant in snake case or `#[choice("x")]`; with `#[choices(integer)]` the discriminant. What a
/// person reads is the variant's words, or `#[choice(label = "…")]`.
#[proc_macro_derive(Choices, attributes(choices, choice))]
pub fn derive_choices(input: TokenStream) -> TokenStream {
    expansion(input.into(), choices).into()
}

/// Makes a struct the row of a query: `values(|p| PerAuthor::select(p.author().name(), p.id().count()))`.
#[proc_macro_derive(Projection, attributes(projection))]
pub fn derive_projection(input: TokenStream) -> TokenStream {
    expansion(input.into(), projection).into()
}

/// Registers a function that migrations call by name in `run_rust`.
///
/// ```text
/// #[data_migration("blog.fill_slugs")]
/// async fn fill_slugs(moment: &DataMoment<'_>) -> nuages::Result<()> { … }
/// ```
#[proc_macro_attribute]
pub fn data_migration(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let items = data_migration::expand(&attribute.into(), item.into(), &mut errors);
    let mistakes = errors.into_tokens();
    quote::quote!(#mistakes #items).into()
}

fn model(input: Tokens, errors: &mut Errors) -> Option<Tokens> {
    let model = input::model::Model::read(input, errors)?;
    check::model(&model, errors);
    Some(expand::model::expand(&model))
}

fn choices(input: Tokens, errors: &mut Errors) -> Option<Tokens> {
    let choices = input::choices::Choices::read(input, errors)?;
    Some(expand::choices::expand(&choices))
}

fn projection(input: Tokens, errors: &mut Errors) -> Option<Tokens> {
    let projection = input::projection::Projection::read(input, errors)?;
    Some(expand::projection::expand(&projection))
}

/// What a derive writes, with the mistakes that it found.
fn expansion(input: Tokens, derive: fn(Tokens, &mut Errors) -> Option<Tokens>) -> Tokens {
    let mut errors = Errors::default();
    let named: syn::Result<syn::DeriveInput> = syn::parse2(input.clone());
    let input = match named {
        Ok(named) => input::without_self(input, &named.ident),
        Err(_) => input,
    };
    let items = derive(input, &mut errors);
    let mistakes = errors.into_tokens();
    quote::quote!(#mistakes #items)
}
