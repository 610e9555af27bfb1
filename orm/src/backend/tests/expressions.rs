//! Expressions.

use expect_test::expect;

use super::{check_expr, column, int, text};
use crate::ast::{
    Arithmetic, CastType, Comparison, Domain, Expr, InSet, JsonOp, JsonStep, ListParam, Literal,
    Match, MatchKind, Raw, RawPart, Select,
};
use crate::value::ValueType;

#[test]
fn conditions_are_joined_with_the_parentheses_they_need() {
    let a = || column("a").equals(int(0));
    let b = || column("b").is_null();
    check_expr(
        a().and(b()).or(a().not()),
        &expect![[r#"
        postgres "a" = $1 AND "b" IS NULL OR NOT ("a" = $1)
        sqlite   "a" = ?1 AND "b" IS NULL OR NOT ("a" = ?1)
        mysql    `a` = ? AND `b` IS NULL OR NOT (`a` = ?)
        mariadb  `a` = ? AND `b` IS NULL OR NOT (`a` = ?)
    "#]],
    );
    check_expr(
        a().or(b()).and(a().or(b()).not()),
        &expect![[r#"
        postgres ("a" = $1 OR "b" IS NULL) AND NOT ("a" = $1 OR "b" IS NULL)
        sqlite   ("a" = ?1 OR "b" IS NULL) AND NOT ("a" = ?1 OR "b" IS NULL)
        mysql    (`a` = ? OR `b` IS NULL) AND NOT (`a` = ? OR `b` IS NULL)
        mariadb  (`a` = ? OR `b` IS NULL) AND NOT (`a` = ? OR `b` IS NULL)
    "#]],
    );
    check_expr(
        Expr::And(vec![]).or(Expr::Or(vec![])),
        &expect![[r#"
        postgres TRUE OR FALSE
        sqlite   TRUE OR FALSE
        mysql    TRUE OR FALSE
        mariadb  TRUE OR FALSE
    "#]],
    );
    check_expr(
        Expr::And(vec![a()]).not(),
        &expect![[r#"
        postgres NOT ("a" = $1)
        sqlite   NOT ("a" = ?1)
        mysql    NOT (`a` = ?)
        mariadb  NOT (`a` = ?)
    "#]],
    );
}

#[test]
fn comparisons() {
    check_expr(
        column("a").compare(Comparison::NotDistinct, int(0)),
        &expect![[r#"
            postgres "a" IS NOT DISTINCT FROM $1
            sqlite   "a" IS ?1
            mysql    `a` <=> ?
            mariadb  `a` <=> ?
        "#]],
    );
    check_expr(
        column("a").compare(Comparison::NotDistinct, column("b")),
        &expect![[r#"
            postgres "a" IS NOT DISTINCT FROM "b"
            sqlite   "a" IS "b"
            mysql    `a` <=> `b`
            mariadb  (`a` = `b` OR `a` IS NULL AND `b` IS NULL)
        "#]],
    );
    check_expr(
        column("a").compare(Comparison::Distinct, column("b")),
        &expect![[r#"
            postgres "a" IS DISTINCT FROM "b"
            sqlite   "a" IS NOT "b"
            mysql    NOT (`a` <=> `b`)
            mariadb  NOT (`a` <=> `b`)
        "#]],
    );
    let between = Expr::Between {
        expr: Box::new(column("a")),
        low: Box::new(int(0)),
        high: Box::new(int(1)),
    };
    check_expr(
        between.not(),
        &expect![[r#"
        postgres NOT ("a" BETWEEN $1 AND $2)
        sqlite   NOT ("a" BETWEEN ?1 AND ?2)
        mysql    NOT (`a` BETWEEN ? AND ?)
        mariadb  NOT (`a` BETWEEN ? AND ?)
    "#]],
    );
    check_expr(
        Expr::Tuple(vec![column("a"), column("b")])
            .compare(Comparison::Less, Expr::Tuple(vec![int(0), int(1)])),
        &expect![[r#"
            postgres ("a", "b") < ($1, $2)
            sqlite   ("a", "b") < (?1, ?2)
            mysql    (`a`, `b`) < (?, ?)
            mariadb  (`a`, `b`) < (?, ?)
        "#]],
    );
}

#[test]
fn one_value_has_one_number_where_placeholders_have_numbers() {
    check_expr(
        column("a").equals(int(0)).or(column("b").equals(int(0))),
        &expect![[r#"
            postgres "a" = $1 OR "b" = $1
            sqlite   "a" = ?1 OR "b" = ?1
            mysql    `a` = ? OR `b` = ?
            mariadb  `a` = ? OR `b` = ?
        "#]],
    );
}

fn is_in(set: InSet, negated: bool) -> Expr {
    Expr::In {
        expr: Box::new(column("a")),
        set,
        negated,
    }
}

#[test]
fn lists() {
    let list = |element, length| {
        InSet::List(ListParam {
            slot: 0,
            element,
            size_class: ListParam::size_class(length),
        })
    };
    check_expr(
        is_in(list(ValueType::Int, 3), false),
        &expect![[r#"
        postgres "a" = ANY($1) [0 List]
        sqlite   "a" IN (SELECT value FROM JSON_EACH(?1)) [0 List]
        mysql    `a` IN (?, ?, ?, ?) [0 Element(0)] [0 Element(1)] [0 Element(2)] [0 Element(3)]
        mariadb  `a` IN (?, ?, ?, ?) [0 Element(0)] [0 Element(1)] [0 Element(2)] [0 Element(3)]
    "#]],
    );
    check_expr(
        is_in(list(ValueType::Text, 1), true),
        &expect![[r#"
        postgres "a" <> ALL($1) [0 List]
        sqlite   "a" NOT IN (SELECT value FROM JSON_EACH(?1)) [0 List]
        mysql    `a` NOT IN (?) [0 Element(0)]
        mariadb  `a` NOT IN (?) [0 Element(0)]
    "#]],
    );
    check_expr(
        is_in(list(ValueType::Decimal, 1), false),
        &expect![[r#"
            postgres "a" = ANY($1) [0 List]
            sqlite   "a" IN (SELECT value FROM JSON_EACH(?1)) [0 NumberList]
            mysql    `a` IN (CAST(? AS DECIMAL(65, 30))) [0 Element(0)]
            mariadb  `a` IN (CAST(? AS DECIMAL(65, 30))) [0 Element(0)]
        "#]],
    );
    check_expr(
        is_in(list(ValueType::Int, 0), true),
        &expect![[r#"
        postgres "a" <> ALL($1) [0 List]
        sqlite   "a" NOT IN (SELECT value FROM JSON_EACH(?1)) [0 List]
        mysql    TRUE [0 EmptyList]
        mariadb  TRUE [0 EmptyList]
    "#]],
    );
    check_expr(
        is_in(InSet::Exprs(vec![int(0), column("b")]), false),
        &expect![[r#"
            postgres "a" IN ($1, "b")
            sqlite   "a" IN (?1, "b")
            mysql    `a` IN (?, `b`)
            mariadb  `a` IN (?, `b`)
        "#]],
    );
    check_expr(
        is_in(InSet::Exprs(vec![]), false),
        &expect![[r#"
        postgres FALSE
        sqlite   FALSE
        mysql    FALSE
        mariadb  FALSE
    "#]],
    );
    let rows = Expr::In {
        expr: Box::new(Expr::Tuple(vec![column("a"), column("b")])),
        set: InSet::Exprs(vec![
            Expr::Tuple(vec![int(0), int(1)]),
            Expr::Tuple(vec![int(2), int(3)]),
        ]),
        negated: false,
    };
    check_expr(
        rows,
        &expect![[r#"
        postgres ("a", "b") IN (($1, $2), ($3, $4))
        sqlite   ("a", "b") IN (VALUES (?1, ?2), (?3, ?4))
        mysql    (`a`, `b`) IN ((?, ?), (?, ?))
        mariadb  (`a`, `b`) IN ((?, ?), (?, ?))
    "#]],
    );
}

fn search(kind: MatchKind, insensitive: bool, pattern: Expr) -> Expr {
    Expr::Match(Box::new(Match {
        kind,
        insensitive,
        subject: column("title"),
        pattern,
    }))
}

#[test]
fn text_is_searched_for_values() {
    check_expr(
        search(MatchKind::Contains, false, text(0)),
        &expect![[r#"
        postgres "title" LIKE $1 [0 LikeContains]
        sqlite   INSTR("title", ?1) > 0
        mysql    `title` LIKE CAST(? AS BINARY) [0 LikeContains]
        mariadb  `title` LIKE CAST(? AS BINARY) [0 LikeContains]
    "#]],
    );
    check_expr(
        search(MatchKind::StartsWith, false, text(0)),
        &expect![[r#"
        postgres "title" LIKE $1 [0 LikeStartsWith]
        sqlite   ("title" COLLATE BINARY >= ?1 AND "title" COLLATE BINARY < ?2) [0 PrefixEnd]
        mysql    (`title` LIKE ? AND `title` LIKE CAST(? AS BINARY)) [0 LikeStartsWith] [0 LikeStartsWith]
        mariadb  (`title` LIKE ? AND `title` LIKE CAST(? AS BINARY)) [0 LikeStartsWith] [0 LikeStartsWith]
    "#]],
    );
    check_expr(
        search(MatchKind::EndsWith, false, text(0)),
        &expect![[r#"
        postgres "title" LIKE $1 [0 LikeEndsWith]
        sqlite   SUBSTR("title", LENGTH("title") - LENGTH(?1) + 1) = ?1
        mysql    `title` LIKE CAST(? AS BINARY) [0 LikeEndsWith]
        mariadb  `title` LIKE CAST(? AS BINARY) [0 LikeEndsWith]
    "#]],
    );
    check_expr(
        search(MatchKind::Exact, true, text(0)),
        &expect![[r#"
        postgres UPPER("title") = UPPER($1)
        sqlite   NUAGES_FOLD("title") = ?1 [0 Fold]
        mysql    `title` LIKE ? [0 LikeExact]
        mariadb  `title` LIKE ? [0 LikeExact]
    "#]],
    );
    check_expr(
        search(MatchKind::Contains, true, text(0)),
        &expect![[r#"
        postgres UPPER("title") LIKE UPPER($1) [0 LikeContains]
        sqlite   INSTR(NUAGES_FOLD("title"), ?1) > 0 [0 Fold]
        mysql    `title` LIKE ? [0 LikeContains]
        mariadb  `title` LIKE ? [0 LikeContains]
    "#]],
    );
    check_expr(
        search(MatchKind::StartsWith, true, text(0)),
        &expect![[r#"
        postgres UPPER("title") LIKE UPPER($1) [0 LikeStartsWith]
        sqlite   SUBSTR(NUAGES_FOLD("title"), 1, LENGTH(?1)) = ?1 [0 Fold]
        mysql    `title` LIKE ? [0 LikeStartsWith]
        mariadb  `title` LIKE ? [0 LikeStartsWith]
    "#]],
    );
    check_expr(
        search(MatchKind::EndsWith, true, text(0)),
        &expect![[r#"
        postgres UPPER("title") LIKE UPPER($1) [0 LikeEndsWith]
        sqlite   SUBSTR(NUAGES_FOLD("title"), LENGTH(NUAGES_FOLD("title")) - LENGTH(?1) + 1) = ?1 [0 Fold]
        mysql    `title` LIKE ? [0 LikeEndsWith]
        mariadb  `title` LIKE ? [0 LikeEndsWith]
    "#]],
    );
}

#[test]
fn text_is_searched_for_expressions() {
    check_expr(
        search(MatchKind::Contains, false, column("slug")),
        &expect![[r#"
            postgres STRPOS("title", "slug") > 0
            sqlite   INSTR("title", "slug") > 0
            mysql    LOCATE(CAST(`slug` AS BINARY), CAST(`title` AS BINARY)) > 0
            mariadb  LOCATE(CAST(`slug` AS BINARY), CAST(`title` AS BINARY)) > 0
        "#]],
    );
    check_expr(
        search(MatchKind::StartsWith, false, column("slug")),
        &expect![[r#"
            postgres LEFT("title", LENGTH("slug")) = "slug"
            sqlite   SUBSTR("title", 1, LENGTH("slug")) = "slug"
            mysql    LEFT(`title`, CHAR_LENGTH(`slug`)) = CAST(`slug` AS BINARY)
            mariadb  LEFT(`title`, CHAR_LENGTH(`slug`)) = CAST(`slug` AS BINARY)
        "#]],
    );
    check_expr(
        search(MatchKind::EndsWith, true, column("slug")),
        &expect![[r#"
            postgres RIGHT(UPPER("title"), LENGTH(UPPER("slug"))) = UPPER("slug")
            sqlite   SUBSTR(NUAGES_FOLD("title"), LENGTH(NUAGES_FOLD("title")) - LENGTH(NUAGES_FOLD("slug")) + 1) = NUAGES_FOLD("slug")
            mysql    RIGHT(`title`, CHAR_LENGTH(`slug`)) = `slug`
            mariadb  RIGHT(`title`, CHAR_LENGTH(`slug`)) = `slug`
        "#]],
    );
    check_expr(
        search(MatchKind::Exact, true, column("slug")),
        &expect![[r#"
        postgres UPPER("title") = UPPER("slug")
        sqlite   NUAGES_FOLD("title") = NUAGES_FOLD("slug")
        mysql    `title` = `slug`
        mariadb  `title` = `slug`
    "#]],
    );
}

#[test]
fn regular_expressions() {
    let regex = |insensitive, pattern| Expr::Regex {
        insensitive,
        subject: Box::new(column("title")),
        pattern: Box::new(pattern),
    };
    check_expr(
        regex(false, text(0)),
        &expect![[r#"
        postgres "title" ~ $1
        sqlite   "title" REGEXP ?1
        mysql    REGEXP_LIKE(`title`, ?, 'c')
        mariadb  `title` REGEXP ? [0 Prefixed("(?-i)")]
    "#]],
    );
    check_expr(
        regex(true, text(0)),
        &expect![[r#"
        postgres "title" ~* $1
        sqlite   "title" REGEXP ?1 [0 Prefixed("(?i)")]
        mysql    REGEXP_LIKE(`title`, ?, 'i')
        mariadb  `title` REGEXP ? [0 Prefixed("(?i)")]
    "#]],
    );
    check_expr(
        regex(true, column("slug")),
        &expect![[r#"
        postgres "title" ~* "slug"
        sqlite   "title" REGEXP ('(?i)' || "slug")
        mysql    REGEXP_LIKE(`title`, `slug`, 'i')
        mariadb  `title` REGEXP CONCAT('(?i)', `slug`)
    "#]],
    );
}

#[test]
fn arithmetic() {
    use Arithmetic::{Add, BitAnd, BitXor, Divide, Modulo, Multiply, Power, ShiftLeft, Subtract};
    let of = |op, domain| column("a").arithmetic(op, domain, column("b"));
    check_expr(
        of(Subtract, Domain::Integer).arithmetic(
            Multiply,
            Domain::Integer,
            of(Add, Domain::Integer),
        ),
        &expect![[r#"
            postgres ("a" - "b") * ("a" + "b")
            sqlite   ("a" - "b") * ("a" + "b")
            mysql    (`a` - `b`) * (`a` + `b`)
            mariadb  (`a` - `b`) * (`a` + `b`)
        "#]],
    );
    check_expr(
        column("c").arithmetic(Subtract, Domain::Integer, of(Subtract, Domain::Integer)),
        &expect![[r#"
            postgres "c" - ("a" - "b")
            sqlite   "c" - ("a" - "b")
            mysql    `c` - (`a` - `b`)
            mariadb  `c` - (`a` - `b`)
        "#]],
    );
    check_expr(
        of(Divide, Domain::Integer),
        &expect![[r#"
        postgres "a" / "b"
        sqlite   "a" / "b"
        mysql    `a` DIV `b`
        mariadb  `a` DIV `b`
    "#]],
    );
    check_expr(
        of(Divide, Domain::Float),
        &expect![[r#"
        postgres CAST("a" AS double precision) / "b"
        sqlite   CAST("a" AS REAL) / "b"
        mysql    (`a` + 0e0) / `b`
        mariadb  (`a` + 0e0) / `b`
    "#]],
    );
    check_expr(
        of(Divide, Domain::Decimal),
        &expect![[r#"
        postgres "a" / "b"
        sqlite   NUAGES_DECIMAL('/', "a", "b")
        mysql    `a` / `b`
        mariadb  `a` / `b`
    "#]],
    );
    check_expr(
        of(Modulo, Domain::Integer),
        &expect![[r#"
        postgres "a" % "b"
        sqlite   "a" % "b"
        mysql    `a` % `b`
        mariadb  `a` % `b`
    "#]],
    );
    check_expr(
        of(Modulo, Domain::Float),
        &expect![[r#"
        postgres ("a" - "b" * TRUNC("a" / "b"))
        sqlite   NUAGES_FMOD("a", "b")
        mysql    `a` % `b`
        mariadb  `a` % `b`
    "#]],
    );
    check_expr(
        of(Power, Domain::Integer),
        &expect![[r#"
        postgres CAST(POWER(CAST("a" AS numeric), "b") AS bigint)
        sqlite   NUAGES_POWER("a", "b")
        mysql    CAST(POWER(`a`, `b`) AS SIGNED)
        mariadb  CAST(POWER(`a`, `b`) AS SIGNED)
    "#]],
    );
    check_expr(
        of(Power, Domain::Float),
        &expect![[r#"
        postgres POWER("a", "b")
        sqlite   NUAGES_POWER("a", "b")
        mysql    POWER(`a`, `b`)
        mariadb  POWER(`a`, `b`)
    "#]],
    );
    check_expr(
        of(BitAnd, Domain::Integer),
        &expect![[r#"
        postgres ("a" & "b")
        sqlite   ("a" & "b")
        mysql    CAST(`a` & `b` AS SIGNED)
        mariadb  CAST(`a` & `b` AS SIGNED)
    "#]],
    );
    check_expr(
        of(BitXor, Domain::Integer),
        &expect![[r#"
        postgres ("a" # "b")
        sqlite   (("a" | "b") - ("a" & "b"))
        mysql    CAST(`a` ^ `b` AS SIGNED)
        mariadb  CAST(`a` ^ `b` AS SIGNED)
    "#]],
    );
    check_expr(
        of(ShiftLeft, Domain::Integer),
        &expect![[r#"
        postgres ("a" << CAST("b" AS integer))
        sqlite   ("a" << "b")
        mysql    CAST(`a` << `b` AS SIGNED)
        mariadb  CAST(`a` << `b` AS SIGNED)
    "#]],
    );
    check_expr(
        of(Add, Domain::Decimal).compare(Comparison::Less, Expr::param(0, ValueType::Decimal)),
        &expect![[r#"
            postgres "a" + "b" < $1
            sqlite   NUAGES_DECIMAL('+', "a", "b") < ?1 [0 Number]
            mysql    `a` + `b` < CAST(? AS DECIMAL(65, 30))
            mariadb  `a` + `b` < CAST(? AS DECIMAL(65, 30))
        "#]],
    );
    check_expr(
        Expr::Negative(Box::new(of(Add, Domain::Integer))),
        &expect![[r#"
            postgres -("a" + "b")
            sqlite   -("a" + "b")
            mysql    -(`a` + `b`)
            mariadb  -(`a` + `b`)
        "#]],
    );
}

#[test]
fn constants() {
    check_expr(
        Expr::text(r"it's a \ backslash"),
        &expect![[r#"
        postgres 'it''s a \ backslash'
        sqlite   'it''s a \ backslash'
        mysql    'it''s a \\ backslash'
        mariadb  'it''s a \\ backslash'
    "#]],
    );
    check_expr(
        Expr::int(-1),
        &expect![[r#"
        postgres (-1)
        sqlite   (-1)
        mysql    (-1)
        mariadb  (-1)
    "#]],
    );
    check_expr(
        Expr::Literal(Literal::Float(0.5)),
        &expect![[r#"
        postgres (5e-1)
        sqlite   (5e-1)
        mysql    (5e-1)
        mariadb  (5e-1)
    "#]],
    );
    check_expr(
        Expr::bool(true),
        &expect![[r#"
        postgres TRUE
        sqlite   TRUE
        mysql    TRUE
        mariadb  TRUE
    "#]],
    );
    check_expr(
        Expr::Literal(Literal::Float(f64::NAN)),
        &expect![[r#"
        postgres NaN and infinity cannot be written as constants; bind them
        sqlite   NaN and infinity cannot be written as constants; bind them
        mysql    NaN and infinity cannot be written as constants; bind them
        mariadb  NaN and infinity cannot be written as constants; bind them
    "#]],
    );
}

#[test]
fn case() {
    let case = Expr::Case {
        when: vec![
            (column("a").is_null(), int(0)),
            (column("b").equals(int(1)), Expr::int(2)),
        ],
        otherwise: Some(Box::new(column("a"))),
    };
    check_expr(
        case,
        &expect![[r#"
        postgres CASE WHEN "a" IS NULL THEN $1 WHEN "b" = $2 THEN 2 ELSE "a" END
        sqlite   CASE WHEN "a" IS NULL THEN ?1 WHEN "b" = ?2 THEN 2 ELSE "a" END
        mysql    CASE WHEN `a` IS NULL THEN ? WHEN `b` = ? THEN 2 ELSE `a` END
        mariadb  CASE WHEN `a` IS NULL THEN ? WHEN `b` = ? THEN 2 ELSE `a` END
    "#]],
    );
    let empty = Expr::Case {
        when: vec![],
        otherwise: Some(Box::new(column("a").equals(int(0)))),
    };
    check_expr(
        empty,
        &expect![[r#"
        postgres ("a" = $1)
        sqlite   ("a" = ?1)
        mysql    (`a` = ?)
        mariadb  (`a` = ?)
    "#]],
    );
}

#[test]
fn casts() {
    for (to, expect) in [
        (
            CastType::Boolean,
            expect![[r#"
            postgres CAST("a" AS boolean)
            sqlite   (CAST("a" AS INTEGER) <> 0)
            mysql    (CAST(`a` AS SIGNED) <> 0)
            mariadb  (CAST(`a` AS SIGNED) <> 0)
        "#]],
        ),
        (
            CastType::BigInteger,
            expect![[r#"
            postgres CAST("a" AS bigint)
            sqlite   CAST("a" AS INTEGER)
            mysql    CAST(`a` AS SIGNED)
            mariadb  CAST(`a` AS SIGNED)
        "#]],
        ),
        (
            CastType::Float,
            expect![[r#"
            postgres CAST("a" AS double precision)
            sqlite   CAST("a" AS REAL)
            mysql    CAST(`a` AS DOUBLE)
            mariadb  CAST(`a` AS DOUBLE)
        "#]],
        ),
        (
            CastType::Decimal {
                digits: Some(10),
                places: 2,
            },
            expect![[r#"
                postgres CAST("a" AS numeric(10, 2))
                sqlite   NUAGES_ROUND("a", 2)
                mysql    CAST(`a` AS DECIMAL(10, 2))
                mariadb  CAST(`a` AS DECIMAL(10, 2))
            "#]],
        ),
        (
            CastType::Text,
            expect![[r#"
            postgres CAST("a" AS text)
            sqlite   CAST("a" AS TEXT)
            mysql    CAST(`a` AS CHAR)
            mariadb  CAST(`a` AS CHAR)
        "#]],
        ),
        (
            CastType::Char(10),
            expect![[r#"
            postgres CAST("a" AS varchar(10))
            sqlite   SUBSTR(CAST("a" AS TEXT), 1, 10)
            mysql    CAST(`a` AS CHAR(10))
            mariadb  CAST(`a` AS CHAR(10))
        "#]],
        ),
        (
            CastType::Date,
            expect![[r#"
            postgres CAST("a" AS date)
            sqlite   SUBSTR("a", 1, 10)
            mysql    CAST(`a` AS DATE)
            mariadb  CAST(`a` AS DATE)
        "#]],
        ),
        (
            CastType::Time,
            expect![[r#"
            postgres CAST("a" AS time)
            sqlite   CASE WHEN SUBSTR("a", 5, 1) = '-' THEN SUBSTR("a", 12) ELSE "a" END
            mysql    CAST(`a` AS TIME(6))
            mariadb  CAST(`a` AS TIME(6))
        "#]],
        ),
        (
            CastType::DateTime,
            expect![[r#"
            postgres CAST("a" AS timestamp with time zone)
            sqlite   CASE LENGTH("a") WHEN 10 THEN "a" || ' 00:00:00' ELSE REPLACE("a", 'T', ' ') END
            mysql    CAST(`a` AS DATETIME(6))
            mariadb  CAST(`a` AS DATETIME(6))
        "#]],
        ),
        (
            CastType::Duration,
            expect![[r#"
                postgres CAST("a" AS interval)
                sqlite   NUAGES_ROUND("a", 0)
                mysql    CAST(`a` AS SIGNED)
                mariadb  CAST(`a` AS SIGNED)
            "#]],
        ),
        (
            CastType::Uuid,
            expect![[r#"
            postgres CAST("a" AS uuid)
            sqlite   LOWER(REPLACE("a", '-', ''))
            mysql    LOWER(REPLACE(`a`, '-', ''))
            mariadb  CAST(`a` AS UUID)
        "#]],
        ),
        (
            CastType::Json,
            expect![[r#"
            postgres CAST("a" AS jsonb)
            sqlite   JSON("a")
            mysql    CAST(`a` AS JSON)
            mariadb  JSON_COMPACT(`a`)
        "#]],
        ),
    ] {
        check_expr(column("a").cast(to), &expect);
    }
}

#[test]
fn json() {
    let path = || vec![JsonStep::Key("a \"b\"".into()), JsonStep::Index(0)];
    let json = |op| Expr::Json(Box::new(column("data")), Box::new(op));
    check_expr(
        json(JsonOp::Extract(path())),
        &expect![[r#"
        postgres "data" -> 'a "b"' -> 0
        sqlite   CASE WHEN JSON_TYPE("data", '$."a \"b\""[0]') IN ('true', 'false', 'null') THEN JSON_TYPE("data", '$."a \"b\""[0]') WHEN JSON_TYPE("data", '$."a \"b\""[0]') IS NOT NULL THEN JSON_QUOTE(JSON_EXTRACT("data", '$."a \"b\""[0]')) END
        mysql    JSON_EXTRACT(`data`, '$."a \\"b\\""[0]')
        mariadb  JSON_EXTRACT(`data`, '$."a \\"b\\""[0]')
    "#]],
    );
    check_expr(
        json(JsonOp::ExtractText(path())),
        &expect![[r#"
        postgres "data" -> 'a "b"' ->> 0
        sqlite   CASE WHEN JSON_TYPE("data", '$."a \"b\""[0]') IN ('true', 'false') THEN JSON_TYPE("data", '$."a \"b\""[0]') ELSE CAST(JSON_EXTRACT("data", '$."a \"b\""[0]') AS TEXT) END
        mysql    CASE WHEN JSON_TYPE(JSON_EXTRACT(`data`, '$."a \\"b\\""[0]')) <> 'NULL' THEN JSON_UNQUOTE(JSON_EXTRACT(`data`, '$."a \\"b\\""[0]')) END
        mariadb  CASE WHEN JSON_TYPE(JSON_EXTRACT(`data`, '$."a \\"b\\""[0]')) <> 'NULL' THEN JSON_UNQUOTE(JSON_EXTRACT(`data`, '$."a \\"b\\""[0]')) END
    "#]],
    );
    check_expr(
        json(JsonOp::Exists(vec![JsonStep::Key("it's".into())])),
        &expect![[r#"
            postgres ("data" -> 'it''s') IS NOT NULL
            sqlite   JSON_TYPE("data", '$."it''s"') IS NOT NULL
            mysql    JSON_EXTRACT(`data`, '$."it''s"') IS NOT NULL
            mariadb  JSON_EXTRACT(`data`, '$."it''s"') IS NOT NULL
        "#]],
    );
    check_expr(
        json(JsonOp::IsJsonNull(path())),
        &expect![[r#"
        postgres ("data" -> 'a "b"' -> 0) IS NOT DISTINCT FROM CAST('null' AS jsonb)
        sqlite   JSON_TYPE("data", '$."a \"b\""[0]') IS 'null'
        mysql    JSON_TYPE(JSON_EXTRACT(`data`, '$."a \\"b\\""[0]')) <=> 'NULL'
        mariadb  JSON_TYPE(JSON_EXTRACT(`data`, '$."a \\"b\\""[0]')) <=> 'NULL'
    "#]],
    );
    check_expr(
        json(JsonOp::Equals(Expr::param(0, ValueType::Json))),
        &expect![[r#"
            postgres "data" = $1
            sqlite   NUAGES_JSON_EQUAL("data", ?1)
            mysql    `data` = CAST(? AS JSON)
            mariadb  CASE WHEN `data` IS NOT NULL AND ? IS NOT NULL THEN JSON_EQUALS(`data`, ?) END
        "#]],
    );
    check_expr(
        json(JsonOp::Contains(Expr::param(0, ValueType::Json))),
        &expect![[r#"
            postgres "data" @> $1
            sqlite   NUAGES_JSON_CONTAINS("data", ?1)
            mysql    JSON_CONTAINS(`data`, ?)
            mariadb  JSON_CONTAINS(`data`, ?)
        "#]],
    );
    check_expr(
        json(JsonOp::ContainedBy(Expr::param(0, ValueType::Json))),
        &expect![[r#"
            postgres "data" <@ $1
            sqlite   NUAGES_JSON_CONTAINS(?1, "data")
            mysql    JSON_CONTAINS(?, `data`)
            mariadb  JSON_CONTAINS(?, `data`)
        "#]],
    );
    check_expr(
        json(JsonOp::ArrayLength),
        &expect![[r#"
        postgres CASE WHEN JSONB_TYPEOF("data") = 'array' THEN CAST(JSONB_ARRAY_LENGTH("data") AS bigint) END
        sqlite   CASE WHEN JSON_TYPE("data") = 'array' THEN JSON_ARRAY_LENGTH("data") END
        mysql    CASE WHEN JSON_TYPE(`data`) = 'ARRAY' THEN JSON_LENGTH(`data`) END
        mariadb  CASE WHEN JSON_TYPE(`data`) = 'ARRAY' THEN JSON_LENGTH(`data`) END
    "#]],
    );
}

#[test]
fn raw_sql_keeps_its_parts_together() {
    let raw = Expr::Raw(Raw {
        parts: vec![
            RawPart::Sql("SOUNDEX(".into()),
            RawPart::Expr(column("a")),
            RawPart::Sql(")".into()),
        ],
    });
    check_expr(
        raw.equals(text(0)),
        &expect![[r#"
        postgres (SOUNDEX(t0."a")) = $1
        sqlite   (SOUNDEX(t0."a")) = ?1
        mysql    (SOUNDEX(t0.`a`)) = ?
        mariadb  (SOUNDEX(t0.`a`)) = ?
    "#]],
    );
    check_expr(
        Expr::CustomFunction("soundex".into(), vec![column("a")]),
        &expect![[r#"
            postgres soundex("a")
            sqlite   soundex("a")
            mysql    soundex(`a`)
            mariadb  soundex(`a`)
        "#]],
    );
    check_expr(
        Expr::Collate(Box::new(column("a")), "C".into()),
        &expect![[r#"
        postgres "a" COLLATE "C"
        sqlite   "a" COLLATE "C"
        mysql    `a` COLLATE `C`
        mariadb  `a` COLLATE `C`
    "#]],
    );
}

#[test]
fn subqueries_are_values() {
    let other = super::AUTHOR;
    let select = Select {
        columns: vec![Expr::column(other, "name").into()],
        filter: Some(Expr::column(other, "id").equals(column("author_id"))),
        ..Select::from_table("blog_author", other)
    };
    check_expr(
        Expr::Exists(Box::new(select.clone())).not(),
        &expect![[r#"
        postgres NOT EXISTS (SELECT t1."name" FROM "blog_author" AS t1 WHERE t1."id" = t0."author_id")
        sqlite   NOT EXISTS (SELECT t1."name" FROM "blog_author" AS t1 WHERE t1."id" = t0."author_id")
        mysql    NOT EXISTS (SELECT t1.`name` FROM `blog_author` AS t1 WHERE t1.`id` = t0.`author_id`)
        mariadb  NOT EXISTS (SELECT t1.`name` FROM `blog_author` AS t1 WHERE t1.`id` = t0.`author_id`)
    "#]],
    );
    check_expr(
        Expr::Subquery(Box::new(select.into())),
        &expect![[r#"
        postgres (SELECT t1."name" FROM "blog_author" AS t1 WHERE t1."id" = t0."author_id")
        sqlite   (SELECT t1."name" FROM "blog_author" AS t1 WHERE t1."id" = t0."author_id")
        mysql    (SELECT t1.`name` FROM `blog_author` AS t1 WHERE t1.`id` = t0.`author_id`)
        mariadb  (SELECT t1.`name` FROM `blog_author` AS t1 WHERE t1.`id` = t0.`author_id`)
    "#]],
    );
}
