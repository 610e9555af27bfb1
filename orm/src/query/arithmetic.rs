//! Arithmetic: which types compute with which, and what comes out.
//!
//! The pairs are Django's: numbers of one kind with each other, integers with floats and with decimals (never a decimal
//! with a float, which would lose its digits), and dates, times and instants with durations.

use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

use super::{Expr, Node, Outer};
use crate::ast::{Arithmetic, CastType};
use crate::error::ErrorKind;
use crate::meta::FieldType;
use crate::meta::field_type::Like;
use crate::value::ValueType;

/// The field types that can be computed with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number",
    label = "this needs a number: an integer, a float or a decimal"
)]
pub trait Numeric: FieldType<Base = Self> {
    /// The type of a sum.
    type Sum: FieldType<Base = Self::Sum>;
    /// The type of a mean.
    type Mean: FieldType<Base = Self::Mean>;
}

/// The field types that have a sum and a mean: numbers and durations.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no sum and no mean",
    label = "this needs a number or a duration"
)]
pub trait Summable: FieldType<Base = Self> {
    /// The type of a sum.
    type Sum: FieldType<Base = Self::Sum>;
    /// The type of a mean.
    type Mean: FieldType<Base = Self::Mean>;
}

impl<N: Numeric> Summable for N {
    type Sum = N::Sum;
    type Mean = N::Mean;
}

/// An arithmetic operator, as a type.
pub trait Operator {
    /// The operator.
    const ARITHMETIC: Arithmetic;
    /// What a result of type `T` is where the right side may be zero.
    type OfUnknown<T: FieldType>: FieldType<Base = T::Base>;
}

macro_rules! operators {
    ($($(#[$doc:meta])* $name:ident: $op:ident, $trait:ident $method:ident, $nulls:ident);* $(;)?) => {
        $($(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl Operator for $name {
            const ARITHMETIC: Arithmetic = Arithmetic::$op;
            type OfUnknown<T: FieldType> = operators!($nulls);
        }

        impl<O, T: FieldType, R: Term<O, T::Base, $name>> $trait<R> for Expr<O, T> {
            type Output = Expr<O, R::Output<T>>;

            fn $method(self, right: R) -> Self::Output {
                Expr::new(right.compute(self.node))
            }
        })*
    };
    (total) => { T };
    (partial) => { T::Nullable };
}

operators! {
    /// `+`
    Plus: Add, Add add, total;
    /// `-`
    Minus: Subtract, Sub sub, total;
    /// `*`
    Times: Multiply, Mul mul, total;
    /// `/`: NULL on some databases where the right side is zero.
    DividedBy: Divide, Div div, partial;
    /// `%`: NULL on some databases where the right side is zero.
    Remainder: Modulo, Rem rem, partial;
}

/// How a field type computes with another by an operator: `Decimal: Combine<i64, Times>`, which is a `Decimal`.
#[diagnostic::on_unimplemented(
    message = "no `{Op}` of `{Self}` and `{R}`",
    label = "these types do not compute with each other",
    note = "`as_integer()` and `as_float()` make numbers of one kind; a decimal with a float would lose its digits"
)]
pub trait Combine<R, Op: Operator>: FieldType<Base = Self> {
    /// The type of the result.
    type Output: FieldType<Base = Self::Output>;

    /// The operation.
    fn combine(left: Node, right: Node) -> Node {
        computed(Op::ARITHMETIC, left, right)
    }
}

impl<N: Numeric, Op: Operator> Combine<N, Op> for N {
    type Output = N;
}

/// What may stand on the right of an operator whose left is an `L`: an expression of a type that computes with it, a
/// value of its own type, or a whole number beside a decimal or a float.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be computed with `{L}`",
    label = "expected an expression or a value that computes with `{L}`",
    note = "numbers compute with numbers, dates and times with durations; a value of another type than the field's goes through `value(…)`"
)]
pub trait Term<O, L: FieldType, Op: Operator> {
    /// The type of the result where the left side is a `T`: NULL where one of them is.
    type Output<T: FieldType>: FieldType;

    /// The operation, given its left side.
    fn compute(self, left: Node) -> Node;
}

macro_rules! expressions {
    ($($expr:ty),*) => {
        $(impl<O, L: Combine<U::Base, Op>, Op: Operator, U: FieldType> Term<O, L, Op> for $expr {
            type Output<T: FieldType> = Op::OfUnknown<Like<U, Like<T, L::Output>>>;

            fn compute(self, left: Node) -> Node {
                L::combine(left, self.node)
            }
        })*
    };
}

expressions!(Expr<O, U>, Outer<U>);

#[diagnostic::do_not_recommend]
impl<O, L: Combine<L, Op>, Op: Operator> Term<O, L, Op> for L {
    type Output<T: FieldType> = Like<T, <L as Combine<L, Op>>::Output>;

    fn compute(self, left: Node) -> Node {
        L::combine(left, crate::query::value_node(self.to_value()))
    }
}

/// Values of another type than the left side's. One integer type is all that a literal leaves room for.
macro_rules! values {
    ($($value:ty => $($left:ty),*);* $(;)?) => {
        $($(#[diagnostic::do_not_recommend]
        impl<O, Op: Operator> Term<O, $left, Op> for $value
        where
            $left: Combine<$value, Op>,
        {
            type Output<T: FieldType> = Like<T, <$left as Combine<$value, Op>>::Output>;

            fn compute(self, left: Node) -> Node {
                <$left>::combine(left, crate::query::value_node(self.to_value()))
            }
        })*)*
    };
}

values!(i64 => f32, f64);

fn computed(op: Arithmetic, left: Node, right: Node) -> Node {
    let divides = matches!(op, Arithmetic::Divide | Arithmetic::Modulo);
    if let Node::Value(value) = &right
        && divides
        && value.is_zero()
    {
        return Node::invalid(ErrorKind::InvalidQuery {
            message: "a division by the value zero has no result".to_owned(),
        });
    }
    Node::Arithmetic(op, Box::new(left), Box::new(right))
}

impl<O, T: FieldType> Neg for Expr<O, T>
where
    T::Base: Numeric,
{
    type Output = Expr<O, T>;

    fn neg(self) -> Expr<O, T> {
        Expr::new(Node::Negative(Box::new(self.node)))
    }
}

macro_rules! numeric {
    ($($type:ty => $sum:ty, $mean:ty);* $(;)?) => {
        $(impl Numeric for $type {
            type Sum = $sum;
            type Mean = $mean;
        })*
    };
}

numeric!(
    i8 => i64, f64; i16 => i64, f64; i32 => i64, f64; i64 => i64, f64;
    u8 => i64, f64; u16 => i64, f64; u32 => i64, f64; u64 => i64, f64;
    f32 => f64, f64; f64 => f64, f64;
);

/// Pairs of types in both orders, and their result.
macro_rules! pairs {
    ($($a:ty, $b:ty => $result:ty);* $(;)?) => {
        $(impl<Op: Operator> Combine<$b, Op> for $a {
            type Output = $result;
        }

        impl<Op: Operator> Combine<$a, Op> for $b {
            type Output = $result;
        })*
    };
}

pairs!(
    i8, i16 => i16; i8, i32 => i32; i8, i64 => i64; i16, i32 => i32; i16, i64 => i64; i32, i64 => i64;
    u8, u16 => u16; u8, u32 => u32; u8, u64 => u64; u16, u32 => u32; u16, u64 => u64; u32, u64 => u64;
    f32, f64 => f64;
);

/// A float with integers.
macro_rules! with_integers {
    ($($number:ty => $result:ty),*) => {
        $(pairs!(
            $number, i8 => $result; $number, i16 => $result; $number, i32 => $result; $number, i64 => $result;
            $number, u8 => $result; $number, u16 => $result; $number, u32 => $result; $number, u64 => $result;
        );)*
    };
}

with_integers!(f32 => f64, f64 => f64);

/// Integers with a sign and integers without one, in both orders. Without a cast MySQL's result would have no sign, and
/// PostgreSQL's the width of the columns.
macro_rules! mixed_signs {
    ($($unsigned:ty, $signed:ty);* $(;)?) => {
        $(impl<Op: Operator> Combine<$signed, Op> for $unsigned {
            type Output = i64;

            fn combine(left: Node, right: Node) -> Node {
                computed(Op::ARITHMETIC, widened(left), right)
            }
        }

        impl<Op: Operator> Combine<$unsigned, Op> for $signed {
            type Output = i64;

            fn combine(left: Node, right: Node) -> Node {
                computed(Op::ARITHMETIC, left, widened(right))
            }
        })*
    };
}

mixed_signs!(
    u8, i8; u8, i16; u8, i32; u8, i64; u16, i8; u16, i16; u16, i32; u16, i64;
    u32, i8; u32, i16; u32, i32; u32, i64; u64, i8; u64, i16; u64, i32; u64, i64;
);

fn widened(integer: Node) -> Node {
    match integer {
        // A value is as wide and as signed as can be.
        Node::Value(_) => integer,
        _ => Node::Cast(Box::new(integer), CastType::BigInteger, ValueType::Int),
    }
}

#[cfg(feature = "rust_decimal")]
mod decimals {
    use rust_decimal::Decimal;

    use super::{Combine, FieldType, Like, Node, Numeric, Operator, Term};

    numeric!(Decimal => Decimal, Decimal);
    with_integers!(Decimal => Decimal);
    values!(i64 => Decimal);
}

/// Durations, and what they move.
macro_rules! moments {
    ($($left:ty, $op:ident, $right:ty => $result:ty);* $(;)?) => {
        $(impl Combine<$right, $op> for $left {
            type Output = $result;
        })*
    };
}

impl Summable for std::time::Duration {
    type Sum = std::time::Duration;
    type Mean = std::time::Duration;
}

moments!(
    std::time::Duration, Plus, std::time::Duration => std::time::Duration;
    std::time::Duration, Minus, std::time::Duration => std::time::Duration;
);

#[cfg(feature = "chrono")]
mod moments {
    use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

    use super::{Combine, FieldType, Like, Node, Operator, Summable, Term};
    use super::{Minus, Plus, computed};

    impl Summable for TimeDelta {
        type Sum = TimeDelta;
        type Mean = TimeDelta;
    }

    moments!(
        TimeDelta, Plus, TimeDelta => TimeDelta;
        TimeDelta, Minus, TimeDelta => TimeDelta;
        DateTime<Utc>, Plus, TimeDelta => DateTime<Utc>;
        DateTime<Utc>, Minus, TimeDelta => DateTime<Utc>;
        DateTime<Utc>, Minus, DateTime<Utc> => TimeDelta;
        NaiveDate, Plus, TimeDelta => DateTime<Utc>;
        NaiveDate, Minus, TimeDelta => DateTime<Utc>;
        NaiveDate, Minus, NaiveDate => TimeDelta;
        NaiveTime, Plus, TimeDelta => NaiveTime;
        NaiveTime, Minus, TimeDelta => NaiveTime;
        NaiveTime, Minus, NaiveTime => TimeDelta;
    );

    values!(TimeDelta => DateTime<Utc>, NaiveDate, NaiveTime);

    /// A duration before what it moves.
    macro_rules! moved {
        ($($moment:ty => $result:ty);* $(;)?) => {
            $(impl Combine<$moment, Plus> for TimeDelta {
                type Output = $result;

                fn combine(left: Node, right: Node) -> Node {
                    computed(Plus::ARITHMETIC, right, left)
                }
            })*
        };
    }

    moved!(DateTime<Utc> => DateTime<Utc>; NaiveDate => DateTime<Utc>; NaiveTime => NaiveTime);
    values!(DateTime<Utc> => TimeDelta; NaiveDate => TimeDelta; NaiveTime => TimeDelta);
}
