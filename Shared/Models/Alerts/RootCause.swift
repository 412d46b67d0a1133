/// Which alerts explain others: a closed token gate explains a business's low delivery rate, a provider that is down
/// explains those of many businesses, and a business's failures explain what else does badly because of them.
package enum RootCause {
    /// What has to be known of an alert to group it.
    package struct Item: Hashable, Sendable {
        package let id: AlertID
        package let code: AlertCode
        /// Nil: the platform's.
        package let tenantID: TenantID?
        /// A sender's id, an endpoint's name; empty: the whole.
        package let subject: String
        package let severity: AlertSeverity
        package let openedAt: Timestamp
        /// Nil: open.
        package let resolvedAt: Timestamp?
        /// The providers that the business sends through; for a provider's outage, that provider.
        package let providers: Set<String>

        package init(
            id: AlertID, code: AlertCode, tenantID: TenantID?, subject: String, severity: AlertSeverity,
            openedAt: Timestamp, resolvedAt: Timestamp? = nil, providers: Set<String> = []
        ) {
            self.id = id
            self.code = code
            self.tenantID = tenantID
            self.subject = subject
            self.severity = severity
            self.openedAt = openedAt
            self.resolvedAt = resolvedAt
            self.providers = providers
        }
    }

    package struct Group: Hashable, Sendable {
        /// The same for all alerts that are told together: `PROVIDER/meta`.
        package let cause: String
        /// Nil: it is the cause itself.
        package let parentID: AlertID?

        package init(cause: String, parentID: AlertID?) {
            self.cause = cause
            self.parentID = parentID
        }
    }

    /// Figures come back later than what broke them: a cause that is over explains this much longer what it had brought.
    package static let afterwards = Duration.seconds(1_800)

    /// - Parameter items: all open alerts, and those that ended within `afterwards`.
    /// - Returns: of each open alert that has a cause or is one, where it belongs.
    package static func groups(of items: [Item], now: Timestamp) -> [AlertID: Group] {
        let causes = items.filter { cause(of: $0) != nil && ($0.resolvedAt.map { now - $0 < afterwards } ?? true) }
            .sorted(by: isBefore)
        // Who explains more than one business comes first; whatever else explains is of the same business.
        let wide = causes.prefix { isOfMany($0) }
        let own = Dictionary(grouping: causes.dropFirst(wide.count), by: \.tenantID)
        var parents: [AlertID: Item] = [:]
        for item in items where item.resolvedAt == nil {
            parents[item.id] = wide.first { explains($0, item) } ?? own[item.tenantID]?.first { explains($0, item) }
        }
        var groups: [AlertID: Group] = [:]
        for item in items where item.resolvedAt == nil {
            var root = item
            // A parent is older or of a wider rank than what it explains, so this ends. What explains a parent has its
            // children too.
            while let parent = parents[root.id] { root = parent }
            guard let word = cause(of: root) else { continue }
            groups[item.id] = Group(cause: word, parentID: root.id == item.id ? nil : root.id)
        }
        return groups
    }

    /// What such an alert is the cause of, in a word; nil for what is a consequence at most.
    private static func cause(of item: Item) -> String? {
        let owner = item.tenantID.map { "\($0)" } ?? "platform"
        return switch rank(item) {
        case nil: nil
        case .provider: "PROVIDER/\(item.providers.sorted().first ?? item.subject)"
        case .service: "SERVICE/\(item.subject)"
        case .platform: "PLATFORM/credentials"
        case .account: "ACCOUNT/\(owner)"
        case .token: "TOKEN/\(owner)"
        case .sender: "SENDER/\(item.subject)"
        case .template: "TEMPLATE/\(item.subject)"
        case .failures, .figure: "\(item.code.rawValue)/\(owner)"
        }
    }

    /// What may explain others, the widest first.
    package static let causes = AlertCode.allCases.compactMap { code in rank(code).map { (code, $0) } }
        .sorted { $0.1 < $1.1 }.map(\.0)

    /// The widest first.
    private enum Rank: Int, Comparable {
        case platform, provider, service, account, token, sender, template
        /// Of a whole business: its failures, then every other figure that its senders have too.
        case failures, figure

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    private static func rank(_ item: Item) -> Rank? {
        guard let rank = rank(item.code) else { return nil }
        let isWholeBusiness = item.tenantID != nil && item.subject.isEmpty
        return rank < .failures || isWholeBusiness ? rank : nil
    }

    private static func isOfMany(_ cause: Item) -> Bool { rank(cause).map { $0 < .account } ?? false }

    private static func rank(_ code: AlertCode) -> Rank? {
        switch code {
        case .platformCredentialsInvalid: .platform
        case .apiEndpointDown: .provider
        case .serviceDown: .service
        case .accountRestricted: .account
        case .accessTokenInvalid: .token
        case .senderBlocked: .sender
        case .templateStopped: .template
        case .failureRateHigh: .failures
        case .deliveryRateLow, .qualityScoreLow, .failureTrend, .retriesFailing, .unansweredShareHigh, .backlogGrowing,
            .receiptsSilent:
            .figure
        case .messageCritical, .unknownErrorCode, .sendUnansweredSettled, .receiptsParked, .webhookRejected,
            .duplicateConfirmed, .ledgerImbalance, .webhookTimeout, .tokenExpiring, .templateCategoryChanged,
            .callbackDisabled, .consumerLagHigh, .diskNearlyFull, .limitNearlyUsed, .senderCheckFailing:
            nil
        }
    }

    private static func isBefore(_ left: Item, _ right: Item) -> Bool {
        if let ours = rank(left), let theirs = rank(right), ours != theirs { return ours < theirs }
        // What is still so explains better than what is over.
        if (left.resolvedAt == nil) != (right.resolvedAt == nil) { return left.resolvedAt == nil }
        return (left.openedAt, left.id) < (right.openedAt, right.id)
    }

    private static func explains(_ parent: Item, _ child: Item) -> Bool {
        guard parent.id != child.id, let rank = rank(parent) else { return false }
        // What began when the cause was over has another one; and only figures come back later than what broke them.
        if let end = parent.resolvedAt, child.openedAt > end || !isFigure(child.code) { return false }
        switch rank {
        case .provider:
            guard child.code != .apiEndpointDown else { return isSameOutage(parent, child) }
            return isFigure(child.code) && (child.tenantID == nil || !child.providers.isDisjoint(with: parent.providers))
        case .service:
            return isFigure(child.code) || child.code == .webhookTimeout || child.code == .consumerLagHigh
        case .platform:
            return isFigure(child.code) || child.code == .accessTokenInvalid || child.code == .webhookRejected
        case .account, .token:
            guard child.tenantID == parent.tenantID, parent.tenantID != nil else { return false }
            return isFigure(child.code) || child.code == .senderCheckFailing
                || (rank == .account && [.accessTokenInvalid, .senderBlocked, .templateStopped].contains(child.code))
        case .sender, .template:
            guard child.tenantID == parent.tenantID, parent.tenantID != nil else { return false }
            guard child.subject.isEmpty || child.subject == parent.subject else { return false }
            return isFigure(child.code) || child.code == .senderCheckFailing
        case .failures, .figure:
            // Whoever asked to be woken by a figure is not told of it inside what wakes nobody.
            guard child.tenantID == parent.tenantID, child.severity <= parent.severity else { return false }
            if child.code == parent.code { return !child.subject.isEmpty }
            return rank == .failures && [.deliveryRateLow, .qualityScoreLow, .failureTrend].contains(child.code)
        }
    }

    /// One outage is seen by the checks from outside and by the gate of who sends: the first to open is the parent.
    private static func isSameOutage(_ parent: Item, _ child: Item) -> Bool {
        !child.providers.isDisjoint(with: parent.providers)
            && (parent.openedAt, parent.id) < (child.openedAt, child.id)
    }

    /// A figure that does badly when nothing can be sent, or nothing comes back.
    private static func isFigure(_ code: AlertCode) -> Bool {
        switch code {
        case .deliveryRateLow, .failureRateHigh, .qualityScoreLow, .backlogGrowing, .receiptsSilent, .retriesFailing,
            .failureTrend, .unansweredShareHigh, .sendUnansweredSettled:
            true
        case .messageCritical, .unknownErrorCode, .receiptsParked, .webhookRejected, .duplicateConfirmed, .ledgerImbalance,
            .webhookTimeout, .apiEndpointDown, .accessTokenInvalid, .tokenExpiring, .platformCredentialsInvalid,
            .accountRestricted, .senderBlocked, .templateStopped, .templateCategoryChanged, .serviceDown,
            .callbackDisabled, .consumerLagHigh, .diskNearlyFull, .limitNearlyUsed, .senderCheckFailing:
            false
        }
    }
}
