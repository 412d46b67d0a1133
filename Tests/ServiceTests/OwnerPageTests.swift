import HTTPServer
import Models
import TestSupport
import Testing

@testable import monitor

/// The pages of a business altogether, and its keys.
@Suite struct OwnerPageTests {
    private static let paths = [
        "/dashboard/templates", "/dashboard/templates/new", "/dashboard/templates/examples", "/dashboard/contacts",
        "/dashboard/contacts/new", "/dashboard/contacts/import", "/dashboard/contacts/suppressions", "/dashboard/contacts/words",
        "/dashboard/conversations", "/dashboard/automation", "/dashboard/automation/rules/new",
        "/dashboard/automation/rules/examples", "/dashboard/automation/events", "/dashboard/automation/tasks",
        "/dashboard/automation/try", "/dashboard/broadcasts", "/dashboard/broadcasts/new", "/dashboard/settings",
        "/dashboard/settings/senders", "/dashboard/settings/senders/new", "/dashboard/settings/limits", "/dashboard/settings/keys",
        "/dashboard/settings/keys/new", "/dashboard/settings/people", "/dashboard/settings/callbacks",
        "/dashboard/settings/callbacks/new", "/dashboard/settings/costs", "/dashboard/settings/audit", "/dashboard/settings/erasures",
    ]

    @Test func eachPageOpensForItsOwnerAndForNobodyElse() async throws {
        let owner = try await OwnerSite.start(.owner)
        for path in Self.paths {
            let page = try await owner.get(path)
            #expect(page.status == 200, "\(path)")
            #expect(page.text.contains("<h1"), "\(path)")
            #expect(!page.text.contains(" style=") && !page.text.contains(" onclick="), "\(path)")
            let stranger = try await owner.site.get(path, nil)
            #expect(stranger.status == 303 && stranger.response.header("Location") == "/sign-in", "\(path)")
        }
        await owner.stop()
    }

    @Test func whatIsNotThereIsNotFound() async throws {
        let owner = try await OwnerSite.start()
        let nobody = "01890000-0000-7000-8000-000000000000"
        for path in [
            "templates", "contacts", "conversations", "automation/rules", "automation/tasks", "automation/events", "settings/keys", "settings/senders",
            "settings/people", "settings/callbacks", "broadcasts",
        ] {
            #expect(try await owner.get("/dashboard/\(path)/\(nobody)").status == 404, "\(path)")
            #expect(try await owner.get("/dashboard/\(path)/%2e%2e%2fkeys").status == 404, "\(path)")
        }
        await owner.stop()
    }

    @Test func aKeyIsShownOnceAndRevokedForGood() async throws {
        let owner = try await OwnerSite.start()
        let path = "/dashboard/settings/keys"
        let wrong = try await owner.post(path + "/new", ["name": "Shop"])
        #expect(wrong.status == 422 && wrong.text.contains("value=\"Shop\""))
        let made = try await owner.post(path + "/new", ["name": "Shop", "scope.messages": "all", "scope.templates": "read"])
        let key = try #require(made.text.split(separator: "<code data-copy>").dropFirst().first?.prefix { $0 != "<" })
        #expect(key.hasPrefix("tdg_"))
        let list = try await owner.get(path)
        #expect(list.text.contains("Shop") && list.text.contains("messages, templates:read") && !list.text.contains(key))
        let link = try #require(list.text.split(separator: path + "/").first { $0.contains(">Shop</a>") })
        let own = "\(path)/\(link.prefix(36))"
        let rotated = try await owner.post(own + "/rotate", ["overlap_seconds": "3600"])
        #expect(rotated.text.contains("<code data-copy>tdg_"))
        #expect(try await owner.get(own + "/revoke").text.contains("Shop"))
        #expect(try await owner.follow(try await owner.post(own + "/revoke")).text.contains("it works no more"))
        #expect(try await owner.get(own).text.contains("Revoked"))
        await owner.stop()
    }

    @Test func settingsAreSavedAndWhatIsWrongIsTold() async throws {
        let owner = try await OwnerSite.start()
        let path = "/dashboard/settings"
        let fields = [
            "name": "First", "time_zone": "Europe/Rome", "auto_retry_enabled": "yes", "retry_preset": "own",
            "retry_delays_seconds": "60, 300", "max_retries": "2", "quiet_from": "22:00", "quiet_to": "08:00", "delivery_rate": "0.9",
        ]
        let saved = try await owner.follow(try await owner.post(path, fields))
        for text in ["The settings are saved", "value=\"Europe/Rome\"", "value=\"60, 300\"", "value=\"22:00\"", "value=\"0.9\""] {
            #expect(saved.text.contains(text), "\(text)")
        }
        let wrong = try await owner.post(path, fields.merging(["max_retries": "many", "time_zone": "Mars"]) { $1 })
        #expect(wrong.status == 422 && wrong.text.contains("value=\"many\""))
        #expect(wrong.text.contains("id=\"f-max_retries-error\"") && wrong.text.contains("id=\"f-time_zone-error\""))
        // What was not typed is the usual one again.
        let less = try await owner.follow(try await owner.post(path, ["name": "First", "retry_preset": "quick"]))
        #expect(!less.text.contains("value=\"22:00\""))
        await owner.stop()
    }

    @Test func aBusinessIsPausedAndGoesOn() async throws {
        let owner = try await OwnerSite.start()
        let path = "/dashboard/settings/limits"
        let paused = try await owner.follow(try await owner.post(path + "/pause", ["subject": "tenant", "note": "wrong price"]))
        #expect(paused.text.contains("your whole business") && paused.text.contains("wrong price"))
        let resumed = try await owner.follow(try await owner.post(path + "/resume", ["scope": "tenant"]))
        #expect(resumed.text.contains("Nothing holds your messages"))
        let audit = try await owner.get("/dashboard/settings/audit")
        #expect(audit.text.contains(">Pause<") && audit.text.contains(">Resume<"))
        await owner.stop()
    }

    @Test func aPersonIsLetInChangedAndRemoved() async throws {
        let owner = try await OwnerSite.start()
        let path = "/dashboard/settings/people"
        let wrong = try await owner.post(path, ["email": "nobody", "role": "viewer"])
        #expect(wrong.status == 422 && wrong.text.contains("id=\"f-email-error\"") && wrong.text.contains("value=\"nobody\""))
        let list = try await owner.follow(try await owner.post(path, ["email": "bob@x.example", "role": "viewer"]))
        let link = try #require(list.text.split(separator: path + "/").first { $0.contains(">bob@x.example</a>") })
        let own = "\(path)/\(link.prefix(36))"
        let changed = try await owner.follow(try await owner.post(own, ["name": "Bob", "role": "operator", "status": "disabled"]))
        #expect(changed.text.contains("value=\"Bob\"") && changed.text.contains("value=\"disabled\" selected"))
        #expect(try await !owner.follow(try await owner.post(own + "/delete")).text.contains("bob@x.example"))
        await owner.stop()
    }

    @Test func aBroadcastIsDraftedFilledForecastAndCalledBack() async throws {
        let owner = try await OwnerSite.start()
        let path = "/dashboard/broadcasts"
        let fields = ["name": "Spring", "template": "order_shipped en", "variables": "order: 7"]
        let nameless = try await owner.post(path + "/new", fields.merging(["name": ""]) { $1 })
        #expect(
            nameless.status == 422 && nameless.text.contains("id=\"f-name-error\"") && nameless.text.contains("order: 7</textarea>"))
        let made = try await owner.post(path + "/new", fields)
        let own = "\(path)/\(try owner.id(made))"
        let filled = try await owner.follow(
            try await owner.upload(own + "/recipients", "file", "to,first_name\n+393401234501,Ada\n+393401234502,Bob\n12,Eve\n"))
        #expect(
            filled.text.contains("What would happen") && filled.text.contains("<b>2</b><span class=\"quiet small\">would be sent"))
        let started = try await owner.follow(try await owner.post(own + "/start"))
        #expect(started.text.contains("data-live-every=\"3\"") && started.text.contains("Running"))
        let cancelled = try await owner.follow(try await owner.post(own + "/cancel"))
        #expect(cancelled.text.contains("Called back"))
        await owner.stop()
    }

    @Test func whatWasDoneIsSaidByWordsOfOursOnly() async throws {
        let owner = try await OwnerSite.start()
        #expect(try await owner.get("/dashboard/templates?done=template_deleted").text.contains("The template is deleted."))
        #expect(try await !owner.get("/dashboard/templates?done=You+have+won").text.contains("You have won"))
        await owner.stop()
    }

    @Test func withoutTheAPIAPageSaysSo() async throws {
        let site = try await Site.start()
        let cookie = try await site.signIn(site.tenants.first)
        let page = try await site.get("/dashboard/templates", cookie)
        #expect(page.status == 503 && page.text.contains("Not available at the moment"))
        #expect(page.text.contains("aria-label=\"Sections\""))
        await site.stop()
    }
}
