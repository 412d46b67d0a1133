import Models
import Storage

/// Keeps an alert open for as long as a gate is closed that nobody closed on purpose.
struct GateWatch: Sendable {
    /// What heals by itself is no news before it has lasted this long.
    static func patience(with cause: GateCause) -> Duration {
        switch cause {
        case .outage: .seconds(15)
        case .throttled, .maintenance: .seconds(600)
        case .paused, .tokenInvalid, .accountRestricted, .paymentMissing, .senderUnusable, .templatePaused,
            .templateDisabled, .portfolioLimit, .platform:
            .zero
        }
    }

    let store: AlertStore
    let outlet: AlertOutlet
    let publicURL: String

    func run() async throws -> Bool {
        let publicURL = publicURL
        outlet.tell(
            try await store.alertClosedGates { gates, now in
                Self.drafts(for: gates, now: now, publicURL: publicURL)
            }
        )
        return false
    }

    /// One alert for each kind of trouble, scope and subject, however many gates it closed.
    static func drafts(for gates: [ShownGate], now: Timestamp, publicURL: String) -> [AlertDraft] {
        let keyed = gates.compactMap { shown in key(of: shown.gate, now: now).map { ($0, shown) } }
        return Dictionary(grouping: keyed, by: \.0).map { key, pairs in
            draft(key, pairs.map(\.1), publicURL: publicURL)
        }
    }

    /// Nil for what is nobody's trouble, or not yet.
    static func key(of gate: ClosedGate, now: Timestamp) -> AlertKey? {
        guard let code = gate.cause.alert, now - gate.closedAt >= patience(with: gate.cause) else {
            return nil
        }
        return AlertKey(
            code,
            tenantID: gate.tenantID,
            cause: "\(AlertStore.gateCausePrefix)\(gate.scope.rawValue):\(subject(of: gate))"
        )
    }

    /// An outage is seen by each dispatcher for itself, "meta@…", and is one for people.
    static func subject(of gate: ClosedGate) -> String {
        switch gate.scope {
        case .provider: String(gate.subject.prefix { $0 != "@" })
        case .tenant, .sender, .template, .batch, .account, .portfolio: gate.subject
        }
    }

    private static func draft(_ key: AlertKey, _ gates: [ShownGate], publicURL: String) -> AlertDraft {
        let newestFirst = gates.sorted { $0.gate.closedAt > $1.gate.closedAt }
        let held = gates.reduce(0) { $0 + $1.held }
        let shown = newestFirst[0]
        let words = shown.gate.cause.words
        let owner = shown.business ?? "Several businesses"
        let page =
            "\(publicURL)/admin/whatsapp-monitor"
            + (shown.gate.tenantID.map { "?business=\($0)" } ?? "")
        let code = shown.gate.errorCode.map { " (code \($0))" } ?? ""
        let end =
            if let opensAt = shown.gate.opensAt {
                "It opens by itself at \(minute(opensAt))."
            } else if let probeAt = shown.probeAt {
                "One message tries again at \(minute(probeAt))."
            } else {
                "It stays closed until somebody mends this."
            }
        var draft = AlertDraft(
            key: key,
            title: "\(owner): \(words.title), \(GateText.subject(of: shown))",
            detail: """
                \(words.explanation)\(code)
                \(held == 0 ? "No message waits for it yet." : "\(GateText.count(held)) held; no attempt is used up.") \(end)
                Who acts: \(words.who.words).
                What to do: \(words.remedy)
                \(page)
                """,
            occurrences: 1
        )
        draft.subject = subject(of: shown.gate)
        return draft
    }

    private static func minute(_ moment: Timestamp) -> String {
        moment.rfc3339.prefix(16).replacing("T", with: " ") + " UTC"
    }
}

/// Gates in words for people.
enum GateText {
    static func subject(of shown: ShownGate) -> String {
        let name = shown.subjectName ?? GateWatch.subject(of: shown.gate)
        return switch shown.gate.scope {
        case .tenant: "the whole business"
        case .sender: "sender \(name)"
        case .template: "template \(name)"
        case .batch: "batch \(name)"
        case .account: "account \(name)"
        case .portfolio: "portfolio \(name)"
        case .provider: provider(name)
        }
    }

    static func provider(_ name: String) -> String {
        switch Provider(rawValue: name) {
        case .meta: "Meta"
        case .twilio: "Twilio"
        case nil: name
        }
    }

    static func count(_ messages: Int) -> String {
        switch messages {
        case 1: "1 message is"
        case ShownGate.heldMax...: "More than \(Piece.number(ShownGate.heldMax)) messages are"
        default: "\(Piece.number(messages)) messages are"
        }
    }
}
