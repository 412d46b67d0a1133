"""Whether a page can be used by everybody, as far as axe-core can tell."""

from axe_playwright_python.sync_playwright import Axe

AXE = Axe()
# What axe calls moderate or minor is advice; these keep people out.
GRAVE = {"serious", "critical"}


def check_accessibility(page, where=""):
    """Fails with every serious or critical violation on the page: the rule, and what breaks it."""
    found = AXE.run(page).response["violations"]
    grave = [
        f"{rule['id']}: {', '.join(' '.join(map(str, node['target'])) for node in rule['nodes'][:4])}"
        for rule in found if rule["impact"] in GRAVE
    ]
    assert not grave, f"{where or page.url} is not accessible: " + "; ".join(grave)
