//! `#[model(…)]`, `#[field(…)]` and the like: options by name, each asked for by the code that knows it.
//!
//! Whoever reads an attribute takes the options that he knows; [`Options::finish`] then tells which were left over,
//! with the nearest of the names that were asked for.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, Token, parenthesized, token};

use crate::errors::{Errors, suggestion};

/// One item between the commas.
pub(crate) enum Item {
    /// `unique`
    Word(Ident),
    /// `max_length = 200`
    Value(Ident, Expr),
    /// `index(fields = ["a"])`
    List(Ident, Vec<Item>),
    /// `|p| p.view_count().gte(0)`, `"x"`
    Bare(Expr),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        if ahead.call(Ident::parse_any).is_err() || input.peek(Token![move]) {
            return input.parse().map(Item::Bare);
        }
        if ahead.peek(Token![=]) && !ahead.peek(Token![==]) {
            let name = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            return Ok(Item::Value(name, input.parse()?));
        }
        if ahead.is_empty() || ahead.peek(Token![,]) {
            return input.call(Ident::parse_any).map(Item::Word);
        }
        if ahead.peek(token::Paren) {
            let name = input.call(Ident::parse_any)?;
            let content;
            parenthesized!(content in input);
            let items = Punctuated::<Item, Token![,]>::parse_terminated(&content)?;
            return Ok(Item::List(name, items.into_iter().collect()));
        }
        input.parse().map(Item::Bare)
    }
}

impl Item {
    fn name(&self) -> Option<&Ident> {
        match self {
            Item::Word(name) | Item::Value(name, _) | Item::List(name, _) => Some(name),
            Item::Bare(_) => None,
        }
    }
}

/// The options of one or several attributes of a name.
pub(crate) struct Options {
    items: Vec<Item>,
    asked: Vec<&'static str>,
}

impl Options {
    /// The options of all attributes of this name.
    pub(crate) fn of(attributes: &[Attribute], name: &str, errors: &mut Errors) -> Options {
        let mut items = Vec::new();
        for attribute in attributes {
            if attribute.path().is_ident(name) {
                let parsed =
                    attribute.parse_args_with(Punctuated::<Item, Token![,]>::parse_terminated);
                items.extend(errors.take(parsed).into_iter().flatten());
            }
        }
        Options::new(items)
    }

    fn new(items: Vec<Item>) -> Options {
        Options {
            items,
            asked: Vec::new(),
        }
    }

    fn take(&mut self, name: &'static str, errors: &mut Errors) -> Option<Item> {
        self.asked.push(name);
        let mut taken = None;
        let mut at = 0;
        while at < self.items.len() {
            match self.items[at].name() {
                Some(own) if own == name => {
                    if taken.is_some() {
                        errors.add(own, format!("`{name}` is given twice"));
                    }
                    taken = Some(self.items.remove(at));
                }
                _ => at += 1,
            }
        }
        taken
    }

    /// A flag: `unique`, `unique = true`, or `unique = false`. The name comes along as the place for messages.
    pub(crate) fn flag(
        &mut self,
        name: &'static str,
        errors: &mut Errors,
    ) -> Option<(Ident, bool)> {
        match self.take(name, errors)? {
            Item::Word(ident) => Some((ident, true)),
            Item::Value(ident, value) => match &value {
                Expr::Lit(ExprLit {
                    lit: Lit::Bool(value),
                    ..
                }) => Some((ident, value.value)),
                _ => {
                    errors.add(
                        value,
                        format!("`{name}` is written alone, or as `{name} = false`"),
                    );
                    None
                }
            },
            item => {
                errors.add(item.name(), format!("`{name}` is written alone"));
                None
            }
        }
    }

    /// A flag that can only be set.
    pub(crate) fn word(&mut self, name: &'static str, errors: &mut Errors) -> Option<Ident> {
        match self.flag(name, errors)? {
            (ident, true) => Some(ident),
            (_, false) => None,
        }
    }

    /// An expression: `default = Status::Draft`.
    pub(crate) fn expr(
        &mut self,
        name: &'static str,
        errors: &mut Errors,
    ) -> Option<(Ident, Expr)> {
        match self.take(name, errors)? {
            Item::Value(ident, value) => Some((ident, value)),
            item => {
                errors.add(item.name(), format!("`{name}` takes a value: `{name} = …`"));
                None
            }
        }
    }

    /// Text: `column = "titel"`.
    pub(crate) fn text(&mut self, name: &'static str, errors: &mut Errors) -> Option<syn::LitStr> {
        match self.expr(name, errors)?.1 {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text),
            other => {
                errors.add(other, format!("`{name}` takes text: `{name} = \"…\"`"));
                None
            }
        }
    }

    /// A whole number: `max_length = 200`.
    pub(crate) fn number(
        &mut self,
        name: &'static str,
        errors: &mut Errors,
    ) -> Option<(Ident, u32)> {
        let (ident, value) = self.expr(name, errors)?;
        if let Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) = &value
            && let Ok(number) = number.base10_parse()
        {
            return Some((ident, number));
        }
        errors.add(
            value,
            format!("`{name}` takes a whole number: `{name} = 200`"),
        );
        None
    }

    /// A list of texts: `ordering = ["-created_at", "id"]`; one text alone is a list of one.
    pub(crate) fn texts(&mut self, name: &'static str, errors: &mut Errors) -> Vec<syn::LitStr> {
        let Some((_, value)) = self.expr(name, errors) else {
            return Vec::new();
        };
        texts_of(&value).unwrap_or_else(|| {
            errors.add(
                value,
                format!("`{name}` takes names: `{name} = [\"…\", \"…\"]`"),
            );
            Vec::new()
        })
    }

    /// Every list of this name: `index(…), index(…)`.
    pub(crate) fn lists(
        &mut self,
        name: &'static str,
        errors: &mut Errors,
    ) -> Vec<(Ident, Options)> {
        self.asked.push(name);
        let mut lists = Vec::new();
        let mut rest = Vec::new();
        for item in std::mem::take(&mut self.items) {
            match item {
                Item::List(ident, items) if ident == name => {
                    lists.push((ident, Options::new(items)));
                }
                item if item.name().is_some_and(|own| own == name) => {
                    errors.add(item.name(), format!("`{name}` takes a list: `{name}(…)`"));
                }
                item => rest.push(item),
            }
        }
        self.items = rest;
        lists
    }

    /// An expression that stands alone: a condition, the text of a choice.
    pub(crate) fn bare(&mut self) -> Option<Expr> {
        let at = self
            .items
            .iter()
            .position(|item| matches!(item, Item::Bare(_)))?;
        match self.items.remove(at) {
            Item::Bare(expr) => Some(expr),
            _ => None,
        }
    }

    /// Tells of an option that there is on purpose not, and what to do in its place.
    pub(crate) fn refuse(&mut self, name: &str, why: &str, errors: &mut Errors) {
        self.items.retain(|item| match item.name() {
            Some(own) if own == name => {
                errors.add(own, format!("`{name}`: {why}"));
                false
            }
            _ => true,
        });
    }

    /// Tells what nobody has asked for.
    pub(crate) fn finish(self, what: &str, errors: &mut Errors) {
        for item in &self.items {
            match item {
                Item::Bare(expr) => {
                    errors.add(expr, format!("{what} takes options by name"));
                }
                item => {
                    let name = item.name().map(Ident::to_string).unwrap_or_default();
                    let hint = suggestion(&name, self.asked.iter().copied());
                    errors.add(
                        item.name(),
                        format!("unknown option `{name}` of {what}{hint}"),
                    );
                }
            }
        }
    }
}

/// The texts of `["a", "b"]`, `("a", "b")` or `"a"`.
pub(crate) fn texts_of(value: &Expr) -> Option<Vec<syn::LitStr>> {
    let items = match value {
        Expr::Array(array) => &array.elems,
        Expr::Tuple(tuple) => &tuple.elems,
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => return Some(vec![text.clone()]),
        _ => return None,
    };
    items
        .iter()
        .map(|item| match item {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.clone()),
            _ => None,
        })
        .collect()
}
