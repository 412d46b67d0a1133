package import Models
internal import Postgres

/// Where somebody is told of alerts, as its owner sees it.
package struct AlertDestination: Sendable {
    package let id: AlertDestinationID
    package let channel: NotificationChannel
    /// Of e-mail; Slack's is a secret and shown to nobody.
    package let address: String?
    package let wishes: AlertWishes
    package let isVerified: Bool
    package let createdBy: String
    package let createdAt: Timestamp
    package let updatedAt: Timestamp
    package let lastToldAt: Timestamp?
    package let lastProblemAt: Timestamp?
    package let lastProblem: String?

    static let columns: SQL = """
        id, channel, address, label, severity_min, codes, is_second_line, time_zone, wants_digest, wants_retry_report, is_on,
        (extract(epoch FROM quiet_from) / 60)::integer AS quiet_from, (extract(epoch FROM quiet_to) / 60)::integer AS quiet_to,
        verified_at IS NOT NULL AS is_verified, created_by, created_at, updated_at, last_told_at, last_problem_at, last_problem
        """

    init(_ row: Row) throws {
        guard let channel = NotificationChannel(rawValue: try row.value("channel")),
            let severity = AlertSeverity(rawValue: try row.value("severity_min"))
        else { throw DatabaseError.decoding("a destination that this program does not know") }
        id = try row.value("id")
        self.channel = channel
        address = try row.value("address")
        var wishes = AlertWishes()
        wishes.label = try row.value("label")
        wishes.severityMin = severity
        wishes.codes = try row.value("codes")
        wishes.isSecondLine = try row.value("is_second_line")
        if let from = try row.value("quiet_from", as: Int32?.self), let to = try row.value("quiet_to", as: Int32?.self) {
            wishes.quietHours = .init(from: Int(from), to: Int(to))
        }
        wishes.timeZone = try row.value("time_zone")
        wishes.wantsDigest = try row.value("wants_digest")
        wishes.wantsRetryReport = try row.value("wants_retry_report")
        wishes.isOn = try row.value("is_on")
        self.wishes = wishes
        isVerified = try row.value("is_verified")
        createdBy = try row.value("created_by")
        createdAt = try row.value("created_at")
        updatedAt = try row.value("updated_at")
        lastToldAt = try row.value("last_told_at")
        lastProblemAt = try row.value("last_problem_at")
        lastProblem = try row.value("last_problem")
    }
}

/// What somebody wants to be told, and when.
package struct AlertWishes: Sendable, Equatable {
    package var label = ""
    package var severityMin = AlertSeverity.warning
    /// Empty: every code.
    package var codes: [String] = []
    /// Only what nobody has acknowledged in time.
    package var isSecondLine = false
    /// Minutes of the day in `timeZone`.
    package var quietHours: TenantSettings.QuietMinutes?
    package var timeZone = "UTC"
    package var wantsDigest = false
    package var wantsRetryReport = false
    package var isOn = true

    package init() {}
}
