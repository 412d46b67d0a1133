"""An owner's morning, in one go: a message failed; why; again; a file of the list; the alert is somebody's now.

Prints one line a check, and last "N passed, M failed".
"""

import re
import time

from accessibility import check_accessibility
from pages import DESKTOP, PATIENCE_SECONDS, PHONE, Checks, run
from playwright.sync_api import expect

OWNER = "olivia@demo.example"
ACK_LINK = re.compile(r"/alerts/ack\?t=[A-Za-z0-9_.-]+")


class JourneyChecks(Checks):
    # --- helpers ---

    def look(self, page, name):
        self.has_no_sideways_scroll(page)
        check_accessibility(page, name)
        self.picture(page, name)

    @staticmethod
    def go(page, title):
        """By the navigation, which is a menu on a phone."""
        menu = page.locator("details.menu > summary")
        if menu.is_visible():
            menu.click()
        page.get_by_role("navigation").get_by_role("link", name=title).click()

    def acknowledge_by_slack(self, page, name):
        """By the newest link whose alert is about failed messages and is nobody's yet."""
        tried = set()
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            links = {link for item in self.system.inbox() for link in ACK_LINK.findall(item["text"])}
            for link in links - tried:
                tried.add(link)
                page.goto(self.system.monitor + link)
                button = page.get_by_role("button", name="Acknowledge")
                if "failed for good" in page.inner_text("h1") and button.is_visible():
                    self.look(page, name + "-ack")
                    button.click()
                    expect(page.get_by_role("status")).to_contain_text("Acknowledged by")
                    return page.inner_text("h1")
            time.sleep(0.2)
        raise AssertionError("Slack was not told of the failed messages")

    def journey(self, viewport, scheme, name, recipient):
        self.scheme = scheme
        message = self.system.fail_once(recipient)
        page = self.message_is_sent_again(message, viewport, name)
        self.file_is_taken(page, name)
        self.alert_is_acknowledged(page, name)

    def message_is_sent_again(self, message, viewport, name):
        page = self.sign_in_by_link(OWNER, "/dashboard", viewport=viewport, scheme=self.scheme)
        self.look(page, name + "-overview")
        self.go(page, "Messages")
        page.get_by_label("Status").select_option("not_sent")
        page.wait_for_url("**status=not_sent**")
        page.locator(f"#m-{message}").get_by_role("link").click()
        expect(page.locator(".notice")).to_contain_text("WhatsApp had a problem of its own")
        expect(page.locator(".notice")).to_contain_text("What to do")
        self.look(page, name + "-failed")
        page.get_by_role("button", name="Send again").click()
        expect(page.locator(".notice").first).to_contain_text("Sent again")
        page.evaluate("window.isSamePage = true")
        expect(page.locator(".badge-state").first).to_contain_text(re.compile("Delivered|Read"))
        assert page.evaluate("window.isSamePage") is True
        self.look(page, name + "-sent-again")
        return page

    def file_is_taken(self, page, name):
        self.go(page, "Messages")
        page.get_by_text("Export this list").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download CSV").click()
        with open(download.value.path(), encoding="utf-8-sig") as file:
            assert sum(1 for _ in file) > 2
        page.get_by_role("button", name="Make an Excel file").click()
        page.wait_for_url("**/dashboard/exports")
        # Nobody reloads: the page says how far it is, and then offers the file.
        link = page.locator("tbody tr").first.get_by_role("link", name="Download")
        expect(link).to_be_visible(timeout=20000)
        with page.expect_download() as download:
            link.click()
        with open(download.value.path(), "rb") as file:
            assert file.read(4) == b"PK\x03\x04"
        self.look(page, name + "-exports")

    def alert_is_acknowledged(self, page, name):
        title = self.acknowledge_by_slack(self.page(page.viewport_size, self.scheme, signed_in=False), name)
        self.go(page, "Alerts")
        row = page.locator(".alert-item", has_text=title).first
        expect(row).to_contain_text("is at it")
        self.look(page, name + "-alerts")
        row.get_by_role("link").click()
        expect(page.locator(".steps")).to_contain_text("Acknowledged")
        self.look(page, name + "-alert")
        # It was looked after: the next failure is a new alert.
        page.get_by_role("button", name="Resolve").click()
        expect(page.locator("main")).to_contain_text("resolved by")

    # --- the checks, in this order ---

    def check_an_owner_mends_a_failure_at_a_desk(self):
        users = self.system.env["INGEST_URL"] + "/v1/users"
        self.system.call("POST", users, {"email": OWNER, "name": "Olivia", "role": "owner"})
        self.journey(DESKTOP, "light", "journey", "+393401241501")

    def check_an_owner_mends_a_failure_on_a_phone_at_night(self):
        self.journey(PHONE, "dark", "journey-phone-dark", "+393401242501")


if __name__ == "__main__":
    run(JourneyChecks)
