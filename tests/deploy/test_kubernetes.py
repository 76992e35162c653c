"""The manifests: against Kubernetes' own schemas, against each other, and against the service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from conftest import ROOT
from starlette.testclient import TestClient

from earmark.serving.settings import PREFIX, ServeSettings

FOLDER = ROOT / "deploy" / "kubernetes"
FILES = sorted(FOLDER.glob("*.yaml"))
VERSIONS = ("1.30", "1.33", "1.37")


def manifests(path: Path) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each]


ALL = {each["kind"]: each for path in FILES for each in manifests(path)}
POD = ALL["Deployment"]["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]
PROBES = [CONTAINER[f"{name}Probe"] for name in ("startup", "readiness", "liveness")]


def test_which_there_are() -> None:
    assert sorted(ALL) == [
        "Deployment",
        "HorizontalPodAutoscaler",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
    ]
    assert sum(len(manifests(path)) for path in FILES) == len(ALL)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_schemas(path: Path, version: str) -> None:
    for manifest in manifests(path):
        kubernetes_validate.validate(manifest, version, strict=True)


def test_the_schemas_find_faults() -> None:
    (wrong,) = manifests(FOLDER / "deployment.yaml")
    wrong["spec"]["template"]["spec"]["containers"][0]["redinessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match=r"redinessProbe"):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_they_mean_each_other() -> None:
    labels = POD["metadata"]["labels"]
    deployment = ALL["Deployment"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert ALL["Service"]["spec"]["selector"] == labels
    assert ALL["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert ALL["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    target = ALL["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert target == {
        "apiVersion": deployment["apiVersion"],
        "kind": "Deployment",
        "name": deployment["metadata"]["name"],
    }
    # The autoscaler's number would be set back each time the deployment is applied.
    assert "replicas" not in deployment["spec"]
    (port,) = CONTAINER["ports"]
    assert port["containerPort"] == ServeSettings().port
    ports = [each["port"] for each in ALL["NetworkPolicy"]["spec"]["ingress"][0]["ports"]]
    named = [ALL["Service"]["spec"]["ports"][0]["targetPort"], *ports]
    named += [probe["httpGet"]["port"] for probe in PROBES]
    assert set(named) == {port["name"]}


def test_budgets_leave_one_to_answer() -> None:
    scaling = ALL["HorizontalPodAutoscaler"]["spec"]
    budget = ALL["PodDisruptionBudget"]["spec"]["maxUnavailable"]
    assert scaling["maxReplicas"] > scaling["minReplicas"] > budget
    assert ALL["Deployment"]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_probes_are_answered(client: TestClient) -> None:
    for probe in PROBES:
        assert client.get(probe["httpGet"]["path"]).status_code == 200
    assert CONTAINER["startupProbe"]["httpGet"]["path"] == "/readyz"
    assert CONTAINER["livenessProbe"]["httpGet"]["path"] == "/healthz"


def test_there_is_time_to_finish() -> None:
    before = CONTAINER["lifecycle"]["preStop"]["sleep"]["seconds"]
    longest = ServeSettings().request_seconds + 1
    assert POD["spec"]["terminationGracePeriodSeconds"] >= before + longest


def test_the_settings_are_the_services() -> None:
    told = {each["name"]: each.get("value", "a-key") for each in CONTAINER["env"]}
    read = ServeSettings.read(told)
    assert all(name.startswith(PREFIX) for name in told)
    assert {name.removeprefix(PREFIX).lower() for name in told} <= set(ServeSettings.model_fields)
    assert read.jobs == 2 * int(CONTAINER["resources"]["limits"]["cpu"])
    assert read.api_keys == ("a-key",)


def test_nothing_may_be_what_it_need_not() -> None:
    pod, own = POD["spec"]["securityContext"], CONTAINER["securityContext"]
    assert pod["runAsNonRoot"]
    assert pod["runAsUser"] > 1000
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own["readOnlyRootFilesystem"]
    assert not own["allowPrivilegeEscalation"]
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert POD["spec"]["automountServiceAccountToken"] is False
    assert f"USER {pod['runAsUser']}:{pod['runAsGroup']}\n" in (
        ROOT / "deploy" / "Dockerfile"
    ).read_text(encoding="utf-8")
    resources = CONTAINER["resources"]
    assert set(resources["limits"]) == set(resources["requests"])
    assert [each["mountPath"] for each in CONTAINER["volumeMounts"]] == ["/tmp"]
