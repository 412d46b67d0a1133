"""What a business does at its pages, as people would. Prints one line a check, and last "N passed, M failed"."""

import time

from accessibility import check_accessibility
from pages import DESKTOP, PATIENCE_SECONDS, PHONE, Checks, run
from playwright.sync_api import expect

PAGES = [
    "templates", "templates/new", "templates/examples", "contacts", "contacts/new", "contacts/import", "contacts/suppressions",
    "contacts/words", "conversations", "automation", "automation/rules/new", "automation/rules/examples", "automation/events",
    "automation/tasks", "automation/try", "broadcasts", "broadcasts/new", "settings", "settings/senders", "settings/senders/new",
    "settings/limits", "settings/keys", "settings/keys/new", "settings/people", "settings/callbacks", "settings/callbacks/new",
    "settings/costs", "settings/audit", "settings/erasures",
]


class OwnerChecks(Checks):
    # --- helpers ---

    def at(self, path, *given, **named):
        page = self.page(*given, **named)
        page.goto(self.system.monitor + "/dashboard/" + path)
        return page

    # --- the checks, in this order ---

    def check_the_owner_signs_in(self):
        self.check_the_demo_link_signs_in_and_the_key_leaves_the_address()

    def check_owner_pages_open_to_everybody_on_desk_and_phone(self):
        for viewport, scheme in [(DESKTOP, "light"), (PHONE, "dark")]:
            page = self.page(viewport, scheme)
            for path in PAGES:
                page.goto(self.system.monitor + "/dashboard/" + path)
                expect(page.locator("h1")).to_be_visible()
                self.has_no_sideways_scroll(page)
                check_accessibility(page)
                if "/" not in path or path == "templates/examples":
                    self.picture(page, f"owner-{path.replace('/', '-')}-{scheme}")

    def check_the_menu_of_a_phone_leads_everywhere(self):
        page = self.at("templates", PHONE)
        page.locator("summary", has_text="Templates").click()
        self.picture(page, "owner-menu-phone")
        check_accessibility(page)
        page.get_by_role("link", name="Contacts").click()
        page.wait_for_url("**/dashboard/contacts")

    def check_a_template_is_made_of_an_example_and_seen_while_it_is_changed(self):
        page = self.at("templates/examples")
        card = page.locator(".card", has_text="Appointment reminder")
        card.get_by_role("button", name="Start from this").click()
        expect(page.get_by_role("status").first).to_contain_text("draft is saved")
        page.get_by_role("link", name="Change").click()
        page.get_by_label("Text", exact=False).nth(1).fill("Hi {{first_name}}, *see you* soon at {{place}}. Bye.")
        expect(page.locator("[data-preview=bubble]")).to_contain_text("see you soon")
        expect(page.get_by_label("Example for place")).to_be_visible()
        self.picture(page, "owner-template-form")
        page.get_by_label("Example for place").fill("the old town")
        # What only the API refuses stands beside its field.
        page.get_by_label("Text", exact=False).nth(1).fill("Hi {{first_name}}, *see you* soon at {{place}}")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#f-body-error")).to_be_visible()
        self.problems = [text for text in self.problems if "422" not in text]
        check_accessibility(page)
        self.picture(page, "owner-template-refused")
        page.get_by_label("Text", exact=False).nth(1).fill("Hi {{first_name}}, *see you* soon at {{place}}. Bye.")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status").first).to_contain_text("changes are saved")
        expect(page.locator(".bubble")).to_contain_text("the old town")
        self.picture(page, "owner-template")

    def check_contacts_are_imported_with_a_report(self):
        page = self.at("contacts/import")
        page.get_by_label("Or the rows themselves").fill(
            "phone,name,tags,marketing\n+393401237001,Ada,vip,opted_in\n12,Bob,,\n+393401237002,Grace,,opted_out\n")
        page.get_by_role("button", name="Import").click()
        expect(page.get_by_role("status")).to_contain_text("refused")
        self.picture(page, "owner-import")
        page.get_by_role("link", name="To the contacts").click()
        page.get_by_text("Export this list").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download CSV").click()
        with open(download.value.path(), encoding="utf-8-sig") as file:
            assert "'+393401237001" in file.read()
        check_accessibility(page)
        page.get_by_role("link", name="Ada").first.click()
        expect(page.get_by_role("heading", name="Ada")).to_be_visible()
        check_accessibility(page)
        self.picture(page, "owner-contact")

    def check_a_rule_is_made_of_a_ready_one(self):
        page = self.at("automation/rules/examples")
        page.locator(".card", has_text="Member registered").get_by_role("button", name="Take it").click()
        page.get_by_role("link", name="member_registered").first.click()
        expect(page.locator("main")).to_contain_text("MemberRegistered")
        check_accessibility(page)
        page.get_by_role("button", name="Switch off").click()
        expect(page.get_by_role("status").first).to_contain_text("off")

    def check_a_broadcast_is_watched_while_it_runs(self):
        page = self.at("broadcasts/new")
        page.get_by_label("Name").fill("While watching")
        page.get_by_label("Template").select_option("event_reminder_24h en")
        page.get_by_label("Variables that are the same").fill("event_name: Swift Day\nevent_time: 9:30")
        page.get_by_role("button", name="Save the draft").click()
        rows = "\n".join(f"+39340124{number},Guest {number}" for number in range(5000, 5060))
        page.get_by_label("Or the rows themselves").fill("to,attendee_name\n" + rows)
        page.get_by_role("button", name="Add recipients").click()
        expect(page.get_by_role("heading", name="What would happen")).to_be_visible()
        check_accessibility(page)
        self.picture(page, "owner-broadcast-forecast")
        page.get_by_role("button", name="Start now").click()
        page.evaluate("window.isSamePage = true")
        tile = page.locator(".tile", has_text="read").locator("b")
        end = time.monotonic() + 2 * PATIENCE_SECONDS
        while int(tile.first.inner_text().replace(",", "")) < 40:
            assert time.monotonic() < end, "the numbers do not move"
            time.sleep(0.2)
        assert page.evaluate("window.isSamePage") is True
        expect(page.locator("[data-piece=progress]")).to_contain_text("Done")
        check_accessibility(page)
        self.picture(page, "owner-broadcast")

    def check_a_key_is_made_and_revoked(self):
        page = self.at("settings/keys/new")
        page.get_by_label("Which program is it for?").fill("Till")
        page.get_by_label("Messages").select_option("all")
        page.get_by_role("button", name="Make the key").click()
        expect(page.locator(".secret")).to_contain_text("tdg_")
        check_accessibility(page)
        page.get_by_role("link", name="I have it").click()
        page.get_by_role("link", name="Till").click()
        page.get_by_role("link", name="Revoke").click()
        page.get_by_role("button", name="Revoke the key").click()
        expect(page.get_by_role("status").first).to_contain_text("works no more")


if __name__ == "__main__":
    run(OwnerChecks)
