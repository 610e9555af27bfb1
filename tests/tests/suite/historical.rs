//! The models of a moment of history: queried by name, on the same engine as today's.

use nuages::Value;
use nuages::migrate::{DataMoment, ProjectState};
use nuages::value::ValueType;
use nuages_tests::models::BLOG;
use nuages_tests::{Area, Given, Outcome, blog, cases};

pub(crate) fn area() -> Area {
    Area::new(
        "historical",
        cases![historical_models_are_queried_and_written_by_name.on(&BLOG)],
    )
}

async fn historical_models_are_queried_and_written_by_name(given: Given) -> Outcome {
    let state = ProjectState::from_models(blog::models())?;
    let moment = DataMoment::new(&state, &given.db);
    let authors = moment.model("blog.author")?;
    let alice = authors
        .objects()
        .create(&[("name", "Alice".into()), ("email", "a@example.org".into())])
        .await?;
    let now = Value::from("2024-05-06 07:08:09");
    let post = moment.model("blog.Post")?;
    for title in ["One", "Two"] {
        let fields = [
            ("title", title.into()),
            ("slug", title.to_lowercase().into()),
            ("author", alice.clone()),
            ("body", "".into()),
            ("status", "draft".into()),
            ("view_count", 3.into()),
            ("created_at", now.clone()),
            ("updated_at", now.clone()),
        ];
        post.objects().create(&fields).await?;
    }
    let found = post
        .objects()
        .lookup("author__name__icontains", "ALI")?
        .order_by_name("-title")?
        .all()
        .await?;
    let titles: Vec<String> = found
        .iter()
        .map(|record| record.get("title"))
        .collect::<Result<_, _>>()?;
    assert_eq!(titles, ["Two", "One"]);
    assert_eq!(found[0].value("author_id")?, alice);
    assert_eq!(found[0].get::<Option<i64>>("category")?, None);
    assert_eq!(
        found[0].value("created_at")?.value_type(),
        ValueType::DateTime
    );
    // Backwards, over the name of a reverse side that no historical model declares.
    assert_eq!(
        authors
            .objects()
            .lookup("posts__title", "One")?
            .count()
            .await?,
        1
    );
    let changed = post
        .objects()
        .lookup("title", "One")?
        .update(&[("view_count", 4.into())])
        .await?;
    assert_eq!(changed, 1);
    assert_eq!(
        post.objects()
            .lookup("view_count__gt", 3)?
            .get()
            .await?
            .get::<String>("title")?,
        "One"
    );
    assert_eq!(
        post.objects()
            .exclude_lookup("title", "One")?
            .delete()
            .await?,
        1
    );
    assert_eq!(post.objects().count().await?, 1);
    let error = moment
        .model("blog.Pots")
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(error.contains("Post"), "{error}");
    let error = post
        .objects()
        .update(&[("titel", "x".into())])
        .await
        .err()
        .map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.contains("did you mean `title`?")));
    Ok(())
}
