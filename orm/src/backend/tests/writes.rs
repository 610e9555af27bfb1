//! Insert, update and delete.

use expect_test::expect;

use super::{POST, check, column, int, text};
use crate::ast::{
    Alias, Arithmetic, Conflict, Delete, Domain, Expr, InSet, Insert, InsertRows, ListParam,
    ListRows, Select, Set, TableName, Update,
};
use crate::value::ValueType;

fn insert(rows: InsertRows) -> Insert {
    Insert {
        table: TableName::new("blog_post"),
        alias: POST,
        columns: vec!["slug".into(), "views".into()],
        rows,
        on_conflict: None,
        returning: vec![],
    }
}

fn one_row() -> InsertRows {
    InsertRows::Values(vec![vec![text(0), int(1)]])
}

fn with_conflict(rows: InsertRows, conflict: Conflict) -> Insert {
    Insert {
        on_conflict: Some(conflict),
        ..insert(rows)
    }
}

#[test]
fn rows() {
    check(
        insert(InsertRows::Values(vec![
            vec![text(0), int(1)],
            vec![text(2), Expr::null()],
        ])),
        &expect![[r#"
            postgres INSERT INTO "blog_post" ("slug", "views") VALUES ($1, $2), ($3, NULL)
            sqlite   INSERT INTO "blog_post" ("slug", "views") VALUES (?1, ?2), (?3, NULL)
            mysql    INSERT INTO `blog_post` (`slug`, `views`) VALUES (?, ?), (?, NULL)
            mariadb  INSERT INTO `blog_post` (`slug`, `views`) VALUES (?, ?), (?, NULL)
        "#]],
    );
    check(
        insert(InsertRows::Defaults),
        &expect![[r#"
        postgres INSERT INTO "blog_post" DEFAULT VALUES
        sqlite   INSERT INTO "blog_post" DEFAULT VALUES
        mysql    INSERT INTO `blog_post` () VALUES ()
        mariadb  INSERT INTO `blog_post` () VALUES ()
    "#]],
    );
    check(
        insert(InsertRows::Values(vec![vec![text(0), Expr::Default]])),
        &expect![[r#"
            postgres INSERT INTO "blog_post" ("slug", "views") VALUES ($1, DEFAULT)
            sqlite   SQLite does not support DEFAULT in the place of a value; leave the column out
            mysql    INSERT INTO `blog_post` (`slug`, `views`) VALUES (?, DEFAULT)
            mariadb  INSERT INTO `blog_post` (`slug`, `views`) VALUES (?, DEFAULT)
        "#]],
    );
    check(
        insert(InsertRows::Values(vec![])),
        &expect![[r#"
        postgres an insert into `blog_post` has no rows; leave it out
        sqlite   an insert into `blog_post` has no rows; leave it out
        mysql    an insert into `blog_post` has no rows; leave it out
        mariadb  an insert into `blog_post` has no rows; leave it out
    "#]],
    );
    check(
        insert(InsertRows::Values(vec![vec![text(0)]])),
        &expect![[r#"
        postgres an insert into `blog_post` names 2 columns and gives 1 values
        sqlite   an insert into `blog_post` names 2 columns and gives 1 values
        mysql    an insert into `blog_post` names 2 columns and gives 1 values
        mariadb  an insert into `blog_post` names 2 columns and gives 1 values
    "#]],
    );
}

#[test]
fn rows_from_lists() {
    let list = |slot, element| ListParam {
        slot,
        element,
        size_class: 0,
    };
    check(
        insert(InsertRows::Lists(vec![
            list(0, ValueType::Text),
            list(1, ValueType::Int),
        ])),
        &expect![[r#"
            postgres INSERT INTO "blog_post" ("slug", "views") SELECT * FROM unnest($1, $2) [0 List] [1 List]
            sqlite   SQLite does not support rows from lists
            mysql    MySQL does not support rows from lists
            mariadb  MariaDB does not support rows from lists
        "#]],
    );
    let given = |name: &'static str| Expr::column(Alias(9), name);
    check(
        Update {
            from: Some(ListRows {
                alias: Alias(9),
                columns: vec![
                    ("id".into(), list(0, ValueType::Int)),
                    ("views".into(), list(1, ValueType::Int)),
                ],
            }),
            ..update(
                vec![Set::new("views", given("views"))],
                Some(column("id").equals(given("id"))),
            )
        },
        &expect![[r#"
            postgres UPDATE "blog_post" SET "views" = t9."views" FROM unnest($1, $2) AS t9("id", "views") WHERE "blog_post"."id" = t9."id" [0 List] [1 List]
            sqlite   SQLite does not support rows from lists
            mysql    MySQL does not support rows from lists
            mariadb  MariaDB does not support rows from lists
        "#]],
    );
}

#[test]
fn returning() {
    let returning = || vec![column("id").into()];
    check(
        Insert {
            returning: returning(),
            ..insert(one_row())
        },
        &expect![[r#"
            postgres INSERT INTO "blog_post" ("slug", "views") VALUES ($1, $2) RETURNING "id"
            sqlite   INSERT INTO "blog_post" ("slug", "views") VALUES (?1, ?2) RETURNING "id"
            mysql    MySQL does not support INSERT … RETURNING
            mariadb  INSERT INTO `blog_post` (`slug`, `views`) VALUES (?, ?) RETURNING `id`
        "#]],
    );
    check(
        Update {
            returning: returning(),
            ..update(vec![Set::new("views", int(0))], None)
        },
        &expect![[r#"
            postgres UPDATE "blog_post" SET "views" = $1 RETURNING "id"
            sqlite   UPDATE "blog_post" SET "views" = ?1 RETURNING "id"
            mysql    MySQL does not support UPDATE … RETURNING
            mariadb  MariaDB does not support UPDATE … RETURNING
        "#]],
    );
    check(
        Delete {
            returning: returning(),
            ..delete(None)
        },
        &expect![[r#"
            postgres DELETE FROM "blog_post" RETURNING "id"
            sqlite   DELETE FROM "blog_post" RETURNING "id"
            mysql    MySQL does not support DELETE … RETURNING
            mariadb  DELETE FROM `blog_post` RETURNING `id`
        "#]],
    );
}

#[test]
fn conflicts() {
    check(
        with_conflict(one_row(), Conflict::Ignore { unique: vec![] }),
        &expect![[r#"
            postgres INSERT INTO "blog_post" ("slug", "views") VALUES ($1, $2) ON CONFLICT DO NOTHING
            sqlite   INSERT INTO "blog_post" ("slug", "views") VALUES (?1, ?2) ON CONFLICT DO NOTHING
            mysql    INSERT INTO `blog_post` (`slug`, `views`) VALUES (?, ?) AS proposed ON DUPLICATE KEY UPDATE `slug` = `blog_post`.`slug`
            mariadb  INSERT INTO `blog_post` (`slug`, `views`) VALUES (?, ?) ON DUPLICATE KEY UPDATE `slug` = `blog_post`.`slug`
        "#]],
    );
    let sum = column("views").arithmetic(
        Arithmetic::Add,
        Domain::Integer,
        Expr::Proposed("views".into()),
    );
    let change = || Conflict::Update {
        unique: vec!["slug".into()],
        set: vec![Set::new("views", sum.clone())],
        filter: None,
    };
    check(
        with_conflict(one_row(), change()),
        &expect![[r#"
        postgres INSERT INTO "blog_post" ("slug", "views") VALUES ($1, $2) ON CONFLICT ("slug") DO UPDATE SET "views" = "blog_post"."views" + excluded."views"
        sqlite   INSERT INTO "blog_post" ("slug", "views") VALUES (?1, ?2) ON CONFLICT ("slug") DO UPDATE SET "views" = "blog_post"."views" + excluded."views"
        mysql    INSERT INTO `blog_post` (`slug`, `views`) VALUES (?, ?) AS proposed ON DUPLICATE KEY UPDATE `views` = `blog_post`.`views` + proposed.`views`
        mariadb  INSERT INTO `blog_post` (`slug`, `views`) VALUES (?, ?) ON DUPLICATE KEY UPDATE `views` = `blog_post`.`views` + VALUES(`views`)
    "#]],
    );
    let posts = Select {
        columns: vec![Expr::column(Alias(1), "slug").into(), Expr::int(0).into()],
        ..Select::from_table("old_post", Alias(1))
    };
    check(
        with_conflict(InsertRows::Query(posts.into()), change()),
        &expect![[r#"
            postgres INSERT INTO "blog_post" ("slug", "views") SELECT t1."slug", 0 FROM "old_post" AS t1 WHERE TRUE ON CONFLICT ("slug") DO UPDATE SET "views" = "blog_post"."views" + excluded."views"
            sqlite   INSERT INTO "blog_post" ("slug", "views") SELECT t1."slug", 0 FROM "old_post" AS t1 WHERE TRUE ON CONFLICT ("slug") DO UPDATE SET "views" = "blog_post"."views" + excluded."views"
            mysql    INSERT INTO `blog_post` (`slug`, `views`) SELECT t1.`slug`, 0 FROM `old_post` AS t1 WHERE TRUE ON DUPLICATE KEY UPDATE `views` = `blog_post`.`views` + VALUES(`views`)
            mariadb  INSERT INTO `blog_post` (`slug`, `views`) SELECT t1.`slug`, 0 FROM `old_post` AS t1 WHERE TRUE ON DUPLICATE KEY UPDATE `views` = `blog_post`.`views` + VALUES(`views`)
        "#]],
    );
    let conditional = Conflict::Update {
        unique: vec!["slug".into()],
        set: vec![Set::new("views", int(2))],
        filter: Some(column("views").is_null()),
    };
    check(
        with_conflict(one_row(), conditional),
        &expect![[r#"
        postgres INSERT INTO "blog_post" ("slug", "views") VALUES ($1, $2) ON CONFLICT ("slug") DO UPDATE SET "views" = $3 WHERE "blog_post"."views" IS NULL
        sqlite   INSERT INTO "blog_post" ("slug", "views") VALUES (?1, ?2) ON CONFLICT ("slug") DO UPDATE SET "views" = ?3 WHERE "blog_post"."views" IS NULL
        mysql    MySQL does not support a condition of an upsert
        mariadb  MariaDB does not support a condition of an upsert
    "#]],
    );
    let without_target = Conflict::Update {
        unique: vec![],
        set: vec![Set::new("views", int(2))],
        filter: None,
    };
    check(
        with_conflict(one_row(), without_target),
        &expect![[r#"
        postgres an upsert into `blog_post` must name the unique columns whose equality counts
        sqlite   an upsert into `blog_post` must name the unique columns whose equality counts
        mysql    INSERT INTO `blog_post` (`slug`, `views`) VALUES (?, ?) AS proposed ON DUPLICATE KEY UPDATE `views` = ?
        mariadb  INSERT INTO `blog_post` (`slug`, `views`) VALUES (?, ?) ON DUPLICATE KEY UPDATE `views` = ?
    "#]],
    );
}

fn update(set: Vec<Set>, filter: Option<Expr>) -> Update {
    Update {
        table: TableName::new("blog_post"),
        alias: POST,
        set,
        from: None,
        filter,
        returning: vec![],
    }
}

fn delete(filter: Option<Expr>) -> Delete {
    Delete {
        table: TableName::new("blog_post"),
        alias: POST,
        filter,
        returning: vec![],
    }
}

#[test]
fn updates_read_the_row_as_it_was() {
    let next = |name| column(name).arithmetic(Arithmetic::Add, Domain::Integer, Expr::int(1));
    check(
        update(
            vec![Set::new("views", next("views"))],
            Some(column("id").equals(int(0))),
        ),
        &expect![[r#"
            postgres UPDATE "blog_post" SET "views" = "views" + 1 WHERE "id" = $1
            sqlite   UPDATE "blog_post" SET "views" = "views" + 1 WHERE "id" = ?1
            mysql    UPDATE `blog_post` SET `views` = `views` + 1 WHERE `id` = ?
            mariadb  UPDATE `blog_post` SET `views` = `views` + 1 WHERE `id` = ?
        "#]],
    );
    check(
        update(vec![Set::new("a", int(0)), Set::new("b", next("a"))], None),
        &expect![[r#"
            postgres UPDATE "blog_post" SET "a" = $1, "b" = "a" + 1
            sqlite   UPDATE "blog_post" SET "a" = ?1, "b" = "a" + 1
            mysql    UPDATE `blog_post` SET `b` = `a` + 1, `a` = ?
            mariadb  UPDATE `blog_post` SET `b` = `a` + 1, `a` = ?
        "#]],
    );
    check(
        update(
            vec![Set::new("a", column("b")), Set::new("b", column("a"))],
            None,
        ),
        &expect![[r#"
            postgres UPDATE "blog_post" SET "a" = "b", "b" = "a"
            sqlite   UPDATE "blog_post" SET "a" = "b", "b" = "a"
            mysql    MySQL does not support an UPDATE whose columns take each other's values; use two updates
            mariadb  MariaDB does not support an UPDATE whose columns take each other's values; use two updates
        "#]],
    );
    check(
        update(vec![], None),
        &expect![[r#"
        postgres an update of `blog_post` changes no column
        sqlite   an update of `blog_post` changes no column
        mysql    an update of `blog_post` changes no column
        mariadb  an update of `blog_post` changes no column
    "#]],
    );
}

fn others(filter: Option<Expr>) -> Expr {
    let other = Alias(1);
    let select = Select {
        columns: vec![Expr::column(other, "id").into()],
        filter,
        ..Select::from_table("blog_post", other)
    };
    Expr::In {
        expr: Box::new(column("id")),
        set: InSet::Query(Box::new(select.into())),
        negated: false,
    }
}

#[test]
fn a_statement_that_reads_what_it_writes() {
    check(
        update(vec![Set::new("views", int(0))], Some(others(None))),
        &expect![[r#"
            postgres UPDATE "blog_post" SET "views" = $1 WHERE "blog_post"."id" IN (SELECT t1."id" FROM "blog_post" AS t1)
            sqlite   UPDATE "blog_post" SET "views" = ?1 WHERE "blog_post"."id" IN (SELECT t1."id" FROM "blog_post" AS t1)
            mysql    UPDATE `blog_post` SET `views` = ? WHERE `blog_post`.`id` IN (SELECT * FROM (SELECT t1.`id` FROM `blog_post` AS t1) AS wrapped)
            mariadb  UPDATE `blog_post` SET `views` = ? WHERE `blog_post`.`id` IN (SELECT * FROM (SELECT t1.`id` FROM `blog_post` AS t1) AS wrapped)
        "#]],
    );
    check(
        delete(Some(others(None))),
        &expect![[r#"
        postgres DELETE FROM "blog_post" WHERE "blog_post"."id" IN (SELECT t1."id" FROM "blog_post" AS t1)
        sqlite   DELETE FROM "blog_post" WHERE "blog_post"."id" IN (SELECT t1."id" FROM "blog_post" AS t1)
        mysql    DELETE FROM `blog_post` WHERE `blog_post`.`id` IN (SELECT * FROM (SELECT t1.`id` FROM `blog_post` AS t1) AS wrapped)
        mariadb  DELETE FROM `blog_post` WHERE `blog_post`.`id` IN (SELECT * FROM (SELECT t1.`id` FROM `blog_post` AS t1) AS wrapped)
    "#]],
    );
    let correlated = Expr::column(Alias(1), "slug").equals(column("slug"));
    check(
        delete(Some(others(Some(correlated)))),
        &expect![[r#"
        postgres DELETE FROM "blog_post" WHERE "blog_post"."id" IN (SELECT t1."id" FROM "blog_post" AS t1 WHERE t1."slug" = "blog_post"."slug")
        sqlite   DELETE FROM "blog_post" WHERE "blog_post"."id" IN (SELECT t1."id" FROM "blog_post" AS t1 WHERE t1."slug" = "blog_post"."slug")
        mysql    DELETE FROM `blog_post` WHERE `blog_post`.`id` IN (SELECT t1.`id` FROM (SELECT DISTINCT * FROM `blog_post`) AS t1 WHERE t1.`slug` = `blog_post`.`slug`)
        mariadb  DELETE FROM `blog_post` WHERE `blog_post`.`id` IN (SELECT t1.`id` FROM (SELECT DISTINCT * FROM `blog_post`) AS t1 WHERE t1.`slug` = `blog_post`.`slug`)
    "#]],
    );
}

#[test]
fn deletes() {
    check(
        delete(Some(column("id").equals(int(0)))),
        &expect![[r#"
        postgres DELETE FROM "blog_post" WHERE "id" = $1
        sqlite   DELETE FROM "blog_post" WHERE "id" = ?1
        mysql    DELETE FROM `blog_post` WHERE `id` = ?
        mariadb  DELETE FROM `blog_post` WHERE `id` = ?
    "#]],
    );
}
