//! Whole statements.

use nuages::ast::{
    Aggregate, AggregateFunction, Alias, Arithmetic, CastType, Comparison, Compound, Conflict,
    Delete, Domain, Expr, Function, InSet, Insert, InsertRows, ListParam, Lock, Nulls, Order,
    OutputColumn, PositionOrder, Query, Select, Set, SetOperator, SetPart, Slice, Statement,
    TableName, Update, Window, WindowFunction,
};
use nuages::driver::Executor;
use nuages::sql::ListForm;
use nuages::value::{Value, ValueType};
use nuages_tests::{Given, Outcome};

use super::sample::{T, Values, column, decimal, fill, instant, run};

type Made = (Select, Values);

fn ids() -> Select {
    Select {
        columns: vec![column("id").into()],
        order_by: vec![Order::ascending(column("id"))],
        ..Select::from_table("sample", T)
    }
}

async fn found(
    given: &Given,
    statement: impl Into<Statement>,
    values: Values,
) -> nuages::Result<Vec<i64>> {
    let rows = run(&given.db, &statement.into(), values, &[ValueType::Int]).await?;
    Ok(rows
        .iter()
        .map(|row| match row[0] {
            Value::Int(number) => number,
            _ => 0,
        })
        .collect())
}

pub(super) async fn lists(given: Given) -> Outcome {
    fill(&given).await?;
    let padded = given.db.dialect().features().list_form == ListForm::Placeholders;
    let listed = |name, element, list: Vec<Value>, negated| -> Made {
        let mut values = Values::default();
        let size_class = if padded {
            ListParam::size_class(list.len())
        } else {
            0
        };
        let slot = values.bare(Value::List(element, list)).slot;
        let list = ListParam {
            slot,
            element,
            size_class,
        };
        let filter = Expr::In {
            expr: Box::new(column(name)),
            set: InSet::List(list),
            negated,
        };
        let select = Select {
            filter: Some(filter),
            ..ids()
        };
        (select, values)
    };
    let int = |numbers: &[i64]| numbers.iter().map(|number| Value::Int(*number)).collect();
    for (name, element, list, negated, expected) in [
        ("id", ValueType::Int, int(&[1, 3, 9]), false, vec![1, 3]),
        ("id", ValueType::Int, int(&[1, 3, 9]), true, vec![2]),
        ("n", ValueType::Int, int(&[17]), true, vec![2]),
        ("id", ValueType::Int, int(&[]), false, vec![]),
        ("id", ValueType::Int, int(&[]), true, vec![1, 2, 3]),
        (
            "slug",
            ValueType::Text,
            vec![Value::from("ei"), Value::from("it's \"\\")],
            false,
            vec![2],
        ),
        (
            "d",
            ValueType::Decimal,
            vec![decimal("0.1"), decimal("12345678901.23")],
            false,
            vec![1, 3],
        ),
        (
            "at",
            ValueType::DateTime,
            vec![instant("2023-01-01 00:00:00")],
            false,
            vec![2],
        ),
        (
            "uid",
            ValueType::Uuid,
            vec![Value::Uuid([0xab; 16])],
            false,
            vec![1],
        ),
        (
            "span",
            ValueType::Duration,
            vec![Value::Duration(-1)],
            false,
            vec![2],
        ),
        (
            "flag",
            ValueType::Bool,
            vec![Value::Bool(true)],
            false,
            vec![1],
        ),
    ] {
        let (select, values) = listed(name, element, list, negated);
        assert_eq!(
            found(&given, select, values).await?,
            expected,
            "{name} {negated}"
        );
    }
    let mut values = Values::default();
    let rows = vec![
        Expr::Tuple(vec![values.param(1), values.param(17)]),
        Expr::Tuple(vec![values.param(2), values.param(17)]),
    ];
    let select = Select {
        filter: Some(Expr::In {
            expr: Box::new(Expr::Tuple(vec![column("id"), column("n")])),
            set: InSet::Exprs(rows),
            negated: false,
        }),
        ..ids()
    };
    assert_eq!(found(&given, select, values).await?, [1]);
    Ok(())
}

pub(super) async fn nulls_in_order(given: Given) -> Outcome {
    fill(&given).await?;
    for (descending, nulls, expected) in [
        (false, Nulls::First, [3, 2, 1]),
        (false, Nulls::Last, [2, 1, 3]),
        (true, Nulls::First, [3, 1, 2]),
        (true, Nulls::Last, [1, 2, 3]),
    ] {
        let order = Order {
            by: column("n"),
            descending,
            nulls,
        };
        let select = Select {
            order_by: vec![order],
            ..ids()
        };
        assert_eq!(found(&given, select, Values::default()).await?, expected);
    }
    Ok(())
}

pub(super) async fn slices(given: Given) -> Outcome {
    fill(&given).await?;
    let sliced = |limit: Option<i64>, offset: Option<i64>| -> Made {
        let mut values = Values::default();
        let slice = Slice {
            limit: limit.map(|rows| values.bare(rows)),
            offset: offset.map(|rows| values.bare(rows)),
        };
        (Select { slice, ..ids() }, values)
    };
    for (limit, offset, expected) in [
        (Some(2), None, vec![1, 2]),
        (Some(1), Some(1), vec![2]),
        (None, Some(1), vec![2, 3]),
        (Some(0), None, vec![]),
    ] {
        let (select, values) = sliced(limit, offset);
        assert_eq!(found(&given, select, values).await?, expected);
    }
    // A slice in the query of IN.
    let (inner, values) = sliced(Some(2), Some(1));
    let select = Select {
        filter: Some(Expr::In {
            expr: Box::new(Expr::column(Alias(1), "id")),
            set: InSet::Query(Box::new(inner.into())),
            negated: true,
        }),
        columns: vec![Expr::column(Alias(1), "id").into()],
        ..Select::from_table("sample", Alias(1))
    };
    assert_eq!(found(&given, select, values).await?, [1]);
    Ok(())
}

pub(super) async fn groups(given: Given) -> Outcome {
    fill(&given).await?;
    let mut values = Values::default();
    // Grouped by what is computed with a value: 5 + 1 of two rows, and NULL of one.
    let next = column("other").arithmetic(Arithmetic::Add, Domain::Integer, values.param(1));
    let count = Expr::Aggregate(Box::new(Aggregate::count_rows()));
    let select = Select {
        columns: vec![next.clone().into(), count.clone().into()],
        group_by: vec![next.clone()],
        order_by: vec![Order::descending(next)],
        having: Some(count.compare(Comparison::Greater, values.param(1))),
        ..Select::from_table("sample", T)
    };
    let rows = run(
        &given.db,
        &select.into(),
        values,
        &[ValueType::Int, ValueType::Int],
    )
    .await?;
    assert_eq!(rows, [[Value::Int(6), Value::Int(2)]]);
    Ok(())
}

pub(super) async fn compounds(given: Given) -> Outcome {
    fill(&given).await?;
    let one = |alias, values: &mut Values, id: i64| Select {
        columns: vec![Expr::column(alias, "id").into()],
        filter: Some(Expr::column(alias, "id").compare(Comparison::LessOrEqual, values.param(id))),
        ..Select::from_table("sample", alias)
    };
    let part = |operator, query: Select| SetPart {
        operator,
        query: query.into(),
    };
    let mut values = Values::default();
    let mut newest = one(Alias(1), &mut values, 3);
    newest.order_by = vec![Order::descending(Expr::column(Alias(1), "id"))];
    newest.slice.limit = Some(values.bare(1));
    let compound = Compound {
        first: one(T, &mut values, 1).into(),
        rest: vec![
            part(SetOperator::Union, newest),
            part(SetOperator::UnionAll, one(Alias(2), &mut values, 1)),
        ],
        order_by: vec![PositionOrder {
            column: 0,
            descending: true,
            nulls: Nulls::Native,
        }],
        slice: Slice::default(),
    };
    assert_eq!(
        found(&given, Query::from(compound), values).await?,
        [3, 1, 1]
    );
    if given.db.dialect().features().intersect_except {
        // ({1, 2, 3} union {1}) intersect {1, 2}, except {1}.
        let mut values = Values::default();
        let compound = Compound {
            first: one(T, &mut values, 3).into(),
            rest: vec![
                part(SetOperator::Union, one(Alias(1), &mut values, 1)),
                part(SetOperator::Intersect, one(Alias(2), &mut values, 2)),
                part(SetOperator::Except, one(Alias(3), &mut values, 1)),
            ],
            order_by: vec![],
            slice: Slice::default(),
        };
        assert_eq!(found(&given, Query::from(compound), values).await?, [2]);
    }
    Ok(())
}

pub(super) async fn windows(given: Given) -> Outcome {
    fill(&given).await?;
    let window = |function, partition_by| {
        Expr::Window(Box::new(Window {
            function,
            partition_by,
            order_by: vec![Order::descending(column("id"))],
            frame: None,
        }))
    };
    let mut values = Values::default();
    let lag = WindowFunction::Lag {
        value: column("id"),
        offset: Some(values.param(1)),
        default: None,
    };
    let sum = Aggregate::new(AggregateFunction::Sum, column("id"));
    let select = Select {
        columns: vec![
            column("id").into(),
            OutputColumn::named(
                window(WindowFunction::RowNumber, vec![column("other")]),
                "nth",
            ),
            window(lag, vec![]).into(),
            window(WindowFunction::Aggregate(sum), vec![])
                .cast(CastType::BigInteger)
                .into(),
            window(WindowFunction::NTile(values.param(3)), vec![]).into(),
        ],
        ..ids()
    };
    let rows = run(&given.db, &select.into(), values, &[ValueType::Int; 5]).await?;
    let row = |id, nth, lag: Option<i64>, sum, bucket| {
        let lag = lag.map_or(Value::Null(ValueType::Int), Value::Int);
        vec![
            Value::Int(id),
            Value::Int(nth),
            lag,
            Value::Int(sum),
            Value::Int(bucket),
        ]
    };
    assert_eq!(
        rows,
        [
            row(1, 1, Some(2), 6, 3),
            row(2, 2, Some(3), 5, 2),
            row(3, 1, None, 3, 1)
        ]
    );
    Ok(())
}

pub(super) async fn locks(given: Given) -> Outcome {
    fill(&given).await?;
    let transaction = given.db.begin().await?;
    let select = Select {
        lock: Some(Lock::default()),
        ..ids()
    };
    let rows = run(
        &transaction,
        &select.into(),
        Values::default(),
        &[ValueType::Int],
    )
    .await?;
    assert_eq!(rows.len(), 3);
    transaction.rollback().await?;
    Ok(())
}

pub(super) async fn upserts(given: Given) -> Outcome {
    fill(&given).await?;
    let insert = |values: &mut Values, on_conflict| Insert {
        table: TableName::new("sample"),
        alias: T,
        columns: vec!["id".into(), "n".into()],
        rows: InsertRows::Values(vec![
            vec![values.param(1), values.param(3)],
            vec![values.param(4), values.param(4)],
        ]),
        on_conflict: Some(on_conflict),
        returning: vec![],
    };
    let numbers = || {
        let mut select = ids();
        select.columns =
            vec![Expr::Function(Function::Coalesce, vec![column("n"), Expr::int(0)]).into()];
        select
    };
    let mut values = Values::default();
    let ignore = insert(&mut values, Conflict::Ignore { unique: vec![] });
    run(&given.db, &ignore.into(), values, &[]).await?;
    assert_eq!(
        found(&given, numbers(), Values::default()).await?,
        [17, -7, 0, 4]
    );

    let sum = column("n").arithmetic(Arithmetic::Add, Domain::Integer, Expr::Proposed("n".into()));
    let change = || Conflict::Update {
        unique: vec!["id".into()],
        // The second reads what the first writes, as it was before.
        set: vec![Set::new("n", sum.clone()), Set::new("other", column("n"))],
        filter: None,
    };
    let mut values = Values::default();
    let upsert = insert(&mut values, change());
    run(&given.db, &upsert.into(), values, &[]).await?;
    assert_eq!(
        found(&given, numbers(), Values::default()).await?,
        [20, -7, 0, 8]
    );

    let other = Alias(1);
    let copies = Select {
        columns: vec![
            Expr::column(other, "id").into(),
            Expr::column(other, "n").into(),
        ],
        ..Select::from_table("sample", other)
    };
    let mut values = Values::default();
    let mut upsert = insert(&mut values, change());
    upsert.rows = InsertRows::Query(copies.into());
    run(&given.db, &upsert.into(), Values::default(), &[]).await?;
    assert_eq!(
        found(&given, numbers(), Values::default()).await?,
        [40, -14, 0, 16]
    );
    Ok(())
}

pub(super) async fn writes_that_read_what_they_write(given: Given) -> Outcome {
    fill(&given).await?;
    let other = Alias(1);
    let others = |filter| {
        let select = Select {
            columns: vec![Expr::column(other, "id").into()],
            filter: Some(filter),
            ..Select::from_table("sample", other)
        };
        Expr::In {
            expr: Box::new(column("id")),
            set: InSet::Query(Box::new(select.into())),
            negated: false,
        }
    };
    let mut values = Values::default();
    let update = Update {
        table: TableName::new("sample"),
        alias: T,
        set: vec![
            Set::new("n", column("id")),
            Set::new(
                "id",
                column("id").arithmetic(Arithmetic::Add, Domain::Integer, Expr::int(10)),
            ),
        ],
        from: None,
        filter: Some(others(
            Expr::column(other, "n").compare(Comparison::Greater, values.param(0)),
        )),
        returning: vec![],
    };
    run(&given.db, &update.into(), values, &[]).await?;
    assert_eq!(found(&given, ids(), Values::default()).await?, [2, 3, 11]);
    // One that looks at outer rows too: those with the same number as another row.
    let same = Expr::column(other, "other")
        .equals(column("other"))
        .and(Expr::column(other, "id").compare(Comparison::Greater, column("id")));
    let exists = Select {
        filter: Some(same),
        ..Select::from_table("sample", other)
    };
    let delete = Delete {
        table: TableName::new("sample"),
        alias: T,
        filter: Some(Expr::Exists(Box::new(exists))),
        returning: vec![],
    };
    run(&given.db, &delete.into(), Values::default(), &[]).await?;
    assert_eq!(found(&given, ids(), Values::default()).await?, [3, 11]);
    let delete = Delete {
        table: TableName::new("sample"),
        alias: T,
        filter: Some(others(Expr::column(other, "n").is_not_null())),
        returning: vec![],
    };
    run(&given.db, &delete.into(), Values::default(), &[]).await?;
    assert_eq!(found(&given, ids(), Values::default()).await?, [3]);
    Ok(())
}
