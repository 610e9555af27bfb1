//! An enum of choices as a field type.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::in_scope;
use crate::input::choices::Choices;

/// The shortest column that choices have, so that a longer one that comes later changes no table.
const SHORTEST: usize = 20;

/// All that the derive writes for an enum.
pub(crate) fn expand(choices: &Choices) -> TokenStream {
    let ident = &choices.ident;
    let variants: Vec<_> = choices
        .variants
        .iter()
        .map(|variant| &variant.ident)
        .collect();
    let listed = choices.variants.iter().map(|variant| {
        let (ident, text, label) = (&variant.ident, &variant.text, &variant.label);
        let value = match choices.integer {
            Some(_) => quote!(Int(Self::#ident as i64)),
            None => quote!(Text(#text)),
        };
        quote!(__n::Choice { value: __n::ChoiceValue::#value, label: #label })
    });
    let positions = (0..variants.len()).map(Literal::usize_unsuffixed);
    let kind = format_ident!("{}", choices.integer.unwrap_or("Char"));
    let (length, read, stored) = match choices.integer {
        Some(_) => (None, quote!(read_integer_choice), quote!(IntegerChoices)),
        None => (
            Some(max_length(choices)),
            quote!(read_text_choice),
            quote!(TextChoices),
        ),
    };
    in_scope(
        &choices.library,
        &quote! {
            impl __n::FieldType for #ident {
                type Base = Self;
                type Nullable = __n::Option<Self>;
                const KIND: __n::FieldKind = __n::FieldKind::#kind;
                #length
                const CHOICES: &'static [__n::Choice] = &[#(#listed),*];
                fn to_value(&self) -> __n::Result<__n::Value> { __n::Ok(__n::choice_to_value(self)) }
                fn read(row: &mut dyn __n::RowCursor, column: usize) -> __n::Result<__n::Option<Self>> {
                    __n::#read(row, column)
                }
            }
            impl __n::Choices for #ident {
                const VARIANTS: &'static [Self] = &[#(Self::#variants),*];
                fn position(&self) -> usize {
                    match self { #(Self::#variants => #positions),* }
                }
            }
            impl __n::#stored for #ident {}
        },
    )
}

fn max_length(choices: &Choices) -> TokenStream {
    let lengths = choices
        .variants
        .iter()
        .map(|variant| variant.text.chars().count());
    let length = Literal::usize_unsuffixed(lengths.max().unwrap_or_default().max(SHORTEST));
    quote! { const MAX_LENGTH: __n::Option<u32> = __n::Some(#length); }
}
