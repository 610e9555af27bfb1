//! Aggregates and windows.

use expect_test::expect;

use super::{check_expr, column, int};
use crate::ast::{
    Aggregate, AggregateFunction, CastType, Comparison, Expr, Frame, FrameBound, FrameUnits, Order,
    Spread, Window, WindowFunction,
};

#[test]
fn aggregates() {
    let aggregate = |function| Aggregate::new(function, column("a"));
    let expr = |aggregate| Expr::Aggregate(Box::new(aggregate));
    let filtered = |aggregate| Aggregate {
        filter: Some(column("b").compare(Comparison::Greater, int(0))),
        ..aggregate
    };
    check_expr(
        expr(Aggregate::count_rows()),
        &expect![[r#"
        postgres COUNT(*)
        sqlite   COUNT(*)
        mysql    COUNT(*)
        mariadb  COUNT(*)
    "#]],
    );
    check_expr(
        expr(filtered(Aggregate::count_rows())),
        &expect![[r#"
        postgres COUNT(*) FILTER (WHERE "b" > $1)
        sqlite   COUNT(*) FILTER (WHERE "b" > ?1)
        mysql    COUNT(CASE WHEN `b` > ? THEN 1 END)
        mariadb  COUNT(CASE WHEN `b` > ? THEN 1 END)
    "#]],
    );
    let distinct = Aggregate {
        distinct: true,
        ..filtered(aggregate(AggregateFunction::Count))
    };
    check_expr(
        expr(distinct),
        &expect![[r#"
        postgres COUNT(DISTINCT "a") FILTER (WHERE "b" > $1)
        sqlite   COUNT(DISTINCT "a") FILTER (WHERE "b" > ?1)
        mysql    COUNT(DISTINCT CASE WHEN `b` > ? THEN `a` END)
        mariadb  COUNT(DISTINCT CASE WHEN `b` > ? THEN `a` END)
    "#]],
    );
    check_expr(
        expr(aggregate(AggregateFunction::StdDev(Spread::Sample))),
        &expect![[r#"
            postgres STDDEV_SAMP("a")
            sqlite   NUAGES_STDDEV_SAMP("a")
            mysql    STDDEV_SAMP(`a`)
            mariadb  STDDEV_SAMP(`a`)
        "#]],
    );
    check_expr(
        expr(aggregate(AggregateFunction::Variance(Spread::Population))),
        &expect![[r#"
            postgres VAR_POP("a")
            sqlite   NUAGES_VAR_POP("a")
            mysql    VAR_POP(`a`)
            mariadb  VAR_POP(`a`)
        "#]],
    );
    check_expr(
        expr(aggregate(AggregateFunction::AnyValue)),
        &expect![[r#"
            postgres ANY_VALUE("a")
            sqlite   MIN("a")
            mysql    MIN(`a`)
            mariadb  MIN(`a`)
        "#]],
    );
    check_expr(
        expr(aggregate(AggregateFunction::ArrayAgg)),
        &expect![[r#"
        postgres ARRAY_AGG("a")
        sqlite   SQLite does not support the aggregate ArrayAgg
        mysql    MySQL does not support the aggregate ArrayAgg
        mariadb  MariaDB does not support the aggregate ArrayAgg
    "#]],
    );
    check_expr(
        expr(aggregate(AggregateFunction::JsonArrayAgg)),
        &expect![[r#"
        postgres JSONB_AGG("a")
        sqlite   JSON_GROUP_ARRAY("a")
        mysql    JSON_ARRAYAGG(`a`)
        mariadb  JSON_ARRAYAGG(`a`)
    "#]],
    );
    check_expr(
        expr(aggregate(AggregateFunction::BoolAnd)),
        &expect![[r#"
        postgres BOOL_AND("a")
        sqlite   MIN("a")
        mysql    MIN(`a`)
        mariadb  MIN(`a`)
    "#]],
    );
    check_expr(
        expr(aggregate(AggregateFunction::BitOr)),
        &expect![[r#"
        postgres BIT_OR("a")
        sqlite   NUAGES_BIT_OR("a")
        mysql    CASE WHEN COUNT(`a`) > 0 THEN CAST(BIT_OR(`a`) AS SIGNED) END
        mariadb  CASE WHEN COUNT(`a`) > 0 THEN CAST(BIT_OR(`a`) AS SIGNED) END
    "#]],
    );
    let joined = Aggregate {
        order_by: vec![Order::descending(column("b"))],
        ..aggregate(AggregateFunction::StringAgg("; ".to_owned()))
    };
    check_expr(
        expr(joined),
        &expect![[r#"
        postgres STRING_AGG("a", '; ' ORDER BY "b" DESC)
        sqlite   GROUP_CONCAT("a", '; ' ORDER BY "b" DESC)
        mysql    GROUP_CONCAT(`a` ORDER BY `b` DESC SEPARATOR '; ')
        mariadb  GROUP_CONCAT(`a` ORDER BY `b` DESC SEPARATOR '; ')
    "#]],
    );
    let decimals = expr(aggregate(AggregateFunction::ExactSum)).cast(CastType::Decimal {
        digits: Some(12),
        places: 2,
    });
    check_expr(
        decimals,
        &expect![[r#"
            postgres CAST(SUM("a") AS numeric(12, 2))
            sqlite   NUAGES_ROUND(NUAGES_DECIMAL_SUM("a"), 2)
            mysql    CAST(SUM(`a`) AS DECIMAL(12, 2))
            mariadb  CAST(SUM(`a`) AS DECIMAL(12, 2))
        "#]],
    );
}

#[test]
fn windows() {
    let window = |function, frame| {
        Expr::Window(Box::new(Window {
            function,
            partition_by: vec![column("a")],
            order_by: vec![Order::descending(column("b"))],
            frame,
        }))
    };
    check_expr(
        window(WindowFunction::RowNumber, None),
        &expect![[r#"
        postgres ROW_NUMBER() OVER (PARTITION BY "a" ORDER BY "b" DESC)
        sqlite   ROW_NUMBER() OVER (PARTITION BY "a" ORDER BY "b" DESC)
        mysql    ROW_NUMBER() OVER (PARTITION BY `a` ORDER BY `b` DESC)
        mariadb  ROW_NUMBER() OVER (PARTITION BY `a` ORDER BY `b` DESC)
    "#]],
    );
    let groups = Frame {
        units: FrameUnits::Groups,
        start: FrameBound::Preceding(1),
        end: FrameBound::CurrentRow,
    };
    let sum = Aggregate::new(AggregateFunction::Sum, column("c"));
    check_expr(
        window(WindowFunction::Aggregate(sum), Some(groups)),
        &expect![[r#"
            postgres SUM("c") OVER (PARTITION BY "a" ORDER BY "b" DESC GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW)
            sqlite   SUM("c") OVER (PARTITION BY "a" ORDER BY "b" DESC GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW)
            mysql    MySQL does not support frames of GROUPS
            mariadb  MariaDB does not support frames of GROUPS
        "#]],
    );
    let lag = WindowFunction::Lag {
        value: column("c"),
        offset: None,
        default: Some(int(0)),
    };
    check_expr(
        window(lag, None),
        &expect![[r#"
            postgres LAG("c", 1, $1) OVER (PARTITION BY "a" ORDER BY "b" DESC)
            sqlite   LAG("c", 1, ?1) OVER (PARTITION BY "a" ORDER BY "b" DESC)
            mysql    LAG(`c`, 1, ?) OVER (PARTITION BY `a` ORDER BY `b` DESC)
            mariadb  MariaDB does not support a default of LAG and LEAD
        "#]],
    );
    check_expr(
        window(WindowFunction::NTile(int(0)), None),
        &expect![[r#"
            postgres NTILE(CAST($1 AS integer)) OVER (PARTITION BY "a" ORDER BY "b" DESC)
            sqlite   NTILE(?1) OVER (PARTITION BY "a" ORDER BY "b" DESC)
            mysql    NTILE(?) OVER (PARTITION BY `a` ORDER BY `b` DESC)
            mariadb  NTILE(?) OVER (PARTITION BY `a` ORDER BY `b` DESC)
        "#]],
    );
}
