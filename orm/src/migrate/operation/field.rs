//! Operations on fields.

use crate::migrate::state::FieldState;

/// Adds a field.
#[derive(Debug, Clone, PartialEq)]
pub struct AddField {
    /// The model's name.
    pub model: String,
    /// The field, with its name.
    pub field: FieldState,
    /// Whether the default stays; if not, it is for the rows that exist, and leaves the state at once.
    pub preserve_default: bool,
}

/// Puts another definition in the place of a field's.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterField {
    /// The model's name.
    pub model: String,
    /// The field, with its name.
    pub field: FieldState,
    /// Whether the default stays; if not, it is for the rows that exist, and leaves the state at once.
    pub preserve_default: bool,
}

/// Removes a field and its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveField {
    /// The model's name.
    pub model: String,
    /// The field's name.
    pub name: String,
}

/// Gives a field another name; everything that speaks of it follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameField {
    /// The model's name.
    pub model: String,
    /// The name until now.
    pub old_name: String,
    /// The name from now on.
    pub new_name: String,
}

impl AddField {
    /// Adds a field whose default stays.
    pub fn new(model: impl Into<String>, field: FieldState) -> AddField {
        AddField {
            model: model.into(),
            field,
            preserve_default: true,
        }
    }

    /// The field as it stands in the state afterwards.
    pub fn field_after(&self) -> FieldState {
        field_after(&self.field, self.preserve_default)
    }
}

impl AlterField {
    /// Alters a field; its default stays.
    pub fn new(model: impl Into<String>, field: FieldState) -> AlterField {
        AlterField {
            model: model.into(),
            field,
            preserve_default: true,
        }
    }

    /// The field as it stands in the state afterwards.
    pub fn field_after(&self) -> FieldState {
        field_after(&self.field, self.preserve_default)
    }
}

fn field_after(field: &FieldState, preserve_default: bool) -> FieldState {
    let mut field = field.clone();
    if !preserve_default {
        field.default = None;
    }
    field
}
