"""The words for what Django has classes and keywords for; read after `settings.configure`."""

from django.db import models

# The words for kinds of fields.
KINDS = {
    "auto": models.AutoField,
    "big_auto": models.BigAutoField,
    "small_auto": models.SmallAutoField,
    "big_integer": models.BigIntegerField,
    "integer": models.IntegerField,
    "small_integer": models.SmallIntegerField,
    "positive_integer": models.PositiveIntegerField,
    "positive_big_integer": models.PositiveBigIntegerField,
    "positive_small_integer": models.PositiveSmallIntegerField,
    "boolean": models.BooleanField,
    "char": models.CharField,
    "text": models.TextField,
    "slug": models.SlugField,
    "email": models.EmailField,
    "url": models.URLField,
    "generic_ip_address": models.GenericIPAddressField,
    "float": models.FloatField,
    "decimal": models.DecimalField,
    "date": models.DateField,
    "date_time": models.DateTimeField,
    "time": models.TimeField,
    "duration": models.DurationField,
    "uuid": models.UUIDField,
    "json": models.JSONField,
    "binary": models.BinaryField,
    "foreign_key": models.ForeignKey,
    "one_to_one": models.OneToOneField,
    "many_to_many": models.ManyToManyField,
    "generated": models.GeneratedField,
    "composite_primary_key": models.CompositePrimaryKey,
}
WORDS = {cls: word for word, cls in KINDS.items()}

# Keys of a field that Django calls otherwise.
RENAMED_KEYS = {
    "index": "db_index",
    "column": "db_column",
    "comment": "db_comment",
    "collation": "db_collation",
    "tablespace": "db_tablespace",
    "table": "db_table",
}
RENAMED_BACK = {theirs: ours for ours, theirs in RENAMED_KEYS.items()}
