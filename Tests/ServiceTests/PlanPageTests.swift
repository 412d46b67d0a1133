import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// Founders' pages of plans and of price lists.
@Suite struct PlanPageTests {
    private static let prices = """
        Market,Currency,Marketing,Utility,Authentication,Authentication-International,Service
        Italy,EUR,0.0658,0.0248,,n/a,0.0248
        France,EUR,0.0490,,,,
        """

    private func post(
        _ site: Site, _ path: String, _ fields: [(name: String, value: String?)], _ cookie: String
    ) async throws -> Site.Answer {
        let token: [(name: String, value: String?)] = [("form_token", try await site.formToken(cookie))]
        return try await site.post(path, String(QueryText.make(fields + token).dropFirst()), cookie: cookie)
    }

    // MARK: Plans

    @Test func aPlanIsMadeChangedAndRemovedAndSaysWhoHasIt() async throws {
        let site = try await Site.start()
        let cookie = try await site.signInFounder()
        let made = try await post(
            site, "/admin/plans", [("name", "small"), ("title", "Small"), ("messages_per_day", "100"), ("keys_max", "2")], cookie)
        #expect(made.response.header("Location") == "/admin/plans/small?done=plan_made", "\(made.text)")
        let list = try await site.get("/admin/plans", cookie)
        #expect(list.text.contains("100 messages a day · 2 API keys"), "\(list.text)")
        _ = try await site.tenants.platform.execute("UPDATE tenants SET plan = 'small' WHERE slug = 'second'")
        let page = try await site.get("/admin/plans/small", cookie)
        #expect(page.text.contains("/admin/businesses/\(site.tenants.second.id)"))
        #expect(!page.text.contains("/admin/businesses/\(site.tenants.first.id)"))
        #expect(page.text.contains("name=\"messages_per_day\" type=\"number\" value=\"100\""))
        let changed = try await post(
            site, "/admin/plans/small", [("title", "Small"), ("messages_per_day", "50"), ("keys_max", " ")], cookie)
        #expect(changed.response.header("Location") == "/admin/plans/small?done=plan_changed", "\(changed.text)")
        // Whose limits changed is told, as by the API.
        #expect(site.news.all.suffix(1) == [ControlNews(tenantID: site.tenants.second.id, what: .settings)])
        let row = try await site.tenants.platform.rows("SELECT messages_per_day, keys_max FROM plans WHERE name = 'small'")
        #expect(try row.first?.value(0, as: Int32.self) == 50)
        #expect(try row.first?.value(1, as: Int32?.self) == nil, "an empty field takes the limit away")
        let used = try await post(site, "/admin/plans/small/delete", [], cookie)
        #expect(used.status == 409 && used.text.contains("Businesses have this plan"))
        _ = try await site.tenants.platform.execute("UPDATE tenants SET plan = 'unlimited'")
        #expect(try await site.get("/admin/plans/small/delete", cookie).text.contains("Delete the plan"))
        let gone = try await post(site, "/admin/plans/small/delete", [], cookie)
        #expect(gone.response.header("Location") == "/admin/plans?done=plan_deleted")
        for action in ["plan.created", "plan.changed", "plan.deleted"] {
            #expect(try await site.audited(action).count == 1, "\(action)")
        }
        await site.stop()
    }

    @Test func whatIsWrongWithAPlanStandsBesideItsFieldAndNothingTypedIsLost() async throws {
        let site = try await Site.start()
        let cookie = try await site.signInFounder()
        let refused = try await post(
            site, "/admin/plans", [("name", "Big one"), ("title", "The big one"), ("requests_per_second", "0")], cookie)
        #expect(refused.status == 422)
        for words in ["id=\"f-name-error\"", "id=\"f-requests_per_second-error\"", "value=\"The big one\"", "value=\"Big one\""] {
            #expect(refused.text.contains(words), "\(words)")
        }
        let taken = try await post(site, "/admin/plans", [("name", "unlimited")], cookie)
        #expect(taken.status == 409 && taken.text.contains("id=\"f-name-error\""))
        #expect(try await site.tenants.platform.rows("SELECT 1 FROM plans").count == 1)
        #expect(try await site.get("/admin/plans/none", cookie).status == 404)
        await site.stop()
    }

    // MARK: Price lists

    @Test func aPriceListIsStoredAfterALookAtWhatChanges() async throws {
        let site = try await Site.start()
        let cookie = try await site.signInFounder()
        let token = try await site.formToken(cookie)
        let preview = try await site.upload(
            "/admin/rate-cards/preview", ["form_token": token, "valid_from": "2026-10-01", "name": "October"],
            ("file", Self.prices), cookie: cookie)
        #expect(preview.status == 200, "\(preview.text)")
        #expect(preview.text.contains("4 prices, 4 of them"))
        #expect(try await site.tenants.platform.rows("SELECT 1 FROM rate_cards").isEmpty, "nothing is stored by a look")
        #expect(preview.text.contains("name=\"text\" value=\"Market,Currency"))
        let stored = try await post(
            site, "/admin/rate-cards", [("valid_from", "2026-10-01"), ("name", "October"), ("text", Self.prices)], cookie)
        #expect(stored.response.header("Location") == "/admin/rate-cards?done=prices_imported", "\(stored.text)")
        #expect(try await site.audited("rate_card.imported").count == 1)
        let list = try await site.get("/admin/rate-cards", cookie)
        #expect(list.text.contains("October") && list.text.contains("Holds now"), "\(list.text)")
        let id = try #require(
            try await site.tenants.platform.rows("SELECT id FROM rate_cards").first?.value(0, as: RateCardID.self))
        let page = try await site.get("/admin/rate-cards/\(id)", cookie)
        #expect(page.text.contains("<b>Italy</b>") && page.text.contains(">0.0658<") && page.text.contains("Authentication international"))
        await site.stop()
    }

    @Test func onlyWhatIsOtherwiseIsShownAgainstTheListBefore() async throws {
        let site = try await Site.start()
        let cookie = try await site.signInFounder()
        _ = try await post(site, "/admin/rate-cards", [("valid_from", "2026-10-01"), ("text", Self.prices)], cookie)
        let new = Self.prices.replacing("0.0658", with: "0.0700").replacing("France,EUR,0.0490", with: "Spain,EUR,0.0500")
        func preview(_ day: String) async throws -> String {
            try await post(site, "/admin/rate-cards/preview", [("valid_from", day), ("text", new)], cookie).text
        }
        let later = try await preview("2027-01-01")
        #expect(later.contains("4 prices, 3 of them") && later.contains("which holds from 2026-10-01 until then"), "\(later)")
        #expect(later.contains("0.0658") && later.contains("0.07") && !later.contains(">0.0248<"))
        #expect(try await preview("2026-10-01").contains("It takes the place of"))
        #expect(try await preview("2026-09-01").contains("There is no list in this currency yet"))
        await site.stop()
    }

    @Test func whatIsNoPriceListStandsBesideTheFieldsWithItsText() async throws {
        let site = try await Site.start()
        let cookie = try await site.signInFounder()
        let token = try await site.formToken(cookie)
        let refused = try await site.upload(
            "/admin/rate-cards/preview", ["form_token": token, "valid_from": "2026-10-01"],
            ("file", "Market,Currency,Utility\nAtlantis,EUR,1"), cookie: cookie)
        #expect(refused.status == 422)
        #expect(refused.text.contains("id=\"f-text-error\"") && refused.text.contains("names no market"), "\(refused.text)")
        #expect(refused.text.contains("Atlantis,EUR,1</textarea>"))
        let undated = try await post(site, "/admin/rate-cards", [("text", Self.prices)], cookie)
        #expect(undated.status == 422 && undated.text.contains("id=\"f-valid_from-error\""))
        #expect(try await site.tenants.platform.rows("SELECT 1 FROM rate_cards").isEmpty)
        await site.stop()
    }

    @Test func aPriceListIsDeletedAfterAQuestion() async throws {
        let site = try await Site.start()
        let cookie = try await site.signInFounder()
        _ = try await post(site, "/admin/rate-cards", [("valid_from", "2026-10-01"), ("text", Self.prices)], cookie)
        let id = try #require(
            try await site.tenants.platform.rows("SELECT id FROM rate_cards").first?.value(0, as: RateCardID.self))
        #expect(try await site.get("/admin/rate-cards/\(id)/delete", cookie).text.contains("keeps its price"))
        let deleted = try await post(site, "/admin/rate-cards/\(id)/delete", [], cookie)
        #expect(deleted.response.header("Location") == "/admin/rate-cards?done=prices_deleted")
        #expect(try await site.get("/admin/rate-cards/\(id)", cookie).status == 404)
        await site.stop()
    }

    @Test(arguments: ["/admin/plans", "/admin/plans/unlimited", "/admin/rate-cards"])
    func aBusinessFindsNoneOfThesePagesAndSendsNoneOfTheirForms(path: String) async throws {
        let site = try await Site.start()
        let cookie = try await site.signIn(site.tenants.first)
        #expect(try await site.get(path, cookie).status == 404)
        #expect(try await post(site, path, [("name", "x"), ("title", "x"), ("valid_from", "2026-10-01")], cookie).status == 404)
        #expect(try await site.post(path, "name=x", cookie: site.signInFounder()).status == 403)
        #expect(try await site.tenants.platform.rows("SELECT 1 FROM plans WHERE name <> 'unlimited' OR title = 'x'").isEmpty)
        await site.stop()
    }
}
