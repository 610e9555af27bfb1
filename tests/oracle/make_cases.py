"""The pairs of states that the parity test gives to Django and to us.

    python3 make_cases.py themes > CASES.json       one or several pairs for each thing that the autodetector does
    python3 make_cases.py random COUNT > CASES.json COUNT random pairs, always the same ones
    python3 make_cases.py rich FIRST COUNT > CASES.json COUNT random pairs with everything that a state can say, from seed FIRST
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


def themes_of_keys():
    """Every key of a state, given and taken away."""
    target = model("a.T", char("code", unique=True))

    def change(name, old, new):
        case(f"key {name}", [target, model("a.F", old)], [target, model("a.F", new)], default_for_any=1)
        case(f"key {name}, back", [target, model("a.F", new)], [target, model("a.F", old)], default_for_any=1)

    plain = {"char": char("x"), "slug": field("x", "slug"), "foreign_key": key("x", "a.T", null=True), "one_to_one": one("x", "a.T"),
             "many_to_many": many("x", "a.T"), "decimal": field("x", "decimal", max_digits=5, decimal_places=2),
             "date_time": field("x", "date_time"), "json": field("x", "json")}
    for kind, option, value in (
        ("char", "tablespace", "fast"), ("char", "help_text", "h"), ("char", "blank", True), ("char", "default", {"rust": "a::b"}),
        ("char", "db_default", {"fn": "lower", "args": ["X"]}), ("slug", "index", False), ("slug", "max_length", 80),
        ("decimal", "decimal_places", 3), ("date_time", "auto_now", True), ("date_time", "auto_now_add", True),
        ("date_time", "default", {"fn": "now"}), ("date_time", "db_default", {"fn": "now"}), ("json", "default", {"a": [1]}),
        ("foreign_key", "to_field", "code"), ("foreign_key", "related_query_name", "q"), ("foreign_key", "limit_choices_to", {"code": "x"}),
        ("foreign_key", "on_delete", "SET_NULL"), ("foreign_key", "on_delete", {"set": 1}), ("foreign_key", "unique", True),
        ("foreign_key", "tablespace", "fast"), ("foreign_key", "comment", "c"), ("foreign_key", "default", 1), ("one_to_one", "parent_link", True),
        ("one_to_one", "index", False), ("many_to_many", "related_query_name", "q"), ("many_to_many", "db_constraint", False),
        ("many_to_many", "limit_choices_to", {"code": "x"}), ("many_to_many", "blank", True), ("many_to_many", "verbose_name", "v"),
    ):
        change(f"{option} of {kind}", plain[kind], {**plain[kind], option: value})
    lower = {"fn": "lower", "args": [{"f": "name"}]}
    made = field("low", "generated", expression=lower, output={"type": "char", "max_length": 100}, stored=True)
    for option, value in (("stored", False), ("expression", {"fn": "upper", "args": [{"f": "name"}]}), ("output", {"type": "text"}),
                          ("comment", "c"), ("unique", True), ("index", True)):
        both_ways(f"key {option} of generated", [model("a.M", char("name"), made)], [model("a.M", char("name"), {**made, option: value})])
    case("the source of a generated column renamed", [model("a.M", char("name"), made)],
         [model("a.M", char("title"), {**made, "expression": {"fn": "lower", "args": [{"f": "title"}]}})], renames="all")
    case("a generated column renamed", [model("a.M", char("name"), made)], [model("a.M", char("name"), {**made, "name": "small"})], renames="all")
    case("a generated column becomes a plain one", [model("a.M", char("name"), made)], [model("a.M", char("name"), char("low"))], default_for_any="")
    parts = field("pk", "composite_primary_key", fields=["x", "y"])
    case("a part of a composite key renamed", [model("a.C", parts, number("x"), number("y"), with_id=False)],
         [model("a.C", {**parts, "fields": ["x", "z"]}, number("x"), number("z"), with_id=False)], renames="all")
    both_ways("a composite key over a foreign key", [target], [target, model("a.C", parts, key("x", "a.T"), number("y"), with_id=False)])
    through = [target, model("a.P", many("ts", "a.T", through="a.B")), model("a.B", key("one", "a.T"), key("two", "a.T"), key("p", "a.P"))]
    chosen = [target, model("a.P", many("ts", "a.T", through="a.B", through_fields=["p", "two"])), through[2]]
    both_ways("key through_fields", through, chosen)
    case("a field of through_fields renamed", chosen,
         [target, model("a.P", many("ts", "a.T", through="a.B", through_fields=["p", "second"])),
          model("a.B", key("one", "a.T"), key("second", "a.T"), key("p", "a.P"))], renames="all", default_for_any=1)

    def option(name, old, new):
        rest = (key("t", "a.T"), char("x"), number("n"))
        both_ways(f"key {name}", [target, model("a.M", *rest, **old)], [target, model("a.M", *rest, **new)])

    option("default_manager_name", {}, {"default_manager_name": "things"})
    option("default_related_name", {}, {"default_related_name": "ms"})
    option("get_latest_by", {}, {"get_latest_by": ["n", "-x"]})
    option("get_latest_by as text", {}, {"get_latest_by": "n"})
    option("verbose_name_plural", {}, {"verbose_name_plural": "ms"})
    option("ordering", {"ordering": ["x"]}, {"ordering": ["-x", "n"]})
    option("order_with_respect_to to another", {}, {"order_with_respect_to": "t"})
    for name, value in (("tablespace", "fast"), ("opclasses", ["text_pattern_ops"]), ("using", "gin"), ("include", ["n"]), ("condition", {"n__gt": 1})):
        option(f"{name} of an index", {"indexes": [index("i", "x")]}, {"indexes": [index("i", "x", **{name: value})]})
    option("expressions of an index", {"indexes": [index("i", "x")]}, {"indexes": [{"name": "i", "expressions": [{"fn": "lower", "args": [{"f": "x"}]}]}]})
    for name, value in (("deferrable", "deferred"), ("deferrable", "immediate"), ("include", ["n"]), ("opclasses", ["text_pattern_ops"]),
                        ("nulls_distinct", True), ("nulls_distinct", False), ("condition", {"n__gt": 1}), ("violation_error_code", "c"),
                        ("violation_error_message", "m")):
        option(f"{name} {value} of unique", {"constraints": [unique("u", "x")]}, {"constraints": [unique("u", "x", **{name: value})]})
    option("expressions of unique", {"constraints": [unique("u", "x")]}, {"constraints": [{"kind": "unique", "name": "u", "expressions": [{"fn": "lower", "args": [{"f": "x"}]}]}]})
    for name, value in (("violation_error_code", "c"), ("violation_error_message", "m")):
        option(f"{name} of check", {"constraints": [check("c", {"n__gt": 1})]}, {"constraints": [check("c", {"n__gt": 1}, **{name: value})]})
    for number_, condition in enumerate(({"or": [{"n__gt": 1}, {"x": "a"}]}, {"not": {"n": 3}}, {"and": [{"n__gte": 1}, {"n__lte": 9}]},
                                         {"fn": "gt", "args": [{"f": "n"}, {"fn": "length", "args": [{"f": "x"}]}]}, {"x__in": ["a", "b"]})):
        option(f"condition {number_}", {}, {"constraints": [check("c", condition)]})


def themes():
    themes_of_models()
    themes_of_renames()
    themes_of_fields()
    themes_of_relations()
    themes_of_options()
    themes_of_names()
    themes_of_keys()
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


class Rich(World):
    """A random state with everything that a state can say, and every kind of change of it."""

    def lower_of(self, one):
        names = [f["name"] for f in one["fields"] if f["type"] == "char"]
        return {"fn": "lower", "args": [{"f": self.random.choice(names)}]} if names else None

    def plain_field(self):
        roll = self.random.random()
        if roll < 0.5:
            new = super().plain_field()
        else:
            kind = self.random.choice(["slug", "email", "url", "uuid", "json", "date", "time", "duration", "float", "binary",
                                       "big_integer", "small_integer", "positive_integer", "generic_ip_address"])
            new = field(self.name("f"), kind)
            if kind == "uuid":
                new["default"] = {"fn": "uuid4"}
            if kind in ("date", "time") and self.chance(0.5):
                new[self.random.choice(["auto_now", "auto_now_add"])] = True
            if self.chance(0.4):
                new["null"] = True
        for option, value, probability in (
            ("comment", "a note", 0.06), ("verbose_name", "Words", 0.06), ("help_text", "Help", 0.06),
            ("column", self.name("col"), 0.08), ("tablespace", "fast", 0.03),
        ):
            if self.chance(probability):
                new[option] = value
        if new["type"] in ("char", "text") and self.chance(0.08):
            new["collation"] = "C"
        if new["type"] == "char" and self.chance(0.1):
            new["choices"] = [["a", "A"], ["b", "B"]]
        if new["type"] in ("char", "integer") and "default" not in new and self.chance(0.15):
            new["db_default"] = {"char": "d", "integer": 7}[new["type"]]
        return new

    def relation(self):
        new = super().relation()
        if new["type"] == "many_to_many":
            if self.chance(0.1):
                new["table"] = self.name("between")
            return new
        if self.chance(0.2) and new.get("null"):
            new["on_delete"] = self.random.choice(["SET_NULL", "PROTECT", "DO_NOTHING"])
        for option, value, probability in (
            ("related_name", self.name("n"), 0.15), ("db_constraint", False, 0.08), ("index", False, 0.08),
            ("column", self.name("col"), 0.08), ("related_query_name", self.name("q"), 0.05), ("blank", True, 0.05),
        ):
            if self.chance(probability):
                new[option] = value
        unique = [f["name"] for f in self.models[new["to"]]["fields"] if f.get("unique") and f["type"] == "char"]
        if unique and self.chance(0.5):
            new["to_field"] = self.random.choice(unique)
        return new

    def add_model(self):
        before = set(self.models)
        super().add_model()
        for name in sorted(set(self.models) - before):
            one = self.models[name]
            options = one.get("options", {})
            if options.get("proxy"):
                continue
            columns = self.columns(one)
            if self.chance(0.06) and len(columns) > 1 and not options.get("bases"):
                one["fields"] = [f for f in one["fields"] if f["name"] != "id"]
                one["fields"].insert(0, field("pk", "composite_primary_key", fields=columns[:2]))
            if self.chance(0.1):
                self.add_generated(one)
            for option, value, probability in (("comment", "of a table", 0.06), ("verbose_name", "one", 0.06)):
                if self.chance(probability):
                    one.setdefault("options", {})[option] = value

    def add_generated(self, one):
        source = self.lower_of(one)
        if source:
            output = {"type": "char", "max_length": 100}
            one["fields"].append(field(self.name("low"), "generated", expression=source, output=output, stored=self.chance(0.7)))

    def add_extra(self, one):
        columns = [f["name"] for f in one["fields"] if f["type"] not in ("many_to_many", "composite_primary_key", "generated") and f["name"] != "id"]
        if not columns or self.chance(0.6):
            return super().add_extra(one)
        name = self.random.choice(columns)
        roll = self.random.randint(0, 5)
        indexes, constraints = one.setdefault("indexes", []), one.setdefault("constraints", [])
        if roll == 0:
            indexes.append(index(self.name("i"), "-" + name, condition={f"{name}__isnull": False}))
        elif roll == 1:
            indexes.append({"name": self.name("i"), "expressions": [{"fn": "lower", "args": [{"f": name}]}]})
        elif roll == 2:
            indexes.append(index(self.name("i"), name, include=columns[:1], using="hash" if self.chance(0.3) else "btree"))
            if indexes[-1]["using"] == "btree":
                del indexes[-1]["using"]
        elif roll == 3:
            constraints.append(unique(self.name("u"), name, deferrable="deferred"))
        elif roll == 4:
            constraints.append(unique(self.name("u"), name, condition={f"{name}__isnull": False}, violation_error_message="no"))
        else:
            constraints.append(unique(self.name("u"), name, nulls_distinct=False))

    def columns(self, one):
        return [n for n in super().columns(one) if n != "pk" and next(f for f in one["fields"] if f["name"] == n)["type"] != "generated"]

    def forget_field(self, one, name):
        super().forget_field(one, name)
        for kind in ("indexes", "constraints"):
            if kind in one:
                one[kind] = [x for x in one[kind] if f'"{name}"' not in json.dumps(x) and f'"-{name}"' not in json.dumps(x) and f'"{name}__' not in json.dumps(x)]
        for f in list(one["fields"]):
            if f["type"] == "generated" and f'"{name}"' in json.dumps(f["expression"]):
                one["fields"].remove(f)
                self.forget_field(one, f["name"])
            if f["type"] == "composite_primary_key" and name in f["fields"]:
                one["fields"].remove(f)
                one["fields"].insert(0, dict(ID))
        own = f'{one["app"]}.{one["name"]}'
        for other in self.models.values():
            for f in other["fields"]:
                if f.get("to") == own and f.get("to_field") == name:
                    del f["to_field"]

    def rename_field(self):
        before = {name: {f["name"] for f in one["fields"]} for name, one in self.models.items()}
        super().rename_field()
        for model_name, one in self.models.items():
            now = {f["name"] for f in one["fields"]}
            for old in before[model_name] - now:
                new = next(iter(now - before[model_name]))
                renamed = next(f for f in one["fields"] if f["name"] == new)
                text = json.dumps(one).replace(f'"-{old}"', f'"-{new}"').replace(f'"{old}"', f'"{new}"')
                self.models[model_name] = json.loads(text)
                if self.chance(0.2) and renamed["type"] in ("char", "integer", "text") and "column" not in renamed:
                    next(f for f in self.models[model_name]["fields"] if f["name"] == new)["column"] = old
                for other in self.models.values():
                    for f in other["fields"]:
                        if f.get("to") == model_name and f.get("to_field") == old:
                            f["to_field"] = new
                return

    def rename_case(self):
        old = self.any()
        app, short = old.split(".")
        new = f"{app}.{short.upper() if short != short.upper() else short.lower()}"
        if new in self.models or new == old:
            return
        text = json.dumps(self.models).replace(f'"{old}"', f'"{new}"')
        self.models = json.loads(text)
        self.models[new]["name"] = new.split(".")[1]

    def move_field(self):
        """From a base to one that inherits, or from any model to another."""
        pairs = [(base, name) for name, one in self.models.items() for base in one.get("options", {}).get("bases", [])
                 if not one["options"].get("proxy")]
        names = self.concrete()
        source, target = self.random.choice(sorted(pairs)) if pairs and self.chance(0.6) else (self.random.choice(names), self.random.choice(names))
        movable = [f for f in self.models[source]["fields"] if f["type"] in ("char", "integer", "text", "foreign_key")]
        if source == target or not movable:
            return
        moved = self.random.choice(movable)
        if any(f["name"] == moved["name"] for f in self.models[target]["fields"]):
            return
        self.models[source]["fields"].remove(moved)
        self.forget_field(self.models[source], moved["name"])
        self.models[target]["fields"].append(moved)

    def swap_type(self):
        one = self.models[self.random.choice(self.concrete())]
        fields = [f for f in one["fields"] if not f.get("primary_key") and f["type"] not in ("composite_primary_key",)]
        if not fields:
            return
        old = self.random.choice(fields)
        new = self.relation() if self.chance(0.5) else self.plain_field()
        self.forget_field(one, old["name"])
        if old in one["fields"]:
            new["name"] = old["name"]
            one["fields"][one["fields"].index(old)] = new

    def proxy_to_concrete(self):
        proxies = sorted(name for name, one in self.models.items() if one.get("options", {}).get("proxy"))
        if proxies:
            name = self.random.choice(proxies)
            self.models[name] = model(name, self.plain_field())

    def toggle_option(self):
        one = self.models[self.random.choice(self.concrete())]
        options = one.setdefault("options", {})
        key_, value = self.random.choice([
            ("comment", self.name("c")), ("verbose_name", "w"), ("verbose_name_plural", "ws"), ("default_related_name", "rs"),
            ("get_latest_by", ["id"]), ("default_manager_name", "objects"), ("ordering", ["id"]),
        ])
        if options.pop(key_, None) is None:
            options[key_] = value

    def change_constraint(self):
        one = self.models[self.any()]
        for kind in self.random.sample(["indexes", "constraints"], 2):
            if one.get(kind):
                item = self.random.choice(one[kind])
                roll = self.random.randint(0, 2)
                if roll == 0:
                    item["name"] = self.name("z")
                elif kind == "constraints" and roll == 1:
                    item["violation_error_message"] = self.name("no ")
                else:
                    one[kind].remove(item)
                    one[kind].insert(0, item)
                return

    def alter_field(self):
        if self.chance(0.5):
            return super().alter_field() if not self.only_special() else None
        one = self.models[self.any()]
        fields = [f for f in one["fields"] if not f.get("primary_key") and f["type"] not in ("composite_primary_key", "many_to_many", "generated")]
        if not fields:
            return
        f = self.random.choice(fields)
        option, value = self.random.choice([
            ("verbose_name", "V"), ("help_text", "H"), ("unique", True), ("index", True), ("blank", True), ("column", self.name("col")),
            ("comment", self.name("c")), ("null", True), ("db_default", None), ("default", None),
        ])
        if "to" in f and option in ("db_default", "default", "index", "unique"):
            return
        if value is None:
            value = {"char": "z", "integer": 3, "text": "zz"}.get(f["type"])
            if value is None:
                return
        if f.pop(option, None) is None:
            f[option] = value

    def only_special(self):
        return any(f["type"] in ("composite_primary_key", "generated") for one in self.models.values() for f in one["fields"])

    def change(self):
        roll = self.random.randint(0, 30)
        special = {0: self.rename_case, 1: self.move_field, 2: self.move_field, 3: self.swap_type, 4: self.proxy_to_concrete, 5: self.toggle_option,
                   6: self.toggle_option, 7: self.change_constraint, 8: self.change_constraint, 9: self.alter_field, 10: self.rename_field,
                   11: self.rename_model}
        if roll == 12 and self.concrete():
            return self.add_generated(self.models[self.random.choice(self.concrete())])
        if roll in special and (roll not in (1, 2, 3, 5, 6) or self.concrete()):
            return special[roll]()
        super().change()


def rich_pairs(first, count):
    cases = []
    for seed in range(first, first + count):
        world = Rich(1_000_000 + seed, apps=4)
        size = 5 if seed % 5 == 0 else 2
        for _ in range(world.random.randint(1, size)):
            world.add_model()
        before = {"models": []} if seed % 10 == 0 else world.state()
        for _ in range(world.random.randint(1, size + 1)):
            world.change()
        after = world.state()
        if seed % 20 == 5:
            after = {"models": []}
        answers = {"renames": "none" if seed % 3 == 0 else "all", "default_for_any": None if seed % 4 == 0 else "1"}
        spec = {"name": f"rich {seed}", "from": before, "to": after, "answers": answers}
        if seed % 4 == 1:
            apps = sorted({one["app"] for one in before["models"]})
            spec["graph"] = {"migrations": [{"app": app, "name": f"000{n + 1}_old"} for app in apps for n in range(1)]}
        cases.append(spec)
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
    make = {"themes": themes, "random": random_pairs, "rich": rich_pairs, "chains": chains}[sys.argv[1]]
    print(json.dumps(make(*map(int, sys.argv[2:]))))
