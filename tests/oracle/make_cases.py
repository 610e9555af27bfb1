"""The pairs of states that the parity test gives to Django and to us.

    python3 make_cases.py themes > CASES.json       one or several pairs for each thing that the autodetector does
    python3 make_cases.py random COUNT > CASES.json COUNT random pairs, always the same ones
    python3 make_cases.py chains COUNT > CASES.json COUNT chains of states of one app, whose migrations are squashed
"""

import copy
import json
import random
import sys

ID = {"name": "id", "type": "big_auto", "primary_key": True}


def field(name, type, **options):
    return {"name": name, "type": type, **options}


def char(name, **options):
    return field(name, "char", **{"max_length": 100, **options})


def number(name, **options):
    return field(name, "integer", **options)


def key(name, to, **options):
    return field(name, "foreign_key", to=to, on_delete="CASCADE", **options)


def one(name, to, **options):
    return field(name, "one_to_one", to=to, on_delete="CASCADE", **options)


def many(name, to, **options):
    return field(name, "many_to_many", to=to, **options)


def model(name, *fields, table=None, indexes=(), constraints=(), with_id=True, **options):
    app, short = name.split(".")
    spec = {"app": app, "name": short}
    if not options.get("proxy"):
        spec["table"] = table or f"{app}_{short.lower()}"
    if options:
        spec["options"] = options
    if indexes:
        spec["indexes"] = list(indexes)
    if constraints:
        spec["constraints"] = list(constraints)
    spec["fields"] = ([dict(ID)] if with_id and not options.get("proxy") else []) + list(fields)
    return spec


def index(name, *fields, **options):
    return {"name": name, "fields": list(fields), **options}


def unique(name, *fields, **options):
    return {"kind": "unique", "name": name, "fields": list(fields), **options}


def check(name, condition, **options):
    return {"kind": "check", "name": name, "condition": condition, **options}


CASES = []


def case(name, before, after, graph=None, **answers):
    answers.setdefault("renames", "none")
    spec = {"name": name, "from": {"models": before}, "to": {"models": after}, "answers": answers}
    if graph:
        spec["graph"] = graph
    CASES.append(spec)


def both_ways(name, before, after, **answers):
    case(name, before, after, **answers)
    case(name + ", backwards", after, before, **answers)


def themes_of_models():
    author, post = model("blog.Author", char("name")), model("blog.Post", key("author", "blog.Author"), char("title"))
    both_ways("a model", [], [author])
    both_ways("two models, one pointing at the other", [], [author, post])
    both_ways("a model that points at one there already", [author], [author, post])
    both_ways("a model of another app", [], [model("a.Post", key("author", "z.Author")), model("z.Author")])
    both_ways("a model of an earlier app", [], [model("z.Post", key("author", "a.Author")), model("a.Author")])
    both_ways("a model that points at itself", [], [model("a.Node", key("parent", "a.Node", null=True))])
    both_ways(
        "models of one app that point at each other",
        [],
        [model("a.Hen", key("egg", "a.Egg")), model("a.Egg", key("hen", "a.Hen"))],
    )
    both_ways(
        "models of two apps that point at each other",
        [],
        [model("a.Hen", key("egg", "b.Egg")), model("b.Egg", key("hen", "a.Hen"))],
    )
    both_ways(
        "models of three apps in a circle",
        [],
        [model("a.A", key("b", "b.B")), model("b.B", key("c", "c.C")), model("c.C", key("a", "a.A"))],
    )
    both_ways(
        "a circle within and between apps, with indexes and constraints",
        [],
        [
            model("a.A", key("b", "b.B"), key("o", "a.O"), indexes=[index("a_b", "b")], unique_together=[["b", "o"]]),
            model("a.O", key("a", "a.A"), constraints=[unique("o_a", "a")]),
            model("b.B", key("a", "a.A"), many("os", "a.O")),
        ],
    )
    both_ways("an unmanaged model", [], [model("a.View", char("x"), managed=False)])
    both_ways("an unmanaged model with relations", [], [model("a.T"), model("a.View", key("t", "a.T"), managed=False, unique_together=[["t", "id"]])])
    both_ways("an unmanaged model becomes managed", [model("a.M", managed=False)], [model("a.M")])
    both_ways("a proxy", [author], [author, model("blog.Writer", proxy=True, bases=["blog.Author"])])
    both_ways("a proxy with its base", [], [author, model("blog.Writer", proxy=True, bases=["blog.Author"])])
    both_ways(
        "a proxy of another app",
        [],
        [model("z.Author"), model("a.Writer", proxy=True, bases=["z.Author"], ordering=["id"])],
    )
    writer = model("blog.Writer", proxy=True, bases=["blog.Author"])
    both_ways(
        "a proxy becomes a model of its own, with a key to it",
        [author, writer, model("blog.Book", key("writer", "blog.Writer"))],
        [author, model("blog.Writer", char("x")), model("blog.Book", key("writer", "blog.Writer"))],
    )
    child = model(
        "blog.Child", one("author_ptr", "blog.Author", primary_key=True, parent_link=True), char("more"),
        with_id=False, bases=["blog.Author"],
    )
    both_ways("a model that inherits", [], [author, child])
    both_ways("a model that inherits from one there already", [author], [author, child])
    case(
        "a field moves from the base to the one that inherits",
        [model("a.Base", char("title"))],
        [
            model("a.Base"),
            model(
                "a.Child", one("base_ptr", "a.Base", primary_key=True, parent_link=True), char("title"),
                with_id=False, bases=["a.Base"],
            ),
        ],
    )
    both_ways("a primary key that is a relation", [], [model("a.A"), model("a.Z", one("id", "a.A", primary_key=True), with_id=False)])
    both_ways("a primary key that is a relation to a later model", [], [model("a.Z"), model("a.A", one("id", "a.Z", primary_key=True), with_id=False)])
    case("a model goes that a key pointed at, which points elsewhere now",
         [author, post], [model("blog.Person"), model("blog.Post", key("author", "blog.Person"), char("title"))])
    case("a model goes that a key pointed at, which goes too", [author, post], [model("blog.Post", char("title"))])
    case("models of two apps go", [model("a.Post", key("author", "z.Author")), model("z.Author")], [])
    case("a model goes from one app that another pointed at",
         [model("a.Post", key("author", "z.Author")), model("z.Author")], [model("a.Post")])
    case("a model moves to another app", [model("a.M", char("x"))], [model("b.M", char("x"))], renames="all")
    case("the case of a model's name", [model("a.Author")], [model("a.author")], renames="all")
    both_ways("nothing changes", [author, post], [post, author])


def themes_of_renames():
    author = model("blog.Author", char("name"))
    writer = model("blog.Writer", char("name"))
    for renames in ("all", "none"):
        case(f"a model renamed, {renames}", [author], [writer], renames=renames)
        case(
            f"a model renamed that others point at, {renames}",
            [author, model("blog.Book", key("author", "blog.Author")), model("shop.Order", key("by", "blog.Author"))],
            [writer, model("blog.Book", key("author", "blog.Writer")), model("shop.Order", key("by", "blog.Writer"))],
            renames=renames,
        )
        case(
            f"a model and the field that points at it renamed, {renames}",
            [author, model("blog.Book", key("author", "blog.Author"))],
            [writer, model("blog.Book", key("writer", "blog.Writer"))],
            renames=renames, default_for_any=1,
        )
        case(
            f"a model that is gone through renamed, {renames}",
            [model("a.Tag"), model("a.Post", many("tags", "a.Tag", through="a.Tagging")),
             model("a.Tagging", key("tag", "a.Tag"), key("post", "a.Post"))],
            [model("a.Tag"), model("a.Post", many("tags", "a.Tag", through="a.Tagged")),
             model("a.Tagged", key("tag", "a.Tag"), key("post", "a.Post"))],
            renames=renames,
        )
        case(f"a model that points at itself renamed, {renames}",
             [model("a.Node", key("parent", "a.Node"))], [model("a.Knot", key("parent", "a.Knot"))], renames=renames)
        case(f"a field renamed, {renames}", [model("a.M", char("x"))], [model("a.M", char("y"))],
             renames=renames, default_for_any="")
        case(f"a field renamed that keeps its column, {renames}",
             [model("a.M", char("x"))], [model("a.M", char("y", column="x"))], renames=renames, default_for_any="")
        case(f"a key renamed that keeps its column, {renames}",
             [model("a.A"), model("a.M", key("x", "a.A"))], [model("a.A"), model("a.M", key("y", "a.A", column="x_id"))],
             renames=renames, default_for_any=1)
        case(f"two fields renamed, {renames}", [model("a.M", char("a"), char("b"))],
             [model("a.M", char("c"), char("d"))], renames=renames, default_for_any="")
        case(f"a field renamed that a key refers to, {renames}",
             [model("a.A", char("code", unique=True)), model("a.M", key("a", "a.A", to_field="code"))],
             [model("a.A", char("slug", unique=True)), model("a.M", key("a", "a.A", to_field="slug"))],
             renames=renames, default_for_any="")
        case(f"a field renamed that is unique with another, {renames}",
             [model("a.M", char("x"), char("y"), unique_together=[["x", "y"]])],
             [model("a.M", char("z"), char("y"), unique_together=[["z", "y"]])], renames=renames, default_for_any="")
        case(f"a field renamed that is indexed, {renames}",
             [model("a.M", char("x"), indexes=[index("i", "x")])],
             [model("a.M", char("z"), indexes=[index("i", "z")])], renames=renames, default_for_any="")
        case(f"a field renamed of a model renamed, {renames}",
             [model("a.M", char("x"), number("n"))], [model("a.W", char("y"), number("n"))], renames=renames)
    case("a model renamed that has a table of its own", [model("a.M", table="t")], [model("a.W", table="t")], renames="all")
    case("a model renamed whose table changes too", [model("a.M", table="t")], [model("a.W", table="u")], renames="all")
    case("a model renamed that others point at with a change",
         [model("a.M"), model("a.N", key("m", "a.M"))], [model("a.W"), model("a.N", key("m", "a.W", null=True))], renames="all")
    case("an answer for one of two renames", [model("a.M", char("x"), number("n"))], [model("a.M", char("y"), number("m"))],
         renames=["a.M.x=y"], default_for_any=0)
    case("the primary key renamed", [model("a.M", with_id=False, *[ID]), model("a.N", key("m", "a.M"))],
         [model("a.M", field("key", "big_auto", primary_key=True), with_id=False), model("a.N", key("m", "a.M"))], renames="all")


def themes_of_fields():
    base = model("a.M", number("n"))

    def change(name, *pair, **answers):
        case(name, [base, model("a.T"), model("a.F", *pair[0])], [base, model("a.T"), model("a.F", *pair[1])], **answers)

    for name, new in (
        ("text", char("x")), ("number", number("x")), ("nullable", char("x", null=True)),
        ("default", char("x", default="d")), ("db_default", char("x", db_default="d")), ("blank", char("x", blank=True)),
        ("blank number", number("x", blank=True)), ("auto_now", field("x", "date_time", auto_now=True)),
        ("auto_now_add", field("x", "date_time", auto_now_add=True)), ("date", field("x", "date")),
        ("function", field("x", "uuid", default={"fn": "uuid4"}, unique=True)),
        ("rust", field("x", "uuid", default={"rust": "app::make"})),
        ("key", key("x", "a.T")), ("nullable key", key("x", "a.T", null=True)), ("one", one("x", "a.T")),
        ("many", many("x", "a.T")), ("boolean", field("x", "boolean")), ("json", field("x", "json", default=[])),
        ("decimal", field("x", "decimal", max_digits=5, decimal_places=2)), ("slug", field("x", "slug")),
        ("email", field("x", "email")), ("url", field("x", "url", blank=True)), ("binary", field("x", "binary", blank=True)),
        ("ip", field("x", "generic_ip_address", blank=True, null=True)),
    ):
        times = {"fn": "now"} if new["type"].startswith("date") else {"rust": "app::make"}
        answer = 1 if new["type"] in ("char", "integer", "boolean", "decimal", "slug", "email") else times
        change(f"a {name} comes", [], [new], default_for_any=answer)
        change(f"a {name} comes without a value", [], [new], default_for_any=None)
        change(f"a {name} goes", [new], [])
    change("several come and go", [char("a"), char("b"), number("c")], [char("b"), char("d"), number("e", null=True)], default_for_any="x")
    for name, old, new in (
        ("length", char("x"), char("x", max_length=200)), ("null", char("x"), char("x", null=True)),
        ("unique", char("x"), char("x", unique=True)), ("index", char("x"), char("x", index=True)),
        ("type", char("x"), field("x", "text")), ("column", char("x"), char("x", column="y")),
        ("default", char("x"), char("x", default="d")), ("default's value", char("x", default="c"), char("x", default="d")),
        ("choices", char("x"), char("x", choices=["a", "b"])), ("comment", char("x"), char("x", comment="c")),
        ("collation", char("x"), char("x", collation="C")), ("verbose name", char("x"), char("x", verbose_name="X")),
        ("key's rule", key("x", "a.T"), key("x", "a.T", **{"related_name": "r"})),
        ("key's null", key("x", "a.T", null=True), key("x", "a.T", null=True, index=False)),
        ("key's target", key("x", "a.T"), key("x", "a.M")), ("key to number", key("x", "a.T"), number("x")),
        ("key to one", key("x", "a.T"), one("x", "a.T")), ("db constraint", key("x", "a.T"), key("x", "a.T", db_constraint=False)),
        ("many's target", many("x", "a.T"), many("x", "a.M")), ("many's name", many("x", "a.T"), many("x", "a.T", related_name="r")),
        ("many's table", many("x", "a.T"), many("x", "a.T", table="t")),
        ("number to many", number("x"), many("x", "a.T")), ("key to many", key("x", "a.T"), many("x", "a.T")),
        ("digits", field("x", "decimal", max_digits=5, decimal_places=2), field("x", "decimal", max_digits=8, decimal_places=2)),
        ("size of the key", number("x"), field("x", "big_integer")),
    ):
        change(f"{name} changes", [old], [new], default_for_any=1)
        change(f"{name} changes back", [new], [old], default_for_any=1)
    for value in ("d", None):
        change(f"not null any more: {value}", [char("x", null=True)], [char("x")], default_for_any=value)
    change("not null any more, with a default", [char("x", null=True)], [char("x", default="d")])
    change("not null any more, with a database default", [char("x", null=True)], [char("x", db_default="d")])
    lower = {"fn": "lower", "args": [{"f": "name"}]}
    generated = field("low", "generated", expression=lower, output={"type": "char", "max_length": 100}, stored=True)
    change("a generated column and its source come", [], [char("name", default=""), generated])
    change("a generated column comes", [char("name")], [char("name"), generated])
    change("a generated column and a key come", [char("name")], [char("name"), generated, key("t", "a.T", null=True)])
    change("a generated column and its source go", [char("name"), generated], [])
    composite = field("pk", "composite_primary_key", fields=["x", "y"])
    case("a composite key", [], [model("a.C", composite, number("x"), number("y"), with_id=False)])
    case("a composite key comes", [model("a.C", number("x"), number("y"))],
         [model("a.C", composite, number("x"), number("y"), with_id=False)])
    case("a composite key goes", [model("a.C", composite, number("x"), number("y"), with_id=False)],
         [model("a.C", number("x"), number("y"))])


def themes_of_relations():
    tag = model("a.Tag")
    both_ways("many to many", [], [tag, model("a.Post", many("tags", "a.Tag"))])
    both_ways("many to many of another app", [], [model("z.Tag"), model("a.Post", many("tags", "z.Tag"))])
    between = [model("a.Tagging", key("tag", "a.Tag"), key("post", "a.Post"))]
    both_ways("many to many through a model", [], [tag, model("a.Post", many("tags", "a.Tag", through="a.Tagging")), *between])
    both_ways(
        "many to many through a model of another app",
        [],
        [
            model("a.Tag"), model("c.Post", many("tags", "a.Tag", through="b.Tagging")),
            model("b.Tagging", key("tag", "a.Tag"), key("post", "c.Post")),
        ],
    )
    case("through goes, the field stays", [tag, model("a.Post", many("tags", "a.Tag", through="a.Tagging")), *between],
         [tag, model("a.Post", many("tags", "a.Tag"))])
    case("the field goes, through stays", [tag, model("a.Post", many("tags", "a.Tag", through="a.Tagging")), *between],
         [tag, model("a.Post"), *between])
    case("through comes", [tag, model("a.Post", many("tags", "a.Tag"))],
         [tag, model("a.Post", many("tags", "a.Tag", through="a.Tagging")), *between])
    case("both ends go, and through", [tag, model("a.Post", many("tags", "a.Tag", through="a.Tagging")), *between], [])
    both_ways("a key to another app comes", [model("a.M"), model("b.N")], [model("a.M"), model("b.N", key("m", "a.M", null=True))])
    both_ways("a key and its target come in another app", [model("b.N")], [model("a.M"), model("b.N", key("m", "a.M", null=True))])
    both_ways("many to many to self", [], [model("a.P", many("friends", "a.P", symmetrical=True), many("fans", "a.P", symmetrical=False))])
    case("a number becomes a key to a new model of another app",
         [model("b.N", number("m"))], [model("a.M"), model("b.N", key("m", "a.M"))])
    case("keys to an app that is not new", [model("a.M")], [model("a.M"), model("b.N", key("m", "a.M"))],
         graph={"migrations": [{"app": "a", "name": "0007_last"}]})
    for action in ("PROTECT", "SET_NULL", "DO_NOTHING", "RESTRICT", "SET_DEFAULT", {"set": 1}):
        rule = {"name": "t", "type": "foreign_key", "to": "a.Tag", "null": True}
        case(f"on_delete {action}", [tag, model("a.P", {**rule, "on_delete": "CASCADE"})],
             [tag, model("a.P", {**rule, "on_delete": action})])


def themes_of_options():
    def change(name, old, new, **answers):
        fields = (key("t", "a.T"), char("x"), char("y"), number("n"))
        before, after = (model("a.M", *fields, **options) for options in (old, new))
        both_ways(name, [model("a.T"), before], [model("a.T"), after], **answers)

    change("ordering", {}, {"ordering": ["-x"]})
    change("names", {}, {"verbose_name": "m", "verbose_name_plural": "ms"})
    change("several options", {"ordering": ["x"]}, {"get_latest_by": ["n"], "default_related_name": "ms"})
    change("table", {}, {"table": "other"})
    change("table changes", {"table": "one"}, {"table": "two"})
    change("comment", {}, {"comment": "what it is"})
    change("comment changes", {"comment": "a"}, {"comment": "b"})
    change("order with respect to", {}, {"order_with_respect_to": "t"})
    change("unique together", {}, {"unique_together": [["x", "y"]]})
    change("unique together with a key", {}, {"unique_together": [["t", "y"]]})
    change("unique together grows", {"unique_together": [["x", "y"]]}, {"unique_together": [["n", "x"], ["x", "y"]]})
    change("unique together changes", {"unique_together": [["x", "y"]]}, {"unique_together": [["n", "x"]]})
    change("unique together in another order", {"unique_together": [["x", "y"]]}, {"unique_together": [["y", "x"]]})
    change("index", {}, {"indexes": [index("i", "x", "-y")]})
    change("index with a key", {}, {"indexes": [index("i", "t")]})
    change("index changes", {"indexes": [index("i", "x")]}, {"indexes": [index("i", "y")]})
    change("index renamed", {"indexes": [index("i", "x")]}, {"indexes": [index("j", "x")]})
    change("two indexes renamed", {"indexes": [index("i", "x"), index("k", "y")]}, {"indexes": [index("l", "y"), index("j", "x")]})
    change("index with a condition", {}, {"indexes": [index("i", "x", condition={"n__gt": 0})]})
    change("index with all", {}, {"indexes": [index("i", "x", include=["y"], opclasses=["text_pattern_ops"])]})
    change("index by another method", {"indexes": [index("i", "x")]}, {"indexes": [index("i", "x", using="hash")]})
    case("two equal indexes become one of another name", [model("a.M", char("x"), indexes=[index("i", "x"), index("j", "x")])],
         [model("a.M", char("x"), indexes=[index("k", "x")])])
    change("order of indexes", {"indexes": [index("i", "x"), index("j", "y")]}, {"indexes": [index("j", "y"), index("i", "x")]})
    change("check", {}, {"constraints": [check("c", {"n__gte": 0})]})
    change("check changes", {"constraints": [check("c", {"n__gte": 0})]}, {"constraints": [check("c", {"n__gte": 1})]})
    change("check's message", {"constraints": [check("c", {"n__gte": 0})]},
           {"constraints": [check("c", {"n__gte": 0}, violation_error_message="no")]})
    change("unique constraint", {}, {"constraints": [unique("u", "x", "y")]})
    change("unique constraint changes", {"constraints": [unique("u", "x", "y")]}, {"constraints": [unique("u", "x", "n")]})
    change("unique constraint's code", {"constraints": [unique("u", "x")]}, {"constraints": [unique("u", "x", violation_error_code="c")]})
    change("unique constraint renamed", {"constraints": [unique("u", "x")]}, {"constraints": [unique("v", "x")]})
    change("unique constraint with all", {}, {"constraints": [
        unique("u", "x", condition={"n__gt": 0}, include=["y"]), unique("v", "y", deferrable="deferred"),
        unique("w", "x", "y", nulls_distinct=False)]})
    change("everything at once", {"ordering": ["x"], "unique_together": [["x", "y"]], "indexes": [index("i", "x")],
                                  "constraints": [check("c", {"n__gte": 0})]},
           {"table": "other", "comment": "c", "order_with_respect_to": "t", "indexes": [index("j", "n")], "constraints": [unique("u", "y")]})
    for name, options in (("unique together", {"unique_together": [["x", "z"]]}), ("index", {"indexes": [index("i", "z")]}),
                          ("constraint", {"constraints": [unique("u", "z", "x")]}), ("order", {"order_with_respect_to": "z"})):
        target = "z"
        field_z = key(target, "a.T", null=True)
        both_ways(f"a field and its {name}", [model("a.T"), model("a.M", char("x"))], [model("a.T"), model("a.M", char("x"), field_z, **options)])
        both_ways(f"a field and its {name}, of a new model", [model("a.M", char("x"))], [model("a.T"), model("a.M", char("x"), field_z, **options)])
        both_ways(f"a model with {name}", [], [model("a.T"), model("a.M", char("x"), field_z, **options)])
        other = {k: [{**v[0], "fields": [f if f != "z" else "x" for f in v[0]["fields"]]}] if k in ("indexes",) else v for k, v in options.items()}
        if name == "index":
            case("an index leaves a field that goes", [model("a.T"), model("a.M", char("x"), field_z, **options)],
                 [model("a.T"), model("a.M", char("x"), **other)])


def themes_of_names():
    graph = {"migrations": [
        {"app": "a", "name": "0001_initial"}, {"app": "a", "name": "0002_more", "dependencies": ["a.0001_initial", "b.0001_initial"]},
        {"app": "b", "name": "0001_initial"}, {"app": "s", "name": "0001_squashed_0004_x"}]}
    old = [model("a.M"), model("b.N"), model("s.S")]
    case("numbers go on", old, old + [model("a.P"), model("b.Q"), model("s.T")], graph=graph)
    case("a new app among old ones", old, old + [model("c.P", key("m", "a.M"))], graph=graph)
    case("a name of two words", old, [model("a.M", char("x", null=True), char("y", null=True))] + old[1:], graph=graph)
    case("a name too long", old, [model("a.M", *(char(f"a_field_number_{n}", null=True) for n in range(5)))] + old[1:], graph=graph)
    case("a name with odd letters", old, [model("a.M", char("x", null=True), indexes=[index("an-index.of x", "x")])] + old[1:], graph=graph)
    case("one operation of each kind", old, [model("a.M", number("n", null=True), table="t", comment="c", ordering=["n"],
         constraints=[check("n_positive", {"n__gt": 0})])] + old[1:], graph=graph)
    case("apps that need each other, with migrations", old, [
        model("a.M", key("q", "b.Q", null=True)), model("b.N"), model("b.Q", key("p", "a.P")), model("a.P"), model("s.S")], graph=graph)


def themes():
    themes_of_models()
    themes_of_renames()
    themes_of_fields()
    themes_of_relations()
    themes_of_options()
    themes_of_names()
    return CASES


class World:
    """A random state, and random changes of it that keep it whole."""

    def __init__(self, seed, apps=3):
        self.random = random.Random(seed)
        self.models = {}
        self.names = 0
        self.apps = ["a", "b", "c"][: self.random.randint(1, apps)]

    def name(self, start):
        self.names += 1
        return f"{start}{self.names}"

    def chance(self, probability):
        return self.random.random() < probability

    def any(self):
        return self.random.choice(sorted(self.models))

    def concrete(self):
        return sorted(name for name, one in self.models.items() if not one.get("options", {}).get("proxy"))

    def plain_field(self):
        name = self.name("f")
        kind = self.random.choice(["char", "integer", "boolean", "text", "date_time", "decimal"])
        new = field(name, kind)
        if kind == "char":
            new["max_length"] = self.random.choice([20, 100])
        if kind == "decimal":
            new.update(max_digits=8, decimal_places=2)
        for option, value, probability in (("null", True, 0.3), ("unique", True, 0.1), ("index", True, 0.1), ("blank", True, 0.1)):
            if self.chance(probability):
                new[option] = value
        if self.chance(0.2) or kind == "date_time":
            new["default"] = {"char": "d", "text": "t", "integer": 1, "boolean": True}.get(kind, {"fn": "now"})
            if kind == "decimal":
                new["default"] = "1.00"
        return new

    def relation(self):
        to = self.any()
        kind = self.random.choice([key, key, key, one, many])
        new = kind(self.name("r"), to)
        if kind is not many and self.chance(0.5):
            new["null"] = True
        return new

    def add_model(self):
        name = f"{self.random.choice(self.apps)}.{self.name('M')}"
        new = model(name)
        roll = self.random.random()
        bases = self.concrete()
        if bases and roll < 0.1:
            self.models[name] = model(name, proxy=True, bases=[self.random.choice(bases)])
            return
        self.models[name] = new
        if bases and roll < 0.2:
            base = self.random.choice(bases)
            new["fields"] = [one(base.split(".")[1].lower() + "_ptr", base, primary_key=True, parent_link=True)]
            new["options"] = {"bases": [base]}
        for _ in range(self.random.randint(0, 3)):
            new["fields"].append(self.plain_field())
        for _ in range(self.random.randint(0, 2)):
            new["fields"].append(self.relation())
        if self.chance(0.3):
            self.add_extra(new)

    def add_through(self):
        left, right = self.random.choice(self.concrete()), self.any()
        if not self.models[left].get("options", {}).get("managed", True):
            return
        name = f"{self.random.choice(self.apps)}.{self.name('T')}"
        self.models[name] = model(name, key(self.name("l"), left), key(self.name("k"), right))
        self.models[left]["fields"].append(many(self.name("m"), right, through=name))

    def toggle_managed(self):
        one = self.models[self.random.choice(self.concrete())]
        options = one.setdefault("options", {})
        if not options.pop("managed", True):
            return
        if not any(f.get("to") for f in one["fields"]) and not one.get("indexes") and not one.get("constraints"):
            options.pop("unique_together", None)
            options["managed"] = False

    def columns(self, one):
        return [f["name"] for f in one["fields"] if f["type"] not in ("many_to_many",) and f["name"] != "id"]

    def add_extra(self, one):
        columns = self.columns(one)
        if not columns:
            return
        pair = self.random.sample(columns, min(2, len(columns)))
        roll = self.random.randint(0, 4)
        if roll == 0:
            one.setdefault("indexes", []).append(index(self.name("i"), *pair))
        elif roll == 1:
            one.setdefault("constraints", []).append(unique(self.name("u"), *pair))
        elif roll == 2 and len(pair) == 2:
            sets = one.setdefault("options", {}).setdefault("unique_together", [])
            if pair not in sets:
                sets.append(pair)
                sets.sort()
        elif roll == 3:
            keys = [f["name"] for f in one["fields"] if f["type"] == "foreign_key"]
            if keys:
                one.setdefault("options", {})["order_with_respect_to"] = self.random.choice(keys)
        else:
            one.setdefault("constraints", []).append(check(self.name("c"), {f"{pair[0]}__isnull": False}))

    def forget_field(self, one, name):
        """Takes a field out of everything that speaks of it."""
        for kind in ("indexes", "constraints"):
            kept = [x for x in one.get(kind, []) if name not in x.get("fields", []) and f"{name}__isnull" not in x.get("condition", {})]
            if kind in one:
                one[kind] = kept
        options = one.get("options", {})
        if "unique_together" in options:
            options["unique_together"] = [names for names in options["unique_together"] if name not in names]
        if options.get("order_with_respect_to") == name:
            del options["order_with_respect_to"]

    def remove_model(self):
        name = self.any()
        gone = {name}
        while True:
            more = {n for n, m in self.models.items() if gone & set(m.get("options", {}).get("bases", []))} - gone
            if not more:
                break
            gone |= more
        if len(gone) == len(self.models):
            return
        for one_gone in gone:
            del self.models[one_gone]
        for one in self.models.values():
            for f in list(one["fields"]):
                if f.get("to") in gone or f.get("through") in gone:
                    one["fields"].remove(f)
                    self.forget_field(one, f["name"])

    def rename_model(self):
        old = self.any()
        new = f"{old.split('.')[0]}.{self.name('W')}"
        one = self.models.pop(old)
        one["name"] = new.split(".")[1]
        if "table" in one:
            one["table"] = f"{one['app']}_{one['name'].lower()}"
        self.models[new] = one
        for other in self.models.values():
            for f in other["fields"]:
                for end in ("to", "through"):
                    if f.get(end) == old:
                        f[end] = new
            if "bases" in other.get("options", {}):
                other["options"]["bases"] = [new if base == old else base for base in other["options"]["bases"]]

    def rename_field(self):
        one = self.models[self.any()]
        names = [f["name"] for f in one["fields"] if not f.get("primary_key")]
        if not names:
            return
        old, new = self.random.choice(names), self.name("g")
        for f in one["fields"]:
            if f["name"] == old:
                f["name"] = new
        text = json.dumps({k: one[k] for k in ("indexes", "constraints", "options") if k in one})
        for form in (f'"{old}"', f'"{old}__isnull"'):
            text = text.replace(form, form.replace(old, new))
        one.update(json.loads(text))
        if "unique_together" in one.get("options", {}):
            one["options"]["unique_together"].sort()

    def alter_field(self):
        one = self.models[self.any()]
        fields = [f for f in one["fields"] if not f.get("primary_key")]
        if not fields:
            return
        f = self.random.choice(fields)
        roll = self.random.randint(0, 3)
        if f["type"] == "many_to_many":
            f["to"] = self.any() if roll < 2 else f["to"]
            f["related_name"] = self.name("n")
        elif "to" in f:
            if roll == 0:
                f["to"] = self.any()
            elif roll == 1:
                f["on_delete"] = "PROTECT"
            else:
                f["null"] = not f.get("null", False)
                if not f["null"]:
                    del f["null"]
        elif roll < 2:
            if f.pop("null", False) is False:
                f["null"] = True
        elif roll == 2:
            f["comment"] = self.name("note")
        elif f["type"] == "char":
            f["max_length"] += 10
        else:
            f["column"] = self.name("col")

    def change(self):
        roll = self.random.randint(0, 13)
        one = self.models[self.any()]
        is_proxy = one.get("options", {}).get("proxy")
        if roll <= 1:
            self.add_model()
        elif roll == 2:
            self.remove_model()
        elif roll == 3:
            self.rename_model()
        elif roll == 4:
            self.rename_field()
        elif roll <= 6:
            self.alter_field()
        elif roll == 7 and not is_proxy:
            one["fields"].append(self.relation() if self.chance(0.5) else self.plain_field())
        elif roll == 8 and not is_proxy:
            fields = [f for f in one["fields"] if not f.get("primary_key")]
            if fields:
                f = self.random.choice(fields)
                one["fields"].remove(f)
                self.forget_field(one, f["name"])
        elif roll == 9 and not is_proxy:
            self.add_extra(one)
        elif roll == 10:
            one.setdefault("options", {})["ordering"] = ["pk"] if self.chance(0.5) else ["-pk"]
        elif roll == 12 and self.concrete():
            self.add_through()
        elif roll == 13 and self.concrete() and self.chance(0.3):
            self.toggle_managed()
        elif roll == 11 and not is_proxy:
            if self.chance(0.5):
                one["table"] = self.name("t")
            else:
                for kind in ("indexes", "constraints"):
                    if one.get(kind):
                        one[kind].pop()

    def state(self):
        models = copy.deepcopy([self.models[name] for name in sorted(self.models)])
        for one in models:
            one.update({k: v for k, v in one.items()})
            for part in ("options", "indexes", "constraints"):
                if part in one and not one[part]:
                    del one[part]
            if one.get("options", {}).get("unique_together") == []:
                del one["options"]["unique_together"]
        return {"models": models}


def random_pairs(count):
    cases = []
    for seed in range(count):
        world = World(seed)
        for _ in range(world.random.randint(1, 4)):
            world.add_model()
        before = {"models": []} if seed % 8 == 0 else world.state()
        for _ in range(world.random.randint(1, 5)):
            world.change()
        renames = "all" if seed % 2 else "none"
        cases.append({"name": f"random {seed}", "from": before, "to": world.state(),
                      "answers": {"renames": renames, "default_for_any": None if seed % 3 == 0 else "1"}})
    return cases


def chains(count):
    cases = []
    for seed in range(count):
        world = World(10_000 + seed, apps=1)
        for _ in range(world.random.randint(1, 3)):
            world.add_model()
        states = [{"models": []}, world.state()]
        for _ in range(world.random.randint(1, 3)):
            for _ in range(world.random.randint(1, 3)):
                world.change()
            states.append(world.state())
        if seed % 2:
            del states[0]
        cases.append({"name": f"chain {seed}", "states": states, "answers": {"renames": "all", "default_for_any": None}})
    return cases


if __name__ == "__main__":
    make = {"themes": lambda _: themes(), "random": random_pairs, "chains": chains}[sys.argv[1]]
    print(json.dumps(make(int(sys.argv[2]) if len(sys.argv) > 2 else 0)))
