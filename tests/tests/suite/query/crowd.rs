//! Many models, each related to the next in every way, round in a circle: compilers must not lose their way in it.

use nuages::prelude::*;

/// A model of the circle: a key to the next, perhaps one to the one after that, and tags; and the ways back.
macro_rules! circle {
    ($($name:ident to $next:ident, from $before:ident);* $(;)?) => {
        $(#[derive(Model, Debug, Clone)]
        #[model(app = "crowd")]
        struct $name {
            id: i64,
            #[field(on_delete = CASCADE)]
            next: ForeignKey<$next>,
            #[field(on_delete = SET_NULL, related_name = "single")]
            single: Option<OneToOne<$next>>,
            tags: ManyToMany<$next>,
            #[related($before::next)]
            before: HasMany<$before>,
            #[related($before::single)]
            single_before: HasOne<$before>,
            #[related($before::tags)]
            tagged: ManyToMany<$before>,
        })*
    };
}

circle! {
    A to B, from J; B to C, from A; C to D, from B; D to E, from C; E to F, from D; F to G, from E; G to H, from F;
    H to I, from G; I to J, from H; J to A, from I;
}

/// A query of such a model may cross threads, and says what it asks.
pub(super) async fn models_may_be_related_in_a_circle(
    given: nuages_tests::Given,
) -> nuages_tests::Outcome {
    let db = given.db.clone();
    let sql = tokio::spawn(async move {
        A::objects()
            .select_related(|a| (a.next().next().single(), a.single()))
            .prefetch_related(|a| (a.before().tags(), a.tagged()))
            .filter(|a| a.next().next().next().next().id().gt(1))
            .sql(&db)
    });
    assert!(sql.await??.contains("crowd_b"));
    Ok(())
}
