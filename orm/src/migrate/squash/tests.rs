//! Squashes of one app, of apps in a circle, of squashes, and what is refused.

use super::*;

/// Migrations, each as `app.name <- dependencies`, with operations in TOML below.
fn set(migrations: &[(&str, &str)]) -> MigrationSet {
    let mut set = MigrationSet::default();
    for (head, operations) in migrations {
        let (key, after) = head.split_once(" <- ").unwrap_or((head, ""));
        let key = MigrationKey::parse(key).unwrap();
        let after: Vec<String> = after
            .split_whitespace()
            .map(|key| format!("{key:?}"))
            .collect();
        let text = format!(
            "format = 1\napp = \"{}\"\nname = \"{}\"\ndependencies = [{}]\n{operations}",
            key.app,
            key.name,
            after.join(", ")
        );
        set.insert(Migration::parse(head, &text).unwrap());
    }
    set
}

fn graph(set: &MigrationSet, applied: &str) -> MigrationGraph {
    let applied = applied
        .split_whitespace()
        .map(|key| MigrationKey::parse(key).unwrap())
        .collect();
    MigrationGraph::with_applied(set.migrations.values().map(GraphNode::from), &applied).unwrap()
}

fn plan(set: &MigrationSet, applied: &str) -> Vec<String> {
    let graph = graph(set, applied);
    let steps = graph.plan(&graph.newest()).unwrap();
    steps.iter().map(|step| step.key().to_string()).collect()
}

fn create(model: &str, more: &str) -> String {
    format!(
        "[[operations]]\nop = \"create_model\"\nmodel = \"{model}\"\nfields = [{{ name = \"id\", type = \"big_auto\", primary_key = true }}{more}]\n"
    )
}

fn add(model: &str, field: &str) -> String {
    format!("[[operations]]\nop = \"add_field\"\nmodel = \"{model}\"\nfield = {{ {field} }}\n")
}

const SQL: &str = "[[operations]]\nop = \"run_sql\"\nsql = \"SELECT 1\"\nreverse_sql = \"\"\n";
const NOTE: &str = "name = \"note\", type = \"text\", null = true";

fn whole<'a>(to: &'a MigrationKey) -> Wanted<'a> {
    Wanted {
        from: None,
        to,
        name: None,
        keeps_operations: false,
    }
}

#[test]
fn an_app_s_history_becomes_one_migration() {
    let elidable = SQL.replace("reverse_sql", "elidable = true\nreverse_sql");
    let (first, second) = (create("A", ""), add("A", NOTE));
    let set = set(&[
        ("a.0001_initial", &first),
        ("a.0002_note <- a.0001_initial", &second),
        ("a.0003_sql <- a.0002_note", &elidable),
    ]);
    let to = MigrationKey::new("a", "0003_sql");
    let squash = squash(&set, &graph(&set, ""), whole(&to)).unwrap();
    let [migration] = squash.migrations.as_slice() else {
        panic!("{squash:?}");
    };
    assert_eq!(migration.name, "0001_squashed_0003_sql");
    assert_eq!(migration.operations.len(), 1);
    assert_eq!(squash.kept().count(), 0);
    let with = prove(&set, &squash.migrations).unwrap();
    assert_eq!(plan(&with, ""), ["a.0001_squashed_0003_sql"]);
    assert_eq!(plan(&with, "a.0001_initial"), ["a.0002_note", "a.0003_sql"]);
    assert_eq!(
        plan(&with, "a.0001_initial a.0002_note a.0003_sql"),
        [""; 0]
    );
    assert_eq!(plan(&with, "a.0001_squashed_0003_sql"), [""; 0]);
    assert_eq!(with.leaves("a"), [&migration.key()]);
}

/// b needs a's first, a's second needs b, and SQL comes in the end.
fn circle() -> MigrationSet {
    let to_b = add(
        "A",
        "name = \"b\", type = \"foreign_key\", to = \"b.B\", on_delete = \"CASCADE\", null = true",
    );
    let to_a = ", { name = \"a\", type = \"foreign_key\", to = \"a.A\", on_delete = \"CASCADE\" }";
    let (first, second) = (create("A", ""), create("B", to_a));
    let (third, fourth) = (add("B", NOTE), add("A", NOTE));
    set(&[
        ("a.0001_initial", &first),
        ("b.0001_initial <- a.0001_initial", &second),
        ("a.0002_b <- a.0001_initial b.0001_initial", &to_b),
        ("b.0002_note <- b.0001_initial a.0002_b", &third),
        ("a.0003_sql <- a.0002_b", SQL),
        ("a.0004_note <- a.0003_sql", &fourth),
    ])
}

#[test]
fn apps_in_a_circle_are_squashed_together() {
    let set = circle();
    let to = MigrationKey::new("a", "0004_note");
    let alone = squash(&set, &graph(&set, ""), whole(&to)).unwrap();
    let error = prove(&set, &alone.migrations).unwrap_err().to_string();
    assert!(error.contains("in a circle"), "{error}");

    let circles = circles(&set, &graph(&set, ""));
    assert_eq!(circles.len(), 1);
    let together = squash_together(&set, &graph(&set, ""), &circles[0]).unwrap();
    assert_eq!(together.replaced.len(), 6);
    assert_eq!(together.kept().count(), 1);
    let with = prove(&set, &together.migrations).unwrap();
    let new: Vec<String> = together
        .migrations
        .iter()
        .map(|one| one.key().to_string())
        .collect();
    let all_old: Vec<String> = set.migrations.keys().map(ToString::to_string).collect();
    let mut planned = plan(&with, "");
    planned.sort();
    let mut sorted = new.clone();
    sorted.sort();
    assert_eq!(planned, sorted);
    assert_eq!(plan(&with, &all_old.join(" ")), [""; 0]);
    // Some of it applied, and only in one of the apps: the old ones go on.
    assert_eq!(plan(&with, "a.0001_initial").len(), 5);
    // Broken off in the middle of the new ones: they go on.
    assert_eq!(plan(&with, &new[0]).len(), new.len() - 1);
    for app in ["a", "b"] {
        assert_eq!(with.leaves(app).len(), 1, "{:?}", with.leaves(app));
    }
}

#[test]
fn a_squash_is_squashed_again() {
    let (first, second, third) = (
        create("A", ""),
        add("A", NOTE),
        add("A", &NOTE.replace("note", "more")),
    );
    let two = set(&[
        ("a.0001_initial", &first),
        ("a.0002_note <- a.0001_initial", &second),
    ]);
    let to = MigrationKey::new("a", "0002_note");
    let inner = squash(&two, &graph(&two, ""), whole(&to)).unwrap();
    let mut set = prove(&two, &inner.migrations).unwrap();
    let text = format!(
        "format = 1\napp = \"a\"\nname = \"0003_more\"\ndependencies = [\"a.0001_squashed_0002_note\"]\n{third}"
    );
    set.insert(Migration::parse("a", &text).unwrap());
    let to = MigrationKey::new("a", "0003_more");
    let outer = squash(&set, &graph(&set, ""), whole(&to)).unwrap();
    assert_eq!(outer.replaced.len(), 2);
    let with = prove(&set, &outer.migrations).unwrap();
    assert_eq!(plan(&with, ""), ["a.0001_squashed_0003_more"]);
    assert_eq!(plan(&with, "a.0001_initial a.0002_note"), ["a.0003_more"]);
    assert_eq!(
        plan(&with, "a.0001_initial"),
        ["a.0002_note", "a.0003_more"]
    );
    assert_eq!(
        plan(&with, "a.0001_initial a.0002_note a.0003_more"),
        [""; 0]
    );
}
