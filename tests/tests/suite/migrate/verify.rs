//! Histories tried there and back on a database that is made for it: what holds, and how what does not is told.

use nuages::driver::Executor;
use nuages::migrate::files::MigrationSet;
use nuages::migrate::plan::Direction;
use nuages::migrate::verify::{Verification, verify};
use nuages_tests::{Case, Given, Outcome, cases};

use super::{V1, chain, found, go, to};

pub(super) fn cases() -> Vec<Case> {
    cases![
        a_history_is_verified_beside_what_is_there,
        what_cannot_be_taken_back_is_told_and_stays,
        what_sql_of_ones_own_does_otherwise_is_found,
        a_migration_that_fails_is_a_fault,
    ]
}

const MORE: &str = r#"
[[operations]]
op = "rename_field"
model = "Post"
old_name = "body"
new_name = "text"

[[operations]]
op = "add_field"
model = "Tag"
field = { name = "colour", type = "char", max_length = 20, default = "red" }
"#;

async fn tried(given: &Given, set: &MigrationSet) -> nuages::Result<Verification> {
    verify(&given.url, set).await
}

fn ways(verification: &Verification) -> Vec<(Direction, usize)> {
    let legs = verification.legs.iter();
    legs.map(|leg| (leg.direction, leg.migrations.len()))
        .collect()
}

fn faults(verification: &Verification) -> String {
    let faults = verification.legs.iter().flat_map(|leg| leg.faults.clone());
    faults.collect::<Vec<_>>().join("\n")
}

async fn a_history_is_verified_beside_what_is_there(given: Given) -> Outcome {
    let set = chain(&[("", V1), ("allow = [\"data_loss\"]", MORE)]);
    go(&given.db, &set, to(1)).await?;
    given
        .db
        .batch("INSERT INTO blog_tag (name) VALUES ('rust')")
        .await?;
    let before = found(&given.db).await?;
    let verification = tried(&given, &set).await?;
    assert!(verification.is_sound(), "{verification:#?}");
    assert_eq!(
        ways(&verification),
        [
            (Direction::Forwards, 2),
            (Direction::Backwards, 2),
            (Direction::Forwards, 2)
        ]
    );
    assert!(verification.irreversible.is_empty());
    assert_eq!(
        found(&given.db).await?,
        before,
        "what is there is not touched"
    );
    Ok(())
}

async fn what_cannot_be_taken_back_is_told_and_stays(given: Given) -> Outcome {
    let one_way = "[[operations]]\nop = \"run_sql\"\nsql = \"UPDATE blog_tag SET name = 'x'\"\n";
    let set = chain(&[("", V1), ("", one_way), ("", MORE)]);
    let verification = tried(&given, &set).await?;
    assert!(verification.is_sound(), "{verification:#?}");
    assert_eq!(verification.irreversible.len(), 1);
    assert_eq!(verification.irreversible[0].0.name, "0002_m");
    assert_eq!(
        ways(&verification),
        [
            (Direction::Forwards, 3),
            (Direction::Backwards, 1),
            (Direction::Forwards, 1)
        ]
    );
    Ok(())
}

async fn what_sql_of_ones_own_does_otherwise_is_found(given: Given) -> Outcome {
    let table = "[[operations]]\nop = \"run_sql\"\nsql = \"CREATE TABLE extra (id integer)\"\nreverse_sql = \"DROP TABLE extra\"\n";
    let verification = tried(&given, &chain(&[("", V1), ("", table)])).await?;
    assert!(verification.is_sound(), "{verification:#?}");
    assert!(
        verification.legs[0].notes[0].contains("`extra`"),
        "{verification:#?}"
    );
    assert!(verification.legs[1].notes.is_empty(), "{verification:#?}");

    // The way back forgets a column, and so does the way there.
    let column = r#"
[[operations]]
op = "run_sql"
sql = "ALTER TABLE blog_tag ADD COLUMN shade integer NULL"
reverse_sql = ""
state_operations = [
  { op = "add_field", model = "Tag", field = { name = "shade", type = "char", max_length = 9, null = true } },
]
"#;
    let verification = tried(&given, &chain(&[("", V1), ("", column)])).await?;
    assert!(!verification.is_sound(), "{verification:#?}");
    let faults = faults(&verification);
    assert!(
        faults.contains("column `shade` is") && faults.contains("(last changed by blog.0002_m)"),
        "{faults}"
    );
    Ok(())
}

async fn a_migration_that_fails_is_a_fault(given: Given) -> Outcome {
    let wrong = "[[operations]]\nop = \"run_sql\"\nsql = \"UPDATE nowhere SET name = 'x'\"\nreverse_sql = \"\"\n";
    let verification = tried(&given, &chain(&[("", V1), ("", wrong)])).await?;
    assert!(!verification.is_sound());
    assert_eq!(ways(&verification), [(Direction::Forwards, 0)]);
    let faults = faults(&verification);
    assert!(
        faults.contains("blog.0002_m") && faults.contains("nowhere"),
        "{faults}"
    );
    Ok(())
}
