"""Audit entries of changes in Django's admin, with old and new values. Of secrets they only say that they changed.

Signals see what an admin class, ours or a library's, saves and deletes during a request to the admin. Classes whose
acts write their own entries say so with `audits_itself`; those that only show rows change nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.utils import timezone

from accounts import audit
from accounts.models import User
from ui.admin import WatchedAdmin

SECRET = ("password", "secret", "seed", "token", "sealed", "data", "key")
"""A column with such a part in its name may hold a secret."""

UNREMARKABLE = {"last_login", "last_used_at"}

_by: ContextVar[User | None] = ContextVar("admin_user", default=None)


@contextmanager
def watched() -> Iterator[None]:
    """Forget, when the block ends, which user is at work in the admin."""
    before = _by.set(None)
    try:
        yield
    finally:
        _by.reset(before)


def record_from_here(user: User) -> None:
    """Write entries of what is saved from here on as this user's, until the surrounding `watched` ends."""
    _by.set(user)


def listen() -> None:
    """Connect the signals. Called once, when the apps are ready."""
    pre_save.connect(_before_saving, dispatch_uid="audit")
    post_save.connect(_saved, dispatch_uid="audit")
    post_delete.connect(_deleted, dispatch_uid="audit")
    m2m_changed.connect(_related, dispatch_uid="audit")


def _before_saving(sender: type[models.Model], instance: models.Model, **_: Any) -> None:
    if _concerns(sender):
        stored = sender._base_manager.filter(pk=instance.pk).first() if instance.pk is not None else None
        instance.audited_before = _values(stored) if stored else {}  # type: ignore[attr-defined]


def _saved(sender: type[models.Model], instance: models.Model, *, created: bool, **_: Any) -> None:
    if not _concerns(sender):
        return
    before: Mapping[str, Any] = getattr(instance, "audited_before", {})
    after = _values(instance)
    changed = [name for name in after if before.get(name) != after[name]]
    if created:
        _record("created in the admin", instance, before={}, after=as_recorded(after))
    elif changed:
        old, new = ({name: values.get(name) for name in changed} for values in (before, after))
        _record("changed in the admin", instance, before=as_recorded(old), after=as_recorded(new))


def _deleted(sender: type[models.Model], instance: models.Model, **_: Any) -> None:
    if _concerns(sender):
        _record("deleted in the admin", instance, before=as_recorded(_values(instance)), after={})


def _related(instance: models.Model, model: type[models.Model], action: str, pk_set: Any, **_: Any) -> None:
    verb = {"post_add": "given", "post_remove": "taken away", "pre_clear": "taken away"}.get(action)
    if verb is None or not _concerns(type(instance)):
        return
    names = sorted(str(each) for each in model._base_manager.filter(pk__in=pk_set)) if pk_set else ["all"]
    _record(f"{model._meta.verbose_name_plural} {verb} in the admin", instance, **{verb: names})


def _concerns(model: type[models.Model]) -> bool:
    if _by.get() is None or not admin.site.is_registered(model):
        return False
    as_recorded = admin.site.get_model_admin(model)
    return not isinstance(as_recorded, WatchedAdmin) and not getattr(as_recorded, "audits_itself", False)


def _record(action: str, instance: models.Model, **facts: Any) -> None:
    audit.append(action=action, on=instance, by=_by.get(), at=timezone.now(), facts=facts)


def _values(instance: models.Model) -> dict[str, Any]:
    fields = [field for field in instance._meta.concrete_fields if not field.primary_key]
    return {field.attname: field.value_from_object(instance) for field in fields if field.name not in UNREMARKABLE}


def as_recorded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as the entry keeps them: numbers, yes and no, and words; of a secret, whether there is one."""
    return {name: _shown(name, value) for name, value in values.items()}


def _shown(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if any(part in name for part in SECRET):
        return "a secret" if value else "none"
    return value if isinstance(value, int) else str(value)
