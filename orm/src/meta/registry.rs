//! All models that are compiled in: each registers itself.

use super::{ModelMeta, RelationMeta, ToOne};

/// A model's entry in the registry, submitted by the derive.
#[derive(Debug)]
pub struct Registered(pub fn() -> &'static ModelMeta);

inventory::collect!(Registered);

/// All models that are linked into the program, sorted by app and name.
pub fn models() -> Vec<&'static ModelMeta> {
    let mut models: Vec<_> = inventory::iter::<Registered>
        .into_iter()
        .map(|registered| (registered.0)())
        .collect();
    models.sort_by_key(|meta| (meta.app, meta.name));
    models
}

/// The model of an app by its name.
pub fn find_model(app: &str, name: &str) -> Option<&'static ModelMeta> {
    models()
        .into_iter()
        .find(|meta| meta.app == app && meta.name == name)
}

/// The foreign keys and one-to-ones of all models that lead to the rows of a model: the model, the field's position, the
/// key. Proxies have the rows of the models beneath them, and no keys of their own.
pub fn references_to(model: &'static ModelMeta) -> Vec<(&'static ModelMeta, usize, ToOne)> {
    let mut references = Vec::new();
    let model = model.concrete();
    for other in models() {
        if other.options.proxy.is_some() {
            continue;
        }
        for (position, field) in other.fields.iter().enumerate() {
            if let Some(RelationMeta::ToOne(to_one)) = field.relation
                && to_one.to.get().concrete().is(model)
            {
                references.push((other, position, to_one));
            }
        }
    }
    references
}
