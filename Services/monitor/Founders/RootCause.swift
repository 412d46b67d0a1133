import Models
import Storage

/// One reason for which messages wait or failed, with everything it did, in one sentence for people.
struct RootCause: Sendable {
    struct Part: Sendable {
        let tenantID: TenantID
        let business: String
        let messages: Int64
    }

    /// What to look at and what to do.
    enum Kind: Hashable, Sendable {
        /// Closed gates of one business, or of something several share.
        case gates(GateCause, owner: String)
        /// What a provider said about messages that ended.
        case code(Int)
        case noReason
    }

    let kind: Kind
    let title: String
    let explanation: String
    let remedy: String
    let who: ErrorOwner
    /// One where everything is in one business.
    fileprivate(set) var parts: [Part] = []
    fileprivate(set) var gates: [GateID] = []
    fileprivate(set) var held: Int64 = 0
    fileprivate(set) var failed: Int64 = 0
    fileprivate(set) var critical: Int64 = 0

    /// Somebody must act, or messages have run out of tries.
    var isCritical: Bool { critical > 0 || held > 0 && (who == .tenant || who == .platform) }
    var messages: Int64 { held + failed }

    /// Where it is; nil for something that several share and nobody owns.
    var place: String? {
        switch parts.count {
        case 0: nil
        case 1: parts[0].business
        default: Panel.count(parts.count, "business", "businesses")
        }
    }

    /// "4,112 messages held", "210 failed, 12 of them critical"
    var figures: String {
        var words: [String] = []
        if held > 0 { words.append("\(Panel.count(held, "message")) held") }
        if failed > 0 { words.append("\(Piece.number(failed)) failed" + (critical > 0 ? ", \(Piece.number(critical)) critical" : "")) }
        return words.isEmpty ? "nothing waits for it yet" : words.joined(separator: "; ")
    }

    /// The only business it is about.
    var tenantID: TenantID? { parts.count == 1 ? parts[0].tenantID : nil }
}

enum RootCauses {
    static let shownMax = 12

    /// Critical ones first, then the largest.
    static func all(gates: [ShownGate], failures: [RootCauseStore.Failures]) -> [RootCause] {
        (ofGates(gates) + ofFailures(failures)).sorted { left, right in
            if left.isCritical != right.isCritical { return left.isCritical }
            if left.messages != right.messages { return left.messages > right.messages }
            return left.title < right.title
        }
    }

    /// What people paused on purpose is no trouble.
    private static func ofGates(_ gates: [ShownGate]) -> [RootCause] {
        var found: [RootCause.Kind: RootCause] = [:]
        for shown in gates where shown.gate.cause != .paused {
            let owner = shown.gate.tenantID?.description ?? GateWatch.subject(of: shown.gate)
            let kind = RootCause.Kind.gates(shown.gate.cause, owner: owner)
            let words = shown.gate.cause.words
            let title = shown.gate.tenantID == nil ? "\(words.title): \(GateText.subject(of: shown))" : words.title
            var cause =
                found[kind]
                ?? RootCause(
                    kind: kind, title: title, explanation: words.explanation, remedy: words.remedy, who: words.who)
            cause.gates.append(shown.gate.id)
            cause.held += Int64(shown.held)
            if let tenantID = shown.gate.tenantID, let business = shown.business {
                cause.parts = [RootCause.Part(tenantID: tenantID, business: business, messages: cause.held)]
            }
            found[kind] = cause
        }
        return Array(found.values)
    }

    private static func ofFailures(_ failures: [RootCauseStore.Failures]) -> [RootCause] {
        var found: [RootCause.Kind: RootCause] = [:]
        for one in failures {
            let kind = one.code.map { RootCause.Kind.code($0) } ?? .noReason
            var cause = found[kind] ?? RootCause(kind)
            cause.failed += one.messages
            cause.critical += one.critical
            cause.parts.append(
                RootCause.Part(tenantID: one.tenantID, business: one.business, messages: one.messages))
            found[kind] = cause
        }
        return found.values.map { cause in
            var cause = cause
            cause.parts.sort { ($1.messages, $0.business) < ($0.messages, $1.business) }
            return cause
        }
    }
}

extension RootCause {
    fileprivate init(_ kind: Kind) {
        switch kind {
        case .code(let code):
            let words = ProviderErrors.describe(code: code)
            self.init(
                kind: kind, title: "\(words.title) (\(code))", explanation: words.explanation, remedy: words.remedy,
                who: words.who)
        case .gates(let cause, _):
            let words = cause.words
            self.init(
                kind: kind, title: words.title, explanation: words.explanation, remedy: words.remedy, who: words.who)
        case .noReason:
            self.init(
                kind: kind, title: "No reason given",
                explanation: "Their time ran out, or WhatsApp never answered and no receipt came.",
                remedy: "Look whether their business was held or paused, and whether receipts come in at all.", who: .platform)
        }
    }
}
