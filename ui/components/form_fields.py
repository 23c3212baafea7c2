"""Form fields with their label, help and errors, connected for screen readers."""

from typing import Any

from django import forms
from django.forms import BaseForm, BoundField
from django.forms.boundfield import BoundWidget

CONTROL_CLASS = "form-control"


def kind(bound: BoundField) -> str:
    """Return the layout of a field: "choices", "checkbox", "file" or "input"."""
    widget = bound.field.widget
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    return "file" if isinstance(widget, forms.FileInput) else "input"


def control_class(bound: BoundField) -> str:
    """Return the style sheet's class for a field's control."""
    widget = bound.field.widget
    if isinstance(widget, forms.Select) and kind(bound) != "choices":
        return "form-select"
    return "form-check-input" if kind(bound) in {"choices", "checkbox"} else CONTROL_CLASS


def described_by(bound: BoundField) -> str:
    """Return the ids of a field's error and help, the error first because it is read first."""
    ids = [f"{bound.auto_id}_error"] if bound.errors else []
    return " ".join([*ids, f"{bound.auto_id}_helptext"] if bound.help_text else ids)


def attributes(bound: BoundField) -> dict[str, str | bool]:
    """Return the attributes of a field's control."""
    own = str(bound.field.widget.attrs.get("class", ""))
    classes = [own, control_class(bound), "is-invalid" if bound.errors else ""]
    given = {
        "class": " ".join(name for name in classes if name),
        "aria-describedby": described_by(bound),
        "aria-invalid": "true" if bound.errors else "",
    }
    return {name: value for name, value in given.items() if value}


def wanting(bound: BoundField) -> str:
    """Return what to do with a required field that was left empty."""
    widget = bound.field.widget
    if isinstance(widget, forms.FileInput):
        return "Choose a file."
    if isinstance(widget, forms.CheckboxInput):
        return "Tick this box to go on."
    return "Choose one." if isinstance(widget, forms.widgets.ChoiceWidget) else "Fill this in."


def errors(bound: BoundField) -> list[str]:
    """Return a field's errors. For an empty field they say what to do, which Django's own text does not."""
    stock = forms.Field.default_error_messages["required"]
    return [wanting(bound) if error == stock else str(error) for error in bound.errors]


def choices(bound: BoundField) -> list[BoundWidget]:
    """Return the options of radio buttons or checkboxes, each with its class."""
    options = list(bound.subwidgets)
    for option in options:
        option.data["attrs"]["class"] = control_class(bound)
    return options


def shown(bound: BoundField) -> dict[str, Any]:
    """Return what a field's template needs, its control rendered. A placeholder that repeats the label is dropped."""
    attrs = bound.field.widget.attrs
    if str(attrs.get("placeholder", "")).casefold().startswith(str(bound.label).casefold()):
        attrs.pop("placeholder", None)
    shape = kind(bound)
    return {
        "field": bound,
        "kind": shape,
        "control": "" if shape == "choices" else bound.as_widget(attrs=attributes(bound)),
        "options": choices(bound) if shape == "choices" else [],
        "errors": errors(bound),
        "optional": not bound.field.required and shape != "checkbox",
        "help_id": f"{bound.auto_id}_helptext",
        "error_id": f"{bound.auto_id}_error",
        "described_by": described_by(bound),
    }


def summary(form: BaseForm) -> dict[str, Any]:
    """Return a form's errors: those of the whole form, and the first one of each field."""
    bad = [(bound, errors(bound)[0]) for bound in form if bound.errors and not bound.is_hidden]
    hidden = [error for bound in form if bound.is_hidden for error in bound.errors]
    whole = [*form.non_field_errors(), *hidden]
    return {"whole": whole, "bad": bad, "any": bool(whole or bad)}
