//! What is made of what Cargo says.

use cargo_metadata::MetadataCommand;

use super::{Need, licence, lock, name_and_address, read_members};
use crate::models::{DependencyKind, Origin};

#[test]
fn a_licence_has_one_form() {
    assert_eq!(licence("MIT/Apache-2.0"), "Apache-2.0 OR MIT");
    assert_eq!(licence("MIT OR Apache-2.0"), "Apache-2.0 OR MIT");
    assert_eq!(licence("MIT"), "MIT");
    assert_eq!(
        licence("(MIT OR Apache-2.0) AND Unicode-3.0"),
        "(MIT OR Apache-2.0) AND Unicode-3.0"
    );
}

#[test]
fn an_author_is_a_name_and_perhaps_an_address() {
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        name_and_address("Ann Lee <ann@example.org>"),
        ("Ann Lee".to_owned(), some("ann@example.org"))
    );
    assert_eq!(
        name_and_address("Ann Lee<ann@example.org>"),
        ("Ann Lee".to_owned(), some("ann@example.org"))
    );
    assert_eq!(name_and_address("The  Team"), ("The Team".to_owned(), None));
    assert_eq!(
        name_and_address("<ann@example.org>"),
        ("<ann@example.org>".to_owned(), None)
    );
    assert_eq!(name_and_address("Ann <>"), ("Ann".to_owned(), None));
}

const LOCK: &str = r#"
version = 4

[[package]]
name = "one"
version = "1.0.0"
source = "registry+https://registry.example.org/index"
dependencies = ["two 2.0.0 (registry+https://registry.example.org/index)", "three"]

[[package]]
name = "two"
version = "1.0.0"
source = "git+https://example.org/two.git?branch=main#0123456789abcdef"

[[package]]
name = "two"
version = "2.0.0"
source = "registry+https://registry.example.org/index"

[[package]]
name = "three"
version = "0.1.0"
dependencies = ["two 1.0.0"]
"#;

fn members() -> cargo_metadata::Metadata {
    let mut command = MetadataCommand::new();
    command
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .no_deps();
    command.exec().unwrap()
}

#[test]
fn a_lock_file_names_packages_by_as_much_as_is_needed() {
    let workspace = lock::read(&members(), LOCK).unwrap();
    let origins: Vec<Origin> = workspace
        .packages
        .iter()
        .map(|package| package.origin)
        .collect();
    assert_eq!(
        origins,
        [
            Origin::Registry,
            Origin::Git,
            Origin::Registry,
            Origin::Local
        ]
    );
    let need = |package, needs| Need {
        package,
        needs,
        kind: DependencyKind::Normal,
        optional: false,
        requirement: None,
    };
    assert_eq!(workspace.needs, [need(0, 2), need(0, 3), need(3, 1)]);
}

#[test]
fn a_lock_file_that_is_broken_is_refused() {
    let refused = |text: &str| lock::read(&members(), text).unwrap_err();
    assert_eq!(refused("version = 4"), "there are no packages in it");
    assert_eq!(
        refused("[[package]]\nname = \"one\""),
        "a package without a name or version is in it"
    );
    let lost =
        refused("[[package]]\nname = \"one\"\nversion = \"1.0.0\"\ndependencies = [\"two\"]");
    assert_eq!(lost, "one needs two, which is not in it");
}

#[test]
fn members_are_known_from_their_manifests_and_others_from_the_lock_file() {
    let workspace = read_members(env!("CARGO_MANIFEST_DIR").as_ref()).unwrap();
    assert!(!workspace.complete);
    let at = |name: &str| {
        workspace
            .packages
            .iter()
            .position(|package| package.name == name)
            .unwrap()
    };
    let (own, nuages, clap) = (at("quickstart"), at("nuages"), at("clap"));
    assert!(workspace.packages[own].description.is_some());
    assert_eq!(workspace.packages[clap].description, None);
    let need = workspace
        .needs
        .iter()
        .find(|need| (need.package, need.needs) == (own, clap))
        .unwrap();
    assert_eq!(
        (need.kind, need.optional, need.requirement.as_deref()),
        (DependencyKind::Normal, false, Some("^4"))
    );
    let rusqlite = at("rusqlite");
    assert!(
        workspace
            .needs
            .iter()
            .any(|need| (need.package, need.needs) == (nuages, rusqlite) && need.optional)
    );
}
