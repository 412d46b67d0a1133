package import Models
internal import Postgres

package enum NotificationKind {}
package typealias NotificationID = Identifier<NotificationKind>

package enum NotificationChannel: String, CaseIterable, Hashable, Sendable {
    case slack
    case email
}

/// What a notification tells.
package enum TellingKind: String, CaseIterable, Hashable, Sendable {
    /// Its own subject and body: a sign-in link, a note about a channel, a test.
    case text
    case raised
    case reminder
    case escalation
    case resolved
    case digest
    case retryReport = "retry_report"
}

/// Where the settings say that alerts are told.
package struct NotificationDestination: Hashable, Sendable {
    package let channel: NotificationChannel
    /// An e-mail address; for Slack the name of the setting that holds the secret address.
    package let name: String
    /// Told only of what nobody has acknowledged in time.
    package let isSecondLine: Bool

    package init(_ channel: NotificationChannel, _ name: String, isSecondLine: Bool = false) {
        self.channel = channel
        self.name = name
        self.isSecondLine = isSecondLine
    }
}

/// Whose destinations: the platform's (with mails to single persons), or those of businesses. Neither waits for the other.
package enum NotificationAudience: String, CaseIterable, Hashable, Sendable {
    case platform
    case businesses
}

/// A notification whose time has come; its text is read when it is claimed.
package struct DueNotification: Sendable {
    package let id: NotificationID
    package let destination: String
    package let tellsAlert: Bool
    /// It waited for the end of quiet hours.
    package let isHeld: Bool
    /// What it and others of its kind have as their root cause; nil: none is known.
    package let rootCause: String?

    package init(
        id: NotificationID, destination: String, tellsAlert: Bool, isHeld: Bool = false, rootCause: String? = nil
    ) {
        self.id = id
        self.destination = destination
        self.tellsAlert = tellsAlert
        self.isHeld = isHeld
        self.rootCause = rootCause
    }
}

/// An alert as it is told.
package struct ToldAlert: Sendable {
    package let id: AlertID
    package let tenantID: TenantID?
    package let tenantName: String?
    package let code: String
    package let severity: AlertSeverity
    package let title: String
    package let detail: String
    package let occurrences: Int64
    package let openedAt: Timestamp
    package let acknowledgedBy: String?
    package let resolvedAt: Timestamp?
    package let resolvedBy: String?
    package let note: String?
    /// Titles of the open alerts that this one explains, and that are told with it.
    package let explained: [String]
}

/// A tenant's own Slack webhook, still sealed.
package struct SealedAddress: Sendable {
    package let destinationID: AlertDestinationID
    package let tenantID: TenantID
    package let sealed: [UInt8]
    package let sealedDataKey: [UInt8]
}

/// The message in Slack that what follows is said under.
package struct SlackThread: Hashable, Sendable {
    package let channel: String
    package let ts: String

    package init(channel: String, ts: String) {
        self.channel = channel
        self.ts = ts
    }
}

/// A notification that is ours to send until its lease ends.
package struct ClaimedNotification: Sendable {
    package let id: NotificationID
    package let kind: TellingKind
    /// This try included; also the fence: an outcome of an earlier try records nothing.
    package let attempts: Int
    package let destination: String
    /// Of a destination that is no setting's.
    package let destinationID: AlertDestinationID?
    /// Nil: the platform's, or one mail to one person.
    package let tenantID: TenantID?
    package let subject: String
    /// A secret where it holds a sign-in link.
    package let body: String
    package let isNote: Bool
    package let isHeld: Bool
    package let isFallback: Bool
    /// A try before this one may have told it, and nobody knows.
    package let mayBeRepeat: Bool
    package let createdAt: Timestamp
    package let alert: ToldAlert?
    package let address: SealedAddress?
    package let thread: SlackThread?
    /// No alert that was told in the thread is open any more.
    package let endsThread: Bool
    /// How many alerts were told in the thread's first message.
    package let threadAlerts: Int

    package var isResolved: Bool { kind == .resolved }
}

extension ClaimedNotification {
    init(_ row: Row) throws {
        guard let kind = TellingKind(rawValue: try row.value("kind")) else {
            throw DatabaseError.decoding("a notification's kind that this program does not know")
        }
        id = try row.value("id")
        self.kind = kind
        attempts = Int(try row.value("attempts", as: Int16.self))
        destination = try row.value("destination")
        destinationID = try row.value("destination_id")
        tenantID = try row.value("tenant_id")
        subject = try row.value("subject")
        body = try row.value("body")
        isNote = try row.value("is_note")
        isHeld = try row.value("is_held")
        isFallback = try row.value("is_fallback")
        mayBeRepeat = try row.value("unanswered", as: Int16.self) > 0
        createdAt = try row.value("created_at")
        alert = try row.value("alert_id", as: AlertID?.self).map { id in try ToldAlert(id, row) }
        address = try SealedAddress(row)
        thread = try row.value("slack_ts", as: String?.self).map { ts in
            SlackThread(channel: try row.value("slack_channel"), ts: ts)
        }
        endsThread = try row.value("is_thread_over")
        threadAlerts = Int(try row.value("thread_alerts", as: Int64.self))
    }
}

extension SealedAddress {
    fileprivate init?(_ row: Row) throws {
        guard let sealed = try row.value("url_sealed", as: Bytes?.self),
            let key = try row.value("data_key_sealed", as: Bytes?.self)
        else { return nil }
        destinationID = try row.value("destination_id")
        tenantID = try row.value("tenant_id")
        self.sealed = sealed.bytes
        sealedDataKey = key.bytes
    }
}

extension ToldAlert {
    fileprivate init(_ id: AlertID, _ row: Row) throws {
        guard let severity = AlertSeverity(rawValue: try row.value("severity")) else {
            throw DatabaseError.decoding("a severity that this program does not know")
        }
        self.id = id
        tenantID = try row.value("alert_tenant_id")
        tenantName = try row.value("tenant_name")
        code = try row.value("code")
        self.severity = severity
        title = try row.value("title")
        detail = try row.value("detail")
        occurrences = try row.value("occurrences")
        openedAt = try row.value("opened_at")
        acknowledgedBy = try row.value("acknowledged_by")
        resolvedAt = try row.value("resolved_at")
        resolvedBy = try row.value("resolved_by")
        note = try row.value("note")
        explained = try row.value("explained")
    }
}
