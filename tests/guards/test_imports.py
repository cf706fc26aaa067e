"""Hold the document of the layers to the contracts that `lint-imports` checks."""

import tomllib

from tests.running import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]


def test_the_layers_are_drawn_as_they_are() -> None:
    """A drawing that lies is worse than none."""
    drawing = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    for contract in CONTRACTS["contracts"]:
        if contract["type"] == "layers":
            (container,) = contract.get("containers", [""])
            layers = [it.replace(" : ", ", ").replace(" | ", ", ") for it in contract["layers"]]
            line = " → ".join(layers)
            assert f"{container or 'packages':9} {line}" in drawing.replace("\n          ", " ")


def test_no_test_reads_outside_the_project() -> None:
    """A clone is all there is: what a test needs of elsewhere is copied into it."""
    for file in (ROOT / "tests").rglob("*.py"):
        assert ".." + "/shared" not in file.read_text("utf-8"), file.relative_to(ROOT)
