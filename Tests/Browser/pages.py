"""Drives the monitor's pages as people would. Prints one line a check, and last "N passed, M failed"."""

import json
import re
import sys
import time
import traceback
import urllib.request

from playwright.sync_api import expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 860}
# For what comes by itself, on a machine that does many other things: only a check that fails waits for so long.
PATIENCE_SECONDS = 60


def read_env(path):
    with open(path, encoding="utf-8") as file:
        return dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)


class System:
    def __init__(self, env):
        self.env = env
        self.monitor = env["MONITOR_URL"]
        self.key = env["DEMO_API_KEY"]

    def call(self, method, url, body=None):
        request = urllib.request.Request(url, method=method, data=body and json.dumps(body).encode())
        request.add_header("Authorization", "Bearer " + self.key)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)

    def send(self, to, name="Ada", reference=None, scheduled_for=None):
        body = {
            "to": to, "type": "template", "kind": "confirmation", "priority": 5,
            "template": {"name": "event_reminder_24h", "language": "en", "variables": {"attendee_name": name}},
        }
        if reference:
            body["reference"] = reference
        if scheduled_for:
            body["scheduled_for"] = scheduled_for
        return self.call("POST", self.env["INGEST_URL"] + "/v1/messages", body)["id"]

    def wait(self, message, *statuses):
        end = time.monotonic() + 2 * PATIENCE_SECONDS
        while time.monotonic() < end:
            status = self.call("GET", self.env["INGEST_URL"] + "/v1/messages/" + message)["status"]
            if status in statuses:
                return status
            time.sleep(0.1)
        raise AssertionError(f"the message is {status}, not {' or '.join(statuses)}")

    def fail_once(self, to, **named):
        """A message that failed, to a number that refuses each message once; repeated it arrives.

        Whoever sends may know the settings of a moment ago: what it then repeats by itself arrives at once.
        """
        settings = self.env["INGEST_URL"] + "/v1/settings"
        self.call("PATCH", settings, {"max_retries": 0})
        try:
            for _ in range(10):
                message = self.send(to, **named)
                if self.wait(message, "failed", "read") == "failed":
                    return message
        finally:
            self.call("PATCH", settings, {"max_retries": 3})
        raise AssertionError("the settings are never heard of")

    def inbox(self):
        with urllib.request.urlopen(self.env["SANDBOX_URL"] + "/inbox.json", timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)["data"]

    def mails(self):
        return [item["text"] for item in self.inbox() if item["kind"] != "slack"]


class Checks:
    def __init__(self, browser, system, screenshots):
        self.browser, self.system, self.screenshots = browser, system, screenshots
        self.state = self.founder = None
        self.problems = []

    def page(self, viewport=DESKTOP, scheme="light", signed_in=True, script=True, state=None):
        context = self.browser.new_context(
            viewport=viewport, color_scheme=scheme, java_script_enabled=script, reduced_motion="reduce",
            storage_state=(state or self.state) if signed_in else None)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        # A refusal of our own policy for content is an error of ours.
        page.on("console", lambda line: self.problems.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        return page

    def picture(self, page, name):
        page.screenshot(path=f"{self.screenshots}/{name}.png", full_page=True)

    def logs(self, page, query=""):
        page.goto(self.system.monitor + "/dashboard/whatsapp-logs" + query)

    @staticmethod
    def has_no_sideways_scroll(page):
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"the page is {wide} pixels too wide"

    # --- the checks, in this order ---

    def check_without_a_session_everything_leads_to_the_sign_in_page(self):
        page = self.page(signed_in=False)
        for path in ["/", "/dashboard", "/dashboard/whatsapp-logs", "/admin/whatsapp-monitor"]:
            page.goto(self.system.monitor + path)
            assert page.url.endswith("/sign-in"), page.url
        self.has_no_sideways_scroll(page)
        self.picture(page, "sign-in")
        page.emulate_media(color_scheme="dark")
        self.picture(page, "sign-in-dark")

    def check_the_demo_link_signs_in_and_the_key_leaves_the_address(self):
        page = self.page(signed_in=False)
        seen = []
        page.on("request", lambda request: seen.append(request.url))
        page.goto(self.system.monitor + "/sign-in#key=" + self.system.key)
        page.wait_for_url("**/dashboard")
        assert not any(self.system.key in url for url in seen)
        cookie = page.context.cookies()[0]
        assert cookie["httpOnly"] and cookie["sameSite"] == "Lax", cookie
        self.state = page.context.storage_state()

    def check_a_wrong_key_is_told_so(self):
        page = self.page(signed_in=False)
        page.goto(self.system.monitor + "/sign-in")
        page.get_by_label("API key of your business").fill("tdg_wrong")
        page.get_by_role("button", name="Sign in with the key").click()
        expect(page.get_by_role("alert")).to_contain_text("unknown")
        self.problems = [text for text in self.problems if "401" not in text]

    def check_messages_are_seen_with_what_became_of_them(self):
        self.system.read = self.system.send("+393401234567", reference="order-77")
        self.system.failed = self.system.send("+393401234026", reference="<b>&\"hostile\"</b>")
        self.system.critical = self.system.send("+393401234500", reference="order-79")
        self.system.wait(self.system.read, "read")
        self.system.wait(self.system.failed, "undelivered", "failed")
        self.system.wait(self.system.critical, "failed")
        for number in range(12):
            self.system.send(f"+39340123{5200 + number}", reference=f"order-{100 + number}")
        page = self.page()
        self.logs(page)
        expect(page.locator(f"#m-{self.system.read}")).to_contain_text("Read")
        expect(page.locator(f"#m-{self.system.failed}")).to_contain_text("What to do")
        expect(page.locator(f"#m-{self.system.failed}")).to_contain_text('<b>&"hostile"</b>')
        expect(page.locator(f"#m-{self.system.critical}")).to_have_class(re.compile("is-critical"))
        expect(page.locator(f"#m-{self.system.critical}")).to_contain_text("3/3")
        self.has_no_sideways_scroll(page)
        self.picture(page, "logs")

    def check_the_list_can_be_narrowed(self):
        page = self.page()
        self.logs(page)
        page.get_by_label("Status").select_option("not_sent")
        page.wait_for_url("**status=not_sent**")
        expect(page.locator("tbody tr")).to_have_count(2)
        page.get_by_label("Phone").fill("026")
        page.get_by_role("button", name="Filter").click()
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.locator("tbody tr")).to_contain_text("+393401234026")
        page.get_by_role("link", name="Show all").click()
        expect(page.locator("tbody tr")).to_have_count(15)

    def check_older_and_newer_pages_meet(self):
        page = self.page()
        self.logs(page, "?limit=5")
        row = page.locator("tbody tr").first
        first = row.get_attribute("id")
        page.get_by_role("link", name="Older").click()
        expect(row).not_to_have_attribute("id", first)
        page.get_by_role("link", name="Newer").click()
        expect(row).to_have_attribute("id", first)

    def check_a_message_tells_its_whole_story(self):
        page = self.page()
        self.logs(page)
        page.locator(f"#m-{self.system.critical}").get_by_role("link").click()
        expect(page.get_by_role("heading", name="+393401234500")).to_be_visible()
        expect(page.get_by_role("heading", name="Attempts")).to_be_visible()
        expect(page.locator(".steps li").first).to_contain_text("Accepted")
        expect(page.locator("section:has-text('Attempts') tbody tr")).to_have_count(4)
        self.has_no_sideways_scroll(page)
        self.picture(page, "message")

    def check_the_overview_shows_how_it_goes(self):
        for scheme, viewport, name in [
                ("light", DESKTOP, "overview"), ("dark", DESKTOP, "overview-dark"),
                ("light", PHONE, "overview-phone"), ("dark", PHONE, "overview-phone-dark")]:
            page = self.page(viewport, scheme)
            page.goto(self.system.monitor + "/dashboard?span=today")
            expect(page.get_by_role("heading", name="Overview")).to_be_visible()
            expect(page.locator("canvas")).to_have_count(2)
            expect(page.get_by_role("heading", name="What needs attention")).to_be_visible()
            self.has_no_sideways_scroll(page)
            self.picture(page, name)
        page.get_by_role("link", name="30 days").click()
        page.wait_for_url("**span=30d")
        page = self.page(script=False)
        page.goto(self.system.monitor + "/dashboard")
        # Without script the figures stand there as tables.
        expect(page.locator("details table").first).to_be_visible()

    def check_a_failed_message_is_sent_again_and_watched(self):
        message = self.system.fail_once("+393401234501", reference="once-refused")
        page = self.page()
        self.logs(page, "?status=failed&phone=4501")
        page.locator(f"#m-{message}").get_by_role("link").click()
        expect(page.locator(".notice")).to_contain_text("What to do")
        expect(page.get_by_text("As the provider said it").first).to_be_visible()
        self.picture(page, "failed")
        page.get_by_role("button", name="Send again").click()
        expect(page.locator(".notice").first).to_contain_text("Sent again")
        assert message not in page.url
        # Nobody reloads: the page itself follows the new message.
        expect(page.locator(".badge-state").first).to_contain_text("Read")
        self.picture(page, "sent-again")

    def check_a_list_becomes_a_file(self):
        page = self.page()
        self.logs(page, "?status=not_sent")
        page.get_by_text("Export this list").click()
        self.picture(page, "export")
        with page.expect_download() as download:
            page.get_by_role("link", name="Download CSV").click()
        with open(download.value.path(), encoding="utf-8-sig") as file:
            assert file.readline().startswith('"Id","Recipient","Status"')
        page.get_by_role("button", name="Make an Excel file").click()
        page.wait_for_url("**/dashboard/exports")
        link = page.locator("tbody").get_by_role("link", name="Download").first
        expect(link).to_be_visible()
        with page.expect_download() as download:
            link.click()
        with open(download.value.path(), "rb") as file:
            assert file.read(4) == b"PK\x03\x04"
        self.has_no_sideways_scroll(page)
        self.picture(page, "exports")
        page.set_viewport_size(PHONE)
        self.has_no_sideways_scroll(page)
        self.picture(page, "exports-phone")

    def check_an_open_page_follows_what_happens(self):
        page = self.page()
        self.logs(page)
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        kept = page.locator(f"#m-{self.system.read}")
        kept.evaluate("row => row.dataset.marked = 'yes'")
        message = self.system.send("+393401235555", reference="while-watching")
        row = page.locator(f"#m-{message}")
        expect(row).to_be_visible()
        expect(row).to_contain_text("Read")
        # What did not change was not drawn again.
        expect(kept).to_have_attribute("data-marked", "yes")

    def check_it_fits_a_phone_in_light_and_dark(self):
        for scheme in ["light", "dark"]:
            page = self.page(PHONE, scheme)
            self.logs(page)
            self.has_no_sideways_scroll(page)
            self.picture(page, f"logs-phone-{scheme}")
            self.logs(page, "/" + self.system.critical)
            self.has_no_sideways_scroll(page)
            self.picture(page, f"message-phone-{scheme}")
        page = self.page(DESKTOP, "dark")
        self.logs(page)
        self.picture(page, "logs-dark")
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert sum(map(int, re.findall(r"\d+", colour)[:3])) < 200, colour

    def check_it_works_by_keyboard(self):
        page = self.page()
        self.logs(page)
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.classList.contains('row-link')"):
                page.keyboard.press("Enter")
                page.wait_for_url("**/dashboard/whatsapp-logs/*")
                return
        raise AssertionError("no message can be reached by keyboard")

    def check_it_works_without_script(self):
        page = self.page(script=False)
        self.logs(page, "?status=read")
        assert page.locator("tbody tr").count() >= 1
        expect(page.locator("tbody time").first).to_contain_text("UTC")

    def check_a_founder_signs_in_by_link_and_sees_everything_masked(self):
        page = self.sign_in_as_founder()
        expect(page.get_by_text("failed for good").first).to_be_visible()
        expect(page.locator("body")).to_contain_text("+39…500")
        assert "+393401234500" not in page.content()
        self.has_no_sideways_scroll(page)
        self.picture(page, "admin")
        page.set_viewport_size(PHONE)
        self.has_no_sideways_scroll(page)
        self.picture(page, "admin-phone")
        page.emulate_media(color_scheme="dark")
        self.picture(page, "admin-phone-dark")
        page.get_by_label("Retries").select_option("3")
        page.wait_for_url("**minRetries=3**")
        expect(page.locator("tr[id]")).to_have_count(1)

    def check_founders_see_what_is_closed_and_whether_all_adds_up(self):
        self.system.call("POST", self.system.env["INGEST_URL"] + "/v1/pause", {"scope": "tenant", "note": "for a look"})
        later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        waiting = self.system.send("+393401230007", reference="while-paused", scheduled_for=later)
        try:
            page = self.founder_page()
            page.get_by_role("link", name="Delivery").click()
            page.wait_for_url("**/admin/delivery")
            expect(page.get_by_role("heading", name="Closed gates")).to_be_visible()
            expect(page.locator("body")).to_contain_text("the whole business")
            expect(page.locator("body")).to_contain_text("for a look")
            expect(page.get_by_role("heading", name="Ledger")).to_be_visible()
            self.wait_for_text(page, "balanced")
            expect(page.get_by_role("heading", name="Ended without delivery")).to_be_visible()
            assert "+3934012" not in page.content()
            self.has_no_sideways_scroll(page)
            self.picture(page, "delivery")
            page.set_viewport_size(PHONE)
            self.has_no_sideways_scroll(page)
            self.picture(page, "delivery-phone")
            page.emulate_media(color_scheme="dark")
            self.picture(page, "delivery-phone-dark")
            self.owner_sees_what_holds_the_message(waiting)
        finally:
            self.system.call("POST", self.system.env["INGEST_URL"] + "/v1/resume", {"scope": "tenant"})
        self.system.call("POST", self.system.env["INGEST_URL"] + "/v1/messages/" + waiting + "/cancel")
        self.system.wait(waiting, "cancelled")

    def check_a_refused_token_holds_messages_and_is_an_alert(self):
        held = self.system.send("+393401234190", reference="refused-token")
        self.system.wait(held, "held")
        page = self.page()
        self.logs(page, "/" + held)
        expect(page.locator(".notice")).to_contain_text("Access refused")
        expect(page.locator(".notice")).to_contain_text("Who acts: you")
        expect(page.get_by_role("heading", name="What it waits for")).to_be_visible()
        self.picture(page, "held")
        page.set_viewport_size(PHONE)
        self.has_no_sideways_scroll(page)
        self.picture(page, "held-phone")
        page = self.founder_page()
        self.wait_for_text(page, "ACCESS_TOKEN_INVALID")
        self.picture(page, "admin-gate")
        page.goto(self.system.monitor + "/admin/delivery")
        expect(page.locator("body")).to_contain_text("sender ")
        expect(page.locator("body")).to_contain_text("Access refused")
        self.picture(page, "delivery-gate")
        self.reopen_after_cancelling(held)

    def reopen_after_cancelling(self, held):
        """So that the checks after this one can send: the token that is refused is the recipient's magic, not the sender's."""
        page = self.founder_page()
        page.locator(".cause").filter(has_text="Access refused").get_by_role("link", name="Try or reopen…").click()
        self.system.call("POST", self.system.env["INGEST_URL"] + "/v1/messages/" + held + "/cancel")
        page.get_by_role("button", name="Yes, reopen").click()
        expect(page.locator(".notice")).to_contain_text("eopened")

    def owner_sees_what_holds_the_message(self, message):
        page = self.page()
        self.logs(page, "/" + message)
        expect(page.get_by_role("heading", name="What it waits for")).to_be_visible()
        expect(page.locator("body")).to_contain_text("paused")
        self.has_no_sideways_scroll(page)
        self.picture(page, "waiting")
        page.set_viewport_size(PHONE)
        self.has_no_sideways_scroll(page)
        self.picture(page, "waiting-phone")

    def founder_page(self):
        page = self.page(state=self.founder)
        page.goto(self.system.monitor + "/admin/whatsapp-monitor")
        return page

    @staticmethod
    def wait_for_text(page, text):
        end = time.monotonic() + PATIENCE_SECONDS
        while text not in page.inner_text("body"):
            assert time.monotonic() < end, f"the page never says {text}"
            time.sleep(0.5)
            page.reload()

    def sign_in_as_founder(self):
        page = self.sign_in_by_link("admin@tidings.example", "/admin/whatsapp-monitor")
        self.founder = page.context.storage_state()
        return page

    def sign_in_by_link(self, email, then, **named):
        """As somebody who reads their mail. Returns the page that follows."""
        page = self.page(signed_in=False, **named)
        page.goto(self.system.monitor + "/sign-in")
        page.get_by_label("Your e-mail address").fill(email)
        # A journey before this one may have used links.
        before = self.mailed_links("/sign-in/link?token=")
        page.get_by_role("button", name="Send me a link").click()
        expect(page.get_by_role("alert")).to_contain_text("on its way")
        page.goto(self.new_mailed_link("/sign-in/link?token=", before))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**" + then)
        return page

    def mailed_links(self, path):
        texts = "\n".join(self.system.mails())
        return re.findall(r"http://[^\s\"<]+?" + re.escape(path) + r"[A-Za-z0-9._~-]+", texts)

    def new_mailed_link(self, path, before=()):
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            links = [link for link in self.mailed_links(path) if link not in before]
            if links:
                return links[-1]
            time.sleep(0.2)
        raise AssertionError(f"no mail with a link to {path} came")

    def check_signing_out_ends_the_session(self):
        page = self.page()
        self.logs(page)
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")
        again = self.page()
        self.logs(again)
        assert again.url.endswith("/sign-in"), again.url


def run(kind):
    """All checks of a class, in the order in which they stand there."""
    env, screenshots = read_env(sys.argv[1]), sys.argv[2]
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    passed = failed = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        checks = kind(browser, System(env), screenshots)
        for name in [name for name in vars(kind) if name.startswith("check_")]:
            words = name.removeprefix("check_").replace("_", " ")
            checks.problems = []
            try:
                getattr(checks, name)()
                assert not checks.problems, "the browser complains: " + "; ".join(checks.problems[:3])
                passed += 1
                print("passed", words, flush=True)
            except Exception:  # each check counts, whatever went wrong in it
                failed += 1
                print("FAILED", words)
                traceback.print_exc(limit=3, file=sys.stdout)
                sys.stdout.flush()
            for context in browser.contexts:
                context.close()
        browser.close()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    run(Checks)
