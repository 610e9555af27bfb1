//! The SQL text of checks, conditions and expressions, read as a tree: as far as conditions of models reach, and no
//! further.
//!
//! A database gives such text back in its own words, or in those in which it was written. [`read`] makes the same tree
//! of both, so that two of them can be compared, and so that `inspectdb` can say them in a model. What it does not know
//! it refuses; nobody is misled by a part that was passed over.

/// SQL, as a tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sql {
    /// A column.
    Column(String),
    /// A text.
    Text(String),
    /// A number, as it was written.
    Number(String),
    /// `true` or `false`.
    Truth(bool),
    /// NULL.
    Null,
    /// A function by its name in small letters, or an operator by its sign.
    Call(String, Vec<Sql>),
    /// All of them hold, or one of them does; never one within another of its kind.
    Junction(Junction, Vec<Sql>),
    /// It does not hold.
    Not(Box<Sql>),
    /// Two values compared: `=`, `<`, `<=`, `>`, `>=`.
    Compare(&'static str, Box<Sql>, Box<Sql>),
    /// Whether it is NULL.
    IsNull(Box<Sql>),
    /// One of a list.
    In(Box<Sql>, Vec<Sql>),
    /// Between two, both included.
    Between(Box<Sql>, Box<Sql>, Box<Sql>),
    /// A value as another type.
    Cast(Box<Sql>, String),
}

/// How conditions are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Junction {
    And,
    Or,
}

/// Reads a text whole.
pub(super) fn read(sql: &str) -> Option<Sql> {
    read_as(sql, Texts::Kept)
}

/// Whether two texts say the same, be it in other words: other parentheses, cases, spaces, quotes around a number.
pub(super) fn same(one: &str, other: &str) -> bool {
    let read = |sql| read_as(sql, Texts::OfNumbersAreNumbers);
    one == other || read(one).is_some_and(|one| Some(one) == read(other))
}

/// A text that is equal for all that say the same, as far as they can be read.
pub(super) fn meaning(sql: &str) -> String {
    match read_as(sql, Texts::OfNumbersAreNumbers) {
        Some(read) => format!("{read:?}"),
        None => sql.to_owned(),
    }
}

/// What becomes of texts in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Texts {
    Kept,
    /// `'1.5'` is `1.5`: of a column that holds numbers they are the same.
    OfNumbersAreNumbers,
}

fn read_as(sql: &str, texts: Texts) -> Option<Sql> {
    // One database tells the text of checks with its quotes escaped.
    let sql = match sql.contains("\\'") {
        true => sql.replace("\\'", "'"),
        false => sql.to_owned(),
    };
    let tokens = tokens(&sql)?;
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        texts,
    };
    let read = reader.any()?;
    (reader.at == tokens.len()).then_some(read)
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A word that is not quoted.
    Word(String),
    /// A quoted name.
    Name(String),
    Text(String),
    Number(String),
    Sign(&'static str),
}

const SIGNS: [&str; 22] = [
    "::", "<=", ">=", "<>", "!=", "||", "(", ")", "[", "]", ",", "=", "<", ">", "+", "-", "*", "/",
    "%", "{", "}", ";",
];

fn tokens(sql: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
        let length = if matches!(first, '\'' | '"' | '`') {
            let (inside, length) = quoted(rest, first)?;
            tokens.push(match first {
                '\'' => Token::Text(inside),
                _ => Token::Name(inside),
            });
            length
        } else if first.is_ascii_digit() {
            let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
            let length = end.unwrap_or(rest.len());
            tokens.push(Token::Number(rest[..length].to_owned()));
            length
        } else if is_word(first) {
            let length = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
            let word = &rest[..length];
            // `_utf8mb4'text'`: the character set of what follows.
            if !(word.starts_with("_utf8") && rest[length..].starts_with('\'')) {
                tokens.push(Token::Word(word.to_owned()));
            }
            length
        } else {
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign))?;
            tokens.push(Token::Sign(sign));
            sign.len()
        };
        rest = rest[length..].trim_start();
    }
    Some(tokens)
}

/// What stands in quotes, a doubled quote being one, and how long that was with its quotes.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut inside = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != quote {
            inside.push(letter);
        } else if letters.peek().is_some_and(|(_, next)| *next == quote) {
            letters.next();
            inside.push(quote);
        } else {
            return Some((inside, at + quote.len_utf8()));
        }
    }
    None
}

/// Reads by descent: each function is a precedence, from the loosest to the tightest.
struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    texts: Texts,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn takes(&mut self, token: &Token) -> bool {
        let is_next = self.peek() == Some(token);
        self.at += usize::from(is_next);
        is_next
    }

    fn sign(&mut self, sign: &'static str) -> bool {
        self.takes(&Token::Sign(sign))
    }

    fn word(&mut self, word: &str) -> bool {
        let is_next =
            matches!(self.peek(), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word));
        self.at += usize::from(is_next);
        is_next
    }

    fn any(&mut self) -> Option<Sql> {
        let mut parts = vec![self.all()?];
        while self.word("or") {
            parts.push(self.all()?);
        }
        Some(join(Junction::Or, parts))
    }

    fn all(&mut self) -> Option<Sql> {
        let mut parts = vec![self.negation()?];
        while self.word("and") {
            parts.push(self.negation()?);
        }
        Some(join(Junction::And, parts))
    }

    fn negation(&mut self) -> Option<Sql> {
        if self.word("not") {
            return self.negation().map(not);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Option<Sql> {
        let left = self.sum()?;
        if self.word("is") {
            let negated = self.word("not");
            let found = match self.word("null") {
                true => Sql::IsNull(Box::new(left)),
                false => return None,
            };
            return Some(if negated { not(found) } else { found });
        }
        let negated = self.word("not");
        let found = if self.word("in") {
            Sql::In(Box::new(left), self.list(("(", ")"))?)
        } else if self.word("between") {
            let low = self.sum()?;
            if !self.word("and") {
                return None;
            }
            Sql::Between(Box::new(left), Box::new(low), Box::new(self.sum()?))
        } else if negated {
            return None;
        } else {
            return self.compared(left);
        };
        Some(if negated { not(found) } else { found })
    }

    fn compared(&mut self, left: Sql) -> Option<Sql> {
        let signs = ["=", "<=", ">=", "<>", "!=", "<", ">"];
        let Some(sign) = signs.into_iter().find(|sign| self.sign(sign)) else {
            return Some(left);
        };
        let is_unequal = sign == "<>" || sign == "!=";
        if self.word("any") || (is_unequal && self.word("all")) {
            let members = self.array()?;
            let found = Sql::In(Box::new(left), members);
            return match sign {
                "=" => Some(found),
                _ if is_unequal => Some(not(found)),
                _ => None,
            };
        }
        let right = self.sum()?;
        Some(match (sign, right) {
            ("=", Sql::Truth(true)) => left,
            ("=", Sql::Truth(false)) => not(left),
            (_, right) if is_unequal => not(Sql::Compare("=", Box::new(left), Box::new(right))),
            (sign, right) => Sql::Compare(sign, Box::new(left), Box::new(right)),
        })
    }

    /// `(ARRAY['a'::character varying, …]::text[])`, or `(ARRAY['a'::text, …])`.
    fn array(&mut self) -> Option<Vec<Sql>> {
        let mut open = 0;
        while self.sign("(") {
            open += 1;
        }
        if !self.word("array") {
            return None;
        }
        let members = self.list(("[", "]"))?;
        loop {
            if self.sign("::") {
                self.type_words()?;
            } else if 0 < open && self.sign(")") {
                open -= 1;
            } else {
                return (open == 0).then_some(members);
            }
        }
    }

    fn list(&mut self, (open, close): (&'static str, &'static str)) -> Option<Vec<Sql>> {
        if !self.sign(open) {
            return None;
        }
        let mut members = Vec::new();
        if self.sign(close) {
            return Some(members);
        }
        loop {
            members.push(self.any()?);
            if self.sign(close) {
                return Some(members);
            }
            if !self.sign(",") {
                return None;
            }
        }
    }

    fn sum(&mut self) -> Option<Sql> {
        let mut left = self.product()?;
        while let Some(sign) = ["+", "-", "||"].into_iter().find(|sign| self.sign(sign)) {
            left = Sql::Call(sign.to_owned(), vec![left, self.product()?]);
        }
        Some(left)
    }

    fn product(&mut self) -> Option<Sql> {
        let mut left = self.factor()?;
        while let Some(sign) = ["*", "/", "%"].into_iter().find(|sign| self.sign(sign)) {
            left = Sql::Call(sign.to_owned(), vec![left, self.factor()?]);
        }
        Some(left)
    }

    fn factor(&mut self) -> Option<Sql> {
        if self.sign("-") {
            return match self.factor()? {
                Sql::Number(number) => Some(Sql::Number(format!("-{number}"))),
                _ => None,
            };
        }
        let mut value = self.primary()?;
        while self.sign("::") {
            let ty = self.type_words()?;
            value = match value {
                Sql::Number(number) if ty == "numeric" => Sql::Number(number),
                value => Sql::Cast(Box::new(value), ty),
            };
        }
        Some(value)
    }

    fn primary(&mut self) -> Option<Sql> {
        let token = self.peek()?.clone();
        self.at += 1;
        Some(match token {
            Token::Text(text)
                if self.texts == Texts::OfNumbersAreNumbers && is_plain_number(&text) =>
            {
                Sql::Number(text)
            }
            Token::Text(text) => Sql::Text(text),
            Token::Number(number) => Sql::Number(number),
            Token::Name(name) => Sql::Column(name),
            Token::Sign("(") => {
                let inner = self.any()?;
                if !self.sign(")") {
                    return None;
                }
                inner
            }
            Token::Word(word) => {
                let lower = word.to_ascii_lowercase();
                match lower.as_str() {
                    _ if self.peek() == Some(&Token::Sign("(")) => {
                        Sql::Call(function_name(&lower)?, self.list(("(", ")"))?)
                    }
                    "true" => Sql::Truth(true),
                    "false" => Sql::Truth(false),
                    "null" => Sql::Null,
                    "case" | "select" | "exists" | "array" | "interval" => return None,
                    _ => Sql::Column(word),
                }
            }
            Token::Sign(_) => return None,
        })
    }

    /// `character varying(20)[]`.
    fn type_words(&mut self) -> Option<String> {
        let Some(Token::Word(first)) = self.peek().cloned() else {
            return None;
        };
        self.at += 1;
        let mut words = first;
        for more in ["varying", "precision", "with", "without", "time", "zone"] {
            if self.word(more) {
                words = format!("{words} {more}");
            }
        }
        if self.peek() == Some(&Token::Sign("(")) {
            let numbers = self.list(("(", ")"))?;
            words = format!("{words}{numbers:?}");
        }
        if self.sign("[") {
            words += "[]";
            if !self.sign("]") {
                return None;
            }
        }
        Some(words)
    }
}

/// Whether a text is a number as one writes it, without signs and zeros that say nothing.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_whole =
        |part: &str| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_digit());
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    is_whole(whole) && is_whole(fraction) && (whole == "0" || !whole.starts_with('0'))
}

/// A function by one name on all databases; those whose arguments are not parted by commas are refused.
fn function_name(word: &str) -> Option<String> {
    match word {
        "ucase" => Some("upper".to_owned()),
        "lcase" => Some("lower".to_owned()),
        "character_length" | "char_length" => Some("length".to_owned()),
        "cast" | "convert" | "extract" | "position" | "trim" | "exists" | "any" | "all" => None,
        _ => Some(word.to_owned()),
    }
}

fn join(junction: Junction, parts: Vec<Sql>) -> Sql {
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Sql::Junction(inner, parts) if inner == junction => flat.extend(parts),
            part => flat.push(part),
        }
    }
    match <[Sql; 1]>::try_from(flat) {
        Ok([only]) => only,
        Err(parts) => Sql::Junction(junction, parts),
    }
}

fn not(inner: Sql) -> Sql {
    match inner {
        Sql::Not(inner) => *inner,
        inner => Sql::Not(Box::new(inner)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_same(one: &str, other: &str) {
        assert!(read(one).is_some(), "{one}");
        assert_eq!(read(one), read(other), "{one} and {other}");
    }

    #[test]
    fn the_words_of_all_databases_are_one_tree() {
        are_same("\"age\" >= 3", "((age >= 3))");
        are_same("`a` in ('x','y')", "(a IN ('x', 'y'))");
        are_same("(`a` in (_utf8mb4\\'x\\'))", "a = ANY (ARRAY['x'])");
        are_same("a <> 1", "NOT (a = 1)");
        are_same("flag = true", "flag");
        are_same("NOT \"flag\"", "(flag = false)");
        are_same("a or (b or c) and d", "(a OR ((b OR c) AND d))");
        are_same("ucase(`name`)", "UPPER(\"name\")");
        are_same("a IS NOT NULL", "NOT (a is null)");
        assert!(same("price > '0'::numeric", "(price > (0)::numeric)"));
        are_same("-1 < a - b * 2", "(-1) < (a - (b * 2))");
    }

    #[test]
    fn what_is_different_stays_different() {
        for (one, other) in [
            ("a - b - c", "a - (b - c)"),
            ("a and b or c", "a and (b or c)"),
            ("a = 'B'", "a = 'b'"),
            ("a = '07'", "a = 7"),
            ("a::date = b", "a = b"),
            ("a > 1", "a >= 1"),
            ("not a in (1)", "a in (1)"),
        ] {
            assert!(!same(one, other), "{one} and {other}");
        }
    }

    #[test]
    fn what_is_unknown_is_refused() {
        for sql in [
            "a LIKE 'x%'",
            "a ~ 'x'",
            "CASE WHEN a THEN b END",
            "(a",
            "a b",
            "a = (SELECT 1)",
            "CAST(a AS integer)",
        ] {
            assert_eq!(read(sql), None, "{sql}");
        }
    }
}
