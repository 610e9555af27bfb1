//! Levels: a query under resolution, its joins, and how a path becomes a column of one of them.

use std::collections::BTreeSet;

use super::link::many_to_many_link;
use super::{Resolver, Reuse, Typed, strictness};
use crate::ast::{Alias, Expr, Join, JoinKind, Name, Select, Source};
use crate::error::{Error, Result};
use crate::meta::{FieldMeta, ModelMeta, RelationMeta, ReverseKind};
use crate::query::{Path, Query, Scope, Step};
use crate::value::ValueType;

/// A query under resolution, or a subquery that one makes.
pub(super) struct Level<'q> {
    pub(super) query: &'q Query,
    pub(super) scope: Scope,
    pub(super) root: Root,
    joins: Vec<Joined>,
    /// The level of the query that this one belongs to: itself, or the one whose meaning made it.
    base: usize,
}

/// What a level's paths start from.
#[derive(Clone)]
pub(super) enum Root {
    /// A table of its own: of the query's model, or of the model behind these steps, whose row it stands for.
    Table {
        alias: Alias,
        model: &'static ModelMeta,
        steps: Vec<Step>,
    },
    /// The row of the level below; only what lies behind these steps is of this level.
    Behind { steps: Vec<Step> },
}

/// A table that is joined.
struct Joined {
    alias: Alias,
    parent: Alias,
    step: Step,
    /// Of a many-to-many, whether it is the table between.
    between: bool,
    table: Name,
    parent_column: Name,
    column: Name,
    /// Whether there may be no row.
    may_be_absent: bool,
    /// The call that made it, for a to-many relation.
    call: Option<Reuse>,
    model: &'static ModelMeta,
}

/// Where a walk along a path has come to.
#[derive(Clone, Copy)]
struct At {
    level: usize,
    alias: Alias,
    model: &'static ModelMeta,
    may_be_absent: bool,
}

impl<'q> Resolver<'q> {
    /// Enters a query.
    pub(super) fn enter(&mut self, query: &'q Query) {
        let alias = self.alias();
        self.enter_table(query, alias);
    }

    /// Enters a query whose root table has a number already.
    pub(super) fn enter_table(&mut self, query: &'q Query, alias: Alias) {
        let base = self.levels.len();
        self.levels.push(Level {
            query,
            scope: query.scope,
            root: Root::Table {
                alias,
                model: query.model,
                steps: Vec::new(),
            },
            joins: Vec::new(),
            base,
        });
    }

    /// Enters a subquery of the same query.
    pub(super) fn enter_sub(&mut self, root: Root) {
        let level = self.level();
        let (query, scope, base) = (level.query, level.scope, level.base);
        self.levels.push(Level {
            query,
            scope,
            root,
            joins: Vec::new(),
            base,
        });
    }

    /// The table of the level's root, down to the level that has one.
    pub(super) fn root_alias(&self) -> Alias {
        let root = self.levels.iter().rev().find_map(|level| match level.root {
            Root::Table { alias, .. } => Some(alias),
            Root::Behind { .. } => None,
        });
        root.unwrap_or(Alias(0))
    }

    /// Leaves a level: its tables and joins as a select of no column yet. `filter` decides which joins are inner.
    pub(super) fn leave(&mut self, filter: Option<Expr>) -> Result<Select> {
        let Some(level) = self.levels.pop() else {
            return Err(Error::query("the query ended before it began"));
        };
        let mut select = Select::default();
        let needed = level.needed(filter.as_ref());
        let mut conditions = Vec::new();
        match &level.root {
            Root::Table { alias, model, .. } => {
                select.from = Some(Source::table(model.table, *alias));
            }
            Root::Behind { .. } => {}
        }
        for joined in &level.joins {
            let on = Expr::column(joined.parent, joined.parent_column.clone())
                .equals(Expr::column(joined.alias, joined.column.clone()));
            let source = Source::table(joined.table.clone(), joined.alias);
            if select.from.is_none() {
                // The first table behind the steps: its condition ties it to the row around.
                select.from = Some(source);
                conditions.push(on);
                continue;
            }
            let inner = needed.contains(&joined.alias);
            let kind = if inner {
                JoinKind::Inner
            } else {
                JoinKind::Left
            };
            select.joins.push(Join { kind, source, on });
        }
        conditions.extend(filter);
        for condition in conditions {
            select.and_filter(condition);
        }
        Ok(select)
    }

    /// The column at a path's end.
    pub(super) fn path(&mut self, path: &Path, reuse: Reuse) -> Result<Typed> {
        let top = self.levels.len() - 1;
        if path.scope != self.levels[top].scope {
            return Err(foreign_path(path));
        }
        self.path_on(top, path, reuse)
    }

    /// The column at the end of a path of a query around this one.
    pub(super) fn outer(&mut self, path: &Path) -> Result<Typed> {
        let base = self.levels[self.levels.len() - 1].base;
        let around = (0..base)
            .rev()
            .find(|at| self.levels[*at].scope == path.scope);
        let Some(level) = around else {
            return Err(Error::query(format!(
                "outer({path:?}) does not belong to a query around this one: take the path of the closure that encloses the subquery"
            )));
        };
        self.path_on(level, path, Reuse::Any)
    }

    fn path_on(&mut self, level: usize, path: &Path, reuse: Reuse) -> Result<Typed> {
        let (mut at, taken) = self.start(level, path, reuse)?;
        let rest = &path.steps[taken..];
        if rest.is_empty() {
            return key_of(at);
        }
        for (nth, step) in rest.iter().enumerate() {
            let behind = &rest[nth + 1..];
            if let Some(column) = self.column_at(at, *step, behind, reuse)? {
                return Ok(column);
            }
            at = self.follow(at, *step, reuse)?;
        }
        key_of(at)
    }

    /// The table of the row behind these steps, and its model.
    pub(super) fn table_behind(&mut self, steps: &[Step]) -> Result<(Alias, &'static ModelMeta)> {
        let top = self.levels.len() - 1;
        let (query, scope) = (self.levels[top].query, self.levels[top].scope);
        let mut path = Path::root(query.model, scope);
        path.steps.extend(steps.iter().copied());
        let (mut at, taken) = self.start(top, &path, Reuse::Any)?;
        for step in &path.steps[taken..] {
            at = self.follow(at, *step, Reuse::Any)?;
        }
        Ok((at.alias, at.model))
    }

    /// Where a path starts, and how many of its steps are taken with that.
    fn start(&mut self, level: usize, path: &Path, reuse: Reuse) -> Result<(At, usize)> {
        match self.levels[level].root.clone() {
            Root::Table { steps, .. } | Root::Behind { steps }
                if !path.steps.starts_with(&steps) =>
            {
                self.start(level - 1, path, reuse)
            }
            Root::Table {
                alias,
                model,
                steps,
            } => {
                let at = At {
                    level,
                    alias,
                    model,
                    may_be_absent: false,
                };
                Ok((at, steps.len()))
            }
            Root::Behind { steps } => {
                // The steps before the last are taken on the level below, whose row this one is about.
                let last = steps.len() - 1;
                let (mut at, taken) = self.start(level - 1, path, reuse)?;
                for step in steps.iter().take(last).skip(taken) {
                    at = self.follow(at, *step, reuse)?;
                }
                at.level = level;
                Ok((at, last.max(taken)))
            }
        }
    }

    /// The column of the last step, where no join is needed to reach it: a plain column, or a key that stands on this
    /// side.
    fn column_at(
        &mut self,
        at: At,
        step: Step,
        behind: &[Step],
        reuse: Reuse,
    ) -> Result<Option<Typed>> {
        let (field, related) = step.field(at.model);
        let ends_on = |target: &FieldMeta| match behind {
            [] => true,
            [Step::Field(position)] => {
                std::ptr::eq(&raw const related.fields[usize::from(*position)], target)
            }
            _ => false,
        };
        let backwards = matches!(step, Step::Via(..));
        match field.relation {
            None if behind.is_empty() => Ok(Some(column_of(at, field))),
            None => Err(Error::query(format!(
                "`{}` of {} is no relation: the path ends there",
                field.name, at.model.name
            ))),
            Some(RelationMeta::ToOne(to_one)) if !backwards && ends_on(to_one.target()) => {
                Ok(Some(column_of(at, field)))
            }
            Some(RelationMeta::ManyToMany(_)) | Some(RelationMeta::Reverse(_))
                if ends_on(related.primary_key()) =>
            {
                let Some(link) = self.link(at.model, step)? else {
                    return Ok(None);
                };
                if link.target_key != related.primary_key().column {
                    return Ok(None);
                }
                let target = link.target.clone();
                let between = self.join_between(at, step, link, reuse);
                Ok(Some(Typed {
                    expr: Expr::column(between, target),
                    value_type: related.primary_key().value_type(),
                    nullable: true,
                }))
            }
            Some(_) => Ok(None),
        }
    }

    /// The table between of a step over a many-to-many, from either side.
    fn link(&self, model: &'static ModelMeta, step: Step) -> Result<Option<super::ManyToManyLink>> {
        let (field, related) = step.field(model);
        let (owner, field, backwards) = match (step, field.relation) {
            (Step::Via(other, _), _) => (other, field, true),
            (Step::Field(_), Some(RelationMeta::Reverse(reverse))) => {
                let position = related.require(reverse.field)?;
                (related, &related.fields[position], true)
            }
            (Step::Field(_), _) => (model, field, false),
        };
        let Some(RelationMeta::ManyToMany(many)) = field.relation else {
            return Ok(None);
        };
        let link = many_to_many_link(owner, field, &many)?;
        Ok(Some(if backwards { link.reversed() } else { link }))
    }

    fn join_between(
        &mut self,
        at: At,
        step: Step,
        link: super::ManyToManyLink,
        reuse: Reuse,
    ) -> Alias {
        self.join(
            at.level,
            Joined {
                alias: Alias(0),
                parent: at.alias,
                step,
                between: true,
                table: link.table,
                parent_column: link.source_key.into(),
                column: link.source,
                may_be_absent: true,
                call: Some(reuse),
                model: at.model,
            },
        )
    }

    /// One step over a relation: its table is joined, or found among the joins.
    fn follow(&mut self, at: At, step: Step, reuse: Reuse) -> Result<At> {
        let (field, related) = step.field(at.model);
        if let Some(link) = self.link(at.model, step)? {
            let (target, target_key) = (link.target.clone(), link.target_key);
            let between = self.join_between(at, step, link, reuse);
            let joined = Joined {
                alias: Alias(0),
                parent: between,
                step,
                between: false,
                table: related.table.into(),
                parent_column: target,
                column: target_key.into(),
                may_be_absent: false,
                call: None,
                model: related,
            };
            return Ok(self.joined_at(at, joined, true));
        }
        let (parent_column, column, to_many) = link_columns(at.model, step, field, related)?;
        let absent = to_many.is_some() || field.null;
        let joined = Joined {
            alias: Alias(0),
            parent: at.alias,
            step,
            between: false,
            table: related.table.into(),
            parent_column: parent_column.into(),
            column: column.into(),
            may_be_absent: absent,
            call: (to_many == Some(true)).then_some(reuse),
            model: related,
        };
        Ok(self.joined_at(at, joined, absent))
    }

    fn joined_at(&mut self, at: At, joined: Joined, absent: bool) -> At {
        let model = joined.model;
        At {
            level: at.level,
            alias: self.join(at.level, joined),
            model,
            may_be_absent: at.may_be_absent || absent,
        }
    }

    /// Finds a join, or adds it.
    fn join(&mut self, level: usize, mut joined: Joined) -> Alias {
        let same = self.levels[level].joins.iter().filter(|known| {
            let same = known.parent == joined.parent
                && known.step == joined.step
                && known.between == joined.between;
            same && match (joined.call, known.call) {
                (Some(mine), Some(its)) => mine.may_use(its),
                _ => true,
            }
        });
        let found = same.max_by_key(|known| known.call.map_or(0, Reuse::time));
        if let Some(found) = found {
            return found.alias;
        }
        joined.alias = self.alias();
        let alias = joined.alias;
        self.levels[level].joins.push(joined);
        alias
    }

    /// Joins the model behind a to-one step for `select_related`: its table's number.
    pub(super) fn join_related(
        &mut self,
        parent: Alias,
        model: &'static ModelMeta,
        step: Step,
    ) -> Result<Alias> {
        let at = At {
            level: self.levels.len() - 1,
            alias: parent,
            model,
            may_be_absent: false,
        };
        Ok(self.follow(at, step, Reuse::Any)?.alias)
    }
}

impl Level<'_> {
    /// The tables without whose row the filter cannot hold, and those that always have one: their joins are inner.
    fn needed(&self, filter: Option<&Expr>) -> BTreeSet<Alias> {
        let mut needed = filter.map(strictness::required).unwrap_or_default();
        if let (Root::Behind { .. }, Some(first)) = (&self.root, self.joins.first()) {
            needed.insert(first.alias);
        }
        // Those are needed whose child is needed; children stand behind their parents.
        for joined in self.joins.iter().rev() {
            if needed.contains(&joined.alias) {
                needed.insert(joined.parent);
            }
        }
        for joined in &self.joins {
            let parent_is_there = needed.contains(&joined.parent)
                || !self.joins.iter().any(|j| j.alias == joined.parent);
            if !joined.may_be_absent && parent_is_there {
                needed.insert(joined.alias);
            }
        }
        needed
    }
}

/// The columns that a step over a key joins by: here, there; and of a step backwards, whether it is to-many.
fn link_columns(
    model: &'static ModelMeta,
    step: Step,
    field: &'static FieldMeta,
    related: &'static ModelMeta,
) -> Result<(&'static str, &'static str, Option<bool>)> {
    let (key, to_many) = match (step, field.relation) {
        (Step::Field(_), Some(RelationMeta::ToOne(to_one))) => {
            return Ok((field.column, to_one.target().column, None));
        }
        (Step::Field(_), Some(RelationMeta::Reverse(reverse))) => {
            let key = &related.fields[related.require(reverse.field)?];
            (key, reverse.kind != ReverseKind::HasOne)
        }
        (Step::Via(..), _) => (field, field.kind != crate::meta::FieldKind::OneToOne),
        (Step::Field(_), _) => {
            return Err(Error::query(format!(
                "`{}` of {} is no relation",
                field.name, model.name
            )));
        }
    };
    match key.relation {
        Some(RelationMeta::ToOne(to_one)) => {
            Ok((to_one.target().column, key.column, Some(to_many)))
        }
        _ => Err(Error::query(format!(
            "`{}` of {} is no foreign key",
            key.name, related.name
        ))),
    }
}

/// A row as a value: its key, if that is one.
fn key_of(at: At) -> Result<Typed> {
    if at.model.has_composite_key() {
        return Err(Error::query(format!(
            "a row of {} is identified by several columns: name one of them",
            at.model.name
        )));
    }
    Ok(column_of(at, at.model.primary_key()))
}

fn column_of(at: At, field: &'static FieldMeta) -> Typed {
    Typed {
        expr: Expr::column(at.alias, field.column),
        value_type: field.value_type(),
        nullable: field.null || at.may_be_absent,
    }
}

#[cold]
fn foreign_path(path: &Path) -> Error {
    Error::query(format!(
        "{path:?} belongs to another query: inside a subquery, name a field of the query around it with outer(…)"
    ))
}

/// The first steps of a path up to and with each of its to-many steps.
pub(super) fn to_many_prefixes(path: &Path) -> impl Iterator<Item = &[Step]> {
    let mut model = path.root;
    path.steps
        .iter()
        .enumerate()
        .filter_map(move |(nth, step)| {
            let (field, next) = step.field(model);
            model = next;
            let to_many = match step {
                Step::Field(_) => field.is_to_many(),
                Step::Via(..) => field.kind != crate::meta::FieldKind::OneToOne,
            };
            to_many.then(|| &path.steps[..=nth])
        })
}

/// The first steps of a path up to and with its first to-many step beyond a row, if it has one.
pub(super) fn to_many_beyond<'p>(path: &'p Path, row: &[Step]) -> Option<&'p [Step]> {
    to_many_prefixes(path).find(|prefix| !row.starts_with(prefix))
}

/// The type of a value of a kind of date or time.
pub(super) fn is_temporal(value_type: ValueType) -> bool {
    matches!(
        value_type,
        ValueType::Date | ValueType::Time | ValueType::DateTime
    )
}
