//! The migrations of the example are those that its models ask for.

use nuages::migrate::autodetect::Answers;
use nuages::migrate::graph::{GraphNode, MigrationGraph};
use nuages::migrate::{ProjectState, diff};

use crate::sample::MIGRATIONS;

#[test]
fn the_models_and_the_files_agree() {
    let set = MIGRATIONS.load().unwrap();
    let graph = MigrationGraph::new(set.migrations.values().map(GraphNode::from)).unwrap();
    let order = graph.order().into_iter().filter_map(|key| set.get(key));
    let files = ProjectState::replay(order).unwrap();
    let all = nuages::meta::registry::models().into_iter();
    let models = ProjectState::from_models(all.filter(|model| model.app == "blog")).unwrap();
    let found = diff(&files, &models, &mut Answers::default(), &graph).unwrap();
    assert_eq!(found.migrations, []);
}
