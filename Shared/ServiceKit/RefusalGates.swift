package import Models
internal import Runtime
package import Storage

/// Closes the gates that failed receipts ask for, as the dispatcher does for answers.
///
/// After the receipts' own commit: a gate that was not closed because we died is closed by the next message that fails.
package struct RefusalGates: Sendable {
    private struct Trouble: Hashable {
        let senderID: SenderID
        let templateID: TemplateID?
        let code: Int
    }

    private let gates: GateStore
    private let closer: String
    private let senders: @Sendable (SenderID, TenantID) async throws -> SenderProfile?
    private let tell: @Sendable ([ControlNews]) -> Void

    /// - Parameter tell: dispatchers hear of the gate at once.
    package init(
        _ gates: GateStore, closer: String,
        senders: @escaping @Sendable (SenderID, TenantID) async throws -> SenderProfile?,
        tell: @escaping @Sendable ([ControlNews]) -> Void
    ) {
        self.gates = gates
        self.closer = closer
        self.senders = senders
        self.tell = tell
    }

    package func close(for refusals: [ReceiptRefusal]) async throws {
        if refusals.isEmpty { return }
        var met: Set<Trouble> = []
        var known: [ClosedGate]?
        for refusal in refusals {
            let trouble = Trouble(
                senderID: refusal.senderID, templateID: refusal.templateID, code: refusal.error.code)
            guard met.insert(trouble).inserted,
                let sender = try await senders(refusal.senderID, refusal.tenantID)
            else { continue }
            let subjects = GateSubjects(
                messageID: refusal.messageID, tenantID: refusal.tenantID, senderID: refusal.senderID,
                templateID: refusal.templateID, batchID: nil, accountID: sender.accountID,
                portfolioID: sender.portfolioID, provider: sender.provider)
            let now = SystemClock.now()
            guard let asked = GatePolicy.closing(for: refusal.error, of: subjects, now: now, earlier: 0) else {
                continue
            }
            // What failed together was sent before the gate was closed; it must not close it for longer and longer.
            let closed: [ClosedGate]
            if let known { closed = known } else { closed = try await gates.closedGates() }
            known = closed
            let isClosed = closed.contains {
                $0.scope == asked.scope && $0.subject == asked.subject && $0.cause == asked.cause
            }
            if isClosed { continue }
            let earlier = try await gates.earlierClosings(of: asked)
            guard let closing = GatePolicy.closing(for: refusal.error, of: subjects, now: now, earlier: earlier) else {
                continue
            }
            _ = try await gates.close(closing, by: closer)
            tell([ControlNews(tenantID: refusal.tenantID, what: .gate)])
        }
    }
}
