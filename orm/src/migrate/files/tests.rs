//! Files written, read again, and refused.

mod random;

use serde_json::json;

use self::random::Random;
use super::*;
use crate::migrate::state::FieldState;

/// The file of DESIGN.md, in the order of the reference.
const STATUS: &str = r#"format = 1
app = "blog"
name = "0002_post_status"
dependencies = ["blog.0001_initial", "accounts.0001_initial"]

[[operations]]
op = "add_field"
model = "Post"
field = { name = "status", type = "char", max_length = 20, default = "draft" }

[[operations]]
op = "create_model"
model = "Tag"
table = "blog_tag"
fields = [
  { name = "id", type = "big_auto", primary_key = true },
  { name = "name", type = "char", unique = true, max_length = 50 },
]
constraints = [
  { kind = "check", name = "named", condition = { "größe__lt" = { f = "id" }, name__gt = "" } },
]

[[operations]]
op = "run_sql"
sql = "UPDATE blog_post SET status = 'published' WHERE published_at IS NOT NULL"
reverse_sql = ""

[[operations]]
op = "run_sql"
sql = '''
UPDATE blog_post
SET status = "x"
'''

[[operations.state_operations]]
op = "remove_field"
model = "Post"
name = "status"

[[operations]]
op = "run_rust"
forward = "blog.fill_slugs"
elidable = true
"#;

fn parse(text: &str) -> Migration {
    Migration::parse("f.toml", text).unwrap()
}

fn fault(text: &str) -> String {
    Migration::parse("blog/0001_x.toml", text)
        .unwrap_err()
        .to_string()
}

#[test]
fn a_file_is_printed_as_it_was_read() {
    assert_eq!(parse(STATUS).print(), STATUS);
    assert_eq!(parse(STATUS).rewrite("f.toml", STATUS).unwrap(), STATUS);
}

#[test]
fn parsing_what_was_printed_gives_the_same_migration() {
    let mut random = Random(0x5EED);
    let rounds = if std::env::var_os("NUAGES_DEEP").is_some() {
        10_000
    } else {
        500
    };
    for _ in 0..rounds {
        let migration = random.migration();
        let text = migration.print();
        let read =
            Migration::parse("f.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(read, migration, "\n{text}");
        assert_eq!(read.print(), text);
        assert_eq!(read.rewrite("f.toml", &text).unwrap(), text);
        assert_eq!(read.meaning_hash(), migration.meaning_hash());
    }
}

#[test]
fn a_state_that_was_written_is_the_same_when_read() {
    let mut random = Random(7);
    for _ in 0..300 {
        let state = ProjectState::new(["Post", "Author", "Tag"].map(|name| random.model(name)));
        // A table is written even if it is that of the model; a proxy's is its base's.
        let read =
            ProjectState::from_json(&state.to_json()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(read, state);
    }
}

#[test]
fn comments_survive_a_rewrite() {
    let commented = r#"# Status of posts.
format = 1
app = "blog" # the blog
name = "0002_x"

# Makes tags.
[[operations]]
# really
op = "create_model"
model = "Tag"
table = "blog_tag"
fields = [
  # the key
  { name = "id", type = "big_auto", primary_key = true }, # big
  { name = "name", type = "char", max_length = 50 }, # short
  # that is all
]

# Goes away.
[[operations]]
op = "delete_model"
model = "Old"
# the end
"#;
    let mut migration = parse(commented);
    assert_eq!(migration.rewrite("f.toml", commented).unwrap(), commented);

    migration.allow.push("data_loss".to_owned());
    let Operation::CreateModel(create) = &mut migration.operations[0] else {
        panic!()
    };
    create.fields.insert(
        1,
        FieldState::new("slug", crate::meta::kind::FieldKind::Slug),
    );
    create.fields[2].max_length = Some(60);
    let expected = commented
        .replace(
            "name = \"0002_x\"\n",
            "name = \"0002_x\"\nallow = [\"data_loss\"]\n",
        )
        .replace(
            "# big\n",
            "# big\n  { name = \"slug\", type = \"slug\" },\n",
        )
        .replace("max_length = 50", "max_length = 60");
    assert_eq!(migration.rewrite("f.toml", commented).unwrap(), expected);
}

#[test]
fn faults_name_file_line_and_the_nearest_word() {
    let head = "format = 1\napp = \"blog\"\nname = \"0001_x\"\n";
    assert_eq!(
        fault(&format!("{head}dependecies = []\n")),
        "blog/0001_x.toml:4: dependecies: a migration has no key `dependecies`; did you mean `dependencies`?"
    );
    assert_eq!(
        fault(&format!("{head}\n[[operations]]\nop = \"add_feild\"\n")),
        "blog/0001_x.toml:6: operations[0].op: no operation `add_feild`; did you mean `add_field`?"
    );
    let create = "[[operations]]\nop = \"create_model\"\nmodel = \"T\"\nfields = [\n  { name = \"a\", type = \"text\" },\n  { name = \"b\", typ = \"text\" },\n]\n";
    assert_eq!(
        fault(&format!("{head}{create}")),
        "blog/0001_x.toml:9: operations[0].fields[1].typ: a field has no key `typ`; did you mean `type`?"
    );
    let add = |default: &str| {
        format!(
            "{head}[[operations]]\nop = \"add_field\"\nmodel = \"T\"\nfield = {{ name = \"a\", type = \"float\", default = {default} }}\n"
        )
    };
    assert!(
        fault(&add("nan"))
            .starts_with("blog/0001_x.toml:7: operations[0].field.default: NaN is no number")
    );
    assert!(fault(&add("1979-05-27")).contains("times are written as text: \"1979-05-27\""));
    assert!(fault("format = 2\nnew = 1\n").contains("was written by a newer migrate; update it"));
    assert!(fault("app = \"x\"\n").contains("needs the key `format`"));
    assert!(fault("format = 1\napp = \n").starts_with("blog/0001_x.toml:2: "));
}

#[test]
fn the_hash_is_of_the_meaning() {
    let migration = parse(STATUS);
    let mut other = migration.clone();
    other.allow.push("data_loss".to_owned());
    assert_eq!(migration.meaning_hash(), other.meaning_hash());
    other.operations.pop();
    assert_ne!(migration.meaning_hash(), other.meaning_hash());
}

#[test]
fn replay_leads_to_the_state_and_names_what_does_not_fit() {
    let first = parse(
        "format = 1\napp = \"blog\"\nname = \"0001_initial\"\n[[operations]]\nop = \"create_model\"\nmodel = \"Post\"\n",
    );
    let second = parse(STATUS);
    let state = ProjectState::replay([&first, &second]).unwrap();
    assert!(state.model("blog", "Tag").is_some());
    let error = ProjectState::replay([&second]).unwrap_err().to_string();
    assert_eq!(
        error,
        "blog.0002_post_status: Add field status to Post: no model `blog.Post` in the state"
    );
}

#[test]
fn diff_prints_migrations_as_json() {
    let mut migration = parse(STATUS);
    migration.operations.truncate(1);
    let expected = json!({"migrations": [{
        "app": "blog", "name": "0002_post_status",
        "dependencies": ["blog.0001_initial", "accounts.0001_initial"],
        "operations": [{"op": "add_field", "model": "Post",
            "field": {"name": "status", "type": "char", "max_length": 20, "default": "draft"}}],
    }]});
    assert_eq!(
        migrations_to_json(&[migration]).to_string(),
        expected.to_string()
    );
}

fn numbered(app: &str, name: &str, dependencies: &[&str]) -> Migration {
    Migration {
        app: app.to_owned(),
        name: name.to_owned(),
        dependencies: dependencies
            .iter()
            .map(|key| MigrationKey::parse(key).unwrap())
            .collect(),
        ..Migration::default()
    }
}

#[test]
fn a_folder_is_written_and_read() {
    let root = std::env::temp_dir().join(format!("nuages-folder-{}", std::process::id()));
    let folder = MigrationFolder::new(root.join("migrations"));
    assert_eq!(folder.load().unwrap(), MigrationSet::default());

    let (first, second) = (
        numbered("blog", "0001_initial", &[]),
        numbered("blog", "0002_b", &["blog.0001_initial"]),
    );
    let other = numbered("accounts", "0001_initial", &[]);
    let written = folder.write([&first, &second, &other]).unwrap();
    assert!(written[1].ends_with("migrations/blog/0002_b.toml"));
    let heads = std::fs::read_to_string(folder.path().join("heads.toml")).unwrap();
    assert_eq!(heads, "accounts = \"0001_initial\"\nblog = \"0002_b\"\n");
    let set = folder.load().unwrap();
    set.check_heads().unwrap();
    assert_eq!(set.get(&second.key()), Some(&second));

    std::fs::remove_file(folder.file_of(&second.key())).unwrap();
    let error = folder
        .load()
        .unwrap()
        .check_heads()
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`0002_b`") && error.contains("`0001_initial`"),
        "{error}"
    );
    std::fs::rename(
        folder.file_of(&first.key()),
        folder.path().join("blog/0009_z.toml"),
    )
    .unwrap();
    let error = folder.load().unwrap_err().to_string();
    assert!(
        error.contains("blog/0009_z.toml: the file says that it is `blog.0001_initial`"),
        "{error}"
    );
    std::fs::remove_dir_all(root).unwrap();
}

#[test]
fn leaves_see_through_squashes_and_show_conflicts() {
    let set_of = |migrations: Vec<Migration>| {
        let mut set = MigrationSet::default();
        migrations
            .into_iter()
            .for_each(|migration| set.insert(migration));
        set
    };
    let names = |set: &MigrationSet| {
        set.leaves("blog")
            .iter()
            .map(|key| key.name.clone())
            .collect::<Vec<_>>()
    };
    let mut squash = numbered("blog", "0001_squashed_0002_b", &[]);
    squash.replaces = vec![
        MigrationKey::new("blog", "0001_a"),
        MigrationKey::new("blog", "0002_b"),
    ];
    assert_eq!(squash.number(), Some(2));
    let mut chain = vec![
        numbered("blog", "0001_a", &[]),
        numbered("blog", "0002_b", &["blog.0001_a"]),
        numbered("blog", "0003_c", &["blog.0002_b"]),
        squash,
    ];
    assert_eq!(names(&set_of(chain.clone())), ["0003_c"]);
    chain.push(numbered("blog", "0003_d", &["blog.0002_b"]));
    let mut conflict = set_of(chain);
    assert_eq!(names(&conflict), ["0003_c", "0003_d"]);
    conflict
        .heads
        .insert("blog".to_owned(), "0003_c".to_owned());
    conflict.check_heads().unwrap();
    conflict
        .heads
        .insert("gone".to_owned(), "0001_x".to_owned());
    assert!(
        conflict
            .check_heads()
            .unwrap_err()
            .to_string()
            .contains("no file of `gone`")
    );
}

#[test]
fn embedded_migrations_are_parsed_when_they_are_needed() {
    let first = "format = 1\napp = \"blog\"\nname = \"0001_initial\"\n";
    let embedded = |heads, files| {
        EmbeddedMigrations {
            package: "blog",
            heads,
            files,
        }
        .load()
    };
    let files: &'static [(&str, &str)] = Box::leak(Box::new([("blog/0001_initial.toml", first)]));
    let set = embedded("blog = \"0001_initial\"\n", files).unwrap();
    assert!(
        set.clone()
            .merge(set)
            .unwrap_err()
            .to_string()
            .contains("two packages have migrations of the app `blog`")
    );
    let error = embedded("", files).unwrap_err().to_string();
    assert!(
        error.starts_with("the migrations of the package blog: heads.toml has no line for `blog`"),
        "{error}"
    );
    assert!(
        embedded("<<<<<<< a\n", files)
            .unwrap_err()
            .to_string()
            .contains("makemigrations --merge")
    );
}

crate::migrations!("src/migrate/files/tests/migrations");

#[test]
fn the_macro_embeds_a_folder_and_registers_it() {
    assert_eq!(MIGRATIONS.package, "nuages");
    let set = MIGRATIONS.load().unwrap();
    let key = MigrationKey::new("embedded", "0001_initial");
    let state = ProjectState::replay([set.get(&key).unwrap()]).unwrap();
    assert_eq!(
        state.model("embedded", "thing").unwrap().table(),
        "embedded_thing"
    );
    assert!(linked_migrations().unwrap().get(&key).is_some());
}
