//! Random edits of the models: each is a number that says all, and does what it can to the models that are there.

use nuages::meta::condition::{Condition, Expression, Lookup};
use nuages::meta::kind::FieldKind;
use nuages::meta::literal::{DefaultValue, Literal};
use nuages::migrate::state::{
    ConstraintState, Deferrable, FieldState, IndexState, ModelKey, ModelState, OnDelete,
};

use super::draw::Draw;
use super::world::{World, is_castable, is_fraction, literal, missing};

type Edit = fn(&mut World, &mut Draw) -> Option<()>;

/// The edits, each as often as it is to be met.
const EDITS: [(usize, Edit); 23] = [
    (4, add_model),
    (1, remove_model),
    (2, rename_model),
    (8, add_field),
    (3, remove_field),
    (4, rename_field),
    (8, retype_field),
    (5, toggle_null),
    (4, change_default),
    (4, toggle_unique),
    (3, toggle_index),
    (3, retarget),
    (2, retype_key),
    (4, add_index),
    (2, remove_index),
    (2, rename_index),
    (5, add_constraint),
    (2, remove_constraint),
    (2, rename_table),
    (2, rename_column),
    (2, change_rule),
    (2, change_together),
    (2, swap_names),
];

const NUMBERS: [FieldKind; 6] = [
    FieldKind::SmallInteger,
    FieldKind::Integer,
    FieldKind::BigInteger,
    FieldKind::PositiveSmallInteger,
    FieldKind::PositiveInteger,
    FieldKind::PositiveBigInteger,
];

const WORDS: [FieldKind; 3] = [FieldKind::Char, FieldKind::Text, FieldKind::Slug];

const OTHERS: [FieldKind; 10] = [
    FieldKind::Boolean,
    FieldKind::Date,
    FieldKind::DateTime,
    FieldKind::Time,
    FieldKind::Duration,
    FieldKind::Uuid,
    FieldKind::Json,
    FieldKind::Binary,
    FieldKind::GenericIpAddress,
    FieldKind::Boolean,
];

/// Does one edit.
pub(super) fn edit(world: &mut World, seed: u64) {
    let mut draw = Draw::new(seed);
    let all: usize = EDITS.iter().map(|(weight, _)| weight).sum();
    let mut at = draw.below(all);
    for (weight, edit) in EDITS {
        if at < weight {
            let _ = edit(world, &mut draw);
            break;
        }
        at -= weight;
    }
    world.tidy();
}

fn any_model(world: &World, draw: &mut Draw) -> Option<String> {
    draw.among(world.members.keys())
}

fn any_field(
    world: &World,
    draw: &mut Draw,
    fits: impl Fn(&FieldState) -> bool,
) -> Option<(String, String)> {
    let model = any_model(world, draw)?;
    let fields = world.fields_where(&model, |field, _| fits(field));
    let field = draw.among(&fields)?;
    Some((model, field))
}

fn is_plain(field: &FieldState) -> bool {
    !field.primary_key && field.has_column()
}

fn fresh(world: &mut World, draw: &mut Draw, prefix: &str) -> Option<String> {
    let name = format!("{prefix}{}", draw.number() % 10_000);
    world.fresh(name)
}

fn add_model(world: &mut World, draw: &mut Draw) -> Option<()> {
    if 4 < world.members.len() {
        return None;
    }
    let name = fresh(world, draw, "M")?;
    let mut model = ModelState::new(draw.of(&["one", "two"]), &name);
    let kind = draw.of(&[
        FieldKind::BigAuto,
        FieldKind::Auto,
        FieldKind::BigAuto,
        FieldKind::Integer,
        FieldKind::Char,
    ]);
    let mut id = FieldState::new("id", kind);
    id.primary_key = true;
    id.max_length = (kind == FieldKind::Char).then_some(20);
    model.fields.push(id);
    world.add_model(&name, model);
    for _ in 0..draw.below(4) {
        add_field_to(world, draw, &name);
    }
    Some(())
}

fn remove_model(world: &mut World, draw: &mut Draw) -> Option<()> {
    let model = any_model(world, draw)?;
    world.remove_model(&model);
    Some(())
}

fn rename_model(world: &mut World, draw: &mut Draw) -> Option<()> {
    let model = any_model(world, draw)?;
    let name = fresh(world, draw, "R")?;
    world.rename_model(&model, &name);
    Some(())
}

fn add_field(world: &mut World, draw: &mut Draw) -> Option<()> {
    let model = any_model(world, draw)?;
    add_field_to(world, draw, &model)
}

fn add_field_to(world: &mut World, draw: &mut Draw, model: &str) -> Option<()> {
    let name = fresh(world, draw, "f")?;
    let kind = any_kind(draw);
    let field = new_field(world, draw, (&name, kind), false)?;
    world.add_field(model, field);
    Some(())
}

fn any_kind(draw: &mut Draw) -> FieldKind {
    match draw.below(10) {
        0..=2 => draw.of(&NUMBERS),
        3..=4 => draw.of(&WORDS),
        5 => draw.of(&[FieldKind::Decimal, FieldKind::Float]),
        6 => draw.of(&OTHERS),
        7 => FieldKind::ManyToMany,
        8 => FieldKind::OneToOne,
        _ => FieldKind::ForeignKey,
    }
}

/// A field of a kind; where it is to hold what rows have already, it points at what has rows.
fn new_field(
    world: &World,
    draw: &mut Draw,
    (name, kind): (&str, FieldKind),
    has_rows: bool,
) -> Option<FieldState> {
    let mut field = FieldState::new(name, kind);
    field.null = draw.one_in(2);
    if kind.is_relation() {
        let ids: Vec<&String> = world
            .members
            .keys()
            .filter(|id| !has_rows || world.has_rows(id))
            .collect();
        let target = draw.among(ids)?;
        let null = field.null;
        field = FieldState::relation(name, kind, world.members[&target].key.clone());
        field.null = null && kind != FieldKind::ManyToMany;
        if let Some(relation) = &mut field.relation {
            relation.related_name = Some("+".to_owned());
            let named = world.fields_where(&target, |field, _| {
                field.unique && field.relation.is_none() && is_castable(field.kind)
            });
            let named = draw.among(&named).filter(|_| kind != FieldKind::ManyToMany);
            relation.to_field = named.map(|field| world.part(&target, &field).name.clone());
        }
    }
    if kind == FieldKind::Char {
        field.max_length = Some(draw.of(&[4, 20, 100, 255, 300]));
    }
    if kind == FieldKind::Decimal {
        field.max_digits = Some(draw.of(&[8, 12]));
        field.decimal_places = Some(draw.of(&[2, 4]));
    }
    if !kind.is_relation() && draw.one_in(3) {
        field.default = default_of(draw, name, kind);
    }
    field.unique |= is_castable(kind) && kind != FieldKind::ManyToMany && draw.one_in(6);
    field.index |= !kind.is_relation() && draw.one_in(6);
    Some(field)
}

fn default_of(draw: &mut Draw, id: &str, kind: FieldKind) -> Option<DefaultValue> {
    let number = draw.of(&[missing(id), 1, 2, 3]);
    Some(DefaultValue::Value(literal(kind, number)))
}

fn remove_field(world: &mut World, draw: &mut Draw) -> Option<()> {
    let (model, field) = any_field(world, draw, |field| !field.primary_key)?;
    if world.can_be_removed(&model, &field) {
        world.remove_field(&model, &field);
    }
    Some(())
}

fn rename_field(world: &mut World, draw: &mut Draw) -> Option<()> {
    let (model, field) = any_field(world, draw, |_| true)?;
    let name = fresh(world, draw, "g")?;
    world.rename_field(&model, &field, &name);
    Some(())
}

/// Another type, and what else belongs to it; what the rows hold can be cast.
fn retype_field(world: &mut World, draw: &mut Draw) -> Option<()> {
    let (model, id) = any_field(world, draw, is_plain)?;
    let field = world.field(&model, &id).clone();
    let kind = match field.kind {
        FieldKind::Date => FieldKind::DateTime,
        FieldKind::DateTime => FieldKind::Date,
        kind if is_fraction(kind) => draw.of(&NUMBERS),
        kind if kind.is_integer() => draw.of(&[
            draw.clone().of(&NUMBERS),
            draw.clone().of(&WORDS),
            FieldKind::ForeignKey,
            FieldKind::OneToOne,
            FieldKind::Decimal,
            FieldKind::Float,
        ]),
        kind if is_castable(kind) => draw.of(&[
            draw.clone().of(&NUMBERS),
            draw.clone().of(&WORDS),
            FieldKind::ForeignKey,
            FieldKind::OneToOne,
        ]),
        _ => return None,
    };
    let is_new = world.part(&model, &id).since == world.step;
    let mut new = new_field(world, draw, (&field.name, kind), !is_new)?;
    new.column.clone_from(&field.column);
    if kind == FieldKind::OneToOne && world.part(&model, &id).repeats {
        return None;
    }
    *world.field_mut(&model, &id) = new;
    Some(())
}

fn toggle_null(world: &mut World, draw: &mut Draw) -> Option<()> {
    let (model, field) = any_field(world, draw, is_plain)?;
    let state = world.field_mut(&model, &field);
    state.null = !state.null;
    Some(())
}

fn change_default(world: &mut World, draw: &mut Draw) -> Option<()> {
    let (model, field) = any_field(world, draw, |field| {
        is_plain(field) && field.relation.is_none()
    })?;
    let kind = world.field(&model, &field).kind;
    let default = default_of(draw, &field, kind).filter(|_| draw.one_in(2));
    let in_database = draw.one_in(4) && kind != FieldKind::Json;
    let state = world.field_mut(&model, &field);
    state.db_default = None;
    match default {
        Some(DefaultValue::Value(literal)) if in_database => {
            state.db_default = Some(Expression::Literal(literal));
            state.default = None;
        }
        default => state.default = default,
    }
    Some(())
}

fn toggle_unique(world: &mut World, draw: &mut Draw) -> Option<()> {
    let (model, field) = any_field(world, draw, is_plain)?;
    let state = world.field_mut(&model, &field);
    match state.kind {
        FieldKind::OneToOne => {
            state.kind = FieldKind::ForeignKey;
            state.unique = false;
        }
        FieldKind::ForeignKey => {
            state.kind = FieldKind::OneToOne;
            state.unique = true;
        }
        kind => state.unique = !state.unique && is_castable(kind),
    }
    Some(())
}

fn toggle_index(world: &mut World, draw: &mut Draw) -> Option<()> {
    let (model, field) = any_field(world, draw, is_plain)?;
    let state = world.field_mut(&model, &field);
    state.index = !state.index;
    Some(())
}

fn retarget(world: &mut World, draw: &mut Draw) -> Option<()> {
    let (model, field) = any_field(world, draw, |field| field.relation.is_some())?;
    let is_new = world.part(&model, &field).since == world.step;
    let ids: Vec<&String> = world
        .members
        .keys()
        .filter(|id| is_new || world.has_rows(id))
        .collect();
    let key = world.members[&draw.among(ids)?].key.clone();
    let relation = world.field_mut(&model, &field).relation.as_mut()?;
    relation.to = key;
    relation.to_field = None;
    Some(())
}

fn retype_key(world: &mut World, draw: &mut Draw) -> Option<()> {
    let (model, field) = any_field(world, draw, |field| field.primary_key)?;
    let kind = draw.of(&[
        FieldKind::BigAuto,
        FieldKind::Auto,
        FieldKind::Integer,
        FieldKind::BigInteger,
        FieldKind::Char,
    ]);
    let state = world.field_mut(&model, &field);
    let mut new = FieldState::new(&state.name, kind);
    new.primary_key = true;
    new.column.clone_from(&state.column);
    new.max_length = (kind == FieldKind::Char).then_some(20);
    *state = new;
    Some(())
}

/// A comparison of a whole number that holds for all rows.
fn condition(world: &World, draw: &mut Draw, model: &str) -> Option<Condition> {
    let numbers = world.fields_where(model, |field, _| {
        field.kind.is_integer() && !field.kind.is_auto()
    });
    let field = world.field(model, &draw.among(&numbers)?).name.clone();
    let number = |number| Expression::Literal(Literal::Int(number));
    let at_least = Condition::compare(Expression::Field(field.clone()), Lookup::Gte, number(0));
    Some(match draw.below(3) {
        0 => at_least,
        1 => Condition::And(vec![
            at_least,
            Condition::compare(Expression::Field(field), Lookup::Lt, number(20_000)),
        ]),
        _ => Condition::Or(vec![
            at_least,
            Condition::compare(
                Expression::Field(field),
                Lookup::IsNull,
                Expression::Literal(Literal::Bool(true)),
            ),
        ]),
    })
}

fn some_columns(world: &World, draw: &mut Draw, model: &str) -> Vec<String> {
    let fields = world.fields_where(model, |field, _| field.has_column());
    let mut names: Vec<String> = (0..=draw.below(2))
        .filter_map(|_| Some(world.field(model, &draw.among(&fields)?).name.clone()))
        .collect();
    names.dedup();
    names
}

fn add_index(world: &mut World, draw: &mut Draw) -> Option<()> {
    let model = any_model(world, draw)?;
    let features = world.features;
    let mut index = IndexState::new(fresh(world, draw, "ix")?, &[]);
    for name in some_columns(world, draw, &model) {
        let sign = if features.descending_indexes && draw.one_in(3) {
            "-"
        } else {
            ""
        };
        index.fields.push(format!("{sign}{name}"));
    }
    let words = world.fields_where(&model, |field, _| WORDS.contains(&field.kind));
    match draw.below(6) {
        0 if features.partial_indexes => index.condition = condition(world, draw, &model),
        1 if features.included_columns => {
            index.include = some_columns(world, draw, &model);
            index.include.retain(|name| {
                !index
                    .fields
                    .iter()
                    .any(|other| other.trim_start_matches('-') == name)
            });
        }
        2 if features.expression_indexes => {
            let word = world.field(&model, &draw.among(&words)?).name.clone();
            index.fields.clear();
            index.expressions = vec![Expression::function("lower", vec![Expression::Field(word)])];
        }
        3 if features.operator_classes => {
            index.fields = vec![world.field(&model, &draw.among(&words)?).name.clone()];
            index.opclasses = vec!["text_pattern_ops".to_owned()];
        }
        _ => {}
    }
    if !index.fields.is_empty() || !index.expressions.is_empty() {
        world.model_mut(&model).indexes.push(index);
    }
    Some(())
}

fn remove_index(world: &mut World, draw: &mut Draw) -> Option<()> {
    let model = any_model(world, draw)?;
    let names: Vec<String> = world
        .model(&model)
        .indexes
        .iter()
        .map(|index| index.name.clone())
        .collect();
    let name = draw.among(&names)?;
    world
        .model_mut(&model)
        .indexes
        .retain(|index| index.name != name);
    Some(())
}

fn rename_index(world: &mut World, draw: &mut Draw) -> Option<()> {
    let model = any_model(world, draw)?;
    let names: Vec<String> = world
        .model(&model)
        .indexes
        .iter()
        .map(|index| index.name.clone())
        .collect();
    let name = draw.among(&names)?;
    let new = fresh(world, draw, "iy")?;
    for index in world
        .model_mut(&model)
        .indexes
        .iter_mut()
        .filter(|index| index.name == name)
    {
        index.name.clone_from(&new);
    }
    Some(())
}

fn add_constraint(world: &mut World, draw: &mut Draw) -> Option<()> {
    let model = any_model(world, draw)?;
    let features = world.features;
    let name = fresh(world, draw, "c")?;
    if draw.one_in(2) {
        let check = ConstraintState::check(name, condition(world, draw, &model)?);
        world.model_mut(&model).constraints.push(check);
        return Some(());
    }
    let columns = some_columns(world, draw, &model);
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut unique = ConstraintState::unique(name, &columns);
    match draw.below(5) {
        0 if features.partial_indexes => unique.condition = condition(world, draw, &model),
        1 if features.deferrable_unique => {
            unique.deferrable = Some(draw.of(&[Deferrable::Deferred, Deferrable::Immediate]))
        }
        2 if features.nulls_not_distinct => unique.nulls_distinct = Some(draw.one_in(2)),
        3 if features.included_columns => unique.include = some_columns(world, draw, &model),
        _ => {}
    }
    world.model_mut(&model).constraints.push(unique);
    Some(())
}

fn remove_constraint(world: &mut World, draw: &mut Draw) -> Option<()> {
    let model = any_model(world, draw)?;
    let names: Vec<String> = world
        .model(&model)
        .constraints
        .iter()
        .map(|one| one.name.clone())
        .collect();
    let name = draw.among(&names)?;
    world
        .model_mut(&model)
        .constraints
        .retain(|one| one.name != name);
    Some(())
}

fn rename_table(world: &mut World, draw: &mut Draw) -> Option<()> {
    let model = any_model(world, draw)?;
    let name = fresh(world, draw, "t")?;
    let state = world.model_mut(&model);
    state.table = match state.table {
        Some(_) if draw.one_in(2) => None,
        _ => Some(name),
    };
    Some(())
}

fn rename_column(world: &mut World, draw: &mut Draw) -> Option<()> {
    let (model, field) = any_field(world, draw, FieldState::has_column)?;
    let name = fresh(world, draw, "col")?;
    let state = world.field_mut(&model, &field);
    state.column = match state.column {
        Some(_) if draw.one_in(2) => None,
        _ => Some(name),
    };
    Some(())
}

/// What happens on deletion, whether the database holds the key, and comments.
fn change_rule(world: &mut World, draw: &mut Draw) -> Option<()> {
    let (model, field) = any_field(world, draw, FieldState::has_column)?;
    let comments = world.features.comments;
    let state = world.field_mut(&model, &field);
    match &mut state.relation {
        Some(relation) if draw.one_in(3) => relation.db_constraint = !relation.db_constraint,
        Some(relation) => {
            relation.on_delete = Some(draw.of(&[
                OnDelete::Cascade,
                OnDelete::Protect,
                OnDelete::DbCascade,
                OnDelete::SetNull,
                OnDelete::DbSetNull,
            ]))
        }
        None if comments => {
            state.comment = draw.of(&[None, Some("it's".to_owned()), Some("a \"note\"".to_owned())])
        }
        None => {}
    }
    Some(())
}

/// Fields that are unique together, or an order of the rows under a key.
fn change_together(world: &mut World, draw: &mut Draw) -> Option<()> {
    let model = any_model(world, draw)?;
    if draw.one_in(3) {
        let keys = world.fields_where(&model, |field, _| field.kind == FieldKind::ForeignKey);
        let key = draw
            .among(&keys)
            .map(|key| world.field(&model, &key).name.clone());
        let options = &mut world.model_mut(&model).options;
        options.order_with_respect_to = match options.order_with_respect_to {
            Some(_) => None,
            None => key,
        };
        return Some(());
    }
    let columns = some_columns(world, draw, &model);
    let together = &mut world.model_mut(&model).options.unique_together;
    if together.is_empty() {
        together.push(columns);
    } else {
        together.clear();
    }
    Some(())
}

/// Two models of an app take each other's names: by way of a third.
fn swap_names(world: &mut World, draw: &mut Draw) -> Option<()> {
    let model = any_model(world, draw)?;
    let ModelKey { app, name } = world.members[&model].key.clone();
    let others: Vec<String> = world
        .members
        .iter()
        .filter(|(id, member)| **id != model && member.key.app == app && member.since == world.step)
        .map(|(id, _)| id.clone())
        .collect();
    let other = draw
        .among(&others)
        .filter(|_| world.members[&model].since == world.step)?;
    let between = fresh(world, draw, "S")?;
    let theirs = world.members[&other].key.name.clone();
    world.rename_model(&model, &between);
    world.rename_model(&other, &name);
    world.rename_model(&model, &theirs);
    Some(())
}
