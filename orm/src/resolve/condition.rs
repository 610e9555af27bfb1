//! Conditions, where they must hold. Where they must not, see `negation`.

use super::negation::crosses;
use super::{Place, Resolver, Typed};
use crate::ast::{CastType, Comparison, Expr, InSet, JsonOp, ListParam, Match, MatchKind};
use crate::error::{Error, Result};
use crate::meta::Lookup;
use crate::query::{BoundRef, Node, Predicate};
use crate::value::{Value, ValueType};

/// A condition that is one comparison, and what it needs to be turned into its complement.
pub(super) struct Leaf {
    /// The condition.
    pub(super) expr: Expr,
    /// Its operands that may be NULL: with one of them the condition is unknown.
    pub(super) nullable: Vec<Expr>,
}

impl Leaf {
    fn new(expr: Expr, operands: impl IntoIterator<Item = (Expr, bool)>) -> Self {
        Leaf {
            expr,
            nullable: operands
                .into_iter()
                .filter(|(_, nullable)| *nullable)
                .map(|(operand, _)| operand)
                .collect(),
        }
    }
}

impl<'q> Resolver<'q> {
    /// A condition that must hold.
    pub(super) fn condition(&mut self, predicate: &'q Predicate, place: Place<'_>) -> Result<Expr> {
        let crosses = |part: &Predicate| place.existential && crosses(part, place.row);
        match predicate {
            Predicate::And(parts) => {
                let (related, own): (Vec<&'q Predicate>, Vec<&'q Predicate>) =
                    parts.iter().partition(|part| crosses(part));
                let mut all = Vec::with_capacity(parts.len());
                for part in own {
                    all.push(self.condition(part, place)?);
                }
                if !related.is_empty() {
                    all.push(self.some_related(&related, place)?);
                }
                Ok(all_of(all))
            }
            Predicate::Or(parts) => {
                let parts = parts
                    .iter()
                    .map(|part| self.condition(part, place))
                    .collect::<Result<Vec<_>>>()?;
                Ok(any_of(parts))
            }
            Predicate::Not(part) => self.complement(part, place),
            Predicate::Constant(value) => Ok(Expr::bool(*value)),
            leaf if crosses(leaf) => self.some_related(&[leaf], place),
            leaf => Ok(self.leaf(leaf, place)?.expr),
        }
    }

    /// A condition that is neither conjunction, disjunction nor complement.
    pub(super) fn leaf(&mut self, predicate: &'q Predicate, place: Place<'_>) -> Result<Leaf> {
        match predicate {
            Predicate::Compare(left, lookup, right) => self.compare(left, *lookup, right, place),
            Predicate::InList(node, values) => self.in_list(node, values, place),
            Predicate::InQuery(node, query) => {
                let typed = self.expr(node, place)?;
                let select = self.members(query)?;
                let operand = (typed.expr.clone(), typed.nullable);
                Ok(Leaf::new(
                    in_set(typed.expr, InSet::Query(Box::new(select.into()))),
                    [operand],
                ))
            }
            Predicate::Between(node, low, high) => {
                let (expr, low, high) = (
                    self.expr(node, place)?,
                    self.expr(low, place)?,
                    self.expr(high, place)?,
                );
                let operands =
                    [&expr, &low, &high].map(|typed| (typed.expr.clone(), typed.nullable));
                let between = Expr::Between {
                    expr: Box::new(expr.expr),
                    low: Box::new(low.expr),
                    high: Box::new(high.expr),
                };
                Ok(Leaf::new(between, operands))
            }
            Predicate::IsNull(node, null) => {
                let expr = Box::new(self.expr(node, place)?.expr);
                Ok(Leaf::new(
                    Expr::IsNull {
                        expr,
                        negated: !null,
                    },
                    [],
                ))
            }
            Predicate::IsTrue(node) => {
                let typed = self.expr(node, place)?;
                Ok(Leaf::new(
                    typed.expr.clone(),
                    [(typed.expr, typed.nullable)],
                ))
            }
            Predicate::Exists(query) => {
                let select = self.subquery_of_any(query)?;
                Ok(Leaf::new(Expr::Exists(Box::new(select)), []))
            }
            Predicate::And(_) | Predicate::Or(_) | Predicate::Not(_) | Predicate::Constant(_) => {
                Ok(Leaf::new(self.condition(predicate, place)?, []))
            }
        }
    }

    fn compare(
        &mut self,
        left: &'q Node,
        lookup: Lookup,
        right: &'q Node,
        place: Place<'_>,
    ) -> Result<Leaf> {
        let (left, right) = (self.expr(left, place)?, self.expr(right, place)?);
        let operands = [&left, &right].map(|typed| (typed.expr.clone(), typed.nullable));
        Ok(Leaf::new(comparison(left, lookup, right)?, operands))
    }

    fn in_list(&mut self, node: &'q Node, values: &'q Value, place: Place<'_>) -> Result<Leaf> {
        let Value::List(element, list) = values else {
            return Err(Error::query("in_() takes a list"));
        };
        if list.is_empty() {
            return Ok(Leaf::new(Expr::bool(false), []));
        }
        if *element == ValueType::Json {
            return Err(Error::query(
                "in_() of JSON documents is not what databases compare: join eq() of each with `|`",
            ));
        }
        let typed = self.expr(node, place)?;
        let list = ListParam {
            slot: self.slot(BoundRef::Value(values))?,
            element: *element,
            size_class: if self.sized_lists {
                ListParam::size_class(list.len())
            } else {
                0
            },
        };
        let operand = (typed.expr.clone(), typed.nullable);
        Ok(Leaf::new(in_set(typed.expr, InSet::List(list)), [operand]))
    }
}

fn in_set(expr: Expr, set: InSet) -> Expr {
    Expr::In {
        expr: Box::new(expr),
        set,
        negated: false,
    }
}

/// Two expressions compared by a lookup.
fn comparison(left: Typed, lookup: Lookup, right: Typed) -> Result<Expr> {
    let op = match lookup {
        Lookup::Exact if left.value_type == ValueType::Json => {
            let equals = JsonOp::Equals(right.expr);
            return Ok(Expr::Json(Box::new(left.expr), Box::new(equals)));
        }
        Lookup::Exact => Comparison::Equal,
        Lookup::Gt => Comparison::Greater,
        Lookup::Gte => Comparison::GreaterOrEqual,
        Lookup::Lt => Comparison::Less,
        Lookup::Lte => Comparison::LessOrEqual,
        Lookup::Regex | Lookup::IRegex => {
            return Ok(Expr::Regex {
                insensitive: lookup == Lookup::IRegex,
                subject: Box::new(as_text(left)),
                pattern: Box::new(right.expr),
            });
        }
        Lookup::In | Lookup::Range | Lookup::IsNull => {
            return Err(Error::query(format!(
                "`{}` has a form of its own",
                lookup.as_str()
            )));
        }
        _ => return Ok(matching(left, lookup, right)),
    };
    Ok(left.expr.compare(op, right.expr))
}

fn matching(left: Typed, lookup: Lookup, right: Typed) -> Expr {
    let (kind, insensitive) = match lookup {
        Lookup::Contains => (MatchKind::Contains, false),
        Lookup::IContains => (MatchKind::Contains, true),
        Lookup::StartsWith => (MatchKind::StartsWith, false),
        Lookup::IStartsWith => (MatchKind::StartsWith, true),
        Lookup::EndsWith => (MatchKind::EndsWith, false),
        Lookup::IEndsWith => (MatchKind::EndsWith, true),
        _ => (MatchKind::Exact, true),
    };
    Expr::Match(Box::new(Match {
        kind,
        insensitive,
        subject: as_text(left),
        pattern: right.expr,
    }))
}

fn as_text(typed: Typed) -> Expr {
    match typed.value_type {
        ValueType::Text => typed.expr,
        _ => typed.expr.cast(CastType::Text),
    }
}

/// All hold; what always holds is left out, and what never does is all there is.
pub(super) fn all_of(parts: Vec<Expr>) -> Expr {
    let mut all = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            part if part == Expr::bool(true) => {}
            part if part == Expr::bool(false) => return part,
            Expr::And(parts) => all.extend(parts),
            part => all.push(part),
        }
    }
    match all.len() {
        0 => Expr::bool(true),
        1 => all.remove(0),
        _ => Expr::And(all),
    }
}

/// One holds; what never holds is left out, and what always does is all there is.
pub(super) fn any_of(parts: Vec<Expr>) -> Expr {
    let mut any = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            part if part == Expr::bool(false) => {}
            part if part == Expr::bool(true) => return part,
            Expr::Or(parts) => any.extend(parts),
            part => any.push(part),
        }
    }
    match any.len() {
        0 => Expr::bool(false),
        1 => any.remove(0),
        _ => Expr::Or(any),
    }
}
