"""Django's answers to random programs of annotate, values, aggregates, groups, subqueries and expressions.

    python3 django_programs.py COUNT > programs.json

The output is {"rows": {table: …}, "programs": […]}: random rows of the suite's blog (NULLs, ties, empty relations,
Unicode), and programs over them with their answers. A program is a model and the steps of a query set, in the order of
the calls; expressions are lists, `["f", path]`, `["v", value]`, `["count", expression, filter]`, …; see `Maker`.

Where Django is known to be wrong, it is not asked that way: each aggregate is asked in a query of its own, so that two of
them never multiply each other, and joined by its row's or its group's key; an exclusion is the complement of the
filter. Instants are microseconds since 1970. Needs `pip install "Django<6"`.
"""

import datetime
import json
import random
import sys

from django.db import connection, models
from django.db.models import Case, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery, Value, When, functions, lookups

from django_blog import MODELS, create_tables

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
INT, TEXT, INSTANT, FLOAT, BOOL = "int", "text", "instant", "float", "bool"
TO_ONE = {"Post": {"author": "Author", "category": "Category"},
          "Comment": {"post": "Post", "parent": "Comment", "author": "Author"}}
TO_MANY = {"Author": {"posts": "Post", "comment": "Comment"}, "Category": {"posts": "Post"}, "Tag": {"posts": "Post"},
           "Post": {"tags": "Tag", "comments": "Comment"}, "Comment": {"answers": "Comment"}}
FIELDS = {
    "Author": {"id": INT, "name": TEXT}, "Category": {"id": INT, "name": TEXT}, "Tag": {"id": INT, "name": TEXT},
    "Post": {"id": INT, "title": TEXT, "status": TEXT, "view_count": INT, "created_at": INSTANT, "published_at": INSTANT,
             "author_id": INT, "category_id": INT},
    "Comment": {"id": INT, "body": TEXT, "parent_id": INT, "author_id": INT},
}
# No two are equal but for capitals and accents: whether those are the same is the collation's affair on MySQL.
TITLES = ["Rust", "async", "100% sure", "under_score", "ÉTÉ", "日本語", "a\\b", "it's", "", "🦀 crab", "Ωmega"]
BODIES = ["nice", "", "spam", "very nice", "naïve?", "%", "long " * 60 + "end"]
PARTS = {"year": functions.ExtractYear, "month": functions.ExtractMonth, "day": functions.ExtractDay,
         "quarter": functions.ExtractQuarter, "week": functions.ExtractWeek, "week_day": functions.ExtractWeekDay,
         "iso_year": functions.ExtractIsoYear, "iso_week_day": functions.ExtractIsoWeekDay,
         "hour": functions.ExtractHour, "minute": functions.ExtractMinute, "second": functions.ExtractSecond}
TRUNCS = {"year": functions.TruncYear, "quarter": functions.TruncQuarter, "month": functions.TruncMonth,
          "week": functions.TruncWeek, "day": functions.TruncDay, "hour": functions.TruncHour,
          "minute": functions.TruncMinute, "second": functions.TruncSecond}
AGGREGATES = {"count": models.Count, "sum": models.Sum, "avg": models.Avg, "min": models.Min, "max": models.Max}
OUTPUT = {INT: models.BigIntegerField, TEXT: models.TextField, INSTANT: models.DateTimeField, BOOL: models.BooleanField}
FUNCTIONS = {"lower": functions.Lower, "upper": functions.Upper, "length": functions.Length, "concat": functions.Concat,
             "abs": functions.Abs, "substr": functions.Substr, "replace": functions.Replace}
COMMON = {"coalesce": functions.Coalesce, "greatest": functions.Greatest, "least": functions.Least}
COMPARISONS = {"exact": lookups.Exact, "gt": lookups.GreaterThan, "gte": lookups.GreaterThanOrEqual,
               "lt": lookups.LessThan, "lte": lookups.LessThanOrEqual}


def instant(micros):
    return EPOCH + datetime.timedelta(microseconds=micros)


def plain(value):
    """A value of Django's as JSON."""
    if isinstance(value, datetime.datetime):
        return (value - EPOCH) // datetime.timedelta(microseconds=1)
    return value


# ---------------------------------------------------------------------------------------------------------- the rows

def fill(rng):
    create_tables()
    # SQLite itself knows ASCII only; the other databases, and this project on SQLite, know more.
    connection.connection.create_function("LOWER", 1, lambda text: text if text is None else str(text).lower())
    connection.connection.create_function("UPPER", 1, lambda text: text if text is None else str(text).upper())
    rows = {name: [] for name in ("Author", "Category", "Tag", "Post", "post_tags", "Comment")}
    for key, name in enumerate(["Alice", "Bob", "Çelik", "dora", "Émile", "Ferdinand", "李", "O'Hara"], 1):
        rows["Author"].append([key, name, f"a{key}@example.org"])
    rows["Category"] = [[key, name] for key, name in enumerate(["Tech", "Life", "Empty", "über"], 1)]
    rows["Tag"] = [[key, name] for key, name in enumerate(["oxide", "fast", "junk", "ärger", "none", "x"], 1)]
    for key in range(1, 25):
        created = rng.choice([0, 3600 * 10**6, rng.randrange(0, 86400 * 10**6)])
        created += rng.choice([19723, 19782, 19904, 20088, 20148, 20453, 20454, 20818]) * 86400 * 10**6
        published = None if rng.random() < 0.4 else created + rng.choice([0, 1, 86400 * 10**6, -7200 * 10**6])
        rows["Post"].append([
            key, rng.choice(TITLES), f"p{key}", rng.choice([1, 1, 1, 2, 2, 3, 4, 5, 7]), rng.choice([None, 1, 1, 2, 4]),
            rng.choice(["draft", "in_review", "published"]), rng.choice([0, 0, 5, 5, 10, 20, 1000]), created, published,
        ])
    pairs = [(post, tag) for post in range(1, 25) for tag in (1, 2, 3, 4, 6) if rng.random() < 0.25 and post % 5]
    rows["post_tags"] = [list(pair) for pair in pairs]
    for key in range(1, 31):
        parent = None if key < 5 or rng.random() < 0.5 else rng.randrange(1, key)
        author = None if rng.random() < 0.3 else rng.choice([1, 2, 2, 6, 7, 8])
        rows["Comment"].append([key, rng.choice([1, 1, 2, 3, 8, 8, 8, 20]), parent, author, rng.choice(BODIES)])
    for row in rows["Author"]:
        MODELS["Author"].objects.create(**dict(zip(("id", "name", "email"), row)))
    for name in ("Category", "Tag"):
        for row in rows[name]:
            MODELS[name].objects.create(**dict(zip(("id", "name"), row)))
    for row in rows["Post"]:
        names = ("id", "title", "slug", "author_id", "category_id", "status", "view_count", "created_at", "published_at")
        values = dict(zip(names, row))
        values["created_at"] = instant(values["created_at"])
        values["published_at"] = values["published_at"] and instant(values["published_at"])
        MODELS["Post"].objects.create(**values)
    for post, tag in pairs:
        MODELS["Post"].objects.get(pk=post).tags.add(tag)
    for row in rows["Comment"]:
        MODELS["Comment"].objects.create(**dict(zip(("id", "post_id", "parent_id", "author_id", "body"), row)))
    return rows


# ------------------------------------------------------------------------------------------- programs, in Django's words

def expression(spec):
    word, *rest = spec
    if word == "f":
        return F(rest[0])
    if word == "outer":
        return OuterRef(rest[0])
    if word == "v":
        return Value(instant(rest[0]) if rest[1] == INSTANT else rest[0], output_field=OUTPUT[rest[1]]())
    if word in AGGREGATES:
        argument, distinct, condition = rest
        options = {"distinct": True} if distinct else {}
        return AGGREGATES[word](expression(argument), filter=condition and where(condition), **options)
    if word == "part":
        return PARTS[rest[0]](expression(rest[1]))
    if word == "trunc":
        return TRUNCS[rest[0]](expression(rest[1]))
    if word == "case":
        whens, otherwise, kind = rest
        whens = [When(where(condition), then=expression(then)) for condition, then in whens]
        default = expression(otherwise) if otherwise else None
        return Case(*whens, default=default, output_field=OUTPUT[kind]())
    if word == "exists":
        return Exists(MODELS[rest[0]].objects.filter(where(rest[1])))
    if word == "subquery":
        model, condition, order, value = rest
        return Subquery(MODELS[model].objects.filter(where(condition)).order_by(order, "id").values(value)[:1])
    if word == "subcount":
        model, link, outer, value, aggregate = rest
        grouped = MODELS[model].objects.order_by().filter(**{link: OuterRef(outer)}).values(link)
        return Subquery(grouped.annotate(n=AGGREGATES[aggregate](value)).values("n"))
    parts = [expression(part) for part in rest if isinstance(part, list)]
    if word in FUNCTIONS:
        return FUNCTIONS[word](*parts, output_field=OUTPUT[INT if word in ("length", "abs") else TEXT]())
    if word in COMMON:
        common = COMMON[word](*parts, output_field=OUTPUT[rest[-1]]())
        # SQLite's are NULL where one is NULL; PostgreSQL's, and this project's on every database, pass NULLs over.
        return common if word == "coalesce" else functions.Coalesce(common, *parts, output_field=OUTPUT[rest[-1]]())
    left, right = parts
    computed = left + right if word == "+" else left - right if word == "-" else left * right
    return ExpressionWrapper(computed, output_field=OUTPUT[INT]())


def where(spec):
    word, *rest = spec
    if word == "and":
        return where(rest[0]) & where(rest[1])
    if word == "or":
        return where(rest[0]) | where(rest[1])
    if word == "not":
        return ~where(rest[0])
    if word == "exists":
        return Q(expression(spec))
    if word == "null":
        return Q(lookups.IsNull(expression(rest[0]), rest[1])) if rest[0][0] != "f" else Q(**{rest[0][1] + "__isnull": rest[1]})
    if word == "in":
        return Q(**{rest[0][1] + "__in": rest[1]})
    lookup, left, right = rest
    if left[0] == "f":
        right = right[1] if right[0] == "v" and right[2] != INSTANT else expression(right)
        return Q(**{f"{left[1]}__{lookup}": right})
    return Q(COMPARISONS[lookup](expression(left), expression(right)))


def named(specs):
    return {f"e{at}": expression(spec) for at, spec in enumerate(specs)}


def is_aggregate(spec):
    return spec[0] in AGGREGATES


def relation_of(spec):
    """The first relation of an aggregate's argument."""
    return spec[1].split("__")[0] if spec[0] == "f" else relation_of(spec[1])


def chosen(model, steps):
    """The rows that filters and exclusions leave."""
    rows = MODELS[model].objects.order_by()
    for word, condition in steps:
        if word == "filter":
            rows = rows.filter(where(condition))
        else:
            rows = rows.exclude(pk__in=set(MODELS[model].objects.filter(where(condition)).values_list("pk", flat=True)))
    return rows


def holds(condition, cells):
    """A condition on computed cells: ["cmp", lookup, position, value]; what is unknown does not hold."""
    _, lookup, at, value = condition
    cell = cells[at]
    if cell is None:
        return False
    return {"exact": cell == value, "gt": cell > value, "gte": cell >= value, "lt": cell < value, "lte": cell <= value}[lookup]


def in_order(rows, order, cell_of):
    """Rows in an order of [cell, descending, nulls first], the last term being unique."""
    for at, descending, nulls_first in reversed(order):
        known = [row for row in rows if cell_of(row, at) is not None]
        unknown = [row for row in rows if cell_of(row, at) is None]
        known.sort(key=lambda row: cell_of(row, at), reverse=descending)
        rows = unknown + known if nulls_first else known + unknown
    return rows


def is_about(condition, relation):
    return condition[0] == "cmp" and condition[2][0] == "f" and condition[2][1].startswith(relation + "__")


def annotated(program):
    """Rows and what is computed of each: every expression by itself."""
    model, steps = program["model"], program["filters"]
    keys = sorted(set(chosen(model, steps).values_list("pk", flat=True)))
    columns = []
    for spec in program["select"]:
        rows = MODELS[model].objects.filter(pk__in=keys).order_by()
        if is_aggregate(spec):
            # The conditions that were about the same relation restrict it.
            relation = relation_of(spec[1])
            for word, condition in steps:
                if word == "filter" and is_about(condition, relation):
                    rows = rows.filter(where(condition))
        columns.append(dict(rows.annotate(e=expression(spec)).values_list("pk", "e")))
    rows = [[key, *(plain(column[key]) for column in columns)] for key in keys]
    return finished(rows, program)


def finished(rows, program):
    for word, condition in program.get("having", []):
        rows = [row for row in rows if holds(condition, row) == (word == "filter")]
    rows = in_order(rows, program.get("order", []), lambda row, at: row[at])
    if "slice" in program:
        offset, limit = program["slice"]
        rows = rows[offset:offset + limit]
    return rows


def grouped(program):
    """Groups: keys first, then aggregates, each asked by itself."""
    keys = [spec for spec in program["select"] if not is_aggregate(spec)]
    groups = {}
    aggregates = [spec for spec in program["select"] if is_aggregate(spec)]
    for at, spec in enumerate(aggregates):
        rows = chosen(program["model"], program["filters"]).annotate(**named(keys)).values(*named(keys))
        for row in rows.annotate(n=expression(spec)):
            key = tuple(plain(row[name]) for name in named(keys))
            groups.setdefault(key, [None] * len(aggregates))[at] = plain(row["n"])
    return finished([[*key, *cells] for key, cells in groups.items()], program)


def whole(program):
    row = []
    for spec in program["select"]:
        rows = chosen(program["model"], program["filters"])
        if "slice" in program:
            offset, limit = program["slice"]
            sign = "-" if program["order"][0][1] else ""
            rows = rows.order_by(sign + "id")[offset:offset + limit]
        row.append(plain(rows.aggregate(n=expression(spec))["n"]))
    return [row]


def selected(program):
    rows = chosen(program["model"], program["filters"])
    rows = rows.annotate(**named(program["select"])).values_list(*named(program["select"]))
    if program.get("distinct"):
        rows = rows.distinct()
    for_order = [[plain(cell) for cell in row] for row in rows]
    return finished(for_order, program)


ANSWERS = {"annotate": annotated, "group": grouped, "aggregate": whole, "values": selected}


# ---------------------------------------------------------------------------------------------------- programs, made up

class Maker:
    def __init__(self, rng):
        self.rng = rng

    def to_one(self, model):
        """A path over to-one relations, and where it ends."""
        names = ""
        while model in TO_ONE and self.rng.random() < 0.4:
            name, model = self.rng.choice(sorted(TO_ONE[model].items()))
            names += name + "__"
        return names, model

    def to_many(self, model):
        """A path with a to-many relation, perhaps one behind it, and where it ends."""
        name, at = self.rng.choice(sorted(TO_MANY[model].items()))
        names = name + "__"
        if self.rng.random() < 0.3:
            more = sorted({**TO_MANY.get(at, {}), **TO_ONE.get(at, {})}.items())
            name, at = self.rng.choice(more)
            names += name + "__"
        return names, at

    def field(self, names, model, kind):
        fields = [name for name, of in FIELDS[model].items() if of == kind]
        return ["f", names + self.rng.choice(fields)] if fields else None

    def value(self, kind):
        if kind == INT:
            return ["v", self.rng.choice([0, 1, 2, 3, 5, 10, 20, -1]), INT]
        if kind == TEXT:
            return ["v", self.rng.choice(["Rust", "x", "Alice", "nice", "", "日本語", "draft"]), TEXT]
        return ["v", self.rng.choice([19723, 19904, 20453, 20454]) * 86400 * 10**6, INSTANT]

    def of_row(self, model, kind, depth=2):
        """An expression over one row and its to-one relations."""
        rng = self.rng
        if depth == 0 or rng.random() < 0.35:
            names, at = self.to_one(model)
            return self.field(names, at, kind) or self.field("", model, kind) or self.value(kind)
        inner = lambda of: self.of_row(model, of, depth - 1)
        pick = rng.random()
        if pick < 0.18:
            otherwise = self.either(model, kind, depth - 1) if rng.random() < 0.7 else None
            whens = [[self.condition(model, depth - 1), self.either(model, kind, depth - 1)]]
            if rng.random() < 0.4:
                whens.append([self.condition(model, depth - 1), self.either(model, kind, depth - 1)])
            return ["case", whens, otherwise, kind]
        if pick < 0.32:
            return ["coalesce", inner(kind), self.either(model, kind, depth - 1), kind]
        if pick < 0.40 and kind != TEXT:
            return [rng.choice(["greatest", "least"]), inner(kind), self.either(model, kind, depth - 1), kind]
        if kind == INT:
            if pick < 0.68:
                return [rng.choice("+-*"), inner(INT), self.either(model, INT, depth - 1)]
            if pick < 0.76:
                return ["abs", inner(INT)]
            if pick < 0.86:
                return ["length", inner(TEXT)]
            when = self.field(*self.to_one(model), INSTANT)
            return ["part", rng.choice(sorted(PARTS)), when] if when else inner(INT)
        if kind == TEXT:
            if pick < 0.55:
                return [rng.choice(["lower", "upper"]), inner(TEXT)]
            if pick < 0.75:
                return ["concat", inner(TEXT), self.either(model, TEXT, depth - 1)]
            if pick < 0.85:
                return ["substr", inner(TEXT), ["v", rng.randint(1, 3), INT], ["v", rng.randint(0, 3), INT]]
            return ["replace", inner(TEXT), ["v", rng.choice(["a", "e", "s"]), TEXT], ["v", rng.choice(["", "%", "xy"]), TEXT]]
        when = self.field(*self.to_one(model), INSTANT)
        return ["trunc", rng.choice(sorted(TRUNCS)), when] if when else inner(INSTANT)

    def either(self, model, kind, depth):
        return self.value(kind) if self.rng.random() < 0.5 else self.of_row(model, kind, depth)

    def condition(self, model, depth=1):
        """A condition on one row and its to-one relations."""
        rng = self.rng
        pick = rng.random()
        if depth and pick < 0.25:
            return [rng.choice(["and", "or"]), self.condition(model, depth - 1), self.condition(model, depth - 1)]
        if pick < 0.32:
            return ["not", self.lookup(*self.to_one(model))]
        if pick < 0.42:
            return self.exists(model)
        if pick < 0.6:
            kind = rng.choice([INT, INT, INSTANT])
            left = self.of_row(model, kind, 1)
            if left[0] != "v":
                return ["cmp", rng.choice(["exact", "gt", "gte", "lt", "lte"]), left, self.either(model, kind, 1)]
        return self.lookup(*self.to_one(model))

    def lookup(self, names, at):
        rng = self.rng
        kind = rng.choice([INT, TEXT, INSTANT])
        left = self.field(names, at, kind) or self.field(names, at, INT)
        if rng.random() < 0.15:
            return ["null", left, rng.random() < 0.5]
        if left[1].endswith(("_at",)):
            return ["cmp", rng.choice(["gt", "gte", "lt", "lte", "exact"]), left, self.value(INSTANT)]
        if FIELDS[at][left[1].rpartition("__")[2]] == TEXT:
            if rng.random() < 0.3:
                return ["in", left, [self.value(TEXT)[1], "spam"]]
            word = self.value(TEXT)
            if left[1].endswith("status"):
                return ["cmp", "exact", left, word]
            return ["cmp", rng.choice(["exact", "icontains", "istartswith", "iendswith", "iexact"]), left, word]
        if rng.random() < 0.2:
            return ["in", left, rng.sample(range(-1, 12), rng.randint(0, 4))]
        return ["cmp", rng.choice(["exact", "gt", "gte", "lt", "lte"]), left, self.value(INT)]

    def linked(self, model):
        """A model whose rows point here, and the field that does."""
        links = {"Author": [("Post", "author_id"), ("Comment", "author_id")], "Category": [("Post", "category_id")],
                 "Post": [("Comment", "post_id")], "Comment": [("Comment", "parent_id")], "Tag": []}
        return self.rng.choice(links[model]) if links[model] else None

    def exists(self, model):
        link = self.linked(model)
        if not link:
            return self.lookup(*self.to_one(model))
        other, field = link
        condition = ["cmp", "exact", ["f", field], ["outer", "id"]]
        if self.rng.random() < 0.5:
            condition = ["and", condition, self.lookup("", other)]
        return ["exists", other, condition]

    def subquery(self, model):
        link = self.linked(model)
        if not link:
            return self.of_row(model, INT)
        other, field = link
        if self.rng.random() < 0.4:
            value, aggregate = ("id", "count") if self.rng.random() < 0.5 else ("id", self.rng.choice(["min", "max", "sum"]))
            return ["subcount", other, field, "id", value, aggregate]
        kinds = [name for name, kind in FIELDS[other].items() if kind == INT]
        order = self.rng.choice(["-", ""]) + "id"
        return ["subquery", other, ["cmp", "exact", ["f", field], ["outer", "id"]], order, self.rng.choice(kinds)]

    def aggregate(self, names, at, local=None):
        """An aggregate of a path's end."""
        rng = self.rng
        word = rng.choice(["count", "count", "sum", "avg", "min", "max"])
        condition = self.lookup(names, at) if rng.random() < 0.3 else None
        if word == "count":
            argument = self.field(names, at, rng.choice([INT, TEXT])) or self.field(names, at, INT)
            return ["count", argument, rng.random() < 0.4, condition]
        if word in ("min", "max"):
            argument = self.field(names, at, rng.choice([INT, INSTANT])) or self.field(names, at, INT)
            return [word, argument, False, condition]
        argument = self.field(names, at, INT)
        if rng.random() < 0.3:
            argument = [rng.choice("+*"), argument, ["v", rng.choice([2, 3]), INT]]
        return [word, argument, rng.random() < 0.2, condition]

    def steps(self, model, crossing=0.0):
        steps = []
        for _ in range(self.rng.choice([0, 1, 1, 2])):
            word = "exclude" if self.rng.random() < 0.3 else "filter"
            if self.rng.random() < crossing and model in TO_MANY:
                steps.append([word, self.lookup(*self.to_many(model))])
            else:
                steps.append([word, self.condition(model)])
        return steps

    def order(self, program, kinds):
        """An order by a number or an instant, the last term unique: the cells of `unique`."""
        rng = self.rng
        orderable = [at for at, kind in enumerate(kinds) if kind in (INT, INSTANT)]
        terms = rng.sample(orderable, min(len(orderable), rng.randint(0, 2)))
        return [[at, rng.random() < 0.5, rng.random() < 0.5] for at in terms]

    def having(self, kinds, offset=0):
        at = [at for at, kind in enumerate(kinds) if kind == INT and at >= offset]
        if not at or self.rng.random() < 0.6:
            return []
        word = "exclude" if self.rng.random() < 0.25 else "filter"
        lookup = self.rng.choice(["exact", "gt", "gte", "lt", "lte"])
        return [[word, ["cmp", lookup, self.rng.choice(at), self.rng.choice([0, 1, 2, 3, 5, 10])]]]

    def annotate(self):
        rng = self.rng
        model = rng.choice(sorted(MODELS))
        program = {"kind": "annotate", "model": model, "filters": self.steps(model)}
        select = []
        for _ in range(rng.randint(1, 4)):
            pick = rng.random()
            if pick < 0.6:
                select.append(self.aggregate(*self.to_many(model)))
            elif pick < 0.75:
                select.append(self.subquery(model))
            elif pick < 0.8:
                select.append(self.exists(model))
            else:
                select.append(self.of_row(model, rng.choice([INT, TEXT, INSTANT])))
        program["select"] = [spec for spec in select if spec[0] not in ("null", "in", "cmp")] or [["f", "id"]]
        if rng.random() < 0.4 and any(map(is_aggregate, select)):
            # A row with an aggregate is there once, however many related rows are found.
            name, at = rng.choice(sorted(TO_MANY[model].items()))
            program["filters"].append(["filter", self.about(name + "__", at)])
        kinds = [INT, *(kind_of(spec, model) for spec in program["select"])]
        having = self.having(kinds, 1)
        program["having"] = having
        program["order"] = [*self.order(program, kinds), [0, rng.random() < 0.5, True]]
        if rng.random() < 0.3:
            program["slice"] = [rng.randint(0, 2), rng.randint(1, 5)]
        return program

    def about(self, names, at):
        while True:
            condition = self.lookup(names, at)
            if condition[0] == "cmp":
                return condition

    def group(self):
        rng = self.rng
        model = rng.choice(["Post", "Post", "Comment", "Author"])
        keys = []
        for _ in range(rng.randint(1, 2)):
            if rng.random() < 0.25 and not keys:
                names, at = self.to_many(model)
                keys.append(self.field(names, at, rng.choice([INT, TEXT])) or self.field(names, at, INT))
            else:
                keys.append(self.of_row(model, rng.choice([INT, TEXT, INSTANT]), rng.choice([0, 0, 1, 2])))
        crosses = any(is_to_many(key, model) for key in keys)
        aggregates = []
        for _ in range(rng.randint(1, 3)):
            # An aggregate over another relation than the keys' would be multiplied by Django.
            if rng.random() < 0.35 and not crosses:
                aggregates.append(self.aggregate(*self.to_many(model)))
            else:
                aggregates.append(self.aggregate(*self.to_one(model)))
        program = {"kind": "group", "model": model, "filters": self.steps(model), "select": [*keys, *aggregates]}
        # A subquery is equal to no other, so an order by one is by no key.
        if any(key[0] == "v" or "exists" in json.dumps(key) for key in keys):
            return self.group()
        kinds = [kind_of(spec, model) for spec in program["select"]]
        program["having"] = self.having(kinds, len(keys))
        if TEXT not in kinds[:len(keys)]:
            unique = [[at, rng.random() < 0.5, rng.random() < 0.5] for at in range(len(keys))]
            program["order"] = [*self.order(program, kinds), *unique]
            if rng.random() < 0.3:
                program["slice"] = [rng.randint(0, 2), rng.randint(1, 4)]
        return program

    def whole(self):
        rng = self.rng
        model = rng.choice(sorted(MODELS))
        select = [self.aggregate(*self.to_one(model)) for _ in range(rng.randint(1, 3))]
        program = {"kind": "aggregate", "model": model, "filters": self.steps(model, 0.4), "select": select}
        if rng.random() < 0.3:
            program["filters"] = self.steps(model)
            program["order"] = [[0, rng.random() < 0.5, True]]
            program["slice"] = [rng.randint(0, 2), rng.randint(1, 6)]
        elif rng.random() < 0.4:
            program["filters"] = self.steps(model)
            select.append(self.aggregate(*self.to_many(model)))
        return program

    def values(self):
        rng = self.rng
        model = rng.choice(sorted(MODELS))
        select = []
        for _ in range(rng.randint(1, 3)):
            if rng.random() < 0.2 and not any(is_to_many(spec, model) for spec in select):
                names, at = self.to_many(model)
                select.append(self.field(names, at, rng.choice([INT, TEXT])) or self.field(names, at, INT))
            elif rng.random() < 0.2:
                select.append(self.subquery(model))
            else:
                select.append(self.of_row(model, rng.choice([INT, TEXT, INSTANT]), 3))
        program = {"kind": "values", "model": model, "filters": self.steps(model, 0.3), "select": select}
        if rng.random() < 0.4:
            program["distinct"] = True
        elif rng.random() < 0.5 and not any(is_to_many(spec, model) for spec in select):
            program["filters"] = self.steps(model)
            program["select"].append(["f", "id"])
            kinds = [kind_of(spec, model) for spec in select]
            program["order"] = [*self.order(program, kinds), [len(select) - 1, rng.random() < 0.5, True]]
            if rng.random() < 0.5:
                program["slice"] = [rng.randint(0, 3), rng.randint(0, 5)]
        return program


def is_to_many(spec, model):
    if spec[0] != "f":
        return any(is_to_many(part, model) for part in spec if isinstance(part, list) and part and isinstance(part[0], str))
    at = model
    for name in spec[1].split("__")[:-1]:
        if name in TO_MANY[at]:
            return True
        at = TO_ONE[at][name]
    return False


def kind_of(spec, model):
    word = spec[0]
    if word == "f":
        for name in spec[1].split("__")[:-1]:
            model = {**TO_MANY[model], **TO_ONE.get(model, {})}[name]
        return FIELDS[model][spec[1].rpartition("__")[2]]
    if word == "v":
        return spec[2]
    if word == "case":
        return spec[3]
    if word == "exists":
        return BOOL
    if word == "avg":
        return FLOAT
    if word in ("count", "sum", "length", "abs", "part", "subquery", "subcount", "+", "-", "*"):
        return INT
    if word in ("lower", "upper", "concat", "substr", "replace", "trim"):
        return TEXT
    return kind_of(spec[2] if word == "trunc" else spec[1], model)


def main():
    rng = random.Random(11)
    rows = fill(rng)
    maker = Maker(rng)
    programs = []
    while len(programs) < int(sys.argv[1]):
        program = rng.choice([maker.annotate, maker.annotate, maker.group, maker.whole, maker.values])()
        answer = ANSWERS[program["kind"]](program)
        if answer == [] and rng.random() < 0.7:
            continue
        programs.append({key: value for key, value in program.items() if value != []} | {"answer": answer})
    write = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    print('{"rows":' + write(rows) + ',\n"programs":[')
    print(",\n".join(write(program) for program in programs))
    print("]}")


main()
