import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// Who may be written to, decided before a message is accepted.
@Suite struct RecipientGuardTests {
    private static let stranger = "+393401234888"

    private static func text(_ to: String = stranger) -> String {
        #"{"to":"\#(to)","type":"text","text":{"body":"Your table\nis ready."}}"#
    }

    private static func template(_ recipient: String, _ name: String = "order_shipped", extra: String = "") -> String {
        let variables =
            switch name {
            case "login_code": #"["1234"]"#
            case "offer": "{}"
            default: #"{"first_name":"Ada","order":"7"}"#
            }
        return """
            {\(recipient),"type":"template","template":{"name":"\(name)","language":"en","variables":\(variables)}\(extra)}
            """
    }

    private static func to(_ number: String) -> String { #""to":"\#(number)""# }

    /// A marketing template of the first tenant's.
    private static func addOffer(_ api: RunningAPI) async throws {
        _ = try await api.tenants.platform.execute(
            """
            INSERT INTO templates (tenant_id, id, name, language, category, status, components, provider, account_id)
            SELECT tenant_id, new_uuid(), 'offer', 'en', 'MARKETING', 'APPROVED',
                   '[{"type":"BODY","text":"Spring is here."}]', provider, waba_id
            FROM senders WHERE tenant_id = \(api.tenants.first.id)
            """)
        api.catalogs.forget(api.tenants.first.id)
    }

    @Test func freeTextOutsideTheWindowIsRefusedWithAHint() async throws {
        try await RunningAPI.with { api in
            let refused = try await api.post("/v1/messages", Self.text())
            #expect(refused.status == 422 && refused.code == "window_closed")
            #expect(refused.json["field"]?.string == "to")
            #expect(refused.json["detail"]?.string?.contains("template") == true)
            #expect(try await api.post("/v1/messages", Self.template(Self.to(Self.stranger))).status == 202)
            try await api.tenants.first.openWindows(to: [Self.stranger], in: api.tenants.platform)
            #expect(try await api.post("/v1/messages", Self.text()).status == 202)
            // Another sender's window, and another tenant's, open nothing.
            #expect(try await api.post("/v1/messages", Self.text(), as: api.tenants.second).code == "window_closed")
        }
    }

    @Test func inABatchOnlyThoseAreRefusedWhoMayNotBeWrittenTo() async throws {
        try await RunningAPI.with { api in
            let body = #"{"messages":[\#(Self.text()),\#(Self.text(TestTenant.usualRecipient))]}"#
            let answer = try await api.post("/v1/messages/batch", body)
            #expect(answer.status == 202 && answer.json["accepted"]?.integer == 1)
            #expect(answer.json["data"]?.elements?.first?["error"]?["code"]?.string == "window_closed")
            let none = try await api.post("/v1/messages/batch", #"{"messages":[\#(Self.text())]}"#)
            #expect(none.status == 422 && none.code == "batch_refused")
        }
    }

    @Test func aFallbackTemplateGoesOutInPlaceOfTheText() async throws {
        try await RunningAPI.with { api in
            _ = try await api.tenants.platform.execute(
                """
                UPDATE templates SET components = '[{"type":"BODY","text":"We wrote: {{text}} Thank you."}]'
                WHERE name = 'order_shipped' AND tenant_id = \(api.tenants.first.id)
                """)
            _ = try await api.tenants.platform.execute(
                """
                UPDATE tenants SET fallback_template = '{"name":"order_shipped","language":"en","variable":"text"}'
                WHERE id = \(api.tenants.first.id)
                """)
            api.catalogs.forget(api.tenants.first.id)
            let sent = try await api.post("/v1/messages", Self.text())
            #expect(sent.status == 202 && sent.json["type"]?.string == "template")
            #expect(sent.json["warnings"]?.elements?.map { $0["code"]?.string } == ["sent_as_template"])
            let id = try #require(sent.json["id"]?.string)
            let stored = try await api.get("/v1/messages/\(id)")
            #expect(stored.json["content"]?.text.contains("Your table is ready.") == true)
            // Inside the window the text goes as it is.
            let free = try await api.post("/v1/messages", Self.text(TestTenant.usualRecipient))
            #expect(free.json["type"]?.string == "text")
            // Who has opted out of its category does not get it either.
            _ = try await api.post("/v1/suppressions", #"{"recipient":"\#(Self.stranger)","category":"utility"}"#)
            #expect(try await api.post("/v1/messages", Self.text()).code == "recipient_suppressed")
        }
    }

    @Test func anOptOutIsKnownAtOnceAndForItsCategoryOnly() async throws {
        try await RunningAPI.with { api in
            try await Self.addOffer(api)
            let offer = Self.template(Self.to(Self.stranger), "offer")
            #expect(try await api.post("/v1/messages", offer).status == 202)
            let contact = try await api.post("/v1/contacts", #"{"phone":"\#(Self.stranger)"}"#)
            let id = try #require(contact.json["id"]?.string)
            _ = try await api.post("/v1/contacts/\(id)/consents", #"{"category":"marketing","status":"opted_out"}"#)
            let refused = try await api.post("/v1/messages", offer)
            #expect(refused.status == 422 && refused.code == "recipient_opted_out")
            #expect(try await api.post("/v1/messages", Self.template(Self.to(Self.stranger))).status == 202)
            #expect(try await api.post("/v1/messages", Self.template(Self.to(Self.stranger), "login_code")).status == 202)
            _ = try await api.post("/v1/contacts/\(id)/consents", #"{"category":"marketing","status":"opted_in"}"#)
            #expect(try await api.post("/v1/messages", offer).status == 202)
        }
    }

    @Test func aCategoryThatNeedsAnOptInGoesToNobodyElse() async throws {
        try await RunningAPI.with { api in
            try await Self.addOffer(api)
            _ = try await api.tenants.platform.execute(
                "UPDATE tenants SET opt_in_required = '{MARKETING}' WHERE id = \(api.tenants.first.id)")
            api.catalogs.forget(api.tenants.first.id)
            let offer = Self.template(Self.to(Self.stranger), "offer")
            #expect(try await api.post("/v1/messages", offer).code == "opt_in_missing")
            #expect(try await api.post("/v1/messages", Self.template(Self.to(Self.stranger))).status == 202)
            let consents = #"[{"category":"marketing","status":"opted_in"}]"#
            _ = try await api.post("/v1/contacts", #"{"phone":"\#(Self.stranger)","consents":\#(consents)}"#)
            #expect(try await api.post("/v1/messages", offer).status == 202)
        }
    }

    @Test func marketingToTheUnitedStatesIsRefusedUnlessTheTenantKnowsBetter() async throws {
        try await RunningAPI.with { api in
            try await Self.addOffer(api)
            let (american, canadian) = ("+12125550123", "+14165550123")
            #expect(try await api.post("/v1/messages", Self.template(Self.to(american), "offer")).code == "marketing_us_blocked")
            #expect(try await api.post("/v1/messages", Self.template(Self.to(american))).status == 202)
            #expect(try await api.post("/v1/messages", Self.template(Self.to(canadian), "offer")).status == 202)
            _ = try await api.call(.patch, "/v1/consent-settings", #"{"us_marketing_allowed":true}"#)
            #expect(try await api.post("/v1/messages", Self.template(Self.to(american), "offer")).status == 202)
        }
    }

    @Test func aContactIsWrittenToByItsIDWithOrWithoutAPhone() async throws {
        try await RunningAPI.with { api in
            func made(_ body: String) async throws -> String {
                try #require(try await api.post("/v1/contacts", body).json["id"]?.string)
            }
            let phone = try await made(#"{"phone":"\#(Self.stranger)","user_id":"IT.1"}"#)
            let hidden = try await made(#"{"user_id":"IT.2"}"#)
            let silent = try await made(#"{"external_id":"c-3"}"#)
            let first = try await api.post("/v1/messages", Self.template(#""contact_id":"\#(phone)""#))
            #expect(first.status == 202 && first.json["to"]?.string == Self.stranger)
            let second = try await api.post("/v1/messages", Self.template(#""contact_id":"\#(hidden)""#))
            #expect(second.status == 202 && second.json["to"]?.string == "IT.2")
            let third = try await api.post("/v1/messages", Self.template(#""contact_id":"\#(silent)""#))
            #expect(third.status == 422 && third.code == "contact_unreachable")
            let code = try await api.post("/v1/messages", Self.template(#""contact_id":"\#(hidden)""#, "login_code"))
            #expect(code.code == "phone_needed" && code.json["field"]?.string == "contact_id")
            let both = try await api.post(
                "/v1/messages", Self.template(#""contact_id":"\#(phone)","to":"\#(Self.stranger)""#))
            #expect(both.code == "recipient_ambiguous")
            let foreign = try await api.post(
                "/v1/messages", Self.template(#""contact_id":"\#(phone)""#), as: api.tenants.second)
            #expect(foreign.status == 422 && foreign.code == "contact_not_found")
            let batch = try await api.post(
                "/v1/messages/batch",
                #"""
                {"type":"template","template":{"name":"order_shipped","language":"en","variables":{"first_name":"A","order":"1"}},
                 "recipients":[{"contact_id":"\#(phone)"},{"to":"IT.2"},{"contact_id":"\#(silent)"}]}
                """#)
            #expect(batch.json["accepted"]?.integer == 2)
            #expect(batch.json["data"]?.elements?.last?["error"]?["code"]?.string == "contact_unreachable")
            _ = try await api.tenants.platform.execute(
                "UPDATE senders SET provider = 'twilio' WHERE tenant_id = \(api.tenants.first.id)")
            api.catalogs.forget(api.tenants.first.id)
            #expect(try await api.post("/v1/messages", Self.template(Self.to("IT.2"))).code == "phone_needed")
        }
    }

    /// What was accepted once keeps its answer under its key, also when its recipient has opted out since.
    @Test func anAcceptedRequestKeepsItsAnswerAfterAnOptOut() async throws {
        try await RunningAPI.with { api in
            let body = Self.template(Self.to(Self.stranger))
            let first = try await api.post("/v1/messages", body, key: "k")
            _ = try await api.post("/v1/suppressions", #"{"recipient":"\#(Self.stranger)"}"#)
            let again = try await api.post("/v1/messages", body, key: "k")
            #expect(again.status == 202 && again.response.body == first.response.body)
            #expect(try await api.post("/v1/messages", body).code == "recipient_suppressed")
        }
    }

    /// Templates of a tenant that has nobody on its list ask nothing before they are accepted.
    @Test func aTenantWithoutBlocksPaysNoQuestion() async throws {
        try await RunningAPI.with { api in
            let catalog = try await api.catalogs.catalog(of: api.tenants.first.id)
            #expect(!catalog.consent.hasSuppressions && catalog.consent.optInRequired.isEmpty)
            // A pool that was never started: whoever asks it anything fails.
            let deaf = RecipientGuard(store: RecipientCheckStore(Database(DatabaseSettings(url: "postgres://127.0.0.1:9/x"))))
            let reader = MessageReader(catalog: catalog, now: SystemClock.now())
            func items(_ json: String) throws -> [BatchReader.Item] {
                var problems = FieldProblems()
                let root = try JSONDocument(parsing: Array(json.utf8)).root
                let reading = reader.message(from: root, id: MessageID(IDSource().uuid()), problems: &problems)
                return [.accepted(try #require(reading))]
            }
            let free = try await deaf.check(items(Self.template(Self.to(Self.stranger))), catalog)
            guard case .accepted = free[0] else {
                Issue.record("refused")
                return
            }
            await #expect(throws: (any Error).self) { _ = try await deaf.check(items(Self.text()), catalog) }
        }
    }
}
