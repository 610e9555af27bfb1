"""What Django's autodetector answers to pairs of states in this project's JSON.

    python3 django_autodetector.py CASES.json > ANSWERS.json

CASES is a list of {"name", "from", "to", "answers"?, "graph"?}; the output is the same list with "django" added: the
migrations in the form of `migrate diff --format json`. Of {"name", "states"} it is what the optimiser makes of the
migrations between these states. Needs `pip install "Django<6"` and nothing else. Where Django's
answer depends on the order of Python's sets, run it with several PYTHONHASHSEED and keep all answers (--merge does it).
"""

import base64
import datetime
import decimal
import functools
import json
import os
import subprocess
import sys
import uuid

import django
from django.conf import settings

settings.configure(INSTALLED_APPS=[], AUTH_USER_MODEL="none.None", USE_TZ=True, DATABASES={})
django.setup()

from django.db import models  # noqa: E402
from django.db.migrations import operations as ops  # noqa: E402
from django.db.migrations.autodetector import MigrationAutodetector  # noqa: E402
from django.db.migrations.graph import MigrationGraph  # noqa: E402
from django.db.migrations.optimizer import MigrationOptimizer  # noqa: E402
from django.db.migrations.questioner import MigrationQuestioner  # noqa: E402
from django.db.migrations.state import ModelState, ProjectState  # noqa: E402
from django.db.models import functions  # noqa: E402
from django.db.models.fields import NOT_PROVIDED  # noqa: E402
from django.utils import timezone  # noqa: E402

from django_kinds import KINDS, RENAMED_BACK, RENAMED_KEYS, WORDS  # noqa: E402

ALTERABLE = {
    "ordering",
    "managed",
    "verbose_name",
    "verbose_name_plural",
    "default_related_name",
    "get_latest_by",
    "default_manager_name",
}

class RustFunction:
    """A default that is an opaque function, the same one for the same path."""

    known = {}

    def __init__(self, path):
        self.path = path

    def __call__(self):
        raise RuntimeError("opaque")

    @classmethod
    def at(cls, path):
        return cls.known.setdefault(path, cls(path))


class Json:
    """A value kept as the JSON it was written in; equal JSON is an equal value."""

    def __init__(self, value):
        self.text = json.dumps(value, sort_keys=True)

    def __eq__(self, other):
        return isinstance(other, Json) and self.text == other.text

    def __hash__(self):
        return hash(self.text)


ON_DELETE = {
    name: getattr(models, name)
    for name in ("CASCADE", "PROTECT", "RESTRICT", "SET_NULL", "SET_DEFAULT", "DO_NOTHING")
}
ON_DELETE_BACK = {rule: name for name, rule in ON_DELETE.items()}
SET_RULES = {}
# How many orders of Python's sets are tried.
SEEDS = 12


def on_delete_in(rule):
    if isinstance(rule, str):
        return ON_DELETE[rule]
    text = json.dumps(rule, sort_keys=True)
    if text not in SET_RULES:
        SET_RULES[text] = lambda *args: None
        ON_DELETE_BACK[SET_RULES[text]] = rule
    return SET_RULES[text]


def default_in(value):
    if value == {"fn": "now"}:
        return timezone.now
    if value == {"fn": "uuid4"}:
        return uuid.uuid4
    if isinstance(value, dict) and set(value) == {"rust"}:
        return RustFunction.at(value["rust"])
    if isinstance(value, (dict, list)):
        return Json(value)
    return value


def default_out(value):
    if value is timezone.now:
        return {"fn": "now"}
    if value is uuid.uuid4:
        return {"fn": "uuid4"}
    if isinstance(value, RustFunction):
        return {"rust": value.path}
    if isinstance(value, Json):
        return json.loads(value.text)
    return value


def fields_of_expression(value):
    if isinstance(value, dict):
        if set(value) == {"f"}:
            return [value["f"]]
        return [name for part in value.values() for name in fields_of_expression(part)]
    if isinstance(value, list):
        return [name for part in value for name in fields_of_expression(part)]
    return []


def condition_in(value):
    """A condition as a Q that is equal exactly when the JSON is."""
    return models.Q(("json", json.dumps(value, sort_keys=True)))


def condition_out(condition):
    return json.loads(condition.children[0][1])


class Expression(models.Value):
    """A JSON expression of a generated column, an index or a constraint, that knows its fields."""

    def __init__(self, text):
        super().__init__(text)
        self.text = text

    def deconstruct(self):
        return ("Expression", (self.text,), {})


def field_in(spec):
    spec = dict(spec)
    name = spec.pop("name", None)
    cls = KINDS[spec.pop("type")]
    args = []
    if cls is models.GeneratedField:
        output = field_in(spec.pop("output"))[1]
        expression = spec.pop("expression")
        field = models.GeneratedField(
            expression=Expression(json.dumps(expression, sort_keys=True)),
            output_field=output,
            db_persist=spec.pop("stored", False),
            **{RENAMED_KEYS.get(key, key): value for key, value in spec.items()},
        )
        return name, field
    if cls is models.CompositePrimaryKey:
        spec.pop("primary_key", None)
        args = spec.pop("fields")
    kwargs = {}
    for key, value in spec.items():
        if key == "default":
            value = default_in(value)
        elif key == "db_default":
            value = Expression(json.dumps(value, sort_keys=True))
        elif key == "on_delete":
            value = on_delete_in(value)
        elif key == "choices":
            value = [(str(choice), json.dumps(choice)) for choice in value]
        elif key == "limit_choices_to":
            value = condition_in(value)
        elif key == "through_fields":
            value = tuple(value)
        kwargs[RENAMED_KEYS.get(key, key)] = value
    if cls in (models.ForeignKey, models.OneToOneField):
        kwargs.setdefault("on_delete", models.CASCADE)
    if cls is models.OneToOneField:
        kwargs.pop("unique", None)
    return name, cls(*args, **kwargs)


def field_out(name, field, names):
    _, _, args, kwargs = field.deconstruct()
    spec = {"name": name} if name else {}
    spec["type"] = WORDS[type(field)]
    if isinstance(field, models.GeneratedField):
        spec["expression"] = json.loads(kwargs.pop("expression").text)
        spec["output"] = field_out(None, kwargs.pop("output_field"), names)
        if kwargs.pop("db_persist"):
            spec["stored"] = True
    if isinstance(field, models.CompositePrimaryKey):
        spec["fields"] = list(args)
        kwargs.pop("primary_key", None)
    for key, value in kwargs.items():
        ours = RENAMED_BACK.get(key, key)
        if key in ("editable", "serialize") or (key == "blank" and not value):
            continue
        if key == "blank" and isinstance(field, models.CompositePrimaryKey):
            continue
        if key == "default":
            if value is None:
                continue
            value = default_out(value)
        elif key == "db_default":
            value = json.loads(value.text)
        elif key == "on_delete":
            value = ON_DELETE_BACK[value]
        elif key == "to":
            value = names.get(value.lower(), value)
        elif key == "choices":
            value = [json.loads(label) for _, label in value]
        elif key == "limit_choices_to":
            value = condition_out(value)
        elif key == "through":
            value = names.get(value.lower(), value)
        elif key == "through_fields":
            value = list(value)
        elif key == "max_length" and (type(field), value) == (models.EmailField, 254):
            continue
        spec[ours] = value
    return spec


@functools.cache
def index_class(using):
    """Django has a class for each method."""
    cls = type(using.capitalize() + "Index", (models.Index,), {"using": using, "__module__": "method"})
    cls.__qualname__ = cls.__name__
    return cls


def index_in(spec):
    spec = dict(spec)
    using = spec.pop("using", None)
    expressions = [Expression(json.dumps(part, sort_keys=True)) for part in spec.pop("expressions", [])]
    if "condition" in spec:
        spec["condition"] = condition_in(spec["condition"])
    if "tablespace" in spec:
        spec["db_tablespace"] = spec.pop("tablespace")
    if using:
        cls = index_class(using)
    else:
        cls = models.Index
    index = cls(*expressions, **spec)
    return index


def index_out(index):
    spec = {"name": index.name}
    if index.fields:
        spec["fields"] = list(index.fields)
    _, expressions, kwargs = index.deconstruct()
    if "condition" in kwargs:
        spec["condition"] = condition_out(kwargs["condition"])
    for key in ("include", "opclasses"):
        if kwargs.get(key):
            spec[key] = list(kwargs[key])
    if getattr(index, "using", None):
        spec["using"] = index.using
    if kwargs.get("db_tablespace"):
        spec["tablespace"] = kwargs["db_tablespace"]
    if expressions:
        spec["expressions"] = [json.loads(part.text) for part in expressions]
    return spec


def constraint_in(spec):
    spec = dict(spec)
    kind = spec.pop("kind")
    if "condition" in spec:
        spec["condition"] = condition_in(spec["condition"])
    if kind == "check":
        return models.CheckConstraint(**spec)
    if kind != "unique":
        raise ValueError("no counterpart for " + kind)
    if "deferrable" in spec:
        spec["deferrable"] = models.Deferrable(spec["deferrable"])
    expressions = [Expression(json.dumps(part, sort_keys=True)) for part in spec.pop("expressions", [])]
    return models.UniqueConstraint(*expressions, **spec)


def constraint_out(constraint):
    is_check = isinstance(constraint, models.CheckConstraint)
    spec = {"kind": "check" if is_check else "unique", "name": constraint.name}
    _, expressions, kwargs = constraint.deconstruct()
    for key, value in kwargs.items():
        if key == "condition":
            value = condition_out(value)
        elif key == "deferrable":
            value = value.value
        elif key in ("fields", "include", "opclasses"):
            value = list(value)
        spec[key] = value
    if expressions:
        spec["expressions"] = [json.loads(part.text) for part in expressions]
    return spec


def lower_name(model):
    app, name = model.split(".")
    return f"{app}.{name.lower()}"


def state_in(spec):
    state = ProjectState()
    for model in sorted(spec["models"], key=lambda model: (model["app"], model["name"].lower())):
        options = dict(model.get("options", {}))
        bases = tuple(lower_name(base) for base in options.pop("bases", [])) or (models.Model,)
        options = {("db_table_comment" if key == "comment" else key): value for key, value in options.items()}
        if "tablespace" in options:
            options["db_tablespace"] = options.pop("tablespace")
        if "unique_together" in options:
            options["unique_together"] = {tuple(names) for names in options["unique_together"]}
        default = model["app"] + "_" + model["name"].lower()
        if model.get("table", default) != default:
            options["db_table"] = model["table"]
        options["indexes"] = [index_in(index) for index in model.get("indexes", [])]
        options["constraints"] = [constraint_in(constraint) for constraint in model.get("constraints", [])]
        fields = [field_in(field) for field in model.get("fields", [])]
        state.add_model(ModelState(model["app"], model["name"], fields, options, bases))
    return state


class Scripted(MigrationQuestioner):
    """Answers from our answers file."""

    def __init__(self, answers, to_state):
        super().__init__({"ask_initial": True})
        self.answers = answers or {}
        self.renames = self.answers.get("renames", "none")
        self.to_state = to_state

    def ask_rename_model(self, old, new):
        if isinstance(self.renames, str):
            return self.renames == "all"
        return f"{old.app_label}.{old.name}={new.name}" in self.renames

    def ask_rename(self, model_name, old_name, new_name, field_instance):
        if isinstance(self.renames, str):
            return self.renames == "all"
        return any(
            rename.lower().endswith(f".{model_name}.{old_name}={new_name}".lower()) for rename in self.renames
        )

    def value(self, field_name, model_name, otherwise):
        for name, value in self.answers.get("defaults", {}).items():
            if name.lower().endswith(f".{model_name}.{field_name}".lower()):
                return otherwise if value is None else default_in(value)
        value = self.answers.get("default_for_any")
        return otherwise if value is None else default_in(self.in_form_of(field_name, model_name, value))

    def in_form_of(self, field_name, model_name, value):
        """One value for every field, in the form of the field's kind."""
        for (_, name), model in self.to_state.models.items():
            field = model.fields.get(field_name)
            if name == model_name and field and not isinstance(value, (dict, list)):
                if isinstance(field, (models.CharField, models.TextField)):
                    return str(value)
                if isinstance(field, models.BooleanField):
                    return {"1": True, "0": False}.get(str(value), value)
                if isinstance(field, models.DecimalField):
                    return str(value)
                if isinstance(field, models.FloatField):
                    return float(value)
                misfits = (models.DateField, models.TimeField, models.UUIDField, models.DurationField, models.BinaryField,
                           models.GenericIPAddressField)
                return int(value) if str(value).isdigit() and not isinstance(field, misfits) else value
        return value

    def ask_not_null_addition(self, field_name, model_name):
        return self.value(field_name, model_name, None)

    def ask_auto_now_add_addition(self, field_name, model_name):
        return self.value(field_name, model_name, None)

    def ask_not_null_alteration(self, field_name, model_name):
        return self.value(field_name, model_name, NOT_PROVIDED)


def options_out(options, bases, names):
    out = {}
    for key, value in options.items():
        if key in ("indexes", "constraints", "db_table"):
            continue
        if key == "db_table_comment":
            key = "comment"
        if key == "db_tablespace":
            key = "tablespace"
        if key == "unique_together":
            value = sorted(list(names) for names in value or ())
        if value in (None, [], ()) or (key, value) in (("managed", True), ("proxy", False)):
            continue
        out[key] = value
    bases = [names.get(base.lower(), base) for base in bases if isinstance(base, str)]
    if bases:
        out["bases"] = bases
    return out


def operation_out(operation, app, names):
    """One operation; models get the names they are written with."""
    kind = type(operation).__name__
    model = getattr(operation, "model_name", None) or getattr(operation, "name", None)
    if not isinstance(operation, (ops.CreateModel, ops.DeleteModel)):
        model = names.get(f"{app}.{model}".lower(), f"{app}.{model}").split(".", 1)[1]
    op = {"op": "", "model": model}
    if isinstance(operation, ops.CreateModel):
        op["op"] = "create_model"
        op["fields"] = [field_out(name, field, names) for name, field in operation.fields]
        op["options"] = options_out(operation.options, operation.bases, names)
        if operation.options.get("db_table"):
            op["table"] = operation.options["db_table"]
        op["indexes"] = [index_out(index) for index in operation.options.get("indexes", [])]
        op["constraints"] = [constraint_out(one) for one in operation.options.get("constraints", [])]
        op = {key: value for key, value in op.items() if value not in ({}, [])}
    elif isinstance(operation, ops.DeleteModel):
        op["op"] = "delete_model"
    elif isinstance(operation, ops.RenameModel):
        op = {"op": "rename_model", "old_name": operation.old_name, "new_name": operation.new_name}
    elif isinstance(operation, (ops.AddField, ops.AlterField)):
        op["op"] = "add_field" if isinstance(operation, ops.AddField) else "alter_field"
        op["field"] = field_out(operation.name, operation.field, names)
        if not operation.preserve_default:
            op["preserve_default"] = False
    elif isinstance(operation, ops.RemoveField):
        op.update(op="remove_field", name=operation.name)
    elif isinstance(operation, ops.RenameField):
        op.update(op="rename_field", old_name=operation.old_name, new_name=operation.new_name)
    elif isinstance(operation, ops.RenameIndex):
        op.update(op="rename_index", old_name=operation.old_name, new_name=operation.new_name)
    elif isinstance(operation, ops.AddIndex):
        op.update(op="add_index", index=index_out(operation.index))
    elif isinstance(operation, ops.RemoveIndex):
        op.update(op="remove_index", name=operation.name)
    elif isinstance(operation, ops.AddConstraint):
        op.update(op="add_constraint", constraint=constraint_out(operation.constraint))
    elif isinstance(operation, ops.AlterConstraint):
        op.update(op="alter_constraint", constraint=constraint_out(operation.constraint))
    elif isinstance(operation, ops.RemoveConstraint):
        op.update(op="remove_constraint", name=operation.name)
    elif isinstance(operation, ops.AlterModelTable):
        op.update(op="alter_model_table", table=operation.table)
    elif isinstance(operation, ops.AlterModelTableComment):
        op.update(op="alter_model_table_comment", comment=operation.table_comment)
    elif isinstance(operation, ops.AlterModelOptions):
        op.update(op="alter_model_options", options=options_out(operation.options, (), names))
    elif isinstance(operation, ops.AlterUniqueTogether):
        op.update(
            op="alter_unique_together",
            unique_together=sorted(list(names) for names in operation.unique_together or ()),
        )
    elif isinstance(operation, ops.AlterOrderWithRespectTo):
        op.update(op="alter_order_with_respect_to", order_with_respect_to=operation.order_with_respect_to)
    else:
        raise ValueError("no word for " + kind)
    return {key: value for key, value in op.items() if value is not None}


def graph_in(spec):
    graph = MigrationGraph()
    nodes = (spec or {}).get("migrations", [])
    for node in nodes:
        graph.add_node((node["app"], node["name"]), None)
    for node in nodes:
        for dependency in node.get("dependencies", []):
            graph.add_dependency(node["name"], (node["app"], node["name"]), tuple(dependency.split(".", 1)))
    return graph


def names_of(*specs):
    """The names of models as they are written, by the names in lower case."""
    names = {}
    for spec in specs:
        for model in spec["models"]:
            name = f'{model["app"]}.{model["name"]}'
            names[name.lower()] = name
    return names


class Autodetector(MigrationAutodetector):
    def _get_dependencies_for_generated_field(self, field):
        # The expression is JSON here: give Django the fields that it would find in its own.
        json_expression = json.loads(field.expression.text)
        real = field.expression
        names = fields_of_expression(json_expression)
        field.expression = functions.Concat(*map(models.F, names)) if len(names) > 1 else models.F(names[0])
        if len(names) == 1:
            field.expression = functions.Lower(field.expression)
        try:
            return super()._get_dependencies_for_generated_field(field)
        finally:
            field.expression = real


def answer(case):
    names = names_of(case["from"], case["to"])
    from_state, to_state = state_in(case["from"]), state_in(case["to"])
    graph = graph_in(case.get("graph"))
    questioner = Scripted(case.get("answers"), to_state)
    try:
        changes = Autodetector(from_state, to_state, questioner).changes(graph)
    except Exception as error:  # noqa: BLE001
        return {"error": type(error).__name__ + ": " + str(error)}
    migrations = []
    for app in sorted(changes):
        for migration in changes[app]:
            migrations.append(
                {
                    "app": app,
                    "name": migration.name,
                    "dependencies": sorted(".".join(key) for key in migration.dependencies),
                    "operations": [operation_out(one, app, names) for one in migration.operations],
                }
            )
    return {"migrations": migrations}


def answer_chain(case):
    """What the optimiser makes of the operations of several migrations of the app `a`, one after the other."""
    names = names_of(*case["states"])
    operations = []
    try:
        for before, after in zip(case["states"], case["states"][1:]):
            to_state = state_in(after)
            changes = Autodetector(state_in(before), to_state, Scripted(case.get("answers"), to_state)).changes(MigrationGraph())
            operations += [one for migration in changes.get("a", []) for one in migration.operations]
        before = len(operations)
        operations = MigrationOptimizer().optimize(operations, "a")
    except Exception as error:  # noqa: BLE001
        return {"error": type(error).__name__ + ": " + str(error)}
    return {"before": before, "operations": [operation_out(one, "a", names) for one in operations]}


def plain(value):
    if isinstance(value, (datetime.date, datetime.time, decimal.Decimal, uuid.UUID)):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return list(value)


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--merge"]
    with open(arguments[0], encoding="utf-8") as file:
        cases = json.load(file)
    if "--merge" not in sys.argv:
        answers = [answer_chain(case) if "states" in case else answer(case) for case in cases]
    else:
        runs = []
        for seed in map(str, range(SEEDS)):
            output = subprocess.run(
                [sys.executable, __file__, arguments[0]],
                env={**os.environ, "PYTHONHASHSEED": seed},
                check=True,
                capture_output=True,
            ).stdout
            runs.append([case["django"] for case in json.loads(output)])
        answers = []
        for several in zip(*runs):
            different = []
            for one in several:
                if one not in different:
                    different.append(one)
            answers.append(different[0] if len(different) == 1 else {"any_of": different})
    lines = [json.dumps({**case, "django": one}, default=plain, separators=(",", ":")) for case, one in zip(cases, answers)]
    print("[\n" + ",\n".join(lines) + "\n]")


if __name__ == "__main__":
    main()
