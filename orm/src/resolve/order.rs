//! The order of rows: the query's own, or the model's.

use super::{Place, Resolver, Reuse};
use crate::ast::{Expr, Function, Nulls, Order};
use crate::error::{Error, Result};
use crate::meta::ModelMeta;
use crate::query::{OrderTerm, Ordering, Path, Query};

impl<'q> Resolver<'q> {
    /// The order of a query's rows; what repeats is left out.
    pub(super) fn order(&mut self, query: &'q Query) -> Result<Vec<Order>> {
        let place = Place {
            reuse: Reuse::Any,
            ..Place::after(query)
        };
        if !matches!(query.ordering, Ordering::Default) {
            return self.explicit_order(query, place);
        }
        let mut order = Vec::new();
        self.model_order(&query.root(), query.model, query.reversed, &mut order, 0)?;
        Ok(without_repeats(order))
    }

    /// The order that was asked for; of groups, only that.
    pub(super) fn explicit_order(
        &mut self,
        query: &'q Query,
        place: Place<'_>,
    ) -> Result<Vec<Order>> {
        let Ordering::By(terms) = &query.ordering else {
            return Ok(Vec::new());
        };
        let mut order = Vec::with_capacity(terms.len());
        for OrderTerm {
            node,
            descending,
            nulls,
        } in terms
        {
            let by = self.expr(node, place)?.expr;
            let term = Order {
                by,
                descending: *descending,
                nulls: *nulls,
            };
            order.push(if query.reversed { reversed(term) } else { term });
        }
        Ok(without_repeats(order))
    }

    /// The order that a model declares; over a relation, that of the related model.
    fn model_order(
        &mut self,
        base: &Path,
        model: &'static ModelMeta,
        reverse: bool,
        order: &mut Vec<Order>,
        depth: u8,
    ) -> Result<()> {
        if 8 < depth {
            return Err(Error::query(format!(
                "the ordering of {} leads over its relations back to itself",
                base.root.name
            )));
        }
        for name in model.options.ordering {
            if name.trim_start_matches('-') == "?" {
                order.push(Order::ascending(Expr::Function(
                    Function::Random,
                    Vec::new(),
                )));
                continue;
            }
            let (name, descending) = match name.strip_prefix('-') {
                Some(name) => (name, true),
                None => (*name, false),
            };
            let descending = descending != reverse;
            let mut path = base.clone();
            let mut at = model;
            let mut is_relation = false;
            for part in name.split("__") {
                let position = at.require(part)?;
                let field = &at.fields[position];
                is_relation = field.related_model().is_some() && part == field.name;
                path = path.field(u16::try_from(position).unwrap_or(u16::MAX));
                at = field.related_model().unwrap_or(at);
            }
            if is_relation && !at.options.ordering.is_empty() {
                self.model_order(&path, at, descending, order, depth + 1)?;
                continue;
            }
            let by = self.path(&path, Reuse::Any)?.expr;
            let nulls = Nulls::Native;
            order.push(Order {
                by,
                descending,
                nulls,
            });
        }
        Ok(())
    }
}

fn reversed(mut order: Order) -> Order {
    order.descending = !order.descending;
    order.nulls = match order.nulls {
        Nulls::Native => Nulls::Native,
        Nulls::First => Nulls::Last,
        Nulls::Last => Nulls::First,
    };
    order
}

/// A second term by the same expression decides nothing.
fn without_repeats(order: Vec<Order>) -> Vec<Order> {
    let mut kept: Vec<Order> = Vec::with_capacity(order.len());
    for term in order {
        if !kept.iter().any(|known| known.by == term.by) {
            kept.push(term);
        }
    }
    kept
}
