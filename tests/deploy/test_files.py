"""What lies in deploy/ fits the product and the tools that read it."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.support.root import ROOT

DEPLOY = ROOT / "deploy"
SETTINGS = set(re.findall(r"^#?([A-Z_0-9]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
OF_PYTHON = {"PATH", "PYTHONUNBUFFERED"}


def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def instructions(name):
    """Return the arguments of one instruction of the Dockerfile, in their order, by the stage that has them."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", text, re.MULTILINE)


def test_the_compose_file_is_one_by_its_published_schema():
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text(encoding="utf-8"))

    jsonschema.Draft7Validator(schema).validate(compose())


def test_two_web_servers_and_two_workers_begin_after_the_migration():
    services = compose()["services"]

    for name in ("web", "worker"):
        assert services[name]["deploy"]["replicas"] == 2
        assert services[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
        assert "healthcheck" in services[name]


def test_images_and_compose_set_only_settings_that_there_are():
    given = {pair.partition("=")[0] for line in instructions("ENV") for pair in shlex.split(line)}
    given |= set(compose()["services"]["web"]["environment"])

    assert given - OF_PYTHON <= SETTINGS


def test_commands_of_images_and_units_are_commands_of_the_portal():
    services = compose()["services"]
    commands = [services[name]["command"] for name in ("web", "worker")] + [json.loads(*instructions("CMD"))]
    for unit in (DEPLOY / "systemd").glob("*.service"):
        (start,) = re.findall(r"^ExecStart=\S+/python manage\.py (.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
        commands.append(shlex.split(start))

    for command in commands:
        subprocess.run([sys.executable, "manage.py", "help", command[0]], cwd=ROOT, check=True, capture_output=True)


def test_the_runtime_has_what_the_product_needs_and_nothing_of_the_tests():
    locked = re.findall(r"^([a-z0-9.\-]+)==", (ROOT / "requirements-runtime.lock").read_text("utf-8"), re.MULTILINE)

    assert {"django", "granian", "psycopg", "procrastinate"} <= set(locked)
    assert not {"pytest", "mypy", "ruff", "playwright", "scipy"} & set(locked)


@pytest.mark.slow
def test_the_steps_of_the_image_make_a_portal_that_starts(tmp_path):
    """Run the steps of the build as they stand, but for the installation: this environment has what it installs."""
    portal, environment = tmp_path / "portal", Path(sys.prefix)
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for name in tracked:
        if (ROOT / name).is_file() and name.split("/")[0] not in ignored:
            (portal / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, portal / name)
    (collect,) = [step for step in instructions("RUN") if "collectstatic" in step]

    here = {"/opt/portal": environment, "/portal": portal, "/tmp": tmp_path}
    step = re.sub(r"(?<![\w.])(/opt/portal|/portal|/tmp)(?=/)", lambda found: str(here[found[0]]), collect)
    subprocess.run(["sh", "-c", step], cwd=portal, check=True, env={"PATH": "/usr/bin:/bin"})

    assert (portal / "staticfiles" / "staticfiles.json").exists()
