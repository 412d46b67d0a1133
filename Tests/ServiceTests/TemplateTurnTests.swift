import EventBus
import HTTPClient
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import ServiceKit
import Storage
import Synchronization
import TestSupport
import Testing
import WhatsApp

@testable import retry_scheduler
@testable import sandbox

/// What retry-scheduler does with templates at their providers: real Postgres, and the stand-ins.
@Suite struct TemplateTurnTests {
    private static let account = "900800700600555"

    private struct Desk: Sendable {
        let tenants: TwoTenants
        let sandbox: SandboxFixture
        let turn: TemplateTurn
        let sync: TemplateSyncTurn
        let store: TemplateStore
        let news: ToldNews

        var tenantID: TenantID { tenants.first.id }

        func make(
            _ name: String, _ content: TemplateContent = TemplateContent(body: "Hello."), provider: Provider = .meta,
            category: TemplateCategory = .utility, submits: Bool = true
        ) async throws -> TemplateID {
            let draft = TemplateDraft(
                proposal: TemplateProposal(
                    name: name, language: "en", category: category, provider: provider, content: content),
                accountID: provider == .meta ? TemplateTurnTests.account : "AC1")
            let made = try await store.create(
                draft, of: tenantID, submits: submits, audit: audit("template.created"), now: SystemClock.now())
            return try #require(made).id
        }

        func order(_ action: TemplateAction, _ id: TemplateID) async throws {
            _ = try await store.change(id, of: tenantID, audit: audit("template.ordered")) {
                _ -> Result<TemplateDecision, TemplateRefusal> in .success(.order(action))
            }
        }

        func template(_ id: TemplateID) async throws -> StoredTemplate? {
            try await store.template(id, of: tenantID)
        }

        func problem(_ id: TemplateID) async throws -> JSONValue? {
            try await template(id)?.problem.map { try JSONDocument(parsing: $0.bytes).root }
        }

        func audit(_ action: String) -> AuditEntry {
            AuditEntry(id: IDSource().uuid(), tenantID: tenantID, actor: .system("test"), action: action)
        }
    }

    private func withDesk(_ body: (Desk) async throws -> Void) async throws {
        let tenants = try await TwoTenants.make()
        let sandbox = try await SandboxFixture()
        _ = try await tenants.platform.execute("UPDATE templates SET status = 'DELETED'")
        let setup = TenantSetupStore(tenants.platform, try TestTenant.secrets())
        for (provider, account) in [(Provider.meta, Self.account), (.twilio, "AC1")] {
            var sender = SenderSetup(
                id: SenderID(IDSource().uuid()), name: account, displayPhoneNumber: "+39 02 1", phoneNumberID: "phone \(account)",
                accountID: account, accessToken: Secret("sandbox-token-1"))
            (sender.provider, sender.isDefault) = (provider, false)
            try await setup.apply(sender, of: tenants.first.id)
        }
        let settings = ProviderSettings(
            SettingsReader(environment: [
                "META_API_URL": sandbox.url, "TWILIO_API_URL": sandbox.url, "TWILIO_CONTENT_URL": sandbox.url,
            ]))
        let apis = TemplateAPIs(
            client: sandbox.client, settings: settings,
            senders: SenderStore(tenants.platform, try TestTenant.secrets()), examplesReach: .anywhere)
        let news = ToldNews()
        let desk = Desk(
            tenants: tenants, sandbox: sandbox,
            turn: TemplateTurn(store: TemplateTaskStore(tenants.platform), apis: apis, tell: { news.add($0) }),
            sync: TemplateSyncTurn(
                store: TemplateSyncStore(tenants.platform), gates: GateStore(tenants.platform), apis: apis,
                interval: .seconds(3_600), tell: { news.add($0) }),
            store: TemplateStore(tenants.database), news: news)
        try await body(desk)
        await sandbox.stop()
        await tenants.stop()
    }

    private static let whole = TemplateContent(
        header: .text("Order {{1}}"), body: "Hi {{1}}, it has left.", footer: "Bye",
        buttons: [.url(text: "Open", url: "https://shop.example/{{1}}")],
        examples: ["header_1": "881", "1": "Ada", "button_0": "881"])

    @Test func aTemplateIsHandedInApprovedAndSentWithAllItsParts() async throws {
        try await withDesk { desk in
            let id = try await desk.make("shipped", Self.whole)
            _ = try await desk.turn.run()
            let pending = try #require(try await desk.template(id))
            #expect(pending.status == .pending && pending.pendingAction == nil)
            #expect(pending.providerTemplateID != nil && pending.submittedAt != nil)
            #expect(desk.news.all.contains(ControlNews(tenantID: desk.tenantID, what: .template)))
            _ = try await desk.sync.run()
            let approved = try #require(try await desk.template(id))
            #expect(approved.status == .approved && approved.quality == "GREEN")
            #expect(approved.content == Self.whole)
            let parameters = try approved.definition.resolve(
                .byName(["header_1": .text("7"), "1": .text("Ada"), "button_0": .text("7")])
            ).get()
            let content = MessageContent.template(name: "shipped", language: "en", parameters: parameters).jsonText
            let components = try #require(try JSONDocument(parsing: content.bytes).root["components"])
            try await desk.sandbox.call(
                "POST", "/oracle/phones", #"{"phone_number_id":"100200300400555","waba_id":"\#(Self.account)"}"#)
            func send(_ components: String) async throws -> Int {
                try await desk.sandbox.send(
                    to: "",
                    body: #"""
                        {"messaging_product":"whatsapp","to":"+393401234567","type":"template","template":{"name":"shipped",
                         "language":{"code":"en"},"components":\#(components)}}
                        """#, phone: "100200300400555"
                ).status
            }
            #expect(try await send(String(decoding: components.serialized(), as: UTF8.self)) == 200)
            #expect(try await send("[]") == 400)
            let history = try await desk.store.history(of: id, tenantID: desk.tenantID)
            #expect(history.filter { $0.kind == "status" }.map(\.to) == ["APPROVED", "PENDING"])
        }
    }

    @Test func aRejectionAndItsReasonAreShown() async throws {
        try await withDesk { desk in
            let id = try await desk.make("bad_rejected")
            _ = try await desk.turn.run()
            _ = try await desk.sync.run()
            let rejected = try #require(try await desk.template(id))
            #expect(rejected.status == .rejected && rejected.rejectionReason == "INVALID_FORMAT")
        }
    }

    @Test func whatTheProviderRefusesAtOnceStaysADraftWithItsWords() async throws {
        try await withDesk { desk in
            // Checked again by the provider, which sees an example that was never uploaded.
            let id = try await desk.make(
                "picture",
                TemplateContent(header: .media(.image), body: "Hello.", examples: ["header": "http://127.0.0.1:9/a.png"]))
            _ = try await desk.turn.run()
            let refused = try #require(try await desk.template(id))
            #expect(refused.status == .draft && refused.pendingAction == nil)
            #expect(try await desk.problem(id)?["detail"]?.string?.contains("could not be fetched") == true)
            let lone = try await desk.make("auth", TemplateContent(body: "Own words."), category: .authentication)
            _ = try await desk.turn.run()
            #expect(try await desk.problem(lone)?["subcode"]?.integer == 2_388_072)
        }
    }

    @Test func theExampleOfAHeaderIsUploadedFirst() async throws {
        try await withDesk { desk in
            var router = Router()
            router.on(.get, "/box.png") { _ in .bytes(200, contentType: "image/png", [1, 2, 3]) }
            let server = HTTPServer(HTTPServerSettings(), router: router)
            let port = try await server.start()
            let id = try await desk.make(
                "picture",
                TemplateContent(
                    header: .media(.image), body: "Hello.", examples: ["header": "http://127.0.0.1:\(port)/box.png"]))
            _ = try await desk.turn.run()
            #expect(try await desk.template(id)?.status == .pending)
            _ = try await desk.sync.run()
            #expect(try await desk.template(id)?.content.examples["header"]?.hasPrefix("4::") == true)
            await server.drain(within: .seconds(1))
        }
    }

    @Test func changesOfAnApprovedTemplateAreHandedInAndCounted() async throws {
        try await withDesk { desk in
            let id = try await desk.make("shipped", Self.whole)
            _ = try await desk.turn.run()
            _ = try await desk.sync.run()
            var content = Self.whole
            content.footer = "See you"
            let wanted = content
            _ = try await desk.store.change(id, of: desk.tenantID, audit: desk.audit("template.changed")) {
                current -> Result<TemplateDecision, TemplateRefusal> in
                .success(
                    .keep(
                        TemplateDraft(proposal: current.proposal, accountID: current.accountID),
                        changes: TemplateChanges(category: .utility, content: wanted, sendTTLSeconds: nil)))
            }
            try await desk.order(.submit, id)
            _ = try await desk.turn.run()
            let changed = try #require(try await desk.template(id))
            #expect(changed.status == .approved && changed.changes == nil)
            #expect(changed.content.footer == "See you" && changed.editedAt.count == 1)
        }
    }

    @Test func aTemplateThatTheAccountHadIsTakenOver() async throws {
        try await withDesk { desk in
            try await desk.sandbox.call(
                "POST", "/v25.0/\(Self.account)/message_templates",
                #"{"name":"shipped","language":"en","category":"UTILITY","components":[{"type":"BODY","text":"Older words."}]}"#)
            let id = try await desk.make("shipped", TemplateContent(body: "Newer words."))
            _ = try await desk.turn.run()
            let adopted = try #require(try await desk.template(id))
            #expect(adopted.status == .approved && adopted.content.body == "Older words.")
            #expect(adopted.changes?.content.body == "Newer words.")
            #expect(try await desk.problem(id)?["detail"]?.string?.contains("taken over") == true)
        }
    }

    @Test func anAnswerThatWasLostMakesNoSecondTemplate() async throws {
        try await withDesk { desk in
            let id = try await desk.make("shipped", Self.whole)
            let before = try #require(try await desk.template(id))
            _ = try await desk.turn.run()
            // As if we had died before the answer was written.
            _ = try await desk.tenants.platform.execute(
                """
                UPDATE templates SET status = 'DRAFT', provider_template_id = NULL, submitted_at = NULL WHERE id = \(id)
                """)
            _ = try await desk.tenants.platform.execute(
                "UPDATE template_tasks SET done_at = NULL, result = NULL, due_at = now()")
            _ = try await desk.turn.run()
            let after = try #require(try await desk.template(id))
            #expect(after.status == .approved && after.content == before.content)
            #expect(after.changes == nil && after.problem == nil)
        }
    }

    @Test func pausesAreLiftedAndTemplatesDeleted() async throws {
        try await withDesk { desk in
            let id = try await desk.make("shipped")
            _ = try await desk.turn.run()
            try await desk.sandbox.call(
                "POST", "/oracle/templates", #"{"waba_id":"\#(Self.account)","name":"shipped","status":"PAUSED"}"#)
            _ = try await desk.sync.run()
            #expect(try await desk.template(id)?.status == .paused)
            try await desk.order(.unpause, id)
            _ = try await desk.turn.run()
            #expect(try await desk.template(id)?.status == .approved)
            try await desk.order(.delete, id)
            _ = try await desk.turn.run()
            #expect(try await desk.template(id) == nil)
            let left = try await desk.sandbox.call("GET", "/v25.0/\(Self.account)/message_templates").json
            #expect(left?["data"]?.elements?.isEmpty == true)
        }
    }

    @Test func aProviderThatIsAwayIsAskedAgainLater() async throws {
        try await withDesk { desk in
            let settings = ProviderSettings(SettingsReader(environment: ["META_API_URL": "http://127.0.0.1:9"]))
            let apis = TemplateAPIs(
                client: desk.sandbox.client, settings: settings,
                senders: SenderStore(desk.tenants.platform, try TestTenant.secrets()))
            let id = try await desk.make("shipped")
            let turn = TemplateTurn(store: TemplateTaskStore(desk.tenants.platform), apis: apis, tell: { _ in })
            _ = try await turn.run()
            #expect(try await desk.template(id)?.pendingAction == .submit)
            let rows = try await desk.tenants.platform.rows(
                "SELECT tries, due_at > now() + interval '5 seconds' AS waits FROM template_tasks")
            let row = try #require(rows.first)
            #expect(try row.value("tries", as: Int16.self) == 1)
            #expect(try row.value("waits", as: Bool.self))
            _ = try await desk.tenants.platform.execute("UPDATE template_tasks SET tries = 11, due_at = now()")
            _ = try await turn.run()
            #expect(try await desk.template(id)?.pendingAction == nil)
            #expect(try await desk.problem(id)?["detail"]?.string?.contains("could not be reached") == true)
        }
    }

    @Test func ordersOfASuspendedTenantWait() async throws {
        try await withDesk { desk in
            let id = try await desk.make("shipped")
            _ = try await desk.tenants.platform.execute("UPDATE tenants SET status = 'suspended' WHERE id = \(desk.tenantID)")
            _ = try await desk.turn.run()
            #expect(try await desk.template(id)?.pendingAction == .submit)
        }
    }

    @Test func aTwilioTemplateIsMadeApprovedAndDeleted() async throws {
        try await withDesk { desk in
            let content = TemplateContent(
                body: "Hi {{1}}, it has left.", buttons: [.url(text: "Open", url: "https://shop.example/{{2}}")],
                examples: ["1": "Ada", "button_0": "881"])
            let id = try await desk.make("shipped", content, provider: .twilio)
            _ = try await desk.turn.run()
            let pending = try #require(try await desk.template(id))
            #expect(pending.status == .pending && pending.providerTemplateID?.hasPrefix("HX") == true)
            _ = try await desk.sync.run()
            let approved = try #require(try await desk.template(id))
            #expect(approved.status == .approved && approved.content == content)
            try await desk.order(.delete, id)
            _ = try await desk.turn.run()
            #expect(try await desk.template(id) == nil)
        }
    }

    @Test func whatWasMadeChangedAndDeletedElsewhereIsNoticed() async throws {
        try await withDesk { desk in
            for number in 0..<130 {
                try await desk.sandbox.call(
                    "POST", "/v25.0/\(Self.account)/message_templates",
                    #"""
                    {"name":"made_\#(number)","language":"en","category":"UTILITY",
                     "components":[{"type":"BODY","text":"Hello."}]}
                    """#)
            }
            _ = try await desk.sync.run()
            func names() async throws -> Set<String> {
                Set(try await desk.store.list(of: desk.tenantID, TemplateFilter(), before: nil, limit: 200).templates.map(\.name))
            }
            #expect(try await names().count == 130)
            try await desk.sandbox.call("DELETE", "/v25.0/\(Self.account)/message_templates?name=made_7")
            let draft = try await desk.make("draft", submits: false)
            _ = try await desk.tenants.platform.execute("UPDATE template_syncs SET due_at = now()")
            _ = try await desk.sync.run()
            #expect(try await names().count == 130)
            #expect(try await !names().contains("made_7"))
            #expect(try await desk.template(draft)?.status == .draft)
        }
    }

    @Test func anAccountOfTwoTenantsShowsNeitherTheOthersTemplates() async throws {
        try await withDesk { desk in
            var sender = SenderSetup(
                id: SenderID(IDSource().uuid()), name: "shared", displayPhoneNumber: "+39 02 2", phoneNumberID: "phone shared",
                accountID: Self.account, accessToken: Secret("sandbox-token-1"))
            sender.isDefault = false
            try await TenantSetupStore(desk.tenants.platform, try TestTenant.secrets()).apply(sender, of: desk.tenants.second.id)
            let id = try await desk.make("shipped")
            _ = try await desk.turn.run()
            _ = try await desk.sync.run()
            #expect(try await desk.template(id)?.status == .approved)
            let others = try await desk.store.list(of: desk.tenants.second.id, TemplateFilter(), before: nil, limit: 50)
            #expect(others.templates.isEmpty)
        }
    }
}

/// The news that a turn told.
final class ToldNews: Sendable {
    private let news = Mutex<[ControlNews]>([])

    var all: [ControlNews] { news.withLock { $0 } }

    func add(_ more: [ControlNews]) { news.withLock { $0 += more } }
}
