//! What a field's type says by its tokens. An alias of a relation's type is not seen through.

use syn::{GenericArgument, Ident, PathArguments, Type};

/// The last segment of a type's path, and the types in its angle brackets.
pub(crate) fn last_segment(ty: &Type) -> Option<(&Ident, Vec<&Type>)> {
    let ty = match ty {
        Type::Group(group) => &group.elem,
        Type::Paren(paren) => &paren.elem,
        ty => ty,
    };
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last()?;
    let args = match &segment.arguments {
        PathArguments::AngleBracketed(args) => args
            .args
            .iter()
            .filter_map(|arg| match arg {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    Some((&segment.ident, args))
}

/// What an `Option` holds.
pub(crate) fn in_option(ty: &Type) -> Option<&Type> {
    inside(ty, "Option")
}

/// What a type of one argument and of this name holds.
pub(crate) fn inside<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    match last_segment(ty)? {
        (ident, args) if ident == name && args.len() == 1 => Some(args[0]),
        _ => None,
    }
}

/// Whether the type's last name is this.
pub(crate) fn is_named(ty: &Type, name: &str) -> bool {
    last_segment(ty).is_some_and(|(ident, _)| ident == name)
}

/// The type's last name.
pub(crate) fn name_of(ty: &Type) -> Option<String> {
    last_segment(ty).map(|(ident, _)| ident.to_string())
}
