import EventBus
import Models
import Postgres
import Runtime
import Storage
import WhatsApp

/// Compares the templates of accounts with the lists of their providers: what was approved, paused, moved to another
/// category, made or deleted elsewhere.
struct TemplateSyncTurn: Sendable {
    static let takenMax = 5
    /// Pages of one list; an account has at most 6,000 templates.
    static let pagesMax = 100
    static let waitMax: Duration = .seconds(6 * 3_600)

    let store: TemplateSyncStore
    let gates: GateStore
    let apis: TemplateAPIs
    let interval: Duration
    let tell: @Sendable ([ControlNews]) -> Void
    private let compared = MetricsRegistry.shared.counter(
        "tidings_template_syncs_total", help: "Accounts whose templates were compared with the provider's list.")

    init(
        store: TemplateSyncStore, gates: GateStore, apis: TemplateAPIs, interval: Duration,
        tell: @escaping @Sendable ([ControlNews]) -> Void
    ) {
        self.store = store
        self.gates = gates
        self.apis = apis
        self.interval = interval
        self.tell = tell
    }

    func run() async throws -> Bool {
        try await store.notice()
        let accounts = try await store.take(max: Self.takenMax)
        for account in accounts {
            do {
                try await compare(account)
            } catch let error as DatabaseError {
                throw error
            } catch {
                Log.error("templates could not be compared", ["reason": "\(error)"])
                try await store.fail(account, "The sender's token cannot be read. Set it anew.", nextIn: interval)
            }
        }
        return accounts.count == Self.takenMax
    }

    private func compare(_ account: TemplateSyncStore.Account) async throws {
        guard let sender = try await apis.sender(account.senderID, account.tenantID) else {
            return try await store.fail(account, "The sender's token cannot be read.", nextIn: interval)
        }
        let started = SystemClock.now()
        switch await list(account, sender) {
        case .answered(let templates):
            let outcome = try await store.apply(
                templates.map(TemplateSyncStore.Entry.init), to: account, started: started, nextIn: interval)
            compared.increment()
            for id in outcome.approved {
                _ = try await gates.open(
                    .template, "\(id)", causes: [.templatePaused, .templateDisabled], of: account.tenantID,
                    by: "template sync")
            }
            guard outcome.changedAnything else { return }
            Log.info(
                "templates compared",
                [
                    "tenant_id": "\(account.tenantID)", "added": "\(outcome.added)", "changed": "\(outcome.changed)",
                    "deleted": "\(outcome.deleted)",
                ])
            let what: [ControlNews.Subject] = outcome.approved.isEmpty ? [.template] : [.template, .gate]
            tell(what.map { ControlNews(tenantID: account.tenantID, what: $0) })
        case .refused(let error):
            try await store.fail(
                account, error.details ?? "Refused with code \(error.code).", nextIn: wait(account.tries))
        case .unavailable(let reason, _):
            Log.warning("templates could not be compared", ["reason": reason, "tries": "\(account.tries)"])
            try await store.fail(account, "No answer: \(reason).", nextIn: wait(account.tries))
        }
    }

    private func wait(_ tries: Int) -> Duration { min(.seconds(30) * (1 << min(tries, 12)), Self.waitMax) }

    /// The whole list or nothing: from half a list nobody can tell what is missing.
    private func list(
        _ account: TemplateSyncStore.Account, _ sender: SenderProfile
    ) async -> ManagementReply<[ListedTemplate]> {
        var found: [ListedTemplate] = []
        var page: String?
        for _ in 0..<Self.pagesMax {
            let reply: ManagementReply<(templates: [ListedTemplate], after: String?)> =
                switch account.provider {
                case .meta: await apis.meta.list(account.accountID, after: page, token: sender.accessToken)
                case .twilio:
                    await apis.twilio.list(account.accountID, page: page, token: sender.accessToken)
                        .map { (templates: $0.templates, after: $0.next) }
                }
            switch reply {
            case .answered(let answer):
                found += answer.templates
                guard let next = answer.after, next != page else { return .answered(found) }
                page = next
            case .refused(let error): return .refused(error)
            case .unavailable(let reason, let isThrottled): return .unavailable(reason: reason, isThrottled: isThrottled)
            }
        }
        return .unavailable(reason: "the list does not end", isThrottled: false)
    }
}

extension TemplateSyncStore.Entry {
    fileprivate init(_ listed: ListedTemplate) {
        self.init(
            id: listed.id, name: listed.name, language: String(listed.language.map { $0 == "-" ? "_" : $0 }),
            category: listed.category.uppercased(), status: listed.status.uppercased(),
            parameterFormat: listed.parameterFormat.uppercased(), components: JSONText(listed.content.componentsText),
            quality: listed.quality, rejectionReason: listed.rejectionReason, correctCategory: listed.correctCategory)
    }
}
