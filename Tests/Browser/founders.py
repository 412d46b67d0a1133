"""The founders' journey: see a root cause, probe its gate, send again in bulk, look after a business, read the record.

    founders.py ENV SCREENSHOTS     started by Tests/Browser/run
"""

import re
import time

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
        self.sign_in_as_founder()

    def check_the_page_moves_while_one_looks(self):
        page = self.open("/admin/whatsapp-monitor")
        expect(page.locator("[data-live-sign]")).to_have_text("Live")
        tile = page.locator(".tile").filter(has_text="critical").locator("b")
        before = int(tile.inner_text())
        self.system.wait(self.system.send("+393401239500"), "failed")
        expect(tile).to_have_text(str(before + 1))

    def check_root_causes_say_where_how_many_and_what_to_do(self):
        for number in range(3):
            self.system.wait(self.system.send(f"+3934012{number}0500"), "failed")
        self.held = self.system.send("+393401230190")
        self.system.wait(self.held, "held")
        page = self.open("/admin/whatsapp-monitor")
        self.wait_for_text(page, "Access refused")
        cause = page.locator(".cause").filter(has_text="Access refused")
        expect(cause).to_contain_text("Critical")
        expect(cause).to_contain_text("held")
        expect(cause).to_contain_text("Store a token that is valid")
        assert "+39340" not in page.content()
        self.look(page, "overview")

    def check_a_gate_is_probed(self):
        page = self.open("/admin/whatsapp-monitor")
        page.locator(".cause").filter(has_text="Access refused").get_by_role("link", name=re.compile("reopen")).click()
        expect(page.get_by_role("heading", name=re.compile("Access refused"))).to_be_visible()
        self.look(page, "gate")
        page.get_by_role("button", name="Probe now").click()
        expect(page.locator(".notice")).to_contain_text("tries it")
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

    def check_providers_are_asked_for_statuses_after_a_count(self):
        page = self.open("/admin/delivery")
        page.get_by_role("link", name="Ask for statuses").click()
        expect(page.get_by_role("heading", name="Asked for within a day")).to_be_visible()
        self.look(page, "refresh")
        page.get_by_label("Business").select_option(index=1)
        page.get_by_role("button", name="Count").click()
        expect(page.get_by_role("heading", name=re.compile("would be asked for"))).to_be_visible()
        # The demo business is at Meta, which offers no such question.
        expect(page.locator("main")).to_contain_text("nothing to ask for")
        self.look(page, "refresh-counted")

    def check_the_founders_list_becomes_a_file(self):
        page = self.open("/admin/whatsapp-monitor?status=failed")
        page.get_by_text("Export this list").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download CSV").click()
        with open(download.value.path(), encoding="utf-8-sig") as file:
            text = file.read()
        assert text.startswith('"Id","Business","Recipient"'), text[:80]
        assert "+39340" not in text
        page.get_by_role("button", name="Make an Excel file").click()
        page.wait_for_url("**/admin/exports")
        expect(page.locator("tbody").get_by_role("link", name="Download").first).to_be_visible(timeout=20000)
        self.look(page, "exports")

    def check_a_plan_is_made_and_a_price_list_is_stored_after_a_look(self):
        page = self.open("/admin/businesses")
        page.get_by_role("link", name="Plans").click()
        self.look(page, "plans")
        page.get_by_label("Name", exact=True).fill("small")
        page.get_by_label(re.compile("^Messages a day")).fill("100")
        page.get_by_role("button", name="Make the plan").click()
        expect(page.get_by_role("status").first).to_contain_text("The plan is made")
        self.look(page, "plan")
        page.goto(self.system.monitor + "/admin/rate-cards")
        page.get_by_label("Holds from").fill("2026-10-01")
        page.get_by_label(re.compile("^Or its text")).fill("Market,Currency,Utility\nAtlantis,EUR,0.03")
        page.get_by_role("button", name="See what changes").click()
        expect(page.locator("#f-text-error")).to_contain_text("Atlantis")
        self.problems = [text for text in self.problems if "422" not in text]
        self.look(page, "prices-refused")
        page.get_by_label(re.compile("^Or its text")).fill("Market,Currency,Utility\nItaly,EUR,0.03")
        page.get_by_role("button", name="See what changes").click()
        expect(page.locator("main")).to_contain_text("0.03")
        self.look(page, "prices-preview")
        page.get_by_role("button", name="Yes, store it").click()
        expect(page.get_by_role("status").first).to_contain_text("prices are stored")
        self.look(page, "prices")
        page.locator("tbody").get_by_role("link").first.click()
        expect(page.locator("tbody")).to_contain_text("Italy")
        self.look(page, "price-list")

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

    def check_a_link_of_a_mail_acknowledges_an_alert(self):
        page = self.page(signed_in=False)
        page.goto(self.new_mailed_link("/alerts/ack?t="))
        self.look(page, "ack")
        page.get_by_role("button", name="Acknowledge").click()
        expect(page.get_by_role("status")).to_contain_text("Acknowledged by")

    def check_an_alert_is_acknowledged_silenced_and_resolved(self):
        page = self.open("/admin/alerts")
        self.look(page, "alerts")
        page.get_by_role("link", name=re.compile("failed for good")).first.click()
        self.look(page, "alert")
        # The link of the mail may have been of this very alert.
        if page.get_by_role("button", name="Acknowledge").is_visible():
            page.get_by_role("button", name="Acknowledge").click()
        expect(page.locator("main")).to_contain_text("is at it")
        page.get_by_role("button", name="1 h", exact=True).click()
        expect(page.locator("main")).to_contain_text("Silent until")
        page.get_by_label("Note").fill("WhatsApp mended it")
        page.get_by_role("button", name="Resolve").click()
        expect(page.locator(".steps")).to_contain_text("WhatsApp mended it")
        expect(page.locator(".facts")).to_contain_text("resolved by admin@tidings.example")
        expect(page.get_by_role("button", name="Resolve")).to_have_count(0)
        self.look(page, "alert-over")

    def check_a_rule_is_tried_changed_and_set_back(self):
        page = self.open("/admin/alert-rules")
        self.look(page, "rules")
        page.get_by_role("link", name="Delivery rate").first.click()
        page.get_by_label(re.compile("^Raise below")).fill("99")
        page.get_by_label(re.compile("^Over at")).fill("99.5")
        page.get_by_role("button", name="Try over the last 30 days").click()
        expect(page.get_by_role("status")).to_contain_text("last 30 days")
        expect(page.get_by_label(re.compile("^Raise below"))).to_have_value("99")
        self.look(page, "rule")
        page.get_by_label(re.compile("^Raise below")).fill("many")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#raise_at-problem")).to_be_visible()
        self.problems = [text for text in self.problems if "422" not in text]
        page.get_by_label(re.compile("^Raise below")).fill("90")
        page.get_by_label(re.compile("^Over at")).fill("95")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("main")).to_contain_text("by admin@tidings.example")
        page.get_by_role("button", name="Back to the standard").click()
        expect(page.get_by_role("button", name="Back to the standard")).to_have_count(0)

    def check_somebody_else_is_told_of_alerts(self):
        page = self.open("/admin/alerts")
        page.get_by_role("link", name="Who is told").click()
        page.get_by_label("Address", exact=True).fill("on-call@tidings.example")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("A mail is on its way")
        self.look(page, "destinations")
        page = self.page(signed_in=False)
        page.goto(self.new_mailed_link("/alerts/verify?t="))
        self.look(page, "verify")
        page.get_by_role("button", name="Yes, tell me").click()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        page = self.open("/admin/alerts/destinations")
        page.locator("tr", has_text="on-call@").get_by_role("button", name="Remove").click()
        expect(page.locator("main")).not_to_contain_text("on-call@")

    def check_monitoring_is_stopped_and_started(self):
        page = self.open("/admin/health")
        self.wait_for_text(page, "ingest-api")
        self.wait_for_text(page, "Running")
        self.look(page, "health")
        page.get_by_role("button", name="Stop monitoring").click()
        expect(page.locator("#monitoring")).to_contain_text("Stopped")
        page.get_by_role("button", name="Start monitoring").click()
        expect(page.locator("#monitoring")).to_contain_text("by admin@tidings.example")
        expect(page.get_by_role("button", name="Stop monitoring")).to_be_visible()

    def check_a_report_is_made_and_printed(self):
        page = self.open("/admin/reports")
        self.look(page, "reports")
        page.get_by_label("To day").fill(time.strftime("%Y-%m-%d", time.gmtime()))
        page.get_by_role("button", name="Make the report").click()
        expect(page.get_by_role("heading", name="Compliance report")).to_be_visible()
        self.look(page, "report")
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV").click()
        assert download.value.suggested_filename.endswith(".csv")
        # On paper the report stands alone.
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 688, "height": 1000})
        expect(page.get_by_role("navigation")).to_have_count(0)
        expect(page.get_by_role("link", name="CSV")).to_be_hidden()
        self.has_no_sideways_scroll(page)
        self.picture(page, "founders-report-print")

    def check_a_business_sees_its_quality_and_a_proof(self):
        self.reopen_after_cancelling(self.held)
        self.check_the_demo_link_signs_in_and_the_key_leaves_the_address()
        read = self.system.send("+393401234567")
        self.system.wait(read, "read")
        for path, name in (("quality", "quality"), (f"whatsapp-logs/{read}/proof", "proof"), ("alerts", "own-alerts"),
                           ("alerts/destinations", "own-destinations"), ("reports", "own-reports")):
            page = self.page()
            page.goto(self.system.monitor + "/dashboard/" + path)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            self.look(page, name)

    def check_mails_of_alerts_can_be_read_everywhere(self):
        mails = [item["html"] for item in self.system.inbox() if "/alerts/ack" in item.get("html", "")]
        assert mails, "no mail told of an alert"
        page = self.page(signed_in=False)
        page.set_content(mails[-1])
        self.look(page, "mail")


if __name__ == "__main__":
    run(FounderChecks)
