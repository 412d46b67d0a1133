/// All gates that are closed now, found by what they close.
package struct GateSet: Sendable {
    private var tenants: [TenantID: [ClosedGate]] = [:]
    private var senders: [SenderID: [ClosedGate]] = [:]
    private var templates: [TemplateID: [ClosedGate]] = [:]
    private var batches: [BatchID: [ClosedGate]] = [:]
    private var accounts: [String: [ClosedGate]] = [:]
    private var portfolios: [String: [ClosedGate]] = [:]
    private var providers: [Provider: [ClosedGate]] = [:]

    package init(_ gates: [ClosedGate] = []) {
        // Of several, the message is told the one that holds it longest; the order is the same on every copy.
        for gate in gates.sorted(by: Self.holdsLonger) where gate.cause != .portfolioLimit { insert(gate) }
    }

    package var isEmpty: Bool {
        tenants.isEmpty && senders.isEmpty && templates.isEmpty && batches.isEmpty && accounts.isEmpty
            && portfolios.isEmpty && providers.isEmpty
    }

    /// The gate that holds the message back, if one does; a gate's own probe passes that gate.
    ///
    /// A reached portfolio limit is no such gate: recipients it knows already pass, so the reservation decides.
    package func closed(for message: GateSubjects) -> ClosedGate? {
        if let gate = Self.first(tenants, message.tenantID, message) { return gate }
        if let gate = Self.first(senders, message.senderID, message) { return gate }
        if let template = message.templateID, let gate = Self.first(templates, template, message) { return gate }
        if let batch = message.batchID, let gate = Self.first(batches, batch, message) { return gate }
        if let gate = Self.first(accounts, message.accountID, message) { return gate }
        if let gate = Self.first(portfolios, message.portfolioID, message) { return gate }
        return Self.first(providers, message.provider, message)
    }

    private static func first<Subject: Hashable>(
        _ gates: [Subject: [ClosedGate]], _ subject: Subject, _ message: GateSubjects
    ) -> ClosedGate? {
        // Nearly always: the subject is not even hashed.
        if gates.isEmpty { return nil }
        return gates[subject]?.first { $0.probe != message.messageID }
    }

    private mutating func insert(_ gate: ClosedGate) {
        switch gate.scope {
        case .tenant: if let id = TenantID(gate.subject) { tenants[id, default: []].append(gate) }
        case .sender: if let id = SenderID(gate.subject) { senders[id, default: []].append(gate) }
        case .template: if let id = TemplateID(gate.subject) { templates[id, default: []].append(gate) }
        case .batch: if let id = BatchID(gate.subject) { batches[id, default: []].append(gate) }
        case .account: accounts[gate.subject, default: []].append(gate)
        case .portfolio: portfolios[gate.subject, default: []].append(gate)
        case .provider:
            // "meta@…" is one dispatcher's outage, which its own breaker knows best.
            if let provider = Provider(rawValue: gate.subject) { providers[provider, default: []].append(gate) }
        }
    }

    private static func holdsLonger(_ left: ClosedGate, _ right: ClosedGate) -> Bool {
        switch (left.opensAt, right.opensAt) {
        case (nil, .some): true
        case (.some, nil): false
        case (let leftAt?, let rightAt?) where leftAt != rightAt: leftAt > rightAt
        case (.some, .some), (nil, nil): left.id < right.id
        }
    }
}
