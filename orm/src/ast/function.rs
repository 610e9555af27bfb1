//! The functions that all databases have, under one name and one meaning.

/// A function. Arguments are given in the order of its line here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    // Choosing.
    /// The first argument that is not NULL.
    Coalesce,
    /// NULL if the two are equal, else the first.
    NullIf,
    /// The greatest of those that are not NULL.
    Greatest,
    /// The smallest of those that are not NULL.
    Least,
    // Text.
    /// All arguments as one text; NULL counts as empty.
    Concat,
    /// In small letters.
    Lower,
    /// In capital letters.
    Upper,
    /// The number of characters.
    Length,
    /// `text, from (1 is the first character), length (may be left out)`.
    Substr,
    /// Without spaces on both sides.
    Trim,
    /// Without spaces on the left.
    LTrim,
    /// Without spaces on the right.
    RTrim,
    /// `text, what, by what`.
    Replace,
    /// `text, number`: the first characters.
    Left,
    /// `text, number`: the last characters.
    Right,
    /// `text, length, fill`: filled on the left, or cut.
    LPad,
    /// `text, length, fill`: filled on the right, or cut.
    RPad,
    /// `text, number`.
    Repeat,
    /// From the last character to the first.
    Reverse,
    /// `text, part`: where the part begins, from 1; 0 if nowhere.
    StrIndex,
    /// The character of a code point.
    Chr,
    /// The code point of the first character.
    Ord,
    /// The MD5 digest as 32 hexadecimal digits.
    Md5,
    /// The SHA-1 digest as hexadecimal digits.
    Sha1,
    /// The SHA-224 digest as hexadecimal digits.
    Sha224,
    /// The SHA-256 digest as hexadecimal digits.
    Sha256,
    /// The SHA-384 digest as hexadecimal digits.
    Sha384,
    /// The SHA-512 digest as hexadecimal digits.
    Sha512,
    // Numbers.
    /// The absolute value.
    Abs,
    /// The arc cosine.
    Acos,
    /// The arc sine.
    Asin,
    /// The arc tangent.
    Atan,
    /// `y, x`: the angle of a point.
    Atan2,
    /// The next integer upwards.
    Ceil,
    /// The cosine.
    Cos,
    /// The cotangent.
    Cot,
    /// Radians as degrees.
    Degrees,
    /// `e` to the power of the argument.
    Exp,
    /// The next integer downwards.
    Floor,
    /// The natural logarithm.
    Ln,
    /// `base, number`: the logarithm.
    Log,
    /// `a, b`: the remainder, with the sign of `a`.
    Mod,
    /// Pi.
    Pi,
    /// `base, exponent`.
    Power,
    /// Degrees as radians.
    Radians,
    /// A number from 0 up to 1.
    Random,
    /// `number, places (may be left out)`: halves away from zero.
    Round,
    /// -1, 0 or 1.
    Sign,
    /// The sine.
    Sin,
    /// The square root.
    Sqrt,
    /// The tangent.
    Tan,
    // Others.
    /// The instant at which the statement began.
    Now,
    /// A new random UUID.
    RandomUuid,
    /// Key and value in turns, as a JSON object.
    JsonObject,
    /// The arguments as a JSON array.
    JsonArray,
}

impl Function {
    /// The words for the functions that checks, indexes and generated columns may call, in states and migration
    /// files.
    pub const WORDS: [(&'static str, Function); 30] = [
        ("abs", Function::Abs),
        ("ceil", Function::Ceil),
        ("coalesce", Function::Coalesce),
        ("concat", Function::Concat),
        ("exp", Function::Exp),
        ("floor", Function::Floor),
        ("greatest", Function::Greatest),
        ("least", Function::Least),
        ("left", Function::Left),
        ("length", Function::Length),
        ("ln", Function::Ln),
        ("lower", Function::Lower),
        ("lpad", Function::LPad),
        ("ltrim", Function::LTrim),
        ("md5", Function::Md5),
        ("now", Function::Now),
        ("nullif", Function::NullIf),
        ("power", Function::Power),
        ("repeat", Function::Repeat),
        ("replace", Function::Replace),
        ("right", Function::Right),
        ("round", Function::Round),
        ("rpad", Function::RPad),
        ("rtrim", Function::RTrim),
        ("sign", Function::Sign),
        ("sqrt", Function::Sqrt),
        ("substr", Function::Substr),
        ("trim", Function::Trim),
        ("upper", Function::Upper),
        ("uuid4", Function::RandomUuid),
    ];

    /// Whether it may be NULL of arguments that are not: where it has no value, as the root of a negative number.
    pub fn may_lack_value(self) -> bool {
        use Function as F;
        matches!(
            self,
            F::NullIf
                | F::Acos
                | F::Asin
                | F::Cot
                | F::Exp
                | F::Ln
                | F::Log
                | F::Mod
                | F::Power
                | F::Sqrt
                | F::Tan
        )
    }

    /// The word for it, if it has one.
    pub fn word(self) -> Option<&'static str> {
        Function::WORDS
            .iter()
            .find(|(_, function)| *function == self)
            .map(|(word, _)| *word)
    }
}
