//! Functions of numbers.
//!
//! Those of real numbers compute with floats. Where a function has no value (the root of a negative number, a logarithm
//! of zero), PostgreSQL reports an error and the others give NULL: so its type has NULL.

use super::function;
use crate::ast::{CastType, Function};
use crate::meta::FieldType;
use crate::meta::field_type::Like;
use crate::query::Numeric;
use crate::query::{Expr, IntoOperand, Node};
use crate::value::ValueType;

/// Functions whose value is of the number's own type.
macro_rules! of_its_type {
    ($($(#[$doc:meta])* $name:ident => $function:ident),* $(,)?) => {
        $($(#[$doc])*
        pub fn $name(self) -> Expr<O, T> {
            function(Function::$function, vec![self.node], T::KIND.value_type())
        })*
    };
}

/// Functions of every real number.
macro_rules! everywhere {
    ($($(#[$doc:meta])* $name:ident => $function:ident),* $(,)?) => {
        $($(#[$doc])*
        pub fn $name(self) -> Expr<O, Like<T, f64>> {
            real(Function::$function, vec![self.float_node()])
        })*
    };
}

/// Functions that some numbers have no value of.
macro_rules! in_parts {
    ($($(#[$doc:meta])* $name:ident => $function:ident),* $(,)?) => {
        $($(#[$doc])*
        pub fn $name(self) -> Expr<O, Option<f64>> {
            real(Function::$function, vec![self.float_node()])
        })*
    };
}

/// Functions of two numbers that some pairs have no value of.
macro_rules! of_pairs {
    ($($(#[$doc:meta])* $name:ident => $function:ident),* $(,)?) => {
        $($(#[$doc])*
        pub fn $name(self, other: impl IntoOperand<O, f64>) -> Expr<O, Option<f64>> {
            real(Function::$function, vec![self.float_node(), other.into_node()])
        })*
    };
}

fn real<O, T>(name: Function, args: Vec<Node>) -> Expr<O, T> {
    function(name, args, ValueType::Float)
}

impl<O, T: FieldType> Expr<O, T>
where
    T::Base: Numeric,
{
    of_its_type!(
        /// Without its sign.
        abs => Abs,
        /// The whole number below.
        floor => Floor,
        /// The whole number above.
        ceil => Ceil,
        /// The nearest whole number, halves away from zero; on MySQL and MariaDB, halves of floats go to the even one.
        round => Round,
        /// -1, 0 or 1.
        sign => Sign,
    );

    everywhere!(
        /// The arc tangent.
        atan => Atan,
        /// The cosine.
        cos => Cos,
        /// Radians as degrees.
        degrees => Degrees,
        /// Degrees as radians.
        radians => Radians,
        /// The sine.
        sin => Sin,
    );

    in_parts!(
        /// The arc cosine.
        acos => Acos,
        /// The arc sine.
        asin => Asin,
        /// The cotangent.
        cot => Cot,
        /// `e` to the power of the number.
        exp => Exp,
        /// The natural logarithm.
        ln => Ln,
        /// The square root.
        sqrt => Sqrt,
        /// The tangent.
        tan => Tan,
    );

    of_pairs!(
        /// The number to a power: `p.width().power(2.0)`.
        power => Power,
        /// The remainder of a division, as floats; `%` is that of the number's own type.
        modulo => Mod,
    );

    /// Rounded to so many places behind the point; halves as of [`round`](Expr::round).
    pub fn round_to(self, places: u8) -> Expr<O, T> {
        let places = Node::Value(crate::value::Value::Int(places.into()));
        function(
            Function::Round,
            vec![self.node, places],
            T::KIND.value_type(),
        )
    }

    /// The logarithm to a base.
    pub fn log(self, base: impl IntoOperand<O, f64>) -> Expr<O, Option<f64>> {
        real(Function::Log, vec![base.into_node(), self.float_node()])
    }

    /// The angle of the point with this `y` and that `x`.
    pub fn atan2<R: IntoOperand<O, f64>>(self, x: R) -> Expr<O, R::Over<Like<T, f64>>> {
        real(Function::Atan2, vec![self.float_node(), x.into_node()])
    }

    fn float_node(self) -> Node {
        match T::KIND.value_type() {
            ValueType::Float => self.node,
            _ => Node::Cast(Box::new(self.node), CastType::Float, ValueType::Float),
        }
    }
}
