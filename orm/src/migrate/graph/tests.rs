//! Plans, squashes and refusals of the graph.

use std::collections::BTreeSet;

use super::*;

fn key(text: &str) -> MigrationKey {
    parse_key(text).unwrap()
}

/// Reads `a.1 <- b.1 c.2`: a.1 depends on b.1 and c.2.
fn nodes(lines: &[&str]) -> Vec<GraphNode> {
    let node = |line: &&str| {
        let (own, dependencies) = line.split_once(" <- ").unwrap_or((line, ""));
        let mut node = GraphNode::new(key(own));
        node.dependencies = dependencies.split_whitespace().map(key).collect();
        node
    };
    lines.iter().map(node).collect()
}

fn names(keys: &[&MigrationKey]) -> String {
    keys.iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

fn applied(text: &str) -> BTreeSet<MigrationKey> {
    text.split_whitespace().map(key).collect()
}

fn plan(graph: &MigrationGraph, targets: &[Target]) -> String {
    let step = |step: &Step| match step {
        Step::Apply(key) => format!("+{key}"),
        Step::Unapply(key) => format!("-{key}"),
    };
    graph
        .plan(targets)
        .unwrap()
        .iter()
        .map(step)
        .collect::<Vec<_>>()
        .join(" ")
}

const DIAMOND: [&str; 6] = [
    "a.1",
    "a.2 <- a.1",
    "a.3 <- a.2 b.2",
    "a.4 <- a.3",
    "b.1",
    "b.2 <- b.1 a.1",
];

#[test]
fn dependencies_come_first_and_dependents_last() {
    let graph = MigrationGraph::new(nodes(&DIAMOND)).unwrap();
    assert_eq!(
        names(&graph.forwards(&key("a.4")).unwrap()),
        "b.1 a.1 b.2 a.2 a.3 a.4"
    );
    assert_eq!(
        names(&graph.backwards(&key("b.1")).unwrap()),
        "a.4 a.3 b.2 b.1"
    );
    assert_eq!(names(&graph.roots(None)), "a.1 b.1");
    assert_eq!(names(&graph.leaves(None)), "a.4 b.2");
    assert_eq!(graph.order().len(), 6);
    assert!(graph.conflicts().is_empty());
}

#[test]
fn going_backwards_unapplies_what_came_after_in_the_app_and_its_dependents_only() {
    let lines = ["a.1", "a.2 <- a.1", "b.1 <- a.1", "c.1 <- a.2"];
    let all = applied("a.1 a.2 b.1 c.1");
    let graph = MigrationGraph::with_applied(nodes(&lines), &all).unwrap();
    assert_eq!(plan(&graph, &[Target::Migration(key("a.1"))]), "-c.1 -a.2");
    assert_eq!(
        plan(&graph, &[Target::Zero("a".into())]),
        "-b.1 -c.1 -a.2 -a.1"
    );
    assert_eq!(plan(&graph, &graph.newest()), "");
}

#[test]
fn a_plan_leaves_out_what_is_applied() {
    let graph = MigrationGraph::with_applied(nodes(&DIAMOND), &applied("a.1 b.1")).unwrap();
    assert_eq!(plan(&graph, &graph.newest()), "+b.2 +a.2 +a.3 +a.4");
    let mixed = graph.plan(&[Target::Migration(key("a.2")), Target::Zero("b".into())]);
    assert!(
        mixed
            .unwrap_err()
            .to_string()
            .contains("go backwards first")
    );
}

#[test]
fn two_leaves_of_one_app_are_a_conflict() {
    let graph = MigrationGraph::new(nodes(&["a.1", "a.2 <- a.1", "a.3 <- a.1"])).unwrap();
    assert_eq!(names(&graph.conflicts()["a"]), "a.2 a.3");
}

#[test]
fn a_circle_is_refused_by_name() {
    let error = MigrationGraph::new(nodes(&["a.1 <- b.2", "b.1", "b.2 <- b.1 a.1"])).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`a.1` depends on `b.2` depends on `a.1`"),
        "{error}"
    );
}

#[test]
fn a_missing_dependency_is_refused_by_name() {
    let error = MigrationGraph::new(nodes(&["a.1_initial", "b.1 <- a.1_inital"])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "migration `b.1` depends on `a.1_inital`, which does not exist; did you mean `a.1_initial`?"
    );
}

#[test]
fn run_before_is_a_dependency_of_the_other() {
    let mut all = nodes(&["a.1", "b.1"]);
    all[1].run_before.push(key("a.1"));
    let graph = MigrationGraph::new(all).unwrap();
    assert_eq!(names(&graph.forwards(&key("a.1")).unwrap()), "b.1 a.1");
}

#[test]
fn first_and_latest_are_found() {
    let lines = [
        "a.1",
        "a.2 <- a.1",
        "b.1 <- a.__first__",
        "c.1 <- a.__latest__",
    ];
    let graph = MigrationGraph::new(nodes(&lines)).unwrap();
    assert_eq!(names(&graph.parents(&key("b.1"))), "a.1");
    assert_eq!(names(&graph.parents(&key("c.1"))), "a.2");
}

fn squashed() -> Vec<GraphNode> {
    let mut all = nodes(&[
        "z.1",
        "a.1 <- z.1",
        "a.2 <- a.1",
        "a.12",
        "a.3 <- a.2",
        "b.1 <- a.2",
    ]);
    all[3].replaces = vec![key("a.1"), key("a.2")];
    all
}

#[test]
fn a_squash_stands_in_when_none_of_it_is_applied() {
    let graph = MigrationGraph::new(squashed()).unwrap();
    assert_eq!(names(&graph.forwards(&key("a.3")).unwrap()), "z.1 a.12 a.3");
    assert_eq!(names(&graph.parents(&key("b.1"))), "a.12");
    assert!(!graph.contains(&key("a.1")));
}

#[test]
fn a_squash_is_applied_when_all_of_it_is() {
    let graph = MigrationGraph::with_applied(squashed(), &applied("z.1 a.1 a.2")).unwrap();
    assert!(graph.applied().contains(&key("a.12")));
    assert_eq!(plan(&graph, &graph.newest()), "+a.3 +b.1");
}

#[test]
fn a_squash_stays_out_when_part_of_it_is_applied() {
    let mut all = squashed();
    all.push(GraphNode::new(key("c.1")).after(key("a.12")));
    let graph = MigrationGraph::with_applied(all, &applied("z.1 a.1")).unwrap();
    assert!(!graph.contains(&key("a.12")));
    assert_eq!(names(&graph.parents(&key("c.1"))), "a.2");
    assert_eq!(plan(&graph, &[Target::Migration(key("a.3"))]), "+a.2 +a.3");
}

#[test]
fn a_history_out_of_order_is_refused() {
    let graph = MigrationGraph::with_applied(nodes(&DIAMOND), &applied("a.1 a.2 a.3 b.1")).unwrap();
    let error = graph.check_history().unwrap_err().to_string();
    assert!(error.contains("`a.3` is applied before `b.2`"), "{error}");
}

#[test]
fn names_are_found_by_their_beginning() {
    let graph =
        MigrationGraph::new(nodes(&["a.0001_initial", "a.0002_x <- a.0001_initial"])).unwrap();
    assert_eq!(graph.find("a", "0002").unwrap().name, "0002_x");
    assert!(
        graph
            .find("a", "000")
            .unwrap_err()
            .to_string()
            .contains("write more of the name")
    );
    assert!(
        graph
            .find("b", "0001")
            .unwrap_err()
            .to_string()
            .contains("no migrations")
    );
}

#[test]
fn a_chain_of_ten_thousand_is_planned() {
    let mut all = vec![GraphNode::new(key("a.00000"))];
    for i in 1..10_000 {
        all.push(GraphNode::new(key(&format!("a.{i:05}"))).after(key(&format!("a.{:05}", i - 1))));
    }
    let graph = MigrationGraph::new(all).unwrap();
    assert_eq!(graph.plan(&graph.newest()).unwrap().len(), 10_000);
}
