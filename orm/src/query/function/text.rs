//! Functions of text. Counts and positions are characters, from 1, on every database.

use super::function;
use crate::ast::Function;
use crate::meta::FieldType;
use crate::meta::field_type::Like;
use crate::query::expr::TextType;
use crate::query::{Expr, IntoOperand, Node, Numeric};
use crate::value::ValueType;

/// Text, and NULL where the type has it.
type Text<T> = Like<T, String>;

fn text<O, T>(name: Function, args: Vec<Node>) -> Expr<O, T> {
    function(name, args, ValueType::Text)
}

/// Functions of the text alone.
macro_rules! of_text {
    ($($(#[$doc:meta])* $name:ident => $function:ident),* $(,)?) => {
        $($(#[$doc])*
        pub fn $name(self) -> Expr<O, Text<T>> {
            text(Function::$function, vec![self.node])
        })*
    };
}

/// Functions of the text and a number.
macro_rules! with_count {
    ($($(#[$doc:meta])* $name:ident => $function:ident),* $(,)?) => {
        $($(#[$doc])*
        pub fn $name<R: IntoOperand<O, i32>>(
            self,
            count: R,
        ) -> Expr<O, R::Over<Text<T>>> {
            text(Function::$function, vec![self.node, count.into_node()])
        })*
    };
}

/// Functions of the text, a length and what fills it up.
macro_rules! filled {
    ($($(#[$doc:meta])* $name:ident => $function:ident),* $(,)?) => {
        $($(#[$doc])*
        pub fn $name<R: IntoOperand<O, i32>, S: IntoOperand<O, String>>(
            self,
            length: R,
            fill: S,
        ) -> Expr<O, S::Over<R::Over<Text<T>>>> {
            let args = vec![self.node, length.into_node(), fill.into_node()];
            text(Function::$function, args)
        })*
    };
}

impl<O, T: FieldType> Expr<O, T>
where
    T::Base: TextType,
{
    of_text!(
        /// In small letters.
        lower => Lower,
        /// In capital letters.
        upper => Upper,
        /// Without blanks at both ends.
        trim => Trim,
        /// Without blanks at the beginning.
        ltrim => LTrim,
        /// Without blanks at the end.
        rtrim => RTrim,
        /// From the last character to the first.
        reverse => Reverse,
        /// The MD5 digest as 32 hexadecimal digits; MySQL 9.6 and newer need a component for it.
        md5 => Md5,
        /// The SHA-1 digest as hexadecimal digits; PostgreSQL needs its extension `pgcrypto` for it, MySQL 9.6 and newer a
        /// component.
        sha1 => Sha1,
        /// The SHA-224 digest as hexadecimal digits.
        sha224 => Sha224,
        /// The SHA-256 digest as hexadecimal digits.
        sha256 => Sha256,
        /// The SHA-384 digest as hexadecimal digits.
        sha384 => Sha384,
        /// The SHA-512 digest as hexadecimal digits.
        sha512 => Sha512,
    );

    with_count!(
        /// So many characters of its beginning.
        left => Left,
        /// So many characters of its end.
        right => Right,
        /// The text so many times.
        repeat => Repeat,
        /// All from a position on, counted from 1.
        substr_from => Substr,
    );

    filled!(
        /// Filled up at the beginning, or cut at the end, to a length: `p.code().lpad(5, "0")`.
        lpad => LPad,
        /// Filled up, or cut, at the end to a length.
        rpad => RPad,
    );

    /// How many characters.
    pub fn length(self) -> Expr<O, Like<T, i32>> {
        function(Function::Length, vec![self.node], ValueType::Int)
    }

    /// So many characters from a position, counted from 1.
    pub fn substr<R: IntoOperand<O, i32>, S: IntoOperand<O, i32>>(
        self,
        from: R,
        length: S,
    ) -> Expr<O, S::Over<R::Over<Text<T>>>> {
        let args = vec![self.node, from.into_node(), length.into_node()];
        text(Function::Substr, args)
    }

    /// With every occurrence of a text replaced by another.
    pub fn replace<R: IntoOperand<O, String>, S: IntoOperand<O, String>>(
        self,
        from: R,
        to: S,
    ) -> Expr<O, S::Over<R::Over<Text<T>>>> {
        let args = vec![self.node, from.into_node(), to.into_node()];
        text(Function::Replace, args)
    }

    /// Where a text begins in this one, counted from 1; 0 where it does not occur.
    pub fn strindex<R: IntoOperand<O, String>>(self, part: R) -> Expr<O, R::Over<Like<T, i32>>> {
        let args = vec![self.node, part.into_node()];
        function(Function::StrIndex, args, ValueType::Int)
    }

    /// The code point of the first character; 0 of the empty text.
    pub fn ord(self) -> Expr<O, Like<T, i32>> {
        function(Function::Ord, vec![self.node], ValueType::Int)
    }

    /// This text, and that behind it; NULL counts as empty text.
    pub fn concat(self, other: impl IntoOperand<O, String>) -> Expr<O, String> {
        text(Function::Concat, vec![self.node, other.into_node()])
    }
}

impl<O, T: FieldType> Expr<O, T>
where
    T::Base: Numeric,
{
    /// The character of this code point.
    pub fn chr(self) -> Expr<O, Text<T>> {
        text(Function::Chr, vec![self.node])
    }
}
