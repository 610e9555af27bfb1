"""Writes down the tables that Django itself makes, for the suite to compare ours with.

    python3 -m venv /tmp/django && /tmp/django/bin/pip install 'django>=5.2,<5.3' 'psycopg[binary]' pymysql
    /tmp/django/bin/python tests/oracle/django_tables.py

Each database of DATABASES gets the models below, created and then changed by Django's schema editor; what its
catalogue shows is written to tests/oracle/tables.<database>.json. The same models, as migrations of ours, stand in
tests/tests/suite/migrate/oracle.rs. Rerun it where either changes.
"""

import json
import os
import pathlib
import subprocess
import sys
from urllib.parse import urlsplit

HERE = pathlib.Path(__file__).parent
SCRATCH = "nuages_oracle"
URLS = {
    "sqlite": "",
    "postgres": os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432"),
    "mysql": os.environ.get("TEST_MYSQL_URL", ""),
    "mariadb": os.environ.get("TEST_MARIADB_URL", "mysql://root@127.0.0.1:3306"),
}
ENGINES = {"sqlite": "sqlite3", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql"}


def settings_of(name, database):
    if name == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    url = urlsplit(URLS[name])
    return {
        "ENGINE": f"django.db.backends.{ENGINES[name]}",
        "NAME": database,
        "HOST": url.hostname,
        "PORT": url.port,
        "USER": url.username or "root",
        "PASSWORD": url.password or "",
    }


def setup(name, database):
    import django
    from django.conf import settings

    if ENGINES[name] == "mysql":
        import pymysql

        pymysql.version_info = (2, 2, 1, "final", 0)
        pymysql.install_as_MySQLdb()
    settings.configure(
        DATABASES={"default": settings_of(name, database)},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


def make():
    """The models, as they are created and as they are changed."""
    from django.db import connection, models

    class Author(models.Model):
        name = models.CharField(max_length=100)
        email = models.EmailField(unique=True)

        class Meta:
            app_label = "blog"

    class Tag(models.Model):
        name = models.SlugField()

        class Meta:
            app_label = "blog"

    class Post(models.Model):
        title = models.CharField(max_length=200)
        author = models.ForeignKey(Author, models.CASCADE, related_name="posts")
        cover = models.OneToOneField(Tag, models.SET_NULL, null=True, related_name="covered")
        parent = models.ForeignKey("self", models.CASCADE, null=True)
        views = models.PositiveIntegerField()
        small = models.PositiveSmallIntegerField()
        big = models.PositiveBigIntegerField()
        number = models.IntegerField(db_index=True)
        little = models.SmallIntegerField()
        large = models.BigIntegerField()
        body = models.TextField()
        data = models.JSONField(null=True)
        price = models.DecimalField(max_digits=10, decimal_places=2)
        ratio = models.FloatField()
        day = models.DateField()
        at = models.TimeField()
        published_at = models.DateTimeField(null=True)
        took = models.DurationField()
        token = models.UUIDField()
        raw = models.BinaryField()
        address = models.GenericIPAddressField()
        site = models.URLField()
        live = models.BooleanField()
        tags = models.ManyToManyField(Tag, related_name="posts")

        class Meta:
            app_label = "blog"
            unique_together = [("author", "title")]
            indexes = [models.Index(fields=["title", "-views"])]
            constraints = [
                models.CheckConstraint(condition=models.Q(views__gte=0), name="views_not_negative"),
                models.UniqueConstraint(fields=["title", "day"], name="one_title_a_day"),
            ]

    class ARatherLongModelNameForTheSakeOfLongNames(models.Model):
        a_rather_long_name_of_a_foreign_key_field = models.ForeignKey(Post, models.CASCADE, related_name="+")
        another_rather_long_name_of_a_unique_field = models.CharField(max_length=20, unique=True)
        friends = models.ManyToManyField("self")

        class Meta:
            app_label = "blog"

    from django.db.migrations import AddField, AlterField
    from django.db.migrations.state import ModelState, ProjectState

    created = (Author, Tag, Post, ARatherLongModelNameForTheSakeOfLongNames)
    state = ProjectState()
    for model in created:
        state.add_model(ModelState.from_model(model))
    with connection.schema_editor() as editor:
        for model in created:
            editor.create_model(state.apps.get_model("blog", model.__name__))
    # Later changes, whose names differ from those of a creation.
    for operation in (
        AddField("post", "slug", models.CharField(max_length=50, unique=True, null=True)),
        AddField("post", "editor", models.ForeignKey("blog.Author", models.CASCADE, null=True, related_name="edited")),
        AlterField("post", "site", models.URLField(unique=True)),
        AlterField("post", "little", models.PositiveSmallIntegerField()),
        AlterField("post", "ratio", models.FloatField(db_index=True)),
    ):
        before = state.clone()
        operation.state_forwards("blog", state)
        with connection.schema_editor() as editor:
            operation.database_forwards("blog", editor, before, state)


TYPES = {
    "sqlite": "SELECT name, type FROM pragma_table_xinfo('{table}')",
    "postgresql": "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
    "WHERE attrelid = '\"{table}\"'::regclass AND attnum > 0 AND NOT attisdropped",
    "mysql": "SELECT COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS "
    "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '{table}'",
}


def look():
    from django.db import connection

    tables = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(TYPES[connection.vendor].format(table=table))
            columns = dict(sorted(cursor.fetchall()))
            names = {}
            for name, found in connection.introspection.get_constraints(cursor, table).items():
                kind = next(
                    (k for k in ("primary_key", "foreign_key", "check", "unique", "index") if found[k]), "other"
                )
                names[name] = [kind, *(found["columns"] or [])]
            tables[table] = {"columns": columns, "constraints": dict(sorted(names.items()))}
    return tables


def scratch(name, create):
    """Drops, and perhaps makes, the scratch database of a server."""
    setup(name, {"postgres": "postgres"}.get(name, "mysql"))
    from django.db import connection

    connection.ensure_connection()
    if name == "postgres":
        connection.set_autocommit(True)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {SCRATCH}")
        if create:
            cursor.execute(f"CREATE DATABASE {SCRATCH}")


def main():
    if len(sys.argv) == 3:
        name, what = sys.argv[1:]
        if what == "look":
            setup(name, SCRATCH)
            make()
            print(json.dumps(look(), indent=1))
        else:
            scratch(name, create=what == "create")
        return
    for name in URLS:
        if name != "sqlite" and not URLS[name]:
            print(f"{name}: skipped, TEST_{name.upper()}_URL is not set")
            continue
        run = lambda what: subprocess.run([sys.executable, __file__, name, what], check=True, capture_output=True, text=True)
        if name != "sqlite":
            run("create")
        text = run("look").stdout
        if name != "sqlite":
            run("drop")
        (HERE / f"tables.{name}.json").write_text(text)
        print(f"{name}: {len(json.loads(text))} tables")


if __name__ == "__main__":
    main()
