"""The founders' journey: see a root cause, probe its gate, send again in bulk, look after a business, read the record.

    founders.py ENV SCREENSHOTS     started by Tests/Browser/run
"""

import re

from playwright.sync_api import expect

from accessibility import check_accessibility
from pages import DESKTOP, PHONE, Checks, run


class FounderChecks(Checks):
    # --- helpers ---

    def open(self, path):
        page = self.page(state=self.founder)
        page.goto(self.system.monitor + path)
        return page

    def look(self, page, name):
        """On both sizes and in both schemes: nothing sticks out, everybody can use it, and a picture of each."""
        for size, viewport in (("", DESKTOP), ("-phone", PHONE)):
            page.set_viewport_size(viewport)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                self.has_no_sideways_scroll(page)
                check_accessibility(page, f"{name}{size} ({scheme})")
                self.picture(page, f"founders-{name}{size}{'-dark' if scheme == 'dark' else ''}")
        page.set_viewport_size(DESKTOP)
        page.emulate_media(color_scheme="light")

    # --- the checks, in this order ---

    def check_a_founder_signs_in_by_link(self):
        page = self.page(signed_in=False)
        page.goto(self.system.monitor + "/sign-in")
        page.get_by_label("Your e-mail address").fill("admin@tidings.example")
        page.get_by_role("button", name="Send me a link").click()
        expect(page.get_by_role("alert")).to_contain_text("on its way")
        page.goto(self.link_of_last_mail())
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/admin/whatsapp-monitor")
        self.founder = page.context.storage_state()

    def check_root_causes_say_where_how_many_and_what_to_do(self):
        for number in range(3):
            self.system.wait(self.system.send(f"+3934012{number}0500"), "failed")
        self.system.wait(self.system.send("+393401230190"), "held")
        page = self.open("/admin/whatsapp-monitor")
        self.wait_for_text(page, "Access refused")
        cause = page.locator(".cause").filter(has_text="Access refused")
        expect(cause).to_contain_text("Critical")
        expect(cause).to_contain_text("held")
        expect(cause).to_contain_text("Store a token that is valid")
        assert "+39340" not in page.content()
        self.look(page, "overview")

    def check_the_page_moves_while_one_looks(self):
        page = self.open("/admin/whatsapp-monitor")
        expect(page.locator("[data-live-sign]")).to_have_text("Live")
        tile = page.locator(".tile").filter(has_text="critical").locator("b")
        before = int(tile.inner_text())
        self.system.wait(self.system.send("+393401239500"), "failed")
        expect(tile).to_have_text(str(before + 1), timeout=15000)

    def check_a_gate_is_probed(self):
        page = self.open("/admin/whatsapp-monitor")
        page.locator(".cause").filter(has_text="Access refused").get_by_role("link", name=re.compile("reopen")).click()
        expect(page.get_by_role("heading", name=re.compile("Access refused"))).to_be_visible()
        self.look(page, "gate")
        page.get_by_role("button", name="Probe now").click()
        page.wait_for_url("**/admin/gates?done=asked")
        expect(page.get_by_role("status").first).to_contain_text("tries it")
        self.look(page, "gates")

    def check_many_are_sent_again_after_a_count(self):
        page = self.open("/admin/retry")
        page.get_by_label("From day").fill("2026-01-01")
        page.get_by_role("button", name="Count").click()
        heading = page.get_by_role("heading", name=re.compile("would be sent again"))
        expect(heading).to_be_visible()
        count = int(heading.inner_text().split(" ")[0].replace(",", ""))
        assert count >= 3, heading.inner_text()
        self.look(page, "retry")
        page.get_by_role("button", name=re.compile("Yes, send")).click()
        expect(page.get_by_role("status")).to_contain_text(f"{count} messages are on the way again")
        page.goto(self.system.monitor + "/admin/retry?from=2026-01-01")
        expect(page.locator("body")).to_contain_text("sent again before")

    def check_a_business_is_taken_on_and_suspended(self):
        page = self.open("/admin/businesses")
        page.locator("#name").fill("Bakery Bun")
        page.get_by_label("E-mail of its owner").fill("bun@bakery.example")
        page.get_by_role("button", name="Take it on").click()
        expect(page.get_by_role("status")).to_contain_text("tdg_")
        page.get_by_role("status").get_by_role("link", name="Bakery Bun").click()
        expect(page.locator("body")).to_contain_text("bun@bakery.example")
        self.look(page, "business")
        page.get_by_label("Reason").fill("a check")
        page.get_by_role("button", name="Suspend Bakery Bun").click()
        expect(page.locator("body")).to_contain_text("a check")
        page.get_by_role("button", name="Resume Bakery Bun").click()
        expect(page.get_by_role("heading", name="Suspend")).to_be_visible()
        page.goto(self.system.monitor + "/admin/businesses")
        self.look(page, "businesses")

    def check_the_other_pages_can_be_used_by_everybody(self):
        for name in ("senders", "audit", "delivery"):
            page = self.open(f"/admin/{name}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            self.look(page, name)
        expect(self.open("/admin/audit?action=gate").locator("tbody")).to_contain_text("gate.probed")


if __name__ == "__main__":
    run(FounderChecks)
