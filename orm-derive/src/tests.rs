//! What the derives write: how long it is, and what they say of mistakes.

use std::fs;
use std::path::{Path, PathBuf};

use quote::ToTokens;
use syn::{File, Item};

use super::{Errors, Tokens, choices, expansion, model, projection};

/// The most lines that a model may expand to.
const MOST_LINES: usize = 300;

/// The expansion as a person would lay it out.
fn laid_out(tokens: Tokens) -> String {
    let file: File = syn::parse2(tokens).unwrap();
    prettyplease::unparse(&file)
}

/// The name and the expansion of each model of a file.
fn models(source: &str) -> Vec<(String, String)> {
    let file = syn::parse_file(source).unwrap();
    let structs = file.items.into_iter().filter_map(|item| match item {
        Item::Struct(item) => Some(item),
        _ => None,
    });
    structs
        .filter(|item| {
            let derives = item.attrs.iter().filter(|it| it.path().is_ident("derive"));
            let mut derives = derives.map(|it| it.meta.to_token_stream().to_string());
            derives.any(|derive| derive.contains("Model"))
        })
        .map(|item| {
            let name = item.ident.to_string();
            (name, laid_out(expansion(item.to_token_stream(), model)))
        })
        .collect()
}

/// The Rust files under a folder, without those of tests: a model that shows every field type is long by intent.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.extension() {
            Some(extension) if extension == "rs" => vec![path],
            Some(_) => Vec::new(),
            None if path.ends_with("tests") => Vec::new(),
            None => sources(&path),
        })
        .collect()
}

#[test]
fn a_model_expands_to_few_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = sources(&root.join("book/examples"));
    files.push(root.join("tests/src/blog.rs"));
    let mut counted = 0;
    for file in files {
        for (name, text) in models(&fs::read_to_string(&file).unwrap()) {
            let lines = text.lines().count();
            println!("{name}: {lines} lines");
            counted += 1;
            assert!(
                lines < MOST_LINES,
                "{name} of {} expands to {lines} lines:\n{text}",
                file.display()
            );
        }
    }
    assert!(5 <= counted, "the blog alone has five models");
}

/// What a derive says of mistakes.
fn mistakes(source: &str, derive: fn(Tokens, &mut Errors) -> Option<Tokens>) -> Vec<String> {
    let mut errors = Errors::default();
    derive(source.parse().unwrap(), &mut errors);
    errors.messages()
}

/// What the derive says of a model with these options and fields, beside its key.
#[track_caller]
fn check_model(options: &str, fields: &str, expected: &[&str]) {
    let source = format!("#[model({options})] struct Post {{ id: i64, {fields} }}");
    assert_eq!(mistakes(&source, model), expected);
}

#[test]
fn unknown_options_name_the_nearest() {
    check_model(
        "",
        "#[field(max_lenght = 200)] title: String",
        &["unknown option `max_lenght` of a column; did you mean `max_length`?"],
    );
    check_model(
        "orderings = [\"id\"]",
        "",
        &["unknown option `orderings` of a model; did you mean `ordering`?"],
    );
    check_model(
        "",
        "#[field(on_delete = CASCAD)] author: ForeignKey<Author>",
        &["unknown rule of `on_delete`; did you mean `CASCADE`?"],
    );
    check_model(
        "",
        "#[field(kind = slugg)] slug: String",
        &["unknown kind of text `slugg`; did you mean `slug`?"],
    );
    check_model(
        "index(field = [\"id\"])",
        "",
        &[
            "unknown option `field` of an index; did you mean `fields`?",
            "an index needs `fields = [\"…\"]`",
        ],
    );
}

#[test]
fn options_stand_where_they_mean_something() {
    let unknown = mistakes(
        "struct Post { id: i64, #[field(on_delete = CASCADE, unique)] title: String }",
        model,
    );
    assert_eq!(unknown.len(), 1);
    assert!(
        unknown[0].starts_with("unknown option `on_delete` of a column; "),
        "{unknown:?}"
    );
    check_model(
        "",
        "#[field(on_delete = SET_NULL)] author: ForeignKey<Author>",
        &["`SET_NULL` needs a key that may be NULL: `Option<ForeignKey<…>>`"],
    );
    check_model(
        "",
        "#[field(on_delete = SET_DEFAULT)] author: ForeignKey<Author>",
        &["`SET_DEFAULT` needs a `default`"],
    );
    check_model(
        "",
        "#[field(max_length = \"200\")] title: String",
        &["`max_length` takes a whole number: `max_length = 200`"],
    );
    check_model(
        "",
        "#[field(unique, unique)] title: String",
        &["`unique` is given twice"],
    );
    check_model(
        "",
        "price: Decimal, #[field(max_digits = 2, decimal_places = 4)] rate: Decimal",
        &[
            "`decimal_places` cannot be more than `max_digits`, which counts all digits",
            "`price` needs `#[field(max_digits = 10, decimal_places = 2)]`",
            "`rate` needs `#[field(max_digits = 10, decimal_places = 2)]`",
        ],
    );
}

#[test]
fn names_in_options_are_fields() {
    check_model(
        "ordering = [\"-creatd_at\"], index(fields = [\"tags\"]), unique(fields = [\"titel\"], name = \"u\")",
        "created_at: i64, title: String, tags: ManyToMany<Tag>",
        &[
            "no field `creatd_at` on `Post`; did you mean `created_at`?",
            "`tags` is no column of `Post`: only its own columns can stand here",
            "no field `titel` on `Post`; did you mean `title`?",
        ],
    );
    check_model(
        "check(name = \"a\", |p| p.id().gt(0)), check(name = \"a\", |p| p.id().gt(1))",
        "",
        &["the name `a` is taken already"],
    );
}

#[test]
fn what_a_struct_cannot_have_is_refused_with_what_to_do() {
    check_model(
        "bases = [\"blog.Text\"], abstract",
        "",
        &[
            "`bases`: a row that is a kind of another model's leads to it: `#[field(primary_key, parent_link, on_delete = CASCADE)] place: OneToOne<Place>`",
            "`abstract`: a struct has no base: write the fields in each model",
        ],
    );
}

#[test]
fn constraints_say_what_they_need() {
    check_model(
        "unique(fields = [\"id\"], expressions = |p| p.id(), name = \"u\")",
        "",
        &["a unique constraint is over `fields` or over `expressions`"],
    );
    check_model(
        "unique(fields = [\"id\"], name = \"u\", deferrable = later)",
        "",
        &["`deferrable` is `deferred` or `immediate`"],
    );
    check_model(
        "exclude(name = \"e\", elements = [(\"rom\", \"=\")])",
        "room: i64",
        &["no field `rom` on `Post`; did you mean `room`?"],
    );
    check_model(
        "exclude(name = \"e\")",
        "",
        &[
            "an exclusion constraint needs what is compared and how: `elements = [(\"room\", \"=\"), (|b| b.span(), \"&&\")]`",
        ],
    );
    check_model(
        "index(expressions = [\"lower(title)\"], name = \"i\")",
        "",
        &[
            "`expressions` takes closures over the row: `expressions = [|p| p.title().lower()]`",
            "an index needs `fields = [\"…\"]`",
        ],
    );
}

#[test]
fn two_fields_are_not_one() {
    check_model(
        "",
        "#[field(on_delete = CASCADE)] author: ForeignKey<Author>, author_id: i64",
        &[
            "`author_id` is what the key of `author` is called: rename one of the two, or leave `author_id` out (`author.key()` reads it)",
        ],
    );
    check_model(
        "",
        "title: String, #[field(column = \"title\")] name: String",
        &["column `title` is that of `title` already"],
    );
    check_model(
        "",
        "#[field(primary_key)] a: i64, #[field(primary_key)] b: Option<i64>, tags: ManyToMany<Tag>",
        &[
            "the rows between would need a key to this model, and its key is several fields: make the rows between a model of their own",
            "a primary key is never NULL: leave the `Option` out",
        ],
    );
    assert_eq!(
        mistakes("struct Post { title: String }", model),
        [
            "`Post` needs a primary key: add `pub id: i64`, or mark a field with `#[field(primary_key)]`"
        ]
    );
}

#[test]
fn reverse_sides_name_their_relation() {
    check_model(
        "",
        "comments: HasMany<Comment>",
        &[
            "`comments` needs `#[related(Comment::…)]`: the relation on `Comment` that it is the other side of",
        ],
    );
    check_model(
        "",
        "#[related(Tag::post)] comments: HasMany<Comment>",
        &["`comments` is a `HasMany<Comment>`, so `#[related]` must name a relation of `Comment`"],
    );
    check_model(
        "",
        "#[related(post)] comments: HasMany<Comment>",
        &["expected a model before it: `#[related(Post::post)]`"],
    );
    check_model(
        "",
        "#[related(Comment::post)] title: String",
        &[
            "`#[related]` is for `HasMany`, `HasOne` and `ManyToMany`: the sides of a relation that have no column",
        ],
    );
}

#[test]
fn only_plain_structs_are_models() {
    assert_eq!(
        mistakes("struct Post<T> { id: i64, of: T }", model),
        ["a model is a struct without type parameters and lifetimes"]
    );
    assert_eq!(
        mistakes("enum Post { A }", model),
        ["`#[derive(Model)]` is for structs: a model is a struct with named fields"]
    );
    assert_eq!(
        mistakes("struct Post(i64);", model),
        ["a model is a struct with named fields: `struct Post { … }`"]
    );
    assert_eq!(
        mistakes("struct Line;", projection),
        ["a projection is a struct with named fields: `struct Line { … }`"]
    );
}

#[test]
fn choices_are_plain_enums() {
    assert_eq!(
        mistakes("struct Status { a: i32 }", choices),
        ["`#[derive(Choices)]` is for enums: each variant is a choice"]
    );
    assert_eq!(
        mistakes("enum Status { Draft(i32), A }", choices),
        ["a choice is a variant without fields"]
    );
    assert_eq!(
        mistakes(
            "enum Status { #[choice(\"x\")] A, #[choice(\"x\")] B }",
            choices
        ),
        ["`x` is stored for `A` already"]
    );
    assert_eq!(
        mistakes("enum Status { Draft = 1 }", choices),
        [
            "numbers are stored by `#[choices(integer)]` on the enum; text is stored here: `#[choice(\"…\")]`"
        ]
    );
    assert_eq!(
        mistakes("enum Status { #[choice(lable = \"A\")] A }", choices),
        ["unknown option `lable` of a choice; did you mean `label`?"]
    );
}

#[test]
fn data_migrations_are_async_functions_with_a_name() {
    let said = |name: &str, item: &str| {
        let mut errors = Errors::default();
        let (name, item) = (name.parse().unwrap(), item.parse().unwrap());
        super::data_migration::expand(&name, item, &mut errors);
        errors.messages()
    };
    let function = "async fn fill(moment: &DataMoment<'_>) -> Result<()> { Ok(()) }";
    assert!(said("\"blog.fill\"", function).is_empty());
    assert_eq!(
        said("\"fill\"", function),
        ["expected the name that migrations call it by: `#[data_migration(\"blog.fill_slugs\")]`"]
    );
    assert_eq!(
        said("\"blog.fill\"", "fn fill() {}"),
        ["a data migration is `async fn name(moment: &DataMoment<'_>) -> nuages::Result<()>`"]
    );
}
