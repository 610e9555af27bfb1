"""Django's answers to random queries over the suite's little blog.

    python3 django_queries.py COUNT > queries.json

The rows are those of tests/tests/suite/query/data.rs. A query is a model and a chain of steps: {"filter": {lookup:
value, …}} (one call), {"exclude": {lookup: value}}, {"order": name}; the answer is the list of primary keys, sorted
unless the query is ordered, as often as Django gives them. An exclusion is answered by the complement of the filter:
where Django's own exclude() is not that, ours is right. Needs `pip install "Django<6"`.
"""

import json
import random
import sys
from collections import Counter

from django.utils.dateparse import parse_datetime

from django_blog import MODELS, Author, Category, Comment, Post, Tag, create_tables

POSTS = [
    (1, "Rust", 1, 1, "published", 10, "2024-01-15 10:30:00.5Z"),
    (2, "Async", 1, 1, "published", 20, "2024-06-30 23:59:59.999999Z"),
    (3, "100% sure", 2, None, "draft", 0, "2025-03-01 00:00:00Z"),
    (4, "under_score", 2, 2, "in_review", 5, "2025-12-31 23:00:00Z"),
    (5, "ÉTÉ", 3, 2, "published", 5, "2026-01-01 00:00:00Z"),
]


def fill():
    create_tables()
    for key, name in enumerate(["Alice", "Bob", "Carla", "Dora"], 1):
        Author.objects.create(id=key, name=name, email=f"{name.lower()}@example.org")
    for key, name in enumerate(["Tech", "Life"], 1):
        Category.objects.create(id=key, name=name)
    for key, name in enumerate(["rust", "async", "spam"], 1):
        Tag.objects.create(id=key, name=name)
    for key, title, author, category, status, views, at in POSTS:
        Post.objects.create(
            id=key, title=title, slug=f"post-{key}", author_id=author, category_id=category, status=status,
            view_count=views, created_at=parse_datetime(at),
        )
    for post, tag in [(1, 1), (1, 2), (2, 2), (4, 1), (4, 3), (5, 3)]:
        Post.objects.get(pk=post).tags.add(tag)
    for key, post, parent, author, body in [
        (1, 1, None, 2, "nice"), (2, 1, None, None, "spam"), (3, 1, 1, 2, "very nice"), (4, 2, None, 3, "hm"),
    ]:
        Comment.objects.create(id=key, post_id=post, parent_id=parent, author_id=author, body=body)


# The relations of each model: name and model behind it.
RELATIONS = {
    "Author": {"posts": "Post", "comment": "Comment"},
    "Category": {"posts": "Post"},
    "Tag": {"posts": "Post"},
    "Post": {"author": "Author", "category": "Category", "tags": "Tag", "comments": "Comment"},
    "Comment": {"post": "Post", "parent": "Comment", "author": "Author", "answers": "Comment"},
}
TEXTS = {"Author": ["name", "email"], "Category": ["name"], "Tag": ["name"], "Post": ["title", "slug", "status"], "Comment": ["body"]}
WORDS = {
    "name": ["Alice", "bob", "ar", "Tech", "rust", "spam", "s", "x"], "email": ["alice@example.org", "BOB", "@", "a"],
    "title": ["Rust", "s", "100%", "_", "%", "under", "Été"], "slug": ["post-1", "post", "4", "T"],
    "status": ["published", "draft", "in_review", "d"], "body": ["nice", "spam", "very", "m", "N"],
}


def path(rng, model):
    """A path of some relations, and the model at its end."""
    names = []
    while rng.random() < (0.65 if not names else 0.3):
        name, model = rng.choice(sorted(RELATIONS[model].items()))
        names.append(name)
    return names, model


def condition(rng, model):
    names, at = path(rng, model)
    kind = rng.random()
    if kind < 0.12 and names:
        return "__".join([*names, "isnull"]), rng.random() < 0.5
    if kind < 0.22:
        key = rng.choice(["id", "pk"])
        return "__".join([*names, key]), rng.randint(1, 5)
    if kind < 0.3:
        return "__".join([*names, "id", "in"]), sorted(rng.sample(range(0, 6), rng.randint(0, 3)))
    if at == "Post" and kind < 0.5:
        lookup = rng.choice(["exact", "gt", "gte", "lt", "lte", "in", "range"])
        value = {"in": [5, 20], "range": [5, 10]}.get(lookup, rng.choice([0, 5, 10, 20]))
        return "__".join([*names, "view_count", lookup]), value
    if at == "Post" and kind < 0.62:
        part, values = rng.choice([
            ("year", [2024, 2025, 2026]), ("month", [1, 3, 6, 12]), ("day", [1, 15, 30, 31]), ("week", [1, 3, 9, 26]),
            ("week_day", [1, 2, 4, 5, 7]), ("quarter", [1, 2, 4]), ("hour", [0, 10, 23]), ("minute", [0, 30, 59]),
            ("second", [0, 59]),
        ])
        lookup = rng.choice(["", "", "gt", "gte", "lt", "lte"])
        return "__".join([*names, "created_at", part, *([lookup] if lookup else [])]), rng.choice(values)
    if at == "Post" and kind < 0.66:
        return "__".join([*names, "category", "isnull"]), rng.random() < 0.5
    if at == "Comment" and kind < 0.6:
        return "__".join([*names, rng.choice(["author", "parent"]), "isnull"]), rng.random() < 0.5
    name = rng.choice(TEXTS[at])
    # SQLite's LIKE knows no capital letters beyond ASCII, and no case in `contains`; ours are the same everywhere.
    # What is equal but for capitals, and which text is greater, is the collation's affair on MySQL.
    lookup = rng.choice(["exact", "in", "icontains", "istartswith", "iendswith", "iexact"])
    unsure = ("bob", "BOB", "Été") if lookup in ("exact", "in") else ("Été",)
    word = rng.choice([word for word in WORDS[name] if word not in unsure])
    return "__".join([*names, name, lookup]), [word, "Bob"] if lookup == "in" else word


def answer(query):
    model = MODELS[query["model"]]
    rows = model.objects.all()
    ordered = False
    for step in query["steps"]:
        if "filter" in step:
            rows = rows.filter(**step["filter"])
        elif "exclude" in step:
            keys = set(model.objects.filter(**step["exclude"]).values_list("pk", flat=True))
            rows = rows.exclude(pk__in=keys)
        else:
            rows = rows.order_by(step["order"], "pk")
            ordered = True
    if not ordered:
        rows = rows.order_by()
    keys = list(rows.values_list("pk", flat=True))
    return keys if ordered else sorted(keys)


def query(rng):
    model = rng.choice(sorted(MODELS))
    steps = []
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.3:
            steps.append({"exclude": dict(condition(rng, model) for _ in range(rng.randint(1, 2)))})
        else:
            steps.append({"filter": dict(condition(rng, model) for _ in range(rng.randint(1, 3)))})
    names, at = path(rng, model)
    if rng.random() < 0.3 and all(name in ("author", "category", "post", "parent") for name in names):
        sign = rng.choice(["", "-"])
        steps.append({"order": sign + "__".join([*names, rng.choice(["id", *TEXTS[at]])])})
    return {"model": model, "steps": steps}


def main():
    fill()
    rng = random.Random(7)
    queries = []
    while len(queries) < int(sys.argv[1]):
        made = query(rng)
        # NULLs are ordered differently by each database; ASCII titles alone are ordered alike.
        if any("order" in step and ("category" in step["order"] or "parent" in step["order"] or "title" in step["order"]
               or ("author" in step["order"] and made["model"] == "Comment")) for step in made["steps"]):
            continue
        made["answer"] = answer(made)
        queries.append(made)
    print("[")
    print(",\n".join(json.dumps(made, ensure_ascii=False, separators=(",", ":")) for made in queries))
    print("]")
    kinds = Counter(len(made["answer"]) for made in queries)
    print(dict(sorted(kinds.items())), file=sys.stderr)


main()
