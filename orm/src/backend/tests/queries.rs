//! Queries.

use expect_test::expect;

use super::{AUTHOR, POST, check, column, int};
use crate::ast::{
    Aggregate, Alias, Arithmetic, Comparison, Compound, Domain, Expr, InSet, Join, JoinKind, Lock,
    LockStrength, LockWait, Nulls, Order, OutputColumn, Param, PositionOrder, Query, Relation,
    Select, SetOperator, SetPart, Slice, Source,
};
use crate::value::ValueType;

fn param(slot: u32) -> Param {
    Param {
        slot,
        value_type: ValueType::Int,
    }
}

fn posts() -> Select {
    Select {
        columns: vec![column("id").into(), column("title").into()],
        ..Select::from_table("blog_post", POST)
    }
}

fn join_author(kind: JoinKind) -> Join {
    Join {
        kind,
        source: Source::table("blog_author", AUTHOR),
        on: Expr::column(AUTHOR, "id").equals(column("author_id")),
    }
}

#[test]
fn a_table_alone_needs_no_number() {
    let select = Select {
        filter: Some(column("id").equals(int(0))),
        slice: Slice {
            limit: Some(param(1)),
            offset: None,
        },
        ..posts()
    };
    check(
        select,
        &expect![[r#"
        postgres SELECT "id", "title" FROM "blog_post" WHERE "id" = $1 LIMIT $2
        sqlite   SELECT "id", "title" FROM "blog_post" WHERE "id" = ?1 LIMIT ?2 + 0
        mysql    SELECT `id`, `title` FROM `blog_post` WHERE `id` = ? LIMIT ?
        mariadb  SELECT `id`, `title` FROM `blog_post` WHERE `id` = ? LIMIT ?
    "#]],
    );
    check(
        Select::from_table("odd`\"name", POST),
        &expect![[r#"
        postgres SELECT 1 FROM "odd`""name"
        sqlite   SELECT 1 FROM "odd`""name"
        mysql    SELECT 1 FROM `odd``"name`
        mariadb  SELECT 1 FROM `odd``"name`
    "#]],
    );
}

#[test]
fn joined_tables_have_numbers() {
    let select = Select {
        joins: vec![
            join_author(JoinKind::Left),
            Join {
                kind: JoinKind::Inner,
                source: Source::subquery(posts(), Alias(2)),
                on: Expr::column(Alias(2), "id").equals(column("id")),
            },
        ],
        distinct: true,
        ..posts()
    };
    check(
        select,
        &expect![[r#"
        postgres SELECT DISTINCT t0."id", t0."title" FROM "blog_post" AS t0 LEFT JOIN "blog_author" AS t1 ON t1."id" = t0."author_id" INNER JOIN (SELECT t0."id", t0."title" FROM "blog_post" AS t0) AS t2 ON t2."id" = t0."id"
        sqlite   SELECT DISTINCT t0."id", t0."title" FROM "blog_post" AS t0 LEFT JOIN "blog_author" AS t1 ON t1."id" = t0."author_id" INNER JOIN (SELECT t0."id", t0."title" FROM "blog_post" AS t0) AS t2 ON t2."id" = t0."id"
        mysql    SELECT DISTINCT t0.`id`, t0.`title` FROM `blog_post` AS t0 LEFT JOIN `blog_author` AS t1 ON t1.`id` = t0.`author_id` INNER JOIN (SELECT t0.`id`, t0.`title` FROM `blog_post` AS t0) AS t2 ON t2.`id` = t0.`id`
        mariadb  SELECT DISTINCT t0.`id`, t0.`title` FROM `blog_post` AS t0 LEFT JOIN `blog_author` AS t1 ON t1.`id` = t0.`author_id` INNER JOIN (SELECT t0.`id`, t0.`title` FROM `blog_post` AS t0) AS t2 ON t2.`id` = t0.`id`
    "#]],
    );
}

#[test]
fn lateral_subqueries() {
    let mut select = posts();
    let mut source = Source::subquery(posts(), Alias(2));
    if let Relation::Subquery { lateral, .. } = &mut source.relation {
        *lateral = true;
    }
    select.joins.push(Join {
        kind: JoinKind::Left,
        source,
        on: Expr::bool(true),
    });
    check(
        select,
        &expect![[r#"
        postgres SELECT t0."id", t0."title" FROM "blog_post" AS t0 LEFT JOIN LATERAL (SELECT t0."id", t0."title" FROM "blog_post" AS t0) AS t2 ON TRUE
        sqlite   SQLite does not support LATERAL subqueries
        mysql    SELECT t0.`id`, t0.`title` FROM `blog_post` AS t0 LEFT JOIN LATERAL (SELECT t0.`id`, t0.`title` FROM `blog_post` AS t0) AS t2 ON TRUE
        mariadb  MariaDB does not support LATERAL subqueries
    "#]],
    );
}

#[test]
fn a_named_output_keeps_the_numbers() {
    let select = Select {
        columns: vec![OutputColumn::named(column("title"), "id")],
        order_by: vec![Order::ascending(column("id"))],
        ..posts()
    };
    check(
        select,
        &expect![[r#"
        postgres SELECT t0."title" AS "id" FROM "blog_post" AS t0 ORDER BY t0."id"
        sqlite   SELECT t0."title" AS "id" FROM "blog_post" AS t0 ORDER BY t0."id"
        mysql    SELECT t0.`title` AS `id` FROM `blog_post` AS t0 ORDER BY t0.`id`
        mariadb  SELECT t0.`title` AS `id` FROM `blog_post` AS t0 ORDER BY t0.`id`
    "#]],
    );
}

#[test]
fn a_computed_group_is_named_by_its_place() {
    let half = column("views").arithmetic(Arithmetic::Divide, Domain::Integer, int(0));
    let count = Expr::Aggregate(Box::new(Aggregate::count_rows()));
    let select = Select {
        columns: vec![
            half.clone().into(),
            column("author_id").into(),
            count.clone().into(),
        ],
        group_by: vec![half.clone(), column("author_id")],
        order_by: vec![
            Order::descending(half.clone()),
            Order {
                by: half,
                descending: false,
                nulls: Nulls::Last,
            },
        ],
        having: Some(count.compare(Comparison::Greater, int(1))),
        ..posts()
    };
    check(
        select,
        &expect![[r#"
            postgres SELECT "views" / $1, "author_id", COUNT(*) FROM "blog_post" GROUP BY 1, "author_id" HAVING COUNT(*) > $2 ORDER BY 1 DESC, 1
            sqlite   SELECT "views" / ?1, "author_id", COUNT(*) FROM "blog_post" GROUP BY 1, "author_id" HAVING COUNT(*) > ?2 ORDER BY 1 DESC, 1 NULLS LAST
            mysql    SELECT `views` DIV ?, `author_id`, COUNT(*) FROM `blog_post` GROUP BY 1, `author_id` HAVING COUNT(*) > ? ORDER BY 1 DESC, (`views` DIV ?) IS NULL, `views` DIV ?
            mariadb  SELECT `views` DIV ?, `author_id`, COUNT(*) FROM `blog_post` GROUP BY 1, `author_id` HAVING COUNT(*) > ? ORDER BY 1 DESC, (`views` DIV ?) IS NULL, `views` DIV ?
        "#]],
    );
    let select = Select {
        group_by: vec![int(0)],
        columns: vec![],
        ..posts()
    };
    check(
        select,
        &expect![[r#"
        postgres SELECT 1 FROM "blog_post" GROUP BY (SELECT $1)
        sqlite   SELECT 1 FROM "blog_post" GROUP BY (SELECT ?1)
        mysql    SELECT 1 FROM `blog_post` GROUP BY (SELECT ?)
        mariadb  SELECT 1 FROM `blog_post` GROUP BY (SELECT ?)
    "#]],
    );
}

#[test]
fn nulls_are_put_where_they_are_asked_for() {
    let order = |descending, nulls| Order {
        by: column("at"),
        descending,
        nulls,
    };
    let select = Select {
        order_by: vec![
            order(false, Nulls::First),
            order(false, Nulls::Last),
            order(true, Nulls::First),
            order(true, Nulls::Last),
            Order::ascending(Expr::int(1)),
        ],
        ..posts()
    };
    check(
        select,
        &expect![[r#"
        postgres SELECT "id", "title" FROM "blog_post" ORDER BY "at" NULLS FIRST, "at", "at" DESC, "at" DESC NULLS LAST, (SELECT 1)
        sqlite   SELECT "id", "title" FROM "blog_post" ORDER BY "at", "at" NULLS LAST, "at" DESC NULLS FIRST, "at" DESC, (SELECT 1)
        mysql    SELECT `id`, `title` FROM `blog_post` ORDER BY `at`, `at` IS NULL, `at`, `at` IS NOT NULL, `at` DESC, `at` DESC, (SELECT 1)
        mariadb  SELECT `id`, `title` FROM `blog_post` ORDER BY `at`, `at` IS NULL, `at`, `at` IS NOT NULL, `at` DESC, `at` DESC, (SELECT 1)
    "#]],
    );
}

#[cfg(feature = "sqlite")]
#[test]
fn sqlite_plans_a_statement_with_a_limit_once() {
    let limited = Select {
        slice: Slice {
            limit: Some(param(0)),
            offset: None,
        },
        ..posts()
    };
    let dialect = crate::backend::sqlite::dialect(crate::sql::Version::new(3, 50, 0));
    let compiled = crate::sql::compile(dialect, &limited.into()).unwrap();
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let filled = "CREATE TABLE blog_post (id, title); INSERT INTO blog_post VALUES (1, 'a'), (2, 'b'), (3, 'c')";
    connection.execute_batch(filled).unwrap();
    let mut statement = connection.prepare(&compiled.sql).unwrap();
    for limit in [1_i64, 2, 3, 1] {
        let rows = statement.query_map([limit], |_| Ok(())).unwrap();
        assert_eq!(i64::try_from(rows.count()).unwrap(), limit);
    }
    assert_eq!(
        statement.get_status(rusqlite::StatementStatus::RePrepare),
        0
    );
}

#[test]
fn slices() {
    let select = Select {
        slice: Slice {
            limit: Some(param(0)),
            offset: Some(param(1)),
        },
        ..posts()
    };
    check(
        select,
        &expect![[r#"
        postgres SELECT "id", "title" FROM "blog_post" LIMIT $1 OFFSET $2
        sqlite   SELECT "id", "title" FROM "blog_post" LIMIT ?1 + 0 OFFSET ?2
        mysql    SELECT `id`, `title` FROM `blog_post` LIMIT ? OFFSET ?
        mariadb  SELECT `id`, `title` FROM `blog_post` LIMIT ? OFFSET ?
    "#]],
    );
    let select = Select {
        slice: Slice {
            limit: None,
            offset: Some(param(0)),
        },
        ..posts()
    };
    check(
        select,
        &expect![[r#"
        postgres SELECT "id", "title" FROM "blog_post" OFFSET $1
        sqlite   SELECT "id", "title" FROM "blog_post" LIMIT -1 OFFSET ?1
        mysql    SELECT `id`, `title` FROM `blog_post` LIMIT 18446744073709551615 OFFSET ?
        mariadb  SELECT `id`, `title` FROM `blog_post` LIMIT 18446744073709551615 OFFSET ?
    "#]],
    );
}

#[test]
fn distinct_on() {
    let select = Select {
        distinct_on: vec![column("author_id")],
        ..posts()
    };
    check(
        select,
        &expect![[r#"
        postgres SELECT DISTINCT ON ("author_id") "id", "title" FROM "blog_post"
        sqlite   SQLite does not support DISTINCT ON
        mysql    MySQL does not support DISTINCT ON
        mariadb  MariaDB does not support DISTINCT ON
    "#]],
    );
}

#[test]
fn locks() {
    let locked = |lock| Select {
        joins: vec![join_author(JoinKind::Inner)],
        columns: vec![column("id").into()],
        lock: Some(lock),
        ..posts()
    };
    check(
        locked(Lock::default()),
        &expect![[r#"
        postgres SELECT t0."id" FROM "blog_post" AS t0 INNER JOIN "blog_author" AS t1 ON t1."id" = t0."author_id" FOR UPDATE
        sqlite   SELECT t0."id" FROM "blog_post" AS t0 INNER JOIN "blog_author" AS t1 ON t1."id" = t0."author_id"
        mysql    SELECT t0.`id` FROM `blog_post` AS t0 INNER JOIN `blog_author` AS t1 ON t1.`id` = t0.`author_id` FOR UPDATE
        mariadb  SELECT t0.`id` FROM `blog_post` AS t0 INNER JOIN `blog_author` AS t1 ON t1.`id` = t0.`author_id` FOR UPDATE
    "#]],
    );
    let of = Lock {
        wait: LockWait::SkipLocked,
        of: vec![POST],
        ..Lock::default()
    };
    check(
        locked(of),
        &expect![[r#"
        postgres SELECT t0."id" FROM "blog_post" AS t0 INNER JOIN "blog_author" AS t1 ON t1."id" = t0."author_id" FOR UPDATE OF t0 SKIP LOCKED
        sqlite   SELECT t0."id" FROM "blog_post" AS t0 INNER JOIN "blog_author" AS t1 ON t1."id" = t0."author_id"
        mysql    SELECT t0.`id` FROM `blog_post` AS t0 INNER JOIN `blog_author` AS t1 ON t1.`id` = t0.`author_id` FOR UPDATE OF t0 SKIP LOCKED
        mariadb  SELECT t0.`id` FROM `blog_post` AS t0 INNER JOIN `blog_author` AS t1 ON t1.`id` = t0.`author_id` FOR UPDATE SKIP LOCKED
    "#]],
    );
    let no_key = Lock {
        strength: LockStrength::NoKeyUpdate,
        wait: LockWait::NoWait,
        of: vec![],
    };
    check(
        locked(no_key),
        &expect![[r#"
        postgres SELECT t0."id" FROM "blog_post" AS t0 INNER JOIN "blog_author" AS t1 ON t1."id" = t0."author_id" FOR NO KEY UPDATE NOWAIT
        sqlite   SELECT t0."id" FROM "blog_post" AS t0 INNER JOIN "blog_author" AS t1 ON t1."id" = t0."author_id"
        mysql    MySQL does not support FOR NO KEY UPDATE
        mariadb  MariaDB does not support FOR NO KEY UPDATE
    "#]],
    );
    let share = Lock {
        strength: LockStrength::Share,
        ..Lock::default()
    };
    check(
        locked(share),
        &expect![[r#"
        postgres SELECT t0."id" FROM "blog_post" AS t0 INNER JOIN "blog_author" AS t1 ON t1."id" = t0."author_id" FOR SHARE
        sqlite   SELECT t0."id" FROM "blog_post" AS t0 INNER JOIN "blog_author" AS t1 ON t1."id" = t0."author_id"
        mysql    SELECT t0.`id` FROM `blog_post` AS t0 INNER JOIN `blog_author` AS t1 ON t1.`id` = t0.`author_id` FOR SHARE
        mariadb  SELECT t0.`id` FROM `blog_post` AS t0 INNER JOIN `blog_author` AS t1 ON t1.`id` = t0.`author_id` LOCK IN SHARE MODE
    "#]],
    );
}

#[test]
fn without_tables() {
    let select = Select {
        columns: vec![Expr::int(1).into()],
        filter: Some(Expr::bool(false)),
        ..Select::default()
    };
    check(
        select,
        &expect![[r#"
        postgres SELECT 1 WHERE FALSE
        sqlite   SELECT 1 WHERE FALSE
        mysql    SELECT 1 FROM DUAL WHERE FALSE
        mariadb  SELECT 1 FROM DUAL WHERE FALSE
    "#]],
    );
}

#[test]
fn compounds() {
    let part = |operator, query: Query| SetPart { operator, query };
    let limited = Select {
        slice: Slice {
            limit: Some(param(0)),
            offset: None,
        },
        ..posts()
    };
    let compound = Compound {
        first: posts().into(),
        rest: vec![
            part(SetOperator::UnionAll, limited.into()),
            part(SetOperator::Intersect, posts().into()),
        ],
        order_by: vec![PositionOrder {
            column: 1,
            descending: true,
            nulls: Nulls::Native,
        }],
        slice: Slice::default(),
    };
    check(
        Query::from(compound),
        &expect![[r#"
        postgres (SELECT t0."id", t0."title" FROM "blog_post" AS t0 UNION ALL (SELECT t0."id", t0."title" FROM "blog_post" AS t0 LIMIT $1)) INTERSECT SELECT t0."id", t0."title" FROM "blog_post" AS t0 ORDER BY 2 DESC
        sqlite   SELECT t0."id", t0."title" FROM "blog_post" AS t0 UNION ALL SELECT * FROM (SELECT t0."id", t0."title" FROM "blog_post" AS t0 LIMIT ?1 + 0) INTERSECT SELECT t0."id", t0."title" FROM "blog_post" AS t0 ORDER BY 2 DESC
        mysql    (SELECT t0.`id`, t0.`title` FROM `blog_post` AS t0 UNION ALL (SELECT t0.`id`, t0.`title` FROM `blog_post` AS t0 LIMIT ?)) INTERSECT SELECT t0.`id`, t0.`title` FROM `blog_post` AS t0 ORDER BY 2 DESC
        mariadb  (SELECT t0.`id`, t0.`title` FROM `blog_post` AS t0 UNION ALL (SELECT t0.`id`, t0.`title` FROM `blog_post` AS t0 LIMIT ?)) INTERSECT SELECT t0.`id`, t0.`title` FROM `blog_post` AS t0 ORDER BY 2 DESC
    "#]],
    );
    let nulls = Compound {
        first: posts().into(),
        rest: vec![part(SetOperator::Except, posts().into())],
        order_by: vec![PositionOrder {
            column: 0,
            descending: false,
            nulls: Nulls::Last,
        }],
        slice: Slice::default(),
    };
    check(
        Query::from(nulls),
        &expect![[r#"
        postgres SELECT t0."id", t0."title" FROM "blog_post" AS t0 EXCEPT SELECT t0."id", t0."title" FROM "blog_post" AS t0 ORDER BY 1
        sqlite   SELECT t0."id", t0."title" FROM "blog_post" AS t0 EXCEPT SELECT t0."id", t0."title" FROM "blog_post" AS t0 ORDER BY 1 NULLS LAST
        mysql    MySQL does not support a place for NULLs in the order of a UNION
        mariadb  MariaDB does not support a place for NULLs in the order of a UNION
    "#]],
    );
}

#[test]
fn a_slice_in_the_query_of_in() {
    let newest = Select {
        columns: vec![Expr::column(AUTHOR, "id").into()],
        slice: Slice {
            limit: Some(param(0)),
            offset: None,
        },
        ..Select::from_table("blog_author", AUTHOR)
    };
    let is_in = |query: Select| Expr::In {
        expr: Box::new(column("author_id")),
        set: InSet::Query(Box::new(query.into())),
        negated: false,
    };
    let select = Select {
        filter: Some(is_in(newest.clone())),
        ..posts()
    };
    check(
        select,
        &expect![[r#"
        postgres SELECT t0."id", t0."title" FROM "blog_post" AS t0 WHERE t0."author_id" IN (SELECT t1."id" FROM "blog_author" AS t1 LIMIT $1)
        sqlite   SELECT t0."id", t0."title" FROM "blog_post" AS t0 WHERE t0."author_id" IN (SELECT t1."id" FROM "blog_author" AS t1 LIMIT ?1 + 0)
        mysql    SELECT t0.`id`, t0.`title` FROM `blog_post` AS t0 WHERE t0.`author_id` IN (SELECT * FROM (SELECT t1.`id` FROM `blog_author` AS t1 LIMIT ?) AS wrapped)
        mariadb  SELECT t0.`id`, t0.`title` FROM `blog_post` AS t0 WHERE t0.`author_id` IN (SELECT * FROM (SELECT t1.`id` FROM `blog_author` AS t1 LIMIT ?) AS wrapped)
    "#]],
    );
    let correlated = Select {
        filter: Some(Expr::column(AUTHOR, "name").equals(column("title"))),
        ..newest
    };
    let select = Select {
        filter: Some(is_in(correlated)),
        ..posts()
    };
    check(
        select,
        &expect![[r#"
        postgres SELECT t0."id", t0."title" FROM "blog_post" AS t0 WHERE t0."author_id" IN (SELECT t1."id" FROM "blog_author" AS t1 WHERE t1."name" = t0."title" LIMIT $1)
        sqlite   SELECT t0."id", t0."title" FROM "blog_post" AS t0 WHERE t0."author_id" IN (SELECT t1."id" FROM "blog_author" AS t1 WHERE t1."name" = t0."title" LIMIT ?1 + 0)
        mysql    MySQL does not support LIMIT in the query of IN that speaks of outer tables
        mariadb  MariaDB does not support LIMIT in the query of IN that speaks of outer tables
    "#]],
    );
}
