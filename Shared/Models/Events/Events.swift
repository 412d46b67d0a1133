/// A message is ready for an attempt. Ids and routing only: the dispatcher reads the rest from Postgres.
package struct DispatchOrder: Hashable, Sendable {
    package static let version = "dispatch.v1"

    package let messageID: MessageID
    package let tenantID: TenantID
    package let senderID: SenderID
    package let lane: Lane
    /// 1 to 10, 10 first.
    package let priority: Int
    /// The number the attempt would have, from 1.
    package let attempt: Int
    /// Somebody wants the message's trace kept, whatever share of traces is kept otherwise. Not a part of the body.
    package let isTraced: Bool

    package init(
        messageID: MessageID,
        tenantID: TenantID,
        senderID: SenderID,
        lane: Lane,
        priority: Int = Priority.standard,
        attempt: Int = 1,
        isTraced: Bool = false
    ) {
        self.messageID = messageID
        self.tenantID = tenantID
        self.senderID = senderID
        self.lane = lane
        self.priority = priority
        self.attempt = attempt
        self.isTraced = isTraced
    }
}

/// A message reached a state.
package struct LifecycleEvent: Hashable, Sendable {
    package static let version = "message.v1"

    package let messageID: MessageID
    package let tenantID: TenantID
    package let senderID: SenderID
    package let state: MessageState
    package let at: Timestamp
    /// Zero before the first attempt.
    package let attempt: Int
    package let errorCode: Int?
    /// Failed after the last retry: people should look.
    package let isCritical: Bool

    package init(
        messageID: MessageID,
        tenantID: TenantID,
        senderID: SenderID,
        state: MessageState,
        at: Timestamp,
        attempt: Int,
        errorCode: Int? = nil,
        isCritical: Bool = false
    ) {
        self.messageID = messageID
        self.tenantID = tenantID
        self.senderID = senderID
        self.state = state
        self.at = at
        self.attempt = attempt
        self.errorCode = errorCode
        self.isCritical = isCritical
    }
}

/// An alert changed; its text is in Postgres.
package struct AlertNews: Hashable, Sendable {
    package static let version = "alert.v1"

    package enum Kind: String, CaseIterable, Hashable, Sendable {
        case raised
        case updated
        case resolved
    }

    package let alertID: AlertID
    /// The text of an `AlertKey`.
    package let key: String
    package let kind: Kind
    package let tenantID: TenantID?

    package init(alertID: AlertID, key: String, kind: Kind, tenantID: TenantID?) {
        self.alertID = alertID
        self.key = key
        self.kind = kind
        self.tenantID = tenantID
    }
}

/// Something of a tenant's setting changed: caches drop their entry.
package struct ControlNews: Hashable, Sendable {
    package static let version = "control.v1"

    package enum Subject: String, CaseIterable, Hashable, Sendable {
        case settings
        case sender
        case gate
        case template
        case key
    }

    package let tenantID: TenantID
    package let what: Subject

    package init(tenantID: TenantID, what: Subject) {
        self.tenantID = tenantID
        self.what = what
    }
}
