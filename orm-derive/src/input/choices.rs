//! An enum of choices: its variants, what is stored for each, and what a person reads.

use proc_macro2::TokenStream;
use syn::{Attribute, Data, DeriveInput, Expr, ExprLit, Fields, Ident, Lit, LitStr, Path, Variant};

use super::attr::Options;
use super::model::library;
use crate::errors::Errors;
use crate::name;

/// An enum as declared.
pub(crate) struct Choices {
    pub(crate) library: Path,
    pub(crate) ident: Ident,
    pub(crate) variants: Vec<Choice>,
    /// The kind of integer column, if integers are stored.
    pub(crate) integer: Option<&'static str>,
}

/// A variant.
pub(crate) struct Choice {
    pub(crate) ident: Ident,
    /// What is stored, where it is text.
    pub(crate) text: String,
    pub(crate) label: String,
}

impl Choices {
    /// Reads an enum; `None` if nothing can be made of it.
    pub(crate) fn read(input: TokenStream, errors: &mut Errors) -> Option<Choices> {
        let input: DeriveInput = errors.take(syn::parse2(input))?;
        let Data::Enum(data) = &input.data else {
            errors.add(
                &input.ident,
                "`#[derive(Choices)]` is for enums: each variant is a choice",
            );
            return None;
        };
        if data.variants.is_empty() {
            errors.add(&input.ident, "choices need at least one variant");
            return None;
        }
        if !input.generics.params.is_empty() {
            errors.add(
                &input.generics,
                "choices are an enum without type parameters and lifetimes",
            );
            return None;
        }
        let with_fields = |it: &&Variant| !matches!(it.fields, Fields::Unit);
        if let Some(variant) = data.variants.iter().find(with_fields) {
            errors.add(variant, "a choice is a variant without fields");
            return None;
        }
        let mut options = Options::of(&input.attrs, "choices", errors);
        let integer = options.word("integer", errors).is_some();
        let library = library(&mut options, errors);
        options.finish("choices", errors);
        let variants: Vec<Choice> = data
            .variants
            .iter()
            .map(|variant| choice(variant, integer, errors))
            .collect();
        for (at, variant) in variants.iter().enumerate() {
            if !integer && let Some(twin) = variants[..at].iter().find(|it| it.text == variant.text)
            {
                let message = format!("`{}` is stored for `{}` already", variant.text, twin.ident);
                errors.add(&variant.ident, message);
            }
        }
        Some(Choices {
            library,
            integer: integer.then(|| integer_kind(&input.attrs)),
            ident: input.ident,
            variants,
        })
    }
}

fn choice(variant: &Variant, integer: bool, errors: &mut Errors) -> Choice {
    let mut options = Options::of(&variant.attrs, "choice", errors);
    let plain = name::plain(&variant.ident);
    let text = options.bare().and_then(|expr| text(&expr, integer, errors));
    let label = options.text("label", errors);
    options.finish("a choice", errors);
    if let (false, Some((_, discriminant))) = (integer, &variant.discriminant) {
        errors.add(
            discriminant,
            "numbers are stored by `#[choices(integer)]` on the enum; text is stored here: `#[choice(\"…\")]`",
        );
    }
    Choice {
        ident: variant.ident.clone(),
        text: text.map_or_else(|| name::snake_case(&plain), |text| text.value()),
        label: label.map_or_else(|| name::label(&plain), |label| label.value()),
    }
}

/// The text that is stored: `#[choice("x")]`.
fn text(expr: &Expr, integer: bool, errors: &mut Errors) -> Option<LitStr> {
    match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Str(_), ..
        }) if integer => {
            errors.add(
                expr,
                "integers are stored: give the number as the discriminant, `Draft = 1`",
            );
            None
        }
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.clone()),
        other => {
            errors.add(
                other,
                "expected the text that is stored: `#[choice(\"x\")]`",
            );
            None
        }
    }
}

/// The column's kind: by `#[repr(…)]`, else an integer of 32 bits.
fn integer_kind(attributes: &[Attribute]) -> &'static str {
    let repr = attributes.iter().find(|it| it.path().is_ident("repr"));
    let repr = repr.and_then(|it| it.parse_args::<Ident>().ok());
    match repr.map(|ident| ident.to_string()).as_deref() {
        Some("i8" | "u8" | "i16") => "SmallInteger",
        Some("u32" | "i64" | "u64" | "isize" | "usize") => "BigInteger",
        _ => "Integer",
    }
}
