/// A gate that should be closed, and for how long.
package struct GateClosing: Hashable, Sendable {
    package let scope: GateScope
    package let subject: String
    /// Nil when it concerns more than one tenant.
    package let tenantID: TenantID?
    package let cause: GateCause
    package let errorCode: Int?
    /// When it opens by itself; nil: not by time.
    package let opensAt: Timestamp?
    /// When one held message may try whether it is open again; nil: nobody tries.
    package let probeAt: Timestamp?
    /// What people are told; nil: it passes without help.
    package let alert: AlertCode?

    package init(
        scope: GateScope, subject: String, tenantID: TenantID?, cause: GateCause, errorCode: Int? = nil,
        opensAt: Timestamp? = nil, probeAt: Timestamp? = nil, alert: AlertCode? = nil
    ) {
        self.scope = scope
        self.subject = subject
        self.tenantID = tenantID
        self.cause = cause
        self.errorCode = errorCode
        self.opensAt = opensAt
        self.probeAt = probeAt
        self.alert = alert
    }
}

/// Which gate an error closes: the one place that turns a provider's refusal into a scope that waits.
package enum GatePolicy {
    /// Somebody must act, and may forget to tell us that they did.
    package static let probeEvery: Duration = .seconds(900)
    package static let probeEveryMax: Duration = .seconds(3_600)
    /// Our own credentials hold up everybody, so it is tried often.
    package static let platformProbeEvery: Duration = .seconds(60)
    /// A disabled template comes back by a webhook or by a person; this finds it when both were missed.
    package static let disabledProbeEvery: Duration = .seconds(3_600)

    /// - Parameter earlier: how often this gate was closed for this cause within the last day; waits grow with it.
    /// - Returns: nil when the error says nothing about other messages.
    package static func closing(
        for error: ErrorClassification, of message: GateSubjects, now: Timestamp, earlier: Int
    ) -> GateClosing? {
        switch error.class {
        case .retry, .fail, .suppress, .unknown: nil
        case .throttle: throttled(error, message, now, earlier)
        case .wait: maintained(error, message, now, earlier)
        case .template: template(error, message, now, earlier)
        case .sender:
            make(
                .sender, message, .senderUnusable, error,
                probeAt: now + (error.wait(afterRepeats: earlier) ?? probeEvery), alert: .senderBlocked)
        case .account: account(error, message, now, earlier)
        case .platform:
            make(
                .provider, message, .platform, error,
                probeAt: now + min(platformProbeEvery * (1 << min(max(0, earlier), 4)), probeEvery),
                alert: .platformCredentialsInvalid)
        }
    }

    /// Codes with which a provider refuses the proof of who we are, or what it permits; a new token or a granted
    /// permission repairs them. Meta's, then Twilio's.
    package static func isAboutToken(_ code: Int) -> Bool {
        tokenCodes.contains(code) || MetaErrors.permissionCodes.contains(code)
    }

    private static let tokenCodes: Set<Int> = [0, 10, 190, 131_005, 20_003]
    private static let paymentCodes: Set<Int> = [131_042, 131_044]

    private static func throttled(
        _ error: ErrorClassification, _ message: GateSubjects, _ now: Timestamp, _ earlier: Int
    ) -> GateClosing? {
        let opensAt = now + (error.wait(afterRepeats: earlier) ?? probeEvery)
        switch error.scope {
        case .account: return make(.account, message, .throttled, error, opensAt: opensAt)
        // Every call of ours counts, whoever it is for.
        case .app: return make(.provider, message, .throttled, error, opensAt: opensAt)
        // Limiters of the planner answer these.
        case .sender, .pair: return nil
        case .message, .recipient, .recipientMarketing, .country, .template, .flow, .accountManagement, .calls:
            return nil
        }
    }

    private static func maintained(
        _ error: ErrorClassification, _ message: GateSubjects, _ now: Timestamp, _ earlier: Int
    ) -> GateClosing? {
        let opensAt = now + (error.wait(afterRepeats: earlier) ?? .seconds(75))
        switch error.scope {
        case .sender: return make(.sender, message, .maintenance, error, opensAt: opensAt)
        case .account: return make(.account, message, .maintenance, error, opensAt: opensAt)
        case .template:
            guard message.templateID != nil else { return nil }
            return make(.template, message, .templatePaused, error, opensAt: opensAt)
        case .app: return make(.provider, message, .maintenance, error, opensAt: opensAt)
        case .message, .pair, .recipient, .recipientMarketing, .country, .flow, .accountManagement, .calls:
            return nil
        }
    }

    private static func template(
        _ error: ErrorClassification, _ message: GateSubjects, _ now: Timestamp, _ earlier: Int
    ) -> GateClosing? {
        guard error.scope == .template, message.templateID != nil else { return nil }
        switch error.fate {
        case .hold, .resend:
            // Meta pauses for 3 h, then for 6 h, and lifts it itself (template pausing page).
            let opensAt = now + (error.wait(afterRepeats: earlier) ?? .seconds(10_800))
            return make(.template, message, .templatePaused, error, opensAt: opensAt, alert: .templateStopped)
        case .end:
            let wait = min((error.wait ?? disabledProbeEvery) * (1 << min(max(0, earlier), 6)), disabledProbeEvery)
            return make(.template, message, .templateDisabled, error, probeAt: now + wait, alert: .templateStopped)
        }
    }

    private static func account(
        _ error: ErrorClassification, _ message: GateSubjects, _ now: Timestamp, _ earlier: Int
    ) -> GateClosing? {
        // Telephone calls and settings are not messages.
        guard error.scope == .account else { return nil }
        if isAboutToken(error.code) {
            // Each sender has a token of its own, and a new one opens the sender's gate.
            return make(
                .sender, message, .tokenInvalid, error, probeAt: now + probeEvery, alert: .accessTokenInvalid)
        }
        if paymentCodes.contains(error.code) {
            let wait = error.wait(afterRepeats: earlier) ?? probeEvery
            return make(
                .account, message, .paymentMissing, error,
                probeAt: now + min(max(wait, probeEvery), probeEveryMax), alert: .accountRestricted)
        }
        return make(
            .account, message, .accountRestricted, error,
            probeAt: now + (error.wait(afterRepeats: earlier) ?? probeEvery), alert: .accountRestricted)
    }

    private static func make(
        _ scope: GateScope, _ message: GateSubjects, _ cause: GateCause, _ error: ErrorClassification,
        opensAt: Timestamp? = nil, probeAt: Timestamp? = nil, alert: AlertCode? = nil
    ) -> GateClosing {
        GateClosing(
            scope: scope, subject: message.subject(of: scope), tenantID: scope.owner(in: message), cause: cause,
            errorCode: error.code, opensAt: opensAt, probeAt: probeAt, alert: alert)
    }
}

extension GateSubjects {
    /// What a gate of this scope would name for this message; empty where the message has no such thing.
    package func subject(of scope: GateScope) -> String {
        switch scope {
        case .tenant: "\(tenantID)"
        case .sender: "\(senderID)"
        case .template: templateID.map { "\($0)" } ?? ""
        case .batch: batchID.map { "\($0)" } ?? ""
        case .account: accountID
        case .portfolio: portfolioID
        case .provider: provider.rawValue
        }
    }
}

extension GateScope {
    fileprivate func owner(in message: GateSubjects) -> TenantID? {
        switch self {
        case .tenant, .sender, .template, .batch, .account: message.tenantID
        case .portfolio, .provider: nil
        }
    }
}
