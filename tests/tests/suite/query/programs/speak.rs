//! An oracle's expressions and conditions in the words of the typed API.

use nuages::ast::TruncUnit;
use nuages::model::Model;
use nuages::prelude::*;
use nuages::query::{Expr, IntoOperand, ModelPath, Node, OrderBy, Path, Selected, Step};
use nuages::value::ValueType;
use nuages::{FieldType, Value};
use nuages_tests::blog::{Comment, Post};
use serde_json::Value as Json;

use super::cells::Kind;
use super::list;

/// An expression of a type of Rust; any of them may be NULL.
pub(super) enum Typed<M> {
    Int(Expr<M, Option<i64>>),
    Float(Expr<M, Option<f64>>),
    Text(Expr<M, Option<String>>),
    Instant(Expr<M, Option<DateTime<Utc>>>),
    Bool(Expr<M, bool>),
}

use Typed::{Bool, Float, Instant, Int, Text};

macro_rules! each {
    ($typed:expr, $expr:ident => $result:expr) => {
        match $typed {
            Int($expr) => $result,
            Float($expr) => $result,
            Text($expr) => $result,
            Instant($expr) => $result,
            Bool($expr) => $result,
        }
    };
}

impl<M: Model> Typed<M> {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Int(_) => ValueType::Int,
            Float(_) => ValueType::Float,
            Text(_) => ValueType::Text,
            Instant(_) => ValueType::DateTime,
            Bool(_) => ValueType::Bool,
        }
    }

    pub(super) fn into_node(self) -> Node {
        each!(self, expr => expr.into_node())
    }

    pub(super) fn ordered(self, descending: bool) -> OrderBy<M> {
        each!(self, expr => if descending { expr.desc() } else { expr.asc() })
    }

    fn int(self) -> Expr<M, Option<i64>> {
        retyped(self)
    }

    fn text(self) -> Expr<M, Option<String>> {
        retyped(self)
    }

    fn of(value_type: ValueType, node: Node) -> Self {
        match value_type {
            ValueType::Int => Int(Expr::new(node)),
            ValueType::Float => Float(Expr::new(node)),
            ValueType::DateTime => Instant(Expr::new(node)),
            ValueType::Bool => Bool(Expr::new(node)),
            _ => Text(Expr::new(node)),
        }
    }
}

fn retyped<M: Model, T>(typed: Typed<M>) -> Expr<M, T> {
    Expr::new(typed.into_node())
}

fn maybe<M, T, U>(expr: Expr<M, T>) -> Expr<M, U> {
    Expr::new(expr.into_node())
}

/// Speaks of the rows of one query, inside of others.
pub(super) struct Speaker<M> {
    root: Path,
    outer: Option<Path>,
    model: std::marker::PhantomData<M>,
}

impl<M: Model> Speaker<M> {
    pub(super) fn of(root: &nuages::queryset::Root<M>) -> Self {
        Speaker::within(root, None)
    }

    fn within(root: &nuages::queryset::Root<M>, outer: Option<Path>) -> Self {
        Speaker {
            root: root.path().clone(),
            outer,
            model: std::marker::PhantomData,
        }
    }

    pub(super) fn expression(&self, spec: &Json) -> Typed<M> {
        let word = spec[0].as_str().unwrap_or_default();
        let part = |at: usize| self.expression(&spec[at]);
        match word {
            "f" => {
                let path = walked(&self.root, &spec[1]);
                let value_type = path.field_meta().unwrap().value_type();
                Typed::of(value_type, Node::Path(path))
            }
            "outer" => {
                let path = walked(self.outer.as_ref().unwrap(), &spec[1]);
                let field = outer(Expr::<(), Option<i64>>::new(Node::Path(path)));
                Int(Expr::new(IntoOperand::<M, i64>::into_node(field)))
            }
            "v" => literal(&spec[1], spec[2].as_str().unwrap_or_default()),
            "count" | "sum" | "avg" | "min" | "max" => self.aggregate(word, spec),
            "+" => Int(part(1).int() + part(2).int()),
            "-" => Int(part(1).int() - part(2).int()),
            "*" => Int(part(1).int() * part(2).int()),
            "abs" => Int(part(1).int().abs()),
            "length" => Int(maybe(part(1).text().length())),
            "lower" => Text(part(1).text().lower()),
            "upper" => Text(part(1).text().upper()),
            "concat" => Text(maybe(part(1).text().concat(part(2).text()))),
            "replace" => Text(part(1).text().replace(part(2).text(), part(3).text())),
            "substr" => {
                let bound = |at: usize| i32::try_from(spec[at][1].as_i64().unwrap()).unwrap();
                Text(part(1).text().substr(bound(2), bound(3)))
            }
            "coalesce" | "greatest" | "least" => self.common(word, part(1), part(2)),
            "part" => Int(maybe(extracted(
                spec[1].as_str().unwrap(),
                retyped(part(2)),
            ))),
            "trunc" => {
                let instant: Expr<M, Option<DateTime<Utc>>> = retyped(part(2));
                Instant(instant.trunc(unit(spec[1].as_str().unwrap())))
            }
            "case" => self.case(spec),
            "exists" => Bool(self.condition(spec).as_bool()),
            "subquery" | "subcount" => self.subquery(spec),
            other => panic!("no expression `{other}`"),
        }
    }

    fn common(&self, word: &str, first: Typed<M>, second: Typed<M>) -> Typed<M> {
        fn of<M: Model, T>(
            word: &str,
            first: Expr<M, Option<T>>,
            second: Expr<M, Option<T>>,
        ) -> Node
        where
            T: FieldType<Base = T>,
        {
            match word {
                "coalesce" => coalesce(first, second).into_node(),
                "greatest" => greatest(first, second).into_node(),
                _ => least(first, second).into_node(),
            }
        }
        match first {
            Int(first) => Int(Expr::new(of(word, first, second.int()))),
            Instant(first) => Instant(Expr::new(of(word, first, retyped(second)))),
            first => Text(Expr::new(of(word, first.text(), second.text()))),
        }
    }

    fn case(&self, spec: &Json) -> Typed<M> {
        fn of<M: Model, T>(speaker: &Speaker<M>, spec: &Json) -> Node
        where
            T: FieldType<Base = T, Nullable = Option<T>>,
        {
            let result = |spec: &Json| -> Expr<M, Option<T>> { retyped(speaker.expression(spec)) };
            let mut whens = list(&spec[1]).iter();
            let first = whens.next().unwrap();
            let mut made = case(speaker.condition(&first[0]), result(&first[1]));
            for when in whens {
                made = made.when(speaker.condition(&when[0]), result(&when[1]));
            }
            if spec[2].is_null() {
                made.or_null().into_node()
            } else {
                made.otherwise(result(&spec[2])).into_node()
            }
        }
        match spec[3].as_str() {
            Some("int") => Int(Expr::new(of::<M, i64>(self, spec))),
            Some("text") => Text(Expr::new(of::<M, String>(self, spec))),
            _ => Instant(Expr::new(of::<M, DateTime<Utc>>(self, spec))),
        }
    }

    fn aggregate(&self, word: &str, spec: &Json) -> Typed<M> {
        let argument = self.expression(&spec[1]);
        let finish = |typed: Typed<M>| -> Typed<M> {
            let typed = if spec[2] == true {
                let value_type = typed.kind();
                Typed::of(
                    value_type,
                    each!(typed, expr => expr.distinct().into_node()),
                )
            } else {
                typed
            };
            if spec[3].is_null() {
                return typed;
            }
            let condition = self.condition(&spec[3]);
            let value_type = typed.kind();
            Typed::of(
                value_type,
                each!(typed, expr => expr.filter(condition).into_node()),
            )
        };
        finish(match (word, argument) {
            ("count", argument) => Int(maybe(each!(argument, expr => expr.count()))),
            ("sum", argument) => Int(argument.int().sum()),
            ("avg", argument) => Float(argument.int().avg()),
            ("min", Instant(argument)) => Instant(argument.min()),
            ("min", argument) => Int(argument.int().min()),
            (_, Instant(argument)) => Instant(argument.max()),
            (_, argument) => Int(argument.int().max()),
        })
    }

    pub(super) fn condition(&self, spec: &Json) -> Q<M> {
        match spec[0].as_str().unwrap_or_default() {
            "and" => self.condition(&spec[1]) & self.condition(&spec[2]),
            "or" => self.condition(&spec[1]) | self.condition(&spec[2]),
            "not" => !self.condition(&spec[1]),
            "null" => each!(self.expression(&spec[1]), expr => expr.isnull(spec[2] == true)),
            "in" => match self.expression(&spec[1]) {
                Int(field) => field.in_(
                    list(&spec[2])
                        .iter()
                        .filter_map(Json::as_i64)
                        .collect::<Vec<_>>(),
                ),
                field => field.text().in_(
                    list(&spec[2])
                        .iter()
                        .filter_map(Json::as_str)
                        .collect::<Vec<_>>(),
                ),
            },
            "exists" => match spec[1].as_str().unwrap_or_default() {
                "Post" => exists(self.rows::<Post>(&spec[2])),
                _ => exists(self.rows::<Comment>(&spec[2])),
            },
            _ => {
                let right = self.expression(&spec[3]);
                let lookup = spec[1].as_str().unwrap_or_default();
                match self.expression(&spec[2]) {
                    Int(left) => compared(lookup, left, right.int()),
                    Float(left) => compared(lookup, left, retyped(right)),
                    Instant(left) => compared(lookup, left, retyped(right)),
                    Text(left) => compared_text(lookup, left, right.text()),
                    Bool(left) => left.is_true(),
                }
            }
        }
    }

    /// The rows of another model that a condition chooses, which may speak of this one.
    fn rows<N: Model>(&self, condition: &Json) -> QuerySet<N> {
        let around = self.root.clone();
        N::objects()
            .order_by(|_| ())
            .filter(|n| Speaker::<N>::within(&n, Some(around)).condition(condition))
    }

    fn subquery(&self, spec: &Json) -> Typed<M> {
        Int(match spec[1].as_str().unwrap_or_default() {
            "Post" => self.subquery_of::<Post>(spec),
            _ => self.subquery_of::<Comment>(spec),
        })
    }

    fn subquery_of<N: Model>(&self, spec: &Json) -> Expr<M, Option<i64>> {
        let field = |root: &Path, name: &Json| -> Expr<N, Option<i64>> {
            Expr::new(Node::Path(walked(root, name)))
        };
        if spec[0] == "subquery" {
            let order = spec[3].as_str().unwrap_or_default();
            let rows = self.rows::<N>(&spec[2]).order_by_name(order).unwrap();
            return subquery(rows.values_flat(|n| field(n.path(), &spec[4])).limit(1));
        }
        let of = serde_json::json!(["cmp", "exact", ["f", spec[2]], ["outer", spec[3]]]);
        let aggregate = serde_json::json!([spec[5], ["f", spec[4]], false, null]);
        let groups = self.rows::<N>(&of).values(|n| {
            let speaker = Speaker::<N>::of(&n);
            let key = field(n.path(), &spec[2]).into_node();
            Selected::<N, (i64, i64)>::new(vec![key, speaker.expression(&aggregate).into_node()])
        });
        subquery(groups.values_flat(|n| Speaker::<N>::of(&n).expression(&aggregate).int()))
    }
}

fn compared<M: Model, T>(lookup: &str, left: Expr<M, Option<T>>, right: Expr<M, Option<T>>) -> Q<M>
where
    T: FieldType<Base = T>,
{
    match lookup {
        "exact" => left.eq(right),
        "gt" => left.gt(right),
        "gte" => left.gte(right),
        "lt" => left.lt(right),
        _ => left.lte(right),
    }
}

fn compared_text<M: Model>(
    lookup: &str,
    left: Expr<M, Option<String>>,
    right: Expr<M, Option<String>>,
) -> Q<M> {
    match lookup {
        "icontains" => left.icontains(right),
        "istartswith" => left.istartswith(right),
        "iendswith" => left.iendswith(right),
        "iexact" => left.iexact(right),
        lookup => compared(lookup, left, right),
    }
}

fn literal<M: Model>(json: &Json, kind: &str) -> Typed<M> {
    match kind {
        "int" => Int(maybe(value(json.as_i64().unwrap()))),
        "text" => Text(maybe(value(json.as_str().unwrap().to_owned()))),
        _ => Instant(Expr::new(Node::Value(Value::DateTime(
            json.as_i64().unwrap(),
        )))),
    }
}

fn extracted<M: Model>(part: &str, instant: Expr<M, Option<DateTime<Utc>>>) -> Expr<M, i32> {
    maybe(match part {
        "year" => instant.year(),
        "iso_year" => instant.iso_year(),
        "quarter" => instant.quarter(),
        "month" => instant.month(),
        "day" => instant.day(),
        "week" => instant.week(),
        "week_day" => instant.week_day(),
        "iso_week_day" => instant.iso_week_day(),
        "hour" => instant.hour(),
        "minute" => instant.minute(),
        _ => instant.second(),
    })
}

fn unit(word: &str) -> TruncUnit {
    match word {
        "year" => TruncUnit::Year,
        "quarter" => TruncUnit::Quarter,
        "month" => TruncUnit::Month,
        "week" => TruncUnit::Week,
        "day" => TruncUnit::Day,
        "hour" => TruncUnit::Hour,
        "minute" => TruncUnit::Minute,
        _ => TruncUnit::Second,
    }
}

/// A path by Django's names, over reverse sides that are not declared too.
fn walked(root: &Path, names: &Json) -> Path {
    let mut path = root.clone();
    for name in names.as_str().unwrap_or_default().split("__") {
        let model = path.model();
        let via = |field: &str| {
            let position = Comment::meta().position(field).unwrap();
            Step::Via(Comment::meta(), u16::try_from(position).unwrap())
        };
        path = path.step(match (model.name, name) {
            ("Post", "comments") => via("post"),
            ("Author", "comment") => via("author"),
            _ => Step::Field(u16::try_from(model.position(name).unwrap()).unwrap()),
        });
    }
    path
}
