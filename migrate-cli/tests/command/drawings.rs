//! What is drawn, and what is gathered in one folder.

use nuages_tests::{Area, Given, Outcome, cases};

use crate::place::{BODY, Place, STATUS, blog, model, models};

pub(crate) fn area() -> Area {
    Area::new(
        "drawings",
        cases![
            migrations_are_drawn.once(),
            models_are_drawn.once(),
            a_collection_applies_by_itself.once(),
        ],
    )
}

fn place(url: &str) -> Place {
    let place = Place::with(url);
    place.make(&blog(BODY));
    place.write("models.json", &blog(&format!("{BODY}{STATUS}")));
    place.ok("makemigrations --models models.json --default blog.Post.status=\"x\" --name status");
    place
}

async fn migrations_are_drawn(given: Given) -> Outcome {
    let place = place(&given.url);
    let dot = place.ok("graph");
    assert!(dot.starts_with("digraph migrate {"), "{dot}");
    assert!(
        dot.contains("\"blog.0001_initial\" -> \"blog.0002_status\""),
        "{dot}"
    );
    let mermaid = place.ok("graph --format mermaid");
    assert!(
        mermaid.contains("  blog_0001_initial --> blog_0002_status\n"),
        "{mermaid}"
    );
    place.ok("graph blog --operations --format svg --out graph.svg");
    let svg = place.read("graph.svg");
    assert!(
        svg.starts_with("<svg ") && svg.ends_with("</svg>\n"),
        "{svg}"
    );
    assert!(svg.contains(">+  Add field status to Post</text>"), "{svg}");
    assert_eq!(svg.matches("marker-end").count(), 1, "{svg}");
    let json = place.ok("graph --format json");
    assert!(json.contains("\"from\": \"blog.0001_initial\""), "{json}");
    place.fails("showmigrations --format svg", 2, &["migrate graph"]);
    place.fails("graph blgo", 2, &["did you mean `blog`?"]);
    Ok(())
}

async fn models_are_drawn(_: Given) -> Outcome {
    let place = Place::new();
    let tags = r#", {"name": "tags", "type": "many_to_many", "to": "blog.Tag"},
        {"name": "parent", "type": "foreign_key", "to": "blog.Post", "on_delete": "CASCADE", "null": true}"#;
    let state = blog(tags).replacen(
        r#"{"models": ["#,
        &format!(r#"{{"models": [{}, "#, model("blog", "Tag")),
        1,
    );
    place.write("models.json", &state);
    let mermaid = place.ok("erd --models models.json --format mermaid");
    assert!(mermaid.starts_with("erDiagram\n"), "{mermaid}");
    assert!(
        mermaid.contains("  blog_Post }o--o{ blog_Tag : tags\n"),
        "{mermaid}"
    );
    assert!(
        mermaid.contains("  blog_Post }o--|| blog_Author : author\n"),
        "{mermaid}"
    );
    assert!(mermaid.contains("    big_auto id PK\n"), "{mermaid}");
    let dot = place.ok("erd --models models.json");
    assert!(
        dot.contains("\"blog.Post\" -> \"blog.Post\" [label=\"parent\"]"),
        "{dot}"
    );
    let svg = place.ok("erd --models models.json --format svg");
    assert_eq!(svg.matches("<path d=\"M").count(), 4, "{svg}");
    place.write("models.json", &models(&model("blog", "Author")));
    place.ok("makemigrations --models models.json");
    assert!(place.ok("erd --from files").contains("blog.Author"));
    Ok(())
}

async fn a_collection_applies_by_itself(given: Given) -> Outcome {
    let place = place(&given.url);
    let file = place.read("migrations/blog/0002_status.toml");
    place.write(
        "migrations/blog/0002_status.toml",
        &format!("# why\n{file}"),
    );
    let said = place.ok("collect --out image/all");
    assert_eq!(said, "Collected 2 migrations of blog into image/all.\n");
    assert!(
        place
            .read("image/all/blog/0002_status.toml")
            .starts_with("# why\n")
    );
    std::fs::remove_dir_all(place.path("migrations"))?;
    assert!(
        place
            .ok("apply --migrations image/all")
            .contains("0002_status... OK")
    );
    place.write("other/keep.txt", "mine");
    place.fails(
        "collect --out other --migrations image/all",
        6,
        &["not empty", "nothing was written"],
    );
    Ok(())
}
