//! Transforms and lookups by name, one behind another.

use nuages::prelude::*;
use nuages::value::{Value, ValueType};
use nuages_tests::blog::Post;
use nuages_tests::models::BLOG;
use nuages_tests::{Case, Given, Outcome, cases};

use super::data::fill;
use super::ids;

pub(super) fn cases() -> Vec<Case> {
    cases![
        transforms_stand_one_behind_another.on(&BLOG),
        orders_by_name_take_transforms.on(&BLOG),
        unknown_words_name_the_nearest.on(&BLOG),
    ]
}

fn list<T: Into<Value>>(value_type: ValueType, values: impl IntoIterator<Item = T>) -> Value {
    Value::List(value_type, values.into_iter().map(Into::into).collect())
}

async fn transforms_stand_one_behind_another(given: Given) -> Outcome {
    fill(&given.db).await?;
    let years = list(ValueType::Int, [2024, 2026]);
    let days = list(ValueType::Date, ["2025-01-01", "2025-12-31"]);
    let lengths = list(ValueType::Int, [4, 5]);
    let cases: [(&str, Value, &[i64]); 21] = [
        ("created_at__year__in", years, &[1, 2, 5]),
        ("created_at__year__gt", 2024.into(), &[3, 4, 5]),
        ("created_at__date", "2025-12-31".into(), &[4]),
        ("created_at__date__gte", "2025-12-31".into(), &[4, 5]),
        ("created_at__date__range", days, &[3, 4]),
        ("created_at__date__month__lt", 4.into(), &[1, 3, 5]),
        ("created_at__date__year__lte", 2024.into(), &[1, 2]),
        ("created_at__time__hour", 23.into(), &[2, 4]),
        ("created_at__time__lt", "00:00:01".into(), &[3, 5]),
        ("created_at__week_day__exact", 2.into(), &[1]),
        ("created_at__isnull", false.into(), &[1, 2, 3, 4, 5]),
        ("title__length", 4.into(), &[1]),
        ("title__length__gt", 8.into(), &[3, 4]),
        ("title__length__in", lengths, &[1, 2]),
        ("title__lower__contains", "s".into(), &[1, 2, 3, 4]),
        ("title__lower__reverse__startswith", "t".into(), &[1]),
        ("title__upper__trim__length__lte", 3.into(), &[5]),
        ("author__name__lower", "alice".into(), &[1, 2]),
        ("view_count__sqrt__gt", 4.0.into(), &[2]),
        ("view_count__abs__round__lt", 5.into(), &[3]),
        ("tags__name__length__gte", 5.into(), &[1, 2]),
    ];
    for (name, value, expected) in cases {
        let found = Post::objects().lookup(name, value.clone())?;
        let found = ids(&given, found).await;
        assert_eq!(
            found.map_err(|error| format!("{name}: {error}"))?,
            expected,
            "{name}"
        );
        let rest = ids(&given, Post::objects().exclude_lookup(name, value)?).await?;
        let complement: Vec<i64> = (1..=5).filter(|id| !expected.contains(id)).collect();
        assert_eq!(rest, complement, "exclude {name}");
    }
    Ok(())
}

async fn orders_by_name_take_transforms(given: Given) -> Outcome {
    fill(&given.db).await?;
    let ordered = Post::objects()
        .order_by_name("-created_at__year")?
        .order_by_name("title__length")?;
    assert_eq!(
        ordered.values_flat(|p| p.id()).all(&given.db).await?,
        [5, 3, 4, 1, 2]
    );
    Ok(())
}

async fn unknown_words_name_the_nearest(_given: Given) -> Outcome {
    for (name, nearest) in [
        ("title__lenght__gt", "did you mean `length`"),
        ("title__lower__contain", "did you mean `contains`"),
        ("created_at__date__yaer", "did you mean `year`"),
        ("created_at__yaer__in", "did you mean `year`"),
        // A transform of another type is none of this one's.
        ("view_count__lower", "no lookup `lower`"),
        ("created_at__date__hour", "no lookup `hour`"),
        // A lookup is the last word.
        ("title__contains__length", "no lookup `contains`"),
    ] {
        let error = Post::objects().lookup(name, 1).map(|_| ());
        let message = error.expect_err(name).to_string();
        assert!(message.contains(nearest), "{name}: {message}");
    }
    let error = Post::objects().order_by_name("title__lenght").map(|_| ());
    assert!(error.is_err());
    Ok(())
}
