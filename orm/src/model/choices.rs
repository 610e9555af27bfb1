//! Enums whose variants are a field's values.

use crate::error::{Error, Result, suggestion};
use crate::meta::field_type::decode_error;
use crate::meta::{ChoiceValue, FieldType};
use crate::value::{RowCursor, Value};

/// A field type with counted values. Derive it.
pub trait Choices: FieldType {
    /// Every variant, in the order of [`FieldType::CHOICES`].
    const VARIANTS: &'static [Self];

    /// The position of this variant.
    fn position(&self) -> usize;

    /// What a person reads.
    fn label(&self) -> &'static str {
        Self::CHOICES[self.position()].label
    }

    /// What is stored.
    fn stored(&self) -> ChoiceValue {
        Self::CHOICES[self.position()].value
    }
}

/// Choices that are stored as text.
pub trait TextChoices: Choices {
    /// What is stored: `draft`.
    fn as_str(&self) -> &'static str {
        match self.stored() {
            ChoiceValue::Text(text) => text,
            ChoiceValue::Int(_) => unreachable!("the derive writes text for every variant"),
        }
    }

    /// The variant that is stored as a text.
    ///
    /// # Errors
    /// Where there is none: the nearest one is named.
    fn from_str(text: &str) -> Result<Self> {
        let words = || Self::VARIANTS.iter().map(TextChoices::as_str);
        match words().position(|word| word == text) {
            Some(at) => Ok(Self::VARIANTS[at].clone()),
            None => {
                let hint = suggestion(text, words());
                Err(Error::query(format!("no choice `{text}`{hint}")))
            }
        }
    }
}

/// Choices that are stored as integers.
pub trait IntegerChoices: Choices {
    /// What is stored.
    fn number(&self) -> i64 {
        match self.stored() {
            ChoiceValue::Int(number) => number,
            ChoiceValue::Text(_) => unreachable!("the derive writes a number for every variant"),
        }
    }

    /// The variant that is stored as a number.
    ///
    /// # Errors
    /// Where there is none.
    fn from_number(number: i64) -> Result<Self> {
        let known = Self::VARIANTS
            .iter()
            .find(|variant| variant.number() == number);
        known
            .cloned()
            .ok_or_else(|| Error::query(format!("no choice {number}")))
    }
}

/// The value of a variant for a statement.
pub fn choice_to_value<C: Choices>(choice: &C) -> Value {
    match choice.stored() {
        ChoiceValue::Text(text) => Value::from(text),
        ChoiceValue::Int(number) => Value::Int(number),
    }
}

/// Reads a variant stored as text.
///
/// # Errors
/// Where the column holds none of the choices: the model's code is older than its data.
pub fn read_text_choice<C: Choices>(row: &mut dyn RowCursor, column: usize) -> Result<Option<C>> {
    let Some(text) = row.text(column)? else {
        return Ok(None);
    };
    let at = C::CHOICES.iter().position(|choice| match choice.value {
        ChoiceValue::Text(own) => own == text,
        ChoiceValue::Int(_) => false,
    });
    match at {
        Some(at) => Ok(Some(C::VARIANTS[at].clone())),
        None => {
            let found = format!("`{text}`");
            Err(unknown_choice::<C>(row, column, found))
        }
    }
}

/// Reads a variant stored as an integer.
///
/// # Errors
/// Where the column holds none of the choices.
pub fn read_integer_choice<C: Choices>(
    row: &mut dyn RowCursor,
    column: usize,
) -> Result<Option<C>> {
    let Some(number) = row.int(column)? else {
        return Ok(None);
    };
    let at = C::CHOICES
        .iter()
        .position(|choice| choice.value == ChoiceValue::Int(number));
    match at {
        Some(at) => Ok(Some(C::VARIANTS[at].clone())),
        None => Err(unknown_choice::<C>(row, column, number.to_string())),
    }
}

#[cold]
fn unknown_choice<C: Choices>(
    row: &mut dyn RowCursor,
    column: usize,
    found: String,
) -> crate::Error {
    let known: Vec<String> = C::CHOICES
        .iter()
        .map(|choice| match choice.value {
            ChoiceValue::Text(text) => format!("`{text}`"),
            ChoiceValue::Int(number) => number.to_string(),
        })
        .collect();
    decode_error(row, column, format!("one of {}", known.join(", ")), found)
}
