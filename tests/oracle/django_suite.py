"""The pairs of states of Django's own tests of its autodetector, in this project's JSON.

    python3 django_suite.py DJANGO_SOURCE > CASES.json

Runs `tests/migrations/test_autodetector.py` of a Django source tree (of the same version as the installed Django) and
writes down every pair of states that the tests give to the autodetector, with what their questioners answer and the
graph. What this project's models do not have is left out of a state: managers, validators, custom kinds of fields (the
kind beneath stands in), bases that are Python classes. A swappable relation is one to the model that it stands for.
"""

import base64
import datetime
import decimal
import json
import sys
import unittest
import uuid

import django
from django.conf import settings

SOURCE = sys.argv[1]
sys.path.insert(0, SOURCE + "/tests")
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "migrations"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    MIGRATION_MODULES={"migrations": None},
    USE_TZ=False,
)
django.setup()

from django.db import models  # noqa: E402
from django.db.migrations.autodetector import MigrationAutodetector  # noqa: E402
from django.db.models.expressions import Combinable, CombinedExpression, F, Func, OrderBy, Value  # noqa: E402
from django.db.models.fields import NOT_PROVIDED  # noqa: E402
from django.utils import timezone  # noqa: E402

from django_kinds import KINDS, RENAMED_BACK, WORDS  # noqa: E402

OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "%%": "mod"}


def path_of(function):
    return f"{getattr(function, '__module__', 'tests')}::{getattr(function, '__qualname__', type(function).__name__)}"


def literal(value):
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (list, tuple, type({}.keys()))):
        return [literal(item) for item in value]
    if isinstance(value, dict):
        return {key: literal(item) for key, item in value.items()}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "deconstruct"):
        # An opaque value: a function of which the path tells everything that it is compared by.
        return opaque(value)
    raise ValueError(f"no literal: {value!r}")


def opaque(value):
    def plain(item):
        if hasattr(item, "deconstruct"):
            return plain(item.deconstruct())
        if isinstance(item, (list, tuple)):
            return [plain(part) for part in item]
        if isinstance(item, dict):
            return {key: plain(part) for key, part in item.items()}
        return item if isinstance(item, (bool, int, float, str, type(None))) else path_of(item)

    text = json.dumps(plain(value), sort_keys=True)
    return {"rust": "tests::opaque_" + uuid.uuid5(uuid.NAMESPACE_OID, text).hex[:12]}


def default(value):
    if value in (timezone.now, datetime.datetime.now):
        return {"fn": "now"}
    if value is uuid.uuid4:
        return {"fn": "uuid4"}
    if callable(value):
        return {"rust": path_of(value)}
    if isinstance(value, (list, tuple, dict)) and "deconstruct" in repr([dir(item) for item in flat(value)]):
        return opaque(value)
    return literal(value)


def flat(value):
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in flat(item)]
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in flat(item)]
    return [value]


def expression(value):
    if isinstance(value, str):
        return {"f": value}
    if isinstance(value, F):
        return {"f": value.name}
    if isinstance(value, Value):
        inner = literal(value.value)
        return {"value": inner} if isinstance(inner, dict) else inner
    if isinstance(value, OrderBy):
        return {"fn": "desc" if value.descending else "asc", "args": [expression(value.expression)]}
    if isinstance(value, CombinedExpression):
        return {"fn": OPERATORS[value.connector], "args": [expression(value.lhs), expression(value.rhs)]}
    if isinstance(value, Func):
        name = "concat" if "Concat" in type(value).__name__ else type(value).__name__.lower()
        return {"fn": name, "args": [expression(part) for part in value.source_expressions]}
    return literal(value)


def condition(q):
    if isinstance(q, tuple):
        name, value = q
        return {name: expression(value) if isinstance(value, Combinable) else literal(value)}
    parts = [condition(child) for child in q.children]
    whole = parts[0] if len(parts) == 1 else {q.connector.lower(): parts}
    return {"not": whole} if q.negated else whole


class Names:
    """The models of a state by their names in lower case, as they are written."""

    def __init__(self, state):
        self.names = {key: f"{model.app_label}.{model.name}" for key, model in state.models.items()}

    def of(self, name, app):
        name = getattr(name, "_meta", name)
        name = getattr(name, "label", name)
        if name == "self" or name is None:
            raise ValueError("self")
        name = str(name)
        label, _, model = name.rpartition(".")
        label = label or app
        return self.names.get((label, model.lower()), f"{label}.{model}")


def kind_of(field):
    for cls in type(field).__mro__:
        if cls in WORDS:
            return cls
    raise ValueError(f"no kind: {type(field)}")


def field_out(name, field, model, names):
    _, _, args, kwargs = field.deconstruct()
    kind = kind_of(field)
    spec = {"name": name} if name else {}
    spec["type"] = WORDS[kind]
    if kind is models.GeneratedField:
        spec["expression"] = expression(kwargs.pop("expression"))
        spec["output"] = field_out(None, kwargs.pop("output_field"), model, names)
        spec["stored"] = kwargs.pop("db_persist")
    if kind is models.CompositePrimaryKey:
        spec["fields"] = list(args)
        kwargs = {}
    if field.remote_field:
        kwargs.setdefault("to", field.remote_field.model)
    for key, value in kwargs.items():
        ours = RENAMED_BACK.get(key, key)
        if key in ("validators", "editable", "serialize", "error_messages", "swappable", "db_on_delete"):
            continue
        if key == "default":
            if value is None:
                continue
            value = default(value)
        elif key == "db_default":
            value = expression(value) if isinstance(value, (Combinable, Func, Value)) else literal(value)
        elif key == "on_delete":
            value = value.__name__ if value.__name__.isupper() else {"set": "x"}
        elif key in ("to", "through"):
            if str(value).lower() in ("self", "recursive"):
                value = f"{model.app_label}.{model.name}"
            value = names.of(getattr(value, "setting_name", None) and str(value) or value, model.app_label)
        elif key == "choices":
            value = [list(choice) for choice in value]
        elif key == "limit_choices_to":
            value = condition(models.Q(**value)) if isinstance(value, dict) else condition(value)
        elif key == "through_fields":
            value = list(value)
        elif key in ("verbose_name", "help_text", "max_length", "related_name") and value is None:
            continue
        if key in ("from_fields", "to_fields") or value is None:
            continue
        spec[ours] = value
    if kind in (models.ForeignKey, models.OneToOneField):
        spec.setdefault("on_delete", "CASCADE")
    if kind is models.ManyToManyField and spec["to"].lower() == f"{model.app_label}.{model.name}".lower():
        if not field.remote_field.symmetrical:
            spec["symmetrical"] = False
    return spec


def index_out(index):
    _, expressions, kwargs = index.deconstruct()
    spec = {"name": index.name}
    if index.fields:
        spec["fields"] = list(index.fields)
    if kwargs.get("condition"):
        spec["condition"] = condition(kwargs["condition"])
    for key in ("include", "opclasses"):
        if kwargs.get(key):
            spec[key] = list(kwargs[key])
    if kwargs.get("db_tablespace"):
        spec["tablespace"] = kwargs["db_tablespace"]
    if expressions:
        spec["expressions"] = [expression(part) for part in expressions]
    return spec


def constraint_out(constraint):
    is_check = isinstance(constraint, models.CheckConstraint)
    spec = {"kind": "check" if is_check else "unique", "name": constraint.name}
    _, expressions, kwargs = constraint.deconstruct()
    for key, value in kwargs.items():
        if key == "condition":
            value = condition(value)
        elif key == "deferrable":
            value = value.value
        elif key in ("fields", "include", "opclasses"):
            value = list(value)
        if value not in (None, []):
            spec[key] = value
    if expressions:
        spec["expressions"] = [expression(part) for part in expressions]
    return spec


def options_out(model, names):
    spec = {}
    for key, value in model.options.items():
        key = {"db_table_comment": "comment", "db_tablespace": "tablespace"}.get(key, key)
        if key in ("indexes", "constraints", "db_table", "index_together", "swappable", "permissions", "apps", "abstract"):
            continue
        if key in ("base_manager_name", "default_permissions", "select_on_save"):
            continue
        if key == "unique_together":
            value = sorted(list(names) for names in value or ())
        if key == "ordering":
            value = list(value)
        if value in (None, [], (), "") or (key, value) in (("managed", True), ("proxy", False)):
            continue
        spec[key] = value
    bases = []
    for base in model.bases:
        label = base if isinstance(base, str) else getattr(getattr(base, "_meta", None), "label", None)
        if label and (tuple(label.lower().split(".")) in names.names or isinstance(base, str)):
            bases.append(names.of(label, model.app_label))
    if bases:
        spec["bases"] = bases
    return spec


def state_out(state):
    names = Names(state)
    specs = []
    for key in sorted(state.models):
        model = state.models[key]
        spec = {"app": model.app_label, "name": model.name}
        if not model.options.get("proxy"):
            spec["table"] = model.options.get("db_table") or f"{model.app_label}_{model.name.lower()}"
        spec["options"] = options_out(model, names)
        spec["indexes"] = [index_out(index) for index in model.options.get("indexes", [])]
        spec["constraints"] = [constraint_out(one) for one in model.options.get("constraints", [])]
        spec["fields"] = [field_out(name, field, model, names) for name, field in model.fields.items()]
        specs.append({key: value for key, value in spec.items() if value not in ({}, []) or key == "fields"})
    return {"models": specs}


def graph_out(graph):
    nodes = []
    for app, name in sorted(graph.nodes):
        parents = sorted(".".join(parent.key) for parent in graph.node_map[(app, name)].parents)
        nodes.append({"app": app, "name": name, "dependencies": parents} if parents else {"app": app, "name": name})
    return {"migrations": nodes}


def answers_out(questioner):
    defaults = getattr(questioner, "defaults", None) or {}
    answers = {"renames": "all" if defaults.get("ask_rename") or defaults.get("ask_rename_model") else "none"}
    for name in ("ask_not_null_addition", "ask_not_null_alteration", "ask_auto_now_add_addition"):
        mocked = getattr(getattr(type(questioner), name), "return_value", None)
        mocked = getattr(getattr(type(questioner), name), "side_effect", None) and None or mocked
        if isinstance(mocked, models.Value.__mro__[0]) or mocked is NOT_PROVIDED:
            mocked = None
        if isinstance(mocked, (str, int, float)):
            answers["default_for_any"] = mocked
    answers.setdefault("default_for_any", None)
    return answers


CASES, SKIPPED = [], []
CURRENT = [None]


def recorded(original):
    def wrapper(self, *args, **kwargs):
        graph = next((arg for arg in [*args, *kwargs.values()] if hasattr(arg, "node_map")), None)
        try:
            case = {
                "name": f"Django: {CURRENT[0]}",
                "from": state_out(self.from_state),
                "to": state_out(self.to_state),
                "answers": answers_out(self.questioner),
            }
            if graph is not None and graph.nodes:
                case["graph"] = graph_out(graph)
            same = sum(1 for one in CASES if one["name"].split(" #")[0] == case["name"])
            case["name"] += f" #{same + 1}" if same else ""
            if not any({**one, "name": ""} == {**case, "name": ""} for one in CASES):
                CASES.append(case)
        except Exception as error:  # noqa: BLE001
            SKIPPED.append(f"{CURRENT[0]}: {type(error).__name__} {error}")
        return original(self, *args, **kwargs)

    return wrapper


MigrationAutodetector._detect_changes = recorded(MigrationAutodetector._detect_changes)


class NamedResult(unittest.TextTestResult):
    def startTest(self, test):
        CURRENT[0] = test._testMethodName.removeprefix("test_").replace("_", " ")
        super().startTest(test)


def main():
    from django.db import connection

    from migrations import test_autodetector

    connection.prepare_database()
    suite = unittest.defaultTestLoader.loadTestsFromModule(test_autodetector)
    result = unittest.TextTestRunner(stream=sys.stderr, resultclass=NamedResult).run(suite)
    print(len(CASES), "pairs;", "skipped:", *SKIPPED, sep="\n  ", file=sys.stderr)
    lines = [json.dumps(case, separators=(",", ":")) for case in CASES]
    print("[\n" + ",\n".join(lines) + "\n]")
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
