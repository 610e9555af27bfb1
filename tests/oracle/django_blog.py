"""The suite's little blog as Django's models, in an SQLite of its own: what the oracles of queries begin with."""

import os
import sys
import types

import django
from django.conf import settings

# An app of this name must be installed for its models to know of each other.
blog = types.ModuleType("blog")
blog.__path__ = [os.path.dirname(os.path.abspath(__file__))]
sys.modules["blog"] = blog
settings.configure(
    INSTALLED_APPS=["blog"], USE_TZ=True, TIME_ZONE="UTC",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()

from django.db import connection, models  # noqa: E402


class Author(models.Model):
    name = models.CharField(max_length=100)
    email = models.CharField(max_length=100, unique=True)

    class Meta:
        app_label = "blog"
        ordering = ["name"]


class Category(models.Model):
    name = models.CharField(max_length=50, unique=True)

    class Meta:
        app_label = "blog"
        ordering = ["name"]


class Tag(models.Model):
    name = models.CharField(max_length=50, unique=True)

    class Meta:
        app_label = "blog"
        ordering = ["name"]


class Post(models.Model):
    title = models.CharField(max_length=200)
    slug = models.CharField(max_length=200, unique=True)
    author = models.ForeignKey(Author, models.CASCADE, related_name="posts")
    category = models.ForeignKey(Category, models.SET_NULL, null=True, related_name="posts")
    tags = models.ManyToManyField(Tag, related_name="posts")
    status = models.CharField(max_length=20)
    body = models.TextField(default="")
    view_count = models.IntegerField()
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "blog"
        ordering = ["-created_at"]


class Comment(models.Model):
    post = models.ForeignKey(Post, models.CASCADE, related_name="comments")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="answers")
    author = models.ForeignKey(Author, models.SET_NULL, null=True, related_name="comment")
    body = models.TextField()

    class Meta:
        app_label = "blog"
        ordering = ["id"]


MODELS = {"Author": Author, "Category": Category, "Tag": Tag, "Post": Post, "Comment": Comment}


def create_tables():
    with connection.schema_editor() as editor:
        for model in MODELS.values():
            editor.create_model(model)
