"""The README's pictures: a system with a little life in it, and its main pages. Takes them, and checks nothing.

    pictures.py ENV DIRECTORY     started by Tests/Browser/run
"""

import re
import time

from playwright.sync_api import expect

from pages import DESKTOP, PATIENCE_SECONDS, PHONE, Checks, run

NAMES = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Margaret", "Tony", "Frances", "Niklaus"]


class Pictures(Checks):
    def picture(self, page, name):
        """What a screen shows, not the whole page."""
        page.screenshot(path=f"{self.screenshots}/{name}.png")

    def take(self, name, path, viewport=DESKTOP, scheme="light", state=None):
        page = self.page(viewport, scheme, state=state)
        page.goto(self.system.monitor + path)
        # Curves draw themselves.
        page.wait_for_timeout(800)
        self.picture(page, name)
        return page

    # --- what happens, and its pictures, in this order ---

    def check_messages_are_sent(self):
        self.check_the_demo_link_signs_in_and_the_key_leaves_the_address()
        sent = [self.system.send(f"+39340123{5600 + number}", NAMES[number % 10], f"order-{number}") for number in range(60)]
        for number in range(3):
            self.system.wait(self.system.send(f"+39340123{number}026", NAMES[number]), "undelivered", "failed")
        self.system.critical = self.system.send("+393401230500", "Ada", "order-61")
        self.system.wait(self.system.critical, "failed")
        self.system.wait(sent[-1], "read")
        self.sign_in_as_founder()

    def check_pages_of_a_business(self):
        self.take("overview", "/dashboard?span=today")
        self.take("logs", "/dashboard/whatsapp-logs")
        self.take("logs-phone-dark", "/dashboard/whatsapp-logs", PHONE, "dark")
        self.take("message", "/dashboard/whatsapp-logs/" + self.system.critical)
        page = self.take("templates", "/dashboard/templates/examples")
        expect(page.locator(".card").first).to_be_visible()

    def check_a_broadcast(self):
        page = self.page()
        page.goto(self.system.monitor + "/dashboard/broadcasts/new")
        page.get_by_label("Name").fill("Swift Day: tomorrow at half past nine")
        page.get_by_label("Template").select_option("event_reminder_24h en")
        page.get_by_label("Variables that are the same").fill("event_name: Swift Day\nevent_time: 9:30")
        page.get_by_role("button", name="Save the draft").click()
        rows = "\n".join(f"+39340124{number},{NAMES[number % 10]}" for number in range(4600, 4900))
        page.get_by_label("Or the rows themselves").fill("to,attendee_name\n" + rows)
        page.get_by_role("button", name="Add recipients").click()
        page.get_by_role("button", name="Start now").click()
        read = page.locator(".tile", has_text="read").locator("b").first
        end = time.monotonic() + PATIENCE_SECONDS
        while int(read.inner_text().replace(",", "")) < 100 and time.monotonic() < end:
            time.sleep(0.1)
        self.picture(page, "broadcast")

    def check_pages_of_founders(self):
        self.system.wait(self.system.send("+393401230190"), "held")
        page = self.founder_page()
        self.wait_for_text(page, "Access refused")
        # The count of open alerts may be three seconds old.
        page.wait_for_timeout(4000)
        self.take("all-businesses", "/admin/whatsapp-monitor", state=self.founder)
        page = self.take("alerts", "/admin/alerts", state=self.founder)
        page.goto(self.system.monitor + "/admin/health")
        self.wait_for_text(page, "Running")
        self.picture(page, "health")
        page.goto(self.system.monitor + "/admin/reports")
        page.get_by_label("To day").fill(time.strftime("%Y-%m-%d", time.gmtime()))
        page.get_by_role("button", name=re.compile("Make the report")).click()
        expect(page.get_by_role("heading", name="Compliance report")).to_be_visible()
        self.picture(page, "report")


if __name__ == "__main__":
    run(Pictures)
