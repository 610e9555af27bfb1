//! Names that collide with nothing, though they might seem to.

use crate::model::Builder;
use crate::prelude::*;

/// A type of the user's with a name that generated code could have.
#[derive(Debug, Clone)]
struct N;

type Integer = i32;

/// A model whose fields are called as verbs and keywords are.
#[derive(Model, Debug, Clone)]
#[model(app = "odd")]
struct Odd {
    id: i64,
    r#type: String,
    filter: i32,
    count: i32,
    eq: i32,
    is_null: bool,
    create: i32,
    build: i32,
    key: i32,
    value: String,
    path: String,
    at: String,
    row: i32,
    field: i32,
    #[field(on_delete = CASCADE)]
    r#match: Option<ForeignKey<Self>>,
    bool: bool,
    objects: Integer,
}

impl Odd {
    /// The user's own function of the builder's name.
    #[allow(dead_code)]
    fn builder() -> N {
        N
    }
}

#[test]
fn fields_may_be_called_as_verbs_are() {
    let odd = super::root::<Odd>();
    let q = odd.filter().eq(1)
        & odd.count().gt(2)
        & odd.is_null().is_true()
        & odd.r#type().eq("x")
        & odd.r#match().filter().eq(3)
        & odd.match_id().is_null()
        & RelationPath::eq(&odd.r#match(), 3_i64);
    let _ = q;
    let built = <Odd as Model>::builder()
        .filter(1)
        .count(2)
        .eq(3)
        .is_null(true)
        .create(4)
        .build(5)
        .key(6)
        .r#type("t")
        .value("v")
        .path("p")
        .at("a")
        .row(7)
        .field(8)
        .bool(false)
        .objects(9);
    let built = Builder::build(built).unwrap();
    assert_eq!((built.filter, built.build, built.objects), (1, 5, 9));
    assert_eq!(Odd::meta().fields[1].name, "type");
    assert_eq!(Odd::meta().fields[14].column, "match_id");
    let _: N = Odd::builder();
}

mod private {
    use crate::prelude::*;

    /// A model that only its module sees, with a key to one that more see.
    #[derive(Model, Debug, Clone)]
    #[model(app = "odd")]
    struct Hidden {
        id: i64,
        #[field(on_delete = CASCADE)]
        seen: ForeignKey<Seen>,
    }

    #[derive(Model, Debug, Clone)]
    #[model(app = "odd")]
    pub(crate) struct Seen {
        pub(crate) id: i32,
        #[related(Hidden::seen)]
        hidden: HasMany<Hidden>,
    }

    #[test]
    fn private_models_compile() {
        let seen = crate::model::tests::root::<Seen>();
        let _ = seen.hidden().id().eq(1);
        assert_eq!(Seen::meta().fields[0].kind, crate::FieldKind::Auto);
        assert_eq!(Hidden::meta().table, "odd_hidden");
    }
}

mod hidden_prelude {
    use crate::prelude::*;

    /// Choices that hide what the prelude calls so.
    #[derive(Choices, Debug, Clone, PartialEq)]
    enum Level {
        None,
        Some,
        Ok,
    }

    use Level::*;

    #[derive(Model, Debug, Clone)]
    #[model(app = "odd")]
    struct Levelled {
        id: i64,
        #[field(default = None)]
        level: Level,
        #[field(max_length = 5)]
        name: String,
    }

    #[test]
    fn choices_may_be_called_as_the_prelude_is() {
        let built = Levelled::builder().name("x").build().unwrap();
        assert_eq!((built.level, built.name.as_str()), (None, "x"));
        assert_eq!(Level::VARIANTS, [None, Some, Ok]);
    }
}
